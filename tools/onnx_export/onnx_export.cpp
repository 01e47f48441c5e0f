#include "onnx_export.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <set>

#include "dl_base_weights.hpp"
#include "dl_target.hpp"
#include "dl_tool.hpp"
#include "onnx_graph.hpp"

namespace onnx_export {

namespace {

/** Storage order: dimension i of the file's tensor is dimension perm[i] of ONNX's. */
using Perm = std::vector<int>;

Perm identity(size_t rank) {
    Perm perm(rank);
    std::iota(perm.begin(), perm.end(), 0);
    return perm;
}

Perm channels_last(size_t rank) {
    return rank == 4 ? Perm{0, 2, 3, 1} : rank == 3 ? Perm{0, 2, 1} : identity(rank);
}

Perm inverse(const Perm &perm) {
    Perm back(perm.size());
    for (size_t i = 0; i < perm.size(); i++) {
        back[perm[i]] = (int)i;
    }
    return back;
}

bool reads_channels_last(const std::string &type) {
    static const std::set<std::string> types = {"Conv",    "ConvTranspose", "AveragePool",  "GlobalAveragePool",
                                                "MaxPool", "Resize",        "DepthToSpace", "SpaceToDepth",
                                                "PRelu",   "InsertZeros"};
    return types.count(type) > 0;
}

struct Node {
    std::string name, type;
    std::vector<std::string> in, out;

    bool has_input(size_t i) const { return i < in.size() && !in[i].empty(); }
};

/** Values of a parameter, in any order of dimensions. */
struct Constant {
    Ints dims;
    std::vector<float> values;
};

class Exporter {
public:
    Exporter(fbs::FbsModel &model, Form form, Ports ports)
        : m_in(model), m_form(form), m_ports(ports), m_graph(model.get_model_name()) {}

    Result run() {
        const std::vector<std::string> order = m_in.topological_sort();
        if (order.empty()) {
            throw Error("the model's nodes cannot be put in order");
        }
        for (const std::string &name : order) {
            Node node;
            node.name = name;
            node.type = m_in.get_operation_type(name);
            m_in.get_operation_inputs_and_outputs(name, node.in, node.out);
            m_nodes.push_back(node);
        }
        find_matmul_sources();
        const std::set<std::string> needed = needed_nodes();
        Result result;
        for (const std::string &name : m_in.get_graph_inputs()) {
            add_input(name);
            result.inputs.push_back(port(name));
        }
        for (const Node &node : m_nodes) {
            if (needed.count(node.name)) {
                convert(node);
            }
        }
        for (const std::string &name : m_in.get_graph_outputs()) {
            result.outputs.push_back(port(name));
            add_output(name);
        }
        std::string error;
        result.bytes = m_graph.serialize(error);
        if (result.bytes.empty()) {
            throw Error("the exported model is not valid: " + error);
        }
        return result;
    }

private:
    [[noreturn]] static void refuse(const Node &node, const std::string &reason) {
        throw Error("node '" + node.name + "' (" + node.type + "): " + reason);
    }

    // What the file says.

    std::vector<int> shape_of(const std::string &name) {
        return m_in.is_parameter(name) ? m_in.get_tensor_shape(name) : m_in.get_value_info_shape(name);
    }
    size_t rank_of(const std::string &name) { return shape_of(name).size(); }
    size_t count_of(const std::string &name) { return (size_t)dl::tool::shape_size(shape_of(name)); }
    dl::dtype_t dtype_of(const std::string &name) {
        return m_in.is_parameter(name) ? m_in.get_tensor_dtype(name) : m_in.get_value_info_dtype(name);
    }
    bool is_quantized(const std::string &name) {
        return dtype_of(name) == dl::DATA_TYPE_INT8 || dtype_of(name) == dl::DATA_TYPE_INT16;
    }
    int exponent_of(const std::string &name) {
        if (!m_in.is_parameter(name)) {
            return is_quantized(name) ? m_in.get_value_info_exponent(name) : 0;
        }
        const std::vector<int> exponents = m_in.get_tensor_exponents(name);
        return exponents.empty() ? 0 : exponents[0];
    }

    template <typename T>
    T attribute(const Node &node, const std::string &name, T fallback) {
        m_in.get_operation_attribute(node.name, name, fallback);
        return fallback;
    }

    /** Integers of an attribute or of a constant input; nothing if neither is there. */
    std::vector<int> ints_of(const Node &node, size_t index, const char *name) {
        std::vector<int> values;
        if (m_in.get_operation_attribute(node.name, name, values) == ESP_OK || !node.has_input(index)) {
            return values;
        }
        if (!m_in.is_parameter(node.in[index])) {
            refuse(node, std::string(name) + " is no constant");
        }
        for (float number : constant(node.in[index]).values) {
            values.push_back((int)std::clamp<double>(number, INT32_MIN, INT32_MAX));
        }
        return values;
    }

    int axis_of(const Node &node, int fallback) {
        const int axis = attribute(node, "axis", fallback), rank = (int)rank_of(node.in[0]);
        if (axis < -rank || axis >= rank) {
            refuse(node, "axis " + std::to_string(axis) + " of a tensor of rank " + std::to_string(rank));
        }
        return axis < 0 ? axis + rank : axis;
    }

    /** Pictures and sequences are channels last in the file, if somebody reads them so. */
    bool is_channels_last(const std::string &tensor) {
        for (const Node &node : m_nodes) {
            if (node.in.size() && node.in[0] == tensor && reads_channels_last(node.type)) {
                return true;
            }
        }
        return false;
    }

    Constant constant(const std::string &name) {
        Constant result;
        const std::vector<int> shape = shape_of(name);
        result.dims.assign(shape.begin(), shape.end());
        result.values.resize(count_of(name));
        const void *raw = m_in.get_tensor_raw_data(name);
        if (!raw && !result.values.empty()) {
            throw Error("parameter '" + name + "' has no data");
        }
        const float scale = is_quantized(name) ? std::ldexp(1.0f, exponent_of(name)) : 1.0f;
        for (size_t i = 0; i < result.values.size(); i++) {
            switch (dtype_of(name)) {
                case dl::DATA_TYPE_INT8:
                    result.values[i] = ((const int8_t *)raw)[i] * scale;
                    break;
                case dl::DATA_TYPE_INT16:
                    result.values[i] = ((const int16_t *)raw)[i] * scale;
                    break;
                case dl::DATA_TYPE_INT32:
                    result.values[i] = (float)((const int32_t *)raw)[i];
                    break;
                case dl::DATA_TYPE_INT64:
                    result.values[i] = (float)((const int64_t *)raw)[i];
                    break;
                case dl::DATA_TYPE_FLOAT:
                    result.values[i] = ((const float *)raw)[i];
                    break;
                case dl::DATA_TYPE_BOOL:
                    result.values[i] = ((const bool *)raw)[i];
                    break;
                default:
                    throw Error("parameter '" + name + "' is of a type without ONNX form");
            }
        }
        return result;
    }

    // B of a MatMul.

    /** Which element of a tensor each element of another one is. */
    struct Moved {
        std::vector<int> shape;
        std::vector<int32_t> from;
    };

    /** The elements of a tensor that moving nodes made out of `source`; nothing if there is another way to it. */
    Moved trace(const std::string &tensor, const std::string &source) {
        Moved result;
        const std::vector<int> shape = shape_of(tensor);
        if (tensor == source) {
            result.shape = shape;
            result.from.resize(count_of(tensor));
            std::iota(result.from.begin(), result.from.end(), 0);
            return result;
        }
        auto made = m_maker.find(tensor);
        if (made == m_maker.end()) {
            return result;
        }
        const Node &node = *made->second;
        if (node.type == "Concat") {
            const int axis = axis_of(node, 0);
            const size_t outer =
                (size_t)std::accumulate(shape.begin(), shape.begin() + axis, 1, std::multiplies<int>());
            std::vector<Moved> parts;
            for (const std::string &in : node.in) {
                parts.push_back(trace(in, source));
                if (parts.back().from.empty()) {
                    return result;
                }
            }
            for (size_t i = 0; i < outer; i++) {
                for (const Moved &part : parts) {
                    const size_t run = part.from.size() / outer;
                    result.from.insert(result.from.end(), part.from.begin() + i * run,
                                       part.from.begin() + (i + 1) * run);
                }
            }
            result.shape = shape;
            return result;
        }
        Moved in = trace(node.in[0], source);
        if (in.from.empty()) {
            return result;
        }
        if (node.type == "Reshape") {
            in.shape = shape;
            return in;
        }
        // Where dimension d of the result starts in the input, and how far its elements are apart.
        const int rank = (int)in.shape.size();
        const std::vector<int64_t> strides = strides_of(in.shape);
        std::vector<int64_t> apart = strides;
        int64_t start = 0;
        if (node.type == "Transpose") {
            std::vector<int> perm = attribute(node, "perm", std::vector<int>());
            for (size_t d = 0; d < perm.size(); d++) {
                apart[d] = strides.at(perm[d] < 0 ? perm[d] + rank : perm[d]);
            }
        } else if (node.type == "Slice") {
            const std::vector<int> starts = ints_of(node, 1, "starts"), steps = ints_of(node, 4, "steps");
            std::vector<int> axes = ints_of(node, 3, "axes");
            axes = axes.empty() ? identity(starts.size()) : axes;
            for (size_t i = 0; i < starts.size(); i++) {
                const int axis = axes[i] < 0 ? axes[i] + rank : axes[i];
                start += (starts[i] < 0 ? starts[i] + in.shape.at(axis) : starts[i]) * strides[axis];
                apart[axis] *= steps.empty() ? 1 : steps[i];
            }
        } else {
            return result;
        }
        result.shape = shape;
        result.from.resize(count_of(tensor));
        for (size_t i = 0; i < result.from.size(); i++) {
            size_t rest = i;
            int64_t at = start;
            for (size_t d = shape.size(); d-- > 0;) {
                at += (int64_t)(rest % shape[d]) * apart[d];
                rest /= shape[d];
            }
            result.from[i] = in.from.at(at);
        }
        return result;
    }

    static std::vector<int64_t> strides_of(const std::vector<int> &shape) {
        std::vector<int64_t> strides(shape.size(), 1);
        for (size_t i = shape.size(); i-- > 1;) {
            strides[i - 1] = strides[i] * shape[i];
        }
        return strides;
    }

    /** The tensor from which nodes that the quantizer added bring B into blocks: back to the first node of the network.
     */
    std::string matrix_source(const std::string &b) {
        auto made = m_maker.find(b);
        static const std::set<std::string> moving = {"Reshape", "Transpose", "Slice", "Concat"};
        if (made == m_maker.end() || !moving.count(made->second->type) ||
            made->second->name.rfind("PPQ_Operation", 0) != 0) {
            return b;
        }
        return matrix_source(made->second->in[0]);
    }

    /**
     * The file brings B of a MatMul into blocks with nodes of its own; ONNX takes B from before them. A transposition
     * of the network may be merged with theirs: so it is found by following the elements.
     */
    void find_matmul_sources() {
        for (const Node &node : m_nodes) {
            for (const std::string &out : node.out) {
                m_maker[out] = &node;
            }
        }
        for (const Node &matmul : m_nodes) {
            if (matmul.type != "MatMul" || matmul.in.size() < 2 || m_in.is_parameter(matmul.in[1]) ||
                !is_quantized(matmul.in[1])) {
                continue;
            }
            const std::string &b = matmul.in[1], source = matrix_source(b);
            const std::vector<int> shape = shape_of(b), from = shape_of(source);
            const Moved blocked = trace(b, source);
            const int n = shape.size() > 1 ? shape.back() : 1,
                      k = shape.size() > 1 ? shape[shape.size() - 2] : shape[0];
            if (blocked.from.size() != count_of(source)) {
                refuse(matmul, "input 1 is not a blocked copy of one tensor");
            }
            const auto layout =
                dl::target() == dl::TARGET_ESP32 ? dl::base::WEIGHT_LAYOUT_PLAIN : dl::base::WEIGHT_LAYOUT_BLOCKED;
            const size_t matrix = (size_t)n * k;
            std::vector<int32_t> rows(matrix), plain(blocked.from.size());
            for (size_t batch = 0; batch < plain.size(); batch += matrix) {
                dl::base::unpack_matrix(layout, dl::base::weight_block(dtype_of(b)), sizeof(int32_t), n, k,
                                        &blocked.from[batch], rows.data());
                for (int row = 0; row < n; row++) {
                    for (int column = 0; column < k; column++) {
                        plain[batch + (size_t)column * n + row] = rows[(size_t)row * k + column];
                    }
                }
            }
            Perm perm = identity(from.size());
            while (!is_transposed(plain, from, perm)) {
                if (!std::next_permutation(perm.begin(), perm.end())) {
                    refuse(matmul, "input 1 is no transposition of tensor '" + source + "'");
                }
            }
            m_matmul_source[matmul.name] = {source, perm};
        }
    }

    static bool is_transposed(const std::vector<int32_t> &elements, const std::vector<int> &shape, const Perm &perm) {
        const std::vector<int64_t> strides = strides_of(shape);
        for (size_t i = 0; i < elements.size(); i++) {
            size_t rest = i;
            int64_t at = 0;
            for (size_t d = perm.size(); d-- > 0;) {
                at += (int64_t)(rest % shape[perm[d]]) * strides[perm[d]];
                rest /= shape[perm[d]];
            }
            if (elements[i] != at) {
                return false;
            }
        }
        return true;
    }

    /** Only what outputs need is converted: without the nodes that brought B into blocks. */
    std::set<std::string> needed_nodes() {
        std::set<std::string> needed;
        std::vector<std::string> open = m_in.get_graph_outputs();
        while (!open.empty()) {
            auto made = m_maker.find(open.back());
            open.pop_back();
            if (made == m_maker.end() || !needed.insert(made->second->name).second) {
                continue;
            }
            const Node &node = *made->second;
            open.insert(open.end(), node.in.begin(), node.in.end());
            auto source = m_matmul_source.find(node.name);
            if (source != m_matmul_source.end()) {
                open.back() = source->second.tensor;
            }
        }
        return needed;
    }

    // What ONNX gets.

    int onnx_type(dl::dtype_t dtype) {
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

    static Ints onnx_shape(const std::vector<int> &stored, const Perm &perm) {
        Ints shape(stored.size());
        for (size_t i = 0; i < stored.size(); i++) {
            shape[perm[i]] = stored[i];
        }
        return shape;
    }

    Port port(const std::string &name) {
        const Perm perm = m_ports == Ports::FILE ? identity(rank_of(name)) : perm_of(name);
        const bool shifted = m_ports == Ports::FILE && m_form == Form::QDQ_U8 && dtype_of(name) == dl::DATA_TYPE_INT8;
        return {name, dtype_of(name), exponent_of(name), shifted && !is_nonnegative(name) ? 128 : 0, shape_of(name),
                perm};
    }

    bool is_integer_port(const std::string &name) {
        return m_ports == Ports::FILE && m_form != Form::FLOAT && is_quantized(name);
    }

    int integer_type(const std::string &name) {
        return dtype_of(name) == dl::DATA_TYPE_INT16 ? onnx::TensorProto::INT16
               : m_form == Form::QDQ_U8              ? onnx::TensorProto::UINT8
                                                     : onnx::TensorProto::INT8;
    }

    void add_input(const std::string &name) {
        const std::vector<int> shape = shape_of(name);
        const Perm perm = is_channels_last(name) ? channels_last(shape.size()) : identity(shape.size());
        if (m_ports == Ports::FLOAT) {
            m_graph.add_input(name, onnx_type(dtype_of(name)), onnx_shape(shape, perm));
            finish(name, name, perm);
        } else if (is_integer_port(name)) {
            m_graph.add_input(name, integer_type(name), Ints(shape.begin(), shape.end()));
            m_perm[name] = perm;
            m_value[name] =
                dequantize(transpose(name, inverse(perm)), m_graph.scalar(std::ldexp(1.0f, exponent_of(name))),
                           zero_point(dtype_of(name), false), dtype_of(name) == dl::DATA_TYPE_INT16);
        } else {
            m_graph.add_input(name, onnx_type(dtype_of(name)), Ints(shape.begin(), shape.end()));
            finish(name, transpose(name, inverse(perm)), perm);
        }
    }

    /** A graph output carries the name; the tensor before it has a made-up one. */
    void add_output(const std::string &name) {
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

    Perm perm_of(const std::string &name) {
        auto it = m_perm.find(name);
        return it != m_perm.end() ? it->second : identity(rank_of(name));
    }

    bool is_nonnegative(const std::string &name) { return m_nonnegative.count(name) > 0; }

    /** A tensor of the file is `onnx_name` from now on, quantized and dequantized as the file has it. */
    void finish(const std::string &tensor, const std::string &onnx_name, const Perm &perm, bool nonnegative = false) {
        m_perm[tensor] = perm;
        if (nonnegative) {
            m_nonnegative.insert(tensor);
        }
        m_value[tensor] = pair(onnx_name, dtype_of(tensor), exponent_of(tensor), nonnegative);
    }

    std::string pair(const std::string &onnx_name, dl::dtype_t dtype, int exponent, bool nonnegative) {
        if (m_form == Form::FLOAT || (dtype != dl::DATA_TYPE_INT8 && dtype != dl::DATA_TYPE_INT16)) {
            return onnx_name;
        }
        return pair(onnx_name, std::ldexp(1.0f, exponent), zero_point(dtype, nonnegative),
                    dtype == dl::DATA_TYPE_INT16);
    }

    std::string pair(const std::string &onnx_name, float scale, const std::string &zero, bool is_16_bit) {
        const std::string s = m_graph.scalar(scale), q = m_graph.unique("q");
        in_domain(m_graph.add("QuantizeLinear", {onnx_name, s, zero}, q), is_16_bit);
        return dequantize(q, s, zero, is_16_bit);
    }

    std::string dequantize(const std::string &q, const std::string &scale, const std::string &zero, bool is_16_bit) {
        const std::string dq = m_graph.unique("dq");
        in_domain(m_graph.add("DequantizeLinear", {q, scale, zero}, dq), is_16_bit);
        m_quantized[dq] = q;
        return dq;
    }

    /** ONNX itself has 16 bits only since operator set 21, ONNX Runtime in its own domain. */
    void in_domain(onnx::NodeProto *node, bool is_16_bit) {
        if (is_16_bit) {
            node->set_domain("com.microsoft");
            m_graph.use_microsoft();
        }
    }

    std::string zero_point(dl::dtype_t dtype, bool nonnegative) {
        if (dtype == dl::DATA_TYPE_INT16) {
            return m_graph.constant<int16_t>(onnx::TensorProto::INT16, {}, {0});
        }
        if (m_form == Form::QDQ_U8) {
            return m_graph.constant<uint8_t>(onnx::TensorProto::UINT8, {}, {(uint8_t)(nonnegative ? 0 : 128)});
        }
        return m_graph.constant<int8_t>(onnx::TensorProto::INT8, {}, {0});
    }

    /** A constant of integers, and its dequantization, with a scale or one per entry of the first dimension. */
    template <typename T>
    std::string dequantized(int type, const Ints &dims, const std::vector<T> &values, const std::vector<float> &scales,
                            T zero = 0) {
        const bool many = scales.size() > 1;
        const Ints scale_dims = many ? Ints{(int64_t)scales.size()} : Ints{};
        const std::string out = m_graph.unique("dq");
        onnx::NodeProto *node = m_graph.add("DequantizeLinear",
                                            {m_graph.constant(type, dims, values), m_graph.floats(scales, scale_dims),
                                             m_graph.constant(type, scale_dims, std::vector<T>(scales.size(), zero))},
                                            out);
        if (many) {
            set(node, "axis", (int64_t)0);
        }
        in_domain(node, type == onnx::TensorProto::INT16);
        return out;
    }

    /** The value that stands for a tensor of the file; parameters become constants of their own shape. */
    std::string value(const std::string &name) {
        auto it = m_value.find(name);
        if (it != m_value.end()) {
            return it->second;
        }
        if (!m_in.is_parameter(name)) {
            throw Error("tensor '" + name + "' has no ONNX form");
        }
        return m_value[name] = parameter(name, constant(name));
    }

    /** A constant of the parameter's type: quantized as activations are, so that operators of two such inputs can be
     * computed in 8 bits. */
    std::string parameter(const std::string &name, const Constant &constant) {
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
            bytes.push_back((uint8_t)((int)std::lround(number / scale) + (is_unsigned ? 128 : 0)));
        }
        return dequantized(is_unsigned ? onnx::TensorProto::UINT8 : onnx::TensorProto::INT8, constant.dims, bytes,
                           {scale}, (uint8_t)(is_unsigned ? 128 : 0));
    }

    std::string transpose(const std::string &onnx_name, const Perm &perm) {
        if (perm == identity(perm.size())) {
            return onnx_name;
        }
        const std::string out = m_graph.unique("t");
        set(m_graph.add("Transpose", {onnx_name}, out), "perm", perm);
        return out;
    }

    /** The value in the file's storage order. */
    std::string stored_order(const std::string &tensor) {
        return m_in.is_parameter(tensor) ? value(tensor) : transpose(value(tensor), perm_of(tensor));
    }

    /** The value of a tensor whose storage order shall be `wanted`. */
    std::string ordered(const std::string &tensor, const Perm &wanted) {
        return perm_of(tensor) == wanted ? value(tensor) : transpose(stored_order(tensor), inverse(wanted));
    }

    /** With channels first, as ONNX's convolutions read it. */
    std::string channels_first(const std::string &tensor) { return ordered(tensor, channels_last(rank_of(tensor))); }

    /** Whether the order of a tensor's axes comes from an operator that is channels last on the chip. */
    bool is_behind_convolution(std::string tensor) {
        static const std::set<std::string> own_order = {"Flatten", "GRU",     "Gather",  "Gemm",      "LSTM",
                                                        "MatMul",  "Reshape", "Squeeze", "Transpose", "Unsqueeze"};
        for (auto made = m_maker.find(tensor); made != m_maker.end(); made = m_maker.find(tensor)) {
            const Node &node = *made->second;
            if (reads_channels_last(node.type) || own_order.count(node.type)) {
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

    /**
     * Whether a parameter lies beside channels-last tensors of `shape` with channels first, as it was in the network.
     * Files that bring such parameters into the tensors' order say so with a layout tag.
     */
    bool is_onnx_constant(const std::string &name, const Node &node, const Perm &perm) {
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

    /** Beside tensors in the order `perm`: parameters are permuted here, tensors by a node. */
    std::string operand(const std::string &tensor, const Perm &perm) {
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

    /** The order that all tensors of a node have; the file's own where they differ. */
    Perm common_order(const Node &node) {
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

    /** A weight matrix or kernel in ONNX's order, and its dequantization. `wide` is the count of a channel's values. */
    std::string weights(const Node &node, const Ints &dims, const std::vector<uint8_t> &bytes) {
        const std::string &name = node.in[1];
        std::vector<float> scales;
        for (int exponent : m_in.get_tensor_exponents(name)) {
            scales.push_back(std::ldexp(1.0f, exponent));
        }
        const dl::dtype_t dtype = dtype_of(name);
        if (scales.empty() || dtype == dl::DATA_TYPE_FLOAT) {
            scales = {1.0f};
        }
        const size_t count = (size_t)std::accumulate(dims.begin(), dims.end(), (int64_t)1, std::multiplies<int64_t>());
        if (scales.size() > 1 && (int64_t)scales.size() != dims[0]) {
            refuse(node, std::to_string(scales.size()) + " exponents for " + std::to_string(dims[0]) + " channels");
        }
        if (dtype == dl::DATA_TYPE_INT8 && m_form != Form::FLOAT) {
            const int8_t *q = (const int8_t *)bytes.data();
            return dequantized(onnx::TensorProto::INT8, dims, std::vector<int8_t>(q, q + count), scales);
        }
        if (dtype == dl::DATA_TYPE_INT16 && m_form != Form::FLOAT) {
            // Floats between quantized tensors would be made int8 by ONNX Runtime.
            const int16_t *q = (const int16_t *)bytes.data();
            return dequantized(onnx::TensorProto::INT16, dims, std::vector<int16_t>(q, q + count), scales);
        }
        std::vector<float> values(count);
        for (size_t i = 0; i < count; i++) {
            const float scale = scales[scales.size() > 1 ? i / (count / scales.size()) : 0];
            values[i] = dtype == dl::DATA_TYPE_INT8    ? ((const int8_t *)bytes.data())[i] * scale
                        : dtype == dl::DATA_TYPE_INT16 ? ((const int16_t *)bytes.data())[i] * scale
                                                       : ((const float *)bytes.data())[i];
        }
        return m_graph.floats(values, dims);
    }

    dl::base::weight_layout_t layout_of(const Node &node, int rank, bool depthwise, int n) {
        dl::base::weight_layout_t layout;
        std::string reason;
        if (!dl::base::parse_weight_layout(m_in.get_tensor_layout(node.in[1]), dtype_of(node.in[1]), rank, depthwise, n,
                                           &layout, &reason)) {
            refuse(node, reason);
        }
        return layout;
    }

    size_t element_bytes(const std::string &name) { return m_in.get_tensor_bytes(name) / count_of(name); }

    std::string conv_weights(const Node &node, std::vector<int> &kernel) {
        const std::string &name = node.in[1];
        const std::vector<int> dims = shape_of(name);
        const size_t rank = dims.size(), bytes = element_bytes(name);
        const uint8_t *raw = (const uint8_t *)m_in.get_tensor_raw_data(name);
        if (dtype_of(name) == dl::DATA_TYPE_FLOAT) {
            kernel.assign(dims.begin() + 2, dims.end());
            return weights(node, Ints(dims.begin(), dims.end()),
                           std::vector<uint8_t>(raw, raw + m_in.get_tensor_bytes(name)));
        }
        const bool depthwise = attribute(node, "group", 1) > 1;
        kernel.assign(dims.begin(), dims.end() - 2);
        const int h = rank == 4 ? dims[0] : 1, w = dims[rank - 3];
        const int n = depthwise ? dims[rank - 2] : dims[rank - 1], c = depthwise ? 1 : dims[rank - 2];
        const dl::base::weight_layout_t layout = layout_of(node, (int)rank, depthwise, n);
        const int block = dl::base::weight_block(dtype_of(name));
        std::vector<uint8_t> plain(m_in.get_tensor_bytes(name)), ordered(plain.size());
        if (depthwise) {
            dl::base::unpack_depthwise_weights(layout, block, bytes, n, h, w, raw, plain.data());
        } else {
            dl::base::unpack_conv_weights(layout, block, bytes, n, h, w, c, raw, plain.data());
        }
        // [n][h][w][c], depthwise [h][w][n] → [n][c][h][w]
        uint8_t *to = ordered.data();
        for (int k = 0; k < n; k++) {
            for (int j = 0; j < c; j++) {
                for (int at = 0; at < h * w; at++, to += bytes) {
                    const size_t from = depthwise ? (size_t)at * n + k : ((size_t)k * h * w + at) * c + j;
                    memcpy(to, &plain[from * bytes], bytes);
                }
            }
        }
        return weights(node, rank == 3 ? Ints{n, c, w} : Ints{n, c, h, w}, ordered);
    }

    std::string bias(const Node &node, int channels) {
        const std::string &name = node.in[2];
        const dl::dtype_t dtype = dtype_of(name);
        if (count_of(name) != (size_t)channels) {
            refuse(node, std::to_string(count_of(name)) + " biases for " + std::to_string(channels) + " channels");
        }
        std::vector<float> scales;
        for (int exponent : m_in.get_tensor_exponents(name)) {
            scales.push_back(std::ldexp(1.0f, exponent));
        }
        const void *raw = m_in.get_tensor_raw_data(name);
        if (dtype == dl::DATA_TYPE_INT32 && m_form != Form::FLOAT) {
            const int32_t *q = (const int32_t *)raw;
            return dequantized(onnx::TensorProto::INT32, {channels}, std::vector<int32_t>(q, q + channels), scales);
        }
        if (dtype == dl::DATA_TYPE_INT64 && m_form != Form::FLOAT) {
            // ONNX Runtime would make floats int32 with the product of the scales, which is too small for some: the
            // scale is chosen here so that 32 bits suffice.
            std::vector<int32_t> values(channels);
            std::vector<float> wide(channels);
            for (int i = 0; i < channels; i++) {
                const int64_t q = ((const int64_t *)raw)[i];
                int shift = 0;
                while (std::abs((double)q) >= std::ldexp(1.0, 31 + shift)) {
                    shift++;
                }
                values[i] = (int32_t)(q >> shift);
                wide[i] = std::ldexp(scales[scales.size() > 1 ? i : 0], shift);
            }
            return dequantized(onnx::TensorProto::INT32, {channels}, values, wide);
        }
        std::vector<float> values(channels);
        for (int i = 0; i < channels; i++) {
            const double scale = scales.empty() ? 1 : scales[scales.size() > 1 ? i : 0];
            values[i] = dtype == dl::DATA_TYPE_FLOAT   ? ((const float *)raw)[i]
                        : dtype == dl::DATA_TYPE_INT32 ? (float)(((const int32_t *)raw)[i] * scale)
                                                       : (float)((double)((const int64_t *)raw)[i] * scale);
        }
        return m_graph.floats(values, {channels});
    }

    /** The ReLU inside a Conv, Gemm or MatMul: a node of its own, unless the quantization has the same limit. */
    void finish_weighted(const Node &node, std::string result, const Perm &perm) {
        const bool relu = attribute<std::string>(node, "activation", "Linear") == "Relu";
        if (relu && !(m_form == Form::QDQ_U8 && dtype_of(node.out[0]) == dl::DATA_TYPE_INT8)) {
            result = m_graph.make("Relu", {result});
        }
        finish(node.out[0], result, perm, relu);
    }

    // One function for each kind of operator.

    void convert(const Node &node) {
        using Handler = void (Exporter::*)(const Node &);
        static const std::map<std::string, Handler> handlers = [] {
            std::map<std::string, Handler> result = {
                {"AveragePool", &Exporter::pool},
                {"Clip", &Exporter::clip},
                {"Concat", &Exporter::concat},
                {"Conv", &Exporter::conv},
                {"ConvTranspose", &Exporter::conv_transpose},
                {"DepthToSpace", &Exporter::depth_to_space},
                {"DequantizeLinear", &Exporter::same_value},
                {"GRU", &Exporter::rnn},
                {"Gather", &Exporter::gather},
                {"Gelu", &Exporter::gelu},
                {"Gemm", &Exporter::gemm},
                {"GlobalAveragePool", &Exporter::pool},
                {"Identity", &Exporter::same_value},
                {"InsertZeros", &Exporter::insert_zeros},
                {"LSTM", &Exporter::rnn},
                {"LayerNormalization", &Exporter::layer_normalization},
                {"LogSoftmax", &Exporter::along_axis},
                {"LpNormalization", &Exporter::along_axis},
                {"MatMul", &Exporter::matmul},
                {"MaxPool", &Exporter::pool},
                {"Mod", &Exporter::mod},
                {"PRelu", &Exporter::prelu},
                {"Pad", &Exporter::pad},
                {"QuantizeLinear", &Exporter::same_value},
                {"RMSNormalization", &Exporter::rms_normalization},
                {"RequantizeLinear", &Exporter::same_value},
                {"Resize", &Exporter::resize},
                {"ReverseSequence", &Exporter::reverse_sequence},
                {"ScatterND", &Exporter::scatter},
                {"Slice", &Exporter::slice},
                {"Softmax", &Exporter::along_axis},
                {"SpaceToDepth", &Exporter::space_to_depth},
                {"Split", &Exporter::split},
                {"Swish", &Exporter::swish},
                {"Transpose", &Exporter::storage_transpose},
            };
            for (const char *type :
                 {"Abs",       "Ceil",      "Cos", "Elu",      "Erf",  "Exp",        "Floor", "HardSigmoid",
                  "HardSwish", "LeakyRelu", "Log", "Neg",      "Not",  "Reciprocal", "Relu",  "Round",
                  "Sigmoid",   "Sign",      "Sin", "Softplus", "Sqrt", "Tanh"}) {
                result[type] = &Exporter::unary;
            }
            for (const char *type : {"Add", "And", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual",
                                     "Max", "Min", "Mul", "Or", "Pow", "Sub", "Sum", "Xor"}) {
                result[type] = &Exporter::elementwise;
            }
            for (const char *type : {"Flatten", "Reshape", "Squeeze", "Unsqueeze"}) {
                result[type] = &Exporter::reshape;
            }
            for (const char *type :
                 {"L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare"}) {
                result[std::string("Reduce") + type] = &Exporter::reduce;
            }
            return result;
        }();
        auto handler = handlers.find(node.type);
        if (handler == handlers.end()) {
            refuse(node, node.type == "StreamingCache" ? "ONNX has no operator that remembers earlier runs"
                         : node.type == "LUT"          ? "ONNX has no table of 8-bit values"
                                                       : "it has no ONNX form here");
        }
        if (node.in.empty() || node.out.empty()) {
            refuse(node, "no input or no output");
        }
        (this->*handler->second)(node);
    }

    void conv(const Node &node) {
        std::vector<int> kernel;
        std::vector<std::string> in = {channels_first(node.in[0]), conv_weights(node, kernel)};
        if (node.has_input(2)) {
            in.push_back(bias(node, shape_of(node.out[0]).back()));
        }
        const std::string result = m_graph.unique("t");
        onnx::NodeProto *conv = m_graph.add("Conv", in, result);
        set_window(conv, node, kernel);
        set(conv, "group", (int64_t)attribute(node, "group", 1));
        finish_weighted(node, result, channels_last(rank_of(node.out[0])));
    }

    void conv_transpose(const Node &node) {
        if (dtype_of(node.in[1]) != dl::DATA_TYPE_FLOAT) {
            refuse(node, "only that of floats is exported");
        }
        const std::vector<int> shape = shape_of(node.in[1]);
        std::vector<std::string> in = {channels_first(node.in[0]), value(node.in[1])};
        if (node.has_input(2)) {
            in.push_back(value(node.in[2]));
        }
        const std::string result = m_graph.unique("t");
        onnx::NodeProto *conv = m_graph.add("ConvTranspose", in, result);
        const std::vector<int> kernel(shape.begin() + 2, shape.end());
        set_window(conv, node, kernel);
        set(conv, "group", (int64_t)attribute(node, "group", 1));
        set(conv, "output_padding", attribute(node, "output_padding", std::vector<int>(kernel.size(), 0)));
        finish_weighted(node, result, channels_last(rank_of(node.out[0])));
    }

    void set_window(onnx::NodeProto *onnx_node, const Node &node, const std::vector<int> &kernel) {
        const size_t n = kernel.size();
        set(onnx_node, "kernel_shape", kernel);
        set(onnx_node, "strides", attribute(node, "strides", std::vector<int>(n, 1)));
        set(onnx_node, "pads", attribute(node, "pads", std::vector<int>(2 * n, 0)));
        if (node.type != "AveragePool") {
            set(onnx_node, "dilations", attribute(node, "dilations", std::vector<int>(n, 1)));
        }
    }

    void pool(const Node &node) {
        const std::string result = m_graph.unique("t");
        onnx::NodeProto *pool = m_graph.add(node.type, {channels_first(node.in[0])}, result);
        if (node.type != "GlobalAveragePool") {
            set_window(pool, node, attribute(node, "kernel_shape", std::vector<int>()));
            set(pool, "ceil_mode", (int64_t)attribute(node, "ceil_mode", 0));
        }
        if (node.type == "AveragePool") {
            set(pool, "count_include_pad", (int64_t)attribute(node, "count_include_pad", 0));
        }
        finish(node.out[0], result, channels_last(rank_of(node.out[0])), is_nonnegative(node.in[0]));
    }

    void gemm(const Node &node) {
        const std::string &w = node.in[1];
        const bool is_float = dtype_of(w) == dl::DATA_TYPE_FLOAT;
        const std::vector<int> shape = shape_of(node.in[0]), dims = shape_of(w);
        std::string a = stored_order(node.in[0]), b;
        bool trans_b = true;
        int n = dims.back();
        if (is_float) {
            trans_b = attribute(node, "transB", 0) != 0;
            n = dims[trans_b ? 0 : 1];
            b = value(w);
        } else {
            const int k = dims[dims.size() - 2];
            std::vector<uint8_t> plain(m_in.get_tensor_bytes(w));
            dl::base::unpack_matrix(layout_of(node, 0, false, n), dl::base::weight_block(dtype_of(w)), element_bytes(w),
                                    n, k, m_in.get_tensor_raw_data(w), plain.data());
            b = weights(node, {n, k}, plain);
        }
        if (shape.size() != 2) {
            a = m_graph.make("Reshape", {a, m_graph.integers({-1, shape.back()})});
        }
        std::vector<std::string> in = {a, b};
        if (node.has_input(2)) {
            in.push_back(is_float ? value(node.in[2]) : bias(node, n));
        }
        std::string result = m_graph.unique("t");
        onnx::NodeProto *gemm = m_graph.add("Gemm", in, result);
        set(gemm, "transA", (int64_t)attribute(node, "transA", 0));
        set(gemm, "transB", (int64_t)trans_b);
        set(gemm, "alpha", attribute(node, "alpha", 1.0f));
        set(gemm, "beta", attribute(node, "beta", 1.0f));
        if (shape.size() != 2) {
            result = m_graph.make("Reshape", {result, integers_of(shape_of(node.out[0]))});
        }
        finish_weighted(node, result, identity(rank_of(node.out[0])));
    }

    std::string integers_of(const std::vector<int> &values) {
        return m_graph.integers(Ints(values.begin(), values.end()));
    }

    void matmul(const Node &node) {
        if (node.in.size() != 2) {
            refuse(node, "it needs two inputs");
        }
        std::string b;
        auto source = m_matmul_source.find(node.name);
        if (source != m_matmul_source.end()) {
            const auto &[tensor, perm] = source->second;
            const Perm order = perm_of(tensor);
            Perm onnx_perm;
            std::vector<int> shape;
            for (int p : perm) {
                onnx_perm.push_back(order[p]);
                shape.push_back(shape_of(tensor)[p]);
            }
            b = transpose(value(tensor), onnx_perm);
            if (shape != shape_of(node.in[1])) {
                b = m_graph.make("Reshape", {b, integers_of(shape_of(node.in[1]))});
            }
        } else if (m_in.is_parameter(node.in[1])) {
            b = constant_matrix(node);
        } else {
            b = stored_order(node.in[1]);
        }
        finish_weighted(node, m_graph.make("MatMul", {stored_order(node.in[0]), b}), identity(rank_of(node.out[0])));
    }

    /** B of a MatMul: the file has [n][k] in blocks for each batch, ONNX [k][n]. */
    std::string constant_matrix(const Node &node) {
        const std::string &name = node.in[1];
        const std::vector<int> dims = shape_of(name);
        const int n = dims.size() > 1 ? dims.back() : 1, k = dims.size() > 1 ? dims[dims.size() - 2] : dims[0];
        if (m_in.get_tensor_exponents(name).size() > 1) {
            refuse(node, "constant matrices with an exponent per channel are not exported");
        }
        const dl::base::weight_layout_t layout = layout_of(node, 0, false, n);
        const size_t bytes = element_bytes(name), matrix = (size_t)n * k * bytes;
        const uint8_t *raw = (const uint8_t *)m_in.get_tensor_raw_data(name);
        std::vector<uint8_t> plain(matrix), ordered(m_in.get_tensor_bytes(name));
        for (size_t batch = 0; batch < ordered.size(); batch += matrix) {
            dl::base::unpack_matrix(layout, dl::base::weight_block(dtype_of(name)), bytes, n, k, raw + batch,
                                    plain.data());
            for (int row = 0; row < n; row++) {
                for (int column = 0; column < k; column++) {
                    memcpy(&ordered[batch + ((size_t)column * n + row) * bytes],
                           &plain[((size_t)row * k + column) * bytes], bytes);
                }
            }
        }
        return weights(node, Ints(dims.begin(), dims.end()), ordered);
    }

    void swish(const Node &node) {
        const std::string x = value(node.in[0]), sigmoid = m_graph.make("Sigmoid", {x});
        std::string gate = sigmoid;
        if (m_form == Form::QDQ_U8 && dtype_of(node.in[0]) == dl::DATA_TYPE_INT8) {
            // ONNX Runtime computes in 8 bits only between quantized tensors, so the one in between is quantized, too.
            gate = pair(sigmoid, std::ldexp(1.0f, -8), zero_point(dl::DATA_TYPE_INT8, true), false);
        }
        finish(node.out[0], m_graph.make("Mul", {x, gate}), perm_of(node.in[0]));
    }

    /** Nothing happens to the numbers but what the quantization of the result does. */
    void same_value(const Node &node) {
        const std::string &in = node.in[0], &out = node.out[0];
        if (node.type == "RequantizeLinear" && may_stay_finer(in, out)) {
            m_value[out] = value(in);
            m_perm[out] = perm_of(in);
            return;
        }
        move(in, out, perm_of(in));
    }

    /** The chip adds and concatenates only what has one exponent; ONNX's operators take any. A step to a coarser one
     * before them costs time there, and its rounding is all that it does. */
    bool may_stay_finer(const std::string &in, const std::string &out) {
        if (m_form != Form::QDQ_U8 || m_in.is_parameter(in) || dtype_of(in) != dl::DATA_TYPE_INT8 ||
            dtype_of(out) != dl::DATA_TYPE_INT8 || exponent_of(out) < exponent_of(in)) {
            return false;
        }
        for (const Node &node : m_nodes) {
            if (std::find(node.in.begin(), node.in.end(), out) != node.in.end() && node.type != "Add" &&
                node.type != "Concat") {
                return false;
            }
        }
        const std::vector<std::string> outputs = m_in.get_graph_outputs();
        return std::find(outputs.begin(), outputs.end(), out) == outputs.end();
    }

    /** `out` is `in` with another storage order; quantized again only where type or exponent differ. */
    void move(const std::string &in, const std::string &out, const Perm &perm) {
        if (m_in.is_parameter(in) || dtype_of(in) != dtype_of(out) || exponent_of(in) != exponent_of(out)) {
            finish(out, value(in), perm, is_nonnegative(in));
            return;
        }
        m_value[out] = value(in);
        m_perm[out] = perm;
        if (is_nonnegative(in)) {
            m_nonnegative.insert(out);
        }
    }

    /** ONNX's tensor stays as it is: only the storage order changes, and whoever needs one of its own makes it. */
    void storage_transpose(const Node &node) {
        const size_t rank = rank_of(node.out[0]);
        std::vector<int> perm = attribute(node, "perm", std::vector<int>());
        if (perm.empty()) {
            perm = identity(rank);
            std::reverse(perm.begin(), perm.end());
        }
        const Perm before = perm_of(node.in[0]);
        Perm after;
        for (int p : perm) {
            after.push_back(before[p < 0 ? p + (int)rank : p]);
        }
        move(node.in[0], node.out[0], after);
    }

    void reshape(const Node &node) {
        const std::string shape = integers_of(shape_of(node.out[0]));
        finish(node.out[0], m_graph.make("Reshape", {stored_order(node.in[0]), shape}), identity(rank_of(node.out[0])),
               is_nonnegative(node.in[0]));
    }

    void unary(const Node &node) {
        static const std::set<std::string> nonnegative = {"Abs",     "Exp",      "HardSigmoid", "Relu",
                                                          "Sigmoid", "Softplus", "Sqrt"};
        const std::string result = m_graph.unique("t");
        onnx::NodeProto *unary = m_graph.add(node.type, {value(node.in[0])}, result);
        for (const char *key : {"alpha", "beta"}) {
            float number = 0;
            if (m_in.get_operation_attribute(node.name, key, number) == ESP_OK) {
                set(unary, key, number);
            }
        }
        finish(node.out[0], result, perm_of(node.in[0]), nonnegative.count(node.type) > 0);
    }

    void gelu(const Node &node) {
        // ONNX has it since operator set 20.
        const std::string x = value(node.in[0]), half = m_graph.scalar(0.5f), one = m_graph.scalar(1.0f);
        std::string inner;
        if (attribute<std::string>(node, "approximate", "none") == "tanh") {
            const std::string cube = m_graph.make("Mul", {m_graph.make("Mul", {x, x}), x});
            const std::string sum = m_graph.make("Add", {x, m_graph.make("Mul", {cube, m_graph.scalar(0.044715f)})});
            inner = m_graph.make("Tanh", {m_graph.make("Mul", {sum, m_graph.scalar((float)std::sqrt(2 / M_PI))})});
        } else {
            inner = m_graph.make("Erf", {m_graph.make("Mul", {x, m_graph.scalar((float)M_SQRT1_2)})});
        }
        const std::string gate = m_graph.make("Mul", {m_graph.make("Add", {inner, one}), half});
        finish(node.out[0], m_graph.make("Mul", {x, gate}), perm_of(node.in[0]));
    }

    void clip(const Node &node) {
        const float given[] = {attribute(node, "min", -INFINITY), attribute(node, "max", INFINITY)};
        std::vector<std::string> in = {value(node.in[0])};
        float low = given[0];
        for (size_t i = 0; i < 2; i++) {
            float bound = given[i];
            if (node.has_input(i + 1)) {
                if (!m_in.is_parameter(node.in[i + 1]) || count_of(node.in[i + 1]) != 1) {
                    refuse(node, "its bounds are no constants");
                }
                bound = constant(node.in[i + 1]).values[0];
            }
            low = i == 0 ? bound : low;
            in.push_back(std::isinf(bound) ? "" : m_graph.scalar(bound));
        }
        while (in.back().empty()) {
            in.pop_back();
        }
        finish(node.out[0], m_graph.make("Clip", in), perm_of(node.in[0]), low >= 0);
    }

    void elementwise(const Node &node) {
        const Perm order = common_order(node);
        std::vector<std::string> in;
        for (const std::string &tensor : node.in) {
            const bool plain = m_in.is_parameter(tensor) && is_onnx_constant(tensor, node, order);
            in.push_back(plain ? value(tensor) : operand(tensor, order));
        }
        finish(node.out[0], m_graph.make(node.type, in), order);
    }

    void mod(const Node &node) {
        const Perm order = common_order(node);
        const std::string a = operand(node.in[0], order), b = operand(node.in[1], order);
        std::string result;
        if (attribute(node, "fmod", 0)) {
            result = m_graph.unique("t");
            set(m_graph.add("Mod", {a, b}, result), "fmod", (int64_t)1);
        } else {
            // Of floats, ONNX has only the other one.
            const std::string whole = m_graph.make("Floor", {m_graph.make("Div", {a, b})});
            result = m_graph.make("Sub", {a, m_graph.make("Mul", {whole, b})});
        }
        finish(node.out[0], result, order);
    }

    void prelu(const Node &node) {
        const std::string x = channels_first(node.in[0]);
        finish(node.out[0], m_graph.make("PRelu", {x, value(node.in[1])}), channels_last(rank_of(node.out[0])));
    }

    void concat(const Node &node) {
        const int axis = axis_of(node, 0);
        const Perm order = common_order(node);
        bool nonnegative = true;
        std::vector<std::string> in;
        for (const std::string &tensor : node.in) {
            in.push_back(operand(tensor, order));
            nonnegative = nonnegative && is_nonnegative(tensor);
        }
        const std::string result = m_graph.unique("t");
        set(m_graph.add("Concat", in, result), "axis", (int64_t)order[axis]);
        finish(node.out[0], result, order, nonnegative);
    }

    void split(const Node &node) {
        const int axis = axis_of(node, 0);
        const Perm order = perm_of(node.in[0]);
        Ints sizes;
        std::vector<std::string> parts;
        for (const std::string &part : node.out) {
            sizes.push_back(shape_of(part).at(axis));
            parts.push_back(m_graph.unique("t"));
        }
        onnx::NodeProto *split = m_graph.add("Split", {value(node.in[0]), m_graph.integers(sizes)}, parts[0]);
        set(split, "axis", (int64_t)order[axis]);
        for (size_t i = 1; i < parts.size(); i++) {
            split->add_output(parts[i]);
        }
        for (size_t i = 0; i < parts.size(); i++) {
            finish(node.out[i], parts[i], order, is_nonnegative(node.in[0]));
        }
    }

    void slice(const Node &node) {
        const Perm order = perm_of(node.in[0]);
        const std::vector<int> starts = ints_of(node, 1, "starts"), ends = ints_of(node, 2, "ends");
        std::vector<int> axes = ints_of(node, 3, "axes"), steps = ints_of(node, 4, "steps");
        axes = axes.empty() ? identity(starts.size()) : axes;
        steps = steps.empty() ? std::vector<int>(starts.size(), 1) : steps;
        for (int &axis : axes) {
            axis = order.at(axis < 0 ? axis + (int)order.size() : axis);
        }
        finish(node.out[0],
               m_graph.make("Slice", {value(node.in[0]), integers_of(starts), integers_of(ends), integers_of(axes),
                                      integers_of(steps)}),
               order, is_nonnegative(node.in[0]));
    }

    void pad(const Node &node) {
        const Perm order = perm_of(node.in[0]);
        const size_t rank = order.size();
        const std::vector<int> pads = ints_of(node, 1, "pads");
        std::vector<int> axes = ints_of(node, 3, "axes"), all(2 * rank, 0);
        axes = axes.empty() ? identity(rank) : axes;
        if (pads.size() != 2 * axes.size()) {
            refuse(node, std::to_string(pads.size()) + " pads for " + std::to_string(axes.size()) + " axes");
        }
        for (size_t i = 0; i < axes.size(); i++) {
            const int axis = order.at(axes[i] < 0 ? axes[i] + (int)rank : axes[i]);
            all[axis] = pads[i];
            all[axis + rank] = pads[i + axes.size()];
        }
        const std::string mode = attribute<std::string>(node, "mode", "constant");
        if (mode == "wrap") {
            refuse(node, "mode wrap came with operator set 19");
        }
        std::vector<std::string> in = {value(node.in[0]), integers_of(all)};
        float number = attribute(node, "value", 0.0f);
        if (node.has_input(2)) {
            if (!m_in.is_parameter(node.in[2]) || count_of(node.in[2]) != 1) {
                refuse(node, "the padding value is no constant");
            }
            number = constant(node.in[2]).values[0];
        }
        in.push_back(m_graph.scalar(number));
        const std::string result = m_graph.unique("t");
        set(m_graph.add("Pad", in, result), "mode", mode);
        finish(node.out[0], result, order, is_nonnegative(node.in[0]) && number >= 0);
    }

    void along_axis(const Node &node) {
        const Perm order = perm_of(node.in[0]);
        const std::string result = m_graph.unique("t");
        onnx::NodeProto *onnx_node = m_graph.add(node.type, {value(node.in[0])}, result);
        set(onnx_node, "axis", (int64_t)order[axis_of(node, -1)]);
        if (node.type == "LpNormalization") {
            set(onnx_node, "p", (int64_t)attribute(node, "p", 2));
        }
        finish(node.out[0], result, order, node.type == "Softmax");
    }

    void reduce(const Node &node) {
        static const std::set<std::string> nonnegative = {"ReduceL1", "ReduceL2", "ReduceSumSquare"};
        const std::string &in = node.in[0], &out = node.out[0];
        std::vector<int> axes = ints_of(node, 1, "axes");
        if (axes.empty()) {
            if (attribute(node, "noop_with_empty_axes", 0)) {
                finish(out, value(in), perm_of(in));
                return;
            }
            axes = identity(rank_of(in));
        }
        const bool keep = attribute(node, "keepdims", 1) != 0;
        const Perm order = keep ? perm_of(in) : identity(rank_of(in));
        for (int &axis : axes) {
            axis = order.at(axis < 0 ? axis + (int)order.size() : axis);
        }
        std::vector<std::string> inputs = {keep ? value(in) : stored_order(in)};
        if (node.type == "ReduceSum") {
            inputs.push_back(integers_of(axes));
        }
        std::string result = m_graph.unique("t");
        onnx::NodeProto *reduce = m_graph.add(node.type, inputs, result);
        if (node.type != "ReduceSum") {
            set(reduce, "axes", axes);
        }
        set(reduce, "keepdims", (int64_t)keep);
        if (!keep && axes.size() == rank_of(in)) {
            // The file has no tensors without dimensions.
            result = m_graph.make("Reshape", {result, integers_of(shape_of(out))});
        }
        finish(out, result, keep ? order : identity(rank_of(out)), nonnegative.count(node.type) > 0);
    }

    void layer_normalization(const Node &node) {
        std::vector<std::string> in;
        for (const std::string &tensor : node.in) {
            in.push_back(tensor.empty() ? "" : stored_order(tensor));
        }
        const std::string result = m_graph.unique("t");
        onnx::NodeProto *onnx_node = m_graph.add(node.type, in, result);
        set(onnx_node, "axis", (int64_t)attribute(node, "axis", -1));
        set(onnx_node, "epsilon", attribute(node, "epsilon", 1e-5f));
        finish(node.out[0], result, identity(rank_of(node.out[0])));
    }

    void rms_normalization(const Node &node) {
        // ONNX has it since operator set 23.
        const std::string x = stored_order(node.in[0]), mean = m_graph.unique("t");
        std::vector<int> axes;
        for (int axis = axis_of(node, -1); axis < (int)rank_of(node.in[0]); axis++) {
            axes.push_back(axis);
        }
        set(m_graph.add("ReduceMean", {m_graph.make("Mul", {x, x})}, mean), "axes", axes);
        const std::string epsilon = m_graph.scalar(attribute(node, "epsilon", 1e-5f));
        std::string result = m_graph.make("Div", {x, m_graph.make("Sqrt", {m_graph.make("Add", {mean, epsilon})})});
        if (node.has_input(1)) {
            result = m_graph.make("Mul", {result, stored_order(node.in[1])});
        }
        finish(node.out[0], result, identity(rank_of(node.out[0])));
    }

    void resize(const Node &node) {
        const size_t rank = rank_of(node.out[0]);
        const Perm order = channels_last(rank);
        const Ints from = onnx_shape(shape_of(node.in[0]), order), to = onnx_shape(shape_of(node.out[0]), order);
        const std::string mode = attribute<std::string>(node, "mode", "nearest");
        const std::string result = m_graph.unique("t");
        std::vector<std::string> in = {channels_first(node.in[0]), "", "", m_graph.integers(to)};
        std::vector<float> scales;
        for (size_t i = 0; i < rank && to[i] % from[i] == 0; i++) {
            scales.push_back((float)(to[i] / from[i]));
        }
        if (scales.size() == rank) {
            // ONNX Runtime has a faster way for scales known beforehand.
            in = {in[0], "", m_graph.floats(scales, {(int64_t)rank})};
        }
        onnx::NodeProto *resize = m_graph.add("Resize", in, result);
        set(resize, "mode", mode);
        if (mode == "nearest") {
            // Whatever the file says: the chip computes this.
            set(resize, "coordinate_transformation_mode", std::string("asymmetric"));
            set(resize, "nearest_mode", std::string("floor"));
        } else {
            set(resize, "coordinate_transformation_mode",
                attribute<std::string>(node, "coordinate_transformation_mode", "half_pixel"));
        }
        finish(node.out[0], result, order, is_nonnegative(node.in[0]));
    }

    void depth_to_space(const Node &node) {
        const std::string result = m_graph.unique("t");
        onnx::NodeProto *onnx_node = m_graph.add(node.type, {channels_first(node.in[0])}, result);
        set(onnx_node, "blocksize", (int64_t)attribute(node, "blocksize", 1));
        set(onnx_node, "mode", attribute<std::string>(node, "mode", "DCR"));
        finish(node.out[0], result, channels_last(rank_of(node.out[0])), is_nonnegative(node.in[0]));
    }

    /** The chip's keeps the pixels of a channel together, ONNX's the channels of a pixel. */
    void space_to_depth(const Node &node) {
        const Perm order = channels_last(4);
        const Ints from = onnx_shape(shape_of(node.in[0]), order), to = onnx_shape(shape_of(node.out[0]), order);
        const int64_t block = attribute(node, "blocksize", 1);
        const std::string blocks = m_graph.make(
            "Reshape", {channels_first(node.in[0]), m_graph.integers({from[0], from[1], to[2], block, to[3], block})});
        const std::string result =
            m_graph.make("Reshape", {transpose(blocks, {0, 1, 3, 5, 2, 4}), m_graph.integers(to)});
        finish(node.out[0], result, order, is_nonnegative(node.in[0]));
    }

    /** Zeros between the pixels: each pixel becomes the corner of a block of zeros, the last ones are cut off. */
    void insert_zeros(const Node &node) {
        const Perm order = channels_last(rank_of(node.out[0]));
        const Ints from = onnx_shape(shape_of(node.in[0]), order), to = onnx_shape(shape_of(node.out[0]), order);
        const size_t spatial = from.size() - 2;
        const std::vector<int> stride = attribute(node, "stride", std::vector<int>(spatial, 1));
        Ints blocks = {from[0], from[1]}, whole = blocks, pads(2 * (2 + 2 * spatial), 0), starts, axes, ends;
        for (size_t i = 0; i < spatial; i++) {
            blocks.insert(blocks.end(), {from[2 + i], 1});
            pads[pads.size() / 2 + 3 + 2 * i] = stride[i] - 1;
            whole.push_back(from[2 + i] * stride[i]);
            starts.push_back(0);
            ends.push_back(to[2 + i]);
            axes.push_back((int64_t)(2 + i));
        }
        const std::string x = m_graph.make("Reshape", {channels_first(node.in[0]), m_graph.integers(blocks)});
        std::string result = m_graph.make("Pad", {x, m_graph.integers(pads)});
        result = m_graph.make("Reshape", {result, m_graph.integers(whole)});
        result =
            m_graph.make("Slice", {result, m_graph.integers(starts), m_graph.integers(ends), m_graph.integers(axes)});
        finish(node.out[0], result, order, is_nonnegative(node.in[0]));
    }

    void gather(const Node &node) {
        const std::string result = m_graph.unique("t");
        set(m_graph.add("Gather", {stored_order(node.in[0]), stored_order(node.in[1])}, result), "axis",
            (int64_t)axis_of(node, 0));
        finish(node.out[0], result, identity(rank_of(node.out[0])), is_nonnegative(node.in[0]));
    }

    void scatter(const Node &node) {
        const std::string reduction = attribute<std::string>(node, "reduction", "none");
        if (reduction == "max" || reduction == "min") {
            refuse(node, "reduction " + reduction + " came with operator set 18");
        }
        const std::string result = m_graph.unique("t");
        set(m_graph.add("ScatterND", {stored_order(node.in[0]), stored_order(node.in[1]), stored_order(node.in[2])},
                        result),
            "reduction", reduction);
        finish(node.out[0], result, identity(rank_of(node.out[0])));
    }

    void reverse_sequence(const Node &node) {
        const std::string result = m_graph.unique("t");
        onnx::NodeProto *onnx_node =
            m_graph.add("ReverseSequence", {stored_order(node.in[0]), stored_order(node.in[1])}, result);
        set(onnx_node, "batch_axis", (int64_t)attribute(node, "batch_axis", 1));
        set(onnx_node, "time_axis", (int64_t)attribute(node, "time_axis", 0));
        finish(node.out[0], result, identity(rank_of(node.out[0])), is_nonnegative(node.in[0]));
    }

    /**
     * LSTM and GRU: in floats between quantized tensors. ONNX's operators have no place for what the chip rounds and
     * limits inside the cell: the gates, and the states that are fed back, which stay within the range of Y.
     */
    void rnn(const Node &node) {
        std::vector<std::string> in;
        for (const std::string &tensor : node.in) {
            in.push_back(tensor.empty()              ? ""
                         : m_in.is_parameter(tensor) ? plain_parameter(tensor)
                                                     : stored_order(tensor));
        }
        while (in.back().empty()) {
            in.pop_back();
        }
        std::vector<std::string> results;
        for (const std::string &out : node.out) {
            results.push_back(out.empty() ? "" : m_graph.unique("t"));
        }
        onnx::NodeProto *onnx_node = m_graph.add(node.type, in, results[0]);
        for (size_t i = 1; i < results.size(); i++) {
            onnx_node->add_output(results[i]);
        }
        set(onnx_node, "hidden_size", (int64_t)attribute(node, "hidden_size", 0));
        set(onnx_node, "direction", attribute<std::string>(node, "direction", "forward"));
        set(onnx_node, "layout", (int64_t)attribute(node, "layout", 0));
        if (node.type == "GRU") {
            set(onnx_node, "linear_before_reset", (int64_t)attribute(node, "linear_before_reset", 0));
        }
        for (size_t i = 0; i < results.size(); i++) {
            if (!results[i].empty()) {
                finish(node.out[i], results[i], identity(rank_of(node.out[i])));
            }
        }
    }

    /** Without a pair: the operator's floats. */
    std::string plain_parameter(const std::string &name) {
        if (!is_quantized(name)) {
            return value(name);
        }
        const Constant plain = constant(name);
        return m_graph.floats(plain.values, plain.dims);
    }

    fbs::FbsModel &m_in;
    Form m_form;
    Ports m_ports;
    OnnxGraph m_graph;
    std::vector<Node> m_nodes;  ///< in the order of execution
    std::map<std::string, Perm> m_perm;
    std::map<std::string, std::string> m_value;
    std::map<std::string, std::string> m_quantized;  ///< what a dequantized value was made from
    std::set<std::string> m_nonnegative;
    struct Source {
        std::string tensor;
        Perm perm;  ///< of its stored dimensions
    };
    std::map<std::string, const Node *> m_maker;
    std::map<std::string, Source> m_matmul_source;
};

}  // namespace

Result export_onnx(fbs::FbsModel &model, Form form, Ports ports) {
    return Exporter(model, form, ports).run();
}

}  // namespace onnx_export
