#include "coco_detect.hpp"

#include "dl_model_component.hpp"

#if CONFIG_COCO_DETECT_MODEL_IN_FLASH_RODATA
extern const uint8_t package[] asm("_binary_coco_detect_espdl_start");
#else
static constexpr const uint8_t *package = nullptr;
#endif

static constexpr dl::ModelFile FILES[] = {
    {COCODetect::YOLO11N_S8_V1, "coco_detect_yolo11n_s8_v1.espdl",
     DL_CONFIG_IS_SET(CONFIG_FLASH_COCO_DETECT_YOLO11N_S8_V1)},
    {COCODetect::YOLO11N_320_S8_V1, "coco_detect_yolo11n_320_s8_v1.espdl",
     DL_CONFIG_IS_SET(CONFIG_FLASH_COCO_DETECT_YOLO11N_320_S8_V1)},
    {COCODetect::CUSTOM, CONFIG_COCO_DETECT_CUSTOM_MODEL, DL_CONFIG_IS_SET(CONFIG_FLASH_COCO_DETECT_CUSTOM), true},
};

static constexpr dl::ModelComponent MODELS = {
    .tag = "coco_detect",
    .location = static_cast<fbs::model_location_type_t>(CONFIG_COCO_DETECT_MODEL_LOCATION),
    .package = package,
    .partition = "coco_det",
    .sdcard_dir = CONFIG_COCO_DETECT_MODEL_SDCARD_DIR,
    .demonstration = DESKBOARD_DEMONSTRATION_MODEL,
    // With 8 MB of PSRAM, the copy would leave too little for the variables.
    .psram_for_copy = 9 * 1024 * 1024,
    .files = FILES,
};

namespace coco_detect {

Yolo11n::Yolo11n(const char *model_name, float score_thr, float nms_thr)
    : Yolo11n(MODELS.load(model_name), score_thr, nms_thr) {}

Yolo11n::Yolo11n(dl::Model *model, float score_thr, float nms_thr) {
    m_model = model;
    if (!m_model) {
        return;
    }
    m_image_preprocessor = new dl::image::ImagePreprocessor(m_model, {0, 0, 0}, {255, 255, 255});
    m_image_preprocessor->enable_letterbox({114, 114, 114});
    m_postprocessor = new dl::detect::yolo11PostProcessor(m_model, m_image_preprocessor, score_thr, nms_thr, 10,
                                                          {{8, 8, 4, 4}, {16, 16, 8, 8}, {32, 32, 16, 16}});
}

const char *category_name(int category) {
    static const char *const NAMES[] = {
        "person",        "bicycle",      "car",
        "motorcycle",    "airplane",     "bus",
        "train",         "truck",        "boat",
        "traffic light", "fire hydrant", "stop sign",
        "parking meter", "bench",        "bird",
        "cat",           "dog",          "horse",
        "sheep",         "cow",          "elephant",
        "bear",          "zebra",        "giraffe",
        "backpack",      "umbrella",     "handbag",
        "tie",           "suitcase",     "frisbee",
        "skis",          "snowboard",    "sports ball",
        "kite",          "baseball bat", "baseball glove",
        "skateboard",    "surfboard",    "tennis racket",
        "bottle",        "wine glass",   "cup",
        "fork",          "knife",        "spoon",
        "bowl",          "banana",       "apple",
        "sandwich",      "orange",       "broccoli",
        "carrot",        "hot dog",      "pizza",
        "donut",         "cake",         "chair",
        "couch",         "potted plant", "bed",
        "dining table",  "toilet",       "tv",
        "laptop",        "mouse",        "remote",
        "keyboard",      "cell phone",   "microwave",
        "oven",          "toaster",      "sink",
        "refrigerator",  "book",         "clock",
        "vase",          "scissors",     "teddy bear",
        "hair drier",    "toothbrush",
    };
    constexpr int COUNT = sizeof(NAMES) / sizeof(NAMES[0]);
    static_assert(COUNT == 80);
    return category >= 0 && category < COUNT ? NAMES[category] : "unknown";
}

}  // namespace coco_detect

COCODetect::COCODetect(model_type_t model_type, bool lazy_load) : m_model_type(model_type) {
    m_score_thr[0] = coco_detect::Yolo11n::default_score_thr;
    m_nms_thr[0] = coco_detect::Yolo11n::default_nms_thr;
    if (!lazy_load) {
        load_model();
    }
}

void COCODetect::load_model() {
    const char *name = MODELS.file(m_model_type);
    if (!name) {
        return;
    }
    m_model = new coco_detect::Yolo11n(name, m_score_thr[0], m_nms_thr[0]);
    m_names = dl::cls::ClassNames(m_model->get_raw_model(0));
}

const char *COCODetect::category_name(int category) {
    if (m_names.empty()) {
        return coco_detect::category_name(category);
    }
    const char *name = m_names.get(category);
    return name ? name : "unknown";
}
