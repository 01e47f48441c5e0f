// The network that reads chunks, compared with the one that reads whole sequences.

#include <algorithm>

#include "export/exporter.hpp"

namespace quantize {

namespace {

using torch::Tensor;

/** The first frames of a sequence that fill whole chunks. */
Tensor whole_chunks(const Tensor &sequence, const Frames &frames) {
    return sequence.narrow(frames.axis, 0, frames.length / frames.chunk * frames.chunk).contiguous();
}

}  // namespace

/** Throws Error unless the frames that do not depend on padding are equal. */
void Exporter::compare_stream(const Var *output, const Frames &frames, const Tensor &whole) {
    const Tensor &stream = m_test_values.at(output);
    const int64_t first = std::max({frames.first, -frames.delay, INT64_C(0)});
    const int64_t count = std::min(frames.end, stream.size(frames.axis) - frames.delay) - first;
    const std::string what = "--streaming: output '" + output->name + "' ";
    if (count < 1) {
        throw Error(what + "comes " + std::to_string(frames.delay) + " frames late: of a sequence of " +
                    std::to_string(frames.length) + " frames none is left to compare, use longer ones");
    }
    const Tensor a = whole.narrow(frames.axis, first, count);
    const Tensor b = stream.narrow(frames.axis, first + frames.delay, count);
    // Functions in float may differ in the last bit with the place of an element.
    const bool integers = output->source->quantized && output->source->out[output->source_index]->has_scale();
    if (integers ? !torch::equal(a, b) : !torch::allclose(a, b, 2e-5, 1e-6)) {
        throw Error(what + "is another one in chunks than for the whole sequence: " +
                    std::to_string((a != b).sum().item<int64_t>()) + " of " + std::to_string(a.numel()) + " elements");
    }
    const std::string prefix = "stream." + output->name + ".";
    m_options.metadata[prefix + "frames"] = std::to_string(frames.chunk);
    m_options.metadata[prefix + "delay"] = std::to_string(frames.delay);
    m_streaming.push_back("output '" + output->name + "': " + std::to_string(frames.chunk) + " frames a chunk, " +
                          std::to_string(frames.delay) + " late; " + std::to_string(count) + " of " +
                          std::to_string(whole.size(frames.axis)) + " frames compared, from frame " +
                          std::to_string(first) + " on, are those of the whole sequence");
}

void Exporter::stream() {
    const Values whole = m_test_values;
    const auto frames = insert_caches(m_graph, m_options.chunks);
    Batch chunk = *m_options.test_input;
    for (size_t i = 0; i < m_graph.inputs.size(); i++) {
        auto found = frames.find(m_graph.inputs[i]);
        if (found != frames.end()) {
            Tensor &sequence = (*m_options.test_input)[i];
            sequence = whole_chunks(sequence, found->second);
            chunk[i] = sequence.narrow(found->second.axis, 0, found->second.chunk).contiguous();
            m_options.metadata["stream." + m_graph.inputs[i]->name + ".frames"] = std::to_string(found->second.chunk);
        }
    }
    m_quantizer.executor().refresh();
    simulate_test();
    for (const Var *output : m_graph.outputs) {
        compare_stream(output, frames.at(output), whole.at(output));
    }
    // Chunks overlap in what is behind a cache: there is no such sequence.
    for (const auto &op : m_graph.ops) {
        if (op->type == "StreamingCache") {
            m_test_values.erase(op->outputs[0]);
        }
    }
    m_quantizer.executor().trace(m_quantizer.feed(chunk));
    fix_frames(m_graph, frames);
}

}  // namespace quantize
