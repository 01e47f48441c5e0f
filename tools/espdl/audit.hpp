/**
 * @file audit.hpp
 * What a quantized network's tensors look like over many pictures: how well the values fill their type, and where they
 * are cut off.
 */
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runner.hpp"

namespace espdl_tool {

constexpr size_t AUDIT_BINS = 32;

/** One integer tensor over all pictures. Sums of integers alone: the order of pictures does not matter. */
struct TensorAudit {
    std::string name, node, op;
    dl::dtype_t dtype = dl::DATA_TYPE_UNDEFINED;
    int exponent = 0;
    std::vector<int> shape;
    int64_t elements = 0, low = 0, high = 0, zeros = 0;  ///< low, high: at the ends of the type
    int least = INT32_MAX, greatest = INT32_MIN;
    std::array<int64_t, AUDIT_BINS> histogram = {};    ///< the type's range in equal parts
    std::vector<int> channel_least, channel_greatest;  ///< of the last dimension

    int bits() const;
    /** Share of elements at either end. */
    double saturation() const;
    /** How many bits finer the scale could be without cutting anything off; 0 for a tensor that is always 0. */
    int unused_bits() const;
    /** Channels that have one value in all pictures and places; {} for a tensor without channels. */
    std::vector<int> dead_channels() const;
    void add(const Value &value);
    void add(const TensorAudit &other);
};

/** All tensors of a run, by name. */
using TensorAudits = std::map<std::string, TensorAudit>;
/** @return false for what is no 8- or 16-bit integer, which cannot saturate */
bool add_value(TensorAudits &audits, const Value &value);
void add_audits(TensorAudits &audits, const TensorAudits &other);

/** What the preprocessing makes of a channel's 256 values, against what the input can hold. */
struct InputAudit {
    int channel = 0;
    double low = 0, high = 0;  ///< of values 0 and 255
    double representable_low = 0, representable_high = 0;
    double worst_excess = 0;  ///< steps beyond the end
    int cut_values = 0;       ///< of the 256, by more than a step
    int unused_bits = 0;
};
std::vector<InputAudit> audit_input(dl::dtype_t dtype, int exponent, const std::vector<float> &mean,
                                    const std::vector<float> &std);

/** Something worth a look. */
struct Finding {
    bool is_problem;  ///< else a note
    std::string kind, tensor, text;
};

/**
 * What stands out.
 * @param max_saturation share of elements at the ends that is still fine
 * @param graph          tells which node makes what of what
 */
std::vector<Finding> audit_findings(const TensorAudits &audits, fbs::FbsModel &graph, double max_saturation);

}  // namespace espdl_tool
