/**
 * @file coco_pose.hpp
 * Detection of persons, each with 17 keypoints.
 */
#pragma once

#include "dl_detect_base.hpp"
#include "dl_pose_yolo11_postprocessor.hpp"
#include "sdkconfig.h"

namespace coco_pose {

/** YOLO11n-pose, with an input of any size. */
class Yolo11nPose : public dl::detect::DetectImpl {
public:
    static constexpr float default_score_thr = 0.25;
    static constexpr float default_nms_thr = 0.7;
    Yolo11nPose(const char *model_name, float score_thr, float nms_thr);
    /** @param model model, which this object owns from now on; with nullptr, run() finds nothing */
    Yolo11nPose(dl::Model *model, float score_thr, float nms_thr);
};

}  // namespace coco_pose

/** The detector with the model that the configuration names. */
class COCOPose : public dl::detect::DetectWrapper {
public:
    typedef enum : int {
        YOLO11N_POSE_S8_V1,
        YOLO11N_POSE_S8_V2,
        CUSTOM,  ///< CONFIG_COCO_POSE_CUSTOM_MODEL
    } model_type_t;
    /** @param lazy_load load the model when it is first used, not now */
    COCOPose(model_type_t model_type = static_cast<model_type_t>(CONFIG_DEFAULT_COCO_POSE_MODEL),
             bool lazy_load = true);

private:
    void load_model() override;

    model_type_t m_model_type;
};
