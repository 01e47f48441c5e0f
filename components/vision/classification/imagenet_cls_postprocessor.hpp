/**
 * @file imagenet_cls_postprocessor.hpp
 * The postprocessor of networks for ImageNet's 1000 classes.
 */
#pragma once

#include "dl_cls_postprocessor.hpp"

namespace dl {
namespace cls {

class ImageNetClsPostprocessor : public ClsPostprocessor {
public:
    ImageNetClsPostprocessor(Model *model, int topk, float score_thr, bool need_softmax,
                             const std::string &output_name = "");
    ImageNetClsPostprocessor(TensorBase *output, int topk, float score_thr, bool need_softmax);
};

}  // namespace cls
}  // namespace dl
