/**
 * @file coco_detect.hpp
 * Detection of objects of COCO's 80 classes.
 */
#pragma once

#include "dl_class_names.hpp"
#include "dl_detect_base.hpp"
#include "dl_detect_yolo11_postprocessor.hpp"
#include "sdkconfig.h"

namespace coco_detect {

/** YOLO11n, with an input of any size. */
class Yolo11n : public dl::detect::DetectImpl {
public:
    static constexpr float default_score_thr = 0.25;
    static constexpr float default_nms_thr = 0.7;
    Yolo11n(const char *model_name, float score_thr, float nms_thr);
    /** @param model model, which this object owns from now on; with nullptr, run() finds nothing */
    Yolo11n(dl::Model *model, float score_thr, float nms_thr);
};

/** Return COCO's name of a category, or "unknown" outside 0 to 79. */
const char *category_name(int category);

}  // namespace coco_detect

/** The detector with the model that the configuration names. */
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
    /**
     * Return the name of a category: from the model, if it carries names (see dl::cls::ClassNames), else COCO's. A
     * category without a name is "unknown".
     */
    const char *category_name(int category);

private:
    void load_model() override;

    model_type_t m_model_type;
    dl::cls::ClassNames m_names;
};
