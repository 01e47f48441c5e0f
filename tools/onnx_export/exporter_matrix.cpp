// MatMul and Gemm. The file brings B of a MatMul into blocks with nodes of its own; ONNX takes B from before them.

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

#include "dl_target.hpp"
#include "exporter.hpp"

namespace onnx_export {

Exporter::Moved Exporter::trace(const std::string &tensor, const std::string &source) {
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
            static_cast<size_t>(std::accumulate(shape.begin(), shape.begin() + axis, 1, std::multiplies<int>()));
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
                result.from.insert(result.from.end(), part.from.begin() + i * run, part.from.begin() + (i + 1) * run);
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
    const int rank = static_cast<int>(in.shape.size());
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
            at += static_cast<int64_t>(rest % shape[d]) * apart[d];
            rest /= shape[d];
        }
        result.from[i] = in.from.at(at);
    }
    return result;
}

std::string Exporter::matrix_source(const std::string &b) {
    auto made = m_maker.find(b);
    static const std::set<std::string> moving = {"Reshape", "Transpose", "Slice", "Concat"};
    if (made == m_maker.end() || !moving.count(made->second->type) ||
        made->second->name.rfind("PPQ_Operation", 0) != 0) {
        return b;
    }
    return matrix_source(made->second->in[0]);
}

void Exporter::find_matmul_sources() {
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
        const int n = shape.size() > 1 ? shape.back() : 1, k = shape.size() > 1 ? shape[shape.size() - 2] : shape[0];
        if (blocked.from.size() != count_of(source)) {
            refuse(matmul, "input 1 is not a blocked copy of one tensor");
        }
        const auto layout =
            dl::target() == dl::TARGET_ESP32 ? dl::base::WEIGHT_LAYOUT_PLAIN : dl::base::WEIGHT_LAYOUT_BLOCKED;
        const size_t matrix = static_cast<size_t>(n) * k;
        std::vector<int32_t> rows(matrix), plain(blocked.from.size());
        for (size_t batch = 0; batch < plain.size(); batch += matrix) {
            dl::base::unpack_matrix(layout, dl::base::weight_block(dtype_of(b)), sizeof(int32_t), n, k,
                                    &blocked.from[batch], rows.data());
            for (int row = 0; row < n; row++) {
                for (int column = 0; column < k; column++) {
                    plain[batch + static_cast<size_t>(column) * n + row] = rows[static_cast<size_t>(row) * k + column];
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

bool Exporter::is_transposed(const std::vector<int32_t> &elements, const std::vector<int> &shape, const Perm &perm) {
    const std::vector<int64_t> strides = strides_of(shape);
    for (size_t i = 0; i < elements.size(); i++) {
        size_t rest = i;
        int64_t at = 0;
        for (size_t d = perm.size(); d-- > 0;) {
            at += static_cast<int64_t>(rest % shape[perm[d]]) * strides[perm[d]];
            rest /= shape[perm[d]];
        }
        if (elements[i] != at) {
            return false;
        }
    }
    return true;
}

std::set<std::string> Exporter::needed_nodes() {
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

void Exporter::gemm(const Node &node) {
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
        dl::base::unpack_matrix(layout_of(node, 0, false, n), dl::base::weight_block(dtype_of(w)), element_bytes(w), n,
                                k, m_in.get_tensor_raw_data(w), plain.data());
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
    set(gemm, "transA", static_cast<int64_t>(attribute(node, "transA", 0)));
    set(gemm, "transB", static_cast<int64_t>(trans_b));
    set(gemm, "alpha", attribute(node, "alpha", 1.0f));
    set(gemm, "beta", attribute(node, "beta", 1.0f));
    if (shape.size() != 2) {
        result = m_graph.make("Reshape", {result, integers_of(shape_of(node.out[0]))});
    }
    finish_weighted(node, result, identity(rank_of(node.out[0])));
}

void Exporter::matmul(const Node &node) {
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

std::string Exporter::constant_matrix(const Node &node) {
    const std::string &name = node.in[1];
    const std::vector<int> dims = shape_of(name);
    const int n = dims.size() > 1 ? dims.back() : 1, k = dims.size() > 1 ? dims[dims.size() - 2] : dims[0];
    if (m_in.get_tensor_exponents(name).size() > 1) {
        refuse(node, "constant matrices with an exponent per channel are not exported");
    }
    const dl::base::weight_layout_t layout = layout_of(node, 0, false, n);
    const size_t bytes = element_bytes(name), matrix = static_cast<size_t>(n) * k * bytes;
    const uint8_t *raw = static_cast<const uint8_t *>(m_in.get_tensor_raw_data(name));
    std::vector<uint8_t> plain(matrix), ordered(m_in.get_tensor_bytes(name));
    for (size_t batch = 0; batch < ordered.size(); batch += matrix) {
        dl::base::unpack_matrix(layout, dl::base::weight_block(dtype_of(name)), bytes, n, k, raw + batch, plain.data());
        for (int row = 0; row < n; row++) {
            for (int column = 0; column < k; column++) {
                memcpy(&ordered[batch + (static_cast<size_t>(column) * n + row) * bytes],
                       &plain[(static_cast<size_t>(row) * k + column) * bytes], bytes);
            }
        }
    }
    return weights(node, Ints(dims.begin(), dims.end()), ordered);
}

}  // namespace onnx_export
