/**
 * @file dl_cls_postprocessor.hpp
 * From a classifier's output tensor to names and scores.
 */
#pragma once

#include <climits>
#include <string>
#include <vector>

#include "dl_class_names.hpp"
#include "dl_cls_define.hpp"
#include "dl_model_base.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace cls {

/** The best classes of an output of any shape, whose elements are int8, int16 or float. Their names are the model's own
 * (see ClassNames), or else those of the derived class. */
class ClsPostprocessor {
public:
    /**
     * @param topk how many results at most
     * @param score_thr only scores above it
     * @param need_softmax the model gives logits
     * @param output_name needed if the model has several outputs
     */
    ClsPostprocessor(Model *model, int topk, float score_thr, bool need_softmax, const std::string &output_name = "");
    /** The same for a tensor. */
    ClsPostprocessor(TensorBase *output, int topk, float score_thr, bool need_softmax);
    virtual ~ClsPostprocessor() = default;

    /** @return best first. The postprocessor's, until the next call */
    virtual std::vector<result_t> &postprocess();
    void set_topk(int topk) { m_topk = topk; }
    void set_score_thr(float score_thr) { m_score_thr = score_thr; }

protected:
    /** The class names of the derived class. It may set m_cat_names alone; the array then has an entry for each class
     * of the output. */
    const char **m_cat_names = nullptr;
    int m_cat_count = INT_MAX;  ///< entries of m_cat_names, if they may be fewer: classes beyond are "unknown"

    /** Set both. */
    template <int N>
    void set_cat_names(const char *(&names)[N]) {
        m_cat_names = names;
        m_cat_count = N;
    }

private:
    const char *cat_name(int index) const;

    TensorBase *m_model_output = nullptr;
    ClassNames m_own_names;
    int m_topk;
    float m_score_thr;
    bool m_need_softmax;
    std::vector<result_t> m_results;
};

}  // namespace cls
}  // namespace dl
