/**
 * @file dl_module_base.hpp
 * The base class of all operators.
 *
 * The author of an operator writes these; a model calls them in this order:
 *
 * - deserialize(), static: create the module from the attributes of a node. Refuse an attribute that is unknown or out
 *   of range with refuse_node().
 * - get_output_shape(): compute the shapes of the outputs from those of the inputs. Refuse shapes that do not fit with
 *   refuse() and an empty list.
 * - check(): look at every tensor's shape, type and exponent, and at the data of parameters; variables have no data
 *   yet. Refuse what the operator cannot compute. Nothing may fail for such a reason afterwards.
 * - prepare(): choose the kernel, repack weights, compute shifts and tables. The planner has placed all tensors.
 *   Called again whenever memory has been planned anew.
 * - forward(): set the data pointers and call the kernel, with parallel_for(). Called for each inference.
 * - reset(): forget what lasts from one inference to the next. Only operators with a state have it.
 * - kernel_name(), print(): for people.
 *
 * An operator that takes in the work of others, or whose work others take in, has a second contract:
 * dl_module_fusion.hpp.
 */
#pragma once

#include <string>
#include <vector>

#include "dl_define.hpp"
#include "dl_model_context.hpp"
#include "dl_module_fusion.hpp"
#include "dl_tensor_base.hpp"
#include "dl_tool.hpp"
#include "esp_err.h"
#include "esp_log.h"
#include "fbs_model.hpp"

namespace dl {

/** May an operator write its output over its input? The memory planner asks. */
typedef enum {
    MODULE_NON_INPLACE = 0,               ///< no
    MODULE_INPLACE_UNCHANGED_BUFFER = 1,  ///< the output is the input's bytes, unchanged (Reshape)
    MODULE_INPLACE_CHANGED_BUFFER = 2,    ///< the output overwrites the input element by element (Relu)
} module_inplace_t;

namespace module {

/**
 * A module's name: the `char *name` of ESP-DL's documentation, with the c_str() that the code of its tutorial calls.
 */
struct ModuleName {
    char *text = nullptr;
    operator char *() const { return text; }
    const char *c_str() const { return text ? text : ""; }
};

class Module {
public:
    ModuleName name;                   ///< name of the node
    module_inplace_t inplace;          ///< in-place mode
    quant_type_t quant_type;           ///< the type it computes in
    std::vector<int> m_inputs_index;   ///< tensors in the model context; -1 for an optional input that is absent
    std::vector<int> m_outputs_index;  ///< tensors in the model context
    std::string op_type;               ///< the node's type, set by ModuleCreator

    Module(const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
           quant_type_t quant_type = QUANT_TYPE_NONE);
    virtual ~Module();
    Module(const Module &) = delete;
    Module &operator=(const Module &) = delete;

    /** Tensor indices of the outputs. */
    virtual std::vector<int> get_outputs_index() { return m_outputs_index; }

    /**
     * Compute the output shapes for these input shapes. An absent optional input has the shape {}. @return an empty
     * list if the shapes do not fit; the reason has been logged with refuse()
     */
    virtual std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) = 0;

    /** Compute the outputs. Nothing can fail here: everything has been checked. The default calls the other forward()
     * with the inputs, then the outputs. */
    virtual void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO);
    /** For modules that want tensors rather than the context. */
    virtual void forward(std::vector<TensorBase *> &tensors, runtime_mode_t mode = RUNTIME_MODE_AUTO);
    /** ESP-DL's low-level interface. What `args` points to depends on the operator. */
    virtual void forward_args(void *args);

    /** Refuse what cannot be computed. @return ESP_OK, or refuse()'s result */
    virtual esp_err_t check(ModelContext *context);
    /** Get ready to compute. Called again whenever memory has been planned anew. @return ESP_OK, ESP_ERR_NO_MEM, or
     * refuse()'s result
     */
    virtual esp_err_t prepare(ModelContext *context);
    /** The module's part in fusion, see dl_module_fusion.hpp; nullptr: it takes none. */
    virtual Fusible *fusible() { return nullptr; }

    /** Name of the kernel that prepare() has chosen; "" if the operator has no kernels to choose from. */
    virtual const char *kernel_name() const { return ""; }

    /** Log name, type and attributes. */
    virtual void print();
    virtual void set_preload_addr(void *addr, size_t size);
    virtual void preload() {}
    /** Forget all state that lasts from one inference to the next (StreamingCache). */
    virtual void reset() {}

    /** Check, prepare and compute, outside of a model. Errors are logged, and leave the outputs as they were.
     */
    virtual void run(TensorBase *input, TensorBase *output, runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE);
    /** The same with lists. A nullptr among the inputs is an absent optional input. */
    virtual void run(std::vector<dl::TensorBase *> inputs, std::vector<dl::TensorBase *> outputs,
                     runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE);

    /** Create from a node; each operator has its own. */
    static Module *deserialize(fbs::FbsModel *, std::string) { return nullptr; }

protected:
    /** The i-th input, or nullptr if it is absent. */
    TensorBase *input(ModelContext *context, size_t i) const {
        return i < m_inputs_index.size() && m_inputs_index[i] >= 0 ? context->get_tensor(m_inputs_index[i]) : nullptr;
    }
    TensorBase *output(ModelContext *context, size_t i = 0) const {
        return i < m_outputs_index.size() && m_outputs_index[i] >= 0 ? context->get_tensor(m_outputs_index[i])
                                                                     : nullptr;
    }

    /** Log "node '<name>' (<type>): <reason>" and return ESP_ERR_NOT_SUPPORTED: the one way an operator refuses
     * something. */
    esp_err_t refuse(const char *format, ...) const __attribute__((format(printf, 2, 3)));
    /** What most check() begin with: refuse a number of inputs or outputs outside these limits, and tensors whose type
     * is not among `types`. */
    esp_err_t check_tensors(ModelContext *context, size_t min_inputs, size_t max_inputs, size_t outputs,
                            std::initializer_list<dtype_t> types) const;
};

/** Warn of something that a node asks for and the chip ignores. The node is computed as on the chip. */
void warn_node(const std::string &node_name, const char *op_type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** What Module::refuse() does, for deserialize(), where there is no module yet. @return nullptr */
Module *refuse_node(const std::string &node_name, const char *op_type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

}  // namespace module
}  // namespace dl
