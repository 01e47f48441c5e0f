// espdl predict: how long a model takes on a chip, before anyone flashes it. Nothing is measured: chip_cost.hpp counts
// the work of each node and prices it.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "board/board.hpp"
#include "chip_cost.hpp"
#include "commands.hpp"
#include "dl_model_base.hpp"
#include "log_capture.hpp"
#include "prediction.hpp"

namespace espdl_tool {

namespace {

using Json = nlohmann::ordered_json;

struct Options : CommonOptions {
    std::string path;
    std::string board;  ///< empty: as the file's chip tells
    std::string param_copy = "auto";
    int cores = 1;
    int internal = 0;
    bool sort = false;
    bool counts = false;
    bool json = false;
};

/** A duration with the interval in which it lies in two cases of three. */
struct Estimate {
    double value = 0;
    double deviation = 0;

    Json json(double scale = 1) const {
        return {{"value", value * scale},
                {"low", std::max(0.0, value - deviation) * scale},
                {"high", (value + deviation) * scale}};
    }
};

/** Where the parameters are assumed to lie, and why. */
struct Parameters {
    bool in_flash;
    std::string reason;
};

/**
 * What a firmware does with the parameters. ESP-DL copies them from flash to PSRAM unless told otherwise; the published
 * coco_* components tell it otherwise on boards with less than 9 MB of PSRAM.
 */
Parameters place_parameters(const Options &options, const hal::BoardProfile &board) {
    if (options.param_copy != "auto") {
        return {options.param_copy == "no", "--param-copy " + options.param_copy};
    }
    if (board.psram_size == 0) {
        return {true, "the board has no PSRAM"};
    }
    const std::string name = std::filesystem::path(options.path).filename().string();
    if (name.rfind("coco_", 0) == 0 && board.psram_size < 9u << 20) {
        return {true, "coco_* components leave them in flash on boards with less than 9 MB of PSRAM"};
    }
    return {false, "ESP-DL copies them from flash"};
}

int positive(int value) {
    return std::max(value, 1);
}

/** The post-processor that a model's outputs are made for, as far as the published ones go. */
std::optional<Head> find_head(fbs::FbsModel &graph, double &scores, int &stages) {
    bool boxes = false, distributions = false, masks = false;
    scores = 0;
    stages = 0;
    const std::vector<std::string> outputs = graph.get_graph_outputs();
    for (const std::string &name : outputs) {
        const std::vector<int> shape = graph.get_value_info_shape(name);
        double size = 1;
        for (int dim : shape) {
            size *= positive(dim);
        }
        const bool is_score = name.find("score") != std::string::npos || name.find("_cls") != std::string::npos;
        const bool is_box = name.find("box") != std::string::npos;
        scores += is_score ? size : 0;
        stages += is_score;
        boxes |= is_box;
        distributions |= is_box && !shape.empty() && shape.back() > 8;
        masks |= name.rfind("mc", 0) == 0;
    }
    if (boxes && scores > 0) {
        return masks ? HEAD_MASKS : distributions ? HEAD_DISTRIBUTIONS : HEAD_BOXES;
    }
    const std::vector<int> shape = outputs.size() == 1 ? graph.get_value_info_shape(outputs[0]) : std::vector<int>();
    if (shape.size() == 2 && shape[1] >= 2 && outputs[0].find("embed") == std::string::npos) {
        return HEAD_CLASSIFIER;
    }
    return std::nullopt;
}

Json preprocess(fbs::FbsModel &graph, const ChipCost &chip, double mhz) {
    const std::vector<std::string> inputs = graph.get_graph_inputs();
    const std::vector<int> shape = inputs.size() == 1 ? graph.get_value_info_shape(inputs[0]) : std::vector<int>();
    if (shape.size() != 4 || (shape[3] != 3 && shape[3] != 1)) {
        return nullptr;
    }
    const double pixels = static_cast<double>(positive(shape[1])) * positive(shape[2]);
    const double ms =
        (pixels * chip.preprocess_pixel_ns / 1e6 + std::sqrt(pixels) * chip.preprocess_side_us / 1e3) * chip.mhz / mhz;
    return Estimate{ms, ms * 0.25}.json();
}

Json postprocess(fbs::FbsModel &graph, const ChipCost &chip, double mhz) {
    double scores = 0;
    int stages = 0;
    const std::optional<Head> head = find_head(graph, scores, stages);
    if (!head) {
        return nullptr;
    }
    const double ms =
        (chip.head_ms[*head] * (*head == HEAD_BOXES ? stages : 1) + scores * chip.score_ns / 1e6) * chip.mhz / mhz;
    return Estimate{ms, ms * 0.5}.json();
}

/** What bounds the chip on this board: the slopes and the ceiling of its roofline. */
Json describe_limits(const ChipCost &chip, const Clocks &clocks) {
    Counts one = {};
    auto bytes_per_second = [&](Work work) {
        one.fill(0);
        one[work] = 1e6;
        const double us = price_memory(one, chip, clocks).sum();
        return us > 0 ? Json(1e12 / us) : Json();
    };
    // A vector instruction multiplies 16 bytes.
    const double macs = chip.vector_unit ? clocks.cpu_mhz * 1e6 * 16 / chip.price[WORK_MAC]
                                         : clocks.cpu_mhz * 1e6 / chip.price[WORK_PLAIN];
    return {{"int8_macs_per_second", macs},
            {"psram_bytes_per_second", clocks.psram_rate > 0 ? bytes_per_second(WORK_PSRAM) : Json()},
            {"flash_bytes_per_second", bytes_per_second(WORK_FLASH_WEIGHTS)},
            {"cache_bytes", chip.l2_bytes > 0 ? chip.l2_bytes : chip.l1_bytes}};
}

Json describe_counts(const Counts &counts) {
    Json result = Json::object();
    for (int i = 0; i < WORK_KINDS; i++) {
        if (counts[i] != 0) {
            result[work_name(static_cast<Work>(i))] = counts[i];
        }
    }
    return result;
}

/** @return the nodes; `memory` gets the microseconds that wait for memory */
Json describe_nodes(const Prediction &prediction, bool with_counts, double &memory) {
    Json nodes = Json::array();
    for (const PredictedNode &node : prediction.nodes) {
        const NodeWork &work = node.work;
        const double waits = node.waits.sum() * node.share;
        memory += waits;
        Json json = {{"name", node.name},
                     {"type", node.type},
                     {"output", node.output ? Json(*node.output) : Json()},
                     {"macs", work.pixels * work.out_channels * work.kernel_size * work.in_channels * work.batch},
                     {"weight_bytes", work.weight_bytes},
                     {"us", Estimate{node.us, node.deviation}.json()},
                     {"memory_us", waits},
                     {"psram_us", node.waits.psram * node.share},
                     {"flash_us", node.waits.flash * node.share},
                     {"positions", work.pixels * work.batch},
                     {"bound", waits > node.us / 2 ? "memory" : "compute"}};
        if (with_counts) {
            json["counts"] = describe_counts(node.counts);
        }
        nodes.push_back(json);
    }
    return nodes;
}

void print_text(const Json &report) {
    auto line = [&](const char *title, const char *key) {
        const Json &value = report[key];
        if (value.is_null()) {
            printf("%-16s %12s\n", title, "unknown");
            return;
        }
        printf("%-16s %12.1f ms   %.1f to %.1f\n", title, value["value"].get<double>(), value["low"].get<double>(),
               value["high"].get<double>());
    };
    printf("%s on %s (%s, %d MHz, %d core%s), predicted: %s\n", report["file"].get<std::string>().c_str(),
           report["board"].get<std::string>().c_str(), report["chip"].get<std::string>().c_str(),
           report["cpu_mhz"].get<int>(), report["cores"].get<int>(), report["cores"] == 2 ? "s" : "",
           report["basis"].get<std::string>().c_str());
    printf("parameters in %s: %s\n\n", report["parameters"].get<std::string>().c_str(),
           report["parameters_because"].get<std::string>().c_str());
    line("preprocessing", "preprocess_ms");
    line("model", "model_ms");
    line("postprocessing", "postprocess_ms");
    printf("%-16s %11.0f %%   of the model's time waits for PSRAM, flash and caches\n", "memory",
           report["memory_share"].get<double>() * 100);
    size_t width = 6;
    for (const Json &node : report["nodes"]) {
        width = std::max(width, std::min<size_t>(node["name"].get<std::string>().size(), 60));
    }
    printf("\n%-*s %-20s %12s %8s %10s %12s   output\n", static_cast<int>(width), "node", "type", "ms", "memory",
           "MMAC", "weights");
    for (const Json &node : report["nodes"]) {
        const double us = node["us"]["value"].get<double>();
        printf("%-*s %-20s %12.3f %6.0f %% %10.2f %12.0f   %s\n", static_cast<int>(width),
               node["name"].get<std::string>().c_str(), node["type"].get<std::string>().c_str(), us / 1e3,
               us > 0 ? node["memory_us"].get<double>() / us * 100 : 0, node["macs"].get<double>() / 1e6,
               node["weight_bytes"].get<double>(), node["output"].dump().c_str());
    }
}

/** The board that stands for a chip where --board names none. */
const char *usual_board(dl::target_t target) {
    switch (target) {
        case dl::TARGET_ESP32P4:
            return "esp32_p4_function_ev_board";
        case dl::TARGET_ESP32S3:
            return "esp32_s3_eye";
        default:
            return "esp32_devkitc";
    }
}

/** The board's profile and what is known of its chip. @return empty, or what is wrong */
std::string find_chip(const Options &options, hal::BoardProfile &board, const ChipCost *&chip) {
    const std::string board_file = find_board(options.board);
    if (board_file.empty()) {
        return "--board: '" + options.board + "' is no known board and no board.toml";
    }
    std::string error = hal::load_board_file(board_file, board);
    if (!error.empty()) {
        return error;
    }
    chip = find_chip_cost(board.chip);
    if (!chip) {
        return "unknown: nothing has been measured that tells how fast " + board.chip + " (board " + board.name +
               ") runs a model";
    }
    return options.cores > board.cores ? "--cores: " + board.title + " has one core" : "";
}

int predict(Options options) {
    ModelSelector selector;
    std::string error;
    std::optional<dl::target_t> target;
    if (!read_selector(options, selector, error) || !read_target(options, target, error)) {
        return refuse(error);
    }
    selector.param_copy = true;
    std::unique_ptr<ModelFile> file = ModelFile::open(options.path, selector, error);
    if (!file) {
        return refuse(error);
    }
    if (options.board.empty()) {
        options.board = usual_board(choose_target(target, options.path, &file->model(), nullptr));
    }
    hal::BoardProfile board;
    const ChipCost *chip = nullptr;
    error = find_chip(options, board, chip);
    dl::target_t rounding;
    if (error.empty() && !dl::target_from_name(board.chip.c_str(), &rounding)) {
        error = "board '" + board.name + "' has chip '" + board.chip + "', which has no kernels";
    }
    if (!error.empty()) {
        return refuse(error);
    }
    const Parameters parameters = place_parameters(options, board);
    dl::set_target(rounding);
    LogCapture log;
    dl::Model model(&file->model(), options.internal);
    if (!model.is_ready()) {
        return refuse("'" + options.path + "': " + log.errors());
    }

    const Clocks clocks = board_clocks(board);
    const Prediction prediction = predict_model(model, {chip, clocks, parameters.in_flash, options.cores});
    const Estimate total = {prediction.us, prediction.deviation};
    double memory = 0;
    Json nodes = describe_nodes(prediction, options.counts, memory);
    if (options.sort) {
        std::stable_sort(nodes.begin(), nodes.end(),
                         [](const Json &a, const Json &b) { return a["us"]["value"] > b["us"]["value"]; });
    }
    std::map<std::string, dl::mem_info_t> use = model.get_memory_info();
    const uint64_t psram = use["variable"].psram + (parameters.in_flash ? 0 : use["parameter_copy"].psram);
    if (psram > board.psram_size) {
        fprintf(stderr, "espdl: warning: tensors and parameters take %llu bytes, %s has %llu of PSRAM: see `fw fit`\n",
                static_cast<unsigned long long>(psram), board.title.c_str(),
                static_cast<unsigned long long>(board.psram_size));
    }
    Json models = Json::array();
    for (const fbs::FbsLoader::entry_t &entry : file->loader().get_entries()) {
        models.push_back(entry.name);
    }
    const Json report = {{"file", options.path},
                         {"model", file->model().get_model_name()},
                         {"models", models},
                         {"board", board.name},
                         {"chip", board.chip},
                         {"cpu_mhz", board.cpu_mhz},
                         {"cores", options.cores},
                         {"basis", chip->basis},
                         {"parameters", parameters.in_flash ? "flash" : "psram"},
                         {"parameters_because", parameters.reason},
                         {"psram_bytes", psram},
                         {"preprocess_ms", preprocess(file->model(), *chip, board.cpu_mhz)},
                         {"model_ms", total.json(1e-3)},
                         {"postprocess_ms", postprocess(file->model(), *chip, board.cpu_mhz)},
                         {"memory_share", total.value > 0 ? memory / total.value : 0},
                         {"limits", describe_limits(*chip, clocks)},
                         {"psram_size", board.psram_size},
                         {"flash_size", board.flash_size},
                         {"nodes", nodes}};
    if (options.json) {
        printf("%s\n", report.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    } else {
        print_text(report);
    }
    return EXIT_DONE;
}

}  // namespace

void add_predict(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command = app.add_subcommand("predict", "Predict how long a model takes on a board's chip, node by node");
    command.add_option("file", options->path, ".espdl file").required();
    command.add_option(
        "--board", options->board,
        "Name of a board (`fw boards`), or a board.toml. Default: esp32_s3_eye, esp32_p4_function_ev_board or "
        "esp32_devkitc, as the file's chip is");
    command.add_option("--cores", options->cores, "Cores that share each convolution").range(1, 2).show_default();
    command.add_option("--param-copy", options->param_copy, "Parameters are copied from flash to PSRAM: yes, no, auto")
        .one_of({"yes", "no", "auto"})
        .show_default();
    command.add_option("--internal", options->internal, "Bytes of internal RAM that the planner may use for tensors")
        .range(0, 1 << 30)
        .show_default();
    command.add_flag("--sort", options->sort, "Slowest node first");
    command.add_flag("--counts", options->counts, "Add what was counted to --json");
    command.add_flag("--json", options->json, "For machines");
    add_selector_options(command, *options);
    add_target_option(command, *options);
    command.callback([options, &exit_code] { exit_code = predict(*options); });
}

}  // namespace espdl_tool
