#include <cstdlib>

#include "coco_detect.hpp"
#include "dl_image_annotate.hpp"
#include "esp_log.h"
#include "pictures.hpp"

extern const uint8_t things_jpg_start[] asm("_binary_things_jpg_start");
extern const uint8_t things_jpg_end[] asm("_binary_things_jpg_end");

static const char *TAG = "yolo11n";

static void show(COCODetect *detect, const dl::detect::result_t &result, dl::image::img_t &img) {
    static const std::vector<uint8_t> COLORS[] = {{230, 25, 75},  {60, 180, 75}, {0, 130, 200},  {245, 130, 48},
                                                  {145, 30, 180}, {0, 128, 128}, {170, 110, 40}, {128, 0, 0}};
    char label[48];
    snprintf(label, sizeof(label), "%s %.2f", detect->category_name(result.category), result.score);
    dl::image::draw_labeled_box(img, result.box, label, COLORS[result.category % std::size(COLORS)], {255, 255, 255});
}

extern "C" void app_main(void) {
    Pictures pictures;
    COCODetect *detect = new COCODetect();
    if (!detect->get_raw_model()) {
        ESP_LOGE(TAG, "the model cannot be loaded: the lines above say why");
        abort();
    }
    const bool all_used = pictures.for_each(
        {"things", things_jpg_start, things_jpg_end}, [&](const std::string &name, dl::image::img_t &img) {
            const auto &results = detect->run(img);
            for (const auto &res : results) {
                ESP_LOGI(TAG, "[category: %d, score: %f, x1: %d, y1: %d, x2: %d, y2: %d]", res.category, res.score,
                         res.box[0], res.box[1], res.box[2], res.box[3]);
            }
            for (const auto &res : results) {
                show(detect, res, img);
            }
            pictures.save(name, img);
        });
    delete detect;
    if (!all_used) {
        abort();
    }
}
