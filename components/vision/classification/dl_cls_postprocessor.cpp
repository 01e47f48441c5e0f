#include "dl_cls_postprocessor.hpp"

#include <algorithm>
#include <cmath>

#include "esp_log.h"

static const char *TAG = "dl_cls_postprocessor";

namespace dl {
namespace cls {

ClsPostprocessor::ClsPostprocessor(Model *model, int topk, float score_thr, bool need_softmax,
                                   const std::string &output_name)
    : ClsPostprocessor(static_cast<TensorBase *>(nullptr), topk, score_thr, need_softmax) {
    if (!model) {
        return;
    }
    auto &outputs = model->get_outputs();
    auto it = output_name.empty() ? (outputs.size() == 1 ? outputs.begin() : outputs.end()) : outputs.find(output_name);
    if (it == outputs.end()) {
        ESP_LOGE(TAG, "the model has %zu outputs: %s%s", outputs.size(),
                 output_name.empty() ? "the name of the scores' output is needed" : "none is named ",
                 output_name.c_str());
        return;
    }
    m_model_output = it->second;
    m_own_names = ClassNames(model);
}

ClsPostprocessor::ClsPostprocessor(TensorBase *output, int topk, float score_thr, bool need_softmax)
    : m_model_output(output), m_topk(topk), m_score_thr(score_thr), m_need_softmax(need_softmax) {}

namespace {

bool dequantize_all(const TensorBase *tensor, std::vector<float> &values) {
    const float scale = DL_SCALE(tensor->exponent);
    for (int i = 0; i < tensor->size; i++) {
        switch (tensor->dtype) {
            case DATA_TYPE_INT8:
                values.push_back(dequantize(static_cast<const int8_t *>(tensor->data)[i], scale));
                break;
            case DATA_TYPE_INT16:
                values.push_back(dequantize(static_cast<const int16_t *>(tensor->data)[i], scale));
                break;
            case DATA_TYPE_FLOAT:
                values.push_back(static_cast<const float *>(tensor->data)[i]);
                break;
            default:
                return false;
        }
    }
    return true;
}

void softmax(std::vector<float> &values) {
    // Like the chip, this does not subtract the maximum first: that would change the sixth digit. Values that would
    // overflow are the exception.
    constexpr float SAFE = 80.f;
    const float highest = *std::max_element(values.begin(), values.end());
    const float shift = highest > SAFE ? highest : 0.f;
    float sum = 0;
    for (float &v : values) {
        v = std::exp(v - shift);
        sum += v;
    }
    for (float &v : values) {
        v /= sum;
    }
}

}  // namespace

const char *ClsPostprocessor::cat_name(int index) const {
    const char *name = nullptr;
    if (!m_own_names.empty()) {
        name = m_own_names.get(index);
    } else if (m_cat_names && index < m_cat_count) {
        name = m_cat_names[index];
    }
    return name ? name : "unknown";
}

std::vector<result_t> &ClsPostprocessor::postprocess() {
    m_results.clear();
    std::vector<float> scores;
    if (!m_model_output || !m_model_output->data || m_model_output->size <= 0 ||
        !dequantize_all(m_model_output, scores)) {
        ESP_LOGE(TAG, "no output of int8, int16 or float to read scores from");
        return m_results;
    }
    if (m_need_softmax) {
        softmax(scores);
    }
    for (size_t i = 0; i < scores.size(); i++) {
        if (scores[i] > m_score_thr) {
            m_results.push_back({cat_name(static_cast<int>(i)), scores[i]});
        }
    }
    // Quantized logits are often equal. On the chip, std::sort() of all scores decides the order of equal ones. So all
    // scores are sorted by the same function here.
    std::sort(m_results.begin(), m_results.end(),
              [](const result_t &a, const result_t &b) { return a.score > b.score; });
    if (m_results.size() > static_cast<size_t>(std::max(m_topk, 0))) {
        m_results.resize(std::max(m_topk, 0));
    }
    return m_results;
}

}  // namespace cls
}  // namespace dl
