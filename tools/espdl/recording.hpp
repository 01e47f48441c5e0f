/**
 * @file recording.hpp
 * The values of a network's tensors for one input, wherever they come from, and how two such recordings differ.
 */
#pragma once

#include <string>
#include <vector>

#include "runner.hpp"

namespace espdl_tool {

/** One tensor, and who made it. */
struct RecordedTensor {
    Value value;
    std::string node, op;  ///< of an .espdl file; else ""
    std::string kernel;    ///< that computed it on this PC; "" if none was chosen
    std::vector<std::string> sources;
    bool is_output = false;
    bool is_input = false;
};

struct Recording {
    std::string name;                     ///< for people
    std::vector<RecordedTensor> tensors;  ///< in the order of execution, as far as that is known
    const RecordedTensor *find(const std::string &tensor) const;
};

/**
 * Run a model and keep every tensor.
 * @param inputs as run_model() takes them
 */
bool record_model(fbs::FbsModel &graph, const std::map<std::string, Value> &inputs, Recording &recording,
                  std::string &error);

/**
 * Read a folder as `espdl run --all` and the component dump_tensors write it: a .npy for each tensor, and manifest.json
 * with their names, exponents and order. Without a manifest the files' names are the tensors', and integers have
 * exponent 0.
 */
bool load_recording(const std::string &folder, Recording &recording, std::string &error);

/** Write such a folder. A manifest is written last, so that a folder with one is complete. */
bool save_recording(const std::string &folder, const Recording &recording, bool as_float, std::string &error);

/** The elements as numbers: integers times 2^exponent. */
std::vector<float> to_floats(const Value &value);

/** How a tensor of one recording differs from that of another. */
struct TensorDifference {
    const RecordedTensor *a = nullptr, *b = nullptr;
    size_t elements = 0;
    size_t differing = 0;
    double cosine = 1;          ///< NaN where both are zero or one is not finite
    double snr_db = 0;          ///< of b, with a as the signal; infinite if nothing differs
    double max_difference = 0;  ///< in value
    double max_steps = 0;       ///< in steps of the coarser one of the two; 0 where both are float
    bool transposed = false;    ///< channels stand first in one and last in the other
    double snr_loss_db = 0;     ///< what its node lost: least SNR of its inputs minus its own, at least 0; 0 if no
                                ///< input is in both recordings
};

struct Comparison {
    std::vector<TensorDifference> tensors;             ///< those that both have, in the first one's order
    std::vector<std::string> only_in_a, only_in_b;     ///< names
    const TensorDifference *first_difference() const;  ///< nullptr: none differs
    const TensorDifference *largest_loss() const;      ///< nullptr: no node loses anything
};

/**
 * Compare what both recordings have under the same name and with as many elements. Where the shapes differ by the place
 * of the channels (ONNX has them first, ESP-DL last), elements are matched accordingly.
 */
Comparison compare_recordings(const Recording &a, const Recording &b);

}  // namespace espdl_tool
