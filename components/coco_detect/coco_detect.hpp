/**
 * @file coco_detect.hpp
 * Detection of COCO's 80 classes of things.
 */
#pragma once

#include "dl_class_names.hpp"
#include "dl_detect_base.hpp"
#include "dl_detect_yolo11_postprocessor.hpp"
#include "sdkconfig.h"

namespace coco_detect {

/** YOLO11n of any input size. */
class Yolo11n : public dl::detect::DetectImpl {
public:
    static constexpr float default_score_thr = 0.25;
    static constexpr float default_nms_thr = 0.7;
    Yolo11n(const char *model_name, float score_thr, float nms_thr);
    /** @param model this object's from now on; nullptr: run() finds nothing */
    Yolo11n(dl::Model *model, float score_thr, float nms_thr);
};

/** COCO's name of a category, "unknown" outside 0 to 79. */
const char *category_name(int category);

}  // namespace coco_detect

/** The model and its location are those of the configuration. */
class COCODetect : public dl::detect::DetectWrapper {
public:
    typedef enum : int {
        YOLO11N_S8_V1,
        YOLO11N_320_S8_V1,
        CUSTOM,  ///< CONFIG_COCO_DETECT_CUSTOM_MODEL
    } model_type_t;
    /** @param lazy_load load the model when it is first used, not now */
    COCODetect(model_type_t model_type = static_cast<model_type_t>(CONFIG_DEFAULT_COCO_DETECT_MODEL),
               bool lazy_load = true);
    /** Name of a category: the model's own (see dl::cls::ClassNames) if it carries names, or else COCO's; "unknown"
     * where there is none. */
    const char *category_name(int category);

private:
    void load_model() override;

    model_type_t m_model_type;
    dl::cls::ClassNames m_names;
};
