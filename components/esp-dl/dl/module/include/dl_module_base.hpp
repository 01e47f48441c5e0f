/**
 * @file dl_module_base.hpp
 * The base class of all operators.
 *
 * Life of a module in a model:
 *   deserialize()       reads the node's attributes; nullptr with a log line if one is unknown or out of range
 *   get_output_shape()  shapes out of shapes; an empty list (with a log line) refuses them
 *   check()             sees every tensor described (shape, type, exponent; parameters with their data, variables
 * without) and refuses what the operator cannot compute prepare()           sees every tensor in its planned memory:
 * chooses the kernel, repacks weights, computes shifts and tables forward()           only calls the kernel
 */
#pragma once

#include <string>
#include <vector>

#include "dl_define.hpp"
#include "dl_model_context.hpp"
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
 * A module's name: the `char *name` of the documented API, which also answers c_str(), as the tutorial's code asks of
 * it.
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
    quant_type_t quant_type;           ///< what it computes in
    std::vector<int> m_inputs_index;   ///< tensors in the model context; -1 for an optional input that is absent
    std::vector<int> m_outputs_index;  ///< tensors in the model context
    std::string op_type;               ///< the node's type, set by ModuleCreator

    Module(const char *name = NULL, module_inplace_t inplace = MODULE_NON_INPLACE,
           quant_type_t quant_type = QUANT_TYPE_NONE);
    virtual ~Module();
    Module(const Module &) = delete;
    Module &operator=(const Module &) = delete;

    /** Tensor indices of the outputs. */
    virtual std::vector<int> get_outputs_index() { return m_outputs_index; }

    /**
     * Output shapes for these input shapes (an absent optional input has the shape {}). An empty result means: these
     * shapes cannot be; the reason has been logged with refuse().
     */
    virtual std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) = 0;

    /** Compute. Everything was checked before: it cannot fail. The default hands inputs and outputs, in this order, to
     * the other forward(). */
    virtual void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO);
    /** For modules that want tensors rather than the context. */
    virtual void forward(std::vector<TensorBase *> &tensors, runtime_mode_t mode = RUNTIME_MODE_AUTO);
    /** Low-level interface; what args points to is the operator's business. */
    virtual void forward_args(void *args);

    /** Refuse what cannot be computed. @return ESP_OK, or refuse()'s result */
    virtual esp_err_t check(ModelContext *context);
    /** Get ready; called again whenever memory was planned anew. @return ESP_OK, ESP_ERR_NO_MEM, or refuse()'s result
     */
    virtual esp_err_t prepare(ModelContext *context);
    /**
     * Do the work of `next`, the only reader of this module's only output, too: forward() then writes next's output,
     * and what this module alone would have written is never seen. Called after prepare(), and again for the only
     * reader of next's output. Must not change a bit of the result.
     * A variable that `next` reads beside that output becomes an input of this module: set_input_pitch() knows it as
     * the one behind its own.
     * @return false if that is not possible; nothing has changed then
     */
    virtual bool fuse(Module *next, ModelContext *context) {
        (void)next;
        (void)context;
        return false;
    }
    /** The 256 results of an operator that, as prepared, maps int8 to int8 element by element; index x + 128. */
    virtual const int8_t *int8_table() const { return nullptr; }
    /** Where the operator, as prepared, is output = saturate(a + b) of two integer tensors of the output's shape, type
     * and exponent, one of them being `tensor`: the other one's index. Else -1. */
    virtual int added_to(int tensor, ModelContext *context) const {
        (void)tensor;
        (void)context;
        return -1;
    }
    /** Its values are its input's in another type or with another exponent, and nothing else. */
    virtual bool only_converts() const { return false; }
    /** Switch a fusion off, to see the tensor in between, and on again. */
    virtual void set_fused(bool fused) { (void)fused; }

    /** A tensor that is a stretch of another one's rows, or rows of it: `part`'s first element is that of row `row` and
     * column `column` of `whole`, a row being the elements of the last axis. */
    struct Part {
        int whole;
        int part;
        int row;
        int column;
    };
    /** The tensors (indices) that forward() copies unchanged into, or out of, others. Where they lie in one another
     * already, forward() finds nothing to do. */
    virtual std::vector<Part> parts(ModelContext *context) const {
        (void)context;
        return {};
    }
    /**
     * Read the i-th input as rows (of the last axis) that begin `pitch` elements after each other; 0: that follow each
     * other, as after prepare().
     * @return false if it cannot; nothing has changed then
     */
    virtual bool set_input_pitch(size_t i, int pitch) {
        (void)i;
        return pitch == 0;
    }
    /** The same for writing the i-th output. After fuse() that is the output of the last module taken in. */
    virtual bool set_output_pitch(size_t i, int pitch) {
        (void)i;
        return pitch == 0;
    }

    /** Name of the kernel chosen by prepare(); "" if the operator has none to choose. */
    virtual const char *kernel_name() const { return ""; }

    /** Log name, type and attributes. */
    virtual void print();
    virtual void set_preload_addr(void *addr, size_t size);
    virtual void preload() {}
    /** Forget all state that lasts from one inference to the next (StreamingCache). */
    virtual void reset() {}

    /** Run alone, outside a model: checks, prepares and computes. Errors are logged and leave the outputs as they were.
     */
    virtual void run(TensorBase *input, TensorBase *output, runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE);
    /** A nullptr among the inputs is an absent optional input. */
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
    /** As check() often needs it: is the number of inputs and outputs in these ranges, and every present tensor's type
     * among `types`? */
    esp_err_t check_tensors(ModelContext *context, size_t min_inputs, size_t max_inputs, size_t outputs,
                            std::initializer_list<dtype_t> types) const;
};

/** Warn of what a node asks for and the chip passes over: it is computed as on the chip. */
void warn_node(const std::string &node_name, const char *op_type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** As Module::refuse(), for deserialize(), where no module exists yet. @return nullptr */
Module *refuse_node(const std::string &node_name, const char *op_type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

}  // namespace module
}  // namespace dl
