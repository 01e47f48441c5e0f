#include "dl_pose_yolo11_postprocessor.hpp"

#include "dl_detect_decode.hpp"

namespace dl {
namespace detect {

void yolo11posePostProcessor::decode_extra(result_t &result, const TensorBase *keypoints, int cell, int x, int y,
                                           const anchor_point_stage_t &stage, const Frame &frame) const {
    constexpr float VISIBLE = 0.5f;
    const float scale = DL_SCALE(keypoints->exponent);
    result.keypoint.assign(2 * KEYPOINTS, 0);
    with_type(keypoints, [&](auto *type) {
        const auto *value = static_cast<decltype(type)>(keypoints->data) + static_cast<size_t>(cell) * 3 * KEYPOINTS;
        for (int k = 0; k < KEYPOINTS; k++, value += 3) {
            if (dequantize(value[2], scale) >= VISIBLE) {
                // Keypoints are relative to the cell's top-left corner; the unit is two strides.
                const double kx = dequantize(value[0], scale) * 2.0 * stage.stride_x + (x - stage.offset_x);
                const double ky = dequantize(value[1], scale) * 2.0 * stage.stride_y + (y - stage.offset_y);
                result.keypoint[2 * k] = frame.x(kx);
                result.keypoint[2 * k + 1] = frame.y(ky);
            }
        }
    });
}

void yolo11posePostProcessor::postprocess() {
    parse_stages("kpt", 3 * KEYPOINTS);
}

}  // namespace detect
}  // namespace dl
