/**
 * @file hand_gesture_cls_postprocessor.hpp
 * The postprocessor of the hand gesture network. Its eleven classes: hand_gesture_category_name.hpp.
 */
#pragma once

#include "dl_cls_postprocessor.hpp"

namespace dl {
namespace cls {

class HandGestureClsPostprocessor : public ClsPostprocessor {
public:
    HandGestureClsPostprocessor(Model *model, int topk, float score_thr, bool need_softmax,
                                const std::string &output_name = "");
    /** Find the best classes of a tensor, without a model. */
    HandGestureClsPostprocessor(TensorBase *output, int topk, float score_thr, bool need_softmax);
};

}  // namespace cls
}  // namespace dl
