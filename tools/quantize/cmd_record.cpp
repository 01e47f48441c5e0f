#include "commands.hpp"
#include "import/onnx_import.hpp"
#include "numerics/executor.hpp"
#include "passes/rewrite.hpp"
#include "recording.hpp"

namespace quantize {

int record_command(const Options &options) {
    auto graph = import_onnx(options.model, import_options(options));
    infer_shapes(*graph);
    simplify(*graph);
    espdl_tool::Recording feed, recording;
    std::string error;
    if (!espdl_tool::load_recording(options.feed, feed, error)) {
        throw Error(error);
    }
    Values values;
    for (const Var *input : graph->inputs) {
        const espdl_tool::RecordedTensor *given = feed.find(input->name);
        if (!given) {
            throw Error("--feed: '" + options.feed + "' has no value for input '" + input->name + "'");
        }
        const std::vector<float> floats = espdl_tool::to_floats(given->value);
        std::vector<int64_t> shape(given->value.shape.begin(), given->value.shape.end());
        torch::Tensor tensor = torch::tensor(floats).reshape(shape);
        if (shape != input->shape && shape.size() > 2) {
            tensor = tensor.movedim(-1, 1).contiguous();
        }
        if (tensor.sizes().vec() != input->shape) {
            throw Error("--feed: input '" + input->name + "' has other dimensions than the network's");
        }
        values[input] = tensor.to(input->dtype);
        recording.tensors.push_back(*given);
    }
    Executor executor(*graph, Target::P4);
    RunOptions running;
    running.keep_all = true;
    running.enabled = [](const Op *, Record *) { return false; };
    values = executor.run(values, running);
    for (const Op *op : graph->execution_order()) {
        for (const Var *output : op->outputs) {
            auto found = values.find(output);
            if (found == values.end() || !found->second.defined()) {
                continue;
            }
            const torch::Tensor tensor = found->second.to(torch::kFloat).contiguous();
            espdl_tool::RecordedTensor recorded;
            recorded.value.name = output->name;
            recorded.value.dtype = dl::DATA_TYPE_FLOAT;
            recorded.value.shape.assign(tensor.sizes().begin(), tensor.sizes().end());
            const uint8_t *bytes = reinterpret_cast<const uint8_t *>(tensor.data_ptr<float>());
            recorded.value.data.assign(bytes, bytes + tensor.numel() * sizeof(float));
            recorded.is_output = graph->is_output(output);
            recording.tensors.push_back(std::move(recorded));
        }
    }
    if (!espdl_tool::save_recording(options.output, recording, false, error)) {
        throw Error(error);
    }
    return 0;
}

}  // namespace quantize
