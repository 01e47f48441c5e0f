/**
 * @file dl_image_define.hpp
 * Pictures in memory: pixel types and the structs that the vision functions pass around.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace dl {
namespace image {

/**
 * How a pixel is stored. Pixels of the types ..._QINT8 and ..._QINT16 are normalized and quantized, for a model's
 * input.
 */
typedef enum {
    DL_IMAGE_PIX_TYPE_RGB888 = 0,
    DL_IMAGE_PIX_TYPE_RGB888_QINT8,
    DL_IMAGE_PIX_TYPE_RGB888_QINT16,
    DL_IMAGE_PIX_TYPE_BGR888,
    DL_IMAGE_PIX_TYPE_BGR888_QINT8,
    DL_IMAGE_PIX_TYPE_BGR888_QINT16,
    DL_IMAGE_PIX_TYPE_GRAY,
    DL_IMAGE_PIX_TYPE_GRAY_QINT8,
    DL_IMAGE_PIX_TYPE_GRAY_QINT16,
    DL_IMAGE_PIX_TYPE_RGB565LE,  ///< 16 bit, red in the upper five bits, low byte first
    DL_IMAGE_PIX_TYPE_RGB565BE,
    DL_IMAGE_PIX_TYPE_BGR565LE,
    DL_IMAGE_PIX_TYPE_BGR565BE,
    DL_IMAGE_PIX_TYPE_HSV,       ///< hue 0..179 (two degrees a step), saturation, value
    DL_IMAGE_PIX_TYPE_HSV_MASK,  ///< 255 where the HSV value lies in a range, else 0
    DL_IMAGE_PIX_TYPE_YUYV,
    DL_IMAGE_PIX_TYPE_UYVY,
} pix_type_t;

typedef enum {
    DL_IMAGE_INTERPOLATE_BILINEAR,
    DL_IMAGE_INTERPOLATE_NEAREST,
} interpolate_type_t;

/** Return the enumerator's name, for messages. */
std::string pix_type2str(pix_type_t pix_type);

constexpr int align_up(int num, int align) noexcept {
    return (num + align - 1) & ~(align - 1);
}

inline bool is_pix_type_quant(pix_type_t pix_type) {
    return pix_type == DL_IMAGE_PIX_TYPE_RGB888_QINT8 || pix_type == DL_IMAGE_PIX_TYPE_RGB888_QINT16 ||
           pix_type == DL_IMAGE_PIX_TYPE_BGR888_QINT8 || pix_type == DL_IMAGE_PIX_TYPE_BGR888_QINT16 ||
           pix_type == DL_IMAGE_PIX_TYPE_GRAY_QINT8 || pix_type == DL_IMAGE_PIX_TYPE_GRAY_QINT16;
}

/** Return the bytes of one pixel, or 0 for a value outside the enumeration. */
size_t get_pix_byte_size(pix_type_t pix_type);

/** Return the colour channels of a pixel, 3 or 1, or -1 for a value outside the enumeration. */
int get_pix_channel_num(pix_type_t pix_type);

/**
 * A picture. Rows go from top to bottom, without padding. The struct does not own `data`; what decoders return is to be
 * freed with heap_caps_free().
 */
typedef struct img_s {
    void *data;
    uint16_t width;
    uint16_t height;
    pix_type_t pix_type;

    int channel() const { return get_pix_channel_num(pix_type); }
    size_t bytes() const { return static_cast<size_t>(width) * height * get_pix_byte_size(pix_type); }
    bool pix_quant() const { return is_pix_type_quant(pix_type); }
    /** Return the bytes from one pixel to the next. */
    int col_step() const { return static_cast<int>(get_pix_byte_size(pix_type)); }
    /** Return the bytes from one row to the next. */
    int row_step() const { return width * static_cast<int>(get_pix_byte_size(pix_type)); }
} img_t;

/** Return the bytes of a picture. ESP-DL 3.1 and older have this name for img_t::bytes(). */
inline size_t get_img_byte_size(const img_t &img) {
    return img.bytes();
}

/**
 * A picture in NV12, the format of many cameras and video decoders. First come `height` rows of `width` luma samples.
 * Then come height / 2 rows in which two bytes, U and V, are the chroma of 2x2 pixels. Width and height are even.
 */
typedef struct {
    const void *data;
    size_t size;  ///< bytes of data: width * height * 3 / 2 are needed
    uint16_t width;
    uint16_t height;
} nv12_img_t;

/** A compressed picture in memory. */
struct jpeg_img_t {
    void *data = nullptr;
    size_t data_len = 0;
    // Up to ESP-DL 3.1.0 apps named these three instead; the size of the pixels is the picture's own all the same.
    int width = 0;
    int height = 0;
    uint32_t data_size = 0;

    /** Bytes of data, by whichever name. */
    size_t size() const { return data_len != 0 ? data_len : data_size; }
};

/**
 * Allocate memory for a picture, in PSRAM if the board has one. heap_caps_free(img.data) frees it.
 * @param what names the caller in the log line of a failure
 * @return the picture. data is nullptr, with a log line, if a side is 0 or above 65535, or if there is not enough
 * memory
 */
img_t alloc_img(const char *what, uint32_t width, uint32_t height, pix_type_t pix_type);

}  // namespace image
}  // namespace dl
