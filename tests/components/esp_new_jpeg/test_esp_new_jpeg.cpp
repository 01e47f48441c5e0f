#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "dl_image_jpeg.hpp"
#include "esp_heap_caps.h"
#include "esp_jpeg_dec.h"
#include "esp_jpeg_enc.h"

namespace {

constexpr int WIDTH = 40;
constexpr int HEIGHT = 24;

std::vector<uint8_t> picture() {
    std::vector<uint8_t> rgb;
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        rgb.push_back((uint8_t)(i % WIDTH * 6));
        rgb.push_back((uint8_t)(i / WIDTH * 10));
        rgb.push_back((uint8_t)(i % 7 * 30));
    }
    return rgb;
}

std::vector<uint8_t> jpeg() {
    std::vector<uint8_t> rgb = picture();
    jpeg_enc_config_t config = DEFAULT_JPEG_ENC_CONFIG();
    config.width = WIDTH;
    config.height = HEIGHT;
    config.src_type = JPEG_PIXEL_FORMAT_RGB888;
    config.quality = 90;
    jpeg_enc_handle_t encoder = nullptr;
    EXPECT_EQ(jpeg_enc_open(&config, &encoder), JPEG_ERR_OK);
    std::vector<uint8_t> out(10000);
    int size = 0;
    EXPECT_EQ(jpeg_enc_process(encoder, rgb.data(), (int)rgb.size(), out.data(), (int)out.size(), &size), JPEG_ERR_OK);
    EXPECT_EQ(jpeg_enc_process(encoder, rgb.data(), (int)rgb.size() - 1, out.data(), (int)out.size(), &size),
              JPEG_ERR_INVALID_PARAM);
    std::vector<uint8_t> little(10);
    EXPECT_EQ(jpeg_enc_process(encoder, rgb.data(), (int)rgb.size(), little.data(), 10, &size), JPEG_ERR_NO_MEM);
    EXPECT_EQ(jpeg_enc_close(encoder), JPEG_ERR_OK);
    out.resize(size);
    return out;
}

TEST(EspNewJpeg, DecodesAsVisionDoes) {
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_DEFAULT);
    std::vector<uint8_t> file = jpeg();
    const std::pair<jpeg_pixel_format_t, dl::image::pix_type_t> formats[] = {
        {JPEG_PIXEL_FORMAT_RGB888, dl::image::DL_IMAGE_PIX_TYPE_RGB888},
        {JPEG_PIXEL_FORMAT_RGB565_LE, dl::image::DL_IMAGE_PIX_TYPE_RGB565LE},
        {JPEG_PIXEL_FORMAT_RGB565_BE, dl::image::DL_IMAGE_PIX_TYPE_RGB565BE},
        {JPEG_PIXEL_FORMAT_GRAY, dl::image::DL_IMAGE_PIX_TYPE_GRAY},
    };
    for (const auto &[format, type] : formats) {
        jpeg_dec_config_t config = DEFAULT_JPEG_DEC_CONFIG();
        config.output_type = format;
        jpeg_dec_handle_t decoder = nullptr;
        ASSERT_EQ(jpeg_dec_open(&config, &decoder), JPEG_ERR_OK);
        jpeg_dec_io_t io = {};
        io.inbuf = file.data();
        io.inbuf_len = (int)file.size();
        int length = 0;
        EXPECT_EQ(jpeg_dec_get_outbuf_len(decoder, &length), JPEG_ERR_INVALID_PARAM) << "no header was read";
        jpeg_dec_header_info_t info = {};
        ASSERT_EQ(jpeg_dec_parse_header(decoder, &io, &info), JPEG_ERR_OK);
        EXPECT_EQ(info.width, WIDTH);
        EXPECT_EQ(info.height, HEIGHT);
        ASSERT_EQ(jpeg_dec_get_outbuf_len(decoder, &length), JPEG_ERR_OK);
        io.outbuf = (uint8_t *)jpeg_calloc_align((size_t)length, 16);
        ASSERT_NE(io.outbuf, nullptr);
        EXPECT_EQ((uintptr_t)io.outbuf % 16, 0u);
        ASSERT_EQ(jpeg_dec_process(decoder, &io), JPEG_ERR_OK);
        EXPECT_EQ(io.out_size, length);
        const dl::image::img_t expected = dl::image::sw_decode_jpeg({file.data(), file.size()}, type);
        ASSERT_EQ(expected.bytes(), (size_t)length);
        EXPECT_EQ(std::memcmp(expected.data, io.outbuf, (size_t)length), 0);
        heap_caps_free(expected.data);
        jpeg_free_align(io.outbuf);
        EXPECT_EQ(jpeg_dec_close(decoder), JPEG_ERR_OK);
    }
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_DEFAULT), before);
}

TEST(EspNewJpeg, HostileFiles) {
    const std::vector<uint8_t> file = jpeg();
    jpeg_dec_config_t config = DEFAULT_JPEG_DEC_CONFIG();
    jpeg_dec_handle_t decoder = nullptr;
    ASSERT_EQ(jpeg_dec_open(&config, &decoder), JPEG_ERR_OK);
    std::vector<uint8_t> out(WIDTH * HEIGHT * 3);
    for (size_t size = 1; size < file.size(); size += 3) {
        std::vector<uint8_t> cut(file.begin(), file.begin() + size);
        jpeg_dec_io_t io = {cut.data(), (int)size, 0, out.data(), 0};
        jpeg_dec_header_info_t info;
        if (jpeg_dec_parse_header(decoder, &io, &info) == JPEG_ERR_OK) {
            jpeg_dec_process(decoder, &io);
        }
    }
    std::vector<uint8_t> progressive = file;
    for (size_t i = 0; i + 1 < progressive.size(); i++) {
        if (progressive[i] == 0xFF && progressive[i + 1] == 0xC0) {
            progressive[i + 1] = 0xC2;
            break;
        }
    }
    jpeg_dec_io_t io = {progressive.data(), (int)progressive.size(), 0, out.data(), 0};
    jpeg_dec_header_info_t info;
    EXPECT_EQ(jpeg_dec_parse_header(decoder, &io, &info), JPEG_ERR_UNSUPPORT_STD);
    uint8_t nothing[] = {1, 2, 3, 4, 5};
    io.inbuf = nothing;
    io.inbuf_len = 5;
    EXPECT_EQ(jpeg_dec_parse_header(decoder, &io, &info), JPEG_ERR_BAD_DATA);
    EXPECT_EQ(jpeg_dec_process(decoder, &io), JPEG_ERR_INVALID_PARAM);
    EXPECT_EQ(jpeg_dec_close(decoder), JPEG_ERR_OK);
}

TEST(EspNewJpeg, WhatIsNotEmulatedIsRefused) {
    jpeg_dec_handle_t decoder = nullptr;
    jpeg_dec_config_t config = DEFAULT_JPEG_DEC_CONFIG();
    config.rotate = JPEG_ROTATE_90D;
    EXPECT_EQ(jpeg_dec_open(&config, &decoder), JPEG_ERR_UNSUPPORT_FMT);
    config = DEFAULT_JPEG_DEC_CONFIG();
    config.scale.width = 8;
    EXPECT_EQ(jpeg_dec_open(&config, &decoder), JPEG_ERR_UNSUPPORT_FMT);
    config = DEFAULT_JPEG_DEC_CONFIG();
    config.output_type = JPEG_PIXEL_FORMAT_CbYCrY;
    EXPECT_EQ(jpeg_dec_open(&config, &decoder), JPEG_ERR_UNSUPPORT_FMT);
    EXPECT_EQ(jpeg_dec_open(nullptr, &decoder), JPEG_ERR_INVALID_PARAM);
    EXPECT_EQ(jpeg_dec_close(nullptr), JPEG_ERR_INVALID_PARAM);
    EXPECT_EQ(jpeg_calloc_align(10, 3), nullptr);
    jpeg_enc_handle_t encoder = nullptr;
    jpeg_enc_config_t encoding = DEFAULT_JPEG_ENC_CONFIG();
    EXPECT_EQ(jpeg_enc_open(&encoding, &encoder), JPEG_ERR_UNSUPPORT_FMT) << "YCbYCr is the default";
    encoding.src_type = JPEG_PIXEL_FORMAT_GRAY;
    encoding.quality = 0;
    EXPECT_EQ(jpeg_enc_open(&encoding, &encoder), JPEG_ERR_INVALID_PARAM);
}

}  // namespace
