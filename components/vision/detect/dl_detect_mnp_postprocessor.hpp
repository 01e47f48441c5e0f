/**
 * @file dl_detect_mnp_postprocessor.hpp
 * Second stage of the two-stage face detector: box and landmarks within one candidate.
 */
#pragma once

#include "dl_detect_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * Outputs: `score` [1, 1, 1, 2], `box` [1, 1, 1, 4], `landmark` [1, 1, 1, 10], all relative to the crop area of the
 * preprocessor. The score is the larger of the two softmax values, as on the chip: a candidate of the first stage is
 * never dropped here.
 *
 * postprocess() adds one result; call it once per candidate, then nms().
 */
class MNPPostprocessor : public AnchorBoxDetectPostprocessor {
public:
    using AnchorBoxDetectPostprocessor::AnchorBoxDetectPostprocessor;
    void postprocess() override;

private:
    template <typename T>
    void parse(const TensorBase *score, const TensorBase *box, const TensorBase *landmark,
               const std::vector<int> &anchor);
};

}  // namespace detect
}  // namespace dl
