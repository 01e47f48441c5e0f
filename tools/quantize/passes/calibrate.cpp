// Scales of what is constant, and of what calibration shows.

#include <algorithm>

#include "numerics/observer.hpp"
#include "passes/quantizer.hpp"

namespace quantize {

namespace {

using torch::Tensor;

}  // namespace

void Quantizer::observe_params() {
    for (auto &op : m_graph.ops) {
        for (size_t i = 0; op->quantized && i < op->inputs.size(); i++) {
            Record *record = op->in[i];
            Var *var = op->inputs[i];
            if (!var || !var->is_param || record->state != State::INITIAL || !var->value.is_floating_point()) {
                continue;
            }
            const Tensor value = var->value.to(torch::kFloat).contiguous();
            if (value.numel() == 0) {
                throw Error("node '" + op->name + "': param '" + var->name + "' is empty");
            }
            if (record->channel_axis >= 0) {
                const Tensor rows = value.transpose(0, record->channel_axis)
                                        .contiguous()
                                        .reshape({value.size(record->channel_axis), -1});
                const Tensor low = std::get<0>(rows.min(1)).contiguous(), high = std::get<0>(rows.max(1)).contiguous();
                for (int64_t c = 0; c < rows.size(0); c++) {
                    record->exponents.push_back(
                        exponent_of_range(low.data_ptr<float>()[c], high.data_ptr<float>()[c], record->bits));
                }
            } else {
                const auto [low, high] = percentile_range(value);
                record->exponents = {exponent_of_range(low, high, record->bits)};
            }
            record->state = State::ACTIVATED;
        }
    }
}

Quantizer::FoundScales Quantizer::calibrate(const Samples &batches) {
    std::map<Record *, Observer> observers;
    for (auto &op : m_graph.ops) {
        auto add = [&](Record *record, Var *var) {
            if (record->state == State::INITIAL && var && var->dtype != torch::kLong && var->dtype != torch::kInt) {
                // mse compares ranges of 1 to 9 bins for each level. The reference gives it 2048 bins whatever the
                // levels are, which makes the range 32 times too wide for 16 bits.
                const int mse_bins = m_settings.reference_errors ? 2048 : 8 << record->bits;
                observers.emplace(record,
                                  Observer(m_settings.observer, record->bits, record->histogram_bins, mse_bins));
            }
        };
        for (size_t i = 0; i < op->in.size(); i++) {
            add(op->in[i], op->inputs[i]);
        }
        for (size_t i = 0; i < op->out.size(); i++) {
            add(op->out[i], op->outputs[i]);
        }
    }
    if (observers.empty()) {
        return {};  // all scales are given
    }
    bool second = false;
    RunOptions options;
    options.observe = [&](Op *op, const std::vector<Tensor> &inputs, const std::vector<Tensor> &outputs) {
        auto look = [&](Record *record, const Tensor &value) {
            auto observer = observers.find(record);
            if (observer != observers.end() && value.defined()) {
                second ? observer->second.second(value) : observer->second.first(value);
            }
        };
        for (size_t i = 0; i < op->in.size(); i++) {
            look(op->in[i], inputs[i]);
        }
        for (size_t i = 0; i < op->out.size(); i++) {
            look(op->out[i], outputs[i]);
        }
    };
    const bool two_passes = std::any_of(observers.begin(), observers.end(),
                                        [](const auto &entry) { return entry.second.wants_second_pass(); });
    m_executor->refresh();
    const int passes = two_passes ? 2 : 1;
    for (int pass = 0; pass < passes; pass++) {
        second = pass == 1;
        for (int step = 0; step < m_settings.calib_steps; step++) {
            m_progress("calibration",
                       (static_cast<double>(pass) * m_settings.calib_steps + step) / (passes * m_settings.calib_steps));
            m_executor->run(feed(batches[step % batches.size()]), options);
        }
    }
    FoundScales found;
    for (auto &[record, observer] : observers) {
        record->state = State::ACTIVATED;
        if (m_settings.observer != "auto") {
            record->exponents = {observer.exponent(m_settings.observer)};
            found[record] = record->exponents;
            continue;
        }
        for (const char *method : OBSERVERS) {
            found[record].push_back(observer.exponent(method));
        }
    }
    return found;
}

}  // namespace quantize
