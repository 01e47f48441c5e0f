// esp_jpeg's interface over tiny_jpeg.
#include <memory>
#include <new>

#include "esp_heap_caps.h"
#include "esp_jpeg_options.hpp"
#include "esp_log.h"
#include "jpeg_decoder.h"
#include "tiny_jpeg.hpp"

static const char *TAG = "esp_jpeg";

namespace {

using tiny_jpeg::Decoder;
using tiny_jpeg::Result;

// What esp_jpeg_decode() allocates for its work.
constexpr size_t WORK_BYTES = 3100;
constexpr size_t WORK_BYTES_WITH_TABLES = 65472;

struct Picture {
    const esp_jpeg_image_cfg_t &config;
    int width;
};

size_t pixel_bytes(const esp_jpeg_image_cfg_t &config) {
    return config.out_format == JPEG_IMAGE_FORMAT_RGB888 ? 3 : 2;
}

bool is_known(const esp_jpeg_image_cfg_t &config) {
    if (config.out_format != JPEG_IMAGE_FORMAT_RGB888 && config.out_format != JPEG_IMAGE_FORMAT_RGB565) {
        ESP_LOGE(TAG, "out_format %d is neither RGB888 nor RGB565", static_cast<int>(config.out_format));
        return false;
    }
    if (config.out_scale < JPEG_IMAGE_SCALE_0 || config.out_scale > JPEG_IMAGE_SCALE_1_8) {
        ESP_LOGE(TAG, "out_scale %d is none of JPEG_IMAGE_SCALE_0 to _1_8", static_cast<int>(config.out_scale));
        return false;
    }
    return true;
}

void put_pixel(const uint8_t *rgb, const esp_jpeg_image_cfg_t &config, uint8_t *out) {
    const bool swaps = config.flags.swap_color_bytes;
    if (config.out_format == JPEG_IMAGE_FORMAT_RGB888) {
        out[0] = rgb[swaps ? 2 : 0];
        out[1] = rgb[1];
        out[2] = rgb[swaps ? 0 : 2];
        return;
    }
    const unsigned value = (rgb[0] & 0xF8u) << 8 | (rgb[1] & 0xFCu) << 3 | rgb[2] >> 3;
    out[swaps ? 1 : 0] = static_cast<uint8_t>(value);
    out[swaps ? 0 : 1] = static_cast<uint8_t>(value >> 8);
}

void put_rectangle(void *user, const tiny_jpeg::Rectangle &where, const uint8_t *rgb) {
    const Picture &picture = *static_cast<const Picture *>(user);
    const size_t size = pixel_bytes(picture.config);
    for (int y = 0; y < where.height; y++) {
        const size_t first = static_cast<size_t>(where.y + y) * static_cast<size_t>(picture.width);
        uint8_t *out = picture.config.outbuf + (first + static_cast<size_t>(where.x)) * size;
        for (int x = 0; x < where.width; x++, rgb += 3, out += size) {
            put_pixel(rgb, picture.config, out);
        }
    }
}

void report(const esp_jpeg_image_cfg_t &config, const Decoder &decoder, Result result) {
    ESP_LOGE(TAG, "the picture of %u bytes is refused: %s (TJpgDec's error %d)",
             static_cast<unsigned>(config.indata_size), decoder.reason(), static_cast<int>(result));
}

esp_err_t decode(esp_jpeg_image_cfg_t &config, esp_jpeg_image_output_t &image, size_t work_size) {
    const std::unique_ptr<Decoder> decoder(new (std::nothrow) Decoder(esp_jpeg_options()));
    if (!decoder) {
        ESP_LOGE(TAG, "no memory for the decoder");
        return ESP_ERR_NO_MEM;
    }
    Result result = decoder->prepare(config.indata, config.indata_size, work_size);
    if (result != Result::OK) {
        report(config, *decoder, result);
        return ESP_FAIL;
    }
    const int width = decoder->width() >> config.out_scale;
    const int height = decoder->height() >> config.out_scale;
    // 65535 x 65535 pixels are more than a size_t of 32 bits counts.
    const uint64_t bytes = static_cast<uint64_t>(width) * static_cast<uint64_t>(height) * pixel_bytes(config);
    if (bytes > config.outbuf_size) {
        ESP_LOGE(TAG, "the pixels, %d x %d, have %llu bytes; outbuf has %u", width, height,
                 static_cast<unsigned long long>(bytes), static_cast<unsigned>(config.outbuf_size));
        return ESP_ERR_NO_MEM;
    }
    // Of a damaged picture, too, whose first pixels are there.
    image = {static_cast<uint16_t>(width), static_cast<uint16_t>(height), static_cast<size_t>(bytes)};
    Picture picture = {config, width};
    result = decoder->decode(config.out_scale, put_rectangle, &picture);
    config.priv.read = static_cast<uint32_t>(decoder->read_bytes());
    if (result != Result::OK) {
        report(config, *decoder, result);
        return ESP_FAIL;
    }
    return ESP_OK;
}

}  // namespace

extern "C" {

esp_err_t esp_jpeg_decode(esp_jpeg_image_cfg_t *cfg, esp_jpeg_image_output_t *img) {
    if (!cfg || !img || !cfg->indata || !cfg->outbuf) {
        ESP_LOGE(TAG, "esp_jpeg_decode() needs cfg, img, indata and outbuf");
        return ESP_ERR_INVALID_ARG;
    }
    if (!is_known(*cfg)) {
        return ESP_FAIL;
    }
    if (cfg->advanced.working_buffer) {
        return decode(*cfg, *img, cfg->advanced.working_buffer_size);
    }
    // The decoder's state is the PC's; the board's memory has to have room for the chip's all the same.
    const size_t bytes = esp_jpeg_options().fast_decode == 2 ? WORK_BYTES_WITH_TABLES : WORK_BYTES;
    void *work = heap_caps_malloc(bytes, MALLOC_CAP_DEFAULT);
    if (!work) {
        ESP_LOGE(TAG, "no memory for a working buffer of %zu bytes", bytes);
        return ESP_ERR_NO_MEM;
    }
    const esp_err_t err = decode(*cfg, *img, bytes);
    heap_caps_free(work);
    return err;
}

esp_err_t esp_jpeg_get_image_info(esp_jpeg_image_cfg_t *cfg, esp_jpeg_image_output_t *img) {
    if (!cfg || !img || !cfg->indata) {
        ESP_LOGE(TAG, "esp_jpeg_get_image_info() needs cfg, img and indata");
        return ESP_ERR_INVALID_ARG;
    }
    tiny_jpeg::Frame frame;
    if (!is_known(*cfg)) {
        return ESP_FAIL;
    }
    if (!tiny_jpeg::find_frame(cfg->indata, cfg->indata_size, frame)) {
        ESP_LOGE(TAG, "in %u bytes there is no frame of a JPEG", static_cast<unsigned>(cfg->indata_size));
        return ESP_FAIL;
    }
    const size_t pixels =
        static_cast<size_t>(frame.width >> cfg->out_scale) * static_cast<size_t>(frame.height >> cfg->out_scale);
    *img = {frame.width, frame.height, pixels * pixel_bytes(*cfg)};
    return ESP_OK;
}
}
