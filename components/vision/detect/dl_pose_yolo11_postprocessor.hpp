/**
 * @file dl_pose_yolo11_postprocessor.hpp
 * The postprocessor of YOLO11 networks for poses.
 */
#pragma once

#include "dl_detect_yolo11_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * A stage has the outputs of yolo11PostProcessor, and `kpt{i}` [1, H, W, 51]: x, y and visibility of 17 keypoints. A
 * keypoint whose visibility is below 0.5 becomes 0, 0. The order is nose, eyes, ears, shoulders, elbows, wrists, hips,
 * knees, ankles; left comes before right.
 */
class yolo11posePostProcessor : public yolo11PostProcessor {
public:
    using yolo11PostProcessor::yolo11PostProcessor;
    void postprocess() override;

protected:
    static constexpr int KEYPOINTS = 17;
    void decode_extra(result_t &result, const TensorBase *keypoints, int cell, int x, int y,
                      const anchor_point_stage_t &stage, const Frame &frame) const override;
};

}  // namespace detect
}  // namespace dl
