// Constants and tables as the chip reads them.

#include <cmath>

#include "export/exporter.hpp"
#include "numerics/chip.hpp"
#include "numerics/rounding.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

int block_of(const Op *op) {
    return op->bits == 8 ? 16 : 8;
}

}  // namespace

void Exporter::make_tables() {
    int count = 0;
    for (Op *op : m_graph.execution_order()) {
        const int step = op->quantized ? step_of_table(*op, m_quantizer.settings().lut_step) : 0;
        if (!op->quantized || (op->bits == 16 && step <= 0) || !op->in[0]->has_scale() || !op->out[0]->has_scale() ||
            op->in[0]->bits != op->out[0]->bits || op->in[0]->state == State::FP32 ||
            op->out[0]->state == State::FP32) {
            continue;
        }
        const std::string &t = op->type;
        const bool one_slope = t == "PRelu" && op->input(1) && op->input(1)->value.numel() == 1;
        const bool plain =
            op->is(operators::TABLE) && op->outputs.size() == 1 && (op->inputs.size() == 1 || t == "Clip");
        if (!plain && !one_slope) {
            continue;
        }
        std::vector<float> inputs;
        if (op->bits == 8) {
            for (int i = -128; i < 128; i++) {
                inputs.push_back(static_cast<float>(i));
            }
        } else {
            for (int i = -32768; i <= (step == 1 ? 32767 : 32768); i += step) {
                inputs.push_back(static_cast<float>(i));
            }
        }
        const double scale = std::ldexp(1.0, op->in[0]->scale_exponents()[0]);
        std::vector<Tensor> values = {torch::tensor(inputs) * scale};
        for (size_t i = 1; i < op->inputs.size(); i++) {
            Tensor extra = op->inputs[i] ? op->inputs[i]->value : Tensor();
            if (extra.defined() && op->in[i]->has_scale() && op->in[i]->state != State::FP32) {
                extra = fake_quantize(extra, op->in[i], m_target);
            }
            values.push_back(extra.defined() && extra.numel() == 1 ? extra.flatten() : extra);
        }
        Op copy = *op;
        const Tensor result = run_op(copy, values, nullptr, m_target)[0];
        const Tensor table =
            quantize_values(result, op->out[0], m_target).to(op->bits == 8 ? torch::kChar : torch::kShort).contiguous();
        const std::string name = t + "_lut_" + std::to_string(count++);
        op->attributes["lut"] = name;
        m_tables.push_back({name, {table, op->out[0]->scale_exponents()[0]}});
    }
}

Exporter::Stored Exporter::block_weights(const Op *op, const Tensor &ints, bool matmul) const {
    const int64_t A = block_of(op);
    auto blocked = [&](const Tensor &w, bool depthwise) {
        // w: [N, C, H, W]
        const int64_t N = w.size(0), C = w.size(1), H = w.size(2), W = w.size(3), M = N / A * A;
        if (m_target == Target::C) {
            return (depthwise ? w.permute({2, 3, 1, 0}) : w.permute({0, 2, 3, 1})).contiguous().flatten();
        }
        std::vector<Tensor> parts;
        if (M > 0) {
            parts.push_back(
                w.slice(0, 0, M).reshape({N / A, A, C, H, W}).permute({0, 3, 4, 2, 1}).contiguous().flatten());
        }
        if (M < N) {
            const Tensor rest = w.slice(0, M, N);
            parts.push_back(
                (depthwise ? rest.permute({1, 2, 3, 0}) : rest.permute({0, 2, 3, 1})).contiguous().flatten());
        }
        return torch::cat(parts);
    };
    Stored stored;
    if (matmul) {
        const int64_t c = ints.size(-2), n = ints.size(-1);
        const Tensor matrices = ints.reshape({-1, c, n});
        std::vector<Tensor> parts;
        for (int64_t i = 0; i < matrices.size(0); i++) {
            parts.push_back(blocked(matrices[i].t().reshape({n, c, 1, 1}), false));
        }
        stored.value = torch::cat(parts);
        stored.dims = ints.sizes().vec();
        stored.layout = m_target == Target::C
                            ? "NHWC"
                            : "(N/" + std::to_string(A) + ")HWC" + std::to_string(A) + (n % A ? "_UNALIGNED" : "");
        return stored;
    }
    Tensor w = ints;
    const bool gemm = op->type == "Gemm", one = !gemm && w.dim() == 3;
    if (gemm) {
        w = (op->get<int64_t>("transB", 0) ? w : w.t()).unsqueeze(-1).unsqueeze(-1);
    } else if (one) {
        w = w.unsqueeze(2);
    }
    const bool depthwise = !gemm && op->get<int64_t>("group", 1) > 1;
    const int64_t N = w.size(0), C = w.size(1), H = w.size(2), W = w.size(3);
    stored.value = blocked(w, depthwise);
    stored.dims = depthwise ? Ints{H, W, N, C} : Ints{H, W, C, N};
    if (one) {
        stored.dims.erase(stored.dims.begin());
    }
    const std::string spatial = one ? "W" : "HW";
    if (m_target == Target::C) {
        stored.layout = depthwise ? spatial + "CN" : "N" + spatial + "C";
    } else {
        stored.layout =
            "(N/" + std::to_string(A) + ")" + spatial + "C" + std::to_string(A) + (N % A ? "_UNALIGNED" : "");
    }
    return stored;
}

void Exporter::store_params() {
    for (Op *op : m_graph.execution_order()) {
        for (size_t i = 0; i < op->inputs.size(); i++) {
            Var *var = op->inputs[i];
            if (!var || !var->is_param) {
                continue;
            }
            auto permuted = m_permuted.find(var);
            Stored stored = {var->value.contiguous(), var->value.sizes().vec(),
                             permuted == m_permuted.end() ? "UNK" : permuted->second};
            auto config = m_config.find(var);
            if (op->quantized && config != m_config.end() && var->value.is_floating_point()) {
                Record *record = config->second;
                const int bits = record->bits;
                // Rounded in float as the simulation does, but limited as an integer: the largest 32-bit bias is no
                // float.
                const Tensor value = op->high_precision ? var->value.to(torch::kDouble) : var->value;
                const Tensor rounded = round_by(value / scale_of(value, record), m_target).to(torch::kDouble);
                const Tensor wide = torch::clamp(rounded, record->qmin(), record->qmax());
                const torch::ScalarType type = bits <= 8    ? torch::kChar
                                               : bits <= 16 ? torch::kShort
                                               : bits <= 32 ? torch::kInt
                                                            : torch::kLong;
                stored.value = wide.to(type).contiguous();
                const bool weights = i == 1 && (op->type == "Conv" || op->type == "Gemm");
                if (weights || (i == 1 && op->type == "MatMul" && var->value.dim() >= 2)) {
                    if (op->type == "Gemm") {
                        if (op->get<double>("alpha", 1.0) != 1.0 || op->get<double>("beta", 1.0) != 1.0) {
                            throw Error("node '" + op->name + "' (Gemm): alpha and beta must be 1");
                        }
                    }
                    stored = block_weights(op, stored.value, !weights);
                    if (op->type == "Gemm") {
                        op->attributes["transB"] = static_cast<int64_t>(0);
                    }
                }
            }
            m_stored[var] = stored;
        }
    }
}

}  // namespace quantize
