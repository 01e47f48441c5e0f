// A detector and two classifiers at once, called in turns: each prints what it prints alone.
#include <memory>
#include <string>

#include "coco_detect.hpp"
#include "dl_image_jpeg.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "imagenet_cls.hpp"

extern const uint8_t detect_start[] asm("_binary_detect_0_jpg_start");
extern const uint8_t detect_end[] asm("_binary_detect_0_jpg_end");
extern const uint8_t cls_start[] asm("_binary_cls_0_jpg_start");
extern const uint8_t cls_end[] asm("_binary_cls_0_jpg_end");

static const char *TAG = "several_models";

static dl::image::img_t decode(const uint8_t *start, const uint8_t *end) {
    dl::image::jpeg_img_t jpeg = {.data = (void *)start, .data_len = (size_t)(end - start)};
    return dl::image::sw_decode_jpeg(jpeg, dl::image::DL_IMAGE_PIX_TYPE_RGB888);
}

static std::string detected(COCODetect &detect, const dl::image::img_t &img) {
    std::string text;
    char line[96];
    for (const auto &res : detect.run(img)) {
        snprintf(line, sizeof(line), "[%d %f %d %d %d %d]", res.category, res.score, res.box[0], res.box[1], res.box[2],
                 res.box[3]);
        text += line;
    }
    return text;
}

static std::string classified(ImageNetCls &cls, const dl::image::img_t &img) {
    std::string text;
    char line[96];
    for (const auto &res : cls.run(img)) {
        snprintf(line, sizeof(line), "[%s %f]", res.cat_name, res.score);
        text += line;
    }
    return text;
}

extern "C" void app_main(void) {
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_SPIRAM);
    dl::image::img_t things = decode(detect_start, detect_end);
    dl::image::img_t thing = decode(cls_start, cls_end);
    {
        std::string alone_detected, alone_classified;
        {
            COCODetect detect;
            alone_detected = detected(detect, things);
        }
        {
            ImageNetCls cls;
            alone_classified = classified(cls, thing);
        }
        ESP_LOGI(TAG, "alone: %s %s", alone_detected.c_str(), alone_classified.c_str());

        auto detect = std::make_unique<COCODetect>();
        auto first = std::make_unique<ImageNetCls>();
        auto second = std::make_unique<ImageNetCls>();
        for (int round = 0; round < 2; round++) {
            const bool same = detected(*detect, things) == alone_detected &&
                              classified(*first, thing) == alone_classified &&
                              classified(*second, thing) == alone_classified;
            ESP_LOGI(TAG, "round %d: %s", round, same ? "the same" : "DIFFERENT");
            // A model may go while others stay.
            if (round == 0) {
                first = std::make_unique<ImageNetCls>();
            }
        }
    }
    heap_caps_free(things.data);
    heap_caps_free(thing.data);
    ESP_LOGI(TAG, "PSRAM: %s", heap_caps_get_free_size(MALLOC_CAP_SPIRAM) == before ? "all given back" : "LEAKED");
}
