#include "imagenet_cls.hpp"

#include "dl_model_component.hpp"

#if CONFIG_IMAGENET_CLS_MODEL_IN_FLASH_RODATA
extern const uint8_t package[] asm("_binary_imagenet_cls_espdl_start");
#else
static constexpr const uint8_t *package = nullptr;
#endif

static constexpr dl::ModelFile FILES[] = {
    {ImageNetCls::MOBILENETV2_S8_V1, "imagenet_cls_mobilenetv2_s8_v1.espdl",
     DL_CONFIG_IS_SET(CONFIG_FLASH_IMAGENET_CLS_MOBILENETV2_S8_V1)},
    {ImageNetCls::CUSTOM, CONFIG_IMAGENET_CLS_CUSTOM_MODEL, DL_CONFIG_IS_SET(CONFIG_FLASH_IMAGENET_CLS_CUSTOM), true},
};

static constexpr dl::ModelComponent MODELS = {
    .tag = "imagenet_cls",
    .location = static_cast<fbs::model_location_type_t>(CONFIG_IMAGENET_CLS_MODEL_LOCATION),
    .package = package,
    .partition = "imagenet_cls",
    .sdcard_dir = CONFIG_IMAGENET_CLS_MODEL_SDCARD_DIR,
    .demonstration = DESKBOARD_DEMONSTRATION_MODEL,
    .psram_for_copy = 0,
    .files = FILES,
};

namespace imagenet_cls {

MobileNetV2::MobileNetV2(const char *model_name, int topk, float score_thr)
    : MobileNetV2(MODELS.load(model_name), topk, score_thr) {}

MobileNetV2::MobileNetV2(dl::Model *model, int topk, float score_thr) {
    m_model = model;
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
    const char *name = MODELS.file(m_model_type);
    if (!name) {
        return;
    }
    m_model = new imagenet_cls::MobileNetV2(name, m_topk, m_score_thr);
}
