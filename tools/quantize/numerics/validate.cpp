// What ONNX demands of a node's attributes and constant inputs, as far as LibTorch does not check it or its message
// names neither node nor attribute.

#include "numerics/validate.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

constexpr int64_t MOST = INT32_MAX;  // sizes and pads beyond it are mistakes, and would overflow

std::string text(const Ints &list) {
    std::string result;
    for (int64_t value : list) {
        result += (result.empty() ? "" : ", ") + std::to_string(value);
    }
    return "[" + result + "]";
}

/** @param index of a type in Attribute */
std::string kind_name(size_t index) {
    static const char *const names[] = {"an integer",        "a number",          "a string", "a list of integers",
                                        "a list of numbers", "a list of strings", "a tensor"};
    return names[index];
}

/** What an attribute of this name holds, in every operator of ONNX that has it; one of Attribute's kinds. */
std::optional<size_t> wanted_kind(const std::string &op, const std::string &attribute) {
    static const std::vector<std::pair<std::set<std::string>, Attribute>> kinds = {
        {{"allowzero",
          "axis",
          "batch_axis",
          "blocksize",
          "ceil_mode",
          "count_include_pad",
          "exclude_outside",
          "fmod",
          "group",
          "hidden_size",
          "input_forget",
          "keepdims",
          "layout",
          "linear_before_reset",
          "noop_with_empty_axes",
          "num_outputs",
          "p",
          "storage_order",
          "time_axis",
          "to",
          "training_mode",
          "transA",
          "transB"},
         int64_t()},
        {{"alpha", "beta", "clip", "cubic_coeff_a", "epsilon", "extrapolation_value", "max", "min", "momentum"},
         double()},
        {{"approximate", "auto_pad", "coordinate_transformation_mode", "direction", "mode", "nearest_mode",
          "reduction"},
         std::string()},
        {{"axes", "dilations", "ends", "kernel_shape", "output_padding", "output_shape", "pads", "perm", "split",
          "starts", "strides"},
         Ints()},
        {{"activation_alpha", "activation_beta"}, std::vector<double>()},
        {{"activations"}, std::vector<std::string>()}};
    for (const auto &[names, kind] : kinds) {
        if (names.count(attribute)) {
            return kind.index();
        }
    }
    return op == "Pad" && attribute == "value" ? std::optional<size_t>(Attribute(double()).index()) : std::nullopt;
}

/** Checks of one node. */
class Node {
public:
    Node(const Op &op, const std::vector<Tensor> &in) : m_op(op), m_in(in) {}

    [[noreturn]] void refuse(const std::string &why) const {
        throw InvalidNode("node '" + m_op.name + "' (" + m_op.type + "): " + why);
    }
    [[noreturn]] void refuse(const std::string &what, const std::string &needed, const std::string &had) const {
        refuse(what + " needs " + needed + " and has " + had);
    }
    static std::string named(const char *attribute) { return "attribute '" + std::string(attribute) + "'"; }

    bool given(size_t i) const { return i < m_in.size() && m_in[i].defined(); }
    const Tensor &need(size_t i, const char *what) const {
        if (!given(i)) {
            refuse("input " + std::to_string(i) + " (" + what + ") is missing");
        }
        return m_in[i];
    }
    int64_t rank() const { return need(0, "data").dim(); }
    size_t inputs() const { return m_in.size(); }
    size_t outputs() const { return m_op.outputs.size(); }
    bool has(const char *name) const { return m_op.has(name); }
    template <typename T>
    T get(const char *name, T fallback) const {
        return m_op.get<T>(name, fallback);
    }

    void kinds() const {
        for (const auto &[name, value] : m_op.attributes) {
            const std::optional<size_t> wanted = wanted_kind(m_op.type, name);
            // constant_ints() takes one number for a list of one.
            const bool one = std::holds_alternative<int64_t>(value) && (name == "axes" || name == "split");
            if (wanted && *wanted != value.index() && !one) {
                refuse(named(name.c_str()), kind_name(*wanted), kind_name(value.index()));
            }
        }
    }
    void required(const char *name) const {
        if (!has(name)) {
            refuse(named(name) + " is needed and missing");
        }
    }
    void one_of(const char *name, const char *fallback, const std::vector<std::string> &known) const {
        const std::string value = get<std::string>(name, fallback);
        if (std::find(known.begin(), known.end(), value) == known.end()) {
            std::string list;
            for (const std::string &word : known) {
                list += (list.empty() ? "" : " or ") + word;
            }
            refuse(named(name), list, "'" + value + "'");
        }
    }
    void integer(const char *name, int64_t fallback, int64_t low, int64_t high) const {
        const int64_t value = get<int64_t>(name, fallback);
        if (value < low || value > high) {
            range(named(name), low, high, value);
        }
    }
    [[noreturn]] void range(const std::string &what, int64_t low, int64_t high, int64_t value) const {
        const std::string needed = high >= MOST  ? "at least " + std::to_string(low)
                                   : low == high ? std::to_string(low)
                                                 : std::to_string(low) + " to " + std::to_string(high);
        refuse(what, needed, std::to_string(value));
    }
    /** @param rank that of what the axis counts in; the axis itself may be missing */
    void axis(const char *name, int64_t rank) const {
        if (has(name)) {
            integer(name, 0, -rank, rank - 1);
        }
    }
    void entries(const std::string &what, const Ints &list, size_t count, int64_t low, int64_t high = MOST) const {
        if (list.size() != count) {
            refuse(what, std::to_string(count) + " entries", std::to_string(list.size()));
        }
        for (int64_t value : list) {
            if (value < low || value > high) {
                refuse(what, "entries of at least " + std::to_string(low), text(list));
            }
        }
    }
    /** A list with a fixed length, if it is there. */
    void list(const char *name, size_t count, int64_t low) const {
        if (has(name)) {
            entries(named(name), get<Ints>(name, {}), count, low);
        }
    }
    /** Constant integers of an input, else of an attribute; how to call them goes to `what`. */
    std::optional<Ints> ints(size_t i, const char *name, std::string &what) const {
        if (given(i)) {
            what = "input " + std::to_string(i) + " (" + name + ")";
            if (m_in[i].is_floating_point() || m_in[i].dim() > 1) {
                refuse(what, "a list of integers",
                       "shape " + text(m_in[i].sizes().vec()) + (m_in[i].is_floating_point() ? " of numbers" : ""));
            }
            const Tensor flat = m_in[i].to(torch::kLong).contiguous().flatten();
            return Ints(flat.data_ptr<int64_t>(), flat.data_ptr<int64_t>() + flat.numel());
        }
        what = named(name);
        return constant_ints(m_op, SIZE_MAX, name);
    }
    /** Axes within the rank, none twice. Returns them counted from 0. */
    Ints axes(const std::string &what, Ints list, int64_t rank) const {
        const std::string had = text(list);
        for (int64_t &axis : list) {
            if (axis < -rank || axis >= rank) {
                refuse(what, std::to_string(-rank) + " to " + std::to_string(rank - 1), had);
            }
            axis += axis < 0 ? rank : 0;
        }
        Ints sorted = list;
        std::sort(sorted.begin(), sorted.end());
        if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
            refuse(what, "every axis once", had);
        }
        return list;
    }
    void shape(const char *what, const Tensor &tensor, const Ints &wanted) const {
        if (tensor.sizes() != torch::IntArrayRef(wanted)) {
            refuse(what, "the shape " + text(wanted), text(tensor.sizes().vec()));
        }
    }

private:
    const Op &m_op;
    const std::vector<Tensor> &m_in;
};

/** What Conv, ConvTranspose and pools share, on n spatial axes. */
void check_window(const Node &node, size_t n) {
    node.list("strides", n, 1);
    node.list("dilations", n, 1);
    node.list("pads", 2 * n, 0);
    node.one_of("auto_pad", "NOTSET", {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"});
}

void check_conv(const Node &node, bool transposed) {
    const Tensor &x = node.need(0, "data"), &w = node.need(1, "weights");
    if (x.dim() < 3 || x.dim() > 4 || w.dim() != x.dim()) {
        node.refuse("input of rank " + std::to_string(x.dim()) + ", weights of rank " + std::to_string(w.dim()) +
                    ": both need 3 or 4");
    }
    const size_t n = static_cast<size_t>(x.dim()) - 2;
    check_window(node, n);
    const Ints kernel(w.sizes().begin() + 2, w.sizes().end());
    if (const Ints given = node.get<Ints>("kernel_shape", kernel); given != kernel) {
        node.refuse(Node::named("kernel_shape"), text(kernel) + ", as the weights have it,", text(given));
    }
    node.integer("group", 1, 1, MOST);
    const int64_t group = node.get<int64_t>("group", 1), outputs = transposed ? w.size(1) * group : w.size(0);
    const int64_t channels = transposed ? w.size(0) : w.size(1) * group;
    if (x.size(1) != channels || w.size(0) % group) {
        node.refuse("weights of the shape " + text(w.sizes().vec()) + " and " + std::to_string(group) +
                    " groups do not suit the input's " + std::to_string(x.size(1)) + " channels");
    }
    if (node.given(2) && node.need(2, "bias").numel() != outputs) {
        node.refuse("input 2 (bias)", std::to_string(outputs) + " elements",
                    std::to_string(node.need(2, "bias").numel()));
    }
    if (!transposed) {
        return;
    }
    node.list("output_padding", n, 0);
    node.one_of("auto_pad", "NOTSET", {"NOTSET", "VALID"});
    if (node.has("output_shape")) {
        node.refuse(Node::named("output_shape") + " is not supported: give pads and output_padding");
    }
}

void check_pool(const Node &node, bool maximum) {
    node.required("kernel_shape");
    const int64_t n = node.rank() - 2;
    if (n < 1 || n > 2) {
        node.refuse("input of rank " + std::to_string(node.rank()) + ": 3 or 4 is needed");
    }
    node.list("kernel_shape", n, 1);
    check_window(node, n);
    const Ints dilations = node.get<Ints>("dilations", {});
    if (!maximum && std::any_of(dilations.begin(), dilations.end(), [](int64_t d) { return d != 1; })) {
        node.refuse(Node::named("dilations"), "ones", text(dilations));
    }
}

void check_split(const Node &node) {
    node.axis("axis", node.rank());
    int64_t axis = node.get<int64_t>("axis", 0);
    axis += axis < 0 ? node.rank() : 0;
    const int64_t size = node.need(0, "data").size(axis);
    std::string what;
    if (const auto sizes = node.ints(1, "split", what)) {
        node.entries(what, *sizes, node.outputs(), 1);
        if (const int64_t sum = std::accumulate(sizes->begin(), sizes->end(), INT64_C(0)); sum != size) {
            node.refuse(what, "a sum of " + std::to_string(size), std::to_string(sum));
        }
    }
    const int64_t count = static_cast<int64_t>(node.outputs());
    node.integer("num_outputs", count, count, count);
}

void check_slice(const Node &node) {
    std::string what, axes_what;
    const size_t count = node.ints(1, "starts", what).value_or(Ints()).size();
    node.entries("input 2 (ends)", node.ints(2, "ends", what).value_or(Ints()), count, INT64_MIN, INT64_MAX);
    if (const auto axes = node.ints(3, "axes", axes_what)) {
        node.axes(axes_what, *axes, node.rank());
        node.entries(axes_what, *axes, count, INT64_MIN, INT64_MAX);
    } else if (static_cast<int64_t>(count) > node.rank()) {
        node.refuse("input 1 (starts)", "at most " + std::to_string(node.rank()) + " entries", std::to_string(count));
    }
    if (const auto steps = node.ints(4, "steps", what)) {
        node.entries(what, *steps, count, INT64_MIN, INT64_MAX);
        if (std::count(steps->begin(), steps->end(), 0)) {
            node.refuse(what, "no 0", text(*steps));
        }
    }
}

void check_pad(const Node &node) {
    std::string what, axes_what;
    node.one_of("mode", "constant", {"constant", "reflect", "edge", "wrap"});
    const auto pads = node.ints(1, "pads", what), axes = node.ints(3, "axes", axes_what);
    if (!pads) {
        node.refuse("input 1 (pads) is missing");
    }
    const size_t count = axes ? node.axes(axes_what, *axes, node.rank()).size() : static_cast<size_t>(node.rank());
    node.entries(what, *pads, 2 * count, -MOST);
}

void check_resize(const Node &node) {
    const size_t rank = static_cast<size_t>(node.rank());
    if (rank < 3) {
        node.refuse("input of rank " + std::to_string(rank) + ": 3 or 4 is needed");
    }
    for (size_t i : {2, 3}) {
        const Tensor list = node.given(i) ? node.need(i, "").to(torch::kDouble).flatten() : Tensor();
        if (!list.defined() || !list.numel()) {
            continue;
        }
        const std::string what = i == 2 ? "input 2 (scales)" : "input 3 (sizes)";
        if (static_cast<size_t>(list.numel()) != rank) {
            node.refuse(what, std::to_string(rank) + " entries", std::to_string(list.numel()));
        }
        if (!(list > 0).all().item<bool>() || (list > static_cast<double>(MOST)).any().item<bool>()) {
            node.refuse(what, "entries above 0", std::to_string(list.min().item<double>()));
        }
        for (int64_t k = 0; k < 2; k++) {
            const double same = i == 2 ? 1 : static_cast<double>(node.need(0, "data").size(k));
            if (list[k].item<double>() != same) {
                node.refuse(what, std::to_string(static_cast<int64_t>(same)) + " for axis " + std::to_string(k),
                            std::to_string(list[k].item<double>()));
            }
        }
    }
}

void check_reduce(const Node &node) {
    std::string what;
    if (const auto axes = node.ints(1, "axes", what)) {
        node.axes(what, *axes, node.rank());
    }
}

void check_squeeze(const Node &node) {
    std::string what;
    if (const auto list = node.ints(1, "axes", what)) {
        for (int64_t axis : node.axes(what, *list, node.rank())) {
            if (node.need(0, "data").size(axis) != 1) {
                node.refuse(what, "axes of size 1", text(*list) + " of " + text(node.need(0, "data").sizes().vec()));
            }
        }
    }
}

void check_unsqueeze(const Node &node) {
    std::string what;
    const auto axes = node.ints(1, "axes", what);
    if (!axes) {
        node.refuse(what + " is needed and missing");
    }
    node.axes(what, *axes, node.rank() + static_cast<int64_t>(axes->size()));
}

void check_transpose(const Node &node) {
    if (node.has("perm")) {
        const Ints perm = node.get<Ints>("perm", {});
        node.entries(Node::named("perm"), perm, static_cast<size_t>(node.rank()), 0);
        node.axes(Node::named("perm"), perm, node.rank());
    }
}

void check_concat(const Node &node) {
    node.required("axis");
    node.axis("axis", node.rank());
    int64_t axis = node.get<int64_t>("axis", 0);
    axis += axis < 0 ? node.rank() : 0;
    Ints first = node.need(0, "data").sizes().vec();
    for (size_t i = 1; i < node.inputs(); i++) {
        Ints wanted = first;
        const Tensor &x = node.need(i, "data");
        if (x.dim() == node.rank()) {
            wanted[axis] = x.size(axis);
        }
        node.shape(("input " + std::to_string(i)).c_str(), x, wanted);
    }
}

void check_reshape(const Node &node) {
    std::string what;
    const Ints shape = node.ints(1, "shape", what).value_or(Ints());
    node.entries(what, shape, shape.size(), -1);
    if (std::count(shape.begin(), shape.end(), -1) > 1) {
        node.refuse(what, "one -1", text(shape));
    }
    const Tensor &x = node.need(0, "data");
    int64_t count = 1;
    bool rest = false;
    for (size_t i = 0; i < shape.size(); i++) {
        const bool copied = shape[i] == 0 && !node.get<int64_t>("allowzero", 0);
        if (copied && static_cast<int64_t>(i) >= x.dim()) {
            node.refuse(what, "no 0 beyond rank " + std::to_string(x.dim()), text(shape));
        }
        rest = rest || shape[i] == -1;
        count *= shape[i] == -1 ? 1 : copied ? x.size(static_cast<int64_t>(i)) : shape[i];
        if (count > MOST) {
            break;
        }
    }
    if (rest ? count == 0 || x.numel() % count : x.numel() != count) {
        node.refuse(what, std::to_string(x.numel()) + " elements", text(shape));
    }
}

void check_depth_to_space(const Node &node, bool to_space) {
    const Tensor &x = node.need(0, "data");
    node.required("blocksize");
    node.integer("blocksize", 1, 1, 1 << 15);
    const int64_t block = node.get<int64_t>("blocksize", 1);
    if (x.dim() != 4 || (to_space ? x.size(1) % (block * block) : x.size(2) % block || x.size(3) % block)) {
        node.refuse(Node::named("blocksize"),
                    to_space ? "4 axes with channels divisible by its square"
                             : "4 axes with a height and width divisible by it",
                    std::to_string(block) + " and the shape " + text(x.sizes().vec()));
    }
    if (to_space) {
        node.one_of("mode", "DCR", {"DCR", "CRD"});
    }
}

/** GRU and LSTM: what the chip computes. */
void check_recurrent(const Node &node, bool lstm) {
    const Tensor &x = node.need(0, "X"), &r = node.need(2, "R");
    node.one_of("direction", "forward", {"forward", "reverse", "bidirectional"});
    node.integer("layout", 0, 0, 1);
    if (x.dim() != 3 || r.dim() != 3) {
        node.refuse("X of rank " + std::to_string(x.dim()) + ", R of rank " + std::to_string(r.dim()) +
                    ": both need 3");
    }
    const bool batch_first = node.get<int64_t>("layout", 0) == 1;
    const int64_t directions = node.get<std::string>("direction", "forward") == "bidirectional" ? 2 : 1;
    const int64_t hidden = r.size(2), gates = lstm ? 4 : 3, batch = x.size(batch_first ? 0 : 1);
    node.required("hidden_size");
    node.integer("hidden_size", hidden, hidden, hidden);
    node.shape("W", node.need(1, "W"), {directions, gates * hidden, x.size(2)});
    node.shape("R", r, {directions, gates * hidden, hidden});
    if (node.given(3)) {
        node.shape("B", node.need(3, "B"), {directions, 2 * gates * hidden});
    }
    const Ints state = batch_first ? Ints{batch, directions, hidden} : Ints{directions, batch, hidden};
    for (size_t i : {5, 6}) {
        if (node.given(i) && (i == 5 || lstm)) {
            node.shape(i == 5 ? "initial_h" : "initial_c", node.need(i, ""), state);
        }
    }
    const int64_t steps = x.size(batch_first ? 1 : 0);
    if (node.given(4) && (node.need(4, "") != steps).any().item<bool>()) {
        node.refuse("input 4 (sequence_lens)", "all steps (" + std::to_string(steps) + ")", "others");
    }
    if (node.given(7) || (!lstm && node.given(6))) {
        node.refuse("input " + std::to_string(node.inputs() - 1) + " is not supported");
    }
    if (!lstm) {
        node.integer("linear_before_reset", 0, 1, 1);
    }
    node.integer("input_forget", 0, 0, 0);
    const std::vector<std::string> usual =
        lstm ? std::vector<std::string>{"Sigmoid", "Tanh", "Tanh"} : std::vector<std::string>{"Sigmoid", "Tanh"};
    const auto activations = node.get<std::vector<std::string>>("activations", {});
    for (size_t i = 0; i < activations.size(); i++) {
        if (activations[i] != usual[i % usual.size()]) {
            node.refuse(Node::named("activations"), "the usual ones", "'" + activations[i] + "'");
        }
    }
    if (node.has("clip")) {
        node.refuse(Node::named("clip") + " is not supported");
    }
}

void check_reverse_sequence(const Node &node) {
    const Tensor &x = node.need(0, "data");
    node.integer("batch_axis", 1, 0, 1);
    const int64_t batch = node.get<int64_t>("batch_axis", 1);
    node.integer("time_axis", 0, 1 - batch, 1 - batch);
    if (x.dim() < 2) {
        node.refuse("input of rank " + std::to_string(x.dim()) + ": at least 2 is needed");
    }
    std::string what;
    const Ints lengths = node.ints(1, "sequence_lens", what).value_or(Ints());
    node.entries(what, lengths, static_cast<size_t>(x.size(batch)), 0);
    if (*std::max_element(lengths.begin(), lengths.end()) > x.size(1 - batch)) {
        node.refuse(what, "at most " + std::to_string(x.size(1 - batch)), text(lengths));
    }
}

void check_tile(const Node &node) {
    std::string what;
    node.entries(what, node.ints(1, "repeats", what).value_or(Ints()), static_cast<size_t>(node.rank()), 1);
}

using Check = std::function<void(const Node &)>;

const std::map<std::string, Check> &checks() {
    static const Check axis = [](const Node &node) { node.axis("axis", node.rank()); };
    static const std::map<std::string, Check> table = {
        {"AveragePool", [](const Node &node) { check_pool(node, false); }},
        {"BatchNormalization", [](const Node &node) { node.integer("training_mode", 0, 0, 0); }},
        {"Cast", [](const Node &node) { node.required("to"); }},
        {"Concat", check_concat},
        {"Conv", [](const Node &node) { check_conv(node, false); }},
        {"ConvTranspose", [](const Node &node) { check_conv(node, true); }},
        {"DepthToSpace", [](const Node &node) { check_depth_to_space(node, true); }},
        {"Flatten", [](const Node &node) { node.integer("axis", 1, -node.rank(), node.rank()); }},
        {"GRU", [](const Node &node) { check_recurrent(node, false); }},
        {"Gather", axis},
        {"LSTM", [](const Node &node) { check_recurrent(node, true); }},
        {"LayerNormalization", axis},
        {"LogSoftmax", axis},
        {"LpNormalization",
         [](const Node &node) {
             node.axis("axis", node.rank());
             node.integer("p", 2, 1, 2);
         }},
        {"MaxPool", [](const Node &node) { check_pool(node, true); }},
        {"Pad", check_pad},
        {"RMSNormalization", axis},
        {"Reshape", check_reshape},
        {"Resize", check_resize},
        {"ReverseSequence", check_reverse_sequence},
        {"ScatterND",
         [](const Node &node) {
             node.one_of("reduction", "none", {"none", "add", "mul", "max", "min"});
         }},
        {"Slice", check_slice},
        {"Softmax", axis},
        {"SpaceToDepth", [](const Node &node) { check_depth_to_space(node, false); }},
        {"Split", check_split},
        {"Squeeze", check_squeeze},
        {"Tile", check_tile},
        {"Transpose", check_transpose},
        {"Unsqueeze", check_unsqueeze},
    };
    return table;
}

}  // namespace

void validate(const Op &op, const std::vector<Tensor> &inputs) {
    const Node node(op, inputs);
    node.kinds();
    const auto check = checks().find(op.type);
    if (check != checks().end()) {
        check->second(node);
    } else if (op.row().layout == operators::Layout::AXES) {
        check_reduce(node);
    }
}

}  // namespace quantize
