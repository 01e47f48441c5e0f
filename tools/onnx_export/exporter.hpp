/**
 * @file exporter.hpp
 * The export of one model. Its functions are in exporter_<family>.cpp.
 */
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dl_base_weights.hpp"
#include "dl_tool.hpp"
#include "onnx_export.hpp"
#include "onnx_graph.hpp"
#include "operators.hpp"

namespace onnx_export {

/** Storage order: dimension i of the file's tensor is dimension perm[i] of ONNX's. */
using Perm = std::vector<int>;

Perm identity(size_t rank);
/** For pictures and sequences; of other ranks ONNX's order. */
Perm channels_last(size_t rank);
Perm inverse(const Perm &perm);
std::vector<int64_t> strides_of(const std::vector<int> &shape);
/** The shape in ONNX of what is stored. */
Ints onnx_shape(const std::vector<int> &stored, const Perm &perm);
/** Whether the chip's operator has channels last. */
bool reads_channels_last(const std::string &type);

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

    Result run();

    /** Converts a node. */
    using Handler = void (Exporter::*)(const Node &);
    /** nullptr: the operator has no ONNX form. */
    static Handler handler_of(const std::string &type);

private:
    [[noreturn]] static void refuse(const Node &node, const std::string &reason);

    // What the file says.

    std::vector<int> shape_of(const std::string &name);
    size_t rank_of(const std::string &name) { return shape_of(name).size(); }
    size_t count_of(const std::string &name) { return static_cast<size_t>(dl::tool::shape_size(shape_of(name))); }
    dl::dtype_t dtype_of(const std::string &name);
    bool is_quantized(const std::string &name) {
        return dtype_of(name) == dl::DATA_TYPE_INT8 || dtype_of(name) == dl::DATA_TYPE_INT16;
    }
    int exponent_of(const std::string &name);
    template <typename T>
    T attribute(const Node &node, const std::string &name, T fallback) {
        m_in.get_operation_attribute(node.name, name, fallback);
        return fallback;
    }
    /** Integers of an attribute or of a constant input; nothing if neither is there. */
    std::vector<int> ints_of(const Node &node, size_t index, const char *name);
    int axis_of(const Node &node, int fallback);
    /** Pictures and sequences are channels last in the file, if somebody reads them so. */
    bool is_channels_last(const std::string &tensor);
    Constant constant(const std::string &name);

    // B of a MatMul.

    /** Which element of a tensor each element of another one is. */
    struct Moved {
        std::vector<int> shape;
        std::vector<int32_t> from;
    };
    /** The elements of a tensor that moving nodes made out of `source`; nothing if there is another way to it. */
    Moved trace(const std::string &tensor, const std::string &source);
    /** The tensor from which nodes that the quantizer added bring B into blocks: back to the first node of the network.
     */
    std::string matrix_source(const std::string &b);
    /**
     * The file brings B of a MatMul into blocks with nodes of its own; ONNX takes B from before them. A transposition
     * of the network may be merged with theirs: so it is found by following the elements.
     */
    void find_matmul_sources();
    static bool is_transposed(const std::vector<int32_t> &elements, const std::vector<int> &shape, const Perm &perm);
    /** Only what outputs need is converted: without the nodes that brought B into blocks. */
    std::set<std::string> needed_nodes();

    // What ONNX gets.

    int onnx_type(dl::dtype_t dtype);
    Port port(const std::string &name);
    bool is_integer_port(const std::string &name);
    int integer_type(const std::string &name);
    void add_input(const std::string &name);
    /** A graph output carries the name; the tensor before it has a made-up one. */
    void add_output(const std::string &name);
    Perm perm_of(const std::string &name);
    bool is_nonnegative(const std::string &name) { return m_nonnegative.count(name) > 0; }
    /** A tensor of the file is `onnx_name` from now on, quantized and dequantized as the file has it. */
    void finish(const std::string &tensor, const std::string &onnx_name, const Perm &perm, bool nonnegative = false);
    std::string pair(const std::string &onnx_name, dl::dtype_t dtype, int exponent, bool nonnegative);
    std::string pair(const std::string &onnx_name, float scale, const std::string &zero, bool is_16_bit);
    std::string dequantize(const std::string &q, const std::string &scale, const std::string &zero, bool is_16_bit);
    /** ONNX itself has 16 bits only since operator set 21, ONNX Runtime in its own domain. */
    void in_domain(onnx::NodeProto *node, bool is_16_bit);
    std::string zero_point(dl::dtype_t dtype, bool nonnegative);
    /** A constant of integers, and its dequantization, with a scale or one per entry of the first dimension. */
    template <typename T>
    std::string dequantized(int type, const Ints &dims, const std::vector<T> &values, const std::vector<float> &scales,
                            T zero = 0) {
        const bool many = scales.size() > 1;
        const Ints scale_dims = many ? Ints{static_cast<int64_t>(scales.size())} : Ints{};
        const std::string out = m_graph.unique("dq");
        onnx::NodeProto *node = m_graph.add("DequantizeLinear",
                                            {m_graph.constant(type, dims, values), m_graph.floats(scales, scale_dims),
                                             m_graph.constant(type, scale_dims, std::vector<T>(scales.size(), zero))},
                                            out);
        if (many) {
            set(node, "axis", static_cast<int64_t>(0));
        }
        in_domain(node, type == onnx::TensorProto::INT16);
        return out;
    }
    /** The value that stands for a tensor of the file; parameters become constants of their own shape. */
    std::string value(const std::string &name);
    /** A constant of the parameter's type: quantized as activations are, so that operators of two such inputs can be
     * computed in 8 bits. */
    std::string parameter(const std::string &name, const Constant &constant);
    std::string transpose(const std::string &onnx_name, const Perm &perm);
    /** The value in the file's storage order. */
    std::string stored_order(const std::string &tensor);
    /** The value of a tensor whose storage order shall be `wanted`. */
    std::string ordered(const std::string &tensor, const Perm &wanted);
    /** With channels first, as ONNX's convolutions read it. */
    std::string channels_first(const std::string &tensor) { return ordered(tensor, channels_last(rank_of(tensor))); }
    /** Whether the order of a tensor's axes comes from an operator that is channels last on the chip. */
    bool is_behind_convolution(std::string tensor);
    /**
     * Whether a parameter lies beside channels-last tensors of `shape` with channels first, as it was in the network.
     * Files that bring such parameters into the tensors' order say so with a layout tag.
     */
    bool is_onnx_constant(const std::string &name, const Node &node, const Perm &perm);
    /** Beside tensors in the order `perm`: parameters are permuted here, tensors by a node. */
    std::string operand(const std::string &tensor, const Perm &perm);
    /** The order that all tensors of a node have; the file's own where they differ. */
    Perm common_order(const Node &node);
    std::string integers_of(const std::vector<int> &values);
    /** Without a pair: the operator's floats. */
    std::string plain_parameter(const std::string &name);

    // Weights.

    /** A weight matrix or kernel in ONNX's order, and its dequantization. `wide` is the count of a channel's values. */
    std::string weights(const Node &node, const Ints &dims, const std::vector<uint8_t> &bytes);
    dl::base::weight_layout_t layout_of(const Node &node, int rank, bool depthwise, int n);
    size_t element_bytes(const std::string &name) { return m_in.get_tensor_bytes(name) / count_of(name); }
    std::string conv_weights(const Node &node, std::vector<int> &kernel);
    std::string bias(const Node &node, int channels);
    /** B of a MatMul: the file has [n][k] in blocks for each batch, ONNX [k][n]. */
    std::string constant_matrix(const Node &node);
    /** The ReLU inside a Conv, Gemm or MatMul: a node of its own, unless the quantization has the same limit. */
    void finish_weighted(const Node &node, std::string result, const Perm &perm);
    void set_window(onnx::NodeProto *onnx_node, const Node &node, const std::vector<int> &kernel);

    // One function for each kind of operator.

    void convert(const Node &node);
    void conv(const Node &node);
    void conv_transpose(const Node &node);
    void pool(const Node &node);
    void gemm(const Node &node);
    void matmul(const Node &node);
    void swish(const Node &node);
    /** Nothing happens to the numbers but what the quantization of the result does. */
    void same_value(const Node &node);
    /** The chip adds and concatenates only what has one exponent; ONNX's operators take any. A step to a coarser one
     * before them costs time there, and its rounding is all that it does. */
    bool may_stay_finer(const std::string &in, const std::string &out);
    /** `out` is `in` with another storage order; quantized again only where type or exponent differ. */
    void move(const std::string &in, const std::string &out, const Perm &perm);
    /** ONNX's tensor stays as it is: only the storage order changes, and whoever needs one of its own makes it. */
    void storage_transpose(const Node &node);
    void reshape(const Node &node);
    void unary(const Node &node);
    void gelu(const Node &node);
    void clip(const Node &node);
    void elementwise(const Node &node);
    void mod(const Node &node);
    void prelu(const Node &node);
    void concat(const Node &node);
    void split(const Node &node);
    void slice(const Node &node);
    void pad(const Node &node);
    void along_axis(const Node &node);
    void reduce(const Node &node);
    void layer_normalization(const Node &node);
    void rms_normalization(const Node &node);
    void resize(const Node &node);
    void depth_to_space(const Node &node);
    /** The chip's keeps the pixels of a channel together, ONNX's the channels of a pixel. */
    void space_to_depth(const Node &node);
    /** Zeros between the pixels: each pixel becomes the corner of a block of zeros, the last ones are cut off. */
    void insert_zeros(const Node &node);
    void gather(const Node &node);
    void scatter(const Node &node);
    void reverse_sequence(const Node &node);
    /**
     * LSTM and GRU: in floats between quantized tensors. ONNX's operators have no place for what the chip rounds and
     * limits inside the cell: the gates, and the states that are fed back, which stay within the range of Y.
     */
    void rnn(const Node &node);

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

}  // namespace onnx_export
