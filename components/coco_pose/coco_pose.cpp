#include "coco_pose.hpp"

#include "dl_model_component.hpp"
#include "esp_heap_caps.h"

// What dl::load_selected_model() calls `where`.
#if CONFIG_COCO_POSE_MODEL_IN_FLASH_RODATA
extern const uint8_t coco_pose_package[] asm("_binary_coco_pose_espdl_start");
static const char *const WHERE = (const char *)coco_pose_package;
#elif CONFIG_COCO_POSE_MODEL_IN_SDCARD
static const char *const WHERE = CONFIG_COCO_POSE_MODEL_SDCARD_DIR;
#else
static const char *const WHERE = "coco_pose";
#endif

static const char *TAG = "coco_pose";

namespace coco_pose {

Yolo11nPose::Yolo11nPose(const char *model_name, float score_thr, float nms_thr) {
    // The copy is faster, but with 8 MB of PSRAM it would leave too little for the variables.
    const bool param_copy = heap_caps_get_total_size(MALLOC_CAP_SPIRAM) >= 9 * 1024 * 1024;
    m_model = dl::load_selected_model(
        TAG, WHERE, model_name, static_cast<fbs::model_location_type_t>(CONFIG_COCO_POSE_MODEL_LOCATION), param_copy);
    if (!m_model) {
        return;
    }
    m_image_preprocessor = new dl::image::ImagePreprocessor(m_model, {0, 0, 0}, {255, 255, 255});
    m_image_preprocessor->enable_letterbox({114, 114, 114});
    m_postprocessor = new dl::detect::yolo11posePostProcessor(m_model, m_image_preprocessor, score_thr, nms_thr, 10,
                                                              {{8, 8, 4, 4}, {16, 16, 8, 8}, {32, 32, 16, 16}});
}

}  // namespace coco_pose

COCOPose::COCOPose(model_type_t model_type, bool lazy_load) : m_model_type(model_type) {
    m_score_thr[0] = coco_pose::Yolo11nPose::default_score_thr;
    m_nms_thr[0] = coco_pose::Yolo11nPose::default_nms_thr;
    if (!lazy_load) {
        load_model();
    }
}

void COCOPose::load_model() {
    const char *name = nullptr;
    switch (m_model_type) {
        case YOLO11N_POSE_S8_V1:
#if CONFIG_FLASH_COCO_POSE_YOLO11N_POSE_S8_V1 || CONFIG_COCO_POSE_MODEL_IN_SDCARD
            name = "coco_pose_yolo11n_pose_s8_v1.espdl";
#endif
            break;
        case YOLO11N_POSE_S8_V2:
#if CONFIG_FLASH_COCO_POSE_YOLO11N_POSE_S8_V2 || CONFIG_COCO_POSE_MODEL_IN_SDCARD
            name = "coco_pose_yolo11n_pose_s8_v2.espdl";
#endif
            break;
        case CUSTOM:
#if CONFIG_FLASH_COCO_POSE_CUSTOM || CONFIG_COCO_POSE_MODEL_IN_SDCARD
            name = CONFIG_COCO_POSE_CUSTOM_MODEL;
#endif
            break;
    }
    name =
        dl::selected_model(TAG, m_model_type, name, m_model_type == CUSTOM ? nullptr : DESKBOARD_DEMONSTRATION_MODEL);
    if (!name) {
        return;
    }
    m_model = new coco_pose::Yolo11nPose(name, m_score_thr[0], m_nms_thr[0]);
}
