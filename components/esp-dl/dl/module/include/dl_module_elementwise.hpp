/**
 * @file dl_module_elementwise.hpp
 * Operators on corresponding elements of two or more tensors, with ONNX broadcasting: arithmetic, extrema, comparisons,
 * logic.
 *
 * Arithmetic takes int8, int16 and float32 in any combination and with any exponents; comparisons compare values and
 * give BOOL; logic takes and gives BOOL. A result is rounded once, to the output's exponent.
 */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dl_base_elementwise.hpp"
#include "dl_base_host_buffer.hpp"
#include "dl_module_base.hpp"

namespace dl {
namespace module {

/**
 * The order of the axes of an input. Constants keep the order of the original model, channels first, while the
 * activations of convolutions are channels last.
 */
typedef enum {
    AXES_AS_GIVEN = 0,  ///< the shape of the input is meant as it stands
    AXES_EITHER,        ///< the constant is channels first if its shape fits in that order only
    AXES_CHANNELS_FIRST =
        2  ///< the constant belongs to a channels-last activation: it is channels first if its shape fits in that order
} constant_axes_t;

/** Base of all element-wise operators, each of which is one operation of dl_base_elementwise.hpp. */
class Elementwise : public Module, public Fusible {
public:
    Elementwise(base::elementwise_t op, const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
                quant_type_t quant_type = QUANT_TYPE_NONE);

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    Fusible *fusible() override { return this; }
    FusionDescription describe(ModelContext *context) const override;

protected:
    base::ElementwiseArgs m_args;

    /** Find the order of the axes of the node's constants. */
    void read_constants(fbs::FbsModel *fbs_model, const std::string &node_name);
    std::vector<constant_axes_t> m_axes;  ///< of each input; behind the end of the list: AXES_AS_GIVEN

private:
    base::BoundKernel<base::ElementwiseArgs> m_kernel;
    /** Make the shapes of channels-first inputs channels-last. @return which inputs these are */
    std::vector<bool> adapt_shapes(std::vector<std::vector<int>> &shapes) const;

    struct Transposed {
        base::HostBuffer<uint8_t> data;  ///< the input, channels-last
        int batch = 0, channels = 0, space = 0;
    };
    std::vector<Transposed> m_transposed;  ///< of each input; with empty data, the input is used as it is
    base::HostBuffer<uint8_t> m_copy;  ///< copy of input 0, if the output overwrites it with elements of another size
};

/** An operator that is one operation without attributes. */
template <base::elementwise_t OP, bool VARIADIC = false>
class ElementwiseOp : public Elementwise {
public:
    ElementwiseOp(const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
                  quant_type_t quant_type = QUANT_TYPE_NONE)
        : Elementwise(OP, name, inplace, quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

using Add = ElementwiseOp<base::ELEMENTWISE_ADD>;
using Sub = ElementwiseOp<base::ELEMENTWISE_SUB>;
using Mul = ElementwiseOp<base::ELEMENTWISE_MUL>;
using Div = ElementwiseOp<base::ELEMENTWISE_DIV>;
using Pow = ElementwiseOp<base::ELEMENTWISE_POW>;
/** One or more inputs. */
using Sum = ElementwiseOp<base::ELEMENTWISE_ADD, true>;
using Max = ElementwiseOp<base::ELEMENTWISE_MAX, true>;
using Min = ElementwiseOp<base::ELEMENTWISE_MIN, true>;
using Equal = ElementwiseOp<base::ELEMENTWISE_EQUAL>;
using Greater = ElementwiseOp<base::ELEMENTWISE_GREATER>;
using GreaterOrEqual = ElementwiseOp<base::ELEMENTWISE_GREATER_OR_EQUAL>;
using Less = ElementwiseOp<base::ELEMENTWISE_LESS>;
using LessOrEqual = ElementwiseOp<base::ELEMENTWISE_LESS_OR_EQUAL>;
using And = ElementwiseOp<base::ELEMENTWISE_AND>;
using Or = ElementwiseOp<base::ELEMENTWISE_OR>;
using Xor = ElementwiseOp<base::ELEMENTWISE_XOR>;

/** The remainder. With fmod 1, it has the sign of the dividend, as C's fmod() has; with 0, that of the divisor. */
class Mod : public Elementwise {
public:
    Mod(const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
        quant_type_t quant_type = QUANT_TYPE_NONE, int fmod = 1)
        : Elementwise(fmod ? base::ELEMENTWISE_FMOD : base::ELEMENTWISE_MOD, name, inplace, quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

/** x >= 0 ? x : x * slope. The axes of the slope are channels first: [c, 1, 1] goes with the last axis of a
 * channels-last x. */
class PRelu : public Elementwise {
public:
    /** @param alpha the second input, which the module owns from now on; nullptr: each call of run() gives it */
    PRelu(const char *name = nullptr, TensorBase *alpha = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
          quant_type_t quant_type = QUANT_TYPE_NONE)
        : Elementwise(base::ELEMENTWISE_PRELU, name, inplace, quant_type), m_alpha(alpha) {
        m_axes = {AXES_AS_GIVEN, AXES_CHANNELS_FIRST};
    }
    using Module::run;
    void run(std::vector<TensorBase *> inputs, std::vector<TensorBase *> outputs,
             runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE) override;
    /** An int8 node with a table (attribute `lut`) becomes a module LUT. */
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    std::unique_ptr<TensorBase> m_alpha;
};

}  // namespace module
}  // namespace dl
