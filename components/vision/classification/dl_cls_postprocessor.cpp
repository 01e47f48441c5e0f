#include "dl_cls_postprocessor.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "esp_log.h"

static const char *TAG = "dl_cls_postprocessor";

namespace dl {
namespace cls {

ClsPostprocessor::ClsPostprocessor(Model *model, int topk, float score_thr, bool need_softmax,
                                   const std::string &output_name)
    : ClsPostprocessor((TensorBase *)nullptr, topk, score_thr, need_softmax) {
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
}

ClsPostprocessor::ClsPostprocessor(TensorBase *output, int topk, float score_thr, bool need_softmax)
    : m_model_output(output), m_topk(topk), m_score_thr(score_thr), m_need_softmax(need_softmax) {}

namespace {

bool dequantize_all(const TensorBase *tensor, std::vector<float> &values) {
    const float scale = DL_SCALE(tensor->exponent);
    for (int i = 0; i < tensor->size; i++) {
        switch (tensor->dtype) {
            case DATA_TYPE_INT8:
                values.push_back(dequantize(((const int8_t *)tensor->data)[i], scale));
                break;
            case DATA_TYPE_INT16:
                values.push_back(dequantize(((const int16_t *)tensor->data)[i], scale));
                break;
            case DATA_TYPE_FLOAT:
                values.push_back(((const float *)tensor->data)[i]);
                break;
            default:
                return false;
        }
    }
    return true;
}

void softmax(std::vector<float> &values) {
    // As on the chip, the values are not moved by their maximum first, which would change the sixth digit; unless they
    // would overflow.
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
    // Of equal scores the later class comes first, as on the chip.
    std::vector<int> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    const size_t count = std::min(scores.size(), (size_t)std::max(m_topk, 0));
    std::partial_sort(order.begin(), order.begin() + count, order.end(),
                      [&](int a, int b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a > b; });
    for (size_t i = 0; i < count && scores[order[i]] > m_score_thr; i++) {
        const int category = order[i];
        m_results.push_back({category < m_cat_count ? m_cat_names[category] : "unknown", scores[category]});
    }
    return m_results;
}

}  // namespace cls
}  // namespace dl
