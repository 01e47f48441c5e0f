/**
 * @file dl_seg_yolo11_postprocessor.hpp
 * The postprocessor of YOLO11 networks for instance segmentation.
 */
#pragma once

#include "dl_detect_yolo11_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * A stage has the outputs of yolo11PostProcessor, and `mc{i}` [1, H, W, 32], 32 coefficients for each cell. Output `p`
 * [1, h, w, 32] holds 32 prototypes. An object's mask is where the sum of the prototypes, weighted by the object's
 * coefficients, is above 0.
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
