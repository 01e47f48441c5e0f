#include "imagenet_cls.hpp"

#include <string>

#include "esp_heap_caps.h"
#include "esp_log.h"

#if CONFIG_IMAGENET_CLS_MODEL_IN_FLASH_RODATA
extern const uint8_t imagenet_cls_package[] asm("_binary_imagenet_cls_espdl_start");
#endif

static const char *TAG = "imagenet_cls";

namespace imagenet_cls {

namespace {

dl::Model *load(const char *model_name) {
    dl::Model *model;
#if CONFIG_IMAGENET_CLS_MODEL_IN_SDCARD
#ifndef CONFIG_BSP_SD_MOUNT_POINT
#define CONFIG_BSP_SD_MOUNT_POINT "/sdcard"
#endif
    const std::string path =
        std::string(CONFIG_BSP_SD_MOUNT_POINT) + "/" + CONFIG_IMAGENET_CLS_MODEL_SDCARD_DIR + "/" + model_name;
    model = new dl::Model(path.c_str(), fbs::MODEL_LOCATION_IN_SDCARD);
#else
#if CONFIG_IMAGENET_CLS_MODEL_IN_FLASH_RODATA
    const char *where = (const char *)imagenet_cls_package;
#else
    const char *where = "imagenet_cls";
#endif
    model =
        new dl::Model(where, model_name, static_cast<fbs::model_location_type_t>(CONFIG_IMAGENET_CLS_MODEL_LOCATION), 0,
                      dl::MEMORY_MANAGER_GREEDY, nullptr, true);
#endif
    if (!model->is_ready()) {
        ESP_LOGE(TAG, "%s cannot be used", model_name);
        delete model;
        return nullptr;
    }
    model->minimize();
    return model;
}

}  // namespace

MobileNetV2::MobileNetV2(const char *model_name, int topk, float score_thr) {
    m_model = load(model_name);
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
    if (!name) {
        ESP_LOGE(TAG, "model %d is not selected in menuconfig", (int)m_model_type);
        return;
    }
#ifdef DESKBOARD_DEMONSTRATION_MODEL
    if (m_model_type != CUSTOM) {
        ESP_LOGW(TAG,
                 "%s was not at hand when this app was built: its place is taken by the small demonstration model %s",
                 name, DESKBOARD_DEMONSTRATION_MODEL);
        name = DESKBOARD_DEMONSTRATION_MODEL;
    }
#endif
    m_model = new imagenet_cls::MobileNetV2(name, m_topk, m_score_thr);
}
