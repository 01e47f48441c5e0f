#include "imagenet_cls_postprocessor.hpp"

#include "imagenet_category_name.hpp"

namespace dl {
namespace cls {

ImageNetClsPostprocessor::ImageNetClsPostprocessor(Model *model, int topk, float score_thr, bool need_softmax,
                                                   const std::string &output_name)
    : ClsPostprocessor(model, topk, score_thr, need_softmax, output_name) {
    set_cat_names(imagenet_cat_names);
}

ImageNetClsPostprocessor::ImageNetClsPostprocessor(TensorBase *output, int topk, float score_thr, bool need_softmax)
    : ClsPostprocessor(output, topk, score_thr, need_softmax) {
    set_cat_names(imagenet_cat_names);
}

}  // namespace cls
}  // namespace dl
