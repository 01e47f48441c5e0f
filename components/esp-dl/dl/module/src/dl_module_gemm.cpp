#include "dl_module_gemm.hpp"

#include "dl_module_attribute.hpp"

static const char *TAG = "Gemm";

namespace dl {
namespace module {

Gemm::Gemm(const char *name, const GemmAttributes &attributes, base::weight_layout_t layout, quant_type_t quant_type)
    : WeightedModule(name, attributes.activation, layout, quant_type), m_attributes(attributes) {
    op_type = TAG;
}

bool Gemm::read_shapes(const std::vector<int> &a, const std::vector<int> &b, int *m, int *n, int *k) const {
    if (a.empty() || (a.size() != 2 && m_attributes.trans_a) || tool::shape_size(a) <= 0 || tool::shape_size(b) <= 0) {
        refuse("inputs of shapes %s and %s cannot be multiplied", tool::shape_to_string(a).c_str(),
               tool::shape_to_string(b).c_str());
        return false;
    }
    int rows, columns;
    if (m_layout == base::WEIGHT_LAYOUT_ONNX ? b.size() == 2
                                             : (b.size() == 4 && b[0] == 1 && b[1] == 1) || b.size() == 2) {
        rows = b[b.size() - 2];
        columns = b[b.size() - 1];
    } else {
        refuse("weights of shape %s: %s needed", tool::shape_to_string(b).c_str(),
               m_layout == base::WEIGHT_LAYOUT_ONNX ? "rank 2" : "[1, 1, k, n]");
        return false;
    }
    *k = m_attributes.trans_b ? columns : rows;
    *n = m_attributes.trans_b ? rows : columns;
    *m = m_attributes.trans_a ? a[1] : static_cast<int>(tool::shape_size(a) / a.back());
    const int a_k = m_attributes.trans_a ? a[0] : a.back();
    if (a_k != *k) {
        refuse("inputs of shapes %s (transA %d) and %s (transB %d) cannot be multiplied",
               tool::shape_to_string(a).c_str(), m_attributes.trans_a, tool::shape_to_string(b).c_str(),
               m_attributes.trans_b);
        return false;
    }
    return true;
}

std::vector<std::vector<int>> Gemm::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    int m, n, k;
    if (input_shapes.size() != 2 && input_shapes.size() != 3) {
        refuse("it has %zu inputs: 2 or 3 are supported", input_shapes.size());
        return {};
    }
    if (!read_shapes(input_shapes[0], input_shapes[1], &m, &n, &k)) {
        return {};
    }
    std::vector<int> shape = input_shapes[0];
    if (m_attributes.trans_a) {
        shape[0] = m;
    }
    shape.back() = n;
    return {shape};
}

esp_err_t Gemm::check(ModelContext *context) {
    const esp_err_t result = check_tensors(
        context, 2, 3, 1, {DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT, DATA_TYPE_INT32, DATA_TYPE_INT64});
    if (result != ESP_OK) {
        return result;
    }
    TensorBase *a = input(context, 0), *b = input(context, 1), *c = input(context, 2);
    int m, n, k;
    if (!read_shapes(a->shape, b->shape, &m, &n, &k)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (m_layout != base::WEIGHT_LAYOUT_ONNX && m_attributes.trans_b) {
        return refuse("transB with quantized weights, which are kept by output channel anyway");
    }
    if (c) {
        const std::vector<int> &shape = c->shape;
        if (a->dtype != DATA_TYPE_FLOAT && c->size != n) {
            return refuse("C of shape %s: quantized Gemm has one value for each of %d columns",
                          tool::shape_to_string(shape).c_str(), n);
        }
        const int columns = shape.empty() ? 1 : shape.back();
        const int rows = shape.size() < 2 ? 1 : shape[shape.size() - 2];
        if (a->dtype == DATA_TYPE_FLOAT && ((columns != n && columns != 1) || (rows != m && rows != 1) ||
                                            static_cast<int64_t>(rows) * columns != c->size)) {
            return refuse("C of shape %s cannot be broadcast to [%d, %d]", tool::shape_to_string(shape).c_str(), m, n);
        }
    }
    return check_weights(a, b, c, output(context), n);
}

void Gemm::unpack_weights(TensorBase *b, int n, int k, base::HostBuffer<uint8_t> *weights) const {
    weights->resize(b->get_bytes());
    // With transB, the file's B is [n, k], which is the plain layout.
    const base::weight_layout_t layout = m_attributes.trans_b ? base::WEIGHT_LAYOUT_PLAIN : m_layout;
    base::unpack_matrix(layout, base::weight_block(b->dtype), b->get_dtype_bytes(), n, k, b->get_element_ptr(),
                        weights->data());
}

esp_err_t Gemm::prepare(ModelContext *context) {
    TensorBase *a = input(context, 0), *b = input(context, 1), *c = input(context, 2);
    int m, n, k;
    if (!read_shapes(a->shape, b->shape, &m, &n, &k)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    m_conv = base::ConvArgs();
    m_gemm = base::GemmArgs();
    const bool is_float = a->dtype == DATA_TYPE_FLOAT;
    const bool bias_by_column = !c || !is_float || (c->size == n && (n == 1 || c->shape.back() == n));
    const bool plain = !is_float || (m_attributes.alpha == 1 && m_attributes.beta == 1);
    m_is_rows = !m_attributes.trans_a && plain && bias_by_column;
    if (m_is_rows) {
        fill_rows(m_conv, m, k, n);
        fill_scaling(m_conv, a, b, c, output(context), n);
        unpack_weights(b, n, k, &m_conv.weights);
        m_conv_kernel = base::select_conv(m_conv);
        return m_conv_kernel ? ESP_OK : refuse("no kernel");
    }

    m_gemm.dtype = a->dtype;
    m_gemm.m = m;
    m_gemm.n = n;
    m_gemm.k = k;
    m_gemm.a_stride_m = m_attributes.trans_a ? 1 : k;
    m_gemm.a_stride_k = m_attributes.trans_a ? m : 1;
    m_gemm.alpha = is_float ? m_attributes.alpha : 1;
    m_gemm.beta = is_float ? m_attributes.beta : 1;
    m_gemm.relu = m_activation == ReLU;
    if (a->dtype == DATA_TYPE_FLOAT) {
        m_gemm.bias_float.assign(1, 0.0f);
        if (c) {
            const float *values = c->get_element_ptr<float>();
            m_gemm.bias_float.assign(values, values + c->size);
            m_gemm.c_stride_n = !c->shape.empty() && c->shape.back() == n ? 1 : 0;
            m_gemm.c_stride_m =
                c->shape.size() >= 2 && c->shape[c->shape.size() - 2] == m && m > 1 ? c->shape.back() : 0;
        }
    } else {
        fill_scaling(m_conv, a, b, c, output(context), n);
        m_gemm.bias = m_conv.bias;
        m_gemm.shifts = m_conv.shifts;
        m_gemm.c_stride_n = 1;
    }
    unpack_weights(b, n, k, &m_gemm.weights);
    m_gemm_kernel = base::select_gemm(m_gemm);
    return m_gemm_kernel ? ESP_OK : refuse("no kernel");
}

void Gemm::forward(ModelContext *context, runtime_mode_t mode) {
    const void *a = input(context, 0)->get_element_ptr();
    void *y = output(context)->get_element_ptr();
    if (m_is_rows) {
        m_conv.input = a;
        m_conv.output = y;
        parallel_for(mode, m_conv.units, [this](int begin, int end) { m_conv_kernel.run(m_conv, begin, end); });
    } else {
        m_gemm.input = a;
        m_gemm.output = y;
        parallel_for(mode, m_gemm.units, [this](int begin, int end) { m_gemm_kernel.run(m_gemm, begin, end); });
    }
}

const char *Gemm::kernel_name() const {
    const char *kernel = m_is_rows ? m_conv_kernel.name : m_gemm_kernel.name;
    return kernel ? kernel : "";
}

void Gemm::print() {
    ESP_LOGI(TAG, "%s: alpha %g, beta %g, transA %d, transB %d, activation %s", name.c_str(), m_attributes.alpha,
             m_attributes.beta, m_attributes.trans_a, m_attributes.trans_b, m_activation == ReLU ? "Relu" : "Linear");
}

Module *Gemm::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    GemmAttributes attributes;
    int trans_a = 0, trans_b = 0;
    fbs_model->get_operation_attribute(node_name, "alpha", attributes.alpha);
    fbs_model->get_operation_attribute(node_name, "beta", attributes.beta);
    fbs_model->get_operation_attribute(node_name, "transA", trans_a);
    fbs_model->get_operation_attribute(node_name, "transB", trans_b);
    if (get_quant_type(fbs_model, node_name) != QUANT_TYPE_FLOAT32 && (attributes.alpha != 1 || attributes.beta != 1)) {
        warn_node(node_name, TAG, "alpha %g and beta %g are passed over: quantized, both are 1", attributes.alpha,
                  attributes.beta);
    }
    attributes.trans_a = trans_a != 0;
    attributes.trans_b = trans_b != 0;
    if (!get_activation(fbs_model, node_name, TAG, &attributes.activation)) {
        return nullptr;
    }
    std::vector<std::string> inputs, outputs;
    fbs_model->get_operation_inputs_and_outputs(node_name, inputs, outputs);
    if (inputs.size() < 2 || !fbs_model->is_parameter(inputs[1])) {
        return refuse_node(node_name, TAG, "the weights are no constant");
    }
    const std::vector<int> shape = fbs_model->get_tensor_shape(inputs[1]);
    base::weight_layout_t layout;
    std::string reason;
    if (!base::parse_weight_layout(fbs_model->get_tensor_layout(inputs[1]), fbs_model->get_tensor_dtype(inputs[1]), 0,
                                   false, shape.empty() ? 0 : shape.back(), &layout, &reason)) {
        return refuse_node(node_name, TAG, "%s", reason.c_str());
    }
    return new Gemm(node_name.c_str(), attributes, layout, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
