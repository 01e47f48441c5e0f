/**
 * @file imagenet_cls.hpp
 * Classification into ImageNet's 1000 classes.
 */
#pragma once

#include <limits>

#include "dl_cls_base.hpp"
#include "imagenet_cls_postprocessor.hpp"
#include "sdkconfig.h"

namespace imagenet_cls {

/** MobileNetV2, with an input of 224x224 pixels. */
class MobileNetV2 : public dl::cls::ClsImpl {
public:
    static constexpr int default_topk = 5;
    static constexpr float default_score_thr = std::numeric_limits<float>::lowest();
    MobileNetV2(const char *model_name, int topk, float score_thr);
    /** @param model model, which this object owns from now on; with nullptr, run() finds nothing */
    MobileNetV2(dl::Model *model, int topk, float score_thr);
};

}  // namespace imagenet_cls

/** The classifier with the model that the configuration names. */
class ImageNetCls : public dl::cls::ClsWrapper {
public:
    typedef enum : int {
        MOBILENETV2_S8_V1,
        CUSTOM,  ///< CONFIG_IMAGENET_CLS_CUSTOM_MODEL
    } model_type_t;
    /** @param lazy_load load the model when it is first used, not now */
    ImageNetCls(model_type_t model_type = static_cast<model_type_t>(CONFIG_DEFAULT_IMAGENET_CLS_MODEL),
                bool lazy_load = true);

private:
    void load_model() override;

    model_type_t m_model_type;
};
