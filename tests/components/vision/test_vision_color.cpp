// Every conversion of pixels against a slow one, through every way to call it; geometry of the transformer; hostile
// arguments.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "dl_image.hpp"
#include "dl_rounding.hpp"
#include "esp_heap_caps.h"

namespace {

using namespace dl::image;

constexpr pix_type_t ALL[] = {
    DL_IMAGE_PIX_TYPE_RGB888,   DL_IMAGE_PIX_TYPE_RGB888_QINT8, DL_IMAGE_PIX_TYPE_RGB888_QINT16,
    DL_IMAGE_PIX_TYPE_BGR888,   DL_IMAGE_PIX_TYPE_BGR888_QINT8, DL_IMAGE_PIX_TYPE_BGR888_QINT16,
    DL_IMAGE_PIX_TYPE_GRAY,     DL_IMAGE_PIX_TYPE_GRAY_QINT8,   DL_IMAGE_PIX_TYPE_GRAY_QINT16,
    DL_IMAGE_PIX_TYPE_RGB565LE, DL_IMAGE_PIX_TYPE_RGB565BE,     DL_IMAGE_PIX_TYPE_BGR565LE,
    DL_IMAGE_PIX_TYPE_BGR565BE, DL_IMAGE_PIX_TYPE_HSV,          DL_IMAGE_PIX_TYPE_HSV_MASK,
    DL_IMAGE_PIX_TYPE_YUYV,     DL_IMAGE_PIX_TYPE_UYVY};

bool is_yuv(pix_type_t t) {
    return t == DL_IMAGE_PIX_TYPE_YUYV || t == DL_IMAGE_PIX_TYPE_UYVY;
}
bool is_gray(pix_type_t t) {
    return t == DL_IMAGE_PIX_TYPE_GRAY || t == DL_IMAGE_PIX_TYPE_GRAY_QINT8 || t == DL_IMAGE_PIX_TYPE_GRAY_QINT16;
}
bool is_565(pix_type_t t) {
    return t == DL_IMAGE_PIX_TYPE_RGB565LE || t == DL_IMAGE_PIX_TYPE_RGB565BE || t == DL_IMAGE_PIX_TYPE_BGR565LE ||
           t == DL_IMAGE_PIX_TYPE_BGR565BE;
}
bool is_source(pix_type_t t) {
    return !is_pix_type_quant(t) && t != DL_IMAGE_PIX_TYPE_HSV_MASK;
}

// The pairs of pix_cvt_t.
bool convertible(pix_type_t from, pix_type_t to) {
    if (!is_source(from)) {
        return false;
    }
    if (from == DL_IMAGE_PIX_TYPE_HSV) {
        return to == DL_IMAGE_PIX_TYPE_HSV_MASK;
    }
    if (from == DL_IMAGE_PIX_TYPE_GRAY) {
        return is_gray(to);
    }
    return is_yuv(from) || !is_yuv(to);
}

// And what the transformer does besides: a grey picture as a coloured one.
bool transformable(pix_type_t from, pix_type_t to) {
    return convertible(from, to) || (from == DL_IMAGE_PIX_TYPE_GRAY && !is_yuv(to));
}

struct Parameters {
    std::array<float, 3> mean = {123.675f, 116.28f, 103.53f};
    std::array<float, 3> std = {58.395f, 57.12f, 57.375f};
    int exponent = -5;
    std::array<uint8_t, 3> hsv_min = {20, 40, 30};
    std::array<uint8_t, 3> hsv_max = {120, 230, 220};

    pix_cvt_param_t of(pix_type_t to) const {
        switch (to) {
            case DL_IMAGE_PIX_TYPE_RGB888_QINT8:
            case DL_IMAGE_PIX_TYPE_BGR888_QINT8:
                return NormQuant<int8_t, 3>(mean, std, exponent);
            case DL_IMAGE_PIX_TYPE_RGB888_QINT16:
            case DL_IMAGE_PIX_TYPE_BGR888_QINT16:
                return NormQuant<int16_t, 3>(mean, std, exponent);
            case DL_IMAGE_PIX_TYPE_GRAY_QINT8:
                return NormQuant<int8_t, 1>(mean[0], std[0], exponent);
            case DL_IMAGE_PIX_TYPE_GRAY_QINT16:
                return NormQuant<int16_t, 1>(mean[0], std[0], exponent);
            case DL_IMAGE_PIX_TYPE_HSV_MASK:
                if (hsv_min[0] > hsv_max[0]) {
                    return HSV2HSVMask<true>(hsv_min, hsv_max);
                }
                return HSV2HSVMask<false>(hsv_min, hsv_max);
            default:
                return {};
        }
    }
    void set(ImageTransformer &t, pix_type_t to) const {
        if (to == DL_IMAGE_PIX_TYPE_HSV_MASK) {
            t.set_hsv_thr(hsv_min, hsv_max);
        } else if (is_gray(to)) {
            t.set_norm_quant_param(mean[0], std[0], exponent, to == DL_IMAGE_PIX_TYPE_GRAY_QINT8 ? 8 : 16);
        } else if (is_pix_type_quant(to)) {
            t.set_norm_quant_param(mean, std, exponent, get_pix_byte_size(to) == 3 ? 8 : 16);
        }
    }
};

std::vector<uint8_t> noise(size_t n, std::mt19937 &random) {
    std::vector<uint8_t> bytes(n);
    for (uint8_t &b : bytes) {
        // Now and then an extreme one.
        const uint32_t r = random();
        b = r % 8 == 0 ? (r & 256 ? 255 : 0) : (uint8_t)(r >> 16);
    }
    return bytes;
}

struct Buffer {
    std::vector<uint8_t> bytes;
    img_t img;
    Buffer(int width, int height, pix_type_t type, std::mt19937 &random)
        : bytes(noise((size_t)width * height * get_pix_byte_size(type), random)),
          img{bytes.data(), (uint16_t)width, (uint16_t)height, type} {}
    const uint8_t *at(int x, int y) const { return &bytes[((size_t)y * img.width + x) * img.col_step()]; }
};

// The slow one: colours as doubles, rounded by floor.

struct Colour {
    double r, g, b;
};

double clamp8(double v) {
    return std::clamp(v, 0., 255.);
}

Colour colour_at(const Buffer &src, int x, int y) {
    const uint8_t *p = src.at(x, y);
    switch (src.img.pix_type) {
        case DL_IMAGE_PIX_TYPE_RGB888:
            return {(double)p[0], (double)p[1], (double)p[2]};
        case DL_IMAGE_PIX_TYPE_BGR888:
            return {(double)p[2], (double)p[1], (double)p[0]};
        case DL_IMAGE_PIX_TYPE_GRAY:
            return {(double)p[0], (double)p[0], (double)p[0]};
        case DL_IMAGE_PIX_TYPE_YUYV:
        case DL_IMAGE_PIX_TYPE_UYVY: {
            const uint8_t *pair = src.at(x & ~1, y);
            const int luma = src.img.pix_type == DL_IMAGE_PIX_TYPE_YUYV ? 0 : 1;
            const double l = pair[luma + 2 * (x & 1)], u = pair[1 - luma] - 128., v = pair[3 - luma] - 128.;
            return {clamp8(l + std::floor(22987 * v / 16384 + 0.5)),
                    clamp8(l + std::floor((-5636 * u - 11698 * v) / 16384 + 0.5)),
                    clamp8(l + std::floor(29049 * u / 16384 + 0.5))};
        }
        default: {
            const bool big =
                src.img.pix_type == DL_IMAGE_PIX_TYPE_RGB565BE || src.img.pix_type == DL_IMAGE_PIX_TYPE_BGR565BE;
            const int value = big ? p[0] * 256 + p[1] : p[1] * 256 + p[0];
            Colour c = {(double)(value / 2048 * 8), (double)(value / 32 % 64 * 4), (double)(value % 32 * 8)};
            if (src.img.pix_type == DL_IMAGE_PIX_TYPE_BGR565LE || src.img.pix_type == DL_IMAGE_PIX_TYPE_BGR565BE) {
                std::swap(c.r, c.b);
            }
            return c;
        }
    }
}

std::array<uint8_t, 3> slow_hsv(const Colour &c) {
    const double high = std::max({c.r, c.g, c.b}), range = high - std::min({c.r, c.g, c.b});
    const double per_value = high > 0 ? std::floor(255. * 4096 / high) : 0;
    const double per_range = range > 0 ? std::floor(30. * 4096 / range) : 0;
    const double sixths = c.r == high ? c.g - c.b : c.g == high ? c.b - c.r + 2 * range : c.r - c.g + 4 * range;
    double hue = std::floor(sixths * per_range / 4096 + 0.5);
    hue += hue < 0 ? 180 : 0;
    return {(uint8_t)hue, (uint8_t)std::floor(range * per_value / 4096 + 0.5), (uint8_t)high};
}

uint8_t slow_mask(const std::array<uint8_t, 3> &hsv, const Parameters &p) {
    const bool hue = p.hsv_min[0] <= p.hsv_max[0] ? p.hsv_min[0] <= hsv[0] && hsv[0] <= p.hsv_max[0]
                                                  : !(p.hsv_max[0] < hsv[0] && hsv[0] < p.hsv_min[0]);
    return hue && p.hsv_min[1] <= hsv[1] && hsv[1] <= p.hsv_max[1] && p.hsv_min[2] <= hsv[2] && hsv[2] <= p.hsv_max[2]
               ? 255
               : 0;
}

template <typename T>
void put(std::vector<uint8_t> &out, T value) {
    uint8_t bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    out.insert(out.end(), bytes, bytes + sizeof(T));
}

void put_quantized(std::vector<uint8_t> &out, double v, int channel, bool wide, const Parameters &p) {
    const float normalized = ((float)v - p.mean[channel]) * (1.f / p.std[channel]);
    if (wide) {
        put(out, dl::quantize<int16_t>(normalized, DL_RESCALE(p.exponent)));
    } else {
        put(out, dl::quantize<int8_t>(normalized, DL_RESCALE(p.exponent)));
    }
}

std::vector<uint8_t> slow_pixel(const Colour &c, double gray, pix_type_t to, const Parameters &p) {
    std::vector<uint8_t> out;
    const bool bgr = to == DL_IMAGE_PIX_TYPE_BGR888 || to == DL_IMAGE_PIX_TYPE_BGR888_QINT8 ||
                     to == DL_IMAGE_PIX_TYPE_BGR888_QINT16 || to == DL_IMAGE_PIX_TYPE_BGR565LE ||
                     to == DL_IMAGE_PIX_TYPE_BGR565BE;
    const double channels[3] = {bgr ? c.b : c.r, c.g, bgr ? c.r : c.b};
    if (is_gray(to)) {
        if (to == DL_IMAGE_PIX_TYPE_GRAY) {
            put(out, (uint8_t)gray);
        } else {
            put_quantized(out, gray, 0, to == DL_IMAGE_PIX_TYPE_GRAY_QINT16, p);
        }
    } else if (is_565(to)) {
        const int value = (int)channels[0] / 8 * 2048 + (int)channels[1] / 4 * 32 + (int)channels[2] / 8;
        const bool big = to == DL_IMAGE_PIX_TYPE_RGB565BE || to == DL_IMAGE_PIX_TYPE_BGR565BE;
        put(out, (uint8_t)(big ? value / 256 : value % 256));
        put(out, (uint8_t)(big ? value % 256 : value / 256));
    } else if (to == DL_IMAGE_PIX_TYPE_HSV) {
        for (uint8_t v : slow_hsv(c)) {
            put(out, v);
        }
    } else if (to == DL_IMAGE_PIX_TYPE_HSV_MASK) {
        put(out, slow_mask(slow_hsv(c), p));
    } else {
        for (int i = 0; i < 3; i++) {
            if (is_pix_type_quant(to)) {
                put_quantized(out, channels[i], i, get_pix_byte_size(to) == 6, p);
            } else {
                put(out, (uint8_t)channels[i]);
            }
        }
    }
    return out;
}

double gray_of(const Colour &c) {
    return std::floor((9798 * c.r + 19235 * c.g + 3735 * c.b) / 32768 + 0.5);
}

// The pixel of `src` at x, y as one of type `to`.
std::vector<uint8_t> slow_convert(const Buffer &src, int x, int y, pix_type_t to, const Parameters &p) {
    const pix_type_t from = src.img.pix_type;
    const uint8_t *pixel = src.at(x, y);
    if (from == DL_IMAGE_PIX_TYPE_HSV) {
        return {slow_mask({pixel[0], pixel[1], pixel[2]}, p)};
    }
    if (is_yuv(from) && is_yuv(to)) {
        return from == to ? std::vector<uint8_t>{pixel[0], pixel[1]} : std::vector<uint8_t>{pixel[1], pixel[0]};
    }
    const Colour c = colour_at(src, x, y);
    const double luma = is_yuv(from)                     ? (double)pixel[from == DL_IMAGE_PIX_TYPE_YUYV ? 0 : 1]
                        : from == DL_IMAGE_PIX_TYPE_GRAY ? (double)pixel[0]
                                                         : gray_of(c);
    return slow_pixel(c, luma, to, p);
}

std::vector<uint8_t> slow_background(const std::array<uint8_t, 3> &rgb, pix_type_t to, const Parameters &p) {
    if (is_yuv(to)) {
        return {0, 0};
    }
    const Colour c = {(double)rgb[0], (double)rgb[1], (double)rgb[2]};
    return slow_pixel(c, gray_of(c), to, p);
}

std::vector<int> random_crop(int width, int height, std::mt19937 &random) {
    const int x = (int)(random() % width), y = (int)(random() % height);
    return {x, y, x + 1 + (int)(random() % (width - x)), y + 1 + (int)(random() % (height - y))};
}

Parameters random_parameters(std::mt19937 &random) {
    Parameters p;
    p.exponent = -(int)(random() % 12);
    const uint8_t a = (uint8_t)(random() % 181), b = (uint8_t)((a + 1 + random() % 180) % 181);
    p.hsv_min = {a, (uint8_t)(random() % 100), (uint8_t)(random() % 100)};
    p.hsv_max = {b, (uint8_t)(p.hsv_min[1] + 1 + random() % 150), (uint8_t)(p.hsv_min[2] + 1 + random() % 150)};
    return p;
}

// For pixel_cvt_dispatch(): a row by the functor and by its runs of sixteen pixels.
struct RowFunctor {
    const Buffer &src;
    std::vector<uint8_t> &one_by_one;
    std::vector<uint8_t> &in_runs;
    std::vector<uint8_t> &picked;

    template <typename Cvt>
    void operator()(const Cvt &cvt) const {
        uint8_t *from = (uint8_t *)src.bytes.data();
        const size_t n = src.img.width;
        for (size_t i = 0; i < n; i += Cvt::pixels) {
            cvt(from + i * Cvt::src_step, &one_by_one[i * Cvt::dst_step]);
        }
        cvt.cvt_color_simd_helper(from, in_runs.data(), (int)(n / (16 * Cvt::pixels)));
        std::vector<int> offsets(n);
        for (size_t i = 0; i < n; i++) {
            offsets[i] = (int)((n - 1 - i) * Cvt::src_step);  // mirrored
        }
        cvt.resize_nn_simd_helper(from, offsets.data(), picked.data(), (int)(n / 16));
    }
};

TEST(Conversions, EveryPairEqualsTheSlowOne) {
    std::mt19937 random(1);
    int pairs = 0;
    for (pix_type_t from : ALL) {
        for (pix_type_t to : ALL) {
            SCOPED_TRACE(pix_type2str(from) + " to " + pix_type2str(to));
            for (int round = 0; round < 6; round++) {
                dl::set_target(round % 2 ? dl::TARGET_ESP32P4 : dl::TARGET_ESP32S3);
                const Parameters p = random_parameters(random);
                const Buffer src(64, 1, from, random);
                const size_t bytes = 64 * get_pix_byte_size(to);
                std::vector<uint8_t> one_by_one(bytes), in_runs(bytes), picked(bytes), want, mirrored;
                const esp_err_t err =
                    pixel_cvt_dispatch(RowFunctor{src, one_by_one, in_runs, picked}, from, to, p.of(to));
                ASSERT_EQ(err, convertible(from, to) ? ESP_OK : ESP_FAIL);
                if (err != ESP_OK) {
                    break;
                }
                pairs += round == 0;
                for (int x = 0; x < 64; x++) {
                    const auto pixel = slow_convert(src, x, 0, to, p);
                    want.insert(want.end(), pixel.begin(), pixel.end());
                    const auto other = slow_convert(src, 63 - x, 0, to, p);
                    mirrored.insert(mirrored.end(), other.begin(), other.end());
                }
                EXPECT_EQ(one_by_one, want);
                EXPECT_EQ(in_runs, want);
                EXPECT_EQ(picked, mirrored);
                // One pixel, or a pair.
                std::vector<uint8_t> first(2 * get_pix_byte_size(to));
                ASSERT_EQ(cvt_pix(src.bytes.data(), first.data(), from, to, p.of(to)), ESP_OK);
                EXPECT_EQ(std::memcmp(first.data(), want.data(), get_pix_byte_size(to)), 0);
            }
        }
    }
    EXPECT_EQ(pairs, 128);
}

TEST(Conversions, EveryColourOf16BitsAndEveryGrey) {
    std::mt19937 random(2);
    Buffer all(256, 256, DL_IMAGE_PIX_TYPE_RGB565LE, random);
    for (int i = 0; i < 65536; i++) {
        all.bytes[2 * i] = (uint8_t)i;
        all.bytes[2 * i + 1] = (uint8_t)(i >> 8);
    }
    for (pix_type_t to : {DL_IMAGE_PIX_TYPE_HSV, DL_IMAGE_PIX_TYPE_GRAY, DL_IMAGE_PIX_TYPE_RGB888}) {
        Buffer dst(256, 256, to, random);
        ASSERT_EQ(convert_img(all.img, dst.img), ESP_OK);
        for (int i = 0; i < 65536; i++) {
            const auto want = slow_convert(all, i % 256, i / 256, to, {});
            ASSERT_EQ(std::memcmp(dst.at(i % 256, i / 256), want.data(), want.size()), 0) << i;
        }
    }
    // Hues fill the circle and do not leave it.
    for (int i = 0; i < 65536; i++) {
        const auto hsv = rgb8882hsv((uint8_t)(i >> 8), (uint8_t)i, (uint8_t)(i * 37 >> 3));
        ASSERT_LT(hsv[0], 180);
        ASSERT_EQ(hsv[2], std::max({(uint8_t)(i >> 8), (uint8_t)i, (uint8_t)(i * 37 >> 3)}));
    }
}

TEST(Conversions, ThereAndBackLosesNothing) {
    std::mt19937 random(3);
    using Pair = std::pair<pix_type_t, pix_type_t>;
    std::vector<Pair> pairs = {{DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_BGR888},
                               {DL_IMAGE_PIX_TYPE_YUYV, DL_IMAGE_PIX_TYPE_UYVY}};
    for (pix_type_t a : ALL) {
        for (pix_type_t b : ALL) {
            if (is_565(a) && (is_565(b) || b == DL_IMAGE_PIX_TYPE_RGB888 || b == DL_IMAGE_PIX_TYPE_BGR888)) {
                pairs.push_back({a, b});
            }
        }
    }
    for (const auto &[a, b] : pairs) {
        const Buffer src(34, 5, a, random);
        const Buffer there(34, 5, b, random);
        const Buffer back(34, 5, a, random);
        ASSERT_EQ(convert_img(src.img, there.img), ESP_OK);
        ASSERT_EQ(convert_img(there.img, back.img), ESP_OK);
        EXPECT_EQ(src.bytes, back.bytes) << pix_type2str(a) << ", " << pix_type2str(b);
        // In place, too.
        if (get_pix_byte_size(a) == get_pix_byte_size(b)) {
            Buffer place = src;
            place.img.data = place.bytes.data();
            img_t as_b = place.img;
            as_b.pix_type = b;
            ASSERT_EQ(convert_img(place.img, as_b), ESP_OK);
            EXPECT_EQ(place.bytes, there.bytes) << pix_type2str(a) << ", " << pix_type2str(b);
        }
    }
}

TEST(Conversions, Nv12) {
    std::mt19937 random(11);
    for (const auto &[width, height] : {std::pair(2, 2), std::pair(6, 4), std::pair(34, 10)}) {
        const std::vector<uint8_t> nv12 = noise((size_t)width * height * 3 / 2, random);
        Buffer yuyv(width, height, DL_IMAGE_PIX_TYPE_YUYV, random);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                uint8_t *pixel = &yuyv.bytes[((size_t)y * width + x) * 2];
                pixel[0] = nv12[(size_t)y * width + x];
                pixel[1] = nv12[(size_t)(height + y / 2) * width + x];
            }
        }
        for (pix_type_t to : ALL) {
            SCOPED_TRACE(pix_type2str(to));
            const Buffer dst(width, height, to, random);
            const esp_err_t err = convert_nv12(nv12.data(), nv12.size(), dst.img);
            if (is_pix_type_quant(to) || to == DL_IMAGE_PIX_TYPE_HSV_MASK) {
                EXPECT_EQ(err, ESP_ERR_NOT_SUPPORTED);
                continue;
            }
            ASSERT_EQ(err, ESP_OK);
            const Buffer want(width, height, to, random);
            ASSERT_EQ(convert_img(yuyv.img, want.img), ESP_OK);
            EXPECT_EQ(dst.bytes, want.bytes);
            EXPECT_EQ(convert_nv12(nv12.data(), nv12.size() - 1, dst.img), ESP_ERR_INVALID_SIZE);
            EXPECT_EQ(convert_nv12(nullptr, nv12.size(), dst.img), ESP_ERR_INVALID_ARG);
        }
    }
    uint8_t bytes[100] = {};
    EXPECT_EQ(convert_nv12(bytes, 100, {bytes, 3, 2, DL_IMAGE_PIX_TYPE_GRAY}), ESP_ERR_INVALID_SIZE);
    EXPECT_EQ(convert_nv12(bytes, 100, {bytes, 2, 3, DL_IMAGE_PIX_TYPE_GRAY}), ESP_ERR_INVALID_SIZE);
    EXPECT_EQ(convert_nv12(bytes, 100, {bytes, 0, 2, DL_IMAGE_PIX_TYPE_GRAY}), ESP_ERR_INVALID_SIZE);
    EXPECT_EQ(convert_nv12(bytes, 100, {nullptr, 2, 2, DL_IMAGE_PIX_TYPE_GRAY}), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(convert_nv12(bytes, 100, {bytes, 2, 2, (pix_type_t)20}), ESP_ERR_NOT_SUPPORTED);
}

TEST(Transformer, EveryPairWithCropBorderAndBackground) {
    std::mt19937 random(4);
    int done = 0;
    for (int round = 0; round < 4; round++) {
        for (pix_type_t from : ALL) {
            for (pix_type_t to : ALL) {
                SCOPED_TRACE(pix_type2str(from) + " to " + pix_type2str(to) + ", round " + std::to_string(round));
                dl::set_target(random() % 2 ? dl::TARGET_ESP32P4 : dl::TARGET_ESP32S3);
                const Parameters p = random_parameters(random);
                const Buffer src(2 * (1 + (int)(random() % 20)), 1 + (int)(random() % 40), from, random);
                const std::vector<int> crop =
                    random() % 3 ? random_crop(src.img.width, src.img.height, random) : std::vector<int>{};
                const int from_x = crop.empty() ? 0 : crop[0], from_y = crop.empty() ? 0 : crop[1];
                const int from_w = crop.empty() ? src.img.width : crop[2] - crop[0];
                const int from_h = crop.empty() ? src.img.height : crop[3] - crop[1];
                const bool keep_size = random() % 3 == 0;
                const int w = keep_size ? from_w : 1 + (int)(random() % 50);
                const int h = keep_size ? from_h : 1 + (int)(random() % 50);
                std::vector<int> border;
                if (random() % 2) {
                    border = {(int)(random() % 5), (int)(random() % 5), (int)(random() % 5), (int)(random() % 5)};
                }
                const int top = border.empty() ? 0 : border[0], left = border.empty() ? 0 : border[2];
                const int dst_w = border.empty() ? w : w + border[2] + border[3];
                const int dst_h = border.empty() ? h : h + border[0] + border[1];
                Buffer dst(dst_w, dst_h, to, random);
                ImageTransformer t;
                t.set_src_img(src.img).set_dst_img(dst.img).set_src_img_crop_area(crop).set_dst_img_border(border);
                p.set(t, to);
                std::array<uint8_t, 3> background = {0, 0, 0};
                if (random() % 2 && !is_yuv(to)) {
                    background = {(uint8_t)random(), (uint8_t)random(), (uint8_t)random()};
                    t.set_bg_value(background);
                }
                const std::vector<uint8_t> before = dst.bytes;
                const esp_err_t err = random() % 2 ? t.transform<true>() : t.transform<false>();
                if (!transformable(from, to)) {
                    EXPECT_EQ(err, ESP_ERR_NOT_SUPPORTED);
                    EXPECT_EQ(dst.bytes, before);
                    continue;
                }
                ASSERT_EQ(err, ESP_OK);
                done++;
                EXPECT_EQ(t.get_scale_x(), (float)w / (float)from_w);
                EXPECT_EQ(t.get_scale_y(true), (float)from_h / (float)h);
                const auto outside = slow_background(background, to, p);
                for (int y = 0; y < dst_h; y++) {
                    for (int x = 0; x < dst_w; x++) {
                        const int ix = x - left, iy = y - top;
                        auto want = outside;
                        if (ix >= 0 && ix < w && iy >= 0 && iy < h) {
                            const int sx = std::min((int)((float)ix * ((float)from_w / (float)w)), from_w - 1);
                            const int sy = std::min((int)((float)iy * ((float)from_h / (float)h)), from_h - 1);
                            want = slow_convert(src, from_x + sx, from_y + sy, to, p);
                        }
                        ASSERT_EQ(std::memcmp(dst.at(x, y), want.data(), want.size()), 0) << x << ", " << y;
                    }
                }
            }
        }
    }
    EXPECT_EQ(done, 4 * (128 + 12));
}

TEST(Transformer, WarpsInFixedPointWithCropAndBorder) {
    std::mt19937 random(5);
    for (int round = 0; round < 200; round++) {
        const pix_type_t from = std::array{DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_YUYV, DL_IMAGE_PIX_TYPE_RGB565BE,
                                           DL_IMAGE_PIX_TYPE_GRAY}[random() % 4];
        const pix_type_t to = std::array{DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_GRAY_QINT8,
                                         DL_IMAGE_PIX_TYPE_BGR888_QINT16}[random() % 3];
        const Parameters p;
        const Buffer src(2 * (1 + (int)(random() % 30)), 1 + (int)(random() % 60), from, random);
        const std::vector<int> crop =
            random() % 2 ? random_crop(src.img.width, src.img.height, random) : std::vector<int>{};
        const int from_x = crop.empty() ? 0 : crop[0], from_y = crop.empty() ? 0 : crop[1];
        const int from_w = crop.empty() ? src.img.width : crop[2] - crop[0];
        const int from_h = crop.empty() ? src.img.height : crop[3] - crop[1];
        Buffer dst(20 + (int)(random() % 30), 20 + (int)(random() % 30), to, random);
        const std::vector<int> border = random() % 2 ? std::vector<int>{3, 4, 5, 6} : std::vector<int>{};
        const double angle = (double)(random() % 628) / 100, scale = 0.3 + (double)(random() % 300) / 100;
        dl::math::Matrix<float> inverse(2, 3);
        inverse.set_value(std::vector<float>{(float)(scale * std::cos(angle)), (float)(-scale * std::sin(angle)),
                                             (float)(random() % 60) - 10, (float)(scale * std::sin(angle)),
                                             (float)(scale * std::cos(angle)), (float)(random() % 60) - 10});
        ImageTransformer t;
        t.set_src_img(src.img)
            .set_dst_img(dst.img)
            .set_src_img_crop_area(crop)
            .set_dst_img_border(border)
            .set_warp_affine_matrix(inverse, true)
            .set_bg_value({9, 8, 7});
        p.set(t, to);
        ASSERT_EQ(t.transform(), ESP_OK);
        const auto fixed = [](double v) { return (int64_t)std::nearbyint(v * 1024); };
        for (int y = 0; y < dst.img.height; y++) {
            for (int x = 0; x < dst.img.width; x++) {
                const int ix = x - (border.empty() ? 0 : 5), iy = y - (border.empty() ? 0 : 3);
                const bool inner =
                    border.empty() || (ix >= 0 && iy >= 0 && ix < dst.img.width - 11 && iy < dst.img.height - 7);
                const auto m = [&](int i, int j) { return (double)inverse.array[i][j]; };
                const int64_t sx = (fixed(m(0, 0) * ix) + fixed(m(0, 1) * iy + m(0, 2)) + 512) >> 10;
                const int64_t sy = (fixed(m(1, 0) * ix) + fixed(m(1, 1) * iy + m(1, 2)) + 512) >> 10;
                const bool inside = inner && sx >= 0 && sy >= 0 && sx < from_w && sy < from_h;
                const auto want = inside ? slow_convert(src, from_x + (int)sx, from_y + (int)sy, to, p)
                                         : slow_background({9, 8, 7}, to, p);
                ASSERT_EQ(std::memcmp(dst.at(x, y), want.data(), want.size()), 0) << x << ", " << y;
            }
        }
        // By the matrix the other way round: the same but where a coordinate lies next to a half.
        dl::math::Matrix<float> square = dl::math::Matrix<float>::identity(3);
        for (int i = 0; i < 2; i++) {
            std::copy(inverse.array[i], inverse.array[i] + 3, square.array[i]);
        }
        Buffer again(dst.img.width, dst.img.height, to, random);
        t.set_dst_img(again.img).set_warp_affine_matrix(square.inverse());
        ASSERT_EQ(t.transform(), ESP_OK);
        int differ = 0;
        for (int y = 0; y < dst.img.height; y++) {
            for (int x = 0; x < dst.img.width; x++) {
                differ += std::memcmp(dst.at(x, y), again.at(x, y), dst.img.col_step()) != 0;
            }
        }
        EXPECT_LE(differ, dst.img.width * dst.img.height / 20);
    }
}

TEST(Transformer, TakesAConversionOfOnesOwn) {
    std::mt19937 random(6);
    const Buffer src(8, 8, DL_IMAGE_PIX_TYPE_GRAY, random);
    const Buffer dst(4, 4, DL_IMAGE_PIX_TYPE_GRAY, random);
    ImageTransformer t;
    t.set_src_img(src.img).set_dst_img(dst.img).set_src_img_crop_area({4, 4, 8, 8});
    ImageTransformer::TransformNNFunctor<ImageTransformer::simd>{&t}(
        [](const uint8_t *in, uint8_t *out) { *out = (uint8_t)(255 - *in); });
    for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 4; x++) {
            EXPECT_EQ(*dst.at(x, y), 255 - *src.at(x + 4, y + 4));
        }
    }
    EXPECT_TRUE(std::holds_alternative<std::monostate>(t.get_pix_cvt_param()));
    t.set_norm_quant_param(1, 2, -3, 8);
    const pix_cvt_param_t copy = t.get_pix_cvt_param();
    const auto *tables = std::get_if<NormQuant<int8_t, 1>>(&copy);
    ASSERT_TRUE(tables && tables->valid());
    for (int v = 0; v < 256; v++) {
        EXPECT_EQ(tables->norm_quant_chn1((uint8_t)v), tables->m_lut_32[v]);
        EXPECT_EQ(tables->norm_quant_chn1((uint8_t)v), dl::quantize<int8_t>(((float)v - 1) * 0.5f, 8));
    }
    // What moves away keeps its tables; what was moved from can be used again.
    ImageTransformer moved = std::move(t);
    EXPECT_TRUE((std::holds_alternative<NormQuant<int8_t, 1>>(moved.get_pix_cvt_param())));
    moved.reset();
    EXPECT_EQ(moved.get_src_img().data, nullptr);
    EXPECT_NE(moved.transform(), ESP_OK);
}

TEST(Transformer, FollowsChangesThroughItsReferences) {
    std::mt19937 random(7);
    const Buffer src(10, 10, DL_IMAGE_PIX_TYPE_RGB888, random);
    Buffer dst(5, 5, DL_IMAGE_PIX_TYPE_RGB888, random);
    ImageTransformer t;
    t.set_src_img(src.img).set_dst_img(dst.img).set_src_img_crop_area({5, 5, 10, 10});
    ASSERT_EQ(t.transform(), ESP_OK);
    t.get_src_img_crop_area() = {0, 0, 5, 5};
    ASSERT_EQ(t.transform(), ESP_OK);
    EXPECT_EQ(std::memcmp(dst.at(0, 0), src.at(0, 0), 15), 0);
    t.get_src_img_crop_area() = {0, 0, 5};
    EXPECT_EQ(t.transform(), ESP_ERR_INVALID_ARG);
    t.get_src_img_crop_area().clear();
    t.get_dst_img_border() = {1, 1, 1, 1};
    ASSERT_EQ(t.transform(), ESP_OK);
    EXPECT_EQ(*dst.at(0, 0), 0);
    EXPECT_EQ(std::memcmp(dst.at(1, 1), src.at(0, 0), 3), 0);
}

TEST(Transformer, RefusesWithoutWritingAnything) {
    std::mt19937 random(8);
    const int edges[] = {0, 1, -1, 2, 7, 8, 9, 255, 65535, 65536, INT32_MAX, INT32_MIN};
    const auto edge = [&] { return edges[random() % std::size(edges)]; };
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
        const Buffer src(8, 8, ALL[random() % std::size(ALL)], random);
        Buffer dst(8, 8, ALL[random() % std::size(ALL)], random);
        img_t from = src.img, to = dst.img;
        switch (random() % 8) {
            case 0:
                from.data = nullptr;
                break;
            case 1:
                to.data = nullptr;
                break;
            case 2:
                from.width = 0;
                break;
            case 3:
                to.height = 0;
                break;
            case 4:
                from.width = 7;
                break;
            default:
                break;
        }
        ImageTransformer t;
        t.set_src_img(from).set_dst_img(to);
        if (random() % 2) {
            std::vector<int> crop(random() % 6);
            std::generate(crop.begin(), crop.end(), edge);
            t.set_src_img_crop_area(crop);
        }
        if (random() % 2) {
            std::vector<int> border(random() % 6);
            std::generate(border.begin(), border.end(), edge);
            t.set_dst_img_border(border);
        }
        if (random() % 3 == 0) {
            dl::math::Matrix<float> M((int)(random() % 4), (int)(random() % 4));
            for (int i = 0; i < M.h; i++) {
                for (int j = 0; j < M.w; j++) {
                    M.array[i][j] = std::array{0.f, 1.f, -1e30f, 1e-30f, NAN, INFINITY, 3e38f}[random() % 7];
                }
            }
            t.set_warp_affine_matrix(M, random() % 2);
        }
        switch (random() % 5) {
            case 0:
                t.set_norm_quant_param({0, NAN, 1}, {1, 0, INFINITY}, edge(), 8);
                break;
            case 1:
                t.set_norm_quant_param(0, 1, edge(), edge());
                break;
            case 2:
                t.set_hsv_thr({(uint8_t)random(), 3, 3}, {(uint8_t)random(), (uint8_t)random(), 9});
                break;
            case 3:
                t.set_norm_quant_param({0, 1, 1}, {1, 2, 3}, edge(), 16);
                break;
            default:
                t.set_norm_quant_param(3, 0.5f, 0, 8);
                break;
        }
        const std::vector<uint8_t> before = dst.bytes;
        if (t.transform() != ESP_OK) {
            refused++;
            ASSERT_EQ(dst.bytes, before);
        }
    }
    EXPECT_GT(refused, 1000);
    EXPECT_LT(refused, 3000);
    // Enumerators that do not exist.
    uint8_t pixel[8] = {};
    EXPECT_EQ(cvt_pix(pixel, pixel, (pix_type_t)17, DL_IMAGE_PIX_TYPE_RGB888), ESP_FAIL);
    EXPECT_EQ(cvt_pix(pixel, pixel, DL_IMAGE_PIX_TYPE_RGB888, (pix_type_t)31), ESP_FAIL);
    EXPECT_EQ(cvt_pix(nullptr, pixel, DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_GRAY), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(cvt_pix(pixel, nullptr, DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_GRAY), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(cvt_pix(pixel, pixel, DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_GRAY_QINT8), ESP_FAIL);
    EXPECT_EQ(cvt_pix(pixel, pixel, DL_IMAGE_PIX_TYPE_HSV, DL_IMAGE_PIX_TYPE_HSV_MASK), ESP_FAIL);
    EXPECT_EQ(cvt_pix(pixel, pixel, DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_HSV_MASK,
                      HSV2HSVMask<true>({10, 0, 0}, {20, 255, 255})),
              ESP_FAIL);
}

TEST(HsvThresholds, WhatSpansSomething) {
    using Hsv = std::array<uint8_t, 3>;
    EXPECT_TRUE(is_valid_hsv_thr(Hsv{0, 0, 0}, Hsv{180, 255, 255}));
    EXPECT_TRUE(is_valid_hsv_thr(Hsv{170, 0, 0}, Hsv{10, 1, 1}));
    EXPECT_FALSE(is_valid_hsv_thr(Hsv{10, 0, 0}, Hsv{10, 1, 1}));
    EXPECT_FALSE(is_valid_hsv_thr(Hsv{0, 0, 0}, Hsv{181, 1, 1}));
    EXPECT_FALSE(is_valid_hsv_thr(Hsv{181, 0, 0}, Hsv{10, 1, 1}));
    EXPECT_FALSE(is_valid_hsv_thr(Hsv{0, 5, 0}, Hsv{10, 5, 1}));
    EXPECT_FALSE(is_valid_hsv_thr(Hsv{0, 0, 7}, Hsv{10, 5, 6}));
}

TEST(HsvTables, AreTruncatedReciprocals) {
    const HSVTablesSingleton &tables = HSVTablesSingleton::get_instance();
    EXPECT_EQ(&tables, &HSVTablesSingleton::get_instance());
    EXPECT_EQ(tables.m_sdiv_table[0], 0);
    EXPECT_EQ(tables.m_hdiv_table[0], 0);
    for (int i = 1; i < 256; i++) {
        EXPECT_EQ(tables.m_sdiv_table[i], (int)(255. * 4096 / i));
        EXPECT_EQ(tables.m_hdiv_table[i], (int)(180. * 4096 / (6. * i)));
    }
}

TEST(Preprocessor, ConstructorsOfEveryKind) {
    using P = ImagePreprocessor;
    std::mt19937 random(9);
    const Buffer src(40, 20, DL_IMAGE_PIX_TYPE_RGB888, random);
    dl::TensorBase grey({1, 10, 10, 1}, nullptr, -2, dl::DATA_TYPE_INT8);
    dl::TensorBase colour({1, 10, 10, 3}, nullptr, -2, dl::DATA_TYPE_INT8);
    const std::vector<float> one = {1}, three = {1, 2, 3};
    // Without a model there is nothing to prepare, whatever the constructor.
    dl::Model *none = nullptr;
    EXPECT_EQ(P(none, {1, 2, 3}, {4, 5, 6}).get_model_input(), nullptr);
    EXPECT_EQ(P(none, {1, 2, 3}, {4, 5, 6}, true, "x").get_model_input(), nullptr);
    EXPECT_EQ(P(none, 1, 2).get_model_input(), nullptr);
    EXPECT_EQ(P(none, 1, 2, "x").get_model_input(), nullptr);
    EXPECT_EQ(P(none, three, three).get_model_input(), nullptr);
    EXPECT_EQ(P(nullptr, {1, 2, 3}, {4, 5, 6}).get_model_input(), nullptr);
    EXPECT_EQ(P(none, {1, 2, 3}, {4, 5, 6}).preprocess(src.img), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(P(&grey, {0}, {0}).get_model_input(), nullptr);
    EXPECT_EQ(P(&colour, {1, 2, NAN}, {1, 1, 1}).get_model_input(), nullptr);

    P p(&colour, {1, 2, 3}, {4, 5, 6});
    ASSERT_EQ(p.preprocess(src.img), ESP_OK);
    EXPECT_EQ(p.get_resize_scale_x(), 0.25f);
    p.enable_letterbox({255, 0, 0});
    ASSERT_EQ(p.preprocess(src.img, {0, 0, 40, 20}), ESP_OK);
    const int8_t *out = (const int8_t *)colour.data;
    EXPECT_EQ(out[0], dl::quantize<int8_t>(254 / 4.f, 4));
    EXPECT_EQ(out[1], dl::quantize<int8_t>(-2 * (1 / 5.f), 4));
    ASSERT_EQ(p.preprocess(src.img, {4, 6, 24, 16}), ESP_OK);
    const P::frame_t f = p.get_frame();
    EXPECT_EQ(f.inv_scale_x, 2);
    EXPECT_EQ(f.inv_scale_x, p.get_resize_scale_x(true));
    EXPECT_EQ(f.inv_scale_y, p.get_resize_scale_y(true));
    EXPECT_EQ(f.crop_x, 4);
    EXPECT_EQ(f.crop_y, p.get_crop_area_top_left_y());
    EXPECT_EQ(f.border_top, p.get_border_top());
    EXPECT_EQ(f.border_top, 2);
    EXPECT_EQ(f.border_left, p.get_border_left());
    EXPECT_EQ(f.width, 40);
    EXPECT_EQ(f.height, 20);

    for (const std::vector<int> &crop : std::vector<std::vector<int>>{{INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX},
                                                                      {INT32_MAX, 0, INT32_MIN, 1},
                                                                      {0, 0, 41, 20},
                                                                      {0, 0, 0, 20},
                                                                      {0, 0, 1}}) {
        EXPECT_EQ(p.preprocess(src.img, crop), ESP_ERR_INVALID_ARG);
        p.get_frame();
    }
    ASSERT_EQ(p.preprocess(src.img), ESP_OK);

    P q(&grey, one, one);
    q.enable_letterbox(200);
    ASSERT_EQ(q.preprocess(src.img), ESP_OK);
    EXPECT_EQ(((const int8_t *)grey.data)[0], dl::quantize<int8_t>(199, 4));
}

TEST(Ppa, ScalesAreSixteenths) {
    EXPECT_EQ(get_ppa_scale(100, 100), 1);
    EXPECT_EQ(get_ppa_scale(100, 50), 0.5f);
    EXPECT_EQ(get_ppa_scale(100, 99), 15.f / 16);
    EXPECT_EQ(get_ppa_scale(7, 16), 2.25f);
    EXPECT_EQ(get_ppa_scale(160, 10), 1.f / 16);
    EXPECT_EQ(get_ppa_scale(161, 10), -1);
    EXPECT_EQ(get_ppa_scale(1, 256), -1);
    EXPECT_EQ(get_ppa_scale(0, 1), -1);
    EXPECT_EQ(get_ppa_scale(1, 0), -1);
    EXPECT_EQ(alloc_ppa_outbuf(0), nullptr);
    EXPECT_EQ(alloc_ppa_outbuf(SIZE_MAX), nullptr);
    EXPECT_EQ(alloc_ppa_outbuf((size_t)1 << 40), nullptr);
}

TEST(Ppa, CopiesWhatKeepsItsPixelsAndRefusesTheRest) {
    std::mt19937 random(10);
    const ppa_client_handle_t client = register_ppa_srm_client();
    ASSERT_NE(client, nullptr);
    for (pix_type_t from : ALL) {
        for (pix_type_t to : ALL) {
            SCOPED_TRACE(pix_type2str(from) + " to " + pix_type2str(to));
            const Buffer src(20, 9, from, random);
            img_t dst = {alloc_ppa_outbuf(64 * get_pix_byte_size(to)), 8, 8, to};
            ASSERT_NE(dst.data, nullptr);
            const bool both_888 = (from == DL_IMAGE_PIX_TYPE_RGB888 || from == DL_IMAGE_PIX_TYPE_BGR888) &&
                                  (to == DL_IMAGE_PIX_TYPE_RGB888 || to == DL_IMAGE_PIX_TYPE_BGR888);
            const bool swaps = is_565(from) && is_565(to) && from != to;
            const bool big = from == DL_IMAGE_PIX_TYPE_RGB565BE || to == DL_IMAGE_PIX_TYPE_RGB565BE ||
                             from == DL_IMAGE_PIX_TYPE_BGR565BE || to == DL_IMAGE_PIX_TYPE_BGR565BE;
            const bool same_order = (from == DL_IMAGE_PIX_TYPE_RGB565LE || from == DL_IMAGE_PIX_TYPE_RGB565BE) ==
                                    (to == DL_IMAGE_PIX_TYPE_RGB565LE || to == DL_IMAGE_PIX_TYPE_RGB565BE);
            const bool copies = both_888 || (is_565(from) && is_565(to) && (!swaps || same_order || !big));
            float scale_x = 0, scale_y = 0;
            const esp_err_t err = resize_ppa(src.img, dst, client, {5, 1, 13, 9}, &scale_x, &scale_y);
            EXPECT_EQ(err, copies ? ESP_OK : ESP_ERR_NOT_SUPPORTED);
            if (err == ESP_OK) {
                EXPECT_EQ(scale_x, 1);
                EXPECT_EQ(scale_y, 1);
                const Buffer want(8, 8, to, random);
                ASSERT_EQ(ImageTransformer()
                              .set_src_img(src.img)
                              .set_dst_img(want.img)
                              .set_src_img_crop_area({5, 1, 13, 9})
                              .transform(),
                          ESP_OK);
                EXPECT_EQ(std::memcmp(dst.data, want.bytes.data(), want.bytes.size()), 0);
                EXPECT_EQ(resize_ppa(src.img, dst, client), ESP_ERR_NOT_SUPPORTED);  // scales
                EXPECT_EQ(resize_ppa(src.img, dst, client, {5, 1, 21, 9}), ESP_ERR_INVALID_ARG);
                EXPECT_EQ(resize_ppa(src.img, dst, nullptr, {5, 1, 13, 9}), ESP_ERR_INVALID_ARG);
                img_t nowhere = {nullptr, 8, 8, to};
                EXPECT_EQ(resize_ppa(src.img, nowhere, client, {5, 1, 13, 9}), ESP_ERR_INVALID_ARG);
            }
            heap_caps_free(dst.data);
        }
    }
    EXPECT_EQ(ppa_unregister_client(client), ESP_OK);
    EXPECT_EQ(ppa_unregister_client(client), ESP_ERR_INVALID_ARG);
}

}  // namespace
