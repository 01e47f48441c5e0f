#include "imagenet_cls.hpp"

#include "dl_model_component.hpp"

// What dl::load_selected_model() calls `where`.
#if CONFIG_IMAGENET_CLS_MODEL_IN_FLASH_RODATA
extern const uint8_t imagenet_cls_package[] asm("_binary_imagenet_cls_espdl_start");
static const char *const WHERE = (const char *)imagenet_cls_package;
#elif CONFIG_IMAGENET_CLS_MODEL_IN_SDCARD
static const char *const WHERE = CONFIG_IMAGENET_CLS_MODEL_SDCARD_DIR;
#else
static const char *const WHERE = "imagenet_cls";
#endif

static const char *TAG = "imagenet_cls";

namespace imagenet_cls {

MobileNetV2::MobileNetV2(const char *model_name, int topk, float score_thr) {
    m_model = dl::load_selected_model(
        TAG, WHERE, model_name, static_cast<fbs::model_location_type_t>(CONFIG_IMAGENET_CLS_MODEL_LOCATION), true);
    if (!m_model) {
        return;
    }
    m_image_preprocessor =
        new dl::image::ImagePreprocessor(m_model, {123.675f, 116.28f, 103.53f}, {58.395f, 57.12f, 57.375f});
    m_postprocessor = new dl::cls::ImageNetClsPostprocessor(m_model, topk, score_thr, true);
}

}  // namespace imagenet_cls

ImageNetCls::ImageNetCls(model_type_t model_type, bool lazy_load) : m_model_type(model_type) {
    m_topk = imagenet_cls::MobileNetV2::default_topk;
    m_score_thr = imagenet_cls::MobileNetV2::default_score_thr;
    if (!lazy_load) {
        load_model();
    }
}

void ImageNetCls::load_model() {
    const char *name = nullptr;
    switch (m_model_type) {
        case MOBILENETV2_S8_V1:
#if CONFIG_FLASH_IMAGENET_CLS_MOBILENETV2_S8_V1 || CONFIG_IMAGENET_CLS_MODEL_IN_SDCARD
            name = "imagenet_cls_mobilenetv2_s8_v1.espdl";
#endif
            break;
        case CUSTOM:
#if CONFIG_FLASH_IMAGENET_CLS_CUSTOM || CONFIG_IMAGENET_CLS_MODEL_IN_SDCARD
            name = CONFIG_IMAGENET_CLS_CUSTOM_MODEL;
#endif
            break;
    }
    name =
        dl::selected_model(TAG, m_model_type, name, m_model_type == CUSTOM ? nullptr : DESKBOARD_DEMONSTRATION_MODEL);
    if (!name) {
        return;
    }
    m_model = new imagenet_cls::MobileNetV2(name, m_topk, m_score_thr);
}
