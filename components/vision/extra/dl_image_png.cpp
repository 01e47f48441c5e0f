#include "dl_image_png.hpp"

#include <png.h>

#include <cstring>
#include <vector>

#include "dl_image_adapt.hpp"
#include "dl_image_file.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "dl_image_png";

namespace dl {
namespace image {

img_t decode_png(const void *data, size_t size) {
    const img_t nothing = {nullptr, 0, 0, DL_IMAGE_PIX_TYPE_RGB888};
    png_image png;
    std::memset(&png, 0, sizeof(png));
    png.version = PNG_IMAGE_VERSION;
    if (!data || !png_image_begin_read_from_memory(&png, data, size)) {
        ESP_LOGE(TAG, "PNG of %zu bytes: %s", size, data ? png.message : "no data");
        png_image_free(&png);
        return nothing;
    }
    img_t img = adapt::alloc("PNG", png.width, png.height, DL_IMAGE_PIX_TYPE_RGB888);
    if (!img.data) {
        png_image_free(&png);
        return nothing;
    }
    png.format = PNG_FORMAT_RGB;
    const png_color white = {255, 255, 255};
    if (!png_image_finish_read(&png, &white, img.data, img.row_step(), nullptr)) {
        ESP_LOGE(TAG, "PNG of %zu bytes, %dx%d: %s", size, img.width, img.height, png.message);
        heap_caps_free(img.data);
        img = nothing;
    }
    png_image_free(&png);
    return img;
}

esp_err_t write_png(const img_t &img, const char *file_name) {
    const bool gray = img.pix_type == DL_IMAGE_PIX_TYPE_GRAY || img.pix_type == DL_IMAGE_PIX_TYPE_HSV_MASK;
    if (!img.data || img.width == 0 || img.height == 0) {
        ESP_LOGE(TAG, "%s: no picture to write", file_name);
        return ESP_ERR_INVALID_ARG;
    }
    const void *pixels = img.data;
    std::vector<uint8_t> rgb;
    if (!gray && img.pix_type != DL_IMAGE_PIX_TYPE_RGB888) {
        rgb.resize(static_cast<size_t>(img.width) * img.height * 3);
        const img_t converted = {rgb.data(), img.width, img.height, DL_IMAGE_PIX_TYPE_RGB888};
        const esp_err_t err = adapt::convert(img, converted);
        if (err != ESP_OK) {
            return err;
        }
        pixels = rgb.data();
    }
    png_image png;
    std::memset(&png, 0, sizeof(png));
    png.version = PNG_IMAGE_VERSION;
    png.width = img.width;
    png.height = img.height;
    png.format = gray ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    png.flags = PNG_IMAGE_FLAG_FAST;  // files are a tenth larger, and written several times faster
    png_alloc_size_t size = 0;
    bool done = png_image_write_to_memory(&png, nullptr, &size, 0, pixels, 0, nullptr);
    std::vector<uint8_t> file(size);
    done = done && png_image_write_to_memory(&png, file.data(), &size, 0, pixels, 0, nullptr);
    if (!done) {
        ESP_LOGE(TAG, "%s: %s", file_name, png.message);
        png_image_free(&png);
        return ESP_FAIL;
    }
    return write_file(file_name, file.data(), size);
}

}  // namespace image
}  // namespace dl
