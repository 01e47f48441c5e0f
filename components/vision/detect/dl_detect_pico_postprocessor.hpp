/**
 * @file dl_detect_pico_postprocessor.hpp
 * PicoDet detection.
 */
#pragma once

#include "dl_detect_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * Outputs per stage i: `bbox{i}` [1, H, W, 32], `score{i}` [1, H, W, classes]. Each side of a box is a distribution
 * over 8 bins, whose mean is the distance from the cell's centre in strides. The network gives the square of a score.
 */
class PicoPostprocessor : public AnchorPointDetectPostprocessor {
public:
    using AnchorPointDetectPostprocessor::AnchorPointDetectPostprocessor;
    void postprocess() override;

private:
    static constexpr int BINS = 8;

    template <typename T>
    void parse_stage(const TensorBase *score, const TensorBase *box, const anchor_point_stage_t &stage);
};

}  // namespace detect
}  // namespace dl
