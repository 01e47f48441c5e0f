/**
 * @file dl_detect_yolo11_postprocessor.hpp
 * The postprocessor of YOLO11 networks for detection.
 */
#pragma once

#include "dl_detect_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * Each stage i has two outputs: `box{i}` [1, H, W, 64] and `score{i}` [1, H, W, classes], logits. Each side of a box is
 * a distribution over 16 bins. Its mean is the side's distance from the cell's centre in strides.
 */
class yolo11PostProcessor : public AnchorPointDetectPostprocessor {
public:
    using AnchorPointDetectPostprocessor::AnchorPointDetectPostprocessor;
    void postprocess() override;

protected:
    static constexpr int BINS = 16;

    /**
     * Add the candidates of one stage.
     * @param extra a tensor of the same cells, from which decode_extra() completes a candidate; or nullptr
     */
    void parse_stage(const TensorBase *score, const TensorBase *box, const TensorBase *extra,
                     const anchor_point_stage_t &stage);
    /**
     * Complete a candidate from its cell of `extra`, in a derived class.
     * @param x, y centre of the cell in the model's input
     */
    virtual void decode_extra(result_t &result, const TensorBase *extra, int cell, int x, int y,
                              const anchor_point_stage_t &stage, const Frame &frame) const;
    /**
     * Do postprocess() with a third output of each stage, named by extra_prefix and the stage's number; nullptr: there
     * is none.
     * @return false if an output does not fit
     */
    bool parse_stages(const char *extra_prefix, int extra_channels);

private:
    template <typename T>
    void parse_stage(const TensorBase *score, const TensorBase *box, const TensorBase *extra,
                     const anchor_point_stage_t &stage);
};

}  // namespace detect
}  // namespace dl
