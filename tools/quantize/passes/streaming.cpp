#include "passes/streaming.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "numerics/functions.hpp"

namespace quantize {

namespace {

using Ints = std::vector<int64_t>;

/** Also the padding before the first frame is what the caches hold at first: zeros. */
constexpr int64_t ALL = INT64_MIN / 4;

int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

[[noreturn]] void refuse_streaming(const Op &op, const std::string &why) {
    refuse(op, "cannot be computed in chunks: " + why + " (--outputs ends the network before it)");
}

std::string frames_text(int64_t count) {
    return std::to_string(count) + (count == 1 ? " frame" : " frames");
}

class Streaming {
public:
    explicit Streaming(Graph &graph) : m_graph(graph) {}

    std::map<const Var *, Frames> frames;

    void take_inputs(const InputShapes &chunks) {
        InputShapes named = chunks;
        if (named.count("")) {
            if (m_graph.inputs.size() != 1) {
                throw Error("--streaming: the model has " + std::to_string(m_graph.inputs.size()) +
                            " inputs, name the one: INPUT=1x16x3");
            }
            named[m_graph.inputs[0]->name] = named.at("");
            named.erase("");
        }
        for (const auto &[name, shape] : named) {
            std::set<std::string> names;
            for (const Var *input : m_graph.inputs) {
                names.insert(input->name);
                if (input->name == name) {
                    take_input(input, shape);
                }
            }
            if (!names.count(name)) {
                throw Error("--streaming: the model has no input '" + name + "'" + suggestion(name, names));
            }
        }
    }

    void convert() {
        for (Op *op : m_graph.execution_order()) {
            bool any = false;
            for (const Var *var : op->inputs) {
                any = any || frames.count(var);
            }
            if (any) {
                convert(op);
            }
        }
        m_graph.refresh();
        for (const Var *output : m_graph.outputs) {
            if (!frames.count(output)) {
                throw Error("--streaming: output '" + output->name + "' does not depend on frames");
            }
        }
    }

private:
    void take_input(const Var *input, const Ints &shape) {
        int64_t axis = -1;
        for (size_t i = 0; i < std::max(shape.size(), input->shape.size()); i++) {
            if (shape.size() != input->shape.size() || (shape[i] != input->shape[i] && axis >= 0)) {
                axis = -2;
                break;
            }
            axis = shape[i] != input->shape[i] ? static_cast<int64_t>(i) : axis;
        }
        if (axis < 0 || shape[axis] > input->shape[axis]) {
            throw Error("--streaming: a chunk of input '" + input->name +
                        "' must have the input's sizes but along one axis, where it is shorter");
        }
        frames[input] = {axis, input->shape[axis], shape[axis], 0, ALL, input->shape[axis]};
    }

    const Frames *of(const Op *op, size_t i) const {
        auto found = frames.find(op->input(i));
        return op->input(i) && found != frames.end() ? &found->second : nullptr;
    }

    /** The first input's frames, the only ones that the operator may read. */
    Frames only_first(const Op *op) const {
        for (size_t i = 1; i < op->inputs.size(); i++) {
            if (of(op, i)) {
                refuse_streaming(*op, "its input '" + op->inputs[i]->name + "' has frames");
            }
        }
        return *of(op, 0);
    }

    /** What is behind any operator but a padding: frames that the delay cuts off are no zeros. */
    static Frames behind(Frames in) {
        if (in.delay != 0) {
            in.first = std::max(in.first, -in.delay);
        }
        return in;
    }

    void give(const Op *op, Frames out) {
        for (const Var *var : op->outputs) {
            if (var) {
                out.length = var->shape.at(out.axis);
                out.end = std::min(out.end, out.length);
                frames[var] = out;
            }
        }
    }

    void keep_off(const Op *op, const Frames &in, int64_t axis, size_t rank) const {
        if (axis + (axis < 0 ? static_cast<int64_t>(rank) : 0) == in.axis) {
            refuse_streaming(*op, "it works along the frames");
        }
    }

    void convert(Op *op) {
        static const std::set<std::string> windows = {"Conv", "AveragePool", "MaxPool"};
        static const std::set<std::string> normalizations = {"LayerNormalization", "RMSNormalization"};
        using operators::Layout;
        const Layout layout = op->row().layout;
        if (windows.count(op->type)) {
            convert_window(op);
        } else if (op->type == "InsertZeros") {
            convert_zeros(op);
        } else if (op->type == "Resize") {
            convert_resize(op);
        } else if (op->type == "Slice") {
            convert_slice(op);
        } else if (op->type == "Pad") {
            convert_pad(op);
        } else if (op->type == "MatMul" || op->type == "Gemm") {
            convert_product(op);
        } else if (op->type == "Gather") {
            convert_gather(op);
        } else if (op->type == "Transpose" || op->type == "Squeeze" || op->type == "Unsqueeze") {
            convert_order(op);
        } else if (op->type == "Reshape" || op->type == "Flatten") {
            convert_reshape(op);
        } else if (normalizations.count(op->type)) {
            const Frames in = only_first(op);
            const int64_t rank = static_cast<int64_t>(op->inputs[0]->shape.size()), axis = op->get<int64_t>("axis", -1);
            if (in.axis >= axis + (axis < 0 ? rank : 0)) {
                refuse_streaming(*op, "it works along the frames");
            }
            give(op, behind(in));
        } else if (layout == Layout::AXIS) {
            const Frames in = only_first(op);
            keep_off(op, in, op->get<int64_t>("axis", op->type == "Split" ? 0 : -1), op->inputs[0]->shape.size());
            give(op, behind(in));
        } else if (layout == Layout::AXES) {
            convert_reduction(op);
        } else if (layout == Layout::ANY || layout == Layout::PAIR || layout == Layout::PARTS || op->type == "Where" ||
                   op->row().onnx == operators::Onnx::ELEMENTWISE) {
            convert_elementwise(op);
        } else {
            refuse_streaming(*op, "it needs all frames at once, or remembers them in another way");
        }
    }

    /**
     * Output j of a window of `reach` + 1 frames reads, as its newest frame, j * stride - pad + reach of the sequence.
     * A chunk's first output reads frame `rest` of the chunk as its newest one: less than a stride, so that the delay
     * is a whole number of outputs.
     */
    void convert_window(Op *op) {
        const Frames in = only_first(op);
        const size_t n = op->inputs[0]->shape.size() - 2;
        const bool conv = op->type == "Conv";
        if (in.axis < 2) {
            refuse_streaming(*op, "the frames are along its channels");
        }
        const size_t i = static_cast<size_t>(in.axis) - 2;
        const int64_t kernel = conv ? op->input(1)->value.size(2 + i) : op->get<Ints>("kernel_shape", {}).at(i);
        const int64_t stride = op->get<Ints>("strides", Ints(n, 1)).at(i);
        const int64_t reach = op->get<Ints>("dilations", Ints(n, 1)).at(i) * (kernel - 1);
        const std::string automatic = op->get<std::string>("auto_pad", "NOTSET");
        Ints pads = op->get<Ints>("pads", Ints(2 * n, 0));
        if (automatic == "VALID") {
            pads.assign(2 * n, 0);
        } else if (automatic != "NOTSET") {
            refuse_streaming(*op, "auto_pad '" + automatic + "' is not the same for every chunk");
        }
        const int64_t pad = pads[i];
        if (in.chunk % stride) {
            refuse_streaming(*op,
                             "a chunk has " + frames_text(in.chunk) + " here, its stride is " + std::to_string(stride));
        }
        const int64_t newest = reach - pad + in.delay, rest = newest - floor_div(newest, stride) * stride;
        if (rest > reach) {
            refuse_streaming(*op, "its stride is longer than its window");
        }
        Frames out = in;
        out.chunk = in.chunk / stride;
        out.delay = (newest - rest) / stride;
        const bool zeros = conv || op->counts_padding || op->get<int64_t>("count_include_pad", 0);
        if (in.first > ALL) {
            out.first = -floor_div(-(in.first + pad), stride);
        } else if (pad > 0 && !zeros) {
            out.first = -floor_div(-pad, stride);
        } else {
            out.first = out.delay == 0 ? ALL : std::max<int64_t>(0, -out.delay);
        }
        out.first = out.delay < 0 ? std::max(out.first, -out.delay) : out.first;
        out.end = floor_div(in.end - 1 + pad - reach, stride) + 1;
        give(op, out);
        pads[i] = pads[i + n] = 0;
        if (op->has("pads")) {
            op->attributes["pads"] = pads;
        }
        if (reach > rest) {
            remember(op, reach - rest, in.axis);
        }
    }

    /** Behind each frame come the zeros, also behind a chunk's last one. */
    void convert_zeros(Op *op) {
        const Frames in = only_first(op);
        if (in.axis < 2) {
            refuse_streaming(*op, "the frames are along its channels");
        }
        const size_t n = op->inputs[0]->shape.size() - 2, i = static_cast<size_t>(in.axis) - 2;
        const int64_t stride = op->get<Ints>("stride", Ints(n, 1)).at(i);
        Ints extra = op->get<Ints>("output_padding", Ints(n, 0));
        extra.at(i) = stride - 1;
        op->attributes["output_padding"] = extra;
        give(op, stretched(in, stride));
    }

    static Frames stretched(const Frames &in, int64_t factor) {
        Frames out = in;
        out.chunk *= factor;
        out.delay *= factor;
        out.first = in.first > ALL ? in.first * factor : ALL;
        out.end *= factor;
        return behind(out);
    }

    void convert_resize(Op *op) {
        const Frames in = only_first(op);
        const int64_t length = op->outputs[0]->shape.at(in.axis);
        const bool nearest = op->get<std::string>("mode", "nearest") == "nearest";
        const bool scales = op->input(2) && op->input(2)->is_param && op->input(2)->value.numel();
        if (!scales || length % in.length || (length != in.length && !nearest)) {
            refuse_streaming(*op, "only repeating frames (mode nearest, a whole number as scale) is");
        }
        give(op, stretched(in, length / in.length));
    }

    /** What is cut off in front is a delay; what is cut off behind comes when the chunks go on. */
    void convert_slice(Op *op) {
        const Frames in = only_first(op);
        const int64_t rank = static_cast<int64_t>(op->inputs[0]->shape.size());
        Ints starts = constant_ints(*op, 1, "starts").value_or(Ints()), ends = *constant_ints(*op, 2, "ends");
        Ints axes = constant_ints(*op, 3, "axes").value_or(all_axes(torch::empty(Ints(starts.size(), 1))));
        const Ints steps = constant_ints(*op, 4, "steps").value_or(Ints(starts.size(), 1));
        Frames out = behind(in);
        size_t others = 0;
        for (size_t k = 0; k < starts.size(); k++) {
            if (axes.at(k) + (axes[k] < 0 ? rank : 0) != in.axis) {
                others++;
                continue;
            }
            if (steps.at(k) != 1) {
                refuse_streaming(*op, "its step along the frames is not 1");
            }
            const int64_t start = std::clamp<int64_t>(starts[k] + (starts[k] < 0 ? in.length : 0), 0, in.length);
            out.delay += start;
            out.first = start == 0 ? out.first : std::max<int64_t>(0, in.first - start);
            out.end -= start;
            starts[k] = 0;
            ends.at(k) = INT32_MAX;
        }
        give(op, out);
        if (others == 0 && op->input(1)) {
            op->type = "Identity";
            op->inputs.resize(1);
            if (op->quantized) {
                op->in.resize(1);
            }
            op->attributes.clear();
        } else if (op->input(1)) {
            op->input(1)->value = torch::tensor(starts, torch::kLong);
            op->input(2)->value = torch::tensor(ends, torch::kLong);
        }
    }

    void convert_pad(Op *op) {
        Frames out = only_first(op);
        const size_t rank = op->inputs[0]->shape.size();
        Ints pads = constant_ints(*op, 1, "pads").value_or(Ints());
        if (pads.size() != 2 * rank || op->input(3)) {
            refuse_streaming(*op, "its padding is not given for all axes");
        }
        int64_t &before = pads[out.axis], &after = pads[out.axis + rank];
        const Var *value = op->input(2);
        const bool zeros = op->get<std::string>("mode", "constant") == "constant" &&
                           (!value || (value->is_param && value->value.to(torch::kFloat).item<float>() == 0));
        if ((before || after) && (!zeros || before < 0 || after < 0)) {
            refuse_streaming(*op, "only zeros may pad the frames");
        }
        out.delay -= before;
        out.first = out.first > ALL ? out.first + before : ALL;
        out.end += before;
        before = after = 0;
        if (op->input(1)) {
            op->input(1)->value = torch::tensor(pads, torch::kLong);
        }
        give(op, out);
    }

    void convert_product(Op *op) {
        Frames out = behind(only_first(op));
        const int64_t rank = static_cast<int64_t>(op->inputs[0]->shape.size());
        if (out.axis == rank - 1 || (op->type == "Gemm" && op->get<int64_t>("transA", 0))) {
            refuse_streaming(*op, "it sums over the frames");
        }
        out.axis += static_cast<int64_t>(op->outputs[0]->shape.size()) - rank;
        give(op, out);
    }

    void convert_gather(Op *op) {
        Frames out = behind(only_first(op));
        const int64_t rank = static_cast<int64_t>(op->inputs[0]->shape.size()), axis = op->get<int64_t>("axis", 0);
        keep_off(op, out, axis, static_cast<size_t>(rank));
        out.axis +=
            out.axis > axis + (axis < 0 ? rank : 0) ? static_cast<int64_t>(op->outputs[0]->shape.size()) - rank : 0;
        give(op, out);
    }

    void convert_order(Op *op) {
        Frames out = behind(only_first(op));
        const int64_t rank = static_cast<int64_t>(op->inputs[0]->shape.size());
        if (op->type == "Transpose") {
            Ints perm = op->get<Ints>("perm", {});
            for (int64_t k = rank; perm.empty() && k-- > 0;) {
                perm.push_back(k);
            }
            out.axis = std::find(perm.begin(), perm.end(), out.axis) - perm.begin();
        } else {
            const bool more = op->type == "Unsqueeze";
            Ints axes = constant_ints(*op, 1, "axes").value_or(Ints());
            for (int64_t k = 0; axes.empty() && k < rank; k++) {
                if (op->inputs[0]->shape[k] == 1 && k != out.axis) {
                    axes.push_back(k);
                }
            }
            if (!op->input(1)) {
                op->attributes["axes"] = axes;  // a chunk may have one frame: its axis stays
            }
            for (int64_t &axis : axes) {
                axis += axis < 0 ? rank + (more ? static_cast<int64_t>(axes.size()) : 0) : 0;
            }
            std::sort(axes.begin(), axes.end());
            const int64_t before = out.axis;
            for (int64_t axis : axes) {
                out.axis += more ? axis <= out.axis : 0;
                out.axis -= more ? 0 : axis < before;
            }
        }
        give(op, out);
    }

    void convert_reshape(Op *op) {
        Frames out = behind(only_first(op));
        const Ints &from = op->inputs[0]->shape, &to = op->outputs[0]->shape;
        int64_t before = 1, product = 1, axis = -1;
        for (int64_t k = 0; k < out.axis; k++) {
            before *= from[k];
        }
        for (size_t k = 0; k < to.size() && axis < 0; k++) {
            axis = product == before && to[k] == out.length ? static_cast<int64_t>(k) : -1;
            product *= to[k];
        }
        if (axis < 0) {
            refuse_streaming(*op, "it mixes frames with another axis");
        }
        out.axis = axis;
        give(op, out);
        if (op->type == "Reshape") {
            Ints shape = to;
            shape[axis] = -1;
            op->input(1)->value = torch::tensor(shape, torch::kLong);
        }
    }

    void convert_reduction(Op *op) {
        Frames out = behind(only_first(op));
        const size_t rank = op->inputs[0]->shape.size();
        const Ints axes = constant_ints(*op, 1, "axes").value_or(Ints());
        int64_t gone = 0;
        for (int64_t axis : axes) {
            keep_off(op, out, axis, rank);
            gone += axis + (axis < 0 ? static_cast<int64_t>(rank) : 0) < out.axis;
        }
        if (axes.empty()) {
            refuse_streaming(*op, "it works along the frames");
        }
        out.axis -= op->get<int64_t>("keepdims", 1) ? 0 : gone;
        give(op, out);
    }

    /** Frames meet those of the same time, and what is the same for all of them. */
    void convert_elementwise(Op *op) {
        const int64_t rank = static_cast<int64_t>(op->outputs[0]->shape.size());
        std::optional<Frames> all;
        for (size_t i = 0; i < op->inputs.size(); i++) {
            if (const Frames *in = of(op, i)) {
                Frames frames = behind(*in);
                frames.axis += rank - static_cast<int64_t>(op->inputs[i]->shape.size());
                if (all && (all->axis != frames.axis || all->chunk != frames.chunk || all->delay != frames.delay)) {
                    refuse_streaming(*op, "'" + op->inputs[i]->name + "' comes " + frames_text(frames.delay) +
                                              " late, its other input " + frames_text(all->delay) +
                                              "; padding in front of the windows alone makes none late");
                }
                frames.first = std::max(frames.first, all ? all->first : frames.first);
                frames.end = std::min(frames.end, all ? all->end : frames.end);
                all = frames;
            }
        }
        const bool parts = op->row().layout == operators::Layout::PARTS;
        if (parts) {
            keep_off(op, *all, op->get<int64_t>("axis", 0), static_cast<size_t>(rank));
        }
        for (size_t i = 0; i < op->inputs.size(); i++) {
            const Var *var = op->inputs[i];
            const bool bound = i > 0 && i <= op->row().plain_inputs;
            if (!var || of(op, i) || bound || (op->type == "PRelu" && var->shape.size() <= 1)) {
                continue;
            }
            const Ints shape = var->is_param ? var->value.sizes().vec() : var->shape;
            const int64_t axis = all->axis - (rank - static_cast<int64_t>(shape.size()));
            if (parts || (axis >= 0 && shape[axis] != 1)) {
                refuse_streaming(*op, "'" + var->name + "' is another one for each frame of the whole sequence");
            }
        }
        give(op, *all);
    }

    /** Windows that reach equally far back over the same tensor share what they remember. */
    void remember(Op *op, int64_t count, int64_t axis) {
        Record *record = op->quantized ? op->in[0] : nullptr;
        Var *&made = m_caches[{op->inputs[0], count, record ? record->root() : nullptr}];
        if (!made) {
            Op *cache = m_graph.new_op_before(op, "StreamingCache");
            cache->name = op->inputs[0]->name + "_" + op->name + "_SCache";
            cache->attributes["window_size"] = count + 1;
            cache->attributes["frame_axis"] = axis;
            cache->quantized = op->quantized;
            cache->bits = op->bits;
            cache->high_precision = op->high_precision;
            if (record) {
                cache->in = cache->out = {record};
            }
            cache->inputs = {op->inputs[0]};
            made = m_graph.new_var("");
            made->shape = op->inputs[0]->shape;
            made->dtype = op->inputs[0]->dtype;
            cache->outputs = {made};
        }
        op->inputs[0] = made;
    }

    Graph &m_graph;
    std::map<std::tuple<Var *, int64_t, Record *>, Var *> m_caches;
};

}  // namespace

std::map<const Var *, Frames> insert_caches(Graph &graph, const InputShapes &chunks) {
    Streaming streaming(graph);
    streaming.take_inputs(chunks);
    streaming.convert();
    return streaming.frames;
}

void fix_frames(Graph &graph, const std::map<const Var *, Frames> &frames) {
    for (auto &op : graph.ops) {
        if (op->type == "Reshape" && frames.count(op->outputs[0])) {
            op->input(1)->value = torch::tensor(op->outputs[0]->shape, torch::kLong);
        }
    }
}

}  // namespace quantize
