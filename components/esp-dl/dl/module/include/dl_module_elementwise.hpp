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
#include "dl_module_base.hpp"

namespace dl {
namespace module {

/**
 * Constants of a network keep the axes of the original model, channels first, while activations of the convolution
 * family are channels-last.
 */
typedef enum {
    AXES_AS_GIVEN = 0,       ///< an input is what its shape says
    AXES_EITHER,             ///< a constant is channels-first if its shape only fits that way
    AXES_CHANNELS_FIRST = 2  ///< a constant beside a channels-last activation: channels-first, unless that does not fit
} constant_axes_t;

/** What all of them share. Each operator below is one of its operations. */
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

    /** Find out how the node's constants are meant. */
    void read_constants(fbs::FbsModel *fbs_model, const std::string &node_name);
    std::vector<constant_axes_t> m_axes;  ///< per input; AXES_AS_GIVEN where the list ends

private:
    base::BoundKernel<base::ElementwiseArgs> m_kernel;
    /** Turn the shapes of channels-first inputs into channels-last ones. @return which inputs those are */
    std::vector<bool> adapt_shapes(std::vector<std::vector<int>> &shapes) const;

    struct Transposed {
        std::vector<uint8_t> data;  ///< the input, channels-last
        int batch = 0, channels = 0, space = 0;
    };
    std::vector<Transposed> m_transposed;  ///< per input; empty data: used as it is
    std::vector<uint8_t> m_copy;           ///< of input 0, where the output overwrites it with elements of another size
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

/** Remainder. fmod 1: with the sign of the dividend, as C's fmod(); 0: with the sign of the divisor. */
class Mod : public Elementwise {
public:
    Mod(const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
        quant_type_t quant_type = QUANT_TYPE_NONE, int fmod = 1)
        : Elementwise(fmod ? base::ELEMENTWISE_FMOD : base::ELEMENTWISE_MOD, name, inplace, quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

/** x >= 0 ? x : x * slope. The slope's axes are channels-first: [c, 1, 1] belongs to the last axis of a channels-last
 * x. */
class PRelu : public Elementwise {
public:
    /** @param alpha owned from now on, the second input of run(); nullptr: that is given with each call */
    PRelu(const char *name = nullptr, TensorBase *alpha = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
          quant_type_t quant_type = QUANT_TYPE_NONE)
        : Elementwise(base::ELEMENTWISE_PRELU, name, inplace, quant_type), m_alpha(alpha) {
        m_axes = {AXES_AS_GIVEN, AXES_CHANNELS_FIRST};
    }
    using Module::run;
    void run(std::vector<TensorBase *> inputs, std::vector<TensorBase *> outputs,
             runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE) override;
    /** With a table (attribute `lut`), int8: a module LUT. */
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    std::unique_ptr<TensorBase> m_alpha;
};

}  // namespace module
}  // namespace dl
