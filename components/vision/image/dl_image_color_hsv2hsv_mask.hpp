/**
 * @file dl_image_color_hsv2hsv_mask.hpp
 * A mask of the HSV pixels between two thresholds.
 */
#pragma once

#include <array>

#include "dl_image_color_common.hpp"

namespace dl {
namespace image {

/**
 * Convert a pixel to 255 if it lies between the thresholds or on one of them, else to 0.
 * @tparam HAcrossZero the range of hues goes from hsv_min[0] through red to hsv_max[0]
 */
template <bool HAcrossZero>
struct HSV2HSVMask : pixel_detail::Sixteens<HSV2HSVMask<HAcrossZero>> {
    static constexpr bool h_across_zero = HAcrossZero;
    static constexpr int src_step = 3;
    static constexpr int dst_step = 1;
    static constexpr int pixels = 1;
    std::array<uint8_t, 3> m_hsv_min;
    std::array<uint8_t, 3> m_hsv_max;

    HSV2HSVMask(const std::array<uint8_t, 3> &hsv_min, const std::array<uint8_t, 3> &hsv_max)
        : m_hsv_min(hsv_min), m_hsv_max(hsv_max) {}

    /** Are the thresholds what is_valid_hsv_thr() needs, and does HAcrossZero fit them? */
    bool valid() const {
        return is_valid_hsv_thr(m_hsv_min, m_hsv_max) && HAcrossZero == (m_hsv_min[0] > m_hsv_max[0]);
    }

    void operator()(const uint8_t *src, uint8_t *dst) const {
        const bool from = src[0] >= m_hsv_min[0];
        const bool to = src[0] <= m_hsv_max[0];
        const bool inside = (HAcrossZero ? from || to : from && to) && src[1] >= m_hsv_min[1] &&
                            src[1] <= m_hsv_max[1] && src[2] >= m_hsv_min[2] && src[2] <= m_hsv_max[2];
        *dst = inside ? 255 : 0;
    }
};

namespace pixel_detail {

/** Store an RGB pixel: as HSV (void), or as the value of an HSV2HSVMask. */
template <typename ExtraProcess>
struct StoreHsv;

template <>
struct StoreHsv<void> {
    static constexpr int dst_step = 3;
    const HSVTablesSingleton &m_hsv_tables;

    StoreHsv() : m_hsv_tables(HSVTablesSingleton::get_instance()) {}
    void store(const Channels &rgb, uint8_t *dst) const {
        rgb8882hsv(m_hsv_tables, rgb.c1, rgb.c2, rgb.c3, dst, dst + 1, dst + 2);
    }
};

template <bool HAcrossZero>
struct StoreHsv<HSV2HSVMask<HAcrossZero>> {
    static constexpr int dst_step = 1;
    const HSVTablesSingleton &m_hsv_tables;
    const HSV2HSVMask<HAcrossZero> &m_extra_process;

    StoreHsv(const HSV2HSVMask<HAcrossZero> &extra_process)
        : m_hsv_tables(HSVTablesSingleton::get_instance()), m_extra_process(extra_process) {}
    void store(const Channels &rgb, uint8_t *dst) const {
        uint8_t hsv[3];
        rgb8882hsv(m_hsv_tables, rgb.c1, rgb.c2, rgb.c3, &hsv[0], &hsv[1], &hsv[2]);
        m_extra_process(hsv, dst);
    }
};

}  // namespace pixel_detail
}  // namespace image
}  // namespace dl
