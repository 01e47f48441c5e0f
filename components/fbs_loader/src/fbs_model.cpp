#include "fbs_model.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <functional>
#include <queue>
#include <unordered_set>

#include "dl_tool.hpp"
#include "esp_log.h"
#include "esp_memory_utils.h"
#include "espdl_bytes_generated.h"
#include "fbs_tensor.hpp"

static const char *TAG = "fbs_model";

namespace fbs {

namespace {

// Limits of the verifier. Tables are six deep: Model, Graph, Node, Attribute, Tensor and its parts. Types may nest
// deeper; subgraphs are refused anyway.
constexpr flatbuffers::uoffset_t MAX_DEPTH = 32;
constexpr flatbuffers::uoffset_t MAX_TABLES = 1000000;

constexpr const char *LAYOUT_PREFIX = "layout ==> ";

bool is_aligned(const void *p) {
    return (reinterpret_cast<uintptr_t>(p) & 15) == 0;
}

int limit_to_int(int64_t value) {
    return static_cast<int>(std::clamp<int64_t>(value, INT_MIN, INT_MAX));
}

std::vector<int> shape_of(const espdl::Tensor *tensor) {
    std::vector<int> shape;
    for (size_t i = 0; i < length(tensor->dims()); i++) {
        shape.push_back(static_cast<int>(tensor->dims()->Get(i)));
    }
    return shape;
}

std::vector<int> exponents_of(const espdl::Tensor *tensor) {
    std::vector<int> exponents;
    for (size_t i = 0; i < length(tensor->exponents()); i++) {
        exponents.push_back(static_cast<int>(tensor->exponents()->Get(i)));
    }
    return exponents;
}

const espdl::Tensor *find_in(const flatbuffers::Vector<flatbuffers::Offset<espdl::Tensor>> *tensors,
                             std::string_view name) {
    // There are few test values, and each is looked up once, so a map would not pay.
    for (size_t i = 0; i < length(tensors); i++) {
        if (view(tensors->Get(i)->name()) == name) {
            return tensors->Get(i);
        }
    }
    return nullptr;
}

std::vector<std::string> names_of(const flatbuffers::Vector<flatbuffers::Offset<espdl::Tensor>> *tensors) {
    std::vector<std::string> names;
    for (size_t i = 0; i < length(tensors); i++) {
        names.push_back(text(tensors->Get(i)->name()));
    }
    return names;
}

std::string_view string_of(const espdl::Attribute *attribute) {
    return attribute->s()
               ? std::string_view(reinterpret_cast<const char *>(attribute->s()->Data()), attribute->s()->size())
               : std::string_view();
}

const char *attribute_type_name(espdl::AttributeType type) {
    const char *name = espdl::EnumNameAttributeType(type);
    return name && *name ? name : "of unknown type";
}

/** Is the attribute of the type, and does it have a value? If not, a log line says so. */
bool expect_type(const espdl::Attribute *attribute, espdl::AttributeType type, const std::string &node_name) {
    bool present = attribute->attr_type() == type;
    switch (type) {
        case espdl::AttributeType::INT:
            present = present && attribute->i();
            break;
        case espdl::AttributeType::FLOAT:
            present = present && attribute->f();
            break;
        default:
            break;  // an absent vector is an empty vector
    }
    if (!present) {
        ESP_LOGE(TAG, "Node '%s': attribute '%s' is %s, needed %s", node_name.c_str(), text(attribute->name()).c_str(),
                 attribute_type_name(attribute->attr_type()), attribute_type_name(type));
    }
    return present;
}

template <typename T>
struct named_value_t {
    const char *name;
    T value;
};

/** Read a string attribute that must be one of a few words. */
template <typename T, size_t N>
esp_err_t read_word(const espdl::Attribute *attribute, const std::string &node_name, const named_value_t<T> (&words)[N],
                    T &ret_value) {
    if (!attribute || !expect_type(attribute, espdl::AttributeType::STRING, node_name)) {
        return ESP_FAIL;
    }
    const std::string_view word = string_of(attribute);
    std::string known;
    for (const named_value_t<T> &candidate : words) {
        if (word == candidate.name) {
            ret_value = candidate.value;
            return ESP_OK;
        }
        known += std::string(known.empty() ? "" : ", ") + candidate.name;
    }
    ESP_LOGE(TAG, "Node '%s': attribute '%s' is \"%s\", known are %s", node_name.c_str(),
             text(attribute->name()).c_str(), std::string(word.substr(0, 60)).c_str(), known.c_str());
    return ESP_FAIL;
}

/** Is it a FlatBuffer of one of the two schemas? Files of ESP-DL 3.0 are of the second: their raw data are bytes. */
bool verify(const void *data, size_t size, raw_unit_t &unit) {
    const uint8_t *bytes = static_cast<const uint8_t *>(data);
    flatbuffers::Verifier verifier(bytes, size, MAX_DEPTH, MAX_TABLES);
    unit = raw_unit_t::SIXTEEN;
    if (espdl::VerifyModelBuffer(verifier)) {
        return true;
    }
    flatbuffers::Verifier verifier_of_bytes(bytes, size, MAX_DEPTH, MAX_TABLES);
    unit = raw_unit_t::ONE;
    return espdl_bytes::VerifyModelBuffer(verifier_of_bytes);
}

}  // namespace

FbsModel::FbsModel(const void *data, size_t size, model_location_type_t location, bool encrypt, bool rodata_move,
                   bool auto_free, bool param_copy)
    : m_param_copy(param_copy),
      m_data(data),
      m_size(size),
      m_location(location),
      m_encrypt(encrypt),
      m_rodata_move(rodata_move),
      m_auto_free(auto_free) {
    m_param_copy = param_copy && is_in_flash();
    if (!data || !is_aligned(data)) {
        ESP_LOGE(TAG, "The model's address %p is not 16-byte aligned", data);
        return;
    }
    if (size >= FLATBUFFERS_MAX_BUFFER_SIZE) {
        ESP_LOGE(TAG, "A model of %" PRIu64 " bytes is too large for a FlatBuffer", static_cast<uint64_t>(size));
        return;
    }
    if (!verify(data, size, m_raw_unit)) {
        ESP_LOGE(TAG, "The model's %d bytes are no valid FlatBuffer: %s", static_cast<int>(size),
                 encrypt ? "the key is wrong, or the file is damaged" : "the file is damaged or cut short");
        return;
    }
    const espdl::Model *model = espdl::GetModel(data);
    if (validate(model)) {
        m_model = model;
    }
}

FbsModel::~FbsModel() {
    if (m_auto_free) {
        heap_caps_free(const_cast<void *>(m_data));
    }
}

bool FbsModel::is_in_flash() const {
    return m_location != MODEL_LOCATION_IN_SDCARD && !m_encrypt && !m_rodata_move && !m_auto_free;
}

void FbsModel::make_node_names() {
    const auto *nodes = m_model->graph()->node();
    std::unordered_set<std::string> taken;
    std::vector<size_t> unnamed;
    m_node_names.assign(length(nodes), std::string());
    for (size_t i = 0; i < m_node_names.size(); i++) {
        const std::string name = text(nodes->Get(i)->name());
        if (!name.empty() && taken.insert(name).second) {
            m_node_names[i] = name;
        } else {
            unnamed.push_back(i);
        }
    }
    for (size_t i : unnamed) {
        std::string name = text(nodes->Get(i)->op_type()) + "_" + std::to_string(i);
        while (!taken.insert(name).second) {
            name += "_";
        }
        m_node_names[i] = name;
    }
}

void FbsModel::load_map() {
    if (!m_model || m_map_loaded) {
        return;
    }
    const espdl::Graph *graph = m_model->graph();
    make_node_names();
    m_nodes.reserve(m_node_names.size());
    for (size_t i = 0; i < m_node_names.size(); i++) {
        m_nodes.emplace(m_node_names[i], graph->node()->Get(i));
    }
    m_parameters.reserve(length(graph->initializer()));
    for (size_t i = 0; i < length(graph->initializer()); i++) {
        m_parameters.emplace(view(graph->initializer()->Get(i)->name()), graph->initializer()->Get(i));
    }
    // emplace() keeps the first entry of a name. So the descriptions of the graph's inputs and outputs take precedence
    // over the list of the others.
    for (const auto *infos : {graph->input(), graph->output(), graph->value_info()}) {
        for (size_t i = 0; i < length(infos); i++) {
            if (!view(infos->Get(i)->name()).empty()) {
                m_value_infos.emplace(view(infos->Get(i)->name()), infos->Get(i));
            }
        }
    }
    m_map_loaded = true;
}

void FbsModel::clear_map() {
    // New objects are assigned, because clear() would keep the memory.
    m_nodes = {};
    m_parameters = {};
    m_value_infos = {};
    m_node_names = {};
    m_map_loaded = false;
}

const espdl::Node *FbsModel::find_node(const std::string &name) {
    load_map();
    auto found = m_nodes.find(name);
    return found == m_nodes.end() ? nullptr : found->second;
}

const espdl::Attribute *FbsModel::find_attribute(const std::string &node_name, const std::string &attribute_name) {
    const espdl::Node *node = find_node(node_name);
    if (node) {
        for (size_t i = 0; i < length(node->attribute()); i++) {
            if (view(node->attribute()->Get(i)->name()) == attribute_name) {
                return node->attribute()->Get(i);
            }
        }
    }
    return nullptr;
}

const espdl::Tensor *FbsModel::find_parameter(std::string_view name) {
    load_map();
    auto found = m_parameters.find(name);
    return found == m_parameters.end() ? nullptr : found->second;
}

const espdl::ValueInfo *FbsModel::find_value_info(const std::string &name) {
    load_map();
    auto found = m_value_infos.find(name);
    return found == m_value_infos.end() ? nullptr : found->second;
}

dl::TensorBase *FbsModel::make_tensor(const espdl::Tensor *tensor, bool copy, uint32_t caps) const {
    const tensor_data_t found = find_data(tensor, m_raw_unit);
    const dl::dtype_t dtype = static_cast<dl::dtype_t>(tensor->data_type());
    // raw_data is aligned for a vector unit, unless the file is unusual. The typed fields are not.
    const bool deep = copy || !is_aligned(found.data);
    if (deep && caps == MALLOC_CAP_DEFAULT) {
        const size_t bytes = static_cast<size_t>(element_count(tensor)) * dl::tool::dtype_size(dtype);
        if (heap_caps_get_largest_free_block(MALLOC_CAP_SPIRAM) >= bytes + 16) {
            caps = MALLOC_CAP_SPIRAM;
        }
    }
    dl::TensorBase *result = new dl::TensorBase(shape_of(tensor), found.data, exponents_of(tensor), dtype, deep, caps);
    if (deep && !result->data && element_count(tensor) > 0) {
        ESP_LOGE(TAG, "No memory for tensor '%s' of %d bytes", text(tensor->name()).c_str(),
                 static_cast<int>(static_cast<size_t>(element_count(tensor)) * dl::tool::dtype_size(dtype)));
        delete result;
        return nullptr;
    }
    return result;
}

void FbsModel::print() {
    if (!m_model) {
        ESP_LOGI(TAG, "No valid model");
        return;
    }
    ESP_LOGI(TAG, "Model '%s', version %" PRId64 ", %d nodes, %d parameters, %d bytes", get_model_name().c_str(),
             get_model_version(), static_cast<int>(get_node_names().size()),
             static_cast<int>(length(m_model->graph()->initializer())), static_cast<int>(m_size));
    auto print_variable = [this](const char *kind, const std::string &name) {
        ESP_LOGI(TAG, "%s '%s': %s %s, exponent %d", kind, name.c_str(),
                 dl::tool::dtype_to_string(get_value_info_dtype(name)),
                 dl::tool::shape_to_string(get_value_info_shape(name)).c_str(), get_value_info_exponent(name));
    };
    for (const std::string &name : get_graph_inputs()) {
        print_variable("input", name);
    }
    for (const std::string &name : get_graph_outputs()) {
        print_variable("output", name);
    }
    for (const std::string &name : get_node_names()) {
        std::vector<std::string> inputs, outputs;
        get_operation_inputs_and_outputs(name, inputs, outputs);
        std::string line = get_operation_type(name) + " '" + name + "':";
        for (const std::string &input : inputs) {
            line += " " + (input.empty() ? "-" : input);
        }
        line += " ->";
        for (const std::string &output : outputs) {
            line += " " + output;
        }
        ESP_LOGI(TAG, "%s", line.c_str());
    }
}

/**
 * Return Kahn's order of the nodes. Of several ready nodes, the one that is first in the file comes first. Nodes that
 * are missing in the result are part of a cycle, or behind one.
 * @param users   for each node, the nodes that read its outputs
 * @param missing for each node, the number of inputs that no node has made yet; it stays above 0 for nodes that are
 * missing
 */
static std::vector<size_t> kahn_order(const std::vector<std::vector<size_t>> &users, std::vector<size_t> &missing) {
    std::priority_queue<size_t, std::vector<size_t>, std::greater<size_t>> ready;
    for (size_t i = 0; i < missing.size(); i++) {
        if (missing[i] == 0) {
            ready.push(i);
        }
    }
    std::vector<size_t> order;
    while (!ready.empty()) {
        const size_t i = ready.top();
        ready.pop();
        order.push_back(i);
        for (size_t user : users[i]) {
            if (--missing[user] == 0) {
                ready.push(user);
            }
        }
    }
    return order;
}

std::vector<std::string> FbsModel::topological_sort() {
    if (!m_model) {
        return {};
    }
    load_map();
    const auto *nodes = m_model->graph()->node();
    const size_t count = length(nodes);

    std::unordered_map<std::string_view, size_t> producer;
    std::unordered_set<std::string_view> given;
    for (size_t i = 0; i < length(m_model->graph()->input()); i++) {
        given.insert(view(m_model->graph()->input()->Get(i)->name()));
    }
    for (size_t i = 0; i < count; i++) {
        const auto *outputs = nodes->Get(i)->output();
        for (size_t o = 0; o < length(outputs); o++) {
            const std::string_view name = view(outputs->Get(o));
            if (name.empty()) {
                continue;  // an optional output without a reader
            }
            if (given.count(name) || m_parameters.count(name)) {
                ESP_LOGE(TAG, "Node '%s' makes tensor '%s', which is a graph input or parameter",
                         m_node_names[i].c_str(), std::string(name).c_str());
                return {};
            }
            auto [first, is_new] = producer.emplace(name, i);
            if (!is_new) {
                ESP_LOGE(TAG, "Nodes '%s' and '%s' both make tensor '%s'", m_node_names[first->second].c_str(),
                         m_node_names[i].c_str(), std::string(name).c_str());
                return {};
            }
        }
    }

    std::vector<std::vector<size_t>> users(count);
    std::vector<size_t> missing(count, 0);
    for (size_t i = 0; i < count; i++) {
        const auto *inputs = nodes->Get(i)->input();
        for (size_t n = 0; n < length(inputs); n++) {
            const std::string_view name = view(inputs->Get(n));
            if (name.empty() || given.count(name) || m_parameters.count(name)) {
                continue;
            }
            auto maker = producer.find(name);
            if (maker == producer.end()) {
                ESP_LOGE(TAG,
                         "Node '%s' (%s): input %d, tensor '%s', is no graph input, no parameter and no node's output",
                         m_node_names[i].c_str(), text(nodes->Get(i)->op_type()).c_str(), static_cast<int>(n),
                         std::string(name).c_str());
                return {};
            }
            users[maker->second].push_back(i);
            missing[i]++;
        }
    }
    for (const std::string &name : get_graph_outputs()) {
        if (!producer.count(name) && !given.count(name) && !m_parameters.count(name)) {
            ESP_LOGE(TAG, "Graph output '%s' is no node's output", name.c_str());
            return {};
        }
    }

    const std::vector<size_t> order = kahn_order(users, missing);
    const auto stuck = std::find_if(missing.begin(), missing.end(), [](size_t inputs) { return inputs > 0; });
    if (stuck != missing.end()) {
        const size_t i = static_cast<size_t>(stuck - missing.begin());
        ESP_LOGE(TAG, "The graph has a cycle: %d of %d nodes can never run, the first is '%s' (%s)",
                 static_cast<int>(count - order.size()), static_cast<int>(count), m_node_names[i].c_str(),
                 text(nodes->Get(i)->op_type()).c_str());
        return {};
    }
    if (order.empty()) {
        ESP_LOGE(TAG, "The graph has no nodes");
    }
    std::vector<std::string> names;
    for (size_t i : order) {
        names.push_back(m_node_names[i]);
    }
    return names;
}

std::vector<std::string> FbsModel::get_node_names() {
    load_map();
    return m_node_names;
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name, int &ret_value) {
    int64_t value = 0;
    if (get_operation_attribute(std::move(node_name), std::move(attribute_name), value) != ESP_OK) {
        return ESP_FAIL;
    }
    ret_value = limit_to_int(value);
    return ESP_OK;
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name, int64_t &ret_value) {
    const espdl::Attribute *attribute = find_attribute(node_name, attribute_name);
    if (!attribute || !expect_type(attribute, espdl::AttributeType::INT, node_name)) {
        return ESP_FAIL;
    }
    ret_value = attribute->i()->i();
    return ESP_OK;
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name, float &ret_value) {
    const espdl::Attribute *attribute = find_attribute(node_name, attribute_name);
    if (!attribute || !expect_type(attribute, espdl::AttributeType::FLOAT, node_name)) {
        return ESP_FAIL;
    }
    ret_value = attribute->f()->f();
    return ESP_OK;
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name, std::string &ret_value) {
    const espdl::Attribute *attribute = find_attribute(node_name, attribute_name);
    if (!attribute || !expect_type(attribute, espdl::AttributeType::STRING, node_name)) {
        return ESP_FAIL;
    }
    ret_value = std::string(string_of(attribute));
    return ESP_OK;
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name,
                                            std::vector<int> &ret_value) {
    std::vector<int64_t> values;
    if (get_operation_attribute(std::move(node_name), std::move(attribute_name), values) != ESP_OK) {
        return ESP_FAIL;
    }
    ret_value.resize(values.size());
    std::transform(values.begin(), values.end(), ret_value.begin(), limit_to_int);
    return ESP_OK;
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name,
                                            std::vector<int64_t> &ret_value) {
    const espdl::Attribute *attribute = find_attribute(node_name, attribute_name);
    if (!attribute || !expect_type(attribute, espdl::AttributeType::INTS, node_name)) {
        return ESP_FAIL;
    }
    ret_value.resize(length(attribute->ints()));
    for (size_t i = 0; i < ret_value.size(); i++) {
        ret_value[i] = attribute->ints()->Get(i);
    }
    return ESP_OK;
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name,
                                            std::vector<float> &ret_value) {
    const espdl::Attribute *attribute = find_attribute(node_name, attribute_name);
    if (!attribute || !expect_type(attribute, espdl::AttributeType::FLOATS, node_name)) {
        return ESP_FAIL;
    }
    ret_value.resize(length(attribute->floats()));
    for (size_t i = 0; i < ret_value.size(); i++) {
        ret_value[i] = attribute->floats()->Get(i);
    }
    return ESP_OK;
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name,
                                            std::vector<std::string> &ret_value) {
    const espdl::Attribute *attribute = find_attribute(node_name, attribute_name);
    if (!attribute || !expect_type(attribute, espdl::AttributeType::STRINGS, node_name)) {
        return ESP_FAIL;
    }
    ret_value.resize(length(attribute->strings()));
    for (size_t i = 0; i < ret_value.size(); i++) {
        ret_value[i] = text(attribute->strings()->Get(i));
    }
    return ESP_OK;
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name,
                                            dl::quant_type_t &ret_value) {
    static constexpr named_value_t<dl::quant_type_t> words[] = {{"S8", dl::QUANT_TYPE_SYMM_8BIT},
                                                                {"S16", dl::QUANT_TYPE_SYMM_16BIT},
                                                                {"S32", dl::QUANT_TYPE_SYMM_32BIT},
                                                                {"F32", dl::QUANT_TYPE_FLOAT32}};
    return read_word(find_attribute(node_name, attribute_name), node_name, words, ret_value);
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name,
                                            dl::activation_type_t &ret_value) {
    static constexpr named_value_t<dl::activation_type_t> words[] = {
        {"Linear", dl::Linear}, {"Relu", dl::ReLU}, {"LeakyRelu", dl::LeakyReLU}, {"PRelu", dl::PReLU}};
    return read_word(find_attribute(node_name, attribute_name), node_name, words, ret_value);
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name,
                                            dl::resize_mode_t &ret_value) {
    static constexpr named_value_t<dl::resize_mode_t> words[] = {
        {"nearest", dl::RESIZE_NEAREST}, {"linear", dl::RESIZE_LINEAR}, {"cubic", dl::RESIZE_CUBIC}};
    return read_word(find_attribute(node_name, attribute_name), node_name, words, ret_value);
}

esp_err_t FbsModel::get_operation_attribute(std::string node_name, std::string attribute_name,
                                            dl::TensorBase *&ret_value) {
    const espdl::Attribute *attribute = find_attribute(node_name, attribute_name);
    if (!attribute) {
        return ESP_FAIL;
    }
    dl::TensorBase *tensor = nullptr;
    if (attribute->attr_type() == espdl::AttributeType::TENSOR && attribute->t()) {
        tensor = make_tensor(attribute->t(), m_param_copy, MALLOC_CAP_DEFAULT);
    } else if (attribute->attr_type() == espdl::AttributeType::STRING) {
        tensor = get_operation_lut(node_name, MALLOC_CAP_DEFAULT, attribute_name);
    } else {
        expect_type(attribute, espdl::AttributeType::TENSOR, node_name);
    }
    if (!tensor) {
        return ESP_FAIL;
    }
    ret_value = tensor;
    return ESP_OK;
}

bool FbsModel::has_operation_attribute(const std::string &node_name, const std::string &attribute_name) {
    return find_attribute(node_name, attribute_name) != nullptr;
}

std::vector<std::string> FbsModel::get_operation_attribute_names(const std::string &node_name) {
    std::vector<std::string> names;
    const espdl::Node *node = find_node(node_name);
    for (size_t i = 0; node && i < length(node->attribute()); i++) {
        names.push_back(text(node->attribute()->Get(i)->name()));
    }
    return names;
}

std::string FbsModel::get_operation_attribute_string(const std::string &node_name, const std::string &attribute_name) {
    const espdl::Attribute *attribute = find_attribute(node_name, attribute_name);
    if (!attribute) {
        return "";
    }
    auto number = [](float value) {
        char buffer[32];
        snprintf(buffer, sizeof(buffer), "%g", static_cast<double>(value));
        return std::string(buffer);
    };
    std::string list;
    auto append = [&list](const std::string &item) { list += (list.empty() ? "" : ", ") + item; };
    switch (attribute->attr_type()) {
        case espdl::AttributeType::FLOAT:
            return attribute->f() ? number(attribute->f()->f()) : "";
        case espdl::AttributeType::INT:
            return attribute->i() ? std::to_string(attribute->i()->i()) : "";
        case espdl::AttributeType::STRING:
            return std::string(string_of(attribute));
        case espdl::AttributeType::TENSOR:
            return attribute->t() ? "tensor " + dl::tool::shape_to_string(shape_of(attribute->t())) : "";
        case espdl::AttributeType::INTS:
            for (size_t i = 0; i < length(attribute->ints()); i++) {
                append(std::to_string(attribute->ints()->Get(i)));
            }
            return "[" + list + "]";
        case espdl::AttributeType::FLOATS:
            for (size_t i = 0; i < length(attribute->floats()); i++) {
                append(number(attribute->floats()->Get(i)));
            }
            return "[" + list + "]";
        case espdl::AttributeType::STRINGS:
            for (size_t i = 0; i < length(attribute->strings()); i++) {
                append(text(attribute->strings()->Get(i)));
            }
            return "[" + list + "]";
        default:
            return attribute_type_name(attribute->attr_type());
    }
}

esp_err_t FbsModel::get_operation_input_shape(std::string node_name, int index, std::vector<int> &ret_value) {
    std::vector<std::string> inputs, outputs;
    if (get_operation_inputs_and_outputs(node_name, inputs, outputs) != ESP_OK || index < 0 ||
        index >= static_cast<int>(inputs.size())) {
        return ESP_FAIL;
    }
    const std::string &name = inputs[index];
    if (is_parameter(name)) {
        ret_value = get_tensor_shape(name);
        return ESP_OK;
    }
    if (!has_value_info(name)) {
        return ESP_FAIL;
    }
    ret_value = get_value_info_shape(name);
    return ESP_OK;
}

esp_err_t FbsModel::get_operation_output_shape(std::string node_name, int index, std::vector<int> &ret_value) {
    std::vector<std::string> inputs, outputs;
    if (get_operation_inputs_and_outputs(node_name, inputs, outputs) != ESP_OK || index < 0 ||
        index >= static_cast<int>(outputs.size()) || !has_value_info(outputs[index])) {
        return ESP_FAIL;
    }
    ret_value = get_value_info_shape(outputs[index]);
    return ESP_OK;
}

esp_err_t FbsModel::get_operation_inputs_and_outputs(std::string node_name, std::vector<std::string> &inputs,
                                                     std::vector<std::string> &outputs) {
    const espdl::Node *node = find_node(node_name);
    if (!node) {
        return ESP_FAIL;
    }
    inputs.clear();
    outputs.clear();
    for (size_t i = 0; i < length(node->input()); i++) {
        inputs.push_back(text(node->input()->Get(i)));
    }
    for (size_t i = 0; i < length(node->output()); i++) {
        outputs.push_back(text(node->output()->Get(i)));
    }
    return ESP_OK;
}

std::string FbsModel::get_operation_type(std::string node_name) {
    const espdl::Node *node = find_node(node_name);
    return node ? text(node->op_type()) : "";
}

dl::TensorBase *FbsModel::get_operation_parameter(std::string node_name, int index, uint32_t caps) {
    const espdl::Node *node = find_node(node_name);
    if (!node || index < 0 || index >= static_cast<int>(length(node->input()))) {
        return nullptr;
    }
    const espdl::Tensor *tensor = find_parameter(view(node->input()->Get(index)));
    return tensor ? make_tensor(tensor, m_param_copy, caps) : nullptr;
}

dl::TensorBase *FbsModel::get_operation_lut(std::string node_name, uint32_t caps, std::string attribute_name) {
    const espdl::Attribute *attribute = find_attribute(node_name, attribute_name);
    if (!attribute) {
        return nullptr;
    }
    const bool copy = m_param_copy && caps != MALLOC_CAP_DEFAULT;
    if (attribute->attr_type() == espdl::AttributeType::TENSOR && attribute->t()) {
        return make_tensor(attribute->t(), copy, caps);
    }
    if (!expect_type(attribute, espdl::AttributeType::STRING, node_name)) {
        return nullptr;
    }
    const espdl::Tensor *tensor = find_parameter(string_of(attribute));
    if (!tensor) {
        ESP_LOGE(TAG, "Node '%s': attribute '%s' names parameter '%s', which the file does not have", node_name.c_str(),
                 attribute_name.c_str(), std::string(string_of(attribute).substr(0, 120)).c_str());
        return nullptr;
    }
    return make_tensor(tensor, copy, caps);
}

dl::TensorBase *FbsModel::get_parameter(const std::string &tensor_name, uint32_t caps) {
    const espdl::Tensor *tensor = find_parameter(tensor_name);
    return tensor ? make_tensor(tensor, m_param_copy, caps) : nullptr;
}

bool FbsModel::is_parameter(std::string name) {
    return find_parameter(name) != nullptr;
}

std::vector<std::string> FbsModel::get_parameter_names() {
    return m_model ? names_of(m_model->graph()->initializer()) : std::vector<std::string>();
}

const void *FbsModel::get_tensor_raw_data(std::string tensor_name) {
    const espdl::Tensor *tensor = find_parameter(tensor_name);
    return tensor ? find_data(tensor, m_raw_unit).data : nullptr;
}

dl::dtype_t FbsModel::get_tensor_dtype(std::string tensor_name) {
    const espdl::Tensor *tensor = find_parameter(tensor_name);
    return tensor ? static_cast<dl::dtype_t>(tensor->data_type()) : dl::DATA_TYPE_UNDEFINED;
}

std::vector<int> FbsModel::get_tensor_shape(std::string tensor_name) {
    const espdl::Tensor *tensor = find_parameter(tensor_name);
    return tensor ? shape_of(tensor) : std::vector<int>();
}

std::vector<int> FbsModel::get_tensor_exponents(std::string tensor_name) {
    const espdl::Tensor *tensor = find_parameter(tensor_name);
    return tensor ? exponents_of(tensor) : std::vector<int>();
}

size_t FbsModel::get_tensor_bytes(const std::string &tensor_name) {
    const espdl::Tensor *tensor = find_parameter(tensor_name);
    return tensor ? static_cast<size_t>(element_count(tensor)) *
                        dl::tool::dtype_size(static_cast<dl::dtype_t>(tensor->data_type()))
                  : 0;
}

std::string FbsModel::get_tensor_layout(const std::string &tensor_name) {
    const espdl::Tensor *tensor = find_parameter(tensor_name);
    const std::string doc = tensor ? text(tensor->doc_string()) : "";
    const size_t tag = doc.find(LAYOUT_PREFIX);
    if (tag == std::string::npos) {
        return "";
    }
    const size_t begin = tag + std::string_view(LAYOUT_PREFIX).size();
    return doc.substr(begin, doc.find_first_of(" \t\r\n", begin) - begin);
}

bool FbsModel::has_value_info(const std::string &var_name) {
    return find_value_info(var_name) != nullptr;
}

dl::dtype_t FbsModel::get_value_info_dtype(std::string var_name) {
    const espdl::ValueInfo *info = find_value_info(var_name);
    const auto *type = info && info->value_info_type() ? info->value_info_type()->value_as_tensor_type() : nullptr;
    const int number = type ? static_cast<int>(type->elem_type()) : 0;
    return number > 0 && number < dl::DATA_TYPE_MAX ? static_cast<dl::dtype_t>(number) : dl::DATA_TYPE_UNDEFINED;
}

std::vector<int> FbsModel::get_value_info_shape(std::string var_name) {
    std::vector<int> shape;
    const espdl::ValueInfo *info = find_value_info(var_name);
    const auto *type = info && info->value_info_type() ? info->value_info_type()->value_as_tensor_type() : nullptr;
    const auto *dims = type && type->shape() ? type->shape()->dim() : nullptr;
    for (size_t i = 0; i < length(dims); i++) {
        const espdl::DimensionValue *value = dims->Get(i)->value();
        shape.push_back(
            value && value->dim_type() == espdl::DimensionValueType::VALUE ? static_cast<int>(value->dim_value()) : -1);
    }
    return shape;
}

int FbsModel::get_value_info_exponent(std::string var_name) {
    const espdl::ValueInfo *info = find_value_info(var_name);
    return info && length(info->exponents()) > 0 ? static_cast<int>(info->exponents()->Get(0)) : 0;
}

const void *FbsModel::get_test_input_tensor_raw_data(std::string tensor_name) {
    const espdl::Tensor *tensor = m_model ? find_in(m_model->graph()->test_inputs_value(), tensor_name) : nullptr;
    return tensor ? find_data(tensor, m_raw_unit).data : nullptr;
}

const void *FbsModel::get_test_output_tensor_raw_data(std::string tensor_name) {
    const espdl::Tensor *tensor = m_model ? find_in(m_model->graph()->test_outputs_value(), tensor_name) : nullptr;
    return tensor ? find_data(tensor, m_raw_unit).data : nullptr;
}

dl::TensorBase *FbsModel::get_test_input_tensor(std::string tensor_name) {
    const espdl::Tensor *tensor = m_model ? find_in(m_model->graph()->test_inputs_value(), tensor_name) : nullptr;
    return tensor ? make_tensor(tensor, false, MALLOC_CAP_DEFAULT) : nullptr;
}

dl::TensorBase *FbsModel::get_test_output_tensor(std::string tensor_name) {
    const espdl::Tensor *tensor = m_model ? find_in(m_model->graph()->test_outputs_value(), tensor_name) : nullptr;
    return tensor ? make_tensor(tensor, false, MALLOC_CAP_DEFAULT) : nullptr;
}

std::vector<std::string> FbsModel::get_test_inputs_name() {
    return m_model ? names_of(m_model->graph()->test_inputs_value()) : std::vector<std::string>();
}

std::vector<std::string> FbsModel::get_test_outputs_name() {
    return m_model ? names_of(m_model->graph()->test_outputs_value()) : std::vector<std::string>();
}

std::vector<std::string> FbsModel::get_graph_inputs() {
    std::vector<std::string> names;
    load_map();
    const auto *inputs = m_model ? m_model->graph()->input() : nullptr;
    for (size_t i = 0; i < length(inputs); i++) {
        const std::string_view name = view(inputs->Get(i)->name());
        if (!m_parameters.count(name)) {
            names.emplace_back(name);
        }
    }
    return names;
}

std::vector<std::string> FbsModel::get_graph_outputs() {
    std::vector<std::string> names;
    const auto *outputs = m_model ? m_model->graph()->output() : nullptr;
    for (size_t i = 0; i < length(outputs); i++) {
        names.push_back(text(outputs->Get(i)->name()));
    }
    return names;
}

std::string FbsModel::get_model_name() {
    return m_model ? text(m_model->graph()->name()) : "";
}

int64_t FbsModel::get_model_version() {
    return m_model ? m_model->model_version() : 0;
}

std::string FbsModel::get_model_doc_string() {
    return m_model ? text(m_model->doc_string()) : "";
}

std::string FbsModel::get_model_metadata_prop(const std::string &key) {
    for (const auto &[name, value] : get_model_metadata_props()) {
        if (name == key) {
            return value;
        }
    }
    return "";
}

std::vector<std::pair<std::string, std::string>> FbsModel::get_model_metadata_props() {
    std::vector<std::pair<std::string, std::string>> props;
    const auto *entries = m_model ? m_model->metadata_props() : nullptr;
    for (size_t i = 0; i < length(entries); i++) {
        props.emplace_back(text(entries->Get(i)->key()), text(entries->Get(i)->value()));
    }
    return props;
}

int64_t FbsModel::get_opset_version(const std::string &domain) {
    auto is_onnx = [](std::string_view name) { return name.empty() || name == "ai.onnx"; };
    const auto *opsets = m_model ? m_model->opset_import() : nullptr;
    for (size_t i = 0; i < length(opsets); i++) {
        const std::string_view name = view(opsets->Get(i)->domain());
        if (name == domain || (is_onnx(name) && is_onnx(domain))) {
            return opsets->Get(i)->version();
        }
    }
    return 0;
}

int FbsModel::get_ir_version() {
    return m_model ? m_model->ir_version() : 0;
}

std::string FbsModel::get_producer_name() {
    return m_model ? text(m_model->producer_name()) : "";
}

std::string FbsModel::get_producer_version() {
    return m_model ? text(m_model->producer_version()) : "";
}

void FbsModel::get_model_size(size_t *internal_size, size_t *psram_size, size_t *psram_rodata_size,
                              size_t *flash_size) {
    size_t internal = 0, psram = 0, psram_rodata = 0, flash = 0;
    if (is_in_flash()) {
        flash = m_size;
    } else if (m_rodata_move) {
        psram_rodata = m_size;
    } else if (esp_ptr_external_ram(m_data)) {
        psram = m_size;
    } else {
        internal = m_size;
    }
    for (auto [target, value] : {std::pair(internal_size, internal), std::pair(psram_size, psram),
                                 std::pair(psram_rodata_size, psram_rodata), std::pair(flash_size, flash)}) {
        if (target) {
            *target = value;
        }
    }
}

}  // namespace fbs
