#include "dl_image.hpp"

#include <cinttypes>

#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "dl_image";

namespace dl {
namespace image {

namespace {
struct PixType {
    const char *name;
    uint8_t bytes;
    int8_t channels;
};

// A row for each pixel type, in the order of pix_type_t.
constexpr PixType PIX_TYPES[] = {
    {"DL_IMAGE_PIX_TYPE_RGB888", 3, 3},        {"DL_IMAGE_PIX_TYPE_RGB888_QINT8", 3, 3},
    {"DL_IMAGE_PIX_TYPE_RGB888_QINT16", 6, 3}, {"DL_IMAGE_PIX_TYPE_BGR888", 3, 3},
    {"DL_IMAGE_PIX_TYPE_BGR888_QINT8", 3, 3},  {"DL_IMAGE_PIX_TYPE_BGR888_QINT16", 6, 3},
    {"DL_IMAGE_PIX_TYPE_GRAY", 1, 1},          {"DL_IMAGE_PIX_TYPE_GRAY_QINT8", 1, 1},
    {"DL_IMAGE_PIX_TYPE_GRAY_QINT16", 2, 1},   {"DL_IMAGE_PIX_TYPE_RGB565LE", 2, 3},
    {"DL_IMAGE_PIX_TYPE_RGB565BE", 2, 3},      {"DL_IMAGE_PIX_TYPE_BGR565LE", 2, 3},
    {"DL_IMAGE_PIX_TYPE_BGR565BE", 2, 3},      {"DL_IMAGE_PIX_TYPE_HSV", 3, 3},
    {"DL_IMAGE_PIX_TYPE_HSV_MASK", 1, 1},      {"DL_IMAGE_PIX_TYPE_YUYV", 2, 3},
    {"DL_IMAGE_PIX_TYPE_UYVY", 2, 3},
};

const PixType *find(pix_type_t type) {
    const size_t index = static_cast<size_t>(type);
    return index < sizeof(PIX_TYPES) / sizeof(PIX_TYPES[0]) ? &PIX_TYPES[index] : nullptr;
}
}  // namespace

std::string pix_type2str(pix_type_t pix_type) {
    const PixType *type = find(pix_type);
    return type ? type->name : "unknown pixel type " + std::to_string(static_cast<int>(pix_type));
}

size_t get_pix_byte_size(pix_type_t pix_type) {
    const PixType *type = find(pix_type);
    return type ? type->bytes : 0;
}

int get_pix_channel_num(pix_type_t pix_type) {
    const PixType *type = find(pix_type);
    return type ? type->channels : -1;
}

img_t alloc_img(const char *what, uint32_t width, uint32_t height, pix_type_t pix_type) {
    img_t img = {nullptr, 0, 0, pix_type};
    if (width == 0 || height == 0 || width > UINT16_MAX || height > UINT16_MAX) {
        ESP_LOGE(TAG, "%s: a picture of %" PRIu32 "x%" PRIu32 ": width and height must be 1 to %d", what, width, height,
                 UINT16_MAX);
        return img;
    }
    const uint64_t bytes = static_cast<uint64_t>(width) * height * get_pix_byte_size(pix_type);
    if (bytes == 0) {
        ESP_LOGE(TAG, "%s: %s", what, pix_type2str(pix_type).c_str());
        return img;
    }
    const size_t largest_psram = heap_caps_get_largest_free_block(MALLOC_CAP_SPIRAM);
    const size_t largest_any = heap_caps_get_largest_free_block(MALLOC_CAP_8BIT);
    const uint32_t caps = bytes <= largest_psram ? MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT : MALLOC_CAP_8BIT;
    if (bytes <= largest_any) {
        img.data = heap_caps_aligned_alloc(16, bytes, caps);
    }
    if (!img.data) {
        ESP_LOGE(TAG,
                 "%s: no memory for %" PRIu32 "x%" PRIu32 " %s: %" PRIu64
                 " bytes needed, %zu free, largest free block %zu",
                 what, width, height, pix_type2str(pix_type).c_str(), bytes, heap_caps_get_free_size(MALLOC_CAP_8BIT),
                 largest_any);
        return img;
    }
    img.width = static_cast<uint16_t>(width);
    img.height = static_cast<uint16_t>(height);
    return img;
}

}  // namespace image
}  // namespace dl
