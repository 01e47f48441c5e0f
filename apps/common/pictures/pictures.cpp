#include "pictures.hpp"

#include <sys/stat.h>

#include <vector>

#include "bsp/esp-bsp.h"
#include "dl_image_file.hpp"
#include "dl_image_jpeg.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_timer.h"
#include "sdkconfig.h"

static const char *TAG = "pictures";

namespace {

std::string stem(const std::string &path) {
    const size_t start = path.rfind('/') + 1;
    return path.substr(start, path.rfind('.') - start);
}

}  // namespace

Pictures::Pictures() {
#if CONFIG_PICTURES_JPEG_LIBJPEG
    dl::image::set_jpeg_decoder(dl::image::JPEG_DECODER_LIBJPEG);
#endif
    const esp_err_t err = bsp_sdcard_mount();
    m_mounted = err == ESP_OK;
    if (!m_mounted) {
        ESP_LOGI(TAG, "no SD card (%s)", esp_err_to_name(err));
    }
}

Pictures::~Pictures() {
    if (m_mounted) {
        bsp_sdcard_unmount();
    }
}

bool Pictures::for_each(const Embedded &own,
                        const std::function<void(const std::string &name, dl::image::img_t &img)> &use) {
    std::vector<std::string> files;
    if (m_mounted) {
        files = dl::image::list_images(BSP_SD_MOUNT_POINT "/input");
    }
    if (files.empty()) {
        dl::image::img_t img = dl::image::decode_image(own.begin, own.end - own.begin);
        if (img.data) {
            use(own.name, img);
        }
        heap_caps_free(img.data);
        return img.data != nullptr;
    }
    size_t used = 0;
    const int64_t start = esp_timer_get_time();
    for (size_t i = 0; i < files.size(); i++) {
        const char *file = files[i].c_str();
        dl::image::img_t img = dl::image::read_image(file);
        if (img.data) {
            if (files.size() > 1) {
                ESP_LOGI(TAG, "%s: %dx%d (%zu of %zu)", file, img.width, img.height, i + 1, files.size());
            } else {
                ESP_LOGI(TAG, "%s: %dx%d", file, img.width, img.height);
            }
            use(stem(files[i]), img);
            used++;
        }
        heap_caps_free(img.data);
    }
    if (used > 1) {
        const double ms = (double)(esp_timer_get_time() - start) / 1000 / (double)used;
        ESP_LOGI(TAG, "%zu pictures, %.1f ms each on average, reading and writing included", used, ms);
    }
    if (used < files.size()) {
        ESP_LOGE(TAG, "%zu of %zu pictures could not be used", files.size() - used, files.size());
    }
    return used == files.size();
}

void Pictures::save(const std::string &name, const dl::image::img_t &img) {
    if (!m_mounted) {
        ESP_LOGI(TAG, "no SD card: %s.png is not written", name.c_str());
        return;
    }
    const std::string folder = BSP_SD_MOUNT_POINT "/output";
    mkdir(folder.c_str(), 0777);  // it may exist; if it cannot be made, the file cannot either
    const std::string path = folder + "/" + name + ".png";
    if (dl::image::write_image(img, path.c_str()) == ESP_OK) {
        ESP_LOGI(TAG, "wrote %s", path.c_str());
    }
}
