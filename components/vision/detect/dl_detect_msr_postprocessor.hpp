/**
 * @file dl_detect_msr_postprocessor.hpp
 * The postprocessor of the two-stage face detector's first stage: candidates in the whole picture.
 */
#pragma once

#include "dl_detect_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * Each stage i, with A anchors, has two outputs: `score{i}` [1, H, W, A * classes], logits; and `box{i}` [1, H, W, A *
 * classes * 4], the distance of each side from the anchor's side in anchor sizes.
 */
class MSRPostprocessor : public AnchorBoxDetectPostprocessor {
public:
    using AnchorBoxDetectPostprocessor::AnchorBoxDetectPostprocessor;
    void postprocess() override;

private:
    template <typename T>
    void parse_stage(const TensorBase *score, const TensorBase *box, const anchor_box_stage_t &stage);
};

}  // namespace detect
}  // namespace dl
