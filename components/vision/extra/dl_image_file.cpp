#include "dl_image_file.hpp"

#include <dirent.h>
#include <strings.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "dl_image_adapt.hpp"
#include "dl_image_bmp.hpp"
#include "dl_image_jpeg.hpp"
#include "dl_image_png.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "dl_image_file";

namespace dl {
namespace image {

namespace {

bool read_all(std::FILE *file, const char *file_name, void **data, size_t *size) {
    if (std::fseek(file, 0, SEEK_END) != 0) {
        ESP_LOGE(TAG, "%s: cannot seek: %s", file_name, std::strerror(errno));
        return false;
    }
    const long length = std::ftell(file);
    if (length <= 0 || std::fseek(file, 0, SEEK_SET) != 0) {
        ESP_LOGE(TAG, "%s: %s", file_name, length == 0 ? "the file is empty" : "cannot tell its size");
        return false;
    }
    // No board has so much memory: the name is that of a directory or a device, whose "size" means nothing.
    void *memory = static_cast<unsigned long>(length) <= UINT32_MAX
                       ? heap_caps_malloc(static_cast<size_t>(length), MALLOC_CAP_DEFAULT)
                       : nullptr;
    if (!memory) {
        ESP_LOGE(TAG, "%s: no memory for %ld bytes; largest free block %zu", file_name, length,
                 heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT));
        return false;
    }
    if (std::fread(memory, 1, static_cast<size_t>(length), file) != static_cast<size_t>(length)) {
        ESP_LOGE(TAG, "%s: cannot read %ld bytes: %s", file_name, length, std::strerror(errno));
        heap_caps_free(memory);
        return false;
    }
    *data = memory;
    *size = static_cast<size_t>(length);
    return true;
}

bool ends_with(const char *name, const char *ending) {
    const size_t length = std::strlen(name);
    const size_t ending_length = std::strlen(ending);
    return length >= ending_length && strcasecmp(name + length - ending_length, ending) == 0;
}

}  // namespace

esp_err_t read_file(const char *file_name, void **data, size_t *size) {
    *data = nullptr;
    *size = 0;
    std::FILE *file = file_name ? std::fopen(file_name, "rb") : nullptr;
    if (!file) {
        ESP_LOGE(TAG, "%s: cannot open: %s", file_name ? file_name : "(null)", std::strerror(errno));
        return ESP_FAIL;
    }
    const bool done = read_all(file, file_name, data, size);
    std::fclose(file);
    return done ? ESP_OK : ESP_FAIL;
}

esp_err_t write_file(const char *file_name, const void *data, size_t size) {
    if (!file_name || !data) {
        ESP_LOGE(TAG, "%s: nothing to write", file_name ? file_name : "(null)");
        return ESP_ERR_INVALID_ARG;
    }
    std::FILE *file = std::fopen(file_name, "wb");
    if (!file) {
        ESP_LOGE(TAG, "%s: cannot create: %s", file_name, std::strerror(errno));
        return ESP_FAIL;
    }
    int error = std::fwrite(data, 1, size, file) == size ? 0 : errno;
    if (std::fclose(file) != 0 && error == 0) {
        error = errno;
    }
    if (error != 0) {
        ESP_LOGE(TAG, "%s: cannot write %zu bytes: %s", file_name, size, std::strerror(error));
        // A picture that was written in part is removed. Anything but a regular file stays.
        struct stat status = {};
        if (stat(file_name, &status) == 0 && S_ISREG(status.st_mode)) {
            std::remove(file_name);
        }
        return ESP_FAIL;
    }
    return ESP_OK;
}

img_t decode_image(const void *data, size_t size, pix_type_t pix_type) {
    const img_t nothing = {nullptr, 0, 0, pix_type};
    const uint8_t *bytes = static_cast<const uint8_t *>(data);
    if (!data || size < 4) {
        ESP_LOGE(TAG, "a picture of %zu bytes", size);
        return nothing;
    }
    img_t img;
    if (bytes[0] == 0xFF && bytes[1] == 0xD8) {
        return sw_decode_jpeg({const_cast<void *>(data), size}, pix_type);
    } else if (std::memcmp(bytes, "\x89PNG", 4) == 0) {
        img = decode_png(data, size);
    } else if (bytes[0] == 'B' && bytes[1] == 'M') {
        img = adapt::bmp(bytes, size);
    } else {
        ESP_LOGE(TAG, "neither JPEG nor PNG nor BMP: it starts with %02x %02x %02x %02x", bytes[0], bytes[1], bytes[2],
                 bytes[3]);
        return nothing;
    }
    if (!img.data || img.pix_type == pix_type) {
        return img;
    }
    img_t converted = adapt::alloc("picture", img.width, img.height, pix_type);
    if (converted.data && adapt::convert(img, converted) != ESP_OK) {
        heap_caps_free(converted.data);
        converted = nothing;
    }
    heap_caps_free(img.data);
    return converted;
}

img_t read_image(const char *file_name, pix_type_t pix_type) {
    void *data;
    size_t size;
    if (read_file(file_name, &data, &size) != ESP_OK) {
        return {nullptr, 0, 0, pix_type};
    }
    const img_t img = decode_image(data, size, pix_type);
    if (!img.data) {
        ESP_LOGE(TAG, "%s: cannot be used", file_name);
    }
    heap_caps_free(data);
    return img;
}

esp_err_t write_image(const img_t &img, const char *file_name) {
    if (!file_name) {
        return ESP_ERR_INVALID_ARG;
    }
    if (ends_with(file_name, ".png")) {
        return write_png(img, file_name);
    }
    if (ends_with(file_name, ".bmp")) {
        return write_bmp(img, file_name);
    }
    if (!ends_with(file_name, ".jpg") && !ends_with(file_name, ".jpeg")) {
        ESP_LOGE(TAG, "%s: the name must end in .jpg, .png or .bmp", file_name);
        return ESP_ERR_INVALID_ARG;
    }
    const jpeg_img_t jpeg = sw_encode_jpeg(img, 90);
    if (!jpeg.data) {
        return ESP_FAIL;
    }
    const esp_err_t err = write_jpeg(jpeg, file_name);
    heap_caps_free(jpeg.data);
    return err;
}

std::vector<std::string> list_images(const char *folder) {
    std::vector<std::string> paths;
    DIR *dir = opendir(folder);
    if (!dir) {
        return paths;
    }
    while (const dirent *entry = readdir(dir)) {
        for (const char *ending : {".jpg", ".jpeg", ".png", ".bmp"}) {
            if (ends_with(entry->d_name, ending)) {
                paths.push_back(std::string(folder) + "/" + entry->d_name);
            }
        }
    }
    closedir(dir);
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace image
}  // namespace dl
