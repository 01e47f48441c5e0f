#include <algorithm>
#include <cstdlib>

#include "dl_image_annotate.hpp"
#include "esp_log.h"
#include "esp_timer.h"
#include "imagenet_cls.hpp"
#include "pictures.hpp"

extern const uint8_t cup_jpg_start[] asm("_binary_cup_jpg_start");
extern const uint8_t cup_jpg_end[] asm("_binary_cup_jpg_end");

static const char *TAG = "mobilenetv2_cls";
static constexpr int RUNS = 10;

// Classify RUNS times, log the average time and the result.
static const std::vector<dl::cls::result_t> &classify(ImageNetCls *cls, const dl::image::img_t &img,
                                                      dl::runtime_mode_t mode, const char *mode_name) {
    const std::vector<dl::cls::result_t> *results = nullptr;
    const int64_t start = esp_timer_get_time();
    for (int i = 0; i < RUNS; i++) {
        results = &cls->run(img, mode);
    }
    const double average_ms = (double)(esp_timer_get_time() - start) / RUNS / 1000;
    ESP_LOGI(TAG, "===== %s: avg inference latency %.3f ms over %d runs =====", mode_name, average_ms, RUNS);
    for (const auto &res : *results) {
        ESP_LOGI(TAG, "category: %s, score: %f", res.cat_name, res.score);
    }
    return *results;
}

static void show(const std::vector<dl::cls::result_t> &results, dl::image::img_t &img) {
    const int scale = std::max(1, std::min(img.width, img.height) / 250);
    int y = 0;
    for (const auto &res : results) {
        char label[64];
        snprintf(label, sizeof(label), "%.3f %s", res.score, res.cat_name);
        dl::image::draw_filled_rectangle(img, 0, y, dl::image::text_width(label, scale) - 1,
                                         y + dl::image::text_height(scale) - 1, {0, 0, 0});
        dl::image::draw_text(img, 0, y, label, {255, 255, 255}, scale);
        y += dl::image::text_height(scale);
    }
}

extern "C" void app_main(void) {
    Pictures pictures;
    ImageNetCls *cls = new ImageNetCls();
    if (!cls->get_raw_model()) {
        ESP_LOGE(TAG, "the model cannot be loaded: the lines above say why");
        abort();
    }
    const bool all_used =
        pictures.for_each({"cup", cup_jpg_start, cup_jpg_end}, [&](const std::string &name, dl::image::img_t &img) {
            classify(cls, img, dl::RUNTIME_MODE_SINGLE_CORE, "single-core");
            show(classify(cls, img, dl::RUNTIME_MODE_MULTI_CORE, "multi-core"), img);
            pictures.save(name, img);
        });
    delete cls;
    if (!all_used) {
        abort();
    }
}
