#include "dl_module_matmul.hpp"

#include <algorithm>

#include "dl_module_attribute.hpp"

static const char *TAG = "MatMul";

namespace dl {
namespace module {

MatMul::MatMul(const char *name, activation_type_t activation, bool constant, base::weight_layout_t layout,
               quant_type_t quant_type)
    : WeightedModule(name, activation, layout, quant_type), m_constant(constant) {
    op_type = TAG;
}

bool MatMul::read_shapes(const std::vector<int> &a, const std::vector<int> &b, Plan *plan) const {
    // A vector becomes a matrix of one row or one column. The result does not have that axis.
    std::vector<int> left = a, right = b;
    if (left.size() == 1) {
        left.insert(left.begin(), 1);
    }
    if (right.size() == 1) {
        right.push_back(1);
    }
    bool good = left.size() >= 2 && right.size() >= 2 && tool::shape_size(a) > 0 && tool::shape_size(b) > 0 &&
                left.back() == right[right.size() - 2];
    const size_t rank = std::max(left.size(), right.size());
    left.insert(left.begin(), rank - left.size(), 1);
    right.insert(right.begin(), rank - right.size(), 1);
    for (size_t i = 0; good && i + 2 < rank; i++) {
        good = left[i] == right[i] || left[i] == 1 || right[i] == 1;
    }
    if (!good) {
        refuse("inputs of shapes %s and %s cannot be multiplied", tool::shape_to_string(a).c_str(),
               tool::shape_to_string(b).c_str());
        return false;
    }

    plan->m = left[rank - 2];
    plan->k = left[rank - 1];
    plan->n = right[rank - 1];
    plan->shape.clear();
    plan->a_batch = {0};
    plan->b_batch = {0};
    for (size_t i = 0; i + 2 < rank; i++) {
        const int length = std::max(left[i], right[i]);
        std::vector<int> a_batch, b_batch;
        for (size_t j = 0; j < plan->a_batch.size(); j++) {
            for (int l = 0; l < length; l++) {
                a_batch.push_back(plan->a_batch[j] * left[i] + (left[i] == 1 ? 0 : l));
                b_batch.push_back(plan->b_batch[j] * right[i] + (right[i] == 1 ? 0 : l));
            }
        }
        plan->a_batch.swap(a_batch);
        plan->b_batch.swap(b_batch);
        plan->shape.push_back(length);
    }
    if (a.size() > 1) {
        plan->shape.push_back(plan->m);
    }
    if (b.size() > 1) {
        plan->shape.push_back(plan->n);
    }
    if (tool::shape_size(plan->shape) < 0) {
        refuse("the product of shapes %s and %s is too large", tool::shape_to_string(a).c_str(),
               tool::shape_to_string(b).c_str());
        return false;
    }
    return true;
}

std::vector<std::vector<int>> MatMul::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.size() != 2) {
        refuse("it has %zu inputs: 2 are supported", input_shapes.size());
        return {};
    }
    Plan plan;
    if (!read_shapes(input_shapes[0], input_shapes[1], &plan)) {
        return {};
    }
    return {plan.shape};
}

esp_err_t MatMul::check(ModelContext *context) {
    const esp_err_t result = check_tensors(context, 2, 2, 1, {DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
    if (result != ESP_OK) {
        return result;
    }
    TensorBase *a = input(context, 0), *b = input(context, 1), *y = output(context);
    Plan plan;
    if (!read_shapes(a->shape, b->shape, &plan)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (m_constant) {
        return check_weights(a, b, nullptr, y, plan.n);
    }
    if (a->dtype != b->dtype || a->dtype != y->dtype) {
        return refuse("inputs of types %s and %s, output of %s: one type is needed", tool::dtype_to_string(a->dtype),
                      tool::dtype_to_string(b->dtype), tool::dtype_to_string(y->dtype));
    }
    if ((a->dtype == DATA_TYPE_FLOAT) != (m_layout == base::WEIGHT_LAYOUT_ONNX)) {
        return refuse("quantization type %d and tensors of type %s", static_cast<int>(quant_type),
                      tool::dtype_to_string(a->dtype));
    }
    const int64_t shift =
        static_cast<int64_t>(y->exponent) - static_cast<int64_t>(a->exponent) - static_cast<int64_t>(b->exponent);
    if (a->dtype != DATA_TYPE_FLOAT && (shift < -63 || shift > 63)) {
        return refuse("exponents %d, %d (inputs) and %d (output) ask for a shift by %lld: at most 63",
                      static_cast<int>(a->exponent), static_cast<int>(b->exponent), static_cast<int>(y->exponent),
                      static_cast<long long>(shift));
    }
    return ESP_OK;
}

esp_err_t MatMul::prepare(ModelContext *context) {
    TensorBase *a = input(context, 0), *b = input(context, 1), *y = output(context);
    Plan plan;
    if (!read_shapes(a->shape, b->shape, &plan)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    m_args = base::MatmulArgs();
    m_args.dtype = a->dtype;
    m_args.m = plan.m;
    m_args.n = plan.n;
    m_args.k = plan.k;
    m_args.a_batch = plan.a_batch;
    m_args.b_batch = plan.b_batch;
    m_convs.clear();
    m_conv_kernels.clear();
    if (!m_constant) {
        m_args.layout = m_layout;
        m_args.shift = static_cast<int>(y->exponent) - static_cast<int>(b->exponent) - static_cast<int>(a->exponent);
        m_args.relu = m_activation == ReLU;
        m_kernel = base::select_matmul(m_args);
        return m_kernel ? ESP_OK : refuse("no kernel");
    }

    const int matrix = plan.n * plan.k;
    const size_t element = b->get_dtype_bytes();
    m_convs.resize(b->size / matrix);
    for (size_t i = 0; i < m_convs.size(); i++) {
        base::ConvArgs &conv = m_convs[i];
        // If all batches are multiplied by the same matrix, their rows together make one product.
        fill_rows(conv, m_convs.size() == 1 ? a->size / plan.k : plan.m, plan.k, plan.n);
        fill_scaling(conv, a, b, nullptr, y, plan.n);
        conv.weights.resize(matrix * element);
        base::unpack_matrix(m_layout, base::weight_block(b->dtype), element, plan.n, plan.k,
                            static_cast<const char *>(b->get_element_ptr()) + i * matrix * element,
                            conv.weights.data());
        m_conv_kernels.push_back(base::select_conv(conv));
        if (!m_conv_kernels.back()) {
            return refuse("no kernel");
        }
    }
    return ESP_OK;
}

void MatMul::forward(ModelContext *context, runtime_mode_t mode) {
    TensorBase *a = input(context, 0), *y = output(context);
    if (!m_constant) {
        m_args.a = a->get_element_ptr();
        m_args.b = input(context, 1)->get_element_ptr();
        m_args.output = y->get_element_ptr();
        parallel_for(mode, m_args.units, [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
        return;
    }
    const char *from = a->get_element_ptr<char>();
    char *to = y->get_element_ptr<char>();
    const size_t element = a->get_dtype_bytes();
    const size_t batches = m_convs.size() == 1 ? 1 : m_args.a_batch.size();
    for (size_t i = 0; i < batches; i++) {
        base::ConvArgs &conv = m_convs[m_args.b_batch[i]];
        const base::BoundKernel<base::ConvArgs> &kernel = m_conv_kernels[m_args.b_batch[i]];
        conv.input = from + static_cast<size_t>(m_args.a_batch[i]) * m_args.m * m_args.k * element;
        conv.output = to + i * m_args.m * m_args.n * element;
        parallel_for(mode, conv.units, [&](int begin, int end) { kernel.run(conv, begin, end); });
    }
}

const char *MatMul::kernel_name() const {
    const char *kernel = m_convs.empty() ? m_kernel.name : m_conv_kernels[0].name;
    return kernel ? kernel : "";
}

void MatMul::print() {
    ESP_LOGI(TAG, "%s: activation %s", name.c_str(), m_activation == ReLU ? "Relu" : "Linear");
}

Module *MatMul::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    activation_type_t activation;
    if (!get_activation(fbs_model, node_name, TAG, &activation)) {
        return nullptr;
    }
    const quant_type_t quant_type = get_quant_type(fbs_model, node_name);
    std::vector<std::string> inputs, outputs;
    fbs_model->get_operation_inputs_and_outputs(node_name, inputs, outputs);
    base::weight_layout_t layout = default_layout(quant_type);
    const bool constant = inputs.size() == 2 && fbs_model->is_parameter(inputs[1]);
    if (constant) {
        const std::vector<int> shape = fbs_model->get_tensor_shape(inputs[1]);
        std::string reason;
        if (!base::parse_weight_layout(fbs_model->get_tensor_layout(inputs[1]), fbs_model->get_tensor_dtype(inputs[1]),
                                       0, false, shape.size() > 1 ? shape.back() : 1, &layout, &reason)) {
            return refuse_node(node_name, TAG, "%s", reason.c_str());
        }
    }
    return new MatMul(node_name.c_str(), activation, constant, layout, quant_type);
}

}  // namespace module
}  // namespace dl
