/**
 * @file dl_feat_postprocessor.hpp
 * From a network's output to a feature: a vector of length 1.
 */
#pragma once

#include <string>

#include "dl_model_base.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace feat {

class FeatPostprocessor {
public:
    /** @param output_name needed if the model has several outputs. Of any shape, int8, int16 or float; what cannot be
     * used is logged, and postprocess() then gives nullptr */
    FeatPostprocessor(Model *model, const std::string &output_name = "");
    /** The same for a tensor. */
    explicit FeatPostprocessor(TensorBase *output);
    ~FeatPostprocessor();
    FeatPostprocessor(const FeatPostprocessor &) = delete;
    FeatPostprocessor &operator=(const FeatPostprocessor &) = delete;

    /** @return floats in the output's shape, divided by their length (zeros stay zeros); the postprocessor's, until the
     * next call */
    TensorBase *postprocess();
    /** Values of a feature; 0 without one. */
    int get_feat_len() const { return m_feat ? m_feat->size : 0; }

private:
    void init(TensorBase *output);
    void l2_norm();

    TensorBase *m_model_output = nullptr;
    TensorBase *m_feat = nullptr;
};

}  // namespace feat
}  // namespace dl
