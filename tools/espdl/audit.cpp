#include "audit.hpp"

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <set>

#include "dl_tool.hpp"

namespace espdl_tool {

namespace {

/** The ends of their outputs' type are results: a sigmoid's 1 is meant. */
const std::set<std::string> BOUNDED = {"Sigmoid", "HardSigmoid", "Softmax", "Tanh", "Clip", "LogSoftmax"};
/** Their results are values of their inputs: a coarser scale loses bits that the input had. */
const std::set<std::string> PASSING = {"Concat", "Reshape", "Relu",    "MaxPool", "Transpose", "Slice", "Split",
                                       "Resize", "Gather",  "Flatten", "Squeeze", "Unsqueeze", "Pad",   "Identity"};

template <typename T>
void count(const Value &value, TensorAudit &audit) {
    constexpr int LOWEST = std::numeric_limits<T>::min(), HIGHEST = std::numeric_limits<T>::max();
    constexpr int BIN = (HIGHEST - LOWEST + 1) / static_cast<int>(AUDIT_BINS);
    const size_t elements = value.data.size() / sizeof(T), channels = audit.channel_least.size();
    for (size_t i = 0; i < elements; i++) {
        T element;
        memcpy(&element, value.data.data() + i * sizeof(T), sizeof(T));
        const int v = element;
        audit.low += v == LOWEST;
        audit.high += v == HIGHEST;
        audit.zeros += v == 0;
        audit.least = std::min(audit.least, v);
        audit.greatest = std::max(audit.greatest, v);
        audit.histogram[static_cast<size_t>((v - LOWEST) / BIN)]++;
        if (channels > 0) {
            int &least = audit.channel_least[i % channels], &greatest = audit.channel_greatest[i % channels];
            least = std::min(least, v);
            greatest = std::max(greatest, v);
        }
    }
    audit.elements += static_cast<int64_t>(elements);
}

std::string percent(double share) {
    char text[32];
    snprintf(text, sizeof(text), "%.2f %%", 100 * share);
    return text;
}

}  // namespace

int TensorAudit::bits() const {
    return dtype == dl::DATA_TYPE_INT8 ? 8 : 16;
}

double TensorAudit::saturation() const {
    return elements > 0 ? static_cast<double>(low + high) / static_cast<double>(elements) : 0;
}

int TensorAudit::unused_bits() const {
    int unused = 0;
    if (elements == 0 || (least == 0 && greatest == 0)) {
        return 0;
    }
    const int end = 1 << (bits() - 1);
    while (greatest * (2 << unused) < end && least * (2 << unused) >= -end) {
        unused++;
    }
    return unused;
}

std::vector<int> TensorAudit::dead_channels() const {
    std::vector<int> dead;
    for (size_t i = 0; i < channel_least.size(); i++) {
        if (channel_least[i] == channel_greatest[i]) {
            dead.push_back(static_cast<int>(i));
        }
    }
    return dead;
}

void TensorAudit::add(const Value &value) {
    const size_t channels =
        value.shape.size() == 4 && value.shape[1] * value.shape[2] > 1 ? static_cast<size_t>(value.shape[3]) : 0;
    if (channel_least.empty() && channels > 0) {
        channel_least.assign(channels, INT_MAX);
        channel_greatest.assign(channels, INT_MIN);
    }
    name = value.name;
    dtype = value.dtype;
    exponent = value.exponent;
    shape = value.shape;
    if (dtype == dl::DATA_TYPE_INT8) {
        count<int8_t>(value, *this);
    } else {
        count<int16_t>(value, *this);
    }
}

void TensorAudit::add(const TensorAudit &other) {
    if (elements == 0) {
        *this = other;
        return;
    }
    elements += other.elements;
    low += other.low;
    high += other.high;
    zeros += other.zeros;
    least = std::min(least, other.least);
    greatest = std::max(greatest, other.greatest);
    for (size_t i = 0; i < AUDIT_BINS; i++) {
        histogram[i] += other.histogram[i];
    }
    for (size_t i = 0; i < std::min(channel_least.size(), other.channel_least.size()); i++) {
        channel_least[i] = std::min(channel_least[i], other.channel_least[i]);
        channel_greatest[i] = std::max(channel_greatest[i], other.channel_greatest[i]);
    }
}

bool add_value(TensorAudits &audits, const Value &value) {
    if (value.dtype != dl::DATA_TYPE_INT8 && value.dtype != dl::DATA_TYPE_INT16) {
        return false;
    }
    audits[value.name].add(value);
    return true;
}

void add_audits(TensorAudits &audits, const TensorAudits &other) {
    for (const auto &[name, audit] : other) {
        audits[name].add(audit);
    }
}

std::vector<InputAudit> audit_input(dl::dtype_t dtype, int exponent, const std::vector<float> &mean,
                                    const std::vector<float> &std) {
    std::vector<InputAudit> result;
    if (dtype != dl::DATA_TYPE_INT8 && dtype != dl::DATA_TYPE_INT16) {
        return result;
    }
    const int end = dtype == dl::DATA_TYPE_INT8 ? 128 : 32768;
    const double step = std::exp2(exponent);
    for (size_t channel = 0; channel < mean.size(); channel++) {
        InputAudit audit;
        audit.channel = static_cast<int>(channel);
        audit.representable_low = -end * step;
        audit.representable_high = (end - 1) * step;
        double largest = 0;
        for (int value = 0; value < 256; value++) {
            const double steps = (static_cast<double>(value) - mean[channel]) / std[channel] / step;
            // The upper end is one step nearer: 1.0 in steps of 1/128 is 127, which nobody notices.
            const double excess = std::max(steps - (end - 1), -end - steps);
            audit.worst_excess = std::max(audit.worst_excess, excess);
            audit.cut_values += excess > 1;
            largest = std::max(largest, std::fabs(steps));
        }
        audit.low = (0.0 - mean[channel]) / std[channel];
        audit.high = (255.0 - mean[channel]) / std[channel];
        while (largest > 0 && largest * (2 << audit.unused_bits) <= end) {
            audit.unused_bits++;
        }
        result.push_back(audit);
    }
    return result;
}

std::vector<Finding> audit_findings(const TensorAudits &audits, fbs::FbsModel &graph, double max_saturation) {
    std::vector<Finding> findings;
    const std::vector<std::string> results = graph.get_graph_outputs();
    for (const std::string &node : graph.topological_sort()) {
        std::vector<std::string> inputs, outputs;
        graph.get_operation_inputs_and_outputs(node, inputs, outputs);
        const std::string op = graph.get_operation_type(node);
        for (const std::string &output : outputs) {
            const auto at = audits.find(output);
            if (at == audits.end()) {
                continue;
            }
            const TensorAudit &audit = at->second;
            if (audit.saturation() > max_saturation && !BOUNDED.count(op)) {
                // What a head gives at the low end is far below every threshold.
                const bool is_output = std::find(results.begin(), results.end(), output) != results.end();
                const bool is_low =
                    static_cast<double>(audit.high) / static_cast<double>(audit.elements) <= max_saturation;
                findings.push_back({!(is_output && is_low), "saturation", output,
                                    percent(audit.saturation()) + " of the values are at the ends of the type (" +
                                        percent(static_cast<double>(audit.low) / static_cast<double>(audit.elements)) +
                                        " low, " +
                                        percent(static_cast<double>(audit.high) / static_cast<double>(audit.elements)) +
                                        " high): the scale 2^" + std::to_string(audit.exponent) + " is too fine"});
            }
            if (audit.unused_bits() >= 2) {
                findings.push_back({false, "unused bits", output,
                                    "values from " + std::to_string(audit.least) + " to " +
                                        std::to_string(audit.greatest) + ": the scale could be " +
                                        std::to_string(audit.unused_bits()) + " bits finer"});
            }
            const size_t dead = audit.dead_channels().size();
            if (dead > 0 && (op == "Conv" || op == "Gemm" || op == "ConvTranspose" || op == "Relu")) {
                findings.push_back({false, "dead channels", output,
                                    std::to_string(dead) + " of " + std::to_string(audit.channel_least.size()) +
                                        " channels have one value in all pictures"});
            }
            for (const std::string &input : inputs) {
                const auto from = audits.find(input);
                const int lost = from == audits.end() ? 0 : audit.exponent - from->second.exponent;
                if (PASSING.count(op) && lost > 0 && from->second.dtype == audit.dtype) {
                    // Concat takes the coarsest of its inputs' scales; elsewhere nothing asks for a coarser one.
                    findings.push_back({lost >= 2 && op != "Concat", "exponents", output,
                                        op + " takes '" + input + "' in 2^" + std::to_string(from->second.exponent) +
                                            " and gives 2^" + std::to_string(audit.exponent) + ": " +
                                            std::to_string(lost) + (lost == 1 ? " bit is" : " bits are") + " lost"});
                }
            }
        }
    }
    return findings;
}

}  // namespace espdl_tool
