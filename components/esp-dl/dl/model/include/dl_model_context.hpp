/**
 * @file dl_model_context.hpp
 * All tensors of a model: its variables, whose memory is planned, and its parameters.
 */
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dl_tensor_base.hpp"

/** Indices from here on are those of parameters, indices below those of variables. */
#define CONTEXT_PARAMETER_OFFSET 0x10000

namespace dl {

class ModelContext {
public:
    std::vector<TensorBase *> m_variables;   ///< variables; the first one is nullptr
    std::vector<TensorBase *> m_parameters;  ///< parameters; the first one is nullptr

    ModelContext() : m_variables(1, nullptr), m_parameters(1, nullptr) {}
    ~ModelContext() { clear(); }
    ModelContext(const ModelContext &) = delete;
    ModelContext &operator=(const ModelContext &) = delete;

    /** Add a tensor with a name. The context owns it from now on. @return its index; if the name is known already, the
     * index of the tensor that has it */
    int add_tensor(const std::string name, bool is_paramter = false, TensorBase *tensor = nullptr);
    /** Add a tensor without a name. @return its index */
    int push_back_tensor(TensorBase *tensor, bool is_paramter = false);
    /** Replace the tensor at an index, and delete the old one. */
    void update_tensor(int index, TensorBase *tensor);

    /** @return nullptr if there is none */
    TensorBase *get_tensor(int index);
    TensorBase *get_tensor(const std::string &name);
    /** @return -1 if the name is unknown */
    int get_tensor_index(const std::string &name);
    /** The same for variables only. */
    int get_variable_index(const std::string &name);
    /** Name of a tensor; "" if it has none, or if minimize() has dropped the names. */
    std::string get_tensor_name(int index);
    int get_variable_count() { return static_cast<int>(m_variables.size()) - 1; }
    int get_parameter_count() { return static_cast<int>(m_parameters.size()) - 1; }

    /**
     * Take the blocks that variables live in: internal RAM, and PSRAM (any RAM on a board that has none).
     * @return false, with a log line that names size, free size and largest block, if there is not enough
     */
    bool root_alloc(size_t internal_size, size_t psram_size, int alignment = 16);
    void *get_psram_root() { return m_psram_root; }
    size_t get_psram_root_size() { return m_psram_size; }
    void *get_internal_root() { return m_internal_root; }

    /** Bytes of the parameters in each kind of memory. @param copy true: of those that were copied to RAM; false: of
     * those that are read in place */
    size_t get_parameter_memory_size(mem_info_t &mem_info, bool copy);
    /** Bytes of the blocks that variables live in. */
    size_t get_variable_memory_size(mem_info_t &mem_info);

    void root_free();
    /** Drop all tensors and names; the blocks stay. */
    void root_reset();
    /** Drop the names: tensors are then found by index only. */
    void minimize();
    /** Drop all tensors, names and blocks. */
    void clear();

private:
    std::map<std::string, int> m_name2index;
    void *m_psram_root = nullptr;
    void *m_internal_root = nullptr;
    size_t m_psram_size = 0;
    size_t m_internal_size = 0;
};

}  // namespace dl
