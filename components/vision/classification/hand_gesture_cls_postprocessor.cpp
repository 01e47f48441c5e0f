#include "hand_gesture_cls_postprocessor.hpp"

#include "hand_gesture_category_name.hpp"

namespace dl {
namespace cls {

HandGestureClsPostprocessor::HandGestureClsPostprocessor(Model *model, int topk, float score_thr, bool need_softmax,
                                                         const std::string &output_name)
    : ClsPostprocessor(model, topk, score_thr, need_softmax, output_name) {
    set_cat_names(hand_gesture_cat_names);
}

HandGestureClsPostprocessor::HandGestureClsPostprocessor(TensorBase *output, int topk, float score_thr,
                                                         bool need_softmax)
    : ClsPostprocessor(output, topk, score_thr, need_softmax) {
    set_cat_names(hand_gesture_cat_names);
}

}  // namespace cls
}  // namespace dl
