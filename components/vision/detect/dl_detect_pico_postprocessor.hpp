/**
 * @file dl_detect_pico_postprocessor.hpp
 * The postprocessor of PicoDet networks.
 */
#pragma once

#include "dl_detect_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * Each stage i has two outputs: `bbox{i}` [1, H, W, 32] and `score{i}` [1, H, W, classes]. Each side of a box is a
 * distribution over 8 bins. Its mean is the side's distance from the cell's centre in strides. `score{i}` holds squares
 * of scores.
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
