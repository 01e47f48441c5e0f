/**
 * @file quantizer.hpp
 * Decides every scale: records, sharing, observation of params and activations, alignment.
 */
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "graph/samples.hpp"
#include "numerics/executor.hpp"

namespace quantize {

/** Raised when the same inputs give other bytes. */
inline constexpr const char *VERSION = "1.0";

/** Scales and weights that are trained against the float network. */
struct TrainingSettings {
    std::string method;        ///< tqt, lsq: scales, weights and biases; adaround: roundings and biases; "": none
    int steps = 500;           ///< of adaround: for each block
    double rate = 1e-3;        ///< of weights, relative to the mean of their layer's
    double scale_rate = 1e-2;  ///< of scales, in powers of two
    uint32_t seed = 0;         ///< of the order of samples
};

/** Channels that a layer gets twice: together the two do what the one did. */
struct ChannelSplit {
    std::string layer;
    std::vector<int64_t> channels;  ///< of its output; the second ones come behind all others
    /** The layers behind read equal channels with half the weights; else they read half the values each time. */
    bool halves_weights = false;
};

struct Settings {
    Target target = Target::P4;
    int bits = 8;
    bool high_precision = false;
    std::string observer = "kl";  ///< auto, kl, minmax, percentile, mse
    int calib_steps = 32;
    /** Per operator: other bits (8, 16), or 0 for float. */
    std::map<std::string, int> dispatch;
    /** Output scales given by the user. */
    std::map<std::string, double> focused_scales;
    /** Of tensors, by name: none of these is observed. */
    std::map<std::string, GivenScale> given_scales;

    bool equalization = false;
    int equalization_iterations = 10, equalization_level = 1;
    double equalization_threshold = 0.5;
    bool equalization_bias = false;
    std::vector<std::string> equalization_layers;

    std::vector<std::string> split_layers;
    double split_threshold = 2.0;
    std::vector<ChannelSplit> channel_splits;  ///< one after the other
    bool bias_correction = false;
    int bias_correction_block = 4;
    TrainingSettings training;

    bool measure_passes = false;  ///< what each pass gives, even if only that costs time

    int lut_step = -1;                   ///< of 16-bit tables; 0: none; -1: as large as the results allow
    bool free_recurrent_inputs = false;  ///< what GRU and LSTM read keeps its scale, and is converted
    /** Scales and rewrites as the reference quantizer has them by default. */
    bool reference = false;
    /** Repeat those errors of the reference quantizer that change a network of the comparison. */
    bool reference_errors = false;
};

/** Told what is being done; share is 0 to 1, or negative if unknown. */
using Progress = std::function<void(const std::string &what, double share)>;

/** What a pass has changed: signal to noise in dB, the mean over the outputs. */
struct PassGain {
    static constexpr const char *HELD_OUT = "the part of the calibration set that was not trained on";
    std::string pass;
    std::string details;  ///< in front of the figures, if there are any: "40 steps"
    double before = 0, after = 0;
    std::string samples = "the calibration set";  ///< on which it was measured
};

class Quantizer {
public:
    Quantizer(Graph &graph, const Settings &settings, Progress progress);

    /** Everything from dispatching to passive params. The graph was simplified. */
    void quantize(const Samples &calibration);

    Graph &graph() { return m_graph; }
    const Settings &settings() const { return m_settings; }
    Values feed(const Batch &batch) const;
    Executor &executor() { return *m_executor; }
    /** Lines worth a user's attention: clipped biases, alignments that saturate. */
    const std::vector<std::string> &warnings() const { return m_warnings; }
    /** Passes that have been measured, in their order. */
    const std::vector<PassGain> &gains() const { return m_gains; }
    /** Signal to noise in front of bias correction and training, if passes are measured. */
    std::optional<double> calibrated() const { return m_calibrated; }
    /** The scales of all tensors in front of training, by name: as Settings takes them. */
    const std::map<std::string, GivenScale> &scales() const { return m_scales; }

private:
    void add_gain(const PassGain &gain) { m_gains.push_back(gain); }
    void dispatch();
    bool find_layer(const std::string &option, const std::string &name);
    void create_records();
    void fusion_pass();
    void simplify_pass();
    void take_given_scales();
    void observe_params();
    /** The exponents of each of OBSERVERS, if all were asked for; else of the one, which the records have then, too. */
    using FoundScales = std::map<Record *, std::vector<int>>;
    FoundScales calibrate(const Samples &batches);
    void choose_scales(const Samples &batches, const FoundScales &found);
    void keep_scales();
    /** All that follows from the observed scales. */
    void finish_scales();
    void set_ports();
    void focus();
    void align();
    // Each returns the record whose scale the operator's inputs get; nullptr: none does.
    Record *align_inputs(Op *op);
    Record *align_comparison(Op *op);
    Record *align_states(Op *op);
    void align_producers(Op *op, Record *master);
    void warn_of_alignment(const Op *producer, Record *record, const Op *op, Record *master);
    void passive_params();
    void scale_bias(Op *op);
    /** Again, after the scales that they follow from have changed. */
    void scale_biases();
    void equalize();
    void split_weights();
    void split_channels();
    void correct_biases(const Samples &batches);
    class ScaleSearch;
    class ScaleChoice;
    void train(const Samples &batches);
    class Training;
    void reconstruct(const Samples &batches);
    class Reconstruction;

    Graph &m_graph;
    Settings m_settings;
    Progress m_progress;
    std::unique_ptr<Executor> m_executor;
    std::vector<std::string> m_warnings;
    std::vector<PassGain> m_gains;
    std::optional<double> m_calibrated;
    std::map<std::string, GivenScale> m_scales;
};

}  // namespace quantize
