#include "onnx_export.hpp"

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

#include "dl_base_weights.hpp"
#include "graph.hpp"

namespace quantize {

namespace {

using Ints = std::vector<int64_t>;
using Perm = std::vector<int>;

Perm identity(size_t rank) {
    Perm perm(rank);
    std::iota(perm.begin(), perm.end(), 0);
    return perm;
}

/** Storage order of channels-last tensors: stored dimension i is ONNX's dimension perm[i]. */
Perm channels_last(size_t rank) {
    return rank == 4 ? Perm{0, 2, 3, 1} : rank == 3 ? Perm{0, 2, 1} : identity(rank);
}

bool convolution_family(const std::string &type) {
    static const std::set<std::string> types = {"Conv",          "AveragePool", "GlobalAveragePool", "MaxPool",
                                                "GlobalMaxPool", "Resize",      "DepthToSpace",      "SpaceToDepth"};
    return types.count(type) > 0;
}

class OnnxWriter {
public:
    OnnxWriter(fbs::FbsModel &model, OnnxForm form) : m_in(model), m_form(form) {}

    std::string run() {
        m_model.set_ir_version(8);
        auto *opset = m_model.add_opset_import();
        opset->set_domain("");
        opset->set_version(17);
        m_model.set_producer_name("deskboard");
        m_graph = m_model.mutable_graph();
        m_graph->set_name(m_in.get_model_name().empty() ? "graph" : m_in.get_model_name());
        const std::vector<std::string> order = m_in.topological_sort();
        if (order.empty()) {
            throw Error("the model's nodes cannot be put in order");
        }
        find_matmul_sources(order);
        for (const std::string &name : m_in.get_graph_inputs()) {
            const std::vector<int> shape = m_in.get_value_info_shape(name);
            // Pictures and sequences are channels last in the file, if a convolution reads them.
            m_perm[name] = read_by_convolution(order, name) ? channels_last(shape.size()) : identity(shape.size());
            declare(m_graph->add_input(), name, shape);
            m_value[name] = pair(name, name);
        }
        for (const std::string &node : order) {
            if (!m_skipped.count(node)) {
                convert(node);
            }
        }
        for (const std::string &name : m_in.get_graph_outputs()) {
            // A graph output carries the name; the tensor before it was named apart.
            add("Identity", {value(name)}, name);
            declare(m_graph->add_output(), name, m_in.get_value_info_shape(name));
        }
        try {
            onnx::checker::check_model(m_model);
        } catch (const std::exception &error) {
            throw Error(std::string("the exported model is not valid: ") + error.what());
        }
        return m_model.SerializeAsString();
    }

private:
    struct Node {
        std::string name, type;
        std::vector<std::string> in, out;
    };

    Node node_of(const std::string &name) {
        Node node;
        node.name = name;
        node.type = m_in.get_operation_type(name);
        m_in.get_operation_inputs_and_outputs(name, node.in, node.out);
        return node;
    }

    bool read_by_convolution(const std::vector<std::string> &order, const std::string &tensor) {
        for (const std::string &name : order) {
            const Node node = node_of(name);
            if (std::find(node.in.begin(), node.in.end(), tensor) != node.in.end()) {
                if (convolution_family(node.type)) {
                    return true;
                }
                if (node.type == "StreamingCache" && read_by_convolution(order, node.out[0])) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The file brings B of a MatMul into blocks with nodes of its own; ONNX takes B from before them. */
    void find_matmul_sources(const std::vector<std::string> &order) {
        std::map<std::string, std::string> maker;
        std::map<std::string, int> readers;
        for (const std::string &name : order) {
            const Node node = node_of(name);
            for (const std::string &out : node.out) {
                maker[out] = name;
            }
            for (const std::string &in : node.in) {
                readers[in]++;
            }
        }
        for (const std::string &name : order) {
            const Node matmul = node_of(name);
            if (matmul.type != "MatMul" || matmul.in.size() < 2 || m_in.is_parameter(matmul.in[1])) {
                continue;
            }
            // Back through the moving nodes; the longest chain that starts at a tensor of B's shape is the preparation.
            std::set<std::string> chain;
            std::vector<std::string> open = {matmul.in[1]};
            std::string source;
            const std::vector<int> shape = m_in.get_value_info_shape(matmul.in[1]);
            while (!open.empty()) {
                const std::string tensor = open.back();
                open.pop_back();
                auto made = maker.find(tensor);
                if (made == maker.end()) {
                    continue;
                }
                const Node node = node_of(made->second);
                const bool moving =
                    node.type == "Reshape" || node.type == "Transpose" || node.type == "Slice" || node.type == "Concat";
                const bool generated = node.name.rfind("PPQ_Operation", 0) == 0;
                if (!moving || !generated) {
                    continue;
                }
                chain.insert(node.name);
                for (const std::string &in : node.in) {
                    if (!m_in.is_parameter(in)) {
                        if (m_in.get_value_info_shape(in) == shape && tensor != matmul.in[1]) {
                            source = in;
                        }
                        open.push_back(in);
                    }
                }
            }
            if (!source.empty()) {
                m_matmul_source[name] = source;
                for (const std::string &node : chain) {
                    // What lies before the source stays.
                    const Node n = node_of(node);
                    if (n.out[0] != source && !leads_to(maker, source, node)) {
                        m_skipped.insert(node);
                    }
                }
            }
        }
    }

    bool leads_to(std::map<std::string, std::string> &maker, const std::string &tensor, const std::string &node) {
        auto made = maker.find(tensor);
        if (made == maker.end()) {
            return false;
        }
        if (made->second == node) {
            return true;
        }
        for (const std::string &in : node_of(made->second).in) {
            if (!m_in.is_parameter(in) && leads_to(maker, in, node)) {
                return true;
            }
        }
        return false;
    }

    Perm perm_of(const std::string &name) {
        auto it = m_perm.find(name);
        return it != m_perm.end() ? it->second : identity(m_in.get_value_info_shape(name).size());
    }

    Ints onnx_shape(const std::string &name, const std::vector<int> &stored) {
        const Perm perm = perm_of(name);
        Ints shape(stored.size());
        for (size_t i = 0; i < stored.size(); i++) {
            shape[perm[i]] = stored[i];
        }
        return shape;
    }

    void declare(onnx::ValueInfoProto *info, const std::string &name, const std::vector<int> &stored) {
        info->set_name(name);
        auto *tensor = info->mutable_type()->mutable_tensor_type();
        tensor->set_elem_type(m_in.get_value_info_dtype(name) == dl::DATA_TYPE_BOOL ? onnx::TensorProto::BOOL
                                                                                    : onnx::TensorProto::FLOAT);
        for (int64_t dim : onnx_shape(name, stored)) {
            tensor->mutable_shape()->add_dim()->set_dim_value(dim);
        }
    }

    onnx::NodeProto *add(const std::string &type, const std::vector<std::string> &in, const std::string &out) {
        onnx::NodeProto *node = m_graph->add_node();
        node->set_op_type(type);
        node->set_name("n" + std::to_string(m_count++) + "_" + type);
        for (const std::string &name : in) {
            node->add_input(name);
        }
        node->add_output(out);
        return node;
    }

    static void set(onnx::NodeProto *node, const std::string &name, int64_t value) {
        auto *attribute = node->add_attribute();
        attribute->set_name(name);
        attribute->set_type(onnx::AttributeProto::INT);
        attribute->set_i(value);
    }
    static void set(onnx::NodeProto *node, const std::string &name, float value) {
        auto *attribute = node->add_attribute();
        attribute->set_name(name);
        attribute->set_type(onnx::AttributeProto::FLOAT);
        attribute->set_f(value);
    }
    static void set(onnx::NodeProto *node, const std::string &name, const std::string &value) {
        auto *attribute = node->add_attribute();
        attribute->set_name(name);
        attribute->set_type(onnx::AttributeProto::STRING);
        attribute->set_s(value);
    }
    static void set(onnx::NodeProto *node, const std::string &name, const std::vector<int> &values) {
        auto *attribute = node->add_attribute();
        attribute->set_name(name);
        attribute->set_type(onnx::AttributeProto::INTS);
        for (int value : values) {
            attribute->add_ints(value);
        }
    }

    template <typename T>
    std::string constant(const std::string &wanted, int type, const Ints &dims, const std::vector<T> &values) {
        const std::string name = wanted + "_c" + std::to_string(m_count++);
        onnx::TensorProto *tensor = m_graph->add_initializer();
        tensor->set_name(name);
        tensor->set_data_type(type);
        for (int64_t dim : dims) {
            tensor->add_dims(dim);
        }
        tensor->set_raw_data(std::string((const char *)values.data(), values.size() * sizeof(T)));
        return name;
    }
    std::string floats(const std::vector<float> &values, const Ints &dims) {
        return constant("f", onnx::TensorProto::FLOAT, dims, values);
    }
    std::string integers(const Ints &values) {
        return constant("i", onnx::TensorProto::INT64, {(int64_t)values.size()}, values);
    }

    /** Put a tensor through quantization and back, where the file quantizes it. @return the name of the result */
    std::string pair(const std::string &onnx_name, const std::string &tensor) {
        const dl::dtype_t dtype = m_in.get_value_info_dtype(tensor);
        if (m_form == OnnxForm::FLOAT || dtype != dl::DATA_TYPE_INT8) {
            return onnx_name;
        }
        return pair_at(onnx_name, m_in.get_value_info_exponent(tensor));
    }

    std::string pair_at(const std::string &onnx_name, int exponent) {
        const std::string scale = floats({std::ldexp(1.0f, exponent)}, {});
        const std::string zero = m_form == OnnxForm::QDQ_U8
                                     ? constant<uint8_t>("z", onnx::TensorProto::UINT8, {}, {128})
                                     : constant<int8_t>("z", onnx::TensorProto::INT8, {}, {0});
        const std::string q = onnx_name + "_q" + std::to_string(m_count++), dq = q + "d";
        add("QuantizeLinear", {onnx_name, scale, zero}, q);
        add("DequantizeLinear", {q, scale, zero}, dq);
        return dq;
    }

    /** The ONNX name that stands for a tensor of the file; parameters become constants. */
    std::string value(const std::string &name) {
        auto it = m_value.find(name);
        if (it != m_value.end()) {
            return it->second;
        }
        if (!m_in.is_parameter(name)) {
            throw Error("tensor '" + name + "' has no ONNX form");
        }
        return m_value[name] = parameter(name);
    }

    std::vector<float> dequantized(const std::string &name) {
        const size_t n = element_count(name);
        const void *raw = m_in.get_tensor_raw_data(name);
        const float scale = std::ldexp(1.0f, m_in.get_tensor_exponents(name).at(0));
        std::vector<float> values(n);
        for (size_t i = 0; i < n; i++) {
            switch (m_in.get_tensor_dtype(name)) {
                case dl::DATA_TYPE_INT8:
                    values[i] = ((const int8_t *)raw)[i] * scale;
                    break;
                case dl::DATA_TYPE_INT16:
                    values[i] = ((const int16_t *)raw)[i] * scale;
                    break;
                case dl::DATA_TYPE_INT32:
                    values[i] = (float)((const int32_t *)raw)[i] * scale;
                    break;
                case dl::DATA_TYPE_FLOAT:
                    values[i] = ((const float *)raw)[i];
                    break;
                default:
                    throw Error("parameter '" + name + "' is of a type without ONNX form");
            }
        }
        return values;
    }

    size_t element_count(const std::string &name) {
        size_t n = 1;
        for (int dim : m_in.get_tensor_shape(name)) {
            n *= (size_t)dim;
        }
        return n;
    }

    std::string parameter(const std::string &name) {
        const std::vector<int> shape = m_in.get_tensor_shape(name);
        const Ints dims(shape.begin(), shape.end());
        if (m_in.get_tensor_dtype(name) == dl::DATA_TYPE_INT64) {
            const int64_t *raw = (const int64_t *)m_in.get_tensor_raw_data(name);
            return constant("i", onnx::TensorProto::INT64, dims, Ints(raw, raw + element_count(name)));
        }
        return floats(dequantized(name), dims);
    }

    /** Name of the result of a node before it is quantized again. */
    std::string raw_name(const std::string &tensor) { return tensor + "_raw"; }

    void finish(const std::string &tensor, const Perm &perm) {
        m_perm[tensor] = perm;
        m_value[tensor] = pair(raw_name(tensor), tensor);
    }

    /** The value in the file's storage order. */
    std::string stored_order(const std::string &tensor) {
        const Perm perm = perm_of(tensor);
        if (m_in.is_parameter(tensor) || perm == identity(perm.size())) {
            return value(tensor);
        }
        const std::string name = tensor + "_t" + std::to_string(m_count++);
        set(add("Transpose", {value(tensor)}, name), "perm", perm);
        return name;
    }

    /** The value with channels first, as ONNX's convolutions read it. */
    std::string channels_first(const std::string &tensor) {
        const Perm wanted = channels_last(m_in.get_value_info_shape(tensor).size());
        if (perm_of(tensor) == wanted) {
            return value(tensor);
        }
        Perm back(wanted.size());
        for (size_t i = 0; i < wanted.size(); i++) {
            back[wanted[i]] = (int)i;
        }
        const std::string stored = stored_order(tensor), name = tensor + "_n" + std::to_string(m_count++);
        set(add("Transpose", {stored}, name), "perm", back);
        return name;
    }

    std::string weights(const Node &node, bool gemm, std::vector<int> &kernel, int &channels) {
        const std::string &name = node.in[1];
        const std::vector<int> dims = m_in.get_tensor_shape(name);
        const dl::dtype_t dtype = m_in.get_tensor_dtype(name);
        if (dtype != dl::DATA_TYPE_INT8) {
            throw Error("node '" + node.name + "' (" + node.type + "): only 8-bit weights are exported");
        }
        int group = 1;
        m_in.get_operation_attribute(node.name, "group", group);
        const bool depthwise = !gemm && group > 1, one = !gemm && dims.size() == 3;
        const int h = gemm || one ? 1 : dims[0], w = gemm ? 1 : dims[one ? 0 : 1];
        const int second = dims[dims.size() - 2], last = dims[dims.size() - 1];
        const int n = depthwise ? second : last, c = depthwise ? 1 : second;
        channels = n;
        kernel = one ? std::vector<int>{w} : std::vector<int>{h, w};
        dl::base::weight_layout_t layout;
        std::string reason;
        if (!dl::base::parse_weight_layout(m_in.get_tensor_layout(name), dtype, (int)dims.size(), depthwise, n, &layout,
                                           &reason)) {
            throw Error("node '" + node.name + "' (" + node.type + "): " + reason);
        }
        std::vector<int8_t> plain(element_count(name)), onnx_order(plain.size());
        const int block = dl::base::weight_block(dtype);
        if (depthwise) {
            dl::base::unpack_depthwise_weights(layout, block, 1, n, h, w, m_in.get_tensor_raw_data(name), plain.data());
            // [h][w][n] → [n][1][h][w]
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) {
                    for (int k = 0; k < n; k++) {
                        onnx_order[((size_t)k * h + y) * w + x] = plain[((size_t)y * w + x) * n + k];
                    }
                }
            }
        } else {
            dl::base::unpack_conv_weights(layout, block, 1, n, h, w, c, m_in.get_tensor_raw_data(name), plain.data());
            // [n][h][w][c] → [n][c][h][w]; of a Gemm: [n][c]
            for (int k = 0; k < n; k++) {
                for (int y = 0; y < h; y++) {
                    for (int x = 0; x < w; x++) {
                        for (int j = 0; j < c; j++) {
                            onnx_order[(((size_t)k * c + j) * h + y) * w + x] =
                                plain[(((size_t)k * h + y) * w + x) * c + j];
                        }
                    }
                }
            }
        }
        Ints shape = gemm ? Ints{n, c} : one ? Ints{n, c, w} : Ints{n, c, h, w};
        std::vector<float> scales;
        for (int exponent : m_in.get_tensor_exponents(name)) {
            scales.push_back(std::ldexp(1.0f, exponent));
        }
        if (m_form == OnnxForm::FLOAT) {
            std::vector<float> values(onnx_order.size());
            const size_t each = values.size() / (size_t)n;
            for (size_t i = 0; i < values.size(); i++) {
                values[i] = onnx_order[i] * scales[scales.size() > 1 ? i / each : 0];
            }
            return floats(values, shape);
        }
        const std::string q = constant("w", onnx::TensorProto::INT8, shape, onnx_order);
        return dequantize(q, scales, onnx::TensorProto::INT8);
    }

    std::string dequantize(const std::string &q, const std::vector<float> &scales, int type) {
        const bool many = scales.size() > 1;
        const Ints dims = many ? Ints{(int64_t)scales.size()} : Ints{};
        const std::string scale = floats(scales, dims);
        const std::string zero = type == onnx::TensorProto::INT8
                                     ? constant("z", type, dims, std::vector<int8_t>(scales.size(), 0))
                                     : constant("z", type, dims, std::vector<int32_t>(scales.size(), 0));
        const std::string name = q + "_d";
        onnx::NodeProto *node = add("DequantizeLinear", {q, scale, zero}, name);
        if (many) {
            set(node, "axis", (int64_t)0);
        }
        return name;
    }

    std::string bias(const Node &node, int channels) {
        const std::string &name = node.in[2];
        std::vector<float> scales;
        for (int exponent : m_in.get_tensor_exponents(name)) {
            scales.push_back(std::ldexp(1.0f, exponent));
        }
        const int32_t *raw = (const int32_t *)m_in.get_tensor_raw_data(name);
        if (m_in.get_tensor_dtype(name) != dl::DATA_TYPE_INT32 || element_count(name) != (size_t)channels) {
            throw Error("node '" + node.name + "' (" + node.type + "): only int32 biases are exported");
        }
        if (m_form == OnnxForm::FLOAT) {
            std::vector<float> values(channels);
            for (int i = 0; i < channels; i++) {
                values[i] = (float)raw[i] * scales[scales.size() > 1 ? i : 0];
            }
            return floats(values, {channels});
        }
        return dequantize(
            constant("b", onnx::TensorProto::INT32, {channels}, std::vector<int32_t>(raw, raw + channels)), scales,
            onnx::TensorProto::INT32);
    }

    /** ReLU inside an operator is a node of its own in ONNX. */
    std::string before_activation(const Node &node) {
        std::string activation = "Linear";
        m_in.get_operation_attribute(node.name, "activation", activation);
        return activation == "Relu" ? node.out[0] + "_linear" : raw_name(node.out[0]);
    }
    void add_activation(const Node &node, const std::string &from) {
        if (from != raw_name(node.out[0])) {
            add("Relu", {from}, raw_name(node.out[0]));
        }
    }

    std::vector<int> ints_attribute(const Node &node, const std::string &name, std::vector<int> fallback) {
        m_in.get_operation_attribute(node.name, name, fallback);
        return fallback;
    }

    void convert(const std::string &name) {
        const Node node = node_of(name);
        const std::string &type = node.type, &out = node.out[0];
        const Perm in_perm = m_in.is_parameter(node.in[0]) ? Perm() : perm_of(node.in[0]);
        const size_t out_rank = m_in.get_value_info_shape(out).size();
        auto axis_attribute = [&](int fallback) {
            int axis = fallback;
            m_in.get_operation_attribute(name, "axis", axis);
            return axis < 0 ? axis + (int)in_perm.size() : axis;
        };
        if (type == "Conv") {
            std::vector<int> kernel;
            int channels = 0, group = 1;
            m_in.get_operation_attribute(name, "group", group);
            std::vector<std::string> in = {channels_first(node.in[0]), weights(node, false, kernel, channels)};
            if (node.in.size() > 2 && !node.in[2].empty()) {
                in.push_back(bias(node, channels));
            }
            const std::string result = before_activation(node);
            onnx::NodeProto *conv = add("Conv", in, result);
            const size_t n = kernel.size();
            set(conv, "kernel_shape", kernel);
            set(conv, "strides", ints_attribute(node, "strides", std::vector<int>(n, 1)));
            set(conv, "dilations", ints_attribute(node, "dilations", std::vector<int>(n, 1)));
            set(conv, "pads", ints_attribute(node, "pads", std::vector<int>(2 * n, 0)));
            set(conv, "group", (int64_t)group);
            add_activation(node, result);
            finish(out, channels_last(out_rank));
        } else if (type == "Gemm") {
            std::vector<int> kernel;
            int channels = 0;
            std::vector<std::string> in = {stored_order(node.in[0]), weights(node, true, kernel, channels)};
            if (node.in.size() > 2 && !node.in[2].empty()) {
                in.push_back(bias(node, channels));
            }
            const std::string result = before_activation(node);
            set(add("Gemm", in, result), "transB", (int64_t)1);
            add_activation(node, result);
            finish(out, identity(out_rank));
        } else if (type == "MatMul") {
            auto source = m_matmul_source.find(name);
            const std::string b = source != m_matmul_source.end() ? source->second : node.in[1];
            if (m_in.is_parameter(b)) {
                throw Error("node '" + name + "' (MatMul): constant matrices are not exported");
            }
            const std::string result = before_activation(node);
            add("MatMul", {stored_order(node.in[0]), stored_order(b)}, result);
            add_activation(node, result);
            finish(out, identity(out_rank));
        } else if (type == "MaxPool" || type == "AveragePool") {
            onnx::NodeProto *pool = add(type, {channels_first(node.in[0])}, raw_name(out));
            const std::vector<int> kernel = ints_attribute(node, "kernel_shape", {});
            set(pool, "kernel_shape", kernel);
            set(pool, "strides", ints_attribute(node, "strides", std::vector<int>(kernel.size(), 1)));
            set(pool, "pads", ints_attribute(node, "pads", std::vector<int>(2 * kernel.size(), 0)));
            for (const char *key : {"ceil_mode", "count_include_pad"}) {
                int flag = 0;
                if (m_in.get_operation_attribute(name, key, flag) == ESP_OK &&
                    (type == "AveragePool" || strcmp(key, "count_include_pad"))) {
                    set(pool, key, (int64_t)flag);
                }
            }
            finish(out, channels_last(out_rank));
        } else if (type == "GlobalAveragePool") {
            add(type, {channels_first(node.in[0])}, raw_name(out));
            finish(out, channels_last(out_rank));
        } else if (type == "Resize") {
            const std::vector<int> from = m_in.get_value_info_shape(node.in[0]), to = m_in.get_value_info_shape(out);
            std::vector<float> scales;
            for (int64_t i = 0; i < (int64_t)from.size(); i++) {
                const Perm p = channels_last(from.size());
                const size_t at = std::find(p.begin(), p.end(), i) - p.begin();
                scales.push_back((float)to[at] / (float)from[at]);
            }
            std::string mode = "nearest", coordinates = "half_pixel";
            m_in.get_operation_attribute(name, "mode", mode);
            m_in.get_operation_attribute(name, "coordinate_transformation_mode", coordinates);
            onnx::NodeProto *resize = add(
                "Resize", {channels_first(node.in[0]), "", floats(scales, {(int64_t)scales.size()})}, raw_name(out));
            set(resize, "mode", mode);
            set(resize, "coordinate_transformation_mode", mode == "nearest" ? std::string("asymmetric") : coordinates);
            if (mode == "nearest") {
                set(resize, "nearest_mode", std::string("floor"));
            }
            finish(out, channels_last(out_rank));
        } else if (type == "Swish") {
            // Between Sigmoid and Mul is a tensor, too, which a quantized ONNX graph holds in 8 bits.
            const std::string sigmoid = out + "_sigmoid";
            add("Sigmoid", {value(node.in[0])}, sigmoid);
            const std::string gate = m_form == OnnxForm::FLOAT ? sigmoid : pair_at(sigmoid, -7);
            add("Mul", {value(node.in[0]), gate}, raw_name(out));
            finish(out, in_perm);
        } else if (type == "RequantizeLinear" || type == "QuantizeLinear" || type == "DequantizeLinear" ||
                   type == "Identity") {
            add("Identity", {value(node.in[0])}, raw_name(out));
            finish(out, in_perm);
        } else if (type == "Add" || type == "Sub" || type == "Mul" || type == "Div") {
            const bool same = node.in.size() > 1 && (m_in.is_parameter(node.in[1]) || perm_of(node.in[1]) == in_perm);
            if (m_in.is_parameter(node.in[1]) && element_count(node.in[1]) != 1 &&
                in_perm != identity(in_perm.size())) {
                add(type, {stored_order(node.in[0]), value(node.in[1])}, raw_name(out));
                finish(out, identity(out_rank));
            } else if (same && !in_perm.empty()) {
                add(type, {value(node.in[0]), value(node.in[1])}, raw_name(out));
                finish(out, in_perm);
            } else {
                add(type, {stored_order(node.in[0]), stored_order(node.in[1])}, raw_name(out));
                finish(out, identity(out_rank));
            }
        } else if (type == "Concat") {
            const int axis = axis_attribute(0);
            bool same = true;
            for (const std::string &in : node.in) {
                same = same && !m_in.is_parameter(in) && perm_of(in) == in_perm;
            }
            std::vector<std::string> in;
            for (const std::string &tensor : node.in) {
                in.push_back(same ? value(tensor) : stored_order(tensor));
            }
            set(add("Concat", in, raw_name(out)), "axis", (int64_t)(same ? in_perm[axis] : axis));
            finish(out, same ? in_perm : identity(out_rank));
        } else if (type == "Split") {
            const int axis = axis_attribute(0);
            Ints sizes;
            for (const std::string &part : node.out) {
                sizes.push_back(m_in.get_value_info_shape(part).at(axis));
            }
            onnx::NodeProto *split = add("Split", {value(node.in[0]), integers(sizes)}, raw_name(out));
            for (size_t i = 1; i < node.out.size(); i++) {
                split->add_output(raw_name(node.out[i]));
            }
            set(split, "axis", (int64_t)in_perm[axis]);
            for (const std::string &part : node.out) {
                finish(part, in_perm);
            }
        } else if (type == "Softmax") {
            const int axis = axis_attribute(-1);
            set(add("Softmax", {value(node.in[0])}, raw_name(out)), "axis", (int64_t)in_perm[axis]);
            finish(out, in_perm);
        } else if (type == "Transpose") {
            std::vector<int> perm = ints_attribute(node, "perm", {});
            if (perm.empty()) {
                perm = identity(out_rank);
                std::reverse(perm.begin(), perm.end());
            }
            // Only the storage order changes: ONNX's tensor stays as it is, and whoever needs an order of its own makes
            // it.
            Perm after;
            for (int p : perm) {
                after.push_back(in_perm[p < 0 ? p + (int)perm.size() : p]);
            }
            add("Identity", {value(node.in[0])}, raw_name(out));
            finish(out, after);
        } else if (type == "Reshape" || type == "Flatten" || type == "Squeeze" || type == "Unsqueeze") {
            const std::vector<int> to = m_in.get_value_info_shape(out);
            add("Reshape", {stored_order(node.in[0]), integers(Ints(to.begin(), to.end()))}, raw_name(out));
            finish(out, identity(out_rank));
        } else if (type == "ReduceMean") {
            const std::vector<int> from = m_in.get_value_info_shape(node.in[0]);
            Ints axes;
            if (node.in.size() > 1 && m_in.is_parameter(node.in[1])) {
                const int64_t *raw = (const int64_t *)m_in.get_tensor_raw_data(node.in[1]);
                axes.assign(raw, raw + element_count(node.in[1]));
            }
            std::vector<int> places;
            for (int64_t axis : axes) {
                places.push_back((int)(axis < 0 ? axis + (int64_t)from.size() : axis));
            }
            int keep = 1;
            m_in.get_operation_attribute(name, "keepdims", keep);
            onnx::NodeProto *reduce = add("ReduceMean", {stored_order(node.in[0])}, raw_name(out));
            set(reduce, "axes", places);
            set(reduce, "keepdims", (int64_t)keep);
            finish(out, identity(out_rank));
        } else if (type == "Relu" || type == "Sigmoid" || type == "Tanh" || type == "HardSwish" || type == "Exp" ||
                   type == "Elu" || type == "LeakyRelu" || type == "HardSigmoid" || type == "Neg" || type == "Sqrt" ||
                   type == "Log") {
            onnx::NodeProto *unary = add(type, {value(node.in[0])}, raw_name(out));
            for (const char *key : {"alpha", "beta"}) {
                float number = 0;
                if (m_in.get_operation_attribute(name, key, number) == ESP_OK) {
                    set(unary, key, number);
                }
            }
            finish(out, in_perm);
        } else {
            throw Error("node '" + name + "' (" + type + ") has no ONNX form here");
        }
    }

    fbs::FbsModel &m_in;
    OnnxForm m_form;
    onnx::ModelProto m_model;
    onnx::GraphProto *m_graph = nullptr;
    int m_count = 0;
    std::map<std::string, Perm> m_perm;
    std::map<std::string, std::string> m_value;
    std::map<std::string, std::string> m_matmul_source;
    std::set<std::string> m_skipped;
};

}  // namespace

std::string export_onnx(fbs::FbsModel &model, OnnxForm form) {
    return OnnxWriter(model, form).run();
}

}  // namespace quantize
