/**
 * @file dl_detect_mnp_postprocessor.hpp
 * The postprocessor of the two-stage face detector's second stage: box and landmarks within a candidate.
 */
#pragma once

#include "dl_detect_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * The outputs are `score` [1, 1, 1, 2], `box` [1, 1, 1, 4] and `landmark` [1, 1, 1, 10]. Box and landmarks are relative
 * to the preprocessor's crop area. The score is the larger of the two softmax values, as on the chip, so no candidate
 * of the first stage is dropped.
 *
 * postprocess() adds one result. Call it once for each candidate, then nms().
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
