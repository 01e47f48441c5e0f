#include <cstdlib>

#include "coco_pose.hpp"
#include "dl_image_annotate.hpp"
#include "esp_log.h"
#include "pictures.hpp"

extern const uint8_t people_jpg_start[] asm("_binary_people_jpg_start");
extern const uint8_t people_jpg_end[] asm("_binary_people_jpg_end");

static const char *TAG = "yolo11n-pose";

static void log(const dl::detect::result_t &result) {
    static const char *const KEYPOINTS[] = {
        "nose",           "left eye",   "right eye",   "left ear",   "right ear",   "left shoulder",
        "right shoulder", "left elbow", "right elbow", "left wrist", "right wrist", "left hip",
        "right hip",      "left knee",  "right knee",  "left ankle", "right ankle"};
    ESP_LOGI(TAG, "[score: %f, x1: %d, y1: %d, x2: %d, y2: %d]", result.score, result.box[0], result.box[1],
             result.box[2], result.box[3]);
    std::string line;
    for (size_t i = 0; i < std::size(KEYPOINTS) && 2 * i + 1 < result.keypoint.size(); i++) {
        line += std::string(KEYPOINTS[i]) + ": [" + std::to_string(result.keypoint[2 * i]) + ", " +
                std::to_string(result.keypoint[2 * i + 1]) + "] ";
    }
    ESP_LOGI(TAG, "%s", line.c_str());
}

extern "C" void app_main(void) {
    Pictures pictures;
    COCOPose *pose = new COCOPose();
    if (!pose->get_raw_model()) {
        ESP_LOGE(TAG, "the model cannot be loaded: the lines above say why");
        abort();
    }
    const bool all_used = pictures.for_each(
        {"people", people_jpg_start, people_jpg_end}, [&](const std::string &name, dl::image::img_t &img) {
            const auto &results = pose->run(img);
            for (const auto &res : results) {
                log(res);
            }
            for (const auto &res : results) {
                char label[16];
                snprintf(label, sizeof(label), "%.2f", res.score);
                dl::image::draw_labeled_box(img, res.box, label, {230, 25, 75}, {255, 255, 255});
                dl::image::draw_coco_skeleton(img, res.keypoint, {255, 225, 25}, {0, 200, 255});
            }
            pictures.save(name, img);
        });
    delete pose;
    if (!all_used) {
        abort();
    }
}
