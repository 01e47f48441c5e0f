#include "dl_model_base.hpp"

#include <algorithm>
#include <cinttypes>

#include "dl_model_hooks.h"
#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "dl_model";

namespace dl {

Model::Model(const char *place, fbs::model_location_type_t location, int max_internal_size, memory_manager_t mm_type,
             const uint8_t *key, bool param_copy, const std::map<std::string, std::vector<int>> &input_shapes)
    : m_input_shapes(input_shapes) {
    if (load(place, location, key, param_copy) == ESP_OK) {
        build(max_internal_size, mm_type);
    }
}

Model::Model(const char *place, int model_index, fbs::model_location_type_t location, int max_internal_size,
             memory_manager_t mm_type, const uint8_t *key, bool param_copy,
             const std::map<std::string, std::vector<int>> &input_shapes)
    : m_input_shapes(input_shapes) {
    if (load(place, location, model_index, key, param_copy) == ESP_OK) {
        build(max_internal_size, mm_type);
    }
}

Model::Model(const char *place, const char *model_name, fbs::model_location_type_t location, int max_internal_size,
             memory_manager_t mm_type, const uint8_t *key, bool param_copy,
             const std::map<std::string, std::vector<int>> &input_shapes)
    : m_input_shapes(input_shapes) {
    if (load(place, location, model_name, key, param_copy) == ESP_OK) {
        build(max_internal_size, mm_type);
    }
}

Model::Model(fbs::FbsModel *fbs_model, int internal_size, memory_manager_t mm_type,
             const std::map<std::string, std::vector<int>> &input_shapes)
    : m_input_shapes(input_shapes) {
    if (load(fbs_model) == ESP_OK) {
        build(internal_size, mm_type);
    }
}

Model::~Model() {
    release();
}

Model::HeapUse Model::heap_use() {
    return {heap_caps_get_total_size(MALLOC_CAP_INTERNAL) - heap_caps_get_free_size(MALLOC_CAP_INTERNAL),
            heap_caps_get_total_size(MALLOC_CAP_SPIRAM) - heap_caps_get_free_size(MALLOC_CAP_SPIRAM)};
}

void Model::release_modules() {
    for (module::Module *module : m_execution_plan) {
        delete module;
    }
    m_execution_plan.clear();
    m_fusion.clear();
    m_inputs.clear();
    m_outputs.clear();
    delete m_model_context;
    m_model_context = nullptr;
    m_ready = false;
}

void Model::release() {
    release_modules();
    if (m_fbs_model) {
        // The shapes were set for the graph that was loaded before. Those that the constructor got are for the first
        // graph.
        m_input_shapes.clear();
    }
    if (m_fbs_model_owned) {
        delete m_fbs_model;
    }
    m_fbs_model = nullptr;
    m_fbs_model_owned = false;
}

esp_err_t Model::take(fbs::FbsLoader &loader, fbs::FbsModel *fbs_model) {
    if (!fbs_model) {
        ESP_LOGE(TAG, "no model from %s", loader.get_model_location_string());
        return ESP_FAIL;
    }
    m_fbs_model = fbs_model;
    m_fbs_model_owned = true;
    return create_modules();
}

esp_err_t Model::load(const char *place, fbs::model_location_type_t location, const uint8_t *key, bool param_copy) {
    return load(place, location, 0, key, param_copy);
}

esp_err_t Model::load(const char *place, fbs::model_location_type_t location, int model_index, const uint8_t *key,
                      bool param_copy) {
    release();
    m_heap_before = heap_use();
    fbs::FbsLoader loader(place, location);
    return take(loader, loader.load(model_index, key, param_copy));
}

esp_err_t Model::load(const char *place, fbs::model_location_type_t location, const char *model_name,
                      const uint8_t *key, bool param_copy) {
    release();
    m_heap_before = heap_use();
    fbs::FbsLoader loader(place, location);
    return take(loader, model_name ? loader.load(model_name, key, param_copy) : loader.load(key, param_copy));
}

esp_err_t Model::load(fbs::FbsModel *fbs_model) {
    release();
    if (!fbs_model || !fbs_model->is_valid()) {
        ESP_LOGE(TAG, "load: no usable model given");
        return ESP_FAIL;
    }
    m_heap_before = heap_use();
    m_fbs_model = fbs_model;
    return create_modules();
}

esp_err_t Model::create_modules() {
    module::ModuleCreator::get_instance()->register_dl_modules();
    m_fbs_model->load_map();
    m_model_context = new ModelContext();
    m_name = m_fbs_model->get_model_name();
    const std::vector<std::string> nodes = m_fbs_model->topological_sort();
    bool good = !nodes.empty();
    if (!good) {
        ESP_LOGE(TAG, "model '%s' has no nodes that can be put in order", m_fbs_model->get_model_name().c_str());
    }
    const std::vector<std::string> graph_inputs = m_fbs_model->get_graph_inputs();
    for (const auto &[name, shape] : m_input_shapes) {
        if (std::find(graph_inputs.begin(), graph_inputs.end(), name) == graph_inputs.end()) {
            ESP_LOGE(TAG, "shape %s was given for '%s', which is no graph input", tool::shape_to_string(shape).c_str(),
                     name.c_str());
            good = false;
        }
    }
    for (const std::string &name : graph_inputs) {
        const auto given = m_input_shapes.find(name);
        const std::vector<int> shape =
            given != m_input_shapes.end() ? given->second : m_fbs_model->get_value_info_shape(name);
        const dtype_t dtype = m_fbs_model->get_value_info_dtype(name);
        if (tool::shape_size(shape) <= 0 || tool::dtype_size(dtype) == 0) {
            ESP_LOGE(TAG,
                     "graph input '%s' has shape %s and type %s: a fixed shape and type are needed; the constructor "
                     "takes a shape (input_shapes)",
                     name.c_str(), tool::shape_to_string(shape).c_str(), tool::dtype_to_string(dtype));
            good = false;
            break;
        }
        m_model_context->add_tensor(
            name, false, new TensorBase(shape, nullptr, m_fbs_model->get_value_info_exponent(name), dtype, false));
    }
    for (size_t i = 0; good && i < nodes.size(); i++) {
        good = create_module(nodes[i]) == ESP_OK;
    }
    for (const std::string &name : m_fbs_model->get_graph_outputs()) {
        if (good && m_model_context->get_variable_index(name) < 0) {
            ESP_LOGE(TAG, "graph output '%s' is made by no node", name.c_str());
            good = false;
        }
    }
    if (!good) {
        release();
        return ESP_FAIL;
    }
    return ESP_OK;
}

esp_err_t Model::create_module(const std::string &node_name) {
    std::vector<std::string> inputs, outputs;
    if (m_fbs_model->get_operation_inputs_and_outputs(node_name, inputs, outputs) != ESP_OK) {
        return ESP_FAIL;
    }
    module::Module *module = module::ModuleCreator::get_instance()->create(
        m_fbs_model, m_fbs_model->get_operation_type(node_name), node_name, true);
    if (!module) {
        return ESP_FAIL;
    }
    m_execution_plan.push_back(module);

    std::vector<std::vector<int>> shapes;
    const TensorBase *first = nullptr;
    for (size_t i = 0; i < inputs.size(); i++) {
        int index = -1;
        if (!inputs[i].empty()) {
            index = m_model_context->get_tensor_index(inputs[i]);
            if (index < 0 && m_fbs_model->is_parameter(inputs[i])) {
                TensorBase *parameter = m_fbs_model->get_operation_parameter(node_name, static_cast<int>(i));
                if (!parameter || (parameter->size && !parameter->data)) {
                    delete parameter;
                    ESP_LOGE(TAG, "node '%s': parameter '%s' cannot be loaded", node_name.c_str(), inputs[i].c_str());
                    return ESP_FAIL;
                }
                index = m_model_context->add_tensor(inputs[i], true, parameter);
            }
            if (index < 0) {
                ESP_LOGE(TAG, "node '%s': input '%s' is made by no node", node_name.c_str(), inputs[i].c_str());
                return ESP_FAIL;
            }
        }
        const TensorBase *tensor = index < 0 ? nullptr : m_model_context->get_tensor(index);
        first = first ? first : tensor;
        module->m_inputs_index.push_back(index);
        shapes.push_back(tensor ? tensor->shape : std::vector<int>());
    }

    const std::vector<std::vector<int>> output_shapes = module->get_output_shape(shapes);
    if (output_shapes.size() < outputs.size()) {
        std::string text;
        for (const std::vector<int> &shape : shapes) {
            text += (text.empty() ? "" : ", ") + tool::shape_to_string(shape);
        }
        ESP_LOGE(TAG, "node '%s' (%s): no shape for its %zu outputs from inputs %s", node_name.c_str(),
                 module->op_type.c_str(), outputs.size(), text.c_str());
        return ESP_FAIL;
    }
    for (size_t i = 0; i < outputs.size(); i++) {
        if (outputs[i].empty()) {
            module->m_outputs_index.push_back(-1);
            continue;
        }
        if (m_model_context->get_tensor_index(outputs[i]) >= 0) {
            ESP_LOGE(TAG, "node '%s': output '%s' exists already", node_name.c_str(), outputs[i].c_str());
            return ESP_FAIL;
        }
        // If the file does not describe an intermediate tensor, it has the type of the operator's first input.
        const bool described = m_fbs_model->has_value_info(outputs[i]);
        const dtype_t dtype =
            described ? m_fbs_model->get_value_info_dtype(outputs[i]) : (first ? first->dtype : DATA_TYPE_UNDEFINED);
        const int exponent = described ? m_fbs_model->get_value_info_exponent(outputs[i])
                                       : (first ? static_cast<int>(first->exponent) : 0);
        if (tool::shape_size(output_shapes[i]) <= 0 || tool::dtype_size(dtype) == 0) {
            ESP_LOGE(TAG, "node '%s' (%s): output '%s' would be a %s of shape %s", node_name.c_str(),
                     module->op_type.c_str(), outputs[i].c_str(), tool::dtype_to_string(dtype),
                     tool::shape_to_string(output_shapes[i]).c_str());
            return ESP_FAIL;
        }
        module->m_outputs_index.push_back(m_model_context->add_tensor(
            outputs[i], false, new TensorBase(output_shapes[i], nullptr, exponent, dtype, false)));
    }
    return module->check(m_model_context);
}

bool Model::take_shapes(const std::map<std::string, std::vector<int>> &input_shapes) {
    bool same = true;
    for (const auto &[name, shape] : input_shapes) {
        const int index = m_model_context->get_variable_index(name);
        same = same && index >= 0 && m_model_context->get_tensor(index)->shape == shape;
        m_input_shapes[name] = shape;
    }
    if (same) {
        return true;
    }
    release_modules();
    return create_modules() == ESP_OK;
}

void Model::build(size_t max_internal_size, memory_manager_t, bool,
                  const std::map<std::string, std::vector<int>> &input_shapes) {
    m_ready = false;
    m_inputs.clear();
    m_outputs.clear();
    m_fusion.clear();
    if (!m_fbs_model || m_execution_plan.empty()) {
        ESP_LOGE(TAG, "build: no model is loaded");
        return;
    }
    if (!take_shapes(input_shapes)) {
        return;
    }
    // Without PSRAM, everything is in internal RAM, and there is nothing to choose.
    if (heap_caps_get_total_size(MALLOC_CAP_SPIRAM) == 0) {
        max_internal_size = 0;
    }
    MemoryManagerGreedy manager(static_cast<int>(std::min<size_t>(max_internal_size, INT32_MAX)));
    if (!manager.alloc(m_fbs_model, m_execution_plan, m_model_context)) {
        ESP_LOGE(TAG, "model '%s' does not fit into the memory", m_fbs_model->get_model_name().c_str());
        return;
    }
    for (module::Module *module : m_execution_plan) {
        if (module->prepare(m_model_context) != ESP_OK) {
            ESP_LOGE(TAG, "node '%s' (%s) cannot be prepared", module->name.c_str(), module->op_type.c_str());
            return;
        }
    }
    for (const std::string &name : m_fbs_model->get_graph_inputs()) {
        m_inputs[name] = m_model_context->get_tensor(name);
    }
    for (const std::string &name : m_fbs_model->get_graph_outputs()) {
        m_outputs[name] = m_model_context->get_tensor(name);
    }
    fuse();
    m_heap_after = heap_use();
    m_ready = true;
}

void Model::fuse() {
    std::set<int> visible;
    for (const auto *tensors : {&m_inputs, &m_outputs}) {
        for (const auto &tensor : *tensors) {
            visible.insert(m_model_context->get_variable_index(tensor.first));
        }
    }
    m_fusion.make(m_execution_plan, m_model_context, visible);
}

void Model::run(runtime_mode_t mode) {
    if (!m_ready) {
        ESP_LOGE(TAG, "run: the model is not loaded and built");
        return;
    }
    run_nodes(0, m_execution_plan.size(), mode);
}

void Model::run_nodes(size_t first, size_t last, runtime_mode_t mode) {
    const dl_model_run_t run = {m_name.c_str(), m_execution_plan.size(), first, last};
    const bool tell = dl_hook_run_begins && dl_hook_run_begins(&run);
    for (size_t i = first; i < last; i++) {
        module::Module *module = m_execution_plan[i];
        if (m_fusion.skips(i)) {
            continue;
        }
        if (!tell) {
            module->forward(m_model_context, mode);
            continue;
        }
        const dl_model_node_t node = {module->name.c_str(), module->op_type.c_str(), module->kernel_name()};
        dl_hook_node_begins(&node);
        module->forward(m_model_context, mode);
        dl_hook_node_ends(&node);
    }
    if (dl_hook_run_ends) {
        dl_hook_run_ends(&run);
    }
}

void Model::run(int stage_num, int stage_index, runtime_mode_t mode) {
    if (!m_ready || stage_num < 1 || stage_index < 0 || stage_index >= stage_num) {
        ESP_LOGE(TAG, "run: stage %d of %d of a model that is %sready", stage_index, stage_num, m_ready ? "" : "not ");
        return;
    }
    const size_t size = m_execution_plan.size();
    run_nodes(size * stage_index / stage_num, size * (stage_index + 1) / stage_num, mode);
}

void Model::run(TensorBase *input, runtime_mode_t mode) {
    TensorBase *model_input = get_input();
    if (model_input && model_input->assign(input)) {
        run(mode);
    }
}

bool Model::assign_inputs(const std::map<std::string, TensorBase *> &user_inputs) {
    for (const auto &entry : user_inputs) {
        TensorBase *model_input = get_input(entry.first);
        if (!model_input || !model_input->assign(entry.second)) {
            ESP_LOGE(TAG, "run: input '%s' cannot be assigned", entry.first.c_str());
            return false;
        }
    }
    return true;
}

void Model::run(std::map<std::string, TensorBase *> &user_inputs, runtime_mode_t mode,
                std::map<std::string, TensorBase *> user_outputs) {
    if (!m_ready) {
        ESP_LOGE(TAG, "run: the model is not loaded and built");
        return;
    }
    if (!assign_inputs(user_inputs)) {
        return;
    }
    if (user_outputs.empty()) {
        run(mode);
        return;
    }
    std::map<int, TensorBase *> wanted;
    for (const auto &entry : user_outputs) {
        const int index = m_model_context->get_variable_index(entry.first);
        if (index < 0 || !entry.second) {
            ESP_LOGE(TAG, "run: there is no tensor '%s' to give out", entry.first.c_str());
            return;
        }
        wanted[index] = entry.second;
    }
    auto give_out = [&](int index) {
        auto entry = wanted.find(index);
        if (entry != wanted.end()) {
            entry->second->assign(m_model_context->get_tensor(index));
        }
    };
    for (const auto &input : m_inputs) {
        give_out(m_model_context->get_variable_index(input.first));
    }
    const bool only_results = std::all_of(user_outputs.begin(), user_outputs.end(), [this](const auto &entry) {
        return m_inputs.count(entry.first) || m_outputs.count(entry.first);
    });
    if (only_results) {
        run(mode);
        for (const auto &result : m_outputs) {
            give_out(m_model_context->get_variable_index(result.first));
        }
        return;
    }
    const bool was_on = m_fusion.is_on();
    m_fusion.set(false);
    for (module::Module *module : m_execution_plan) {
        module->forward(m_model_context, mode);
        for (int index : module->m_outputs_index) {
            give_out(index);
        }
    }
    m_fusion.set(was_on);
}

void Model::minimize() {
    if (m_fbs_model) {
        m_fbs_model->clear_map();
    }
    if (m_model_context) {
        m_model_context->minimize();
    }
}

TensorBase *Model::get_input() {
    if (m_inputs.size() != 1) {
        ESP_LOGE(TAG, "the model has %zu inputs: name one", m_inputs.size());
        return nullptr;
    }
    return m_inputs.begin()->second;
}

TensorBase *Model::get_output() {
    if (m_outputs.size() != 1) {
        ESP_LOGE(TAG, "the model has %zu outputs: name one", m_outputs.size());
        return nullptr;
    }
    return m_outputs.begin()->second;
}

TensorBase *Model::get_input(const std::string &name) {
    if (name.empty()) {
        return get_input();
    }
    auto entry = m_inputs.find(name);
    if (entry == m_inputs.end()) {
        ESP_LOGE(TAG, "the model has no input '%s'", name.c_str());
        return nullptr;
    }
    return entry->second;
}

TensorBase *Model::get_output(const std::string &name) {
    if (name.empty()) {
        return get_output();
    }
    auto entry = m_outputs.find(name);
    if (entry == m_outputs.end()) {
        ESP_LOGE(TAG, "the model has no output '%s'", name.c_str());
        return nullptr;
    }
    return entry->second;
}

TensorBase *Model::get_intermediate(const std::string &name) {
    TensorBase *tensor = m_ready ? m_model_context->get_tensor(m_model_context->get_variable_index(name)) : nullptr;
    if (!tensor) {
        ESP_LOGE(TAG, "the model has no tensor '%s'", name.c_str());
        return nullptr;
    }
    m_fusion.set(false);
    return tensor;
}

std::string Model::get_metadata_prop(const std::string &key) {
    return m_fbs_model ? m_fbs_model->get_model_metadata_prop(key) : "";
}

void Model::print() {
    for (module::Module *module : m_execution_plan) {
        module->print();
    }
}

void Model::reset() {
    for (module::Module *module : m_execution_plan) {
        module->reset();
    }
}

}  // namespace dl
