#include "dl_image_bmp.hpp"

#include <cstring>
#include <vector>

#include "dl_image_color.hpp"
#include "dl_image_file.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "dl_image_bmp";

namespace dl {
namespace image {

namespace {

constexpr size_t FILE_HEADER = 14;
constexpr size_t INFO_HEADER = 40;
constexpr uint32_t BI_RGB = 0;
constexpr uint32_t BI_BITFIELDS = 3;

uint32_t get32(const uint8_t *p) {
    return static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8 | static_cast<uint32_t>(p[2]) << 16 |
           static_cast<uint32_t>(p[3]) << 24;
}
uint16_t get16(const uint8_t *p) {
    return static_cast<uint16_t>(p[0] | p[1] << 8);
}

void put32(uint8_t *p, uint32_t v) {
    for (int i = 0; i < 4; i++) {
        p[i] = static_cast<uint8_t>(v >> (8 * i));
    }
}

struct Header {
    uint32_t pixels;   // offset of the pixels in the file
    uint32_t palette;  // offset of the palette
    uint32_t colors;   // entries of the palette
    uint32_t width;
    uint32_t height;
    bool top_down;
    int bits;
};

bool parse(const uint8_t *data, size_t size, Header *header) {
    if (size < FILE_HEADER + INFO_HEADER || data[0] != 'B' || data[1] != 'M') {
        ESP_LOGE(TAG, "BMP of %zu bytes: no header", size);
        return false;
    }
    const uint8_t *info = data + FILE_HEADER;
    const uint32_t info_size = get32(info);
    const int32_t width = static_cast<int32_t>(get32(info + 4));
    const int32_t height = static_cast<int32_t>(get32(info + 8));
    const uint32_t compression = get32(info + 16);
    header->pixels = get32(data + 10);
    header->bits = get16(info + 14);
    header->top_down = height < 0;
    header->width = static_cast<uint32_t>(width);
    header->height = header->top_down ? 0u - static_cast<uint32_t>(height) : static_cast<uint32_t>(height);
    if (info_size < INFO_HEADER || info_size > size - FILE_HEADER || width <= 0 || header->height == 0) {
        ESP_LOGE(TAG, "BMP of %zu bytes: header of %u bytes, picture of %dx%d", size, static_cast<unsigned>(info_size),
                 static_cast<int>(width), static_cast<int>(height));
        return false;
    }
    // A file of 32 bits may have masks of channels. Those of plain BGRX are accepted.
    const bool masks = compression == BI_BITFIELDS && header->bits == 32 && size >= FILE_HEADER + INFO_HEADER + 12 &&
                       get32(info + 40) == 0xFF0000 && get32(info + 44) == 0xFF00 && get32(info + 48) == 0xFF;
    if ((compression != BI_RGB && !masks) || (header->bits != 8 && header->bits != 24 && header->bits != 32)) {
        ESP_LOGE(TAG, "BMP with %d bits a pixel and compression %u: only plain 8, 24 and 32 bits are read",
                 header->bits, static_cast<unsigned>(compression));
        return false;
    }
    header->palette = FILE_HEADER + info_size;
    header->colors = 0;
    if (header->bits == 8) {
        const uint32_t used = get32(info + 32);
        header->colors = used == 0 || used > 256 ? 256 : used;
        if (header->palette + header->colors * 4 > size) {
            ESP_LOGE(TAG, "BMP of %zu bytes ends within its palette of %u colours", size,
                     static_cast<unsigned>(header->colors));
            return false;
        }
    }
    return true;
}

bool is_gray(const uint8_t *palette, uint32_t colors) {
    for (uint32_t i = 0; i < colors; i++) {
        const uint8_t *c = palette + 4 * i;
        if (c[0] != i || c[1] != i || c[2] != i) {
            return false;
        }
    }
    return true;
}

}  // namespace

img_t decode_bmp(const void *data, size_t size) {
    const img_t nothing = {nullptr, 0, 0, DL_IMAGE_PIX_TYPE_BGR888};
    const uint8_t *bytes = static_cast<const uint8_t *>(data);
    Header header;
    if (!bytes || !parse(bytes, size, &header)) {
        return nothing;
    }
    const uint64_t stride = (static_cast<uint64_t>(header.width) * (header.bits / 8) + 3) / 4 * 4;
    const uint64_t end = header.pixels + stride * header.height;
    if (end > size) {
        ESP_LOGE(TAG, "BMP of %ux%u, %d bits: %llu bytes needed, %zu present", static_cast<unsigned>(header.width),
                 static_cast<unsigned>(header.height), header.bits, static_cast<unsigned long long>(end), size);
        return nothing;
    }
    const uint8_t *palette = bytes + header.palette;
    const bool gray = header.bits == 8 && is_gray(palette, header.colors);
    img_t img = alloc_img("BMP", header.width, header.height, gray ? DL_IMAGE_PIX_TYPE_GRAY : DL_IMAGE_PIX_TYPE_BGR888);
    if (!img.data) {
        return nothing;
    }
    for (uint32_t y = 0; y < header.height; y++) {
        const uint8_t *in = bytes + header.pixels + stride * (header.top_down ? y : header.height - 1 - y);
        uint8_t *out = static_cast<uint8_t *>(img.data) + static_cast<size_t>(y) * img.row_step();
        if (gray || header.bits == 24) {
            std::memcpy(out, in, img.row_step());
            continue;
        }
        for (uint32_t x = 0; x < header.width; x++, out += 3) {
            if (header.bits == 32) {
                std::memcpy(out, in + 4 * x, 3);
            } else if (in[x] < header.colors) {
                std::memcpy(out, palette + 4 * in[x], 3);
            } else {
                std::memset(out, 0, 3);
            }
        }
    }
    return img;
}

img_t read_bmp(const char *file_name) {
    void *data;
    size_t size;
    if (read_file(file_name, &data, &size) != ESP_OK) {
        return {nullptr, 0, 0, DL_IMAGE_PIX_TYPE_BGR888};
    }
    const img_t img = decode_bmp(data, size);
    heap_caps_free(data);
    return img;
}

esp_err_t write_bmp_base(const img_t &img, const char *file_name) {
    const bool gray = img.pix_type == DL_IMAGE_PIX_TYPE_GRAY;
    if (!img.data || img.width == 0 || img.height == 0 || (!gray && img.pix_type != DL_IMAGE_PIX_TYPE_BGR888)) {
        ESP_LOGE(TAG, "%s: %s of %dx%d: BGR888 or GRAY is needed", file_name, pix_type2str(img.pix_type).c_str(),
                 img.width, img.height);
        return ESP_ERR_INVALID_ARG;
    }
    const uint32_t palette = gray ? 256 * 4 : 0;
    const size_t stride = (img.row_step() + 3) / 4 * 4;
    const size_t start = FILE_HEADER + INFO_HEADER + palette;
    std::vector<uint8_t> file(start + stride * img.height);
    uint8_t *p = file.data();
    p[0] = 'B';
    p[1] = 'M';
    put32(p + 2, static_cast<uint32_t>(file.size()));
    put32(p + 10, static_cast<uint32_t>(start));
    uint8_t *info = p + FILE_HEADER;
    put32(info, INFO_HEADER);
    put32(info + 4, img.width);
    put32(info + 8, img.height);
    info[12] = 1;  // planes
    info[14] = gray ? 8 : 24;
    put32(info + 20, static_cast<uint32_t>(stride * img.height));
    for (uint32_t i = 0; i < palette / 4; i++) {
        std::memset(info + INFO_HEADER + 4 * i, static_cast<int>(i), 3);
    }
    for (int y = 0; y < img.height; y++) {
        std::memcpy(p + start + stride * (img.height - 1 - y),
                    static_cast<const uint8_t *>(img.data) + static_cast<size_t>(y) * img.row_step(), img.row_step());
    }
    return write_file(file_name, file.data(), file.size());
}

esp_err_t write_bmp(const img_t &img, const char *file_name) {
    if (img.pix_type == DL_IMAGE_PIX_TYPE_BGR888 || img.pix_type == DL_IMAGE_PIX_TYPE_GRAY) {
        return write_bmp_base(img, file_name);
    }
    if (img.pix_type == DL_IMAGE_PIX_TYPE_HSV_MASK) {
        return write_bmp_base({img.data, img.width, img.height, DL_IMAGE_PIX_TYPE_GRAY}, file_name);
    }
    std::vector<uint8_t> bgr(static_cast<size_t>(img.width) * img.height * 3);
    const img_t converted = {bgr.data(), img.width, img.height, DL_IMAGE_PIX_TYPE_BGR888};
    const esp_err_t err = convert_img(img, converted);
    return err == ESP_OK ? write_bmp_base(converted, file_name) : err;
}

}  // namespace image
}  // namespace dl
