#include "coco_pose.hpp"

#include "dl_model_component.hpp"

#if CONFIG_COCO_POSE_MODEL_IN_FLASH_RODATA
extern const uint8_t package[] asm("_binary_coco_pose_espdl_start");
#else
static constexpr const uint8_t *package = nullptr;
#endif

static constexpr dl::ModelFile FILES[] = {
    {COCOPose::YOLO11N_POSE_S8_V1, "coco_pose_yolo11n_pose_s8_v1.espdl",
     DL_CONFIG_IS_SET(CONFIG_FLASH_COCO_POSE_YOLO11N_POSE_S8_V1)},
    {COCOPose::YOLO11N_POSE_S8_V2, "coco_pose_yolo11n_pose_s8_v2.espdl",
     DL_CONFIG_IS_SET(CONFIG_FLASH_COCO_POSE_YOLO11N_POSE_S8_V2)},
    {COCOPose::CUSTOM, CONFIG_COCO_POSE_CUSTOM_MODEL, DL_CONFIG_IS_SET(CONFIG_FLASH_COCO_POSE_CUSTOM), true},
};

static constexpr dl::ModelComponent MODELS = {
    .tag = "coco_pose",
    .location = static_cast<fbs::model_location_type_t>(CONFIG_COCO_POSE_MODEL_LOCATION),
    .package = package,
    .partition = "coco_pose",
    .sdcard_dir = CONFIG_COCO_POSE_MODEL_SDCARD_DIR,
    .demonstration = DESKBOARD_DEMONSTRATION_MODEL,
    // With 8 MB of PSRAM, the copy would leave too little for the variables.
    .psram_for_copy = 9 * 1024 * 1024,
    .files = FILES,
};

namespace coco_pose {

Yolo11nPose::Yolo11nPose(const char *model_name, float score_thr, float nms_thr)
    : Yolo11nPose(MODELS.load(model_name), score_thr, nms_thr) {}

Yolo11nPose::Yolo11nPose(dl::Model *model, float score_thr, float nms_thr) {
    m_model = model;
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
    const char *name = MODELS.file(m_model_type);
    if (!name) {
        return;
    }
    m_model = new coco_pose::Yolo11nPose(name, m_score_thr[0], m_nms_thr[0]);
}
