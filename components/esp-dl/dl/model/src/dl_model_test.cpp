#include <algorithm>
#include <cmath>
#include <cstring>

#include "dl_model_base.hpp"
#include "esp_log.h"

static const char *TAG = "dl_model";

namespace dl {

static bool close_enough(TensorBase *expected, TensorBase *got, const std::string &name) {
    // A file of high-precision quantization has doubles for its float outputs. The chip computes floats.
    TensorBase as_float(expected->shape, nullptr, 0, DATA_TYPE_FLOAT);
    if (expected->dtype == DATA_TYPE_DOUBLE && got->dtype == DATA_TYPE_FLOAT && as_float.assign(expected)) {
        expected = &as_float;
    }
    if (expected->dtype != got->dtype || expected->size != got->size) {
        ESP_LOGE(TAG, "test output '%s' is %s %s, the model computes %s %s", name.c_str(), expected->get_dtype_string(),
                 tool::shape_to_string(expected->shape).c_str(), got->get_dtype_string(),
                 tool::shape_to_string(got->shape).c_str());
        return false;
    }
    bool same = false;
    switch (got->dtype) {
        case DATA_TYPE_INT8:
            same = got->compare_elements(expected->get_element_ptr<int8_t>(), 0, true);
            break;
        case DATA_TYPE_BOOL:
        case DATA_TYPE_UINT8:
            same = got->compare_elements(expected->get_element_ptr<uint8_t>(), 0, true);
            break;
        case DATA_TYPE_INT16:
            same = got->compare_elements(expected->get_element_ptr<int16_t>(), 1, true);
            break;
        case DATA_TYPE_INT32:
            same = got->compare_elements(expected->get_element_ptr<int32_t>(), 0, true);
            break;
        case DATA_TYPE_INT64:
            same = got->compare_elements(expected->get_element_ptr<int64_t>(), 0, true);
            break;
        case DATA_TYPE_FLOAT: {
            const float *a = got->get_element_ptr<float>();
            const float *b = expected->get_element_ptr<float>();
            int different = 0;
            for (int i = 0; i < got->size; i++) {
                const bool both_nan = a[i] != a[i] && b[i] != b[i];
                if (a[i] != b[i] && !both_nan && !(std::fabs(a[i] - b[i]) <= 2e-5f * std::fabs(b[i]) + 1e-6f)) {
                    if (different++ < 10) {
                        ESP_LOGE(TAG, "element %d: %g, expected %g", i, static_cast<double>(a[i]),
                                 static_cast<double>(b[i]));
                    }
                }
            }
            same = different == 0;
            break;
        }
        default:
            break;
    }
    if (!same) {
        ESP_LOGE(TAG, "test output '%s' (%s %s) differs", name.c_str(), got->get_dtype_string(),
                 tool::shape_to_string(got->shape).c_str());
    }
    return same;
}

/**
 * Copy chunk number `index` out of the whole sequence, or into it. Chunks follow each other along the first axis in
 * which the two shapes differ.
 */
static void copy_chunk(TensorBase *whole, TensorBase *chunk, int index, bool out_of_whole) {
    size_t axis = 0;
    while (axis + 1 < whole->shape.size() && axis + 1 < chunk->shape.size() &&
           whole->shape[axis] == chunk->shape[axis]) {
        axis++;
    }
    const size_t bytes = chunk->get_dtype_bytes();
    const size_t chunk_row = chunk->shape.empty() ? bytes : bytes * chunk->axis_offset[axis] * chunk->shape[axis];
    const size_t rows = chunk->get_bytes() / chunk_row;
    const size_t whole_row = whole->get_bytes() / rows;
    for (size_t row = 0; row < rows; row++) {
        uint8_t *in_whole = static_cast<uint8_t *>(whole->data) + row * whole_row + index * chunk_row;
        uint8_t *in_chunk = static_cast<uint8_t *>(chunk->data) + row * chunk_row;
        memcpy(out_of_whole ? in_chunk : in_whole, out_of_whole ? in_whole : in_chunk, chunk_row);
    }
}

esp_err_t Model::test() {
    if (!m_ready) {
        ESP_LOGE(TAG, "test: the model is not loaded and built");
        return ESP_FAIL;
    }
    const std::vector<std::string> output_names = m_fbs_model->get_test_outputs_name();
    if (output_names.empty()) {
        ESP_LOGE(TAG, "test: model '%s' holds no test values", m_fbs_model->get_model_name().c_str());
        return ESP_FAIL;
    }
    std::map<std::string, std::unique_ptr<TensorBase>> inputs, expected, got, chunks_in, chunks_out;
    int chunk_count = 1;
    for (const auto &entry : m_inputs) {
        std::unique_ptr<TensorBase> tensor(m_fbs_model->get_test_input_tensor(entry.first));
        if (!tensor || tensor->dtype != entry.second->dtype || tensor->size == 0 ||
            tensor->size % entry.second->size != 0) {
            ESP_LOGE(TAG, "test: no test value for input '%s' (%s %s)", entry.first.c_str(),
                     entry.second->get_dtype_string(), tool::shape_to_string(entry.second->shape).c_str());
            return ESP_FAIL;
        }
        chunk_count = std::max(chunk_count, tensor->size / entry.second->size);
        inputs[entry.first] = std::move(tensor);
    }
    std::map<std::string, TensorBase *> user_inputs, user_outputs;
    for (const auto &entry : m_inputs) {
        if (inputs[entry.first]->size != entry.second->size * chunk_count) {
            ESP_LOGE(TAG, "test: the test values of the inputs differ in their number of chunks");
            return ESP_FAIL;
        }
        chunks_in[entry.first] = std::make_unique<TensorBase>(
            entry.second->shape, nullptr, static_cast<int>(entry.second->exponent), entry.second->dtype);
        user_inputs[entry.first] = chunks_in[entry.first].get();
    }
    for (const std::string &name : output_names) {
        TensorBase *tensor = m_model_context->get_tensor(m_model_context->get_variable_index(name));
        expected[name].reset(m_fbs_model->get_test_output_tensor(name));
        if (!tensor || !expected[name] || expected[name]->size != tensor->size * chunk_count) {
            ESP_LOGE(TAG, "test output '%s' is %s, the model computes %s in %d chunks", name.c_str(),
                     expected[name] ? tool::shape_to_string(expected[name]->shape).c_str() : "missing",
                     tensor ? tool::shape_to_string(tensor->shape).c_str() : "no such tensor", chunk_count);
            return ESP_FAIL;
        }
        chunks_out[name] =
            std::make_unique<TensorBase>(tensor->shape, nullptr, static_cast<int>(tensor->exponent), tensor->dtype);
        got[name] = std::make_unique<TensorBase>(expected[name]->shape, nullptr, static_cast<int>(tensor->exponent),
                                                 tensor->dtype);
        if (!chunks_out[name]->data || !got[name]->data) {
            return ESP_ERR_NO_MEM;
        }
        user_outputs[name] = chunks_out[name].get();
    }
    reset();
    for (int i = 0; i < chunk_count; i++) {
        for (const auto &entry : chunks_in) {
            copy_chunk(inputs[entry.first].get(), entry.second.get(), i, true);
        }
        run(user_inputs, RUNTIME_MODE_SINGLE_CORE, user_outputs);
        for (const std::string &name : output_names) {
            copy_chunk(got[name].get(), chunks_out[name].get(), i, false);
        }
    }
    bool good = true;
    for (const std::string &name : output_names) {
        good = close_enough(expected[name].get(), got[name].get(), name) && good;
    }
    if (good) {
        ESP_LOGI(TAG, "test: %zu outputs as expected", output_names.size());
    }
    return good ? ESP_OK : ESP_FAIL;
}

}  // namespace dl
