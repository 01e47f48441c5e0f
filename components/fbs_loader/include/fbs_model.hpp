/**
 * @file fbs_model.hpp
 * fbs::FbsModel: read access to the graph inside an .espdl file.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dl_define.hpp"
#include "dl_tensor_base.hpp"
#include "esp_err.h"
#include "esp_heap_caps.h"

namespace espdl {
struct Model;
struct Node;
struct Tensor;
struct ValueInfo;
struct Attribute;
}  // namespace espdl

namespace fbs {

enum class raw_unit_t : size_t;

/** Where a model is kept. */
typedef enum {
    MODEL_LOCATION_IN_FLASH_RODATA = 0,
    MODEL_LOCATION_IN_FLASH_PARTITION = 1,
    MODEL_LOCATION_IN_SDCARD = 2,
    MODEL_LOCATION_MAX = MODEL_LOCATION_IN_SDCARD,
} model_location_type_t;

/**
 * The graph of one model.
 *
 * The constructor runs the verifier of FlatBuffers. Then it checks everything that a later step relies on: names, data
 * types and exponents are right, every tensor's data is as long as its dimensions say, and no node holds a subgraph.
 * is_valid() tells whether the model may be used; FbsLoader returns valid models only.
 *
 * Nodes are addressed by names, which are unique. If the file gives a node no name, or a name that another node has,
 * one is made of operator type and position ("Conv_12").
 *
 * Look-ups by name use hash maps, which the first look-up builds and clear_map() frees. Look-ups are not thread safe.
 */
class FbsModel {
public:
    /**
     * @param data        the FlatBuffer, 16-byte aligned (from heap_caps_* if auto_free)
     * @param size        bytes of the FlatBuffer
     * @param location    where the model came from
     * @param encrypt     the model was encrypted; `data` is the decrypted copy in RAM
     * @param rodata_move the model was moved from flash rodata to PSRAM
     * @param auto_free   free `data` with this object
     * @param param_copy  copy parameters from flash to RAM when they are asked for
     */
    FbsModel(const void *data, size_t size, model_location_type_t location, bool encrypt, bool rodata_move,
             bool auto_free, bool param_copy);
    ~FbsModel();
    FbsModel(const FbsModel &) = delete;
    FbsModel &operator=(const FbsModel &) = delete;

    /** May the model be used? If not, the reason has been logged, and look-ups find nothing. */
    bool is_valid() const { return m_model != nullptr; }

    /** Log name, inputs, outputs and nodes. */
    void print();

    /**
     * Names of the nodes in the order of execution. That is the file's order if nodes come after those they depend on;
     * else the earliest node that is ready always comes next.
     * @return empty, with a log line, if there is a cycle, a tensor that nobody makes, or one that two nodes make
     */
    std::vector<std::string> topological_sort();
    /** Names of the nodes in the order of the file. */
    std::vector<std::string> get_node_names();

    /**
     * Read an attribute. Values beyond the range of int are limited to it. @return ESP_FAIL if there is no such node or
     * attribute, or, with a log line, if it has another type; ret_value has not changed then
     */
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name, int &ret_value);
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name, int64_t &ret_value);
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name, float &ret_value);
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name, std::string &ret_value);
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name, std::vector<int> &ret_value);
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name,
                                      std::vector<int64_t> &ret_value);
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name, std::vector<float> &ret_value);
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name,
                                      std::vector<std::string> &ret_value);
    /** "S8", "S16", "S32", "F32". */
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name, dl::quant_type_t &ret_value);
    /** "Linear", "Relu", "LeakyRelu", "PRelu". */
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name,
                                      dl::activation_type_t &ret_value);
    /** "nearest", "linear", "cubic". */
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name, dl::resize_mode_t &ret_value);
    /** A new tensor, which the caller deletes: the value of a tensor attribute, or the initializer that a string
     * attribute names. */
    esp_err_t get_operation_attribute(std::string node_name, std::string attribute_name, dl::TensorBase *&ret_value);
    /** Does the node have the attribute, whatever its type? */
    bool has_operation_attribute(const std::string &node_name, const std::string &attribute_name);
    /** Names of the node's attributes, in the order of the file. */
    std::vector<std::string> get_operation_attribute_names(const std::string &node_name);
    /** The attribute's value as text for people; "" if there is none. */
    std::string get_operation_attribute_string(const std::string &node_name, const std::string &attribute_name);

    /** Shape of the node's index-th input or output, as the file states it. @return ESP_FAIL if it states none */
    esp_err_t get_operation_input_shape(std::string node_name, int index, std::vector<int> &ret_value);
    esp_err_t get_operation_output_shape(std::string node_name, int index, std::vector<int> &ret_value);
    /** Names of the node's inputs and outputs. An input that is left out has the name "". */
    esp_err_t get_operation_inputs_and_outputs(std::string node_name, std::vector<std::string> &inputs,
                                               std::vector<std::string> &outputs);
    /** "Conv", "Gemm", ...; "" if there is no such node. */
    std::string get_operation_type(std::string node_name);

    /**
     * The parameter at the node's index-th input, as a new tensor, which the caller deletes.
     *
     * If the model is in RAM, or m_param_copy is false, the tensor refers to the data in the model (auto_free is
     * false). Else it has a copy in memory of `caps`; MALLOC_CAP_DEFAULT takes PSRAM as long as there is room.
     * @return nullptr if that input is no parameter, or (with a log line) if there is no memory
     */
    dl::TensorBase *get_operation_parameter(std::string node_name, int index = 1, uint32_t caps = MALLOC_CAP_DEFAULT);
    /**
     * The table that the attribute names, as a new tensor, which the caller deletes; nullptr if there is none. With
     * MALLOC_CAP_DEFAULT, the data stays in the file, as on a chip. With other caps, it is copied as a parameter is.
     */
    dl::TensorBase *get_operation_lut(std::string node_name, uint32_t caps = MALLOC_CAP_DEFAULT,
                                      std::string attribute_name = "lut");
    /** The parameter of this name, as get_operation_parameter() returns it. */
    dl::TensorBase *get_parameter(const std::string &tensor_name, uint32_t caps = MALLOC_CAP_DEFAULT);
    /** Is this the name of a parameter (an initializer)? */
    bool is_parameter(std::string name);
    /** Names of all parameters, in the order of the file. */
    std::vector<std::string> get_parameter_names();

    /** Data of a parameter (at least get_tensor_bytes() bytes), its type, its shape, its exponents. For an unknown
     * name: nullptr, UNDEFINED, {}, {}. */
    const void *get_tensor_raw_data(std::string tensor_name);
    dl::dtype_t get_tensor_dtype(std::string tensor_name);
    std::vector<int> get_tensor_shape(std::string tensor_name);
    /** One exponent for the tensor, or one for each output channel. */
    std::vector<int> get_tensor_exponents(std::string tensor_name);
    /** Bytes of a parameter's elements, without padding. */
    size_t get_tensor_bytes(const std::string &tensor_name);
    /** Layout tag of a parameter, such as "(N/16)HWC16"; "" if the file gives none. */
    std::string get_tensor_layout(const std::string &tensor_name);

    /**
     * Type, shape and exponent that the file states for a variable: a graph input or output, or an intermediate tensor.
     * For an unknown name: UNDEFINED, {}, 0. A dimension without a value is -1.
     */
    dl::dtype_t get_value_info_dtype(std::string var_name);
    std::vector<int> get_value_info_shape(std::string var_name);
    int get_value_info_exponent(std::string var_name);
    /** Does the file say anything about this variable? */
    bool has_value_info(const std::string &var_name);

    /** Data of the test values inside the file; nullptr if there are none of this name. */
    const void *get_test_input_tensor_raw_data(std::string tensor_name);
    const void *get_test_output_tensor_raw_data(std::string tensor_name);
    /** Test values as a new tensor, which the caller deletes. The data stays in the file: do not write to it. */
    dl::TensorBase *get_test_input_tensor(std::string tensor_name);
    dl::TensorBase *get_test_output_tensor(std::string tensor_name);
    std::vector<std::string> get_test_inputs_name();
    std::vector<std::string> get_test_outputs_name();

    /** Names of the graph's inputs (parameters left out) and outputs. */
    std::vector<std::string> get_graph_inputs();
    std::vector<std::string> get_graph_outputs();

    /** Free the look-up maps; the next look-up builds them again. */
    void clear_map();
    /** Build the look-up maps. */
    void load_map();

    /** Name of the graph. */
    std::string get_model_name();
    int64_t get_model_version();
    std::string get_model_doc_string();
    /** Value of a metadata entry; "" if there is none. */
    std::string get_model_metadata_prop(const std::string &key);
    /** All metadata entries. */
    std::vector<std::pair<std::string, std::string>> get_model_metadata_props();
    /** Version of the operator set of a domain ("" and "ai.onnx" are ONNX's own); 0 if the file does not say. */
    int64_t get_opset_version(const std::string &domain = "");
    int get_ir_version();
    /** Program that wrote the file; "" if the file does not say. */
    std::string get_producer_name();
    std::string get_producer_version();

    /** Bytes that the FlatBuffer takes of each kind of memory. */
    void get_model_size(size_t *internal_size, size_t *psram_size, size_t *psram_rodata_size, size_t *flash_size);
    /** Is the model read from flash, so that a copy of its parameters would be faster? */
    bool is_in_flash() const;

    bool m_param_copy;  ///< parameters are copied when they are asked for; always false if the model is in RAM

private:
    friend class FbsLoader;

    bool validate(const espdl::Model *model) const;
    void make_node_names();
    const espdl::Node *find_node(const std::string &name);
    const espdl::Attribute *find_attribute(const std::string &node_name, const std::string &attribute_name);
    const espdl::Tensor *find_parameter(std::string_view name);
    const espdl::ValueInfo *find_value_info(const std::string &name);
    dl::TensorBase *make_tensor(const espdl::Tensor *tensor, bool copy, uint32_t caps) const;

    const void *m_data;
    size_t m_size;
    model_location_type_t m_location;
    bool m_encrypt;
    bool m_rodata_move;
    bool m_auto_free;
    const espdl::Model *m_model = nullptr;
    raw_unit_t m_raw_unit;          ///< how the file counts the raw data of its tensors
    std::shared_ptr<void> m_owner;  ///< keeps m_data mapped, if the model does not own it

    bool m_map_loaded = false;
    std::vector<std::string> m_node_names;  ///< unique, by position in the file
    std::unordered_map<std::string_view, const espdl::Node *> m_nodes;
    std::unordered_map<std::string_view, const espdl::Tensor *> m_parameters;
    std::unordered_map<std::string_view, const espdl::ValueInfo *> m_value_infos;
};

}  // namespace fbs
