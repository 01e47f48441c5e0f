// Convolutions, their weights, pools, and what gives a picture another size.

#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>

#include "exporter.hpp"

namespace onnx_export {

std::string Exporter::weights(const Node &node, const Ints &dims, const std::vector<uint8_t> &bytes) {
    const std::string &name = node.in[1];
    std::vector<float> scales;
    for (int exponent : m_in.get_tensor_exponents(name)) {
        scales.push_back(std::ldexp(1.0f, exponent));
    }
    const dl::dtype_t dtype = dtype_of(name);
    if (scales.empty() || dtype == dl::DATA_TYPE_FLOAT) {
        scales = {1.0f};
    }
    const size_t count = static_cast<size_t>(
        std::accumulate(dims.begin(), dims.end(), static_cast<int64_t>(1), std::multiplies<int64_t>()));
    if (scales.size() > 1 && static_cast<int64_t>(scales.size()) != dims[0]) {
        refuse(node, std::to_string(scales.size()) + " exponents for " + std::to_string(dims[0]) + " channels");
    }
    if (dtype == dl::DATA_TYPE_INT8 && m_form != Form::FLOAT) {
        const int8_t *q = reinterpret_cast<const int8_t *>(bytes.data());
        return dequantized(onnx::TensorProto::INT8, dims, std::vector<int8_t>(q, q + count), scales);
    }
    if (dtype == dl::DATA_TYPE_INT16 && m_form != Form::FLOAT) {
        // Floats between quantized tensors would be made int8 by ONNX Runtime.
        const int16_t *q = reinterpret_cast<const int16_t *>(bytes.data());
        return dequantized(onnx::TensorProto::INT16, dims, std::vector<int16_t>(q, q + count), scales);
    }
    std::vector<float> values(count);
    for (size_t i = 0; i < count; i++) {
        const float scale = scales[scales.size() > 1 ? i / (count / scales.size()) : 0];
        values[i] = dtype == dl::DATA_TYPE_INT8    ? reinterpret_cast<const int8_t *>(bytes.data())[i] * scale
                    : dtype == dl::DATA_TYPE_INT16 ? reinterpret_cast<const int16_t *>(bytes.data())[i] * scale
                                                   : reinterpret_cast<const float *>(bytes.data())[i];
    }
    return m_graph.floats(values, dims);
}

dl::base::weight_layout_t Exporter::layout_of(const Node &node, int rank, bool depthwise, int n) {
    dl::base::weight_layout_t layout;
    std::string reason;
    if (!dl::base::parse_weight_layout(m_in.get_tensor_layout(node.in[1]), dtype_of(node.in[1]), rank, depthwise, n,
                                       &layout, &reason)) {
        refuse(node, reason);
    }
    return layout;
}

std::string Exporter::conv_weights(const Node &node, std::vector<int> &kernel) {
    const std::string &name = node.in[1];
    const std::vector<int> dims = shape_of(name);
    const size_t rank = dims.size(), bytes = element_bytes(name);
    const uint8_t *raw = static_cast<const uint8_t *>(m_in.get_tensor_raw_data(name));
    if (dtype_of(name) == dl::DATA_TYPE_FLOAT) {
        kernel.assign(dims.begin() + 2, dims.end());
        return weights(node, Ints(dims.begin(), dims.end()),
                       std::vector<uint8_t>(raw, raw + m_in.get_tensor_bytes(name)));
    }
    const bool depthwise = attribute(node, "group", 1) > 1;
    kernel.assign(dims.begin(), dims.end() - 2);
    const int h = rank == 4 ? dims[0] : 1, w = dims[rank - 3];
    const int n = depthwise ? dims[rank - 2] : dims[rank - 1], c = depthwise ? 1 : dims[rank - 2];
    const dl::base::weight_layout_t layout = layout_of(node, static_cast<int>(rank), depthwise, n);
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
                const size_t from =
                    depthwise ? static_cast<size_t>(at) * n + k : (static_cast<size_t>(k) * h * w + at) * c + j;
                memcpy(to, &plain[from * bytes], bytes);
            }
        }
    }
    return weights(node, rank == 3 ? Ints{n, c, w} : Ints{n, c, h, w}, ordered);
}

std::string Exporter::bias(const Node &node, int channels) {
    const std::string &name = node.in[2];
    const dl::dtype_t dtype = dtype_of(name);
    if (count_of(name) != static_cast<size_t>(channels)) {
        refuse(node, std::to_string(count_of(name)) + " biases for " + std::to_string(channels) + " channels");
    }
    std::vector<float> scales;
    for (int exponent : m_in.get_tensor_exponents(name)) {
        scales.push_back(std::ldexp(1.0f, exponent));
    }
    const void *raw = m_in.get_tensor_raw_data(name);
    if (dtype == dl::DATA_TYPE_INT32 && m_form != Form::FLOAT) {
        const int32_t *q = static_cast<const int32_t *>(raw);
        return dequantized(onnx::TensorProto::INT32, {channels}, std::vector<int32_t>(q, q + channels), scales);
    }
    if (dtype == dl::DATA_TYPE_INT64 && m_form != Form::FLOAT) {
        // ONNX Runtime would make floats int32 with the product of the scales, which is too small for some: the
        // scale is chosen here so that 32 bits suffice.
        std::vector<int32_t> values(channels);
        std::vector<float> wide(channels);
        for (int i = 0; i < channels; i++) {
            const int64_t q = static_cast<const int64_t *>(raw)[i];
            int shift = 0;
            while (std::abs(static_cast<double>(q)) >= std::ldexp(1.0, 31 + shift)) {
                shift++;
            }
            values[i] = static_cast<int32_t>(q >> shift);
            wide[i] = std::ldexp(scales[scales.size() > 1 ? i : 0], shift);
        }
        return dequantized(onnx::TensorProto::INT32, {channels}, values, wide);
    }
    std::vector<float> values(channels);
    for (int i = 0; i < channels; i++) {
        const double scale = scales.empty() ? 1 : scales[scales.size() > 1 ? i : 0];
        values[i] = dtype == dl::DATA_TYPE_FLOAT ? static_cast<const float *>(raw)[i]
                    : dtype == dl::DATA_TYPE_INT32
                        ? static_cast<float>(static_cast<const int32_t *>(raw)[i] * scale)
                        : static_cast<float>(static_cast<double>(static_cast<const int64_t *>(raw)[i]) * scale);
    }
    return m_graph.floats(values, {channels});
}

void Exporter::finish_weighted(const Node &node, std::string result, const Perm &perm) {
    const bool relu = attribute<std::string>(node, "activation", "Linear") == "Relu";
    if (relu && !(m_form == Form::QDQ_U8 && dtype_of(node.out[0]) == dl::DATA_TYPE_INT8)) {
        result = m_graph.make("Relu", {result});
    }
    finish(node.out[0], result, perm, relu);
}

void Exporter::set_window(onnx::NodeProto *onnx_node, const Node &node, const std::vector<int> &kernel) {
    const size_t n = kernel.size();
    set(onnx_node, "kernel_shape", kernel);
    set(onnx_node, "strides", attribute(node, "strides", std::vector<int>(n, 1)));
    set(onnx_node, "pads", attribute(node, "pads", std::vector<int>(2 * n, 0)));
    if (node.type != "AveragePool") {
        set(onnx_node, "dilations", attribute(node, "dilations", std::vector<int>(n, 1)));
    }
}

void Exporter::conv(const Node &node) {
    std::vector<int> kernel;
    std::vector<std::string> in = {channels_first(node.in[0]), conv_weights(node, kernel)};
    if (node.has_input(2)) {
        in.push_back(bias(node, shape_of(node.out[0]).back()));
    }
    const std::string result = m_graph.unique("t");
    onnx::NodeProto *conv = m_graph.add("Conv", in, result);
    set_window(conv, node, kernel);
    set(conv, "group", static_cast<int64_t>(attribute(node, "group", 1)));
    finish_weighted(node, result, channels_last(rank_of(node.out[0])));
}

void Exporter::conv_transpose(const Node &node) {
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
    set(conv, "group", static_cast<int64_t>(attribute(node, "group", 1)));
    set(conv, "output_padding", attribute(node, "output_padding", std::vector<int>(kernel.size(), 0)));
    finish_weighted(node, result, channels_last(rank_of(node.out[0])));
}

void Exporter::pool(const Node &node) {
    const std::string result = m_graph.unique("t");
    onnx::NodeProto *pool = m_graph.add(node.type, {channels_first(node.in[0])}, result);
    if (node.type != "GlobalAveragePool") {
        set_window(pool, node, attribute(node, "kernel_shape", std::vector<int>()));
        set(pool, "ceil_mode", static_cast<int64_t>(attribute(node, "ceil_mode", 0)));
    }
    if (node.type == "AveragePool") {
        set(pool, "count_include_pad", static_cast<int64_t>(attribute(node, "count_include_pad", 0)));
    }
    finish(node.out[0], result, channels_last(rank_of(node.out[0])), is_nonnegative(node.in[0]));
}

void Exporter::resize(const Node &node) {
    const size_t rank = rank_of(node.out[0]);
    const Perm order = channels_last(rank);
    const Ints from = onnx_shape(shape_of(node.in[0]), order), to = onnx_shape(shape_of(node.out[0]), order);
    const std::string mode = attribute<std::string>(node, "mode", "nearest");
    const std::string result = m_graph.unique("t");
    std::vector<std::string> in = {channels_first(node.in[0]), "", "", m_graph.integers(to)};
    std::vector<float> scales;
    for (size_t i = 0; i < rank && to[i] % from[i] == 0; i++) {
        scales.push_back(static_cast<float>(to[i] / from[i]));
    }
    if (scales.size() == rank) {
        // ONNX Runtime has a faster way for scales known beforehand.
        in = {in[0], "", m_graph.floats(scales, {static_cast<int64_t>(rank)})};
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

void Exporter::depth_to_space(const Node &node) {
    const std::string result = m_graph.unique("t");
    onnx::NodeProto *onnx_node = m_graph.add(node.type, {channels_first(node.in[0])}, result);
    set(onnx_node, "blocksize", static_cast<int64_t>(attribute(node, "blocksize", 1)));
    set(onnx_node, "mode", attribute<std::string>(node, "mode", "DCR"));
    finish(node.out[0], result, channels_last(rank_of(node.out[0])), is_nonnegative(node.in[0]));
}

void Exporter::space_to_depth(const Node &node) {
    const Perm order = channels_last(4);
    const Ints from = onnx_shape(shape_of(node.in[0]), order), to = onnx_shape(shape_of(node.out[0]), order);
    const int64_t block = attribute(node, "blocksize", 1);
    const std::string blocks = m_graph.make(
        "Reshape", {channels_first(node.in[0]), m_graph.integers({from[0], from[1], to[2], block, to[3], block})});
    const std::string result = m_graph.make("Reshape", {transpose(blocks, {0, 1, 3, 5, 2, 4}), m_graph.integers(to)});
    finish(node.out[0], result, order, is_nonnegative(node.in[0]));
}

void Exporter::insert_zeros(const Node &node) {
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
        axes.push_back(static_cast<int64_t>(2 + i));
    }
    const std::string x = m_graph.make("Reshape", {channels_first(node.in[0]), m_graph.integers(blocks)});
    std::string result = m_graph.make("Pad", {x, m_graph.integers(pads)});
    result = m_graph.make("Reshape", {result, m_graph.integers(whole)});
    result = m_graph.make("Slice", {result, m_graph.integers(starts), m_graph.integers(ends), m_graph.integers(axes)});
    finish(node.out[0], result, order, is_nonnegative(node.in[0]));
}

}  // namespace onnx_export
