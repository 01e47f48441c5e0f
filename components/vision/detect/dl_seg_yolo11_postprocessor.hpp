/**
 * @file dl_seg_yolo11_postprocessor.hpp
 * YOLO11 instance segmentation.
 */
#pragma once

#include "dl_detect_yolo11_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * As yolo11PostProcessor, with `mc{i}` [1, H, W, 32] and `p` [1, h, w, 32]: an object's mask is where the sum of the
 * prototypes `p`, weighted by its 32 coefficients, is above 0.
 */
class yolo11segPostProcessor : public yolo11PostProcessor {
public:
    using yolo11PostProcessor::yolo11PostProcessor;
    void postprocess() override;

protected:
    static constexpr int PROTOTYPES = 32;
    void decode_extra(result_t &result, const TensorBase *coefficients, int cell, int x, int y,
                      const anchor_point_stage_t &stage, const Frame &frame) const override;

private:
    void add_mask(result_t &result, const TensorBase *prototypes) const;
};

}  // namespace detect
}  // namespace dl
