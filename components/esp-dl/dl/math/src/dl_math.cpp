#include "dl_math.hpp"

#include "esp_log.h"

static const char *TAG = "dl_math";

namespace dl {
namespace math {

namespace {

// Find the quantized bounds of a table, one step outside the real ones. For bounds that are no range, log a line and
// return false.
bool quantized_range(int exponent, float low, float high, int *quant_low, int *quant_high) {
    const float scale = DL_SCALE(exponent);
    const float first = low / scale, last = high / scale;
    // Quantized inputs have at most 16 bits: larger bounds are a mistake.
    if (!(low <= high) || !(first >= -1e6f) || !(last <= 1e6f)) {
        ESP_LOGE(TAG, "no table from %g to %g with exponent %d: the range must be rising and hold at most 1e6 steps",
                 low, high, exponent);
        return false;
    }
    *quant_low = static_cast<int>(first) - 1;
    *quant_high = static_cast<int>(last) + 1;
    return true;
}

// Make a function's table for the values from 0 on. Return it, and the index of its last entry in *last.
float *make_half_table(float (*function)(float), int exponent, float low, float high, int caps, int *last) {
    int quant_low, quant_high;
    if (!quantized_range(exponent, low, high, &quant_low, &quant_high)) {
        return nullptr;
    }
    *last = -quant_low > quant_high ? -quant_low : quant_high;
    float *table = static_cast<float *>(tool::malloc_aligned((*last + 1) * sizeof(float), caps));
    const float scale = DL_SCALE(exponent);
    for (int i = 0; table && i <= *last; i++) {
        table[i] = function(i * scale);
    }
    return table;
}

}  // namespace

ActivationFunction get_activation_function(const std::string &name) {
    if (name == "sigmoid") {
        return sigmoid;
    }
    if (name == "tanh") {
        return static_cast<float (*)(float)>(tanh);
    }
    if (name == "relu") {
        return [](float x) { return x > 0.0f ? x : 0.0f; };
    }
    if (name == "leaky_relu") {
        return [](float x) { return x > 0.0f ? x : 0.01f * x; };
    }
    if (name == "inverse_sigmoid") {
        return inverse_sigmoid;
    }
    return [](float x) { return x; };
}

void softmax(float *x, int num) {
    if (num <= 0) {
        return;
    }
    float max = x[0];
    for (int i = 1; i < num; i++) {
        max = DL_MAX(max, x[i]);
    }
    float sum = 0;
    for (int i = 0; i < num; i++) {
        x[i] = std::exp(x[i] - max);
        sum += x[i];
    }
    for (int i = 0; i < num; i++) {
        x[i] /= sum;
    }
}

float dfl_integral(float *data, int reg_max) {
    softmax(data, reg_max + 1);
    float sum = 0;
    for (int i = 0; i <= reg_max; i++) {
        sum += data[i] * i;
    }
    return sum;
}

ActivationLUT::ActivationLUT(ActivationFunction func, int in_exponent, float in_quant_min, float in_quant_max,
                             int caps) {
    if (!func || !quantized_range(in_exponent, in_quant_min, in_quant_max, &m_quant_min, &m_quant_max)) {
        return;
    }
    m_table = static_cast<float *>(tool::malloc_aligned((m_quant_max - m_quant_min + 1) * sizeof(float), caps));
    const float scale = DL_SCALE(in_exponent);
    for (int i = m_quant_min; m_table && i <= m_quant_max; i++) {
        m_table[i - m_quant_min] = func(i * scale);
    }
}

ActivationLUT::~ActivationLUT() {
    heap_caps_free(m_table);
}

float ActivationLUT::get(int index) const {
    if (!m_table) {
        return 0;
    }
    if (index > m_quant_max) {
        // For a value above the table, the chip reads the last entry but one.
        return m_table[m_quant_max - m_quant_min - 1];
    }
    return m_table[index < m_quant_min ? 0 : index - m_quant_min];
}

SigmoidLUT::SigmoidLUT(int in_exponent, float in_quant_min, float in_quant_max, int caps)
    : m_table(make_half_table(sigmoid, in_exponent, in_quant_min, in_quant_max, caps, &m_quant_max)) {}

SigmoidLUT::~SigmoidLUT() {
    heap_caps_free(m_table);
}

float SigmoidLUT::get(int index) const {
    if (!m_table) {
        return 0;
    }
    if (index >= 0) {
        return m_table[index < m_quant_max ? index : m_quant_max];
    }
    return 1 - m_table[index > -m_quant_max ? -index : m_quant_max];
}

TanhLUT::TanhLUT(int in_exponent, float in_quant_min, float in_quant_max, int caps)
    : m_table(make_half_table(tanh, in_exponent, in_quant_min, in_quant_max, caps, &m_quant_max)) {}

TanhLUT::~TanhLUT() {
    heap_caps_free(m_table);
}

float TanhLUT::get(int index) const {
    if (!m_table) {
        return 0;
    }
    if (index >= 0) {
        return m_table[index < m_quant_max ? index : m_quant_max];
    }
    return -m_table[index > -m_quant_max ? -index : m_quant_max];
}

}  // namespace math
}  // namespace dl
