// The command line of espdl-quantize.

#include "program.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "board/board.hpp"
#include "commands.hpp"
#include "log_capture.hpp"
#include "option_file.hpp"

namespace quantize {

namespace {

/** The options that decide about the result, for the file's metadata: not where things lie, not how fast. */
std::string stated_options(const CLI::App &command) {
    static const std::set<std::string> left_out = {
        "--calib",       "--output", "--target",  "--bits",         "--observer",  "--mean",
        "--resize",      "--std",    "--size",    "--bgr",          "--letterbox", "--test-input",
        "--metadata",    "--config", "--report",  "--no-layerwise", "--threads",   "--quiet",
        "--encrypt-key", "--help",   "--measure", "--suggest",      "--board"};
    std::string text;
    for (const CLI::Option *option : command.get_options()) {
        if (option->count() == 0 || option->get_positional() || left_out.count(option->get_name())) {
            continue;
        }
        text += (text.empty() ? "" : " ") + option->get_name();
        for (const std::string &value : option->results()) {
            text += option->get_expected_max() > 0 ? " " + value : "";
        }
    }
    return text;
}

/** All options that were given, with their values. */
std::vector<std::pair<std::string, std::string>> given_options(const CLI::App &command) {
    std::vector<std::pair<std::string, std::string>> given;
    for (const CLI::Option *option : command.get_options()) {
        if (option->count() && !option->get_positional()) {
            std::string values;
            for (const std::string &value : option->results()) {
                values += (values.empty() ? "" : " ") + value;
            }
            given.push_back({option->get_name(), values});
        }
    }
    return given;
}

/** One line, whatever the reason is made of. */
int refuse(std::string reason) {
    while (!reason.empty() && reason.back() == '\n') {
        reason.pop_back();
    }
    std::replace(reason.begin(), reason.end(), '\n', ' ');
    fprintf(stderr, "espdl: %s\n", reason.c_str());
    return 2;
}

void add_model(CLI::App *command, Options &options) {
    command->add_option("model", options.model, "ONNX file")->required();
    command->add_option("--input-shape", options.input_shapes,
                        "INPUT=1x3x224x224, or 1x3x224x224 for the only input: sizes that the file leaves open");
    command->add_option("--outputs", options.outputs, "NAME,...: tensors at which the network ends")->delimiter(',');
    command->add_option(
        "--custom-op", options.custom_ops,
        "DOMAIN.TYPE=SETTING,...: an operator of your own, for which firmware registers a module: int8, "
        "int16, float, shape:, scale:, layout:, constants:, as:, body: (docs/quantizer.md)");
}

/** What calibration reads. @return the option --letterbox, whose value may be left out */
CLI::Option *add_calibration(CLI::App *command, Options &options) {
    add_model(command, options);
    command
        ->add_option(
            "--calib", options.calib,
            "Calibration: FILE.npy (batch first, NCHW), INPUT=FILE.npy, FILE.npz, a folder of them, or a folder "
            "of pictures; random: to try a model out")
        ->required();
    command
        ->add_option("--mean", options.pictures.mean,
                     "Pictures: what ImagePreprocessor subtracts, for each channel of the model")
        ->delimiter(',');
    command->add_option("--std", options.pictures.std, "Pictures: what it divides by then")->delimiter(',');
    command->add_option("--size", options.size, "Pictures: WIDTHxHEIGHT, if it shall be compared with the model's");
    command
        ->add_option("--resize", options.pictures.resize,
                     "Pictures: the shorter side becomes so many pixels, and the centre of the model's size is read")
        ->check(CLI::PositiveNumber);
    command->add_flag("--bgr", options.pictures.bgr, "Pictures: the model reads BGR");
    return command
        ->add_option("--letterbox", options.letterbox,
                     "Pictures: keep the proportions, with this colour around (default 114,114,114)")
        ->expected(0, 1);
}

void add_target(CLI::App *command, Options &options) {
    command
        ->add_option("--target", options.target,
                     "esp32p4 (also esp32s31), esp32s3, c (esp32, esp32s2, esp32c3, esp32c5, esp32c6)")
        ->capture_default_str();
    command->add_option("--bits", options.bits, "8 or 16")->check(CLI::IsMember({8, 16}))->capture_default_str();
}

void add_scales(CLI::App *command, Options &options) {
    command
        ->add_option("--observer", options.observer,
                     "auto: for each tensor the one with the least error at the outputs; kl, minmax, percentile, mse "
                     "(default: auto; kl with --reference)")
        ->check(CLI::IsMember({"auto", "kl", "minmax", "percentile", "mse"}));
    command->add_option("--steps", options.steps, "Calibration steps (default: one for each sample)")
        ->check(CLI::PositiveNumber);
    command->add_flag("--high-precision", options.high_precision, "Simulate 16-bit operators in double");
    command
        ->add_option("--lut-step", options.lut_step,
                     "Step of 16-bit tables, 0 for none (default: as large as the results allow)")
        ->check(CLI::IsMember({0, 1, 2, 4, 8, 16, 32, 64, 128, 256}));
    command->add_option("--int16", options.int16_layers, "Layers to compute in 16 bits");
    command->add_option("--float", options.float_layers, "Layers to compute in float");
    command->add_option("--scales", options.scales_file,
                        "FILE.json of an earlier run: its scales, for the tensors that have one there");
    command
        ->add_option("--qdq-rounding", options.qdq_rounding,
                     "Scales of QuantizeLinear become powers of two: up (default), nearest")
        ->check(CLI::IsMember({"up", "nearest"}));
    command->add_option("--scale", options.scales, "LAYER=2^-4: the scale of a layer's output");
}

void add_passes(CLI::App *command, Options &options) {
    command->add_option("--output-loss", options.output_losses,
                        "NAME=RULE: what firmware computes of an output (score*=sigmoid, box*=softmax,group:16,mean, "
                        "kpt*=mse,points:3), and where it counts (weight:score*): scales and training go by the error "
                        "behind it (docs/quantizer.md)");
    command->add_flag("--relu6-as-relu", options.relu6_as_relu, "Relu in place of every Relu6 (Clip from 0 to 6)");
    command->add_option(
        "--streaming", options.streaming,
        "INPUT=1x16x3, or 1x16x3 for the only input: the chunk of frames that the network shall read at "
        "a time");
    command->add_flag("--equalize", options.equalize, "Layerwise equalization");
    command->add_option("--equalize-iterations", options.equalize_iterations, "")->capture_default_str();
    command->add_option("--equalize-level", options.equalize_level, "1, or 2 to pass Add and Sub")
        ->capture_default_str();
    command->add_option("--equalize-threshold", options.equalize_threshold, "")->capture_default_str();
    command->add_option("--split", options.split_layers, "Layers whose weights are split horizontally");
    command->add_option("--split-threshold", options.split_threshold, "Weights beyond it are split")
        ->capture_default_str();
    command->add_flag("--split-channels", options.split_channels,
                      "Split channels with wide ranges in two, where that brings the outputs nearer to float");
    command
        ->add_option("--split-channels-share", options.split_share, "Most channels of a layer that are split at a time")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command->add_flag("--bias-correction", options.bias_correction, "Correct biases by the mean error of their layer");
    command
        ->add_option("--train", options.training.method,
                     "Train against the float network: tqt (logarithms of scales, weights, biases), lsq (scales, "
                     "weights, biases), "
                     "adaround (block by block: rounding of weights, scales, biases)")
        ->check(CLI::IsMember({"tqt", "lsq", "adaround"}));
    command
        ->add_option("--train-steps", options.training.steps,
                     "Most steps of the training, one sample each; of adaround: for each block")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    command->add_option("--train-rate", options.training.rate, "Step of weights, as a share of their layer's mean")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--train-scale-rate", options.training.scale_rate, "Step of scales, in powers of two")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--seed", options.training.seed, "Of the training's order of samples")->capture_default_str();
    command->add_flag("--free-rnn-inputs", options.free_rnn_inputs, "What GRU and LSTM read keeps its own scale");
    command->add_flag("--reference", options.reference, "All defaults as the reference quantizer's (esp-ppq)");
    command->add_flag("--reference-errors", options.reference_errors,
                      "Repeat errors of the reference quantizer (to compare with it)");
}

/** What the file holds beside the network, and what it is measured with. */
void add_file(CLI::App *command, Options &options) {
    command->add_option("--test-input", options.test_input,
                        "Test values for the file: as --calib, or a picture; the first sample is used");
    command->add_option("--metadata", options.metadata, "KEY=VALUE for the file");
    command->add_option("--encrypt-key", options.key_file, "File of 16 bytes, made if it does not exist");
    command->add_option("--measure", options.measure,
                        "As --calib: samples that signal to noise is measured on (default: the calibration set)");
    command->add_option("--board", options.board,
                        "The board that times are predicted for (default: a usual one of the target)");
}

void add_outputs(CLI::App *command, Options &options) {
    add_file(command, options);
    command->add_option("--report", options.report_dir, "Folder for report.json and report.html");
    command
        ->add_option("--suggest", options.suggest,
                     "With --report: how many layers are tried in 16 bits for suggestions (default: 8)")
        ->check(CLI::NonNegativeNumber);
    command->add_flag("--keep-bad", options.keep_bad,
                      "Write the file even if the emulated chip does not compute what was simulated");
    command->add_flag("--no-layerwise", options.no_layerwise, "Leave out the analysis of single layers");
    command->add_option("--threads", options.threads, "Threads (default: one for each core)")
        ->check(CLI::PositiveNumber);
    command->add_flag("--quiet", options.quiet, "Only warnings and errors");
}

void add_search(CLI::App *command, SearchOptions &searching, bool &quiet) {
    command->add_option("--space", searching.space,
                        "TOML file with the options to try, each a list of values: observer = [\"kl\", \"minmax\"]");
    command->add_option("--trials", searching.trials, "Most trials")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    command->add_option("--max-size", searching.max_size, "Largest file: 200K, 1.5M or bytes");
    command->add_option("--max-ram", searching.max_ram, "Most RAM for tensors: 64K or bytes");
    command->add_option("--max-ms", searching.max_ms, "Longest predicted time of the model in milliseconds")
        ->check(CLI::PositiveNumber);
    command->add_option("--goal", searching.goal,
                        "What is enough of dB or of the metric: the fastest that reaches it is the best");
    command->add_option("--evaluate", searching.evaluate,
                        "Command that prints how good {model} is, as a number or as JSON (default: dB at the outputs)");
    command->add_option("--eval", searching.eval, "Arguments of `espdl eval`, which measures it: '--data pictures/'");
    command->add_option("--metric", searching.metric,
                        "Which number of the JSON: top1, bbox.AP; of --eval as its --min names it");
    command->add_flag("--less-is-better", searching.less_is_better, "Of the evaluation's number");
    command->add_option("--top", searching.top, "How many trials the report shows as the best ones")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command->add_option("--jobs", searching.jobs, "Trials at a time (default: one for each core)")
        ->check(CLI::Range(1, 1024));
    command->add_option("--cores", searching.cores, "Cores of each trial")->check(CLI::Range(1, 1024));
    command->add_option("--slurm", searching.slurm, "Run so many trials at a time as steps of Slurm (srun)")
        ->check(CLI::Range(1, 10000));
    command->add_option("--slurm-option", searching.slurm_options, "For srun: --slurm-option=--partition=long");
    command->add_flag("--quiet", quiet, "Only errors");
    command->add_flag("--fresh", searching.fresh, "Begin again, whatever the folder holds");
}

/** Pictures are decoded in the emulated board's memory; a tool is no board, so it is large. @return why not; "": done
 */
std::string set_up_board() {
    espdl_tool::setup_log(false);
    hal::BoardOptions board;
    if (!getenv("DESKBOARD_PSRAM")) {
        board.psram_size = UINT64_C(1) << 30;
    }
    return hal::Board::configure(board);
}

}  // namespace

int run_program(int argc, char **argv) {
    CLI::App app("Quantize ONNX models into .espdl files.", "espdl");
    app.require_subcommand(1);
    Options options;
    CLI::App *quantizing = app.add_subcommand("quantize", "Quantize an ONNX model for a chip");
    // Its function runs before the others' requirements are looked at.
    quantizing->add_option_function<std::string>(
        "--config",
        [&](const std::string &path) {
            options.config = path;
            read_options(quantizing, path);
        },
        "TOML file with options (int16 = [\"/head/conv3\"]); the command line wins");
    const CLI::Option *letterbox = add_calibration(quantizing, options);
    quantizing->add_option("-o,--output", options.output, ".espdl file")->required();
    add_target(quantizing, options);
    add_scales(quantizing, options);
    add_passes(quantizing, options);
    add_outputs(quantizing, options);

    CLI::App *searching_command = app.add_subcommand("autoquant", "Search for the options with the best result");
    SearchOptions searching;
    searching_command->add_option_function<std::string>(
        "--config", [&](const std::string &path) { read_options(searching_command, path); },
        "TOML file with options; the command line wins");
    add_calibration(searching_command, options);
    searching_command->add_option("-o,--output", options.output, "Folder of the search")->required();
    add_target(searching_command, options);
    add_scales(searching_command, options);
    add_passes(searching_command, options);
    add_file(searching_command, options);
    add_search(searching_command, searching, options.quiet);

    CLI::App *checking = app.add_subcommand("check", "Tell for every node whether it can be quantized");
    add_model(checking, options);
    add_target(checking, options);

    CLI::App *recording = app.add_subcommand("record", "Write the float network's tensors for one input");
    add_model(recording, options);
    recording->add_option("--feed", options.feed, "Folder of .npy files: the inputs")->required();
    recording->add_option("-o,--out", options.output, "Folder to write to")->required();

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const Error &error) {
        return refuse(error.what());
    }
    options.option_file = options_text(*quantizing);
    if (letterbox->count() && options.letterbox.empty()) {
        options.letterbox = "114,114,114";
    }
    searching.known = option_keys(*quantizing);
    searching.given =
        given_values(*searching_command, *quantizing,
                     {"model", "calib", "measure", "test-input", "scales", "encrypt-key", "board", "custom-op"});
    searching.given.erase("quiet");
    options.stated = stated_options(*quantizing);
    options.given = given_options(*quantizing);
    const std::string reason = set_up_board();
    if (!reason.empty()) {
        return refuse(reason);
    }
    try {
        return quantizing->parsed()          ? quantize_command(options)
               : searching_command->parsed() ? autoquant_command(options, searching)
               : recording->parsed()         ? record_command(options)
                                             : check_command(options);
    } catch (const Error &error) {
        return refuse(error.what());
    } catch (const c10::Error &error) {
        return refuse("the network cannot be computed: " + std::string(error.what_without_backtrace()));
    } catch (const std::bad_alloc &) {
        return refuse("there is not enough memory for this network");
    } catch (const std::exception &error) {
        return refuse(error.what());
    }
}

}  // namespace quantize
