// Tensors in ONNX: inputs and outputs, constants, quantization, order of axes.

#include <algorithm>
#include <cmath>

#include "exporter.hpp"

namespace onnx_export {

int Exporter::onnx_type(dl::dtype_t dtype) {
    switch (dtype) {
        case dl::DATA_TYPE_BOOL:
            return onnx::TensorProto::BOOL;
        case dl::DATA_TYPE_INT32:
            return onnx::TensorProto::INT32;
        case dl::DATA_TYPE_INT64:
            return onnx::TensorProto::INT64;
        default:
            return onnx::TensorProto::FLOAT;
    }
}

Port Exporter::port(const std::string &name) {
    const Perm perm = m_ports == Ports::FILE ? identity(rank_of(name)) : perm_of(name);
    const bool shifted = m_ports == Ports::FILE && m_form == Form::QDQ_U8 && dtype_of(name) == dl::DATA_TYPE_INT8;
    return {name, dtype_of(name), exponent_of(name), shifted && !is_nonnegative(name) ? 128 : 0, shape_of(name), perm};
}

bool Exporter::is_integer_port(const std::string &name) {
    return m_ports == Ports::FILE && m_form != Form::FLOAT && is_quantized(name);
}

int Exporter::integer_type(const std::string &name) {
    return dtype_of(name) == dl::DATA_TYPE_INT16 ? onnx::TensorProto::INT16
           : m_form == Form::QDQ_U8              ? onnx::TensorProto::UINT8
                                                 : onnx::TensorProto::INT8;
}

void Exporter::add_input(const std::string &name) {
    const std::vector<int> shape = shape_of(name);
    const Perm perm = is_channels_last(name) ? channels_last(shape.size()) : identity(shape.size());
    if (m_ports == Ports::FLOAT) {
        m_graph.add_input(name, onnx_type(dtype_of(name)), onnx_shape(shape, perm));
        finish(name, name, perm);
    } else if (is_integer_port(name)) {
        m_graph.add_input(name, integer_type(name), Ints(shape.begin(), shape.end()));
        m_perm[name] = perm;
        m_value[name] = dequantize(transpose(name, inverse(perm)), m_graph.scalar(std::ldexp(1.0f, exponent_of(name))),
                                   zero_point(dtype_of(name), false), dtype_of(name) == dl::DATA_TYPE_INT16);
    } else {
        m_graph.add_input(name, onnx_type(dtype_of(name)), Ints(shape.begin(), shape.end()));
        finish(name, transpose(name, inverse(perm)), perm);
    }
}

void Exporter::add_output(const std::string &name) {
    const std::vector<int> shape = shape_of(name);
    if (m_ports == Ports::FLOAT) {
        m_graph.add("Identity", {value(name)}, name);
        m_graph.add_output(name, onnx_type(dtype_of(name)), onnx_shape(shape, perm_of(name)));
    } else if (is_integer_port(name)) {
        auto quantized = m_quantized.find(value(name));
        if (quantized == m_quantized.end()) {
            throw Error("output '" + name + "' is a constant");
        }
        m_graph.add("Identity", {transpose(quantized->second, perm_of(name))}, name);
        m_graph.add_output(name, integer_type(name), Ints(shape.begin(), shape.end()));
    } else {
        m_graph.add("Identity", {stored_order(name)}, name);
        m_graph.add_output(name, onnx_type(dtype_of(name)), Ints(shape.begin(), shape.end()));
    }
}

Perm Exporter::perm_of(const std::string &name) {
    auto it = m_perm.find(name);
    return it != m_perm.end() ? it->second : identity(rank_of(name));
}

void Exporter::finish(const std::string &tensor, const std::string &onnx_name, const Perm &perm, bool nonnegative) {
    m_perm[tensor] = perm;
    if (nonnegative) {
        m_nonnegative.insert(tensor);
    }
    m_value[tensor] = pair(onnx_name, dtype_of(tensor), exponent_of(tensor), nonnegative);
}

std::string Exporter::pair(const std::string &onnx_name, dl::dtype_t dtype, int exponent, bool nonnegative) {
    if (m_form == Form::FLOAT || (dtype != dl::DATA_TYPE_INT8 && dtype != dl::DATA_TYPE_INT16)) {
        return onnx_name;
    }
    return pair(onnx_name, std::ldexp(1.0f, exponent), zero_point(dtype, nonnegative), dtype == dl::DATA_TYPE_INT16);
}

std::string Exporter::pair(const std::string &onnx_name, float scale, const std::string &zero, bool is_16_bit) {
    const std::string s = m_graph.scalar(scale), q = m_graph.unique("q");
    in_domain(m_graph.add("QuantizeLinear", {onnx_name, s, zero}, q), is_16_bit);
    return dequantize(q, s, zero, is_16_bit);
}

std::string Exporter::dequantize(const std::string &q, const std::string &scale, const std::string &zero,
                                 bool is_16_bit) {
    const std::string dq = m_graph.unique("dq");
    in_domain(m_graph.add("DequantizeLinear", {q, scale, zero}, dq), is_16_bit);
    m_quantized[dq] = q;
    return dq;
}

void Exporter::in_domain(onnx::NodeProto *node, bool is_16_bit) {
    if (is_16_bit) {
        node->set_domain("com.microsoft");
        m_graph.use_microsoft();
    }
}

std::string Exporter::zero_point(dl::dtype_t dtype, bool nonnegative) {
    if (dtype == dl::DATA_TYPE_INT16) {
        return m_graph.constant<int16_t>(onnx::TensorProto::INT16, {}, {0});
    }
    if (m_form == Form::QDQ_U8) {
        return m_graph.constant<uint8_t>(onnx::TensorProto::UINT8, {}, {static_cast<uint8_t>(nonnegative ? 0 : 128)});
    }
    return m_graph.constant<int8_t>(onnx::TensorProto::INT8, {}, {0});
}

std::string Exporter::value(const std::string &name) {
    auto it = m_value.find(name);
    if (it != m_value.end()) {
        return it->second;
    }
    if (!m_in.is_parameter(name)) {
        throw Error("tensor '" + name + "' has no ONNX form");
    }
    return m_value[name] = parameter(name, constant(name));
}

std::string Exporter::parameter(const std::string &name, const Constant &constant) {
    const dl::dtype_t dtype = dtype_of(name);
    if (dtype == dl::DATA_TYPE_INT64) {
        return m_graph.constant(onnx::TensorProto::INT64, constant.dims,
                                Ints(constant.values.begin(), constant.values.end()));
    }
    if (dtype == dl::DATA_TYPE_INT32) {
        return m_graph.constant(onnx::TensorProto::INT32, constant.dims,
                                std::vector<int32_t>(constant.values.begin(), constant.values.end()));
    }
    if (dtype == dl::DATA_TYPE_BOOL) {
        return m_graph.constant(onnx::TensorProto::BOOL, constant.dims,
                                std::vector<uint8_t>(constant.values.begin(), constant.values.end()));
    }
    if (dtype != dl::DATA_TYPE_INT8 || m_form == Form::FLOAT) {
        return m_graph.floats(constant.values, constant.dims);
    }
    const float scale = std::ldexp(1.0f, exponent_of(name));
    const bool is_unsigned = m_form == Form::QDQ_U8;
    std::vector<uint8_t> bytes;
    for (float number : constant.values) {
        bytes.push_back(static_cast<uint8_t>(static_cast<int>(std::lround(number / scale)) + (is_unsigned ? 128 : 0)));
    }
    return dequantized(is_unsigned ? onnx::TensorProto::UINT8 : onnx::TensorProto::INT8, constant.dims, bytes, {scale},
                       static_cast<uint8_t>(is_unsigned ? 128 : 0));
}

std::string Exporter::transpose(const std::string &onnx_name, const Perm &perm) {
    if (perm == identity(perm.size())) {
        return onnx_name;
    }
    const std::string out = m_graph.unique("t");
    set(m_graph.add("Transpose", {onnx_name}, out), "perm", perm);
    return out;
}

std::string Exporter::stored_order(const std::string &tensor) {
    return m_in.is_parameter(tensor) ? value(tensor) : transpose(value(tensor), perm_of(tensor));
}

std::string Exporter::ordered(const std::string &tensor, const Perm &wanted) {
    return perm_of(tensor) == wanted ? value(tensor) : transpose(stored_order(tensor), inverse(wanted));
}

bool Exporter::is_behind_convolution(std::string tensor) {
    for (auto made = m_maker.find(tensor); made != m_maker.end(); made = m_maker.find(tensor)) {
        const Node &node = *made->second;
        if (reads_channels_last(node.type) || operators::row(node.type).is(operators::SETS_ORDER)) {
            return reads_channels_last(node.type);
        }
        auto variable = std::find_if(node.in.begin(), node.in.end(),
                                     [&](const std::string &in) { return !in.empty() && !m_in.is_parameter(in); });
        if (variable == node.in.end()) {
            return false;
        }
        tensor = *variable;
    }
    return false;
}

bool Exporter::is_onnx_constant(const std::string &name, const Node &node, const Perm &perm) {
    const std::string layout = m_in.get_tensor_layout(name);
    if (perm == identity(perm.size()) || (!layout.empty() && layout != "UNK")) {
        return false;
    }
    const std::vector<int> shape = shape_of(node.out[0]);
    std::vector<int> dims = shape_of(name);
    dims.insert(dims.begin(), shape.size() - std::min(shape.size(), dims.size()), 1);
    bool as_stored = true, as_onnx = true;
    for (size_t i = 0; i < shape.size() && i < dims.size(); i++) {
        as_stored = as_stored && (dims[i] == 1 || dims[i] == shape[i]);
        as_onnx = as_onnx && (dims[perm[i]] == 1 || dims[perm[i]] == shape[i]);
    }
    auto variable =
        std::find_if(node.in.begin(), node.in.end(), [&](const std::string &in) { return !m_in.is_parameter(in); });
    return as_onnx && (!as_stored || (variable != node.in.end() && is_behind_convolution(*variable)));
}

std::string Exporter::operand(const std::string &tensor, const Perm &perm) {
    if (!m_in.is_parameter(tensor)) {
        return rank_of(tensor) == perm.size() ? ordered(tensor, perm) : stored_order(tensor);
    }
    Constant plain = constant(tensor);
    if (perm == identity(perm.size()) || plain.values.size() == 1) {
        return value(tensor);
    }
    plain.dims.insert(plain.dims.begin(), perm.size() - plain.dims.size(), 1);
    Ints strides(perm.size(), 1);
    for (size_t i = perm.size() - 1; i-- > 0;) {
        strides[i] = strides[i + 1] * plain.dims[i + 1];
    }
    const Perm back = inverse(perm);
    Constant result;
    for (int from : back) {
        result.dims.push_back(plain.dims[from]);
    }
    for (size_t i = 0; i < plain.values.size(); i++) {
        size_t rest = i, at = 0;
        for (size_t d = perm.size(); d-- > 0;) {
            at += rest % result.dims[d] * strides[back[d]];
            rest /= result.dims[d];
        }
        result.values.push_back(plain.values[at]);
    }
    return parameter(tensor, result);
}

Perm Exporter::common_order(const Node &node) {
    const size_t rank = rank_of(node.out[0]);
    Perm common;
    for (const std::string &in : node.in) {
        if (in.empty() || m_in.is_parameter(in) || count_of(in) == 1) {
            continue;
        }
        if (rank_of(in) != rank || (!common.empty() && perm_of(in) != common)) {
            return identity(rank);
        }
        common = perm_of(in);
    }
    return common.size() == rank ? common : identity(rank);
}

std::string Exporter::integers_of(const std::vector<int> &values) {
    return m_graph.integers(Ints(values.begin(), values.end()));
}

std::string Exporter::plain_parameter(const std::string &name) {
    if (!is_quantized(name)) {
        return value(name);
    }
    const Constant plain = constant(name);
    return m_graph.floats(plain.values, plain.dims);
}

}  // namespace onnx_export
