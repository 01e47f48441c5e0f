/**
 * @file dl_module_unary.hpp
 * Operators on one tensor, element by element: activations, mathematical functions, type conversions.
 *
 * The output has the input's shape. Input and output are int8, int16 or float32, in any combination and with any
 * exponents; Not takes and gives BOOL. int8 to int8 is always a table of 256 entries: the file's (attribute `lut`) or,
 * without one, the function's. int16 uses the file's table only in LUT and Gelu (nearest entry); the others compute in
 * float.
 */
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "dl_base_host_buffer.hpp"
#include "dl_base_unary.hpp"
#include "dl_module_attribute.hpp"
#include "dl_module_copy.hpp"

namespace dl {
namespace module {

/** What all of them share. Each operator below is one of its functions. */
class Unary : public Module, public Fusible {
public:
    /**
     * @param op   function
     * @param a, b its attributes (dl_base_unary.hpp)
     * @param lut  table, owned from now on, or nullptr: int8[256], or for LUT and Gelu int16[65536 / step + 1]
     * (int16[65536] for step 1)
     */
    Unary(base::unary_t op, const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
          quant_type_t quant_type = QUANT_TYPE_NONE, float a = 0, float b = 0, TensorBase *lut = nullptr);

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    Fusible *fusible() override { return this; }
    FusionDescription describe(ModelContext *context) const override;
    bool set_input_pitch(size_t i, int pitch) override;
    bool set_output_pitch(size_t i, int pitch) override;
    void print() override;

protected:
    base::UnaryArgs m_args;

    /** A table may stand for an operator with parameters, which are then among the inputs and not read. */
    virtual size_t max_inputs() const { return m_args.op == base::UNARY_LUT ? 3 : 1; }

private:
    const int8_t *int8_table() const;
    /** @param pitch of the input or the output: this one's member */
    bool set_pitch(int *pitch, int value);

    int m_row = 0;  ///< elements of the last axis
    int m_in_pitch = 0;
    int m_out_pitch = 0;
    std::unique_ptr<TensorBase> m_lut;
    base::BoundKernel<base::UnaryArgs> m_kernel;
    base::HostBuffer<uint8_t> m_copy;  ///< of the input, where the output overwrites it with elements of another size
};

/** An operator that is one function without attributes. */
template <base::unary_t OP>
class UnaryOp : public Unary {
public:
    UnaryOp(const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
            quant_type_t quant_type = QUANT_TYPE_NONE, TensorBase *lut = nullptr)
        : Unary(OP, name, inplace, quant_type, 0, 0, lut) {}
    /** By table, owned from now on. */
    UnaryOp(const char *name, TensorBase *lut, module_inplace_t inplace = MODULE_NON_INPLACE,
            quant_type_t quant_type = QUANT_TYPE_NONE)
        : Unary(OP, name, inplace, quant_type, 0, 0, lut) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
        return new UnaryOp(node_name.c_str(), MODULE_INPLACE_CHANGED_BUFFER, get_quant_type(fbs_model, node_name),
                           fbs_model->get_operation_lut(node_name));
    }
};

using Abs = UnaryOp<base::UNARY_ABS>;
using Ceil = UnaryOp<base::UNARY_CEIL>;
using Cos = UnaryOp<base::UNARY_COS>;
using Erf = UnaryOp<base::UNARY_ERF>;
using Exp = UnaryOp<base::UNARY_EXP>;
using Floor = UnaryOp<base::UNARY_FLOOR>;
using HardSwish = UnaryOp<base::UNARY_HARD_SWISH>;
using Log = UnaryOp<base::UNARY_LOG>;
using Neg = UnaryOp<base::UNARY_NEG>;
using Reciprocal = UnaryOp<base::UNARY_RECIPROCAL>;
using Relu = UnaryOp<base::UNARY_RELU>;
using Round = UnaryOp<base::UNARY_ROUND>;
using Sigmoid = UnaryOp<base::UNARY_SIGMOID>;
using Sign = UnaryOp<base::UNARY_SIGN>;
using Sin = UnaryOp<base::UNARY_SIN>;
using Softplus = UnaryOp<base::UNARY_SOFTPLUS>;
using Sqrt = UnaryOp<base::UNARY_SQRT>;
using Swish = UnaryOp<base::UNARY_SWISH>;
using Tanh = UnaryOp<base::UNARY_TANH>;
/** The file's table and nothing else. */
using LUT = UnaryOp<base::UNARY_LUT>;

/** x < 0 ? alpha (e^x - 1) : x */
class Elu : public Unary {
public:
    Elu(const char *name = nullptr, float alpha = 1.0f, module_inplace_t inplace = MODULE_NON_INPLACE,
        quant_type_t quant_type = QUANT_TYPE_NONE, TensorBase *lut = nullptr)
        : Unary(base::UNARY_ELU, name, inplace, quant_type, alpha, 0, lut) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

/** x < 0 ? alpha x : x */
class LeakyRelu : public Unary {
public:
    LeakyRelu(const char *name = nullptr, float alpha = 0.01f, module_inplace_t inplace = MODULE_NON_INPLACE,
              quant_type_t quant_type = QUANT_TYPE_NONE, TensorBase *lut = nullptr)
        : Unary(base::UNARY_LEAKY_RELU, name, inplace, quant_type, alpha, 0, lut) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

/** max(0, min(1, alpha x + beta)) */
class HardSigmoid : public Unary {
public:
    HardSigmoid(const char *name = nullptr, float alpha = 0.2f, float beta = 0.5f,
                module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE,
                TensorBase *lut = nullptr)
        : Unary(base::UNARY_HARD_SIGMOID, name, inplace, quant_type, alpha, beta, lut) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

/**
 * x times the normal distribution function. The exact form also for nodes with approximate = tanh: so the quantizer
 * that writes the files simulates them.
 */
class Gelu : public Unary {
public:
    Gelu(const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
         quant_type_t quant_type = QUANT_TYPE_NONE, TensorBase *lut = nullptr)
        : Unary(base::UNARY_GELU, name, inplace, quant_type, 0, 0, lut) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

/**
 * min(max(x, low), high). The bounds are the scalar inputs 1 and 2 (quantized like any tensor, each may be absent), or
 * else the constructor's.
 */
class Clip : public Unary {
public:
    Clip(const char *name = nullptr, float low = -INFINITY, float high = INFINITY,
         module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE,
         TensorBase *lut = nullptr)
        : Unary(base::UNARY_CLIP, name, inplace, quant_type, low, high, lut), m_low(low), m_high(high) {}
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

protected:
    size_t max_inputs() const override { return 3; }

private:
    float m_low;
    float m_high;
};

/** BOOL to BOOL. */
class Not : public Unary {
public:
    Not(const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
        quant_type_t quant_type = QUANT_TYPE_NONE)
        : Unary(base::UNARY_NOT, name, inplace, quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

/** The input as it is. */
class Identity : public CopyModule {
public:
    Identity(const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
             quant_type_t quant_type = QUANT_TYPE_NONE)
        : CopyModule(name, inplace, quant_type) {}
    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t prepare(ModelContext *context) override { return prepare_flat(context); }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

/**
 * The same values in another type or with another exponent: round(x / 2^e) for an integer output. Also QuantizeLinear
 * (float in) and DequantizeLinear (float out). The file's scale and zero point (inputs 1 and 2) repeat what the
 * exponents say, and are not read: published models hold zeros there.
 */
class RequantizeLinear : public Unary {
public:
    RequantizeLinear(const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
                     quant_type_t quant_type = QUANT_TYPE_NONE)
        : Unary(base::UNARY_IDENTITY, name, inplace, quant_type) {}
    FusionDescription describe(ModelContext *context) const override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

protected:
    size_t max_inputs() const override { return 3; }
};

}  // namespace module
}  // namespace dl
