#include "dl_module_unary.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include "dl_base_parallel.hpp"
#include "dl_base_rescale.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

Unary::Unary(base::unary_t op, const char *name, module_inplace_t inplace, quant_type_t quant_type, float a, float b,
             TensorBase *lut)
    : Module(name, inplace, quant_type), m_lut(lut) {
    m_args.op = op;
    m_args.a = a;
    m_args.b = b;
}

std::vector<std::vector<int>> Unary::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.empty()) {
        refuse("it has no input");
        return {};
    }
    return {input_shapes[0]};
}

esp_err_t Unary::check(ModelContext *context) {
    esp_err_t err = m_args.op == base::UNARY_NOT
                        ? check_tensors(context, 1, 1, 1, {DATA_TYPE_BOOL})
                        : check_tensors(context, 1, max_inputs(), 1,
                                        {DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT, DATA_TYPE_BOOL});
    if (err != ESP_OK) {
        return err;
    }
    const TensorBase *in = input(context, 0);
    const TensorBase *out = output(context);
    if ((in->dtype == DATA_TYPE_BOOL || out->dtype == DATA_TYPE_BOOL) && m_args.op != base::UNARY_NOT &&
        (m_args.op != base::UNARY_IDENTITY || in->dtype != out->dtype)) {
        return refuse("%s to %s is not supported", in->get_dtype_string(), out->get_dtype_string());
    }
    if (in->size != out->size) {
        return refuse("the output has %d elements, the input %d", out->size, in->size);
    }
    for (const TensorBase *tensor : {in, out}) {
        if (tensor->exponent.is_per_channel() || std::abs(tensor->get_exponent()) > base::EXPONENT_LIMIT) {
            return refuse("an exponent is %d or per channel: one of -%d to %d is needed", tensor->get_exponent(),
                          base::EXPONENT_LIMIT, base::EXPONENT_LIMIT);
        }
    }
    m_args.has_table8 = false;
    m_args.table16 = nullptr;
    m_args.table16_step = 1;
    if (!m_lut) {
        return m_args.op == base::UNARY_LUT ? refuse("attribute 'lut' is missing") : ESP_OK;
    }
    if (!m_lut->data) {
        return refuse("attribute 'lut' names a table without data");
    }
    if (in->dtype == DATA_TYPE_INT8 && out->dtype == DATA_TYPE_INT8) {
        if (m_lut->dtype != DATA_TYPE_INT8 || m_lut->size != 256) {
            return refuse("its lut is %s[%d]: int8[256] is needed", m_lut->get_dtype_string(), m_lut->size);
        }
        memcpy(m_args.table8.data(), m_lut->get_element_ptr(), 256);
        m_args.has_table8 = true;
        return ESP_OK;
    }
    const bool reads_table16 = m_args.op == base::UNARY_LUT || m_args.op == base::UNARY_GELU;
    if (!reads_table16) {
        return ESP_OK;
    }
    if (in->dtype != DATA_TYPE_INT16 || out->dtype != DATA_TYPE_INT16) {
        return m_args.op == base::UNARY_LUT ? refuse("%s to %s: tables are int8 to int8 or int16 to int16",
                                                     in->get_dtype_string(), out->get_dtype_string())
                                            : ESP_OK;
    }
    const int steps = m_lut->size == 65536 ? 65536 : m_lut->size - 1;
    if (m_lut->dtype != DATA_TYPE_INT16 || steps < 1 || steps > 65536 || 65536 % steps != 0) {
        return refuse("its lut is %s[%d]: int16[65536 / step + 1], or int16[65536], is needed",
                      m_lut->get_dtype_string(), m_lut->size);
    }
    m_args.table16_step = 65536 / steps;
    m_args.table16 = m_lut->get_element_ptr<int16_t>();
    return ESP_OK;
}

esp_err_t Unary::prepare(ModelContext *context) {
    TensorBase *in = input(context, 0);
    TensorBase *out = output(context);
    m_args.in_type = in->dtype;
    m_args.out_type = out->dtype;
    m_args.in_exponent = in->dtype == DATA_TYPE_FLOAT ? 0 : in->get_exponent();
    m_args.out_exponent = out->dtype == DATA_TYPE_FLOAT ? 0 : out->get_exponent();
    m_args.size = in->size;
    m_row = in->shape.empty() ? 1 : in->shape.back();
    m_in_pitch = m_out_pitch = 0;
    m_kernel = base::select_unary(m_args);
    const bool resized = in->get_dtype_bytes() != out->get_dtype_bytes();
    m_copy.resize(resized && in->get_element_ptr() == out->get_element_ptr() ? in->get_bytes() : 0);
    return ESP_OK;
}

const int8_t *Unary::int8_table() const {
    const bool by_table = m_args.has_table8 && m_args.in_type == DATA_TYPE_INT8 && m_args.out_type == DATA_TYPE_INT8;
    return by_table ? m_args.table8.data() : nullptr;
}

FusionDescription Unary::describe(ModelContext *) const {
    FusionDescription description;
    description.int8_table = int8_table();
    return description;
}

FusionDescription RequantizeLinear::describe(ModelContext *context) const {
    FusionDescription description = Unary::describe(context);
    description.only_converts = true;
    return description;
}

bool Unary::set_pitch(int *pitch, int value) {
    if (!int8_table()) {
        return value == 0;
    }
    *pitch = value;
    const auto or_row = [this](int given) { return given ? given : m_row; };
    const bool rows = or_row(m_in_pitch) != m_row || or_row(m_out_pitch) != m_row;
    m_args.set_rows(rows ? m_row : 0, or_row(m_in_pitch), or_row(m_out_pitch));
    return true;
}

bool Unary::set_input_pitch(size_t i, int pitch) {
    return i == 0 ? set_pitch(&m_in_pitch, pitch) : pitch == 0;
}

bool Unary::set_output_pitch(size_t, int pitch) {
    return set_pitch(&m_out_pitch, pitch);
}

void Unary::forward(ModelContext *context, runtime_mode_t mode) {
    m_args.in = input(context, 0)->get_element_ptr();
    m_args.out = output(context)->get_element_ptr();
    if (!m_copy.empty()) {
        memcpy(m_copy.data(), m_args.in, m_copy.size());
        m_args.in = m_copy.data();
    }
    parallel_for(base::mode_for(mode, output(context)->get_bytes()), m_args.units,
                 [&](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

void Unary::print() {
    ESP_LOGI("dl_module", "%s: %s, a %g, b %g, %s, kernel %s", op_type.c_str(), name.c_str(), m_args.a, m_args.b,
             m_lut ? "table" : "no table", kernel_name());
}

esp_err_t Clip::check(ModelContext *context) {
    esp_err_t err = Unary::check(context);
    for (size_t i = 1; err == ESP_OK && i <= 2; i++) {
        const TensorBase *bound = input(context, i);
        if (bound && (bound->size != 1 || (bound->dtype != DATA_TYPE_FLOAT && bound->dtype != DATA_TYPE_INT8 &&
                                           bound->dtype != DATA_TYPE_INT16))) {
            return refuse("bound %zu is %s[%d]: a scalar of int8, int16 or float is needed", i,
                          bound->get_dtype_string(), bound->size);
        }
        if (bound && m_inputs_index[i] < CONTEXT_PARAMETER_OFFSET && m_inputs_index[0] >= 0 && !bound->data) {
            return refuse("bound %zu is not constant", i);
        }
    }
    return err;
}

esp_err_t Clip::prepare(ModelContext *context) {
    float *bounds[] = {&m_args.a, &m_args.b};
    const float otherwise[] = {m_low, m_high};
    for (size_t i = 0; i < 2; i++) {
        TensorBase *bound = input(context, i + 1);
        *bounds[i] = otherwise[i];
        if (bound) {
            base::load_real(bound->dtype, bound->get_element_ptr(), 0, 1, 1, DL_SCALE(bound->get_exponent()),
                            bounds[i]);
        }
    }
    return Unary::prepare(context);
}

std::vector<std::vector<int>> Identity::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.empty()) {
        refuse("it has no input");
        return {};
    }
    return {input_shapes[0]};
}

void Identity::print() {
    ESP_LOGI("dl_module", "Identity: %s", name.c_str());
}

static float get_float(fbs::FbsModel *fbs_model, const std::string &node_name, const char *attribute, float otherwise) {
    fbs_model->get_operation_attribute(node_name, attribute, otherwise);
    return otherwise;
}

Module *Elu::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    return new Elu(node_name.c_str(), get_float(fbs_model, node_name, "alpha", 1.0f), MODULE_INPLACE_CHANGED_BUFFER,
                   get_quant_type(fbs_model, node_name), fbs_model->get_operation_lut(node_name));
}

Module *LeakyRelu::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    return new LeakyRelu(node_name.c_str(), get_float(fbs_model, node_name, "alpha", 0.01f),
                         MODULE_INPLACE_CHANGED_BUFFER, get_quant_type(fbs_model, node_name),
                         fbs_model->get_operation_lut(node_name));
}

Module *HardSigmoid::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    return new HardSigmoid(node_name.c_str(), get_float(fbs_model, node_name, "alpha", 0.2f),
                           get_float(fbs_model, node_name, "beta", 0.5f), MODULE_INPLACE_CHANGED_BUFFER,
                           get_quant_type(fbs_model, node_name), fbs_model->get_operation_lut(node_name));
}

Module *Gelu::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    std::string approximate = "none";
    fbs_model->get_operation_attribute(node_name, "approximate", approximate);
    if (approximate != "none" && approximate != "tanh") {
        return refuse_node(node_name, "Gelu", "attribute 'approximate' is '%s': none and tanh are supported",
                           approximate.c_str());
    }
    return new Gelu(node_name.c_str(), MODULE_INPLACE_CHANGED_BUFFER, get_quant_type(fbs_model, node_name),
                    fbs_model->get_operation_lut(node_name));
}

Module *Clip::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    return new Clip(node_name.c_str(), get_float(fbs_model, node_name, "min", -INFINITY),
                    get_float(fbs_model, node_name, "max", INFINITY), MODULE_INPLACE_CHANGED_BUFFER,
                    get_quant_type(fbs_model, node_name), fbs_model->get_operation_lut(node_name));
}

Module *Not::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    return new Not(node_name.c_str(), MODULE_INPLACE_CHANGED_BUFFER, get_quant_type(fbs_model, node_name));
}

Module *Identity::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    return new Identity(node_name.c_str(), MODULE_INPLACE_UNCHANGED_BUFFER, get_quant_type(fbs_model, node_name));
}

Module *RequantizeLinear::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    return new RequantizeLinear(node_name.c_str(), MODULE_INPLACE_CHANGED_BUFFER, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
