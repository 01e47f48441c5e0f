/**
 * @file dl_detect_espdet_postprocessor.hpp
 * The postprocessor of ESPDet networks.
 */
#pragma once

#include "dl_detect_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * Each stage i has two outputs: `box{i}` [1, H, W, 4], the distances of the four sides from the cell's centre in
 * strides; and `score{i}` [1, H, W, classes], logits.
 */
class ESPDetPostProcessor : public AnchorPointDetectPostprocessor {
public:
    using AnchorPointDetectPostprocessor::AnchorPointDetectPostprocessor;
    void postprocess() override;

private:
    template <typename T>
    void parse_stage(const TensorBase *score, const TensorBase *box, const anchor_point_stage_t &stage);
};

}  // namespace detect
}  // namespace dl
