/**
 * @file dl_cls_postprocessor.hpp
 * A classifier's output tensor becomes names and scores.
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

/**
 * The postprocessor finds the best classes of an output. The output has any shape, and elements of int8, int16 or
 * float. Names of classes come from the model (see ClassNames); if it has none, the derived class names them.
 */
class ClsPostprocessor {
public:
    /**
     * @param topk the largest number of results
     * @param score_thr only scores above this one are results
     * @param need_softmax whether the model's output are logits
     * @param output_name needed if the model has several outputs
     */
    ClsPostprocessor(Model *model, int topk, float score_thr, bool need_softmax, const std::string &output_name = "");
    /** Find the best classes of a tensor, without a model. */
    ClsPostprocessor(TensorBase *output, int topk, float score_thr, bool need_softmax);
    virtual ~ClsPostprocessor() = default;

    /** @return results, the best first. The list belongs to the postprocessor and is valid until the next call */
    virtual std::vector<result_t> &postprocess();
    void set_topk(int topk) { m_topk = topk; }
    void set_score_thr(float score_thr) { m_score_thr = score_thr; }

protected:
    /**
     * The class names of the derived class. A class that sets m_cat_names and not m_cat_count promises an entry for
     * each class of the output.
     */
    const char **m_cat_names = nullptr;
    int m_cat_count = INT_MAX;  ///< number of entries of m_cat_names; classes beyond are "unknown"

    /** Set m_cat_names and m_cat_count. */
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
