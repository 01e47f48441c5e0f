#include "dl_feat_postprocessor.hpp"

#include <cmath>

#include "esp_log.h"

static const char *TAG = "dl_feat_postprocessor";

namespace dl {
namespace feat {

FeatPostprocessor::FeatPostprocessor(Model *model, const std::string &output_name) {
    if (!model) {
        ESP_LOGE(TAG, "no model");
        return;
    }
    auto &outputs = model->get_outputs();
    auto it = output_name.empty() ? (outputs.size() == 1 ? outputs.begin() : outputs.end()) : outputs.find(output_name);
    if (it == outputs.end()) {
        ESP_LOGE(TAG, "the model has %zu outputs: %s%s", outputs.size(),
                 output_name.empty() ? "the name of the feature's output is needed" : "none is named ",
                 output_name.c_str());
        return;
    }
    init(it->second);
}

FeatPostprocessor::FeatPostprocessor(TensorBase *output) {
    init(output);
}

FeatPostprocessor::~FeatPostprocessor() {
    delete m_feat;
}

void FeatPostprocessor::init(TensorBase *output) {
    if (!output || !output->data || output->size <= 0 ||
        (output->dtype != DATA_TYPE_INT8 && output->dtype != DATA_TYPE_INT16 && output->dtype != DATA_TYPE_FLOAT)) {
        ESP_LOGE(TAG, "no output of int8, int16 or float to read a feature from");
        return;
    }
    TensorBase *feat = new TensorBase(output->shape, nullptr, 0, DATA_TYPE_FLOAT);
    if (!feat->data) {
        ESP_LOGE(TAG, "no memory for a feature of %d values", output->size);
        delete feat;
        return;
    }
    m_model_output = output;
    m_feat = feat;
}

void FeatPostprocessor::l2_norm() {
    float *values = static_cast<float *>(m_feat->data);
    float sum = 0;
    for (int i = 0; i < m_feat->size; i++) {
        sum += values[i] * values[i];
    }
    const float length = std::sqrt(sum);
    for (int i = 0; i < m_feat->size && length > 0; i++) {
        values[i] /= length;
    }
}

TensorBase *FeatPostprocessor::postprocess() {
    if (!m_feat) {
        ESP_LOGE(TAG, "no feature: the lines above say why");
        return nullptr;
    }
    m_feat->assign(m_model_output);
    l2_norm();
    return m_feat;
}

}  // namespace feat
}  // namespace dl
