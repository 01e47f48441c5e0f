#include "dl_image_caps.hpp"

namespace dl {
namespace image {

namespace {

bool is_565(pix_type_t type) {
    return type == DL_IMAGE_PIX_TYPE_RGB565LE || type == DL_IMAGE_PIX_TYPE_RGB565BE ||
           type == DL_IMAGE_PIX_TYPE_BGR565LE || type == DL_IMAGE_PIX_TYPE_BGR565BE;
}

pix_type_t swap_colors(pix_type_t type) {
    constexpr pix_type_t pairs[][2] = {
        {DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_BGR888},
        {DL_IMAGE_PIX_TYPE_RGB888_QINT8, DL_IMAGE_PIX_TYPE_BGR888_QINT8},
        {DL_IMAGE_PIX_TYPE_RGB888_QINT16, DL_IMAGE_PIX_TYPE_BGR888_QINT16},
        {DL_IMAGE_PIX_TYPE_RGB565LE, DL_IMAGE_PIX_TYPE_BGR565LE},
        {DL_IMAGE_PIX_TYPE_RGB565BE, DL_IMAGE_PIX_TYPE_BGR565BE},
    };
    for (const auto &[rgb, bgr] : pairs) {
        if (type == rgb || type == bgr) {
            return type == rgb ? bgr : rgb;
        }
    }
    return type;
}

pix_type_t swap_bytes(pix_type_t type) {
    switch (type) {
        case DL_IMAGE_PIX_TYPE_RGB565LE:
            return DL_IMAGE_PIX_TYPE_RGB565BE;
        case DL_IMAGE_PIX_TYPE_RGB565BE:
            return DL_IMAGE_PIX_TYPE_RGB565LE;
        case DL_IMAGE_PIX_TYPE_BGR565LE:
            return DL_IMAGE_PIX_TYPE_BGR565BE;
        case DL_IMAGE_PIX_TYPE_BGR565BE:
            return DL_IMAGE_PIX_TYPE_BGR565LE;
        default:
            return type;
    }
}

}  // namespace

pix_type_t apply_caps(pix_type_t type, uint32_t caps) {
    if ((caps & DL_IMAGE_CAP_RGB565_BIG_ENDIAN) && type == DL_IMAGE_PIX_TYPE_RGB565) {
        type = DL_IMAGE_PIX_TYPE_RGB565BE;
    }
    return (caps & DL_IMAGE_CAP_RGB_SWAP) ? swap_colors(type) : type;
}

void apply_caps(pix_type_t &src, pix_type_t &dst, uint32_t caps) {
    const bool between_565 = is_565(src) && is_565(dst);
    src = apply_caps(src, caps & DL_IMAGE_CAP_RGB565_BIG_ENDIAN);
    dst = apply_caps(dst, caps & DL_IMAGE_CAP_RGB565_BIG_ENDIAN);
    if (between_565 && (caps & DL_IMAGE_CAP_RGB565_BYTE_SWAP)) {
        dst = swap_bytes(dst);
    }
    if (caps & DL_IMAGE_CAP_RGB_SWAP) {
        // If the destination has no order of colours, the flag is about the source.
        pix_type_t &ordered = swap_colors(dst) != dst ? dst : src;
        ordered = swap_colors(ordered);
    }
}

}  // namespace image
}  // namespace dl
