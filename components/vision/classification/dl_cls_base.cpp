#include "dl_cls_base.hpp"

#include "esp_log.h"

static const char *TAG = "dl_cls";

namespace dl {
namespace cls {

Cls &Cls::set_topk(int topk) {
    ESP_LOGW(TAG, "this classifier has no number of classes to set: %d is ignored", topk);
    return *this;
}

Cls &Cls::set_score_thr(float score_thr) {
    ESP_LOGW(TAG, "this classifier has no score threshold to set: %.2f is ignored", score_thr);
    return *this;
}

Model *Cls::get_raw_model() {
    ESP_LOGE(TAG, "this classifier does not give its model");
    return nullptr;
}

ClsWrapper::~ClsWrapper() {
    delete m_model;
}

bool ClsWrapper::ensure_loaded() {
    if (!m_model) {
        load_model();
        if (!m_model) {
            ESP_LOGE(TAG, "neither the classifier's constructor nor load_model() made its model");
        }
    }
    return m_model != nullptr;
}

std::vector<result_t> &ClsWrapper::run(const image::img_t &img, runtime_mode_t mode) {
    if (!ensure_loaded()) {
        m_nothing.clear();
        return m_nothing;
    }
    return m_model->run(img, mode);
}

Cls &ClsWrapper::set_topk(int topk) {
    m_topk = topk;
    if (m_model) {
        m_model->set_topk(topk);
    }
    return *this;
}

Cls &ClsWrapper::set_score_thr(float score_thr) {
    m_score_thr = score_thr;
    if (m_model) {
        m_model->set_score_thr(score_thr);
    }
    return *this;
}

Model *ClsWrapper::get_raw_model() {
    return ensure_loaded() ? m_model->get_raw_model() : nullptr;
}

ClsImpl::~ClsImpl() {
    delete m_postprocessor;
    delete m_image_preprocessor;
    delete m_model;
}

bool ClsImpl::is_ready() const {
    return m_model && m_model->is_ready() && m_postprocessor && m_image_preprocessor &&
           m_image_preprocessor->get_model_input();
}

std::vector<result_t> &ClsImpl::run(const image::img_t &img, runtime_mode_t mode) {
    m_nothing.clear();
    if (!is_ready()) {
        ESP_LOGE(TAG, "the model is not loaded: nothing can be classified");
        return m_nothing;
    }
    DL_LOG_INFER_LATENCY_ARRAY_INIT(3);
    DL_LOG_INFER_LATENCY_ARRAY_START(0);
    if (m_image_preprocessor->preprocess(img) != ESP_OK) {
        return m_nothing;
    }
    DL_LOG_INFER_LATENCY_ARRAY_END_PRINT(0, "cls", "pre");

    DL_LOG_INFER_LATENCY_ARRAY_START(1);
    m_model->run(mode);
    DL_LOG_INFER_LATENCY_ARRAY_END_PRINT(1, "cls", "model");

    DL_LOG_INFER_LATENCY_ARRAY_START(2);
    std::vector<result_t> &results = m_postprocessor->postprocess();
    DL_LOG_INFER_LATENCY_ARRAY_END_PRINT(2, "cls", "post");
    return results;
}

Cls &ClsImpl::set_topk(int topk) {
    if (m_postprocessor) {
        m_postprocessor->set_topk(topk);
    }
    return *this;
}

Cls &ClsImpl::set_score_thr(float score_thr) {
    if (m_postprocessor) {
        m_postprocessor->set_score_thr(score_thr);
    }
    return *this;
}

Model *ClsImpl::get_raw_model() {
    return is_ready() ? m_model : nullptr;
}

}  // namespace cls
}  // namespace dl
