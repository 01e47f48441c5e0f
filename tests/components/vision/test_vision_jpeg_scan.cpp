// The JPEG decoder's fast path: with every instruction set the pixels, refusals and log lines of the reference, which
// test_vision_jpeg compares with the documented steps; and no clean baseline picture goes without it.

#include <gtest/gtest.h>

#include <cstdarg>
#include <cstring>
#include <string>

#include "dl_base_kernel.hpp"
#include "dl_image_jpeg.hpp"
#include "dl_image_jpeg_scan.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "jpeg_maker.hpp"

namespace {

using namespace dl::image;
using File = std::vector<uint8_t>;

std::string s_log;

int keep_log(const char *format, va_list args) {
    char line[512];
    const int length = std::vsnprintf(line, sizeof(line), format, args);
    s_log += line;
    return length;
}

struct Outcome {
    int width = 0;
    int height = 0;
    std::vector<uint8_t> pixels;
    std::string log;
    bool operator==(const Outcome &) const = default;
};

// Log lines without their time.
std::string without_times(const std::string &log) {
    std::string kept;
    bool in_time = false;
    for (char c : log) {
        in_time = in_time ? c != ')' : c == '(';
        if (!in_time) {
            kept += c;
        }
    }
    return kept;
}

Outcome decode(const File &file, pix_type_t type = DL_IMAGE_PIX_TYPE_RGB888) {
    // On the heap, and of exactly this size: the address sanitizer finds whoever reads beyond it.
    const std::unique_ptr<uint8_t[]> copy(new uint8_t[file.size()]);
    std::memcpy(copy.get(), file.data(), file.size());
    s_log.clear();
    const vprintf_like_t before = esp_log_set_vprintf(keep_log);
    const img_t img = sw_decode_jpeg({copy.get(), file.size()}, type);
    esp_log_set_vprintf(before);
    Outcome outcome = {0, 0, {}, without_times(s_log)};
    if (img.data) {
        outcome.width = img.width;
        outcome.height = img.height;
        outcome.pixels.assign((uint8_t *)img.data, (uint8_t *)img.data + img.bytes());
        heap_caps_free(img.data);
    }
    return outcome;
}

class JpegScan : public testing::Test {
protected:
    void TearDown() override {
        dl::base::set_isa_level(m_level);
        dl::set_target(m_target);
    }
    // The reference's outcome, which all instruction sets have.
    Outcome expect_same(const File &file, pix_type_t type = DL_IMAGE_PIX_TYPE_RGB888) {
        dl::base::set_isa_level(dl::base::ISA_REFERENCE);
        const Outcome reference = decode(file, type);
        for (int isa = dl::base::ISA_REFERENCE + 1; isa < dl::base::ISA_MAX; isa++) {
            if (dl::base::set_isa_level((dl::base::isa_t)isa)) {
                EXPECT_TRUE(decode(file, type) == reference) << dl::base::isa_name((dl::base::isa_t)isa);
            }
        }
        return reference;
    }
    const dl::base::isa_t m_level = dl::base::isa_level();
    const dl::target_t m_target = dl::target();
};

// What the fast path reads: the samples of all components; {} if it does not read all of the file.
std::vector<uint8_t> samples_of(const File &file, const jpeg_chip::ScanKernels &kernels) {
    jpeg_decompress_struct cinfo;
    jpeg_error_mgr error;
    cinfo.err = jpeg_std_error(&error);
    jpeg_create_decompress(&cinfo);
    jpeg_mem_src(&cinfo, file.data(), file.size());
    jpeg_read_header(&cinfo, TRUE);
    jpeg_chip::Scan scan;
    std::vector<uint8_t> samples;
    bool ok = scan.open(cinfo, kernels);
    for (int row = 0; ok && row < (int)cinfo.image_height; row += scan.rows()) {
        ok = scan.read_row();
        for (int i = 0; i < cinfo.num_components; i++) {
            const int rows = cinfo.num_components == 1 ? 8 : cinfo.comp_info[i].v_samp_factor * 8;
            const uint8_t *begin = scan.samples(i);
            samples.insert(samples.end(), begin, begin + (size_t)rows * scan.stride(i));
        }
    }
    ok = ok && scan.is_at_end();
    jpeg_destroy_decompress(&cinfo);
    return ok ? samples : std::vector<uint8_t>();
}

// The fast path reads the file, and those of all processors find the same in it.
void expect_read(const File &file) {
    const std::vector<uint8_t> portable = samples_of(file, jpeg_chip::portable_scan_kernels);
    EXPECT_FALSE(portable.empty());
    if (const jpeg_chip::ScanKernels *best = jpeg_chip::scan_kernels()) {
        EXPECT_TRUE(samples_of(file, *best) == portable);
    }
}

const jpeg_maker::Kind KINDS[] = {{3, 2, 2}, {3, 1, 1}, {3, 2, 1}, {3, 1, 2},
                                  {3, 4, 1}, {3, 4, 2}, {1, 1, 1}, {1, 2, 2}};

TEST_F(JpegScan, RandomPicturesOfEverySampling) {
    std::mt19937 random(5);
    for (int round = 0; round < 600; round++) {
        jpeg_maker::Kind kind = KINDS[round % std::size(KINDS)];
        kind.quality = 1 + (int)(random() % 100);
        kind.restart = round % 3 ? 0 : 1 + (int)(random() % 20);
        const int width = 1 + (int)(random() % 70), height = 1 + (int)(random() % 70);
        SCOPED_TRACE(testing::Message() << "round " << round << ": " << width << "x" << height);
        dl::set_target(round % 2 ? dl::TARGET_ESP32P4 : dl::TARGET_ESP32S3);
        const File file = jpeg_maker::make(width, height, kind, (uint32_t)round);
        ASSERT_EQ(expect_same(file).width, width);
        expect_read(file);
        if (width % 2 == 0) {
            expect_same(file, round % 2 ? DL_IMAGE_PIX_TYPE_YUYV : DL_IMAGE_PIX_TYPE_UYVY);
        }
        ASSERT_FALSE(HasFailure());
    }
}

TEST_F(JpegScan, RandomCoefficientsUpToTheirLimits) {
    std::mt19937 random(6);
    for (int round = 0; round < 400; round++) {
        jpeg_maker::Kind kind = KINDS[round % std::size(KINDS)];
        kind.restart = round % 4 ? 0 : 3;
        const int limit = round % 5 == 0 ? 1023 : 1 + (int)(random() % 40);
        const uint32_t density = 1 + random() % 64;
        const bool wide = round % 7 == 0;
        dl::set_target(round % 2 ? dl::TARGET_ESP32P4 : dl::TARGET_ESP32S3);
        const auto coefficient = [&](int i) {
            return i != 0 && random() % 64 >= density ? 0 : (int)(random() % (uint32_t)(2 * limit + 1)) - limit;
        };
        const auto quant = [&] { return wide ? 1 + random() % 65535 : round % 5 ? 1 + random() % 255 : 255; };
        const File file = jpeg_maker::make_of_coefficients(40, 33, kind, coefficient, quant);
        ASSERT_FALSE(expect_same(file).pixels.empty()) << "round " << round;
        expect_read(file);
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
}

// The beginning of the entropy-coded data.
size_t scan_of(const File &file) {
    for (size_t i = 2; i + 4 < file.size(); i += 2 + (size_t)(file[i + 2] << 8 | file[i + 3])) {
        if (file[i + 1] == 0xDA) {
            return i + 2 + (size_t)(file[i + 2] << 8 | file[i + 3]);
        }
    }
    return file.size();
}

TEST_F(JpegScan, DamagedPicturesHaveTheReferencesOutcome) {
    std::mt19937 random(7);
    int decoded = 0, refused = 0;
    for (int round = 0; round < 6000; round++) {
        jpeg_maker::Kind kind = KINDS[round % std::size(KINDS)];
        kind.restart = round % 3 ? 0 : 1 + round % 4;
        kind.quality = 30 + round % 60;
        File file = jpeg_maker::make(8 + round % 30, 8 + round % 25, kind, (uint32_t)round % 11);
        const size_t scan = scan_of(file);
        ASSERT_LT(scan, file.size());
        // In the header once in a while, else in the scan.
        const size_t from = round % 8 == 0 ? 2 : scan;
        for (uint32_t i = 0; i <= random() % 3 && from < file.size(); i++) {
            const size_t at = from + random() % (file.size() - from);
            const uint8_t markers[] = {0x00, 0xFF, 0xD0, 0xD1, 0xD2, 0xD7, 0xD9, 0xDA, 0xC4, 0xFE};
            switch (random() % 5) {
                case 0:
                    file[at] = (uint8_t)random();
                    break;
                case 1:
                    file[at] ^= (uint8_t)(1 << random() % 8);
                    break;
                case 2:
                    file.insert(file.begin() + (ptrdiff_t)at, {0xFF, markers[random() % std::size(markers)]});
                    break;
                case 3:
                    file.erase(file.begin() + (ptrdiff_t)at);
                    break;
                default:
                    file.resize(at);
                    break;
            }
        }
        const Outcome outcome = expect_same(file);
        (outcome.pixels.empty() ? refused : decoded)++;
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
    EXPECT_GT(decoded, 500);
    EXPECT_GT(refused, 500);
}

TEST_F(JpegScan, EveryTruncation) {
    for (const jpeg_maker::Kind &kind : KINDS) {
        const File file = jpeg_maker::make(31, 18, kind);
        for (size_t size = 2; size < file.size(); size++) {
            expect_same({file.begin(), file.begin() + (ptrdiff_t)size});
            ASSERT_FALSE(HasFailure()) << size << " of " << file.size();
        }
    }
}

TEST_F(JpegScan, TablesThatFitThePicture) {
    // Codes of any length up to 16 bits, and symbols that the standard's tables do not have so short.
    for (int seed = 0; seed < 60; seed++) {
        jpeg_maker::Kind kind = KINDS[(size_t)seed % std::size(KINDS)];
        kind.optimize = true;
        kind.quality = 1 + seed * 99 / 59;
        const File file = jpeg_maker::make(90, 70, kind, (uint32_t)seed);
        ASSERT_FALSE(expect_same(file).pixels.empty());
        expect_read(file);
        ASSERT_FALSE(HasFailure()) << seed;
    }
}

}  // namespace
