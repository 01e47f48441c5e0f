/**
 * @file dl_module_pool.hpp
 * MaxPool, AveragePool and GlobalAveragePool on [n, h, w, c] or [n, w, c].
 */
#pragma once

#include "dl_base_pool.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

/** Attributes of a pooling operator, as in ONNX; one entry per axis, pads all begins, then all ends. */
struct PoolAttributes {
    std::vector<int> kernel_shape;
    std::vector<int> strides;    ///< {}: 1
    std::vector<int> pads;       ///< {}: 0
    std::vector<int> dilations;  ///< {}: 1
    bool ceil_mode = false;
    bool count_include_pad = false;
};

/** What the three have in common. An empty kernel_shape is the whole input. */
class Pool : public Module, public Fusible {
public:
    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    Fusible *fusible() override { return this; }
    bool set_input_pitch(size_t i, int pitch) override;
    bool set_output_pitch(size_t i, int pitch) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;

protected:
    using Select = base::BoundKernel<base::PoolArgs> (*)(base::PoolArgs &);

    Pool(const char *name, const PoolAttributes &attributes, Select select, module_inplace_t inplace,
         quant_type_t quant_type)
        : Module(name, inplace, quant_type), m_attributes(attributes), m_select(select) {}

    /** Read a node's attributes. @return false, with a log line, if one is unknown or out of range */
    static bool read_attributes(fbs::FbsModel *fbs_model, const std::string &node_name, const char *op_type,
                                PoolAttributes &attributes);

private:
    /** Set the sizes for an input shape. @return false, with a log line, if the shape does not fit */
    bool resolve(const std::vector<int> &shape, base::PoolArgs &args) const;

    PoolAttributes m_attributes;
    Select m_select;
    base::PoolArgs m_args;
    base::BoundKernel<base::PoolArgs> m_kernel;
};

class MaxPool : public Pool {
public:
    MaxPool(const char *name, const PoolAttributes &attributes, module_inplace_t inplace = MODULE_NON_INPLACE,
            quant_type_t quant_type = QUANT_TYPE_NONE)
        : Pool(name, attributes, base::select_max_pool, inplace, quant_type) {}
    MaxPool(const char *name = nullptr, const std::vector<int> &kernel_shape = {2, 2},
            const std::vector<int> &pads = {}, const std::vector<int> &strides = {1, 1},
            quant_type_t quant_type = QUANT_TYPE_NONE)
        : MaxPool(name, PoolAttributes{kernel_shape, strides, pads, {}, false, false}, MODULE_NON_INPLACE, quant_type) {
    }
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

class AveragePool : public Pool {
public:
    AveragePool(const char *name, const PoolAttributes &attributes, module_inplace_t inplace = MODULE_NON_INPLACE,
                quant_type_t quant_type = QUANT_TYPE_NONE)
        : Pool(name, attributes, base::select_average_pool, inplace, quant_type) {}
    AveragePool(const char *name = nullptr, const std::vector<int> &kernel_shape = {2, 2},
                const std::vector<int> &pads = {}, const std::vector<int> &strides = {1, 1},
                quant_type_t quant_type = QUANT_TYPE_NONE)
        : AveragePool(name, PoolAttributes{kernel_shape, strides, pads, {}, false, false}, MODULE_NON_INPLACE,
                      quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

class GlobalAveragePool : public Pool {
public:
    GlobalAveragePool(const char *name = nullptr, quant_type_t quant_type = QUANT_TYPE_NONE)
        : Pool(name, {}, base::select_average_pool, MODULE_NON_INPLACE, quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

}  // namespace module
}  // namespace dl
