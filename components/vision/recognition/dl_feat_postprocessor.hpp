/**
 * @file dl_feat_postprocessor.hpp
 * A network's output becomes a feature: a vector of length 1.
 */
#pragma once

#include <string>

#include "dl_model_base.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace feat {

class FeatPostprocessor {
public:
    /**
     * @param output_name needed if the model has several outputs. The output has any shape, and elements of int8, int16
     * or float. If it cannot be used, a log line says so, and postprocess() returns nullptr
     */
    FeatPostprocessor(Model *model, const std::string &output_name = "");
    /** Read a tensor, without a model. */
    explicit FeatPostprocessor(TensorBase *output);
    ~FeatPostprocessor();
    FeatPostprocessor(const FeatPostprocessor &) = delete;
    FeatPostprocessor &operator=(const FeatPostprocessor &) = delete;

    /**
     * @return the output as floats, divided by the vector's length; zeros stay zeros. The tensor belongs to the
     * postprocessor and is valid until the next call
     */
    TensorBase *postprocess();
    /** Return the number of values of a feature, or 0 if there is no output. */
    int get_feat_len() const { return m_feat ? m_feat->size : 0; }

private:
    void init(TensorBase *output);
    void l2_norm();

    TensorBase *m_model_output = nullptr;
    TensorBase *m_feat = nullptr;
};

}  // namespace feat
}  // namespace dl
