#include "dl_image_png.hpp"

#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <vector>

#include "dl_image_adapt.hpp"
#include "dl_image_file.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "dl_image_png";

namespace dl {
namespace image {

namespace {

// Of the compressed picture libpng hands on so much at once: with its 8 kB, a checksum and a call for every few rows.
constexpr size_t COMPRESSED_AT_ONCE = 64 * 1024;
// zlib's Z_RLE. zlib.h is libpng's to find, not this component's.
constexpr int STRATEGY_RUNS_ONLY = 3;

}  // namespace

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

namespace {

/**
 * The encoder of one picture. libpng may leave its functions by longjmp, which skips destructors of local variables. So
 * everything that owns memory is a member, and encode() has plain local variables only.
 */
class Encoder {
public:
    Encoder() = default;
    ~Encoder() { png_destroy_write_struct(&m_png, &m_info); }
    Encoder(const Encoder &) = delete;
    Encoder &operator=(const Encoder &) = delete;

    bool encode(const uint8_t *pixels, int width, int height, bool gray);
    const std::vector<uint8_t> &file() const { return m_file; }
    const char *message() const { return m_message; }

private:
    [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
        std::snprintf(static_cast<Encoder *>(png_get_error_ptr(png))->m_message, sizeof(m_message), "%s", message);
        png_longjmp(png, 1);
    }
    static void on_warning(png_structp, png_const_charp) {}
    static void write(png_structp png, png_bytep bytes, size_t count) {
        std::vector<uint8_t> &file = static_cast<Encoder *>(png_get_io_ptr(png))->m_file;
        file.insert(file.end(), bytes, bytes + count);
    }
    static void flush(png_structp) {}

    png_structp m_png = nullptr;
    png_infop m_info = nullptr;
    std::vector<uint8_t> m_file;
    char m_message[128] = "no memory";
};

// Of a photo most is noise, in which zlib finds little that it has seen before, and looks for it long. So every sample
// is replaced by its difference from the left neighbour, which makes the frequent bytes few, and only runs of one byte
// are looked for. Files are smaller than without differences at zlib's level 3, and written in a quarter of the time
// (benchmarks/png.py).
bool Encoder::encode(const uint8_t *pixels, int width, int height, bool gray) {
    m_png = png_create_write_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    m_info = m_png ? png_create_info_struct(m_png) : nullptr;
    if (!m_info || setjmp(png_jmpbuf(m_png))) {
        return false;
    }
    png_set_write_fn(m_png, this, write, flush);
    png_set_IHDR(m_png, m_info, width, height, 8, gray ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(m_png, m_info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_set_filter(m_png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_set_compression_level(m_png, 1);
    png_set_compression_strategy(m_png, STRATEGY_RUNS_ONLY);
    png_set_compression_buffer_size(m_png, COMPRESSED_AT_ONCE);
    png_write_info(m_png, m_info);
    const size_t step = static_cast<size_t>(width) * (gray ? 1 : 3);
    for (int y = 0; y < height; y++) {
        png_write_row(m_png, pixels + step * y);
    }
    png_write_end(m_png, m_info);
    return true;
}

}  // namespace

esp_err_t write_png(const img_t &img, const char *file_name) {
    const bool gray = img.pix_type == DL_IMAGE_PIX_TYPE_GRAY || img.pix_type == DL_IMAGE_PIX_TYPE_HSV_MASK;
    if (!img.data || img.width == 0 || img.height == 0) {
        ESP_LOGE(TAG, "%s: no picture to write", file_name);
        return ESP_ERR_INVALID_ARG;
    }
    const uint8_t *pixels = static_cast<const uint8_t *>(img.data);
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
    Encoder encoder;
    if (!encoder.encode(pixels, img.width, img.height, gray)) {
        ESP_LOGE(TAG, "%s: PNG of %dx%d: %s", file_name, img.width, img.height, encoder.message());
        return ESP_FAIL;
    }
    return write_file(file_name, encoder.file().data(), encoder.file().size());
}

}  // namespace image
}  // namespace dl
