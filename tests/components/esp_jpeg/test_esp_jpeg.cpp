#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "esp_heap_caps.h"
#include "esp_rom_crc.h"
#include "jpeg_decoder.h"
#include "jpeg_maker.hpp"
#include "tiny_jpeg.hpp"

namespace {

using Bytes = std::vector<uint8_t>;
using tiny_jpeg::Result;

constexpr tiny_jpeg::Options ROM = {true, 0, 512, true, false};
constexpr tiny_jpeg::Options COMPONENT = {false, 1, 512, true, false};
constexpr size_t LARGE_WORK = 65472;

struct Pixels {
    int width = 0;
    int height = 0;
    Bytes rgb;
};

void put(void *user, const tiny_jpeg::Rectangle &where, const uint8_t *rgb) {
    Pixels &pixels = *static_cast<Pixels *>(user);
    for (int y = 0; y < where.height; y++) {
        for (int i = 0; i < where.width * 3; i++) {
            pixels.rgb.at(static_cast<size_t>(((where.y + y) * pixels.width + where.x) * 3 + i)) = *rgb++;
        }
    }
}

Result decode(const Bytes &file, const tiny_jpeg::Options &options, int scale, Pixels &pixels) {
    tiny_jpeg::Decoder decoder(options);
    const Result result = decoder.prepare(file.data(), file.size(), LARGE_WORK);
    if (result != Result::OK) {
        return result;
    }
    pixels = {decoder.width() >> scale, decoder.height() >> scale, {}};
    pixels.rgb.resize(static_cast<size_t>(pixels.width) * static_cast<size_t>(pixels.height) * 3);
    return decoder.decode(scale, put, &pixels);
}

/** By libjpeg, each chroma sample as it is. */
Pixels decode_by_libjpeg(const Bytes &file) {
    jpeg_decompress_struct picture;
    jpeg_error_mgr error;
    picture.err = jpeg_std_error(&error);
    jpeg_create_decompress(&picture);
    jpeg_mem_src(&picture, file.data(), file.size());
    jpeg_read_header(&picture, TRUE);
    picture.out_color_space = JCS_RGB;
    picture.do_fancy_upsampling = FALSE;
    jpeg_start_decompress(&picture);
    Pixels pixels = {static_cast<int>(picture.output_width), static_cast<int>(picture.output_height), {}};
    const size_t row_bytes = static_cast<size_t>(pixels.width) * 3;
    pixels.rgb.resize(row_bytes * static_cast<size_t>(pixels.height));
    while (picture.output_scanline < picture.output_height) {
        JSAMPROW row = pixels.rgb.data() + picture.output_scanline * row_bytes;
        jpeg_read_scanlines(&picture, &row, 1);
    }
    jpeg_finish_decompress(&picture);
    jpeg_destroy_decompress(&picture);
    return pixels;
}

Bytes read_file(const std::string &name) {
    const char *root = std::getenv("DESKBOARD_ROOT");
    std::ifstream file(std::string(root ? root : ".") + "/" + name, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

esp_jpeg_image_cfg_t config_of(Bytes &file, Bytes &pixels) {
    esp_jpeg_image_cfg_t config = {};
    config.indata = file.data();
    config.indata_size = static_cast<uint32_t>(file.size());
    config.outbuf = pixels.data();
    config.outbuf_size = static_cast<uint32_t>(pixels.size());
    return config;
}

// What TJpgDec R0.01d and R0.03 give for these files, behind esp_jpeg 1.3.1 on a PC.
TEST(EspJpeg, PixelsAreTJpgDecs) {
    const struct {
        const char *file;
        uint32_t rom[4];
        uint32_t component[4];
    } golden[] = {
        {"tests/apps/pictures/cls_0.jpg",
         {0xe67d5cca, 0x6dd5231d, 0x9f750f92, 0x519a225d},
         {0xe67d5cca, 0x6dd5231d, 0x9f750f92, 0x519a225d}},
        {"tests/apps/pictures/detect_0.jpg",
         {0x4fa4fb00, 0x4bf31ae4, 0x9c3cdd84, 0xac57d765},
         {0xf3fc492d, 0xcaff618f, 0x29374228, 0xac57d765}},
        {"tests/apps/pictures/pose_0.jpg",
         {0xc175560b, 0x0edc49d1, 0xd850ab12, 0xd6fdb5a2},
         {0xaa69846f, 0xb7db1fce, 0x4762aa15, 0xd6fdb5a2}},
        {"tests/fuzz/corpus/picture/420.jpg",
         {0xf672807f, 0xca66c283, 0x3a759bcb, 0xe31843e8},
         {0xf672807f, 0xca66c283, 0x3a759bcb, 0xe31843e8}},
        {"tests/fuzz/corpus/picture/restart.jpg",
         {0x1f788001, 0x155e12fe, 0xd8e5671e, 0xe31843e8},
         {0x1f788001, 0x155e12fe, 0xd8e5671e, 0xe31843e8}},
    };
    for (const auto &row : golden) {
        const Bytes file = read_file(row.file);
        ASSERT_FALSE(file.empty()) << row.file;
        for (int scale = 0; scale < 4; scale++) {
            Pixels pixels;
            ASSERT_EQ(decode(file, ROM, scale, pixels), Result::OK) << row.file;
            EXPECT_EQ(esp_rom_crc32_le(0, pixels.rgb.data(), static_cast<uint32_t>(pixels.rgb.size())), row.rom[scale])
                << row.file << " 1/" << (1 << scale);
            ASSERT_EQ(decode(file, COMPONENT, scale, pixels), Result::OK) << row.file;
            EXPECT_EQ(esp_rom_crc32_le(0, pixels.rgb.data(), static_cast<uint32_t>(pixels.rgb.size())),
                      row.component[scale])
                << row.file << " 1/" << (1 << scale);
        }
    }
    const Bytes grey = read_file("tests/fuzz/corpus/picture/grey.jpg");
    Pixels pixels;
    EXPECT_EQ(decode(grey, ROM, 0, pixels), Result::NOT_SUPPORTED);
    ASSERT_EQ(decode(grey, COMPONENT, 0, pixels), Result::OK);
    EXPECT_EQ(esp_rom_crc32_le(0, pixels.rgb.data(), static_cast<uint32_t>(pixels.rgb.size())), 0x1121feadu);
}

TEST(EspJpeg, PixelsAreNearLibjpegs) {
    const std::pair<int, int> samplings[] = {{1, 1}, {2, 1}, {2, 2}};
    for (const auto &[h, v] : samplings) {
        for (int restart : {0, 3}) {
            const Bytes file = jpeg_maker::make(61, 43, {.h = h, .v = v, .quality = 95, .restart = restart});
            const Pixels expected = decode_by_libjpeg(file);
            for (const tiny_jpeg::Options &options : {ROM, COMPONENT}) {
                Pixels pixels;
                ASSERT_EQ(decode(file, options, 0, pixels), Result::OK);
                ASSERT_EQ(pixels.rgb.size(), expected.rgb.size());
                int largest = 0;
                double sum = 0;
                for (size_t i = 0; i < pixels.rgb.size(); i++) {
                    const int difference = std::abs(pixels.rgb[i] - expected.rgb[i]);
                    largest = std::max(largest, difference);
                    sum += difference;
                }
                EXPECT_LE(largest, 8) << h << "x" << v << (options.is_rom ? " ROM" : "");
                EXPECT_LE(sum / static_cast<double>(pixels.rgb.size()), 1.25) << h << "x" << v;
            }
        }
    }
}

TEST(EspJpeg, ScalesAndFormats) {
    Bytes file = jpeg_maker::make(50, 35, {.h = 1, .v = 1});
    Bytes full(50 * 35 * 3);
    esp_jpeg_image_cfg_t config = config_of(file, full);
    esp_jpeg_image_output_t image = {};
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_DEFAULT);
    ASSERT_EQ(esp_jpeg_decode(&config, &image), ESP_OK);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_DEFAULT), before);
    EXPECT_EQ(image.width, 50);
    EXPECT_EQ(image.height, 35);
    EXPECT_EQ(image.output_len, full.size());

    Bytes swapped(full.size());
    config = config_of(file, swapped);
    config.flags.swap_color_bytes = 1;
    ASSERT_EQ(esp_jpeg_decode(&config, &image), ESP_OK);
    for (size_t i = 0; i < full.size(); i += 3) {
        ASSERT_EQ(swapped[i], full[i + 2]);
        ASSERT_EQ(swapped[i + 1], full[i + 1]);
    }
    for (bool swap : {false, true}) {
        Bytes rgb565(50 * 35 * 2);
        config = config_of(file, rgb565);
        config.out_format = JPEG_IMAGE_FORMAT_RGB565;
        config.flags.swap_color_bytes = swap;
        ASSERT_EQ(esp_jpeg_decode(&config, &image), ESP_OK);
        for (size_t i = 0; i < 50 * 35; i++) {
            const int value = rgb565[i * 2 + swap] | rgb565[i * 2 + 1 - swap] << 8;
            ASSERT_EQ(value, full[i * 3] >> 3 << 11 | full[i * 3 + 1] >> 2 << 5 | full[i * 3 + 2] >> 3);
        }
    }
    // Halves: the averages of squares, what is left over at the edges is dropped.
    config = config_of(file, swapped);
    config.out_scale = JPEG_IMAGE_SCALE_1_2;
    ASSERT_EQ(esp_jpeg_decode(&config, &image), ESP_OK);
    EXPECT_EQ(image.width, 25);
    EXPECT_EQ(image.height, 17);
    for (int i = 0; i < 25 * 17 * 3; i++) {
        const int x = i / 3 % 25, y = i / 75, at = (y * 100 + x * 2) * 3 + i % 3;
        ASSERT_EQ(swapped[i], (full[at] + full[at + 3] + full[at + 150] + full[at + 153]) >> 2) << i;
    }
    config.out_scale = JPEG_IMAGE_SCALE_1_8;
    ASSERT_EQ(esp_jpeg_decode(&config, &image), ESP_OK);
    EXPECT_EQ(image.output_len, 6u * 4 * 3);

    // The size of the picture, the bytes of what would be decoded.
    ASSERT_EQ(esp_jpeg_get_image_info(&config, &image), ESP_OK);
    EXPECT_EQ(image.width, 50);
    EXPECT_EQ(image.output_len, 6u * 4 * 3);
}

TEST(EspJpeg, Refusals) {
    Bytes file = jpeg_maker::make(20, 20, {.h = 1, .v = 1});
    Bytes pixels(20 * 20 * 3);
    esp_jpeg_image_output_t image = {};
    esp_jpeg_image_cfg_t config = config_of(file, pixels);
    config.outbuf_size--;
    EXPECT_EQ(esp_jpeg_decode(&config, &image), ESP_ERR_NO_MEM);
    EXPECT_EQ(esp_jpeg_decode(nullptr, &image), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_jpeg_get_image_info(nullptr, &image), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_jpeg_get_image_info(&config, nullptr), ESP_ERR_INVALID_ARG);
    config = config_of(file, pixels);
    config.out_scale = static_cast<esp_jpeg_image_scale_t>(4);
    EXPECT_EQ(esp_jpeg_decode(&config, &image), ESP_FAIL);

    // A working buffer of the app's own: too small, large enough.
    Bytes work(65472);
    config = config_of(file, pixels);
    config.advanced.working_buffer = work.data();
    config.advanced.working_buffer_size = 1000;
    EXPECT_EQ(esp_jpeg_decode(&config, &image), ESP_FAIL);
    config.advanced.working_buffer_size = work.size();
    EXPECT_EQ(esp_jpeg_decode(&config, &image), ESP_OK);

    Bytes progressive = jpeg_maker::make(20, 20, {.progressive = true});
    config = config_of(progressive, pixels);
    EXPECT_EQ(esp_jpeg_decode(&config, &image), ESP_FAIL);
    EXPECT_EQ(esp_jpeg_get_image_info(&config, &image), ESP_FAIL);
    Bytes other = {'B', 'M', 0, 0, 0, 0};
    config = config_of(other, pixels);
    EXPECT_EQ(esp_jpeg_decode(&config, &image), ESP_FAIL);
    EXPECT_EQ(esp_jpeg_get_image_info(&config, &image), ESP_FAIL);
    const Bytes cmyk = jpeg_maker::make(20, 20, {.components = 4, .h = 1, .v = 1});
    Pixels none;
    EXPECT_EQ(decode(cmyk, COMPONENT, 0, none), Result::NOT_SUPPORTED);
    // 4:4:0.
    EXPECT_EQ(decode(jpeg_maker::make(20, 20, {.h = 1, .v = 2}), COMPONENT, 0, none), Result::NOT_SUPPORTED);
}

TEST(EspJpeg, WorkingBufferAsTJpgDecCounts) {
    const Bytes file = jpeg_maker::make(40, 40, {.h = 2, .v = 2});
    const auto prepare = [&file](const tiny_jpeg::Options &options, size_t work) {
        return tiny_jpeg::Decoder(options).prepare(file.data(), file.size(), work);
    };
    EXPECT_EQ(prepare(ROM, 3096), Result::OK);
    EXPECT_EQ(prepare(ROM, 3095), Result::NO_MEMORY);
    EXPECT_EQ(prepare(COMPONENT, 3480), Result::OK);
    EXPECT_EQ(prepare(COMPONENT, 3479), Result::NO_MEMORY);
}

TEST(EspJpeg, TablesOfTheStandard) {
    const Bytes file = jpeg_maker::make(40, 40, {.h = 2, .v = 2});
    // As some cameras write it: without DHT.
    Bytes bare;
    for (size_t at = 0; at < file.size();) {
        if (at + 4 <= file.size() && file[at] == 0xFF && file[at + 1] == 0xC4) {
            at += 2 + static_cast<size_t>(file[at + 2] << 8 | file[at + 3]);
            continue;
        }
        bare.push_back(file[at++]);
    }
    ASSERT_LT(bare.size(), file.size());
    tiny_jpeg::Options options = COMPONENT;
    Pixels expected, pixels;
    ASSERT_EQ(decode(file, options, 0, expected), Result::OK);
    EXPECT_EQ(decode(bare, options, 0, pixels), Result::BAD_FORMAT);
    options.has_default_huffman = true;
    ASSERT_EQ(decode(bare, options, 0, pixels), Result::OK);
    EXPECT_EQ(pixels.rgb, expected.rgb);
}

TEST(EspJpeg, DamagedFiles) {
    const Bytes file = jpeg_maker::make(33, 27, {.h = 2, .v = 2, .restart = 2});
    Pixels pixels;
    for (size_t size = 0; size + 4 < file.size(); size++) {
        const Bytes cut(file.begin(), file.begin() + static_cast<ptrdiff_t>(size));
        ASSERT_NE(decode(cut, ROM, 0, pixels), Result::OK) << size;
        ASSERT_NE(decode(cut, COMPONENT, 0, pixels), Result::OK) << size;
    }
    std::mt19937 random(1);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
        Bytes damaged = file;
        for (uint32_t n = 1 + random() % 4; n > 0; n--) {
            damaged[random() % damaged.size()] = static_cast<uint8_t>(random());
        }
        // A damaged size may be that of a picture larger than any memory.
        tiny_jpeg::Frame frame = {};
        if (tiny_jpeg::find_frame(damaged.data(), damaged.size(), frame) && frame.width * frame.height > 1 << 20) {
            continue;
        }
        refused += decode(damaged, i % 2 ? ROM : COMPONENT, static_cast<int>(random() % 4), pixels) != Result::OK;
    }
    EXPECT_GT(refused, 500);
}

}  // namespace
