/**
 * @file dl_module_conv.hpp
 * Conv: convolution of [batch, height, width, channels] or [batch, width, channels] with constant weights, see
 * dl_base_conv.hpp.
 */
#pragma once

#include <vector>

#include "dl_base_add_rows.hpp"
#include "dl_module_weighted.hpp"

namespace dl {
namespace module {

/** Attributes of Conv. Lists have one entry per spatial dimension; empty lists are ONNX's defaults. */
struct ConvAttributes {
    std::vector<int> strides;
    std::vector<int> dilations;
    std::vector<int> pads;  ///< [top, left, bottom, right] or [left, right]
    int group = 1;
    activation_type_t activation = Linear;
};

class Conv : public WeightedModule, public Fusible {
public:
    /** Inputs: x, weights, optional bias. @param layout how the weights are kept, see default_layout() */
    Conv(const char *name, const ConvAttributes &attributes, base::weight_layout_t layout, quant_type_t quant_type);
    Conv(activation_type_t activate = Linear, std::vector<int> pads = {}, std::vector<int> dilations = {},
         std::vector<int> strides = {}, const char *name = nullptr, const int group = 1,
         quant_type_t quant_type = QUANT_TYPE_NONE)
        : Conv(name, {strides, dilations, pads, group, activate}, default_layout(quant_type), quant_type) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

    Fusible *fusible() override { return this; }
    /** Takes in functions from int8 to int8, one after the other: every output value v becomes table[v + 128]. Then it
     * takes in an Add of another tensor. */
    bool fuse(const Module *next, const FusionDescription &description, ModelContext *context) override;
    void set_fused(bool fused) override;
    bool set_input_pitch(size_t i, int pitch) override;
    bool set_output_pitch(size_t i, int pitch) override;

private:
    /** Set kernel size and channels from the dimensions of the weights. @return false, with a log line, if they do not
     * fit the attributes */
    bool read_weight_shape(const std::vector<int> &shape, base::ConvArgs *args) const;
    /** Set all of args that follows from shapes. */
    bool read_geometry(const std::vector<int> &x, const std::vector<int> &w, base::ConvArgs *args) const;

    /** Add the other tensor of the Add that was taken in to what a unit has computed. */
    void add(int unit) const;

    ConvAttributes m_attributes;
    base::ConvArgs m_args;
    base::BoundKernel<base::ConvArgs> m_kernel;
    std::vector<int8_t> m_lut;  ///< the tables of all functions that were taken in, combined; empty: there is none
    base::AddRowsArgs m_add;
    base::BoundKernel<base::AddRowsArgs> m_add_kernel;  ///< of the Add that was taken in; empty: there is none
    int m_added = -1;                                   ///< the tensor that is added; -1: none
    int m_fused_output = -1;                            ///< output of the last module that was taken in; -1: none was
    bool m_fused = false;
};

}  // namespace module
}  // namespace dl
