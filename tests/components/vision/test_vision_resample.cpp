// The free functions of ESP-DL 3.0 and 3.1: resize(), warp_affine() and convert_img() with flags, table and crop area.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "dl_image.hpp"

namespace {

using namespace dl::image;

struct Picture {
    std::vector<uint8_t> bytes;
    img_t img;
    Picture(uint16_t width, uint16_t height, pix_type_t type, std::vector<uint8_t> content = {})
        : bytes(std::move(content)), img{nullptr, width, height, type} {
        bytes.resize(img.bytes());
        img.data = bytes.data();
    }
};

std::vector<uint8_t> noise(size_t n) {
    std::mt19937 random(1);
    std::vector<uint8_t> bytes(n);
    for (uint8_t &b : bytes) {
        b = static_cast<uint8_t>(random());
    }
    return bytes;
}

std::vector<int8_t> signed_bytes(const Picture &picture) {
    std::vector<int8_t> values(picture.bytes.size());
    std::memcpy(values.data(), picture.bytes.data(), values.size());
    return values;
}

TEST(Resample, PositionsAreThoseOfPixelCentres) {
    const Picture src(2, 1, DL_IMAGE_PIX_TYPE_GRAY, {0, 100});
    Picture wide(4, 1, DL_IMAGE_PIX_TYPE_GRAY);
    float scale_x = 0;
    float scale_y = 0;
    ASSERT_EQ(resize(src.img, wide.img, DL_IMAGE_INTERPOLATE_BILINEAR, 0, nullptr, {}, &scale_x, &scale_y), ESP_OK);
    EXPECT_EQ(wide.bytes, (std::vector<uint8_t>{0, 25, 75, 100}));
    EXPECT_EQ(scale_x, 2.f);
    EXPECT_EQ(scale_y, 1.f);

    const Picture four(4, 1, DL_IMAGE_PIX_TYPE_GRAY, {1, 2, 3, 4});
    Picture two(2, 1, DL_IMAGE_PIX_TYPE_GRAY);
    ASSERT_EQ(resize(four.img, two.img, DL_IMAGE_INTERPOLATE_NEAREST), ESP_OK);
    EXPECT_EQ(two.bytes, (std::vector<uint8_t>{2, 4}));
    ASSERT_EQ(resize(four.img, two.img, DL_IMAGE_INTERPOLATE_BILINEAR), ESP_OK);
    EXPECT_EQ(two.bytes, (std::vector<uint8_t>{2, 4}));  // 1.5 and 3.5, rounded up
}

// In double, from the definition: the four neighbours, weighted by distance.
uint8_t bilinear(const Picture &src, double x, double y, int channel) {
    const img_t &img = src.img;
    x = std::clamp(x, 0., img.width - 1.);
    y = std::clamp(y, 0., img.height - 1.);
    double sum = 0;
    for (int v = 0; v < img.height; v++) {
        for (int u = 0; u < img.width; u++) {
            const double weight = std::max(0., 1 - std::fabs(u - x)) * std::max(0., 1 - std::fabs(v - y));
            sum += weight * src.bytes[(v * img.width + u) * 3 + channel];
        }
    }
    return static_cast<uint8_t>(std::floor(sum + 0.5));
}

TEST(Resample, EveryChannelIsInterpolatedAndSwappedIfAsked) {
    const Picture src(7, 5, DL_IMAGE_PIX_TYPE_RGB888, noise(7 * 5 * 3));
    Picture plain(13, 3, DL_IMAGE_PIX_TYPE_RGB888);
    Picture swapped(13, 3, DL_IMAGE_PIX_TYPE_RGB888);
    ASSERT_EQ(resize(src.img, plain.img, DL_IMAGE_INTERPOLATE_BILINEAR), ESP_OK);
    ASSERT_EQ(resize(src.img, swapped.img, DL_IMAGE_INTERPOLATE_BILINEAR, DL_IMAGE_CAP_RGB_SWAP), ESP_OK);
    for (int y = 0; y < 3; y++) {
        for (int x = 0; x < 13; x++) {
            for (int c = 0; c < 3; c++) {
                const int at = (y * 13 + x) * 3;
                // Float and double may round a half to different sides.
                EXPECT_NEAR(plain.bytes[at + c], bilinear(src, (x + 0.5) * 7 / 13 - 0.5, (y + 0.5) * 5 / 3 - 0.5, c),
                            1);
                EXPECT_EQ(swapped.bytes[at + c], plain.bytes[at + 2 - c]);
            }
        }
    }
}

TEST(Resample, TheCropAreaIsTheWholeWorld) {
    std::vector<uint8_t> values(8 * 6);
    for (size_t i = 0; i < values.size(); i++) {
        values[i] = static_cast<uint8_t>(i);
    }
    const Picture src(8, 6, DL_IMAGE_PIX_TYPE_GRAY, values);
    for (const interpolate_type_t type : {DL_IMAGE_INTERPOLATE_NEAREST, DL_IMAGE_INTERPOLATE_BILINEAR}) {
        Picture cut(2, 2, DL_IMAGE_PIX_TYPE_GRAY);
        ASSERT_EQ(resize(src.img, cut.img, type, 0, nullptr, {3, 2, 5, 4}), ESP_OK);
        EXPECT_EQ(cut.bytes, (std::vector<uint8_t>{19, 20, 27, 28}));
        Picture wide(40, 1, DL_IMAGE_PIX_TYPE_GRAY);
        ASSERT_EQ(resize(src.img, wide.img, type, 0, nullptr, {3, 2, 5, 3}), ESP_OK);
        EXPECT_EQ(wide.bytes.front(), 19);
        EXPECT_EQ(wide.bytes.back(), 20);
    }
}

TEST(Resample, Rgb565InBothByteOrders) {
    const Picture little(1, 1, DL_IMAGE_PIX_TYPE_RGB565, {0x1f, 0xf8});  // red and blue
    const Picture big(1, 1, DL_IMAGE_PIX_TYPE_RGB565, {0xf8, 0x00});     // red
    Picture rgb(1, 1, DL_IMAGE_PIX_TYPE_RGB888);
    ASSERT_EQ(resize(little.img, rgb.img, DL_IMAGE_INTERPOLATE_BILINEAR), ESP_OK);
    EXPECT_EQ(rgb.bytes, (std::vector<uint8_t>{0xf8, 0, 0xf8}));
    ASSERT_EQ(resize(big.img, rgb.img, DL_IMAGE_INTERPOLATE_NEAREST, DL_IMAGE_CAP_RGB565_BIG_ENDIAN), ESP_OK);
    EXPECT_EQ(rgb.bytes, (std::vector<uint8_t>{0xf8, 0, 0}));
    Picture back(1, 1, DL_IMAGE_PIX_TYPE_RGB565);
    ASSERT_EQ(resize(rgb.img, back.img, DL_IMAGE_INTERPOLATE_NEAREST, DL_IMAGE_CAP_RGB565_BIG_ENDIAN), ESP_OK);
    EXPECT_EQ(back.bytes, big.bytes);
}

TEST(Resample, GreyWeighsBlueAsThoseVersionsDo) {
    const Picture src(3, 1, DL_IMAGE_PIX_TYPE_RGB888, {255, 0, 0, 0, 255, 0, 0, 0, 255});
    Picture gray(3, 1, DL_IMAGE_PIX_TYPE_GRAY);
    ASSERT_EQ(resize(src.img, gray.img, DL_IMAGE_INTERPOLATE_NEAREST), ESP_OK);
    EXPECT_EQ(gray.bytes, (std::vector<uint8_t>{255 * 15 >> 7, 255 * 75 >> 7, 255 * 38 >> 7}));
    ASSERT_EQ(resize(src.img, gray.img, DL_IMAGE_INTERPOLATE_NEAREST, DL_IMAGE_CAP_RGB_SWAP), ESP_OK);
    EXPECT_EQ(gray.bytes, (std::vector<uint8_t>{255 * 38 >> 7, 255 * 75 >> 7, 255 * 15 >> 7}));
}

TEST(Resample, ATableQuantizes) {
    std::vector<int8_t> one(256);
    std::vector<int16_t> three(768);
    for (int i = 0; i < 768; i++) {
        one[i % 256] = static_cast<int8_t>(i % 256 - 128);
        three[i] = static_cast<int16_t>(i * 10);
    }
    const Picture src(1, 1, DL_IMAGE_PIX_TYPE_RGB888, {0, 128, 255});
    Picture small(1, 1, DL_IMAGE_PIX_TYPE_RGB888_QINT8);
    ASSERT_EQ(resize(src.img, small.img, DL_IMAGE_INTERPOLATE_NEAREST, 0, one.data()), ESP_OK);
    EXPECT_EQ(signed_bytes(small), (std::vector<int8_t>{-128, 0, 127}));
    ASSERT_EQ(resize(src.img, small.img, DL_IMAGE_INTERPOLATE_NEAREST, DL_IMAGE_CAP_RGB_SWAP, one.data()), ESP_OK);
    EXPECT_EQ(signed_bytes(small), (std::vector<int8_t>{127, 0, -128}));

    // A 565 pixel has a table for each of its channels.
    const Picture packed(1, 1, DL_IMAGE_PIX_TYPE_RGB565, {0x1f, 0xf8});
    Picture large(1, 1, DL_IMAGE_PIX_TYPE_RGB888_QINT16);
    ASSERT_EQ(resize(packed.img, large.img, DL_IMAGE_INTERPOLATE_NEAREST, 0, three.data()), ESP_OK);
    int16_t values[3];
    std::memcpy(values, large.bytes.data(), sizeof(values));
    EXPECT_EQ(values[0], 10 * 0xf8);
    EXPECT_EQ(values[1], 10 * 256);
    EXPECT_EQ(values[2], 10 * (512 + 0xf8));

    Picture gray(1, 1, DL_IMAGE_PIX_TYPE_GRAY_QINT8);
    const Picture dot(1, 1, DL_IMAGE_PIX_TYPE_GRAY, {200});
    ASSERT_EQ(resize(dot.img, gray.img, DL_IMAGE_INTERPOLATE_NEAREST, 0, one.data()), ESP_OK);
    EXPECT_EQ(signed_bytes(gray), (std::vector<int8_t>{72}));
}

TEST(Resample, AWarpShowsTheEdgeBeyondIt) {
    const Picture src(3, 1, DL_IMAGE_PIX_TYPE_GRAY, {10, 20, 30});
    Picture dst(6, 2, DL_IMAGE_PIX_TYPE_GRAY);
    dl::math::Matrix<float> shift(2, 3, 0.f);
    shift.array[0][0] = 1;
    shift.array[1][1] = 1;
    shift.array[0][2] = -1.5f;
    ASSERT_EQ(warp_affine(src.img, dst.img, DL_IMAGE_INTERPOLATE_BILINEAR, &shift), ESP_OK);
    EXPECT_EQ(dst.bytes, (std::vector<uint8_t>{10, 10, 15, 25, 30, 30, 10, 10, 15, 25, 30, 30}));
    for (const float hostile : {std::nanf(""), std::numeric_limits<float>::infinity(), -3e38f}) {
        shift.array[0][0] = hostile;
        EXPECT_EQ(warp_affine(src.img, dst.img, DL_IMAGE_INTERPOLATE_BILINEAR, &shift), ESP_OK);
        EXPECT_EQ(warp_affine(src.img, dst.img, DL_IMAGE_INTERPOLATE_NEAREST, &shift), ESP_OK);
    }
    dl::math::Matrix<float> small(2, 2, 0.f);
    EXPECT_EQ(warp_affine(src.img, dst.img, DL_IMAGE_INTERPOLATE_NEAREST, &small), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(warp_affine(src.img, dst.img, DL_IMAGE_INTERPOLATE_NEAREST, nullptr), ESP_ERR_INVALID_ARG);
}

TEST(Resample, ConvertingSetsTheSize) {
    const Picture src(5, 4, DL_IMAGE_PIX_TYPE_RGB888, noise(5 * 4 * 3));
    Picture dst(5, 4, DL_IMAGE_PIX_TYPE_RGB888);
    dst.img.width = dst.img.height = 0;
    ASSERT_EQ(convert_img(src.img, dst.img, 0, nullptr, {1, 2, 4, 4}), ESP_OK);
    EXPECT_EQ(dst.img.width, 3);
    EXPECT_EQ(dst.img.height, 2);
    EXPECT_EQ(std::memcmp(dst.bytes.data(), &src.bytes[(2 * 5 + 1) * 3], 9), 0);
    EXPECT_EQ(std::memcmp(&dst.bytes[9], &src.bytes[(3 * 5 + 1) * 3], 9), 0);
    img_t nothing = {nullptr, 0, 0, DL_IMAGE_PIX_TYPE_RGB888};
    EXPECT_EQ(convert_img(src.img, nothing, 0), ESP_ERR_INVALID_ARG);
}

TEST(Resample, YuvPairsOfPixelsAreReadByColumn) {
    const Picture src(4, 2, DL_IMAGE_PIX_TYPE_YUYV, noise(4 * 2 * 2));
    Picture all(4, 2, DL_IMAGE_PIX_TYPE_RGB888);
    ASSERT_EQ(convert_img(static_cast<const img_t &>(src.img), static_cast<const img_t &>(all.img)), ESP_OK);
    Picture odd(1, 1, DL_IMAGE_PIX_TYPE_RGB888);
    ASSERT_EQ(resize(src.img, odd.img, DL_IMAGE_INTERPOLATE_NEAREST, 0, nullptr, {3, 1, 4, 2}), ESP_OK);
    EXPECT_EQ(std::memcmp(odd.bytes.data(), &all.bytes[7 * 3], 3), 0);
}

TEST(Resample, Refusals) {
    const Picture src(4, 4, DL_IMAGE_PIX_TYPE_RGB888);
    Picture dst(2, 2, DL_IMAGE_PIX_TYPE_RGB888);
    const interpolate_type_t type = DL_IMAGE_INTERPOLATE_BILINEAR;
    for (const std::vector<int> &crop : std::vector<std::vector<int>>{
             {0, 0, 5, 4}, {0, 0, 4, 5}, {-1, 0, 2, 2}, {0, -1, 2, 2}, {2, 0, 2, 2}, {0, 3, 2, 2}, {1, 2, 3}, {1}}) {
        EXPECT_EQ(resize(src.img, dst.img, type, 0, nullptr, crop), ESP_ERR_INVALID_ARG);
        img_t out = dst.img;
        EXPECT_EQ(convert_img(src.img, out, 0, nullptr, crop), ESP_ERR_INVALID_ARG);
    }
    EXPECT_EQ(resize({nullptr, 4, 4, DL_IMAGE_PIX_TYPE_RGB888}, dst.img, type), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(resize(src.img, {dst.bytes.data(), 0, 2, DL_IMAGE_PIX_TYPE_RGB888}, type), ESP_ERR_INVALID_ARG);
    const Picture quantized(2, 2, DL_IMAGE_PIX_TYPE_RGB888_QINT8);
    EXPECT_EQ(resize(src.img, quantized.img, type), ESP_ERR_NOT_SUPPORTED);  // no table
    EXPECT_EQ(resize(quantized.img, dst.img, type), ESP_ERR_NOT_SUPPORTED);  // no source
    EXPECT_EQ(resize(src.img, {dst.bytes.data(), 1, 1, DL_IMAGE_PIX_TYPE_YUYV}, type), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(resize(src.img, {dst.bytes.data(), 1, 1, static_cast<pix_type_t>(99)}, type), ESP_ERR_NOT_SUPPORTED);
}

}  // namespace
