// Pixel types, transformations, PNG, BMP, files and drawing.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "dl_image.hpp"
#include "dl_image_annotate.hpp"
#include "dl_rounding.hpp"
#include "esp_heap_caps.h"

namespace {

using namespace dl::image;

std::vector<uint8_t> noise(size_t n, uint32_t seed = 1) {
    std::mt19937 random(seed);
    std::vector<uint8_t> bytes(n);
    for (uint8_t &b : bytes) {
        b = (uint8_t)random();
    }
    return bytes;
}

struct Buffer {
    std::vector<uint8_t> bytes;
    img_t img;
    Buffer(int width, int height, pix_type_t type, uint32_t seed = 1)
        : bytes(noise((size_t)width * height * get_pix_byte_size(type), seed)),
          img{bytes.data(), (uint16_t)width, (uint16_t)height, type} {}
};

struct TemporaryFolder {
    std::string path;
    TemporaryFolder() {
        char name[] = "/tmp/vision_test_XXXXXX";
        path = mkdtemp(name);
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path); }
};

TEST(Pixels, TypesKnowTheirSize) {
    EXPECT_EQ(Buffer(5, 3, DL_IMAGE_PIX_TYPE_RGB888).img.bytes(), 45u);
    EXPECT_EQ(Buffer(5, 3, DL_IMAGE_PIX_TYPE_BGR888_QINT16).img.row_step(), 30);
    EXPECT_EQ(get_pix_channel_num(DL_IMAGE_PIX_TYPE_HSV_MASK), 1);
    EXPECT_EQ(get_pix_byte_size((pix_type_t)17), 0u);
    EXPECT_EQ(get_pix_channel_num((pix_type_t)-1), -1);
    EXPECT_EQ(pix_type2str(DL_IMAGE_PIX_TYPE_UYVY), "DL_IMAGE_PIX_TYPE_UYVY");
    EXPECT_TRUE(is_pix_type_quant(DL_IMAGE_PIX_TYPE_GRAY_QINT16));
    EXPECT_FALSE(is_pix_type_quant(DL_IMAGE_PIX_TYPE_HSV));
}

TEST(Pixels, Rgb565KeepsItsUpperBits) {
    for (pix_type_t type : {DL_IMAGE_PIX_TYPE_RGB565LE, DL_IMAGE_PIX_TYPE_RGB565BE, DL_IMAGE_PIX_TYPE_BGR565LE,
                            DL_IMAGE_PIX_TYPE_BGR565BE}) {
        const Buffer rgb(16, 16, DL_IMAGE_PIX_TYPE_RGB888);
        const Buffer packed(16, 16, type);
        const Buffer back(16, 16, DL_IMAGE_PIX_TYPE_RGB888);
        ASSERT_EQ(convert_img(rgb.img, packed.img), ESP_OK);
        ASSERT_EQ(convert_img(packed.img, back.img), ESP_OK);
        for (size_t i = 0; i < rgb.bytes.size(); i++) {
            EXPECT_EQ(back.bytes[i], rgb.bytes[i] & (i % 3 == 1 ? 0xFC : 0xF8));
        }
    }
    const uint8_t red[3] = {255, 0, 0};
    uint8_t pixel[2];
    write_row_rgb888(red, 1, DL_IMAGE_PIX_TYPE_RGB565LE, pixel);
    EXPECT_EQ(pixel[1], 0xF8);
    write_row_rgb888(red, 1, DL_IMAGE_PIX_TYPE_RGB565BE, pixel);
    EXPECT_EQ(pixel[0], 0xF8);
    write_row_rgb888(red, 1, DL_IMAGE_PIX_TYPE_BGR565LE, pixel);
    EXPECT_EQ(pixel[0], 0x1F);
}

TEST(Pixels, GrayKeepsGray) {
    for (int v = 0; v < 256; v++) {
        EXPECT_EQ(rgb8882gray((uint8_t)v, (uint8_t)v, (uint8_t)v), v);
    }
    EXPECT_EQ(rgb8882gray(255, 0, 0), 76);
    EXPECT_EQ(rgb8882gray(0, 255, 0), 150);
    EXPECT_EQ(rgb8882gray(0, 0, 255), 29);
}

TEST(Pixels, HsvOfKnownColours) {
    using Hsv = std::array<uint8_t, 3>;
    EXPECT_EQ(rgb8882hsv(0, 0, 0), (Hsv{0, 0, 0}));
    EXPECT_EQ(rgb8882hsv(200, 200, 200), (Hsv{0, 0, 200}));
    EXPECT_EQ(rgb8882hsv(255, 0, 0), (Hsv{0, 255, 255}));
    EXPECT_EQ(rgb8882hsv(0, 255, 0), (Hsv{60, 255, 255}));
    EXPECT_EQ(rgb8882hsv(0, 0, 255), (Hsv{120, 255, 255}));
    EXPECT_EQ(rgb8882hsv(255, 255, 0), (Hsv{30, 255, 255}));
    EXPECT_EQ(rgb8882hsv(255, 0, 255), (Hsv{150, 255, 255}));
    EXPECT_EQ(rgb8882hsv(255, 0, 4), (Hsv{0, 255, 255}));  // 359 degrees: the circle closes
    for (int i = 0; i < 1 << 15; i++) {
        const Hsv hsv = rgb8882hsv((uint8_t)(i >> 10 << 3), (uint8_t)(i >> 5 << 3), (uint8_t)(i << 3));
        ASSERT_LT(hsv[0], 180);
    }
}

TEST(Pixels, YuvGray) {
    uint8_t yuyv[8] = {0, 128, 60, 128, 200, 128, 255, 128};
    const img_t img = {yuyv, 4, 1, DL_IMAGE_PIX_TYPE_YUYV};
    const Buffer rgb(4, 1, DL_IMAGE_PIX_TYPE_RGB888);
    ASSERT_EQ(convert_img(img, rgb.img), ESP_OK);
    EXPECT_EQ(rgb.bytes, (std::vector<uint8_t>{0, 0, 0, 60, 60, 60, 200, 200, 200, 255, 255, 255}));
    // Two pixels share their chroma, so there is no odd width.
    const Buffer odd(3, 2, DL_IMAGE_PIX_TYPE_UYVY);
    const Buffer out(3, 2, DL_IMAGE_PIX_TYPE_RGB888);
    EXPECT_EQ(convert_img(odd.img, out.img), ESP_ERR_NOT_SUPPORTED);
}

TEST(Pixels, ConvertRefuses) {
    const Buffer a(4, 4, DL_IMAGE_PIX_TYPE_RGB888);
    const Buffer b(4, 5, DL_IMAGE_PIX_TYPE_GRAY);
    const Buffer q(4, 4, DL_IMAGE_PIX_TYPE_RGB888_QINT8);
    EXPECT_EQ(convert_img(a.img, b.img), ESP_ERR_INVALID_SIZE);
    EXPECT_EQ(convert_img(a.img, q.img), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(convert_img(q.img, a.img), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(convert_img({nullptr, 4, 4, DL_IMAGE_PIX_TYPE_RGB888}, a.img), ESP_ERR_INVALID_ARG);
}

// Each output pixel on its own, as the conventions say.
template <typename T>
std::vector<T> plain_preprocess(const Buffer &src, const std::vector<int> &crop, int width, int height, bool letterbox,
                                bool swap, const std::vector<float> &mean, const std::vector<float> &std,
                                int exponent) {
    const int x0 = crop.empty() ? 0 : crop[0], y0 = crop.empty() ? 0 : crop[1];
    const int w = crop.empty() ? src.img.width : crop[2] - crop[0],
              h = crop.empty() ? src.img.height : crop[3] - crop[1];
    int left = 0, top = 0, inner_w = width, inner_h = height;
    if (letterbox) {
        const float scale = std::min((float)width / w, (float)height / h);
        inner_w = std::max(1, (int)(scale * w));
        inner_h = std::max(1, (int)(scale * h));
        left = (width - inner_w) / 2;
        top = (height - inner_h) / 2;
    }
    std::vector<T> out;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            uint8_t rgb[3] = {10, 20, 30};
            if (x >= left && x < left + inner_w && y >= top && y < top + inner_h) {
                const int sx = x0 + std::min((int)((float)(x - left) * ((float)w / (float)inner_w)), w - 1);
                const int sy = y0 + std::min((int)((float)(y - top) * ((float)h / (float)inner_h)), h - 1);
                std::memcpy(rgb, &src.bytes[((size_t)sy * src.img.width + sx) * 3], 3);
            }
            for (int c = 0; c < 3; c++) {
                const float v = ((float)rgb[swap ? 2 - c : c] - mean[c]) * (1.f / std[c]);
                out.push_back(dl::quantize<T>(v, DL_RESCALE(exponent)));
            }
        }
    }
    return out;
}

TEST(Preprocessor, EqualsThePlainOne) {
    std::mt19937 random(11);
    for (int round = 0; round < 300; round++) {
        dl::set_target(round % 2 ? dl::TARGET_ESP32P4 : dl::TARGET_ESP32S3);
        const Buffer src(1 + random() % 60, 1 + random() % 60, DL_IMAGE_PIX_TYPE_RGB888, round);
        const int width = 1 + random() % 50, height = 1 + random() % 50;
        const bool letterbox = random() % 2, swap = random() % 2, wide = random() % 2;
        std::vector<int> crop;
        if (random() % 2) {
            const int x = random() % src.img.width, y = random() % src.img.height;
            crop = {x, y, x + 1 + (int)(random() % (src.img.width - x)),
                    y + 1 + (int)(random() % (src.img.height - y))};
        }
        const std::vector<float> mean = {123.675f, 116.28f, 103.53f}, std = {58.395f, 57.12f, 57.375f};
        const int exponent = wide ? -12 : -5;
        dl::TensorBase input({1, height, width, 3}, nullptr, exponent, wide ? dl::DATA_TYPE_INT16 : dl::DATA_TYPE_INT8);
        ImagePreprocessor preprocessor(&input, mean, std, swap);
        if (letterbox) {
            preprocessor.enable_letterbox({10, 20, 30});
        }
        ASSERT_EQ(preprocessor.preprocess(src.img, crop), ESP_OK);
        SCOPED_TRACE(round);
        if (wide) {
            const auto want = plain_preprocess<int16_t>(src, crop, width, height, letterbox, swap, mean, std, exponent);
            ASSERT_EQ(std::memcmp(input.data, want.data(), want.size() * 2), 0);
        } else {
            const auto want = plain_preprocess<int8_t>(src, crop, width, height, letterbox, swap, mean, std, exponent);
            ASSERT_EQ(std::memcmp(input.data, want.data(), want.size()), 0);
        }
    }
}

// NV12 and the YUYV picture of the same samples, in one pass each, against a picture in RGB (for a grey model in grey)
// in between.
void expect_one_pass_as_two(dl::dtype_t dtype, int channels, std::mt19937 &random) {
    const int width = 2 * (1 + (int)(random() % 30)), height = 2 * (1 + (int)(random() % 30));
    std::vector<uint8_t> nv12((size_t)width * height * 3 / 2);
    std::generate(nv12.begin(), nv12.end(), [&] { return (uint8_t)random(); });
    Buffer between(width, height, channels == 3 ? DL_IMAGE_PIX_TYPE_RGB888 : DL_IMAGE_PIX_TYPE_GRAY);
    const Buffer yuyv(width, height, DL_IMAGE_PIX_TYPE_YUYV);
    ASSERT_EQ(convert_nv12(nv12.data(), nv12.size(), between.img), ESP_OK);
    ASSERT_EQ(convert_nv12(nv12.data(), nv12.size(), yuyv.img), ESP_OK);
    const std::vector<float> mean(channels, 100), std(channels, 40);
    dl::TensorBase input({1, 1 + (int)(random() % 50), 1 + (int)(random() % 50), channels}, nullptr,
                         dtype == dl::DATA_TYPE_INT16 ? -12 : -5, dtype);
    ImagePreprocessor preprocessor(&input, mean, std, channels == 3 && random() % 2);
    if (random() % 2) {
        preprocessor.enable_letterbox({10, 20, 30});
    }
    std::vector<int> crop;
    if (random() % 2) {
        const int x = (int)(random() % (uint32_t)width), y = (int)(random() % (uint32_t)height);
        crop = {x, y, x + 1 + (int)(random() % (uint32_t)(width - x)),
                y + 1 + (int)(random() % (uint32_t)(height - y))};
    }
    dl::math::Matrix<float> matrix(2, 3);
    matrix.set_value(std::vector<float>{0.8f, 0.3f, -2, -0.2f, 1.1f, 3});
    for (bool warp : {false, true}) {
        std::vector<uint8_t> want;
        for (int way = 0; way < 3; way++) {
            std::memset(input.data, way, (size_t)input.get_bytes());
            const nv12_img_t img = {nv12.data(), nv12.size(), (uint16_t)width, (uint16_t)height};
            const img_t &other = way == 0 ? between.img : yuyv.img;
            ASSERT_EQ(way == 1
                          ? (warp ? preprocessor.preprocess_nv12(img, matrix) : preprocessor.preprocess_nv12(img, crop))
                          : (warp ? preprocessor.preprocess(other, matrix) : preprocessor.preprocess(other, crop)),
                      ESP_OK);
            const uint8_t *data = (const uint8_t *)input.data;
            const std::vector<uint8_t> got(data, data + input.get_bytes());
            want = way == 0 ? got : want;
            ASSERT_EQ(got, want) << (way == 1 ? "NV12" : "YUYV") << (warp ? " warped" : "");
            const ImagePreprocessor::frame_t frame = preprocessor.get_frame();
            EXPECT_EQ(frame.width, width);
            EXPECT_EQ(frame.height, height);
        }
    }
}

TEST(Preprocessor, Nv12AndYuyvInOnePass) {
    std::mt19937 random(12);
    for (int round = 0; round < 400; round++) {
        SCOPED_TRACE(round);
        dl::set_target(round % 2 ? dl::TARGET_ESP32P4 : dl::TARGET_ESP32S3);
        const dl::dtype_t types[] = {dl::DATA_TYPE_INT8, dl::DATA_TYPE_INT16, dl::DATA_TYPE_FLOAT};
        expect_one_pass_as_two(types[round % 3], round % 4 ? 3 : 1, random);
        ASSERT_FALSE(testing::Test::HasFailure());
    }
}

TEST(Preprocessor, Nv12Refuses) {
    dl::TensorBase input({1, 4, 4, 3}, nullptr, 0, dl::DATA_TYPE_INT8);
    ImagePreprocessor preprocessor(&input, std::vector<float>(3), std::vector<float>(3, 1));
    const std::vector<uint8_t> bytes(6 * 6 * 3 / 2);
    EXPECT_EQ(preprocessor.preprocess_nv12({bytes.data(), bytes.size(), 6, 6}), ESP_OK);
    EXPECT_EQ(preprocessor.preprocess_nv12({bytes.data(), bytes.size() - 1, 6, 6}), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(preprocessor.preprocess_nv12({nullptr, bytes.size(), 6, 6}), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(preprocessor.preprocess_nv12({bytes.data(), bytes.size(), 5, 6}), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(preprocessor.preprocess_nv12({bytes.data(), bytes.size(), 6, 5}), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(preprocessor.preprocess_nv12({bytes.data(), bytes.size(), 0, 6}), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(preprocessor.preprocess_nv12({bytes.data(), bytes.size(), 6, 6}, std::vector<int>{0, 0, 7, 6}),
              ESP_ERR_INVALID_ARG);
    // Another picture afterwards is what it says it is.
    const Buffer rgb(6, 6, DL_IMAGE_PIX_TYPE_RGB888);
    EXPECT_EQ(preprocessor.preprocess(rgb.img), ESP_OK);
    // Conversions that do not read YUV would read beyond NV12.
    const Buffer yuyv(6, 6, DL_IMAGE_PIX_TYPE_YUYV), gray(6, 6, DL_IMAGE_PIX_TYPE_GRAY);
    ImageTransformer transformer;
    transformer.set_src_nv12({bytes.data(), bytes.size(), 6, 6}).set_dst_img(yuyv.img);
    EXPECT_EQ(transformer.transform(), ESP_ERR_NOT_SUPPORTED);
    transformer.set_dst_img(gray.img);
    EXPECT_EQ(transformer.transform(), ESP_OK);
    const std::vector<uint8_t> before = gray.bytes;
    ImageTransformer::TransformNNFunctor<false>{&transformer}(Gray2Gray<>());
    EXPECT_EQ(gray.bytes, before);
}

TEST(Preprocessor, FloatGrayAndSecondPicture) {
    dl::TensorBase input({1, 2, 2, 1}, nullptr, 0, dl::DATA_TYPE_FLOAT);
    ImagePreprocessor preprocessor(&input, std::vector<float>{100}, std::vector<float>{2});
    uint8_t pixels[4] = {0, 100, 200, 255};
    ASSERT_EQ(preprocessor.preprocess({pixels, 2, 2, DL_IMAGE_PIX_TYPE_GRAY}), ESP_OK);
    const float *v = (const float *)input.data;
    EXPECT_EQ(v[0], -50);
    EXPECT_EQ(v[1], 0);
    EXPECT_EQ(v[3], 77.5f);
    // A picture of another size: the tables of columns follow.
    uint8_t one[1] = {7};
    ASSERT_EQ(preprocessor.preprocess({one, 1, 1, DL_IMAGE_PIX_TYPE_GRAY}), ESP_OK);
    EXPECT_EQ(v[0], -46.5f);
    EXPECT_EQ(v[3], -46.5f);
}

TEST(Preprocessor, Refuses) {
    dl::TensorBase flat({10}, nullptr, 0, dl::DATA_TYPE_INT8);
    EXPECT_EQ(ImagePreprocessor(&flat, std::vector<float>{0}, std::vector<float>{1}).get_model_input(), nullptr);
    dl::TensorBase input({1, 4, 4, 3}, nullptr, 0, dl::DATA_TYPE_INT8);
    EXPECT_EQ(ImagePreprocessor(&input, std::vector<float>{0}, std::vector<float>{1}).get_model_input(), nullptr);
    dl::TensorBase wide({1, 4, 4, 3}, nullptr, 0, dl::DATA_TYPE_INT32);
    EXPECT_EQ(ImagePreprocessor(&wide, std::vector<float>(3), std::vector<float>(3, 1)).get_model_input(), nullptr);
    ImagePreprocessor preprocessor(&input, std::vector<float>(3), std::vector<float>(3, 1));
    const Buffer src(6, 6, DL_IMAGE_PIX_TYPE_RGB888);
    for (const std::vector<int> &crop : std::vector<std::vector<int>>{
             {0, 0, 7, 6}, {-1, 0, 3, 3}, {3, 3, 3, 4}, {4, 0, 2, 6}, {0, 0, 1}, {0, 0, 2, INT32_MAX}}) {
        EXPECT_EQ(preprocessor.preprocess(src.img, crop), ESP_ERR_INVALID_ARG);
    }
    EXPECT_EQ(preprocessor.preprocess({nullptr, 6, 6, DL_IMAGE_PIX_TYPE_RGB888}), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(preprocessor.preprocess({(void *)src.bytes.data(), 2, 2, DL_IMAGE_PIX_TYPE_RGB888_QINT8}),
              ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(preprocessor.preprocess(src.img), ESP_OK);
}

TEST(Transformer, WarpMovesPixels) {
    const Buffer src(5, 4, DL_IMAGE_PIX_TYPE_GRAY);
    Buffer dst(5, 4, DL_IMAGE_PIX_TYPE_GRAY, 2);
    dl::math::Matrix<float> shift(2, 3);
    shift.set_value(std::vector<float>{1, 0, 2, 0, 1, 1});
    ImageTransformer transformer;
    transformer.set_src_img(src.img).set_dst_img(dst.img).set_warp_affine_matrix(shift).set_bg_value(9);
    ASSERT_EQ(transformer.transform(), ESP_OK);
    for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 5; x++) {
            EXPECT_EQ(dst.bytes[y * 5 + x], x < 2 || y < 1 ? 9 : src.bytes[(y - 1) * 5 + x - 2]);
        }
    }
    dl::math::Matrix<float> inverse(2, 3);
    inverse.set_value(std::vector<float>{1, 0, -2, 0, 1, -1});
    Buffer again(5, 4, DL_IMAGE_PIX_TYPE_GRAY, 3);
    transformer.set_dst_img(again.img).set_warp_affine_matrix(inverse, true);
    ASSERT_EQ(transformer.transform(), ESP_OK);
    EXPECT_EQ(again.bytes, dst.bytes);
    EXPECT_EQ(transformer.set_warp_affine_matrix(dl::math::Matrix<float>(3, 2)).transform(), ESP_ERR_INVALID_ARG);
    // Singular: everything is background.
    transformer.set_warp_affine_matrix(dl::math::Matrix<float>(2, 3));
    ASSERT_EQ(transformer.transform(), ESP_OK);
    EXPECT_EQ(again.bytes, std::vector<uint8_t>(20, 9));
}

TEST(Transformer, RefusesWithoutATable) {
    const Buffer src(5, 4, DL_IMAGE_PIX_TYPE_RGB888);
    const Buffer dst(5, 4, DL_IMAGE_PIX_TYPE_RGB888_QINT8);
    ImageTransformer transformer;
    transformer.set_src_img(src.img).set_dst_img(dst.img);
    EXPECT_EQ(transformer.transform(), ESP_ERR_NOT_SUPPORTED);
    transformer.set_norm_quant_param(0, 1, 0, 8);
    EXPECT_EQ(transformer.transform(), ESP_ERR_NOT_SUPPORTED);
    transformer.set_norm_quant_param({0, 0, 0}, {1, 1, 1}, 0, 8);
    EXPECT_EQ(transformer.transform(), ESP_OK);
    transformer.set_dst_img_border({2, 2, 0, 0});
    EXPECT_EQ(transformer.transform(), ESP_ERR_INVALID_ARG);
    transformer.set_dst_img_border({1});
    EXPECT_EQ(transformer.transform(), ESP_ERR_INVALID_ARG);
}

TEST(Resize, BilinearOfAFlatPictureIsFlat) {
    Buffer src(7, 5, DL_IMAGE_PIX_TYPE_RGB888);
    std::fill(src.bytes.begin(), src.bytes.end(), 77);
    Buffer dst(31, 2, DL_IMAGE_PIX_TYPE_RGB888);
    ASSERT_EQ(resize(src.img, dst.img, DL_IMAGE_INTERPOLATE_BILINEAR), ESP_OK);
    EXPECT_EQ(dst.bytes, std::vector<uint8_t>(dst.bytes.size(), 77));
    Buffer same(7, 5, DL_IMAGE_PIX_TYPE_RGB888);
    const Buffer varied(7, 5, DL_IMAGE_PIX_TYPE_RGB888, 5);
    ASSERT_EQ(resize(varied.img, same.img, DL_IMAGE_INTERPOLATE_BILINEAR), ESP_OK);
    EXPECT_EQ(same.bytes, varied.bytes);
    EXPECT_EQ(resize(src.img, {nullptr, 3, 3, DL_IMAGE_PIX_TYPE_RGB888}, DL_IMAGE_INTERPOLATE_BILINEAR),
              ESP_ERR_INVALID_ARG);
}

TEST(Files, PngAndBmpKeepEveryPixel) {
    const TemporaryFolder folder;
    for (const char *ending : {".png", ".bmp", ".PNG"}) {
        for (pix_type_t type : {DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_BGR888, DL_IMAGE_PIX_TYPE_GRAY}) {
            for (int width : {1, 2, 3, 4, 33}) {
                const Buffer img(width, 7, type);
                const std::string path = folder.path + "/picture" + ending;
                ASSERT_EQ(write_image(img.img, path.c_str()), ESP_OK);
                img_t back = read_image(path.c_str(), type);
                ASSERT_NE(back.data, nullptr);
                EXPECT_EQ(back.width, width);
                EXPECT_EQ(std::memcmp(back.data, img.bytes.data(), img.bytes.size()), 0) << path;
                heap_caps_free(back.data);
            }
        }
    }
    EXPECT_NE(write_image(Buffer(2, 2, DL_IMAGE_PIX_TYPE_RGB888).img, (folder.path + "/x.gif").c_str()), ESP_OK);
    EXPECT_NE(write_image({nullptr, 2, 2, DL_IMAGE_PIX_TYPE_RGB888}, (folder.path + "/x.png").c_str()), ESP_OK);
    EXPECT_NE(write_image({nullptr, 2, 2, DL_IMAGE_PIX_TYPE_RGB888}, (folder.path + "/x.bmp").c_str()), ESP_OK);
}

// More than the encoder hands on at once: pixels that no compressor makes smaller, runs that it makes much smaller.
TEST(Files, LargePngKeepsEveryPixel) {
    const TemporaryFolder folder;
    const std::string path = folder.path + "/large.png";
    for (pix_type_t type : {DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_GRAY}) {
        Buffer img(701, 503, type);
        std::mt19937 random(7);
        for (size_t i = 0; i < img.bytes.size(); i++) {
            img.bytes[i] = i < img.bytes.size() / 2 ? static_cast<uint8_t>(random()) : static_cast<uint8_t>(i / 5000);
        }
        ASSERT_EQ(write_image(img.img, path.c_str()), ESP_OK);
        EXPECT_LT(std::filesystem::file_size(path), img.bytes.size() * 6 / 10);
        img_t back = read_image(path.c_str(), type);
        ASSERT_NE(back.data, nullptr);
        EXPECT_EQ(std::memcmp(back.data, img.bytes.data(), img.bytes.size()), 0);
        heap_caps_free(back.data);
    }
}

TEST(Files, DamagedNeverCrash) {
    const TemporaryFolder folder;
    std::mt19937 random(5);
    for (const char *ending : {".png", ".bmp"}) {
        const std::string path = folder.path + "/picture" + ending;
        for (pix_type_t type : {DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_GRAY}) {
            ASSERT_EQ(write_image(Buffer(9, 9, type).img, path.c_str()), ESP_OK);
            void *data;
            size_t size;
            ASSERT_EQ(read_file(path.c_str(), &data, &size), ESP_OK);
            const std::vector<uint8_t> file((uint8_t *)data, (uint8_t *)data + size);
            heap_caps_free(data);
            for (size_t length = 0; length < file.size(); length++) {
                std::vector<uint8_t> cut(file.begin(), file.begin() + length);
                img_t img = decode_image(cut.data(), cut.size());
                heap_caps_free(img.data);
            }
            for (int round = 0; round < 2000; round++) {
                std::vector<uint8_t> damaged(file);
                for (int i = 0; i < 3; i++) {
                    damaged[random() % (round % 2 ? 64 : file.size())] = (uint8_t)random();
                }
                img_t img = decode_image(damaged.data(), damaged.size());
                heap_caps_free(img.data);
            }
        }
    }
}

TEST(Files, WhatCannotBeReadIsSaid) {
    const TemporaryFolder folder;
    EXPECT_EQ(read_image((folder.path + "/absent.jpg").c_str()).data, nullptr);
    EXPECT_EQ(read_image(folder.path.c_str()).data, nullptr);
    EXPECT_EQ(read_jpeg((folder.path + "/absent.jpg").c_str()).data, nullptr);
    std::ofstream(folder.path + "/empty.jpg");
    EXPECT_EQ(read_image((folder.path + "/empty.jpg").c_str()).data, nullptr);
    std::ofstream(folder.path + "/text.bmp") << "hello, this is no picture";
    EXPECT_EQ(read_image((folder.path + "/text.bmp").c_str()).data, nullptr);
    EXPECT_NE(write_file((folder.path + "/no/such/folder").c_str(), "x", 1), ESP_OK);
    // A full disk leaves no half file, and a device where it is.
    signal(SIGXFSZ, SIG_IGN);
    rlimit before = {}, small = {};
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 1000;
    setrlimit(RLIMIT_FSIZE, &small);
    const std::vector<char> picture(5000, 'x');
    EXPECT_NE(write_file((folder.path + "/full.png").c_str(), picture.data(), picture.size()), ESP_OK);
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_FALSE(std::ifstream(folder.path + "/full.png").is_open());
    EXPECT_NE(write_file("/dev/full", picture.data(), picture.size()), ESP_OK);
    EXPECT_EQ(access("/dev/full", F_OK), 0);
    EXPECT_EQ(decode_image("ab", 2).data, nullptr);
}

TEST(Files, ListedByNameSorted) {
    const TemporaryFolder folder;
    for (const char *name : {"b.png", "a.JPG", "c.bmp", "d.txt", "e.jpeg", "jpg"}) {
        std::ofstream(folder.path + "/" + name) << "x";
    }
    const std::string f = folder.path + "/";
    EXPECT_EQ(list_images(folder.path.c_str()),
              (std::vector<std::string>{f + "a.JPG", f + "b.png", f + "c.bmp", f + "e.jpeg"}));
    EXPECT_TRUE(list_images((f + "absent").c_str()).empty());
}

TEST(Draw, StaysInside) {
    // A picture between two guards.
    std::vector<uint8_t> memory(3 * 20 * 10 + 2 * 64, 0xAA);
    const img_t img = {memory.data() + 64, 20, 10, DL_IMAGE_PIX_TYPE_RGB888};
    std::mt19937 random(9);
    auto any = [&] {
        const int kind = random() % 4;
        return kind == 0 ? INT32_MIN : kind == 1 ? INT32_MAX : (int)(random() % 60) - 20;
    };
    const std::vector<uint8_t> color = {1, 2, 3};
    for (int round = 0; round < 3000; round++) {
        draw_point(img, any(), any(), color, (uint8_t)(random() % 30));
        draw_hollow_rectangle(img, any(), any(), any(), any(), color, (uint8_t)(random() % 9));
        draw_filled_rectangle(img, any(), any(), any(), any(), color);
        draw_line(img, any(), any(), any(), any(), color, (uint8_t)(random() % 5));
        draw_text(img, any(), any(), "Ab\xC3\x01~", color, (int)(random() % 4));
        draw_labeled_box(img, {any(), any(), any(), any()}, "person 0.93", color, color);
        std::vector<int> keypoints(34);
        for (int &v : keypoints) {
            v = any();
        }
        draw_coco_skeleton(img, keypoints, color, color);
    }
    for (int i = 0; i < 64; i++) {
        ASSERT_EQ(memory[i], 0xAA);
        ASSERT_EQ(memory[memory.size() - 1 - i], 0xAA);
    }
    std::vector<uint8_t> before(memory);
    draw_point(img, 5, 5, {1, 2}, 3);  // no pixel has two bytes here
    draw_labeled_box(img, {1, 2}, "x", color, color);
    draw_coco_skeleton(img, {1, 2}, color, color);
    EXPECT_EQ(memory, before);
}

TEST(Draw, ShapesAreWhereTheyShouldBe) {
    std::vector<uint8_t> pixels(9 * 9);
    const img_t img = {pixels.data(), 9, 9, DL_IMAGE_PIX_TYPE_GRAY};
    draw_hollow_rectangle(img, 2, 3, 6, 7, {255}, 1);
    for (int y = 0; y < 9; y++) {
        for (int x = 0; x < 9; x++) {
            const bool inside = x >= 2 && x <= 6 && y >= 3 && y <= 7;
            const bool edge = inside && (x == 2 || x == 6 || y == 3 || y == 7);
            EXPECT_EQ(pixels[y * 9 + x], edge ? 255 : 0) << x << ", " << y;
        }
    }
    std::fill(pixels.begin(), pixels.end(), 0);
    draw_line(img, 0, 0, 8, 8, {1}, 1);
    EXPECT_EQ(std::count(pixels.begin(), pixels.end(), 1), 9);
    std::fill(pixels.begin(), pixels.end(), 0);
    draw_point(img, 4, 4, {1}, 0);
    EXPECT_EQ(std::count(pixels.begin(), pixels.end(), 1), 1);
    draw_text(img, 0, 0, "I", {2});
    EXPECT_EQ(pixels[1 * 9 + 3], 2);  // the upper serif's middle
    EXPECT_EQ(text_width("ab", 2), 26);
}

}  // namespace
