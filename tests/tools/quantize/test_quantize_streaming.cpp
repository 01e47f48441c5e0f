// Networks that read chunks, against the same networks that read the whole sequence.

#include "dl_model_base.hpp"
#include "dl_target.hpp"
#include "model_file.hpp"
#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

/** A network over time, what it is fed with, and where its output's frames are. */
struct Network {
    onnx::ModelProto model;
    std::string chunk;       ///< for --streaming, in ONNX's order
    size_t in_axis, frames;  ///< of a chunk; axes in the file's order
    size_t out_axis;
    int delay = 0, first = 0;  ///< of the output: late frames, and the first one that can be compared
    int late = 0;              ///< last frames that depend on padding at the end
};

struct Sequence {
    std::vector<int> shape;
    std::vector<int8_t> bytes;
};

size_t product(const std::vector<int> &shape, size_t from, size_t to) {
    size_t result = 1;
    for (size_t i = from; i < to; i++) {
        result *= (size_t)shape[i];
    }
    return result;
}

/** Frames [begin, begin + count) along an axis. @param bytes of an element */
std::vector<int8_t> cut(const Sequence &run, size_t axis, size_t begin, size_t count, size_t bytes) {
    const size_t inner = product(run.shape, axis + 1, run.shape.size()) * bytes;
    const size_t outer = product(run.shape, 0, axis), all = (size_t)run.shape[axis];
    std::vector<int8_t> result;
    for (size_t o = 0; o < outer; o++) {
        auto start = run.bytes.begin() + (ptrdiff_t)((o * all + begin) * inner);
        result.insert(result.end(), start, start + (ptrdiff_t)(count * inner));
    }
    return result;
}

/** One axis of several runs after each other. */
Sequence join(const std::vector<Sequence> &runs, size_t axis) {
    Sequence whole = runs.at(0);
    whole.bytes.clear();
    whole.shape[axis] *= (int)runs.size();
    const size_t outer = product(whole.shape, 0, axis);
    for (size_t o = 0; o < outer; o++) {
        for (const Sequence &run : runs) {
            const size_t row = run.bytes.size() / outer;
            auto start = run.bytes.begin() + (ptrdiff_t)(o * row);
            whole.bytes.insert(whole.bytes.end(), start, start + (ptrdiff_t)row);
        }
    }
    return whole;
}

/** The firmware's way: one model, a run for each of the inputs. */
class Loaded {
public:
    Loaded(const std::string &path) {
        std::string error;
        m_file = espdl_tool::ModelFile::open(path, {}, error);
        if (m_file) {
            m_model = std::make_unique<dl::Model>(&m_file->model());
        }
        EXPECT_TRUE(m_file && m_model->is_ready()) << error;
    }
    std::vector<int> input_shape() { return m_model->get_inputs().begin()->second->shape; }
    Sequence run(const std::vector<int8_t> &input) {
        dl::TensorBase *in = m_model->get_inputs().begin()->second, *out = m_model->get_outputs().begin()->second;
        EXPECT_EQ(input.size(), (size_t)in->get_bytes());
        std::copy(input.begin(), input.end(), (int8_t *)in->data);
        m_model->run();
        const int8_t *data = (const int8_t *)out->data;
        return {out->shape, {data, data + out->get_bytes()}};
    }

private:
    std::unique_ptr<espdl_tool::ModelFile> m_file;
    std::unique_ptr<dl::Model> m_model;
};

class QuantizeStreaming : public QuantizeTest {
protected:
    void expect_same(const Network &network, const std::vector<int> &shape, const std::string &options = "") {
        std::vector<int> calibration = shape;
        calibration[0] = 4;
        write_model(network.model);
        write_calibration(calibration);
        struct Chip {
            const char *target;
            dl::target_t chip;
            size_t bytes;
        };
        for (const auto &[target, chip, bytes] : {Chip{"esp32p4", dl::TARGET_ESP32P4, 1},
                                                  {"esp32p4", dl::TARGET_ESP32P4, 2},
                                                  {"esp32s3", dl::TARGET_ESP32S3, 1},
                                                  {"esp32", dl::TARGET_ESP32, 2}}) {
            const std::string what = std::string(target) + (bytes == 1 ? " 8 bits" : " 16 bits");
            const std::string more = options + " --observer minmax --test-input '" + (m_dir / "calib.npy") +
                                     "' --target " + target + (bytes == 1 ? " --bits 8" : " --bits 16");
            ASSERT_EQ(run(arguments(more)).code, 0) << what;
            std::filesystem::rename(m_dir / "out.espdl", m_dir / "whole.espdl");
            const Outcome made = run(arguments(more + " --streaming " + network.chunk));
            ASSERT_EQ(made.code, 0) << what << "\n" << made.error;
            EXPECT_EQ(run("test '" + (m_dir / "out.espdl") + "' --target " + target).code, 0) << what;
            const dl::target_t before = dl::target();
            dl::set_target(chip);
            expect_same_runs(network, bytes, what);
            dl::set_target(before);
        }
    }

private:
    void expect_same_runs(const Network &network, size_t bytes, const std::string &what) {
        Loaded offline(m_dir / "whole.espdl"), streaming(m_dir / "out.espdl");
        Sequence input = {offline.input_shape(), {}};
        const size_t count = product(input.shape, 0, input.shape.size());
        for (size_t i = 0; i < count * bytes; i++) {
            input.bytes.push_back((int8_t)(bytes == 2 && i % 2 ? (i * 11) % 64 - 32 : (i * 89 + i / 13) % 200 - 100));
        }
        const Sequence whole = offline.run(input.bytes);
        std::vector<Sequence> parts;
        const size_t length = (size_t)input.shape[network.in_axis];
        for (size_t at = 0; at + network.frames <= length; at += network.frames) {
            parts.push_back(streaming.run(cut(input, network.in_axis, at, network.frames, bytes)));
        }
        const Sequence stream = join(parts, network.out_axis);
        const int wanted =
            std::min(whole.shape[network.out_axis] - network.late, stream.shape[network.out_axis] - network.delay) -
            network.first;
        ASSERT_GT(wanted, 3) << what;
        EXPECT_EQ(cut(stream, network.out_axis, (size_t)(network.first + network.delay), (size_t)wanted, bytes),
                  cut(whole, network.out_axis, (size_t)network.first, (size_t)wanted, bytes))
            << what;
    }
};

onnx::NodeProto *add_conv(onnx::GraphProto *graph, const std::string &input, const std::string &output,
                          const std::vector<int64_t> &weight, const std::vector<int64_t> &pads) {
    add_param(graph, "w_" + output, weight, 0.4f);
    onnx::NodeProto *node = add_node(graph, "Conv", {input, "w_" + output}, output);
    add_ints(node, "pads", pads);
    return node;
}

TEST_F(QuantizeStreaming, CausalWindowsWithAResidual) {
    Network network = {empty_model({1, 8, 24}, {1, 8, 24}), "1x8x3", 1, 3, 1};
    onnx::GraphProto *graph = network.model.mutable_graph();
    add_ints(add_conv(graph, "input", "a", {16, 8, 3}, {4, 0}), "dilations", {2});
    add_node(graph, "Relu", {"a"}, "b");
    add_conv(graph, "b", "c", {8, 16, 1}, {0, 0});
    add_node(graph, "Add", {"input", "c"}, "d");
    add_node(graph, "Sigmoid", {"d"}, "e");
    add_conv(graph, "e", "output", {8, 8, 5}, {4, 0});
    expect_same(network, {1, 8, 24});
    // What the first convolution reaches back for, and the last one.
    const std::string info = read(m_dir / "out.info");
    EXPECT_THAT(info, HasSubstr("StreamingCache[frame_axis = 1, quant_type = 'S16', window_size = 5](%input)"));
    EXPECT_THAT(info, HasSubstr("StreamingCache[frame_axis = 1, quant_type = 'S16', window_size = 5](%e)"));
}

TEST_F(QuantizeStreaming, WindowsWithoutPaddingAreLate) {
    // What the caches hold at first makes frames that the whole sequence does not have.
    Network network = {empty_model({1, 4, 30}, {1, 4, 22}), "1x4x5", 1, 5, 1};
    network.delay = 8;
    onnx::GraphProto *graph = network.model.mutable_graph();
    add_conv(graph, "input", "a", {4, 4, 5}, {0, 0});
    add_node(graph, "Relu", {"a"}, "b");
    add_ints(add_conv(graph, "b", "output", {4, 4, 3}, {0, 0}), "dilations", {2});
    expect_same(network, {1, 4, 30});
    EXPECT_THAT(run("info '" + (m_dir / "out.espdl") + "'").out, HasSubstr("stream.output.delay = 8"));
}

TEST_F(QuantizeStreaming, WindowsThatLookAheadAreLate) {
    Network network = {empty_model({1, 4, 24}, {1, 4, 24}), "1x4x4", 1, 4, 1};
    // The second convolution's padding meets frames that the stream has, but not the sequence.
    network.delay = 3;
    network.first = 1;
    network.late = 3;
    onnx::GraphProto *graph = network.model.mutable_graph();
    add_conv(graph, "input", "a", {4, 4, 5}, {2, 2});
    add_conv(graph, "a", "output", {4, 4, 3}, {1, 1});
    expect_same(network, {1, 4, 24});
}

TEST_F(QuantizeStreaming, StridesPoolsAndUpsampling) {
    Network network = {empty_model({1, 4, 48}, {1, 4, 24}), "1x4x8", 1, 8, 1};
    network.first = 2;  // the pool's padding is no zeros
    onnx::GraphProto *graph = network.model.mutable_graph();
    add_ints(add_conv(graph, "input", "a", {8, 4, 4}, {2, 0}), "strides", {2});
    onnx::NodeProto *pool = add_node(graph, "MaxPool", {"a"}, "b");
    add_ints(pool, "kernel_shape", {2});
    add_ints(pool, "pads", {1, 0});
    add_ints(add_conv(graph, "b", "c", {4, 8, 2}, {0, 0}), "strides", {2});
    add_param(graph, "w_up", {4, 4, 2}, 0.4f);
    add_ints(add_node(graph, "ConvTranspose", {"c", "w_up"}, "output"), "strides", {2});
    // 48 frames: 24, 24, 12, 24. The stride's first window ends two frames into the chunk.
    expect_same(network, {1, 4, 48});
}

TEST_F(QuantizeStreaming, PicturesWithFramesAlongEitherAxis) {
    for (bool rows : {true, false}) {
        const int64_t h = rows ? 24 : 6, w = rows ? 6 : 24;
        Network network = {empty_model({1, 3, h, w}, {1, 5, h / (rows ? 1 : 2), w / (rows ? 2 : 1)}),
                           rows ? "1x3x4x6" : "1x3x6x4", rows ? 1u : 2u, 4, rows ? 1u : 2u};
        onnx::GraphProto *graph = network.model.mutable_graph();
        // Causal over frames, symmetric over the other axis.
        const std::vector<int64_t> kernel = rows ? std::vector<int64_t>{3, 5} : std::vector<int64_t>{5, 3};
        const std::vector<int64_t> pads = rows ? std::vector<int64_t>{2, 2, 0, 2} : std::vector<int64_t>{2, 2, 2, 0};
        add_conv(graph, "input", "a", {16, 3, kernel[0], kernel[1]}, pads);
        add_node(graph, "Relu", {"a"}, "b");
        onnx::NodeProto *depthwise = add_conv(graph, "b", "c", {16, 1, kernel[0], kernel[1]}, pads);
        add_int(depthwise, "group", 16);
        add_ints(depthwise, "strides", rows ? std::vector<int64_t>{1, 2} : std::vector<int64_t>{2, 1});
        add_conv(graph, "c", "output", {5, 16, 1, 1}, {0, 0, 0, 0});
        expect_same(network, {1, 3, (int)h, (int)w});
        EXPECT_THAT(read(m_dir / "out.info"),
                    HasSubstr(rows ? "StreamingCache[frame_axis = 1," : "StreamingCache[frame_axis = 2,"));
    }
}

TEST_F(QuantizeStreaming, FramesMoveToAnotherAxis) {
    Network network = {empty_model({1, 8, 20}, {1, 22, 6}), "1x8x4", 1, 4, 1};
    onnx::GraphProto *graph = network.model.mutable_graph();
    add_conv(graph, "input", "a", {8, 8, 3}, {4, 4});  // both ends, and then the last ones cut off
    for (const auto &[name, value] : {std::pair("zero", 0), std::pair("minus", -4), std::pair("axis", 2)}) {
        onnx::TensorProto *numbers = graph->add_initializer();
        numbers->set_name(name);
        numbers->set_data_type(onnx::TensorProto::INT64);
        numbers->add_dims(1);
        numbers->add_int64_data(value);
    }
    add_node(graph, "Slice", {"a", "zero", "minus", "axis"}, "cut");
    add_ints(add_node(graph, "Transpose", {"cut"}, "turned"), "perm", {0, 2, 1});
    add_param(graph, "w_m", {8, 6}, 0.4f);
    add_node(graph, "MatMul", {"turned", "w_m"}, "product");
    add_param(graph, "scale", {6}, 1.f);
    add_param(graph, "bias", {6}, 0.1f);
    add_node(graph, "LayerNormalization", {"product", "scale", "bias"}, "output");
    network.model.mutable_opset_import(0)->set_version(17);
    network.delay = -2;
    network.first = 2;
    expect_same(network, {1, 8, 20});
}

TEST_F(QuantizeStreaming, RefusedWithTheReason) {
    auto refused = [&](const std::function<void(onnx::GraphProto *)> &add, const std::string &reason,
                       const std::string &chunk = "1x4x4") {
        onnx::ModelProto model = empty_model({1, 4, 24}, {1, 4, 24});
        add(model.mutable_graph());
        write_model(model);
        expect_refused(reason, "--streaming " + chunk);
    };
    write_calibration({4, 4, 24});
    auto causal = [](onnx::GraphProto *graph) { add_conv(graph, "input", "output", {4, 4, 3}, {2, 0}); };
    refused(causal, "a chunk of input 'input' must have the input's sizes but along one axis", "1x4x24");
    refused(causal, "a chunk of input 'input'", "1x3x4");
    refused(causal, "a chunk of input 'input'", "1x4x25");
    refused(causal, "a chunk of input 'input'", "1x4");
    refused(causal, "--streaming: the model has no input 'x'; did you mean 'input'?", "x=1x4x4");
    refused(causal, "--streaming: '1x4xq' is not", "1x4xq");
    refused([](auto *graph) { add_node(graph, "GlobalAveragePool", {"input"}, "output"); },
            "node '/output' (GlobalAveragePool): cannot be computed in chunks: it needs all frames at once");
    refused([](auto *graph) { add_node(graph, "Softmax", {"input"}, "output"); }, "it works along the frames");
    refused([](auto *graph) { add_node(graph, "Flatten", {"input"}, "output"); }, "it mixes frames with another axis");
    refused(
        [](auto *graph) {
            add_conv(graph, "input", "a", {4, 4, 3}, {1, 1});
            add_node(graph, "Add", {"input", "a"}, "output");
        },
        "'a' comes 1 frame late, its other input 0 frames");
    refused(
        [](auto *graph) {
            add_param(graph, "position", {1, 4, 24}, 1);
            add_node(graph, "Add", {"input", "position"}, "output");
        },
        "'position' is another one for each frame");
    refused(
        [](auto *graph) {
            add_ints(add_conv(graph, "input", "output", {4, 4, 3}, {2, 0}), "strides", {3});
        },
        "a chunk has 4 frames here, its stride is 3");
    refused(
        [](auto *graph) {
            add_conv(graph, "input", "output", {4, 4, 23}, {0, 0});
        },
        "none is left to compare", "1x4x9");
}

}  // namespace
