/**
 * @file dl_detect_yolo11_postprocessor.hpp
 * YOLO11 detection.
 */
#pragma once

#include "dl_detect_postprocessor.hpp"

namespace dl {
namespace detect {

/**
 * Outputs per stage i: `box{i}` [1, H, W, 64], `score{i}` [1, H, W, classes] (logits). Each side of a box is a
 * distribution over 16 bins, whose mean is the distance from the cell's centre in strides.
 */
class yolo11PostProcessor : public AnchorPointDetectPostprocessor {
public:
    using AnchorPointDetectPostprocessor::AnchorPointDetectPostprocessor;
    void postprocess() override;

protected:
    static constexpr int BINS = 16;

    /**
     * Candidates of one stage.
     * @param extra tensor of the same cells from which decode_extra() completes a candidate; or nullptr
     */
    void parse_stage(const TensorBase *score, const TensorBase *box, const TensorBase *extra,
                     const anchor_point_stage_t &stage);
    /** What a derived class adds to a candidate from its cell of `extra`. @param x, y centre of the cell in the model's
     * input */
    virtual void decode_extra(result_t &result, const TensorBase *extra, int cell, int x, int y,
                              const anchor_point_stage_t &stage, const Frame &frame) const;
    /** postprocess() with a third output of each stage, `prefix{i}`; nullptr: none. @return false if an output does not
     * fit */
    bool parse_stages(const char *extra_prefix, int extra_channels);

private:
    template <typename T>
    void parse_stage(const TensorBase *score, const TensorBase *box, const TensorBase *extra,
                     const anchor_point_stage_t &stage);
};

}  // namespace detect
}  // namespace dl
