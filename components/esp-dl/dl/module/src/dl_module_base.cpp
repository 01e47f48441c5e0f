#include "dl_module_base.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

static const char *TAG = "dl_module";

namespace dl {
namespace module {

static std::string format_text(const char *format, va_list args) {
    char text[512];
    vsnprintf(text, sizeof(text), format, args);
    return text;
}

Module::Module(const char *text, module_inplace_t inplace, quant_type_t quant_type)
    : inplace(inplace), quant_type(quant_type) {
    if (text) {
        name.text = strdup(text);
    }
}

Module::~Module() {
    ::free(name.text);
}

void Module::forward(ModelContext *context, runtime_mode_t mode) {
    std::vector<TensorBase *> tensors;
    for (size_t i = 0; i < m_inputs_index.size(); i++) {
        tensors.push_back(input(context, i));
    }
    for (size_t i = 0; i < m_outputs_index.size(); i++) {
        tensors.push_back(output(context, i));
    }
    forward(tensors, mode);
}

void Module::forward(std::vector<TensorBase *> &, runtime_mode_t) {
    refuse("it overrides neither form of forward()");
}

void Module::forward_args(void *) {}

esp_err_t Module::check(ModelContext *) {
    return ESP_OK;
}

esp_err_t Module::prepare(ModelContext *) {
    return ESP_OK;
}

void Module::print() {
    ESP_LOGI(TAG, "%s: %s, quant type %d", op_type.c_str(), name.c_str(), static_cast<int>(quant_type));
}

void Module::set_preload_addr(void *, size_t) {}

esp_err_t Module::refuse(const char *format, ...) const {
    va_list args;
    va_start(args, format);
    const std::string text = format_text(format, args);
    va_end(args);
    ESP_LOGE(TAG, "node '%s' (%s): %s", name.c_str(), op_type.c_str(), text.c_str());
    return ESP_ERR_NOT_SUPPORTED;
}

void warn_node(const std::string &node_name, const char *op_type, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const std::string text = format_text(format, args);
    va_end(args);
    ESP_LOGW(TAG, "node '%s' (%s): %s", node_name.c_str(), op_type, text.c_str());
}

Module *refuse_node(const std::string &node_name, const char *op_type, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const std::string text = format_text(format, args);
    va_end(args);
    ESP_LOGE(TAG, "node '%s' (%s): %s", node_name.c_str(), op_type, text.c_str());
    return nullptr;
}

esp_err_t Module::check_tensors(ModelContext *context, size_t min_inputs, size_t max_inputs, size_t outputs,
                                std::initializer_list<dtype_t> types) const {
    if (m_inputs_index.size() < min_inputs || m_inputs_index.size() > max_inputs) {
        return refuse("it has %zu inputs: %zu to %zu are supported", m_inputs_index.size(), min_inputs, max_inputs);
    }
    if (m_outputs_index.size() != outputs) {
        return refuse("it has %zu outputs: %zu supported", m_outputs_index.size(), outputs);
    }
    for (size_t i = 0; i < m_inputs_index.size() + outputs; i++) {
        const bool is_input = i < m_inputs_index.size();
        const size_t index = is_input ? i : i - m_inputs_index.size();
        const char *what = is_input ? "input" : "output";
        const TensorBase *tensor = is_input ? input(context, index) : output(context, index);
        if (!tensor) {
            if (!is_input || index < min_inputs) {
                return refuse("%s %zu is missing", what, index);
            }
            continue;
        }
        if (std::find(types.begin(), types.end(), tensor->dtype) == types.end()) {
            std::string supported;
            for (dtype_t type : types) {
                supported += (supported.empty() ? "" : ", ") + std::string(tool::dtype_to_string(type));
            }
            return refuse("%s %zu is of type %s: %s supported", what, index, tool::dtype_to_string(tensor->dtype),
                          supported.c_str());
        }
    }
    return ESP_OK;
}

void Module::run(TensorBase *input, TensorBase *output, runtime_mode_t mode) {
    run(std::vector<TensorBase *>{input}, std::vector<TensorBase *>{output}, mode);
}

void Module::run(std::vector<TensorBase *> inputs, std::vector<TensorBase *> outputs, runtime_mode_t mode) {
    ModelContext context;
    std::vector<int> saved_inputs;
    std::vector<int> saved_outputs;
    saved_inputs.swap(m_inputs_index);
    saved_outputs.swap(m_outputs_index);
    std::vector<std::vector<int>> shapes;
    for (TensorBase *tensor : inputs) {
        m_inputs_index.push_back(tensor ? context.push_back_tensor(tensor) : -1);
        shapes.push_back(tensor ? tensor->shape : std::vector<int>());
    }
    for (TensorBase *tensor : outputs) {
        m_outputs_index.push_back(tensor ? context.push_back_tensor(tensor) : -1);
    }
    const std::vector<std::vector<int>> expected = get_output_shape(shapes);
    bool good = !expected.empty() && expected.size() >= outputs.size();
    for (size_t i = 0; good && i < outputs.size(); i++) {
        if (outputs[i] && outputs[i]->shape != expected[i]) {
            refuse("output %zu has shape %s: %s needed", i, tool::shape_to_string(outputs[i]->shape).c_str(),
                   tool::shape_to_string(expected[i]).c_str());
            good = false;
        }
    }
    if (good && check(&context) == ESP_OK && prepare(&context) == ESP_OK) {
        forward(&context, mode);
    }
    // The tensors belong to the caller: the context must not delete them.
    context.m_variables.assign(1, nullptr);
    m_inputs_index.swap(saved_inputs);
    m_outputs_index.swap(saved_outputs);
}

}  // namespace module
}  // namespace dl
