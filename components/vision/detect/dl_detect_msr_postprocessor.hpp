/**
 * @file dl_detect_msr_postprocessor.hpp
 * First stage of the two-stage face detector: candidates in the whole picture.
 */
#pragma once

#include "dl_detect_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * Outputs per stage i, with A anchors: `score{i}` [1, H, W, A * classes] (logits), `box{i}` [1, H, W, A * classes * 4]:
 * how far each side lies from the anchor's, in anchor sizes.
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
