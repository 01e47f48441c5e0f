// The JPEG decoder: its arithmetic against a plain evaluation of the documented steps, and what it does with files that
// it cannot decode.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "dl_image_jpeg.hpp"
#include "dl_image_jpeg_chip.hpp"
#include "esp_heap_caps.h"
#include "jpeg_maker.hpp"

namespace {

using namespace dl::image;

// 32-bit arithmetic that wraps, step by step as documented.
int32_t wrap(int64_t v) {
    return (int32_t)(uint32_t)v;
}
int32_t add(int32_t a, int32_t b) {
    return wrap((int64_t)a + b);
}
int32_t sub(int32_t a, int32_t b) {
    return wrap((int64_t)a - b);
}
int32_t mul(int32_t a, int32_t c) {
    return wrap((int64_t)a * c) >> 8;
}

void butterfly(const int32_t *x, int32_t *y) {
    const int32_t t0 = add(x[0], x[4]), t1 = sub(x[0], x[4]), t3 = add(x[2], x[6]);
    const int32_t t2 = sub(mul(sub(x[2], x[6]), 362), t3);
    const int32_t e0 = add(t0, t3), e3 = sub(t0, t3), e1 = add(t1, t2), e2 = sub(t1, t2);
    const int32_t z13 = add(x[5], x[3]), z10 = sub(x[5], x[3]), z11 = add(x[1], x[7]), z12 = sub(x[1], x[7]);
    const int32_t o7 = add(z11, z13), t11 = mul(sub(z11, z13), 362), z5 = mul(add(z10, z12), 473);
    const int32_t t10 = sub(z5, mul(z12, 277)), t12 = sub(z5, mul(z10, 669));
    const int32_t o6 = sub(t12, o7), o5 = sub(t11, o6), o4 = sub(t10, o5);
    y[0] = add(e0, o7);
    y[7] = sub(e0, o7);
    y[1] = add(e1, o6);
    y[6] = sub(e1, o6);
    y[2] = add(e2, o5);
    y[5] = sub(e2, o5);
    y[3] = add(e3, o4);
    y[4] = sub(e3, o4);
}

void plain_block(const int16_t *coefficients, const uint16_t *quant, uint8_t *out, size_t stride) {
    const double a[8] = {1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.541196100, 0.275899379};
    int32_t value[8][8];
    for (int u = 0; u < 8; u++) {
        for (int v = 0; v < 8; v++) {
            const int64_t s = std::llround(16384 * a[u] * a[v]);
            value[u][v] = wrap((int64_t)coefficients[u * 8 + v] * wrap((quant[u * 8 + v] * s + 2048) >> 12));
        }
    }
    for (int v = 0; v < 8; v++) {
        int32_t x[8], y[8];
        for (int u = 0; u < 8; u++) {
            x[u] = value[u][v];
        }
        butterfly(x, y);
        for (int u = 0; u < 8; u++) {
            value[u][v] = y[u];
        }
    }
    for (int u = 0; u < 8; u++) {
        int32_t y[8];
        butterfly(value[u], y);
        for (int v = 0; v < 8; v++) {
            out[u * stride + v] = (uint8_t)std::clamp((y[v] >> 5) + 128, 0, 255);
        }
    }
}

TEST(JpegChip, InverseDctEqualsThePlainOne) {
    std::mt19937 random(7);
    for (int round = 0; round < 20000; round++) {
        int16_t coefficients[64] = {};
        uint16_t quant[64];
        const bool extreme = round % 10 == 0;
        const int filled = round % 65;
        for (int i = 0; i < 64; i++) {
            quant[i] = extreme ? (uint16_t)random() : (uint16_t)(1 + random() % 255);
            if (i < filled) {
                coefficients[i] = extreme ? (int16_t)random() : (int16_t)((int)(random() % 200) - 100);
            }
        }
        uint8_t want[64], got[64];
        plain_block(coefficients, quant, want, 8);
        jpeg_chip::inverse_dct(coefficients, jpeg_chip::scale_quant_table(quant), got, 8);
        ASSERT_EQ(std::memcmp(want, got, 64), 0) << "round " << round;
    }
}

TEST(JpegChip, ColourOfEveryChroma) {
    std::vector<uint8_t> cb(65536), cr(65536), y(65536), rgb(3 * 65536);
    for (int i = 0; i < 65536; i++) {
        cb[i] = (uint8_t)(i >> 8);
        cr[i] = (uint8_t)i;
        y[i] = (uint8_t)(i * 7);
    }
    for (dl::target_t target : {dl::TARGET_ESP32P4, dl::TARGET_ESP32S3, dl::TARGET_ESP32}) {
        jpeg_chip::ycc_to_rgb(y.data(), {cb.data(), cr.data(), 0}, 65536, target, rgb.data());
        for (int i = 0; i < 65536; i++) {
            const int b = cb[i] - 128, r = cr[i] - 128;
            const int green = target == dl::TARGET_ESP32P4 ? y[i] - ((1409 * b + 2925 * r) >> 12)
                                                           : y[i] + ((-1409 * b - 2925 * r) >> 12);
            ASSERT_EQ(rgb[3 * i], std::clamp(y[i] + ((5742 * r) >> 12), 0, 255));
            ASSERT_EQ(rgb[3 * i + 1], std::clamp(green, 0, 255));
            ASSERT_EQ(rgb[3 * i + 2], std::clamp(y[i] + ((7258 * b) >> 12), 0, 255));
        }
    }
}

// The documented decoder, pixel by pixel.
std::vector<uint8_t> plain_decode(const std::vector<uint8_t> &file, dl::target_t target) {
    jpeg_decompress_struct cinfo;
    jpeg_error_mgr error;
    cinfo.err = jpeg_std_error(&error);
    jpeg_create_decompress(&cinfo);
    jpeg_mem_src(&cinfo, file.data(), file.size());
    jpeg_read_header(&cinfo, TRUE);
    jvirt_barray_ptr *coefficients = jpeg_read_coefficients(&cinfo);
    std::vector<uint8_t> plane[3];
    size_t stride[3] = {};
    for (int c = 0; c < cinfo.num_components; c++) {
        const jpeg_component_info &info = cinfo.comp_info[c];
        stride[c] = info.width_in_blocks * 8;
        plane[c].resize(stride[c] * info.height_in_blocks * 8);
        for (JDIMENSION row = 0; row < info.height_in_blocks; row++) {
            JBLOCKARRAY blocks = cinfo.mem->access_virt_barray((j_common_ptr)&cinfo, coefficients[c], row, 1, FALSE);
            for (JDIMENSION column = 0; column < info.width_in_blocks; column++) {
                plain_block(blocks[0][column], info.quant_table->quantval, &plane[c][row * 8 * stride[c] + column * 8],
                            stride[c]);
            }
        }
    }
    const int h = cinfo.max_h_samp_factor, v = cinfo.max_v_samp_factor;
    std::vector<uint8_t> rgb;
    for (int y = 0; y < (int)cinfo.image_height; y++) {
        for (int x = 0; x < (int)cinfo.image_width; x++) {
            const int luma = plane[0][y * stride[0] + x];
            if (cinfo.num_components == 1) {
                rgb.insert(rgb.end(), 3, (uint8_t)luma);
                continue;
            }
            const bool full = h == 1 && v == 1;
            const int cx = full ? x & ~1 : x / h;
            const int cy = full ? y & ~1 : y / v;
            const int b = plane[1][cy * stride[1] + cx] - 128;
            const int r = plane[2][cy * stride[2] + cx] - 128;
            const int green = target == dl::TARGET_ESP32P4 ? luma - ((1409 * b + 2925 * r) >> 12)
                                                           : luma + ((-1409 * b - 2925 * r) >> 12);
            rgb.push_back((uint8_t)std::clamp(luma + ((5742 * r) >> 12), 0, 255));
            rgb.push_back((uint8_t)std::clamp(green, 0, 255));
            rgb.push_back((uint8_t)std::clamp(luma + ((7258 * b) >> 12), 0, 255));
        }
    }
    jpeg_destroy_decompress(&cinfo);
    return rgb;
}

class Jpeg : public testing::Test {
protected:
    void TearDown() override {
        heap_caps_free(m_img.data);
        set_jpeg_decoder(JPEG_DECODER_CHIP);
    }
    const img_t &decode(const std::vector<uint8_t> &file, pix_type_t type = DL_IMAGE_PIX_TYPE_RGB888) {
        heap_caps_free(m_img.data);
        // A copy on the heap of exactly this size: whoever reads beyond it is found out by the address sanitizer.
        std::vector<uint8_t> copy(file);
        m_img = sw_decode_jpeg({copy.data(), copy.size()}, type);
        return m_img;
    }
    img_t m_img = {nullptr, 0, 0, DL_IMAGE_PIX_TYPE_RGB888};
};

TEST_F(Jpeg, EqualsThePlainDecoder) {
    const jpeg_maker::Kind kinds[] = {
        {3, 2, 2}, {3, 1, 1}, {3, 2, 1},       {3, 1, 2},           {3, 4, 1},
        {1, 1, 1}, {1, 2, 2}, {3, 2, 2, true}, {3, 2, 2, false, 5}, {3, 2, 2, false, 100, 3}};
    const int sizes[][2] = {{1, 1}, {2, 2}, {7, 9}, {8, 8}, {15, 17}, {16, 16}, {33, 31}, {64, 5}, {5, 64}, {101, 67}};
    for (const jpeg_maker::Kind &kind : kinds) {
        for (const auto &size : sizes) {
            SCOPED_TRACE(testing::Message() << kind.components << " components, " << kind.h << "x" << kind.v
                                            << (kind.progressive ? " progressive " : " ") << size[0] << "x" << size[1]);
            const std::vector<uint8_t> file = jpeg_maker::make(size[0], size[1], kind);
            for (dl::target_t target : {dl::TARGET_ESP32P4, dl::TARGET_ESP32S3}) {
                dl::set_target(target);
                const img_t &got = decode(file);
                ASSERT_NE(got.data, nullptr);
                ASSERT_EQ(got.width, size[0]);
                ASSERT_EQ(got.height, size[1]);
                const std::vector<uint8_t> want = plain_decode(file, target);
                ASSERT_EQ(want.size(), got.bytes());
                ASSERT_EQ(std::memcmp(got.data, want.data(), want.size()), 0);
            }
        }
    }
}

TEST_F(Jpeg, LibjpegsDecoderCanBeChosen) {
    const std::vector<uint8_t> file = jpeg_maker::make(40, 30, {});
    const img_t &chip = decode(file);
    ASSERT_NE(chip.data, nullptr);
    const std::vector<uint8_t> first((uint8_t *)chip.data, (uint8_t *)chip.data + chip.bytes());
    set_jpeg_decoder(JPEG_DECODER_LIBJPEG);
    const img_t &libjpeg = decode(file);
    ASSERT_NE(libjpeg.data, nullptr);
    EXPECT_NE(std::memcmp(first.data(), libjpeg.data, first.size()), 0);
    const std::vector<uint8_t> gray = jpeg_maker::make(40, 30, {1, 1, 1});
    ASSERT_NE(decode(gray).data, nullptr);
}

TEST_F(Jpeg, OtherPixelTypes) {
    const std::vector<uint8_t> file = jpeg_maker::make(21, 13, {});
    const img_t &rgb = decode(file);
    const std::vector<uint8_t> pixels((uint8_t *)rgb.data, (uint8_t *)rgb.data + rgb.bytes());
    const img_t &bgr = decode(file, DL_IMAGE_PIX_TYPE_BGR888);
    ASSERT_NE(bgr.data, nullptr);
    EXPECT_EQ(((uint8_t *)bgr.data)[0], pixels[2]);
    const img_t &le = decode(file, DL_IMAGE_PIX_TYPE_RGB565LE);
    ASSERT_NE(le.data, nullptr);
    EXPECT_EQ(((uint8_t *)le.data)[1] >> 3, pixels[0] >> 3);
    EXPECT_EQ(decode(file, DL_IMAGE_PIX_TYPE_RGB888_QINT8).data, nullptr);
    EXPECT_EQ(decode(file, (pix_type_t)99).data, nullptr);
}

TEST_F(Jpeg, SamplesAsTheyAre) {
    // The chip's colours of the samples are the pixels of the picture in RGB.
    const jpeg_maker::Kind kinds[] = {{3, 2, 2}, {3, 1, 1}, {3, 2, 1}, {3, 4, 1}, {1, 1, 1}};
    for (const jpeg_maker::Kind &kind : kinds) {
        for (const auto &[width, height] : {std::pair(2, 1), std::pair(18, 17), std::pair(34, 9)}) {
            for (dl::target_t target : {dl::TARGET_ESP32P4, dl::TARGET_ESP32S3}) {
                dl::set_target(target);
                const std::vector<uint8_t> file = jpeg_maker::make(width, height, kind);
                const std::vector<uint8_t> rgb = plain_decode(file, target);
                for (pix_type_t type : {DL_IMAGE_PIX_TYPE_YUYV, DL_IMAGE_PIX_TYPE_UYVY}) {
                    const img_t &yuv = decode(file, type);
                    ASSERT_NE(yuv.data, nullptr);
                    ASSERT_EQ(yuv.pix_type, type);
                    for (int i = 0; i < width * height; i++) {
                        const uint8_t *pair = (const uint8_t *)yuv.data + i / 2 * 4;
                        const int luma = type == DL_IMAGE_PIX_TYPE_YUYV ? 0 : 1;
                        const jpeg_chip::ChromaRow chroma = {pair + 1 - luma, pair + 3 - luma, 0};
                        uint8_t pixel[3];
                        jpeg_chip::ycc_to_rgb(pair + luma + 2 * (i % 2), chroma, 1, target, pixel);
                        ASSERT_EQ(std::memcmp(pixel, &rgb[(size_t)i * 3], 3), 0) << i;
                    }
                    // Encoded again without loss of resolution, they change little.
                    const std::vector<uint8_t> samples((uint8_t *)yuv.data, (uint8_t *)yuv.data + yuv.bytes());
                    const jpeg_img_t again = sw_encode_jpeg(yuv, 100);
                    ASSERT_NE(again.data, nullptr);
                    const uint8_t *data = (const uint8_t *)again.data;
                    const img_t &back = decode({data, data + again.data_len}, type);
                    heap_caps_free(again.data);
                    ASSERT_NE(back.data, nullptr);
                    // The chip's decoder is coarse where the quantization is fine.
                    double difference = 0;
                    for (size_t i = 0; i < samples.size(); i++) {
                        difference += std::abs(samples[i] - ((uint8_t *)back.data)[i]);
                    }
                    ASSERT_LT(difference / (double)samples.size(), 5);
                }
            }
        }
    }
    EXPECT_EQ(decode(jpeg_maker::make(7, 8, {}), DL_IMAGE_PIX_TYPE_UYVY).data, nullptr);
    EXPECT_EQ(decode(jpeg_maker::make(8, 8, {3, 1, 2}), DL_IMAGE_PIX_TYPE_UYVY).data, nullptr);
    uint8_t odd[12] = {};
    EXPECT_EQ(sw_encode_jpeg({odd, 3, 2, DL_IMAGE_PIX_TYPE_YUYV}).data, nullptr);
    set_jpeg_decoder(JPEG_DECODER_LIBJPEG);
    EXPECT_EQ(decode(jpeg_maker::make(8, 8, {}), DL_IMAGE_PIX_TYPE_UYVY).data, nullptr);
}

TEST_F(Jpeg, AsUpTo31) {
    std::vector<uint8_t> file = jpeg_maker::make(40, 24, {});
    dl::set_target(dl::TARGET_ESP32P4);
    const std::vector<uint8_t> rgb = plain_decode(file, dl::TARGET_ESP32P4);
    const jpeg_img_t jpeg = {
        .data = file.data(), .width = 40, .height = 24, .data_size = static_cast<uint32_t>(file.size())};
    for (bool swap : {false, true}) {
        img_t img = {};
        img.pix_type = DL_IMAGE_PIX_TYPE_RGB888;
        ASSERT_EQ(sw_decode_jpeg(jpeg, img, swap), ESP_OK);
        ASSERT_EQ(img.width, 40);
        ASSERT_EQ(img.pix_type, DL_IMAGE_PIX_TYPE_RGB888);
        for (size_t i = 0; i < rgb.size(); i++) {
            ASSERT_EQ(static_cast<uint8_t *>(img.data)[i], rgb[swap ? i : i / 3 * 3 + 2 - i % 3]);
        }
        heap_caps_free(img.data);
    }
    img_t img = {};
    img.pix_type = DL_IMAGE_PIX_TYPE_RGB565;
    ASSERT_EQ(sw_decode_jpeg(jpeg, img, true), ESP_OK);
    EXPECT_EQ(static_cast<uint8_t *>(img.data)[0] & 0xF8, rgb[0] & 0xF8);
    heap_caps_free(img.data);
    EXPECT_EQ(sw_decode_jpeg(jpeg, img, false, 1), ESP_FAIL);
    EXPECT_EQ(img.data, nullptr);
    img.pix_type = DL_IMAGE_PIX_TYPE_RGB888;
    ASSERT_EQ(hw_decode_jpeg(jpeg, img, true), ESP_OK);
    jpeg_img_t encoded;
    EXPECT_EQ(hw_encode_jpeg(img, encoded), ESP_OK);
    EXPECT_GT(encoded.data_size, 0u);
    heap_caps_free(encoded.data);
    heap_caps_free(img.data);
}

TEST_F(Jpeg, CodecInHardware) {
    const std::vector<uint8_t> file = jpeg_maker::make(40, 21, {});
    const jpeg_img_t jpeg = {(void *)file.data(), file.size()};
    dl::set_target(dl::TARGET_ESP32S3);
    EXPECT_EQ(hw_decode_jpeg(jpeg, DL_IMAGE_PIX_TYPE_RGB888).data, nullptr);
    dl::set_target(dl::TARGET_ESP32P4);
    const std::vector<uint8_t> rgb = plain_decode(file, dl::TARGET_ESP32P4);
    img_t img = hw_decode_jpeg(jpeg, DL_IMAGE_PIX_TYPE_RGB888);
    ASSERT_NE(img.data, nullptr);
    ASSERT_EQ(img.width, 48);
    ASSERT_EQ(img.height, 32);
    for (int y = 0; y < 32; y++) {
        for (int x = 0; x < 48; x++) {
            const size_t shown = ((size_t)std::min(y, 20) * 40 + std::min(x, 39)) * 3;
            ASSERT_EQ(std::memcmp((uint8_t *)img.data + ((size_t)y * 48 + x) * 3, &rgb[shown], 3), 0);
        }
    }
    for (jpeg_down_sampling_type_t sampling :
         {JPEG_DOWN_SAMPLING_YUV444, JPEG_DOWN_SAMPLING_YUV422, JPEG_DOWN_SAMPLING_YUV420}) {
        const jpeg_img_t encoded = hw_encode_jpeg(img, 90, 70, sampling);
        ASSERT_NE(encoded.data, nullptr);
        jpeg_decompress_struct cinfo;
        jpeg_error_mgr error;
        cinfo.err = jpeg_std_error(&error);
        jpeg_create_decompress(&cinfo);
        jpeg_mem_src(&cinfo, (const unsigned char *)encoded.data, encoded.data_len);
        jpeg_read_header(&cinfo, TRUE);
        EXPECT_EQ(cinfo.comp_info[0].h_samp_factor, sampling == JPEG_DOWN_SAMPLING_YUV444 ? 1 : 2);
        EXPECT_EQ(cinfo.comp_info[0].v_samp_factor, sampling == JPEG_DOWN_SAMPLING_YUV420 ? 2 : 1);
        jpeg_destroy_decompress(&cinfo);
        heap_caps_free(encoded.data);
    }
    EXPECT_EQ(hw_encode_jpeg_base(img).data, nullptr);  // RGB888
    EXPECT_EQ(hw_encode_jpeg(img, 90, 70, JPEG_DOWN_SAMPLING_GRAY).data, nullptr);
    heap_caps_free(img.data);
    EXPECT_EQ(hw_decode_jpeg(jpeg, DL_IMAGE_PIX_TYPE_UYVY).data, nullptr);
    EXPECT_EQ(hw_decode_jpeg(jpeg, DL_IMAGE_PIX_TYPE_RGB888, 60, JPEG_YUV_RGB_CONV_STD_BT709).data, nullptr);
    const std::vector<uint8_t> odd = jpeg_maker::make(21, 13, {});
    EXPECT_EQ(hw_decode_jpeg({(void *)odd.data(), odd.size()}, DL_IMAGE_PIX_TYPE_RGB888).data, nullptr);
    img = hw_decode_jpeg(jpeg, DL_IMAGE_PIX_TYPE_GRAY);
    EXPECT_NE(img.data, nullptr);
    heap_caps_free(img.data);
}

TEST_F(Jpeg, RefusesWhatItCannotDecode) {
    EXPECT_EQ(decode({}).data, nullptr);
    EXPECT_EQ(decode({0xFF, 0xD8}).data, nullptr);
    EXPECT_EQ(decode({0xFF, 0xD8, 0xFF, 0xD9}).data, nullptr);
    EXPECT_EQ(decode(std::vector<uint8_t>(100, 'x')).data, nullptr);
    jpeg_maker::Kind cmyk;
    cmyk.components = 4;
    EXPECT_EQ(decode(jpeg_maker::make(16, 16, cmyk)).data, nullptr);
    jpeg_maker::Kind rgb;
    rgb.rgb = true;
    rgb.h = rgb.v = 1;
    EXPECT_EQ(decode(jpeg_maker::make(16, 16, rgb)).data, nullptr);
    const img_t none = sw_decode_jpeg({nullptr, 100}, DL_IMAGE_PIX_TYPE_RGB888);
    EXPECT_EQ(none.data, nullptr);
}

TEST_F(Jpeg, ProgressiveIsRefusedWhereTheChipDecides) {
    jpeg_maker::Kind progressive;
    progressive.progressive = true;
    EXPECT_NE(decode(jpeg_maker::make(16, 16, progressive)).data, nullptr);
    set_progressive_jpeg_allowed(false);
    EXPECT_EQ(decode(jpeg_maker::make(16, 16, progressive)).data, nullptr);
    EXPECT_NE(decode(jpeg_maker::make(16, 16, {})).data, nullptr);
    set_progressive_jpeg_allowed(true);
}

TEST_F(Jpeg, TruncatedAnywhereIsRefused) {
    for (bool progressive : {false, true}) {
        jpeg_maker::Kind kind;
        kind.progressive = progressive;
        const std::vector<uint8_t> file = jpeg_maker::make(48, 48, kind);
        for (jpeg_decoder_t decoder : {JPEG_DECODER_CHIP, JPEG_DECODER_LIBJPEG}) {
            set_jpeg_decoder(decoder);
            for (size_t size = 0; size + 2 < file.size(); size += 13) {
                EXPECT_EQ(decode({file.begin(), file.begin() + size}).data, nullptr) << size << " of " << file.size();
            }
        }
    }
}

TEST_F(Jpeg, DamagedAnywhereNeverCrashes) {
    std::mt19937 random(3);
    for (int round = 0; round < 3000; round++) {
        jpeg_maker::Kind kind;
        kind.progressive = round % 3 == 0;
        kind.h = 1 + round % 2;
        std::vector<uint8_t> file = jpeg_maker::make(24, 24, kind, round % 5);
        for (int i = 0; i <= round % 4; i++) {
            file[random() % file.size()] = (uint8_t)random();
        }
        set_jpeg_decoder(round % 2 ? JPEG_DECODER_CHIP : JPEG_DECODER_LIBJPEG);
        decode(file);
    }
}

TEST_F(Jpeg, MoreThanTheBoardHasIsRefused) {
    // The header alone claims 8000x8000; nothing may be decoded before the memory is there.
    std::vector<uint8_t> file = jpeg_maker::make(16, 16, {});
    for (size_t i = 0; i + 9 < file.size(); i++) {
        if (file[i] == 0xFF && file[i + 1] == 0xC0) {
            file[i + 5] = 8000 >> 8;
            file[i + 6] = 8000 & 255;
            file[i + 7] = 8000 >> 8;
            file[i + 8] = 8000 & 255;
        }
    }
    EXPECT_EQ(decode(file).data, nullptr);
}

TEST_F(Jpeg, EncodesWhatItDecodes) {
    std::vector<uint8_t> pixels(60 * 40 * 3);
    for (size_t i = 0; i < pixels.size(); i++) {
        pixels[i] = (uint8_t)(i / 180 * 3 + i % 3 * 40);
    }
    for (pix_type_t type : {DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_BGR888, DL_IMAGE_PIX_TYPE_GRAY,
                            DL_IMAGE_PIX_TYPE_RGB565LE, DL_IMAGE_PIX_TYPE_HSV_MASK}) {
        const img_t img = {pixels.data(), 60, 40, type};
        const jpeg_img_t jpeg = sw_encode_jpeg(img, 95);
        ASSERT_NE(jpeg.data, nullptr) << pix_type2str(type);
        const uint8_t *data = (const uint8_t *)jpeg.data;
        const img_t &back = decode({data, data + jpeg.data_len});
        heap_caps_free(jpeg.data);
        ASSERT_NE(back.data, nullptr);
        EXPECT_EQ(back.width, 60);
        EXPECT_EQ(back.height, 40);
        if (type == DL_IMAGE_PIX_TYPE_RGB888) {
            int64_t difference = 0;
            for (size_t i = 0; i < pixels.size(); i++) {
                difference += std::abs(pixels[i] - ((uint8_t *)back.data)[i]);
            }
            EXPECT_LT(difference / (double)pixels.size(), 3.0);
        }
    }
    EXPECT_EQ(sw_encode_jpeg({nullptr, 4, 4, DL_IMAGE_PIX_TYPE_RGB888}).data, nullptr);
    EXPECT_EQ(sw_encode_jpeg({pixels.data(), 0, 4, DL_IMAGE_PIX_TYPE_RGB888}).data, nullptr);
    EXPECT_EQ(sw_encode_jpeg({pixels.data(), 4, 4, DL_IMAGE_PIX_TYPE_RGB888_QINT8}).data, nullptr);
}

}  // namespace
