#include "dl_module_reduce.hpp"

#include <cstdlib>

#include "dl_base_broadcast.hpp"
#include "dl_base_rescale.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

Reduce::Reduce(base::reduce_t op, std::vector<int> axes, bool keepdims, bool noop_with_empty_axes, const char *name,
               module_inplace_t inplace, quant_type_t quant_type)
    : Module(name, inplace, quant_type), m_axes(axes), m_keepdims(keepdims), m_noop(noop_with_empty_axes) {
    m_args.op = op;
}

bool Reduce::get_flags(size_t rank, std::vector<bool> &flags) const {
    flags.assign(rank, m_axes.empty() && !m_noop);
    for (int axis : m_axes) {
        int normal = axis;
        if (!normalize_axis(normal, static_cast<int>(rank))) {
            refuse("axis %d does not exist in an input of %zu dimensions", axis, rank);
            return false;
        }
        flags[normal] = true;
    }
    return true;
}

std::vector<std::vector<int>> Reduce::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    std::vector<bool> flags;
    if (input_shapes.empty() || !get_flags(input_shapes[0].size(), flags)) {
        return {};
    }
    std::vector<int> out;
    for (size_t i = 0; i < flags.size(); i++) {
        if (!flags[i]) {
            out.push_back(input_shapes[0][i]);
        } else if (m_keepdims) {
            out.push_back(1);
        }
    }
    return {out.empty() ? std::vector<int>{1} : out};
}

esp_err_t Reduce::check(ModelContext *context) {
    // Input 1 are the axes: deserialize() has read them.
    if (m_inputs_index.empty() || m_inputs_index.size() > 2 || m_outputs_index.size() != 1) {
        return refuse("it has %zu inputs and %zu outputs: 1 or 2 inputs and 1 output are needed", m_inputs_index.size(),
                      m_outputs_index.size());
    }
    const TensorBase *in = input(context, 0);
    const TensorBase *out = output(context);
    if (!in || !out) {
        return refuse("input or output is missing");
    }
    for (const TensorBase *tensor : {in, out}) {
        if (tensor->dtype != DATA_TYPE_INT8 && tensor->dtype != DATA_TYPE_INT16 && tensor->dtype != DATA_TYPE_FLOAT) {
            return refuse("a tensor is of type %s: int8, int16 and float are supported", tensor->get_dtype_string());
        }
        if (tensor->exponent.is_per_channel() || std::abs(tensor->get_exponent()) > base::EXPONENT_LIMIT) {
            return refuse("an exponent is %d or per channel: one of -%d to %d is needed", tensor->get_exponent(),
                          base::EXPONENT_LIMIT, base::EXPONENT_LIMIT);
        }
    }
    if (in->shape.size() > static_cast<size_t>(base::MAX_RANK) || in->size <= 0) {
        return refuse("the input has shape %s: 1 to %d dimensions and no empty one are needed",
                      tool::shape_to_string(in->shape).c_str(), base::MAX_RANK);
    }
    std::vector<std::vector<int>> shapes = {in->shape};
    const std::vector<std::vector<int>> expected = get_output_shape(shapes);
    if (expected.empty()) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (out->size != tool::shape_size(expected[0])) {
        return refuse("the output has shape %s: %s is needed", tool::shape_to_string(out->shape).c_str(),
                      tool::shape_to_string(expected[0]).c_str());
    }
    return ESP_OK;
}

esp_err_t Reduce::prepare(ModelContext *context) {
    const TensorBase *in = input(context, 0);
    const TensorBase *out = output(context);
    std::vector<bool> flags;
    get_flags(in->shape.size(), flags);
    m_args.in_type = in->dtype;
    m_args.out_type = out->dtype;
    m_args.in_exponent = in->get_exponent();
    m_args.out_exponent = out->get_exponent();
    base::set_reduce_axes(m_args, in->shape, flags);
    m_kernel = base::select_reduce(m_args);
    m_apart.prepare(in, out);
    return ESP_OK;
}

void Reduce::forward(ModelContext *context, runtime_mode_t mode) {
    m_args.in = m_apart.read(input(context, 0));
    m_args.out = output(context)->get_element_ptr();
    parallel_for(mode, m_args.units, [&](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

void Reduce::print() {
    ESP_LOGI("dl_module", "%s: %s, axes %s, keepdims %d", op_type.c_str(), name.c_str(),
             vector_to_string(m_axes).c_str(), static_cast<int>(m_keepdims));
}

template <base::reduce_t OP>
Module *ReduceOp<OP>::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    std::vector<int> axes;
    if (get_ints(fbs_model, node_name, 1, "axes", axes) == INTS_NOT_CONST) {
        return refuse_node(node_name, fbs_model->get_operation_type(node_name).c_str(), "the axes are not constant");
    }
    int keepdims = 1;
    int noop_with_empty_axes = 0;
    fbs_model->get_operation_attribute(node_name, "keepdims", keepdims);
    fbs_model->get_operation_attribute(node_name, "noop_with_empty_axes", noop_with_empty_axes);
    return new ReduceOp(axes, keepdims, noop_with_empty_axes, node_name.c_str(), MODULE_INPLACE_CHANGED_BUFFER,
                        get_quant_type(fbs_model, node_name));
}

template class ReduceOp<base::REDUCE_L1>;
template class ReduceOp<base::REDUCE_L2>;
template class ReduceOp<base::REDUCE_LOG_SUM>;
template class ReduceOp<base::REDUCE_LOG_SUM_EXP>;
template class ReduceOp<base::REDUCE_MAX>;
template class ReduceOp<base::REDUCE_MEAN>;
template class ReduceOp<base::REDUCE_MIN>;
template class ReduceOp<base::REDUCE_PROD>;
template class ReduceOp<base::REDUCE_SUM>;
template class ReduceOp<base::REDUCE_SUM_SQUARE>;

}  // namespace module
}  // namespace dl
