#include "dl_detect_base.hpp"

#include "esp_log.h"

static const char *TAG = "dl_detect";

namespace dl {
namespace detect {

Detect &Detect::set_score_thr(float score_thr, int) {
    ESP_LOGW(TAG, "this detector has no score threshold to set: %.2f is ignored", score_thr);
    return *this;
}

Detect &Detect::set_nms_thr(float nms_thr, int) {
    ESP_LOGW(TAG, "this detector has no NMS threshold to set: %.2f is ignored", nms_thr);
    return *this;
}

Model *Detect::get_raw_model(int) {
    ESP_LOGE(TAG, "this detector does not give its model");
    return nullptr;
}

DetectWrapper::~DetectWrapper() {
    delete m_model;
}

bool DetectWrapper::ensure_loaded() {
    if (!m_model) {
        load_model();
        if (!m_model) {
            ESP_LOGE(TAG, "neither the detector's constructor nor load_model() made its model");
            return false;
        }
        m_model->set_runtime_mode(m_mode);
    }
    return m_model != nullptr;
}

std::list<result_t> &DetectWrapper::run(const image::img_t &img) {
    if (!ensure_loaded()) {
        m_nothing.clear();
        return m_nothing;
    }
    return m_model->run(img);
}

Detect &DetectWrapper::set_score_thr(float score_thr, int idx) {
    if (idx == 0 || idx == 1) {
        m_score_thr[idx] = score_thr;
        if (m_model) {
            m_model->set_score_thr(score_thr, idx);
        }
    }
    return *this;
}

Detect &DetectWrapper::set_nms_thr(float nms_thr, int idx) {
    if (idx == 0 || idx == 1) {
        m_nms_thr[idx] = nms_thr;
        if (m_model) {
            m_model->set_nms_thr(nms_thr, idx);
        }
    }
    return *this;
}

Model *DetectWrapper::get_raw_model(int idx) {
    return ensure_loaded() ? m_model->get_raw_model(idx) : nullptr;
}

void DetectWrapper::set_runtime_mode(runtime_mode_t mode) {
    m_mode = mode;
    if (m_model) {
        m_model->set_runtime_mode(mode);
    }
}

DetectImpl::~DetectImpl() {
    delete m_postprocessor;
    delete m_image_preprocessor;
    delete m_model;
}

bool DetectImpl::is_ready() const {
    return m_model && m_model->is_ready() && m_postprocessor && m_image_preprocessor &&
           m_image_preprocessor->get_model_input();
}

std::list<result_t> &DetectImpl::run(const image::img_t &img) {
    m_nothing.clear();
    if (!is_ready()) {
        ESP_LOGE(TAG, "the model is not loaded: nothing can be detected");
        return m_nothing;
    }
    DL_LOG_INFER_LATENCY_ARRAY_INIT(3);
    DL_LOG_INFER_LATENCY_ARRAY_START(0);
    if (m_image_preprocessor->preprocess(img) != ESP_OK) {
        return m_nothing;
    }
    DL_LOG_INFER_LATENCY_ARRAY_END_PRINT(0, "detect", "pre");

    DL_LOG_INFER_LATENCY_ARRAY_START(1);
    m_model->run(m_mode);
    DL_LOG_INFER_LATENCY_ARRAY_END_PRINT(1, "detect", "model");

    DL_LOG_INFER_LATENCY_ARRAY_START(2);
    if (!m_postprocessor->has_image_preprocessor()) {
        m_postprocessor->set_image_preprocessor(m_image_preprocessor);
    }
    m_postprocessor->clear_result();
    m_postprocessor->postprocess();
    std::list<result_t> &results = m_postprocessor->get_result(img.width, img.height);
    DL_LOG_INFER_LATENCY_ARRAY_END_PRINT(2, "detect", "post");
    return results;
}

Detect &DetectImpl::set_score_thr(float score_thr, int) {
    if (m_postprocessor) {
        m_postprocessor->set_score_thr(score_thr);
    }
    return *this;
}

Detect &DetectImpl::set_nms_thr(float nms_thr, int) {
    if (m_postprocessor) {
        m_postprocessor->set_nms_thr(nms_thr);
    }
    return *this;
}

Model *DetectImpl::get_raw_model(int) {
    return is_ready() ? m_model : nullptr;
}

void DetectImpl::set_runtime_mode(runtime_mode_t mode) {
    m_mode = mode;
}

}  // namespace detect
}  // namespace dl
