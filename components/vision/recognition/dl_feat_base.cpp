#include "dl_feat_base.hpp"

#include "esp_log.h"

static const char *TAG = "dl_feat";

namespace dl {
namespace feat {

Model *Feat::get_raw_model() {
    ESP_LOGE(TAG, "this extractor does not give its model");
    return nullptr;
}

FeatWrapper::~FeatWrapper() {
    delete m_model;
}

bool FeatWrapper::ensure_loaded() {
    if (!m_model) {
        load_model();
        if (!m_model) {
            ESP_LOGE(TAG, "neither the extractor's constructor nor load_model() made its model");
        }
    }
    return m_model != nullptr;
}

TensorBase *FeatWrapper::run(const image::img_t &img, const std::vector<int> &landmarks) {
    return ensure_loaded() ? m_model->run(img, landmarks) : nullptr;
}

int FeatWrapper::get_feat_len() {
    return ensure_loaded() ? m_model->get_feat_len() : 0;
}

Model *FeatWrapper::get_raw_model() {
    return ensure_loaded() ? m_model->get_raw_model() : nullptr;
}

FeatImpl::~FeatImpl() {
    delete m_postprocessor;
    delete m_image_preprocessor;
    delete m_model;
}

TensorBase *FeatImpl::run(const image::img_t &img, const std::vector<int> &landmarks) {
    if (!get_raw_model() || !m_image_preprocessor || !m_postprocessor) {
        ESP_LOGE(TAG, "the model is not loaded: there is no feature");
        return nullptr;
    }
    DL_LOG_INFER_LATENCY_ARRAY_INIT(3);
    DL_LOG_INFER_LATENCY_ARRAY_START(0);
    if (m_image_preprocessor->preprocess(img, landmarks) != ESP_OK) {
        return nullptr;
    }
    DL_LOG_INFER_LATENCY_ARRAY_END_PRINT(0, "feat", "pre");

    DL_LOG_INFER_LATENCY_ARRAY_START(1);
    m_model->run();
    DL_LOG_INFER_LATENCY_ARRAY_END_PRINT(1, "feat", "model");

    DL_LOG_INFER_LATENCY_ARRAY_START(2);
    TensorBase *feat = m_postprocessor->postprocess();
    DL_LOG_INFER_LATENCY_ARRAY_END_PRINT(2, "feat", "post");
    return feat;
}

int FeatImpl::get_feat_len() {
    return m_postprocessor ? m_postprocessor->get_feat_len() : 0;
}

Model *FeatImpl::get_raw_model() {
    return m_model && m_model->is_ready() ? m_model : nullptr;
}

}  // namespace feat
}  // namespace dl
