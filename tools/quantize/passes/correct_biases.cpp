// Bias correction: off unless asked for.

#include <algorithm>

#include "passes/blocks.hpp"
#include "passes/quantizer.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

}  // namespace

void Quantizer::correct_biases(const Samples &batches) {
    torch::NoGradGuard no_grad;
    RunOptions in_float, quantized;
    in_float.keep_all = quantized.keep_all = true;
    in_float.enabled = [](const Op *, Record *) { return false; };
    const std::vector<Block> blocks = training_blocks(m_graph, m_settings.bias_correction_block);
    for (size_t b = 0; b < blocks.size(); b++) {
        const Block &block = blocks[b];
        m_progress("bias correction", static_cast<double>(b) / static_cast<double>(blocks.size()));
        // What the block reads from outside: from the quantized graph; what it should give: from the float graph.
        std::vector<Values> feeds;
        std::vector<Tensor> goals;
        for (size_t i = 0; i < batches.size(); i++) {
            const Batch batch = batches[i];
            Values all = m_executor->run(feed(batch), quantized);
            Values inside;
            for (Op *op : block.ops) {
                for (Var *var : op->inputs) {
                    if (var && !var->is_param && all.count(var) &&
                        std::find(block.ops.begin(), block.ops.end(), var->source) == block.ops.end()) {
                        inside[var] = all[var];
                    }
                }
            }
            feeds.push_back(inside);
            goals.push_back(m_executor->run(feed(batch), in_float)[block.end->outputs[0]]);
        }
        RunOptions block_float = in_float, block_quantized = quantized;
        block_float.only = block_quantized.only = &block.ops;
        auto loss = [&] {
            double sum = 0;
            for (size_t i = 0; i < feeds.size(); i++) {
                const Tensor y = m_executor->run(feeds[i], block_quantized)[block.end->outputs[0]];
                sum += torch::mse_loss(y.to(torch::kFloat), goals[i].to(torch::kFloat)).item<double>();
            }
            return sum / static_cast<double>(feeds.size());
        };
        const double before = loss();
        std::map<Op *, std::pair<Tensor, Tensor>> means;  // float, quantized
        auto add_mean = [&](const Values &values, bool quantized_side) {
            for (Op *op : block.ops) {
                if (!op->is(operators::WEIGHTED) || !op->input(2) || !op->input(2)->is_param) {
                    continue;
                }
                const Tensor y = values.at(op->outputs[0]);
                Ints axes;
                for (int64_t axis = 0; axis < y.dim(); axis++) {
                    if (op->type == "Gemm" ? axis == 0 : axis != 1) {
                        axes.push_back(axis);
                    }
                }
                Tensor &sum = quantized_side ? means[op].second : means[op].first;
                const Tensor mean = y.mean(axes) / static_cast<double>(feeds.size());
                sum = sum.defined() ? sum + mean : mean;
            }
        };
        for (const Values &inside : feeds) {
            add_mean(m_executor->run(inside, block_float), false);
        }
        for (const Values &inside : feeds) {
            add_mean(m_executor->run(inside, block_quantized), true);
        }
        std::map<Op *, Tensor> saved;
        for (auto &[op, mean] : means) {
            saved[op] = op->inputs[2]->value;
            if (!op->inputs[2]->original.defined()) {
                op->inputs[2]->original = saved[op];
            }
            op->inputs[2]->value = saved[op] + (mean.first - mean.second).to(saved[op].scalar_type());
        }
        m_executor->refresh();
        if (loss() > before) {
            for (auto &[op, value] : saved) {
                op->inputs[2]->value = value;
            }
            m_executor->refresh();
        }
    }
}

}  // namespace quantize
