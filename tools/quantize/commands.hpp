/**
 * @file commands.hpp
 * The subcommands of espdl-quantize, and what the command line says.
 */
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.hpp"
#include "import/load_samples.hpp"
#include "import/onnx_import.hpp"
#include "passes/quantizer.hpp"

namespace quantize {

struct Options {
    std::string model, output, feed, target = "esp32p4", observer, report_dir, key_file;
    std::vector<std::string> calib, input_shapes, outputs, streaming, test_input, int16_layers, float_layers, scales,
        metadata, custom_ops, output_losses;
    int bits = 8, steps = 0, threads = 0, lut_step = -1;
    bool high_precision = false, no_layerwise = false, quiet = false, reference_errors = false, free_rnn_inputs = false;
    bool equalize = false, bias_correction = false, keep_bad = false, reference = false, relu6_as_relu = false;
    int equalize_iterations = 10, equalize_level = 1;
    double equalize_threshold = 0.5, split_threshold = 2.0;
    std::vector<std::string> split_layers;
    bool split_channels = false;
    double split_share = 0.1;
    PictureOptions pictures;
    TrainingSettings training;
    std::string size, letterbox, config, scales_file, qdq_rounding;
    std::vector<std::string> measure;
    std::string board;
    int suggest = -1;                                        ///< layers that are tried in 16 bits; -1: the usual number
    std::vector<std::pair<std::string, std::string>> given;  ///< options of the command line, for the report
    std::string stated;                                      ///< what the command line says about the quantization
    std::string option_file;  ///< the text of the file with all options that the run writes
};

/** What `espdl autoquant` has beside the options of `espdl quantize`. */
struct SearchOptions {
    std::string space, evaluate, eval, metric, max_size, max_ram;
    std::optional<double> max_ms, goal;
    int trials = 40, jobs = 0, cores = 1, top = 5, slurm = 0;
    std::vector<std::string> slurm_options;
    bool less_is_better = false, fresh = false;
    std::map<std::string, std::string> given;  ///< options of `espdl quantize`, as TOML writes their values
    std::set<std::string> known;               ///< all options of `espdl quantize`
};

/** Throws Error for an unknown name. */
Target parse_target(const std::string &name);

ImportOptions import_options(const Options &options);

// One function per subcommand. Each returns the exit code, and throws Error for wrong input.

int quantize_command(Options &options);
/**
 * The float network's tensors for one input, channels first, as a folder that `espdl compare` reads. The feed is such a
 * folder, too; its tensors may have their channels last.
 */
int record_command(const Options &options);
int check_command(const Options &options);
/** Searches for the options with the best result; `options.output` is a folder. */
int autoquant_command(const Options &options, const SearchOptions &searching);

}  // namespace quantize
