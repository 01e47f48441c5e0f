/**
 * @file dl_image_color_common.hpp
 * The arithmetic of colours, which every conversion of pixels is made of. It has integers only.
 */
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "esp_heap_caps.h"

namespace dl {
namespace image {

/**
 * Return a channel of a 16-bit pixel as eight bits, whose lower ones are zero. Channel 1 is the upper five bits of the
 * pixel, 2 the middle six, 3 the lower five. `x` is what a little-endian CPU reads from memory: for the functions
 * ..._be, its bytes are swapped.
 */
inline uint8_t extract_channel1_from_rgb565le(uint16_t x) {
    return static_cast<uint8_t>(x >> 8 & 0xF8);
}
inline uint8_t extract_channel2_from_rgb565le(uint16_t x) {
    return static_cast<uint8_t>(x >> 3 & 0xFC);
}
inline uint8_t extract_channel3_from_rgb565le(uint16_t x) {
    return static_cast<uint8_t>(x << 3 & 0xF8);
}
inline uint16_t swap_bytes16(uint16_t x) {
    return static_cast<uint16_t>(x << 8 | x >> 8);
}
inline uint8_t extract_channel1_from_rgb565be(uint16_t x) {
    return extract_channel1_from_rgb565le(swap_bytes16(x));
}
inline uint8_t extract_channel2_from_rgb565be(uint16_t x) {
    return extract_channel2_from_rgb565le(swap_bytes16(x));
}
inline uint8_t extract_channel3_from_rgb565be(uint16_t x) {
    return extract_channel3_from_rgb565le(swap_bytes16(x));
}

/**
 * Return the luma of ITU-R BT.601, in 15-bit fixed point and rounded. The weights add up to 32768, so a grey pixel
 * keeps its value.
 */
inline uint8_t rgb8882gray(uint8_t r, uint8_t g, uint8_t b) {
    return static_cast<uint8_t>((9798 * r + 19235 * g + 3735 * b + (1 << 14)) >> 15);
}

/** Return a 16-bit pixel with red in the upper five bits. The lower bits of each channel are dropped. */
inline uint16_t rgb8882rgb565(uint8_t r, uint8_t g, uint8_t b) {
    return static_cast<uint16_t>((r >> 3) << 11 | (g >> 2) << 5 | b >> 3);
}

/** Reciprocals for rgb8882hsv(), in 12-bit fixed point and truncated. The entry for 0 is 0. */
struct HSVTablesSingleton {
    static constexpr int hsv_shift = 12;
    int *m_sdiv_table;  ///< [v]: 255 / v
    int *m_hdiv_table;  ///< [range]: 180 / (6 * range)

    static HSVTablesSingleton &get_instance() {
        static HSVTablesSingleton tables;
        return tables;
    }
    HSVTablesSingleton(const HSVTablesSingleton &) = delete;
    HSVTablesSingleton &operator=(const HSVTablesSingleton &) = delete;

protected:
    HSVTablesSingleton() : m_sdiv_table(m_values[0]), m_hdiv_table(m_values[1]) {
        for (int i = 1; i < 256; i++) {
            m_sdiv_table[i] = (255 << hsv_shift) / i;
            m_hdiv_table[i] = (180 << hsv_shift) / (6 * i);
        }
    }

private:
    int m_values[2][256] = {};
};

/**
 * Convert a pixel to HSV: hue 0 to 179 in steps of two degrees, saturation and value 0 to 255. Results are rounded
 * after the multiplication by a truncated reciprocal. A grey pixel has hue 0.
 */
inline void rgb8882hsv(const HSVTablesSingleton &hsv_tables, uint8_t r, uint8_t g, uint8_t b, uint8_t *h, uint8_t *s,
                       uint8_t *v) {
    constexpr int half = 1 << (HSVTablesSingleton::hsv_shift - 1);
    const int high = std::max({r, g, b});
    const int range = high - std::min({r, g, b});
    int sixths;  // sixths of the circle, times range
    if (high == r) {
        sixths = g - b;
    } else if (high == g) {
        sixths = b - r + 2 * range;
    } else {
        sixths = r - g + 4 * range;
    }
    const int hue = (sixths * hsv_tables.m_hdiv_table[range] + half) >> HSVTablesSingleton::hsv_shift;
    *h = static_cast<uint8_t>(hue < 0 ? hue + 180 : hue);
    *s = static_cast<uint8_t>((range * hsv_tables.m_sdiv_table[high] + half) >> HSVTablesSingleton::hsv_shift);
    *v = static_cast<uint8_t>(high);
}

/** Convert a pixel to HSV, and return the three values. */
inline std::array<uint8_t, 3> rgb8882hsv(uint8_t r, uint8_t g, uint8_t b) {
    std::array<uint8_t, 3> hsv;
    rgb8882hsv(HSVTablesSingleton::get_instance(), r, g, b, &hsv[0], &hsv[1], &hsv[2]);
    return hsv;
}

/**
 * Do the thresholds span a range? Hues are at most 180 and differ: a first one above the second spans a range across
 * red. Saturations and values rise.
 */
inline bool is_valid_hsv_thr(const std::array<uint8_t, 3> &hsv_min, const std::array<uint8_t, 3> &hsv_max) {
    return hsv_min[0] <= 180 && hsv_max[0] <= 180 && hsv_min[0] != hsv_max[0] && hsv_min[1] < hsv_max[1] &&
           hsv_min[2] < hsv_max[2];
}

/**
 * Convert a pixel by full-range BT.601, in 14-bit fixed point. Each chroma term is rounded on its own, and the sums are
 * clamped.
 */
inline void yuv2rgb888(uint8_t y, uint8_t u, uint8_t v, uint8_t *r, uint8_t *g, uint8_t *b) {
    const auto plus = [y](int chroma) {
        return static_cast<uint8_t>(std::clamp(y + ((chroma + (1 << 13)) >> 14), 0, 255));
    };
    const int cb = u - 128;
    const int cr = v - 128;
    *r = plus(22987 * cr);
    *g = plus(-5636 * cb - 11698 * cr);
    *b = plus(29049 * cb);
}

/** Read two pixels and the chroma that they share, from four bytes. */
template <bool YUYVOrUYVY>
void get_yuv(const uint8_t *src, uint8_t *y1, uint8_t *u, uint8_t *y2, uint8_t *v) {
    constexpr int luma = YUYVOrUYVY ? 0 : 1;
    constexpr int chroma = 1 - luma;
    *y1 = src[luma];
    *y2 = src[luma + 2];
    *u = src[chroma];
    *v = src[chroma + 2];
}

/** Read one pixel. @param src the pixel's own two bytes @param odd whether the pixel is the second of its pair */
template <bool YUYVOrUYVY>
void get_yuv(const uint8_t *src, bool odd, uint8_t *y, uint8_t *u, uint8_t *v) {
    uint8_t luma[2];
    get_yuv<YUYVOrUYVY>(odd ? src - 2 : src, &luma[0], u, &luma[1], v);
    *y = luma[odd];
}

namespace pixel_detail {

// What the conversions of dl_image_color_*.hpp share. A pixel may lie at any address, so memcpy() reads it.

inline uint16_t load16(const uint8_t *src) {
    uint16_t x;
    std::memcpy(&x, src, sizeof(x));
    return x;
}

inline void store16(uint16_t x, uint8_t *dst) {
    std::memcpy(dst, &x, sizeof(x));
}

/** A pixel's channels, in the order of its pixel type; with Swap, in the reverse order. */
struct Channels {
    uint8_t c1;
    uint8_t c2;
    uint8_t c3;
};

template <bool Swap>
inline Channels load888(const uint8_t *src) {
    return {src[Swap ? 2 : 0], src[1], src[Swap ? 0 : 2]};
}

template <bool BigEndian, bool Swap>
inline Channels load565(const uint8_t *src) {
    const uint16_t x = BigEndian ? swap_bytes16(load16(src)) : load16(src);
    const uint8_t first = extract_channel1_from_rgb565le(x);
    const uint8_t last = extract_channel3_from_rgb565le(x);
    return {Swap ? last : first, extract_channel2_from_rgb565le(x), Swap ? first : last};
}

template <bool BigEndian>
inline void store565(const Channels &c, uint8_t *dst) {
    const uint16_t x = rgb8882rgb565(c.c1, c.c2, c.c3);
    store16(BigEndian ? swap_bytes16(x) : x, dst);
}

template <bool Swap>
inline Channels yuv(uint8_t y, uint8_t u, uint8_t v) {
    Channels c;
    yuv2rgb888(y, u, v, Swap ? &c.c3 : &c.c1, &c.c2, Swap ? &c.c1 : &c.c3);
    return c;
}

/**
 * Conversions of sixteen pixels at once, the step of the chip's vector unit. Cvt::src_step and Cvt::dst_step are the
 * bytes of a pixel.
 */
template <typename Cvt>
struct Sixteens {
    /** @param n how many times sixteen pixels; or sixteen pairs, if the conversion reads two pixels at a time */
    void cvt_color_simd_helper(uint8_t *src, uint8_t *dst, int n) const {
        const Cvt &cvt = static_cast<const Cvt &>(*this);
        for (int i = 0; i < 16 * n; i++) {
            cvt(src + static_cast<size_t>(i) * Cvt::src_step * Cvt::pixels,
                dst + static_cast<size_t>(i) * Cvt::dst_step * Cvt::pixels);
        }
    }
    /** @param offsets the offset in bytes of each pixel in the source row */
    void resize_nn_simd_helper(uint8_t *src, int *offsets, uint8_t *dst, int n) const {
        const Cvt &cvt = static_cast<const Cvt &>(*this);
        for (int i = 0; i < 16 * n; i++, dst += Cvt::dst_step) {
            if constexpr (Cvt::pixels == 2) {
                cvt(src + offsets[i], dst, offsets[i] & 2);
            } else {
                cvt(src + offsets[i], dst);
            }
        }
    }
};

}  // namespace pixel_detail
}  // namespace image
}  // namespace dl
