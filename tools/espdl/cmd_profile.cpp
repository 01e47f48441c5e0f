// espdl profile: what a model takes of a board's memory, and how long each module takes, as dl::Model::profile() tells
// a firmware. The memory is the board's, to the byte; the times are the PC's.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "board/board.hpp"
#include "commands.hpp"
#include "dl_model_base.hpp"
#include "esp_heap_caps.h"
#include "esp_memory_utils.h"
#include "log_capture.hpp"

namespace espdl_tool {

namespace {

using Json = nlohmann::ordered_json;

struct Options : CommonOptions {
    std::string path;
    std::string board = "esp32_p4_function_ev_board";
    int internal = 0;
    int runs = 10;
    bool no_param_copy = false;
    bool sort = false;
    bool json = false;
};

const char *memory_of(const void *address) {
    return esp_ptr_external_ram(address) ? "PSRAM" : esp_ptr_internal(address) ? "internal" : "flash";
}

Json describe_output(dl::module::Module *module, dl::ModelContext *context) {
    dl::TensorBase *out = context->get_tensor(module->m_outputs_index.empty() ? -1 : module->m_outputs_index[0]);
    if (!out) {
        return nullptr;
    }
    return {{"shape", out->shape},
            {"dtype", out->get_dtype_string()},
            {"bytes", out->get_bytes()},
            {"memory", memory_of(out->get_element_ptr())}};
}

Json describe_memory(dl::Model &model) {
    Json memory;
    std::map<std::string, dl::mem_info_t> info = model.get_memory_info();
    for (const char *part : {"fbs_model", "parameter", "parameter_copy", "variable", "others", "total"}) {
        memory[part] = {{"internal", info[part].internal}, {"psram", info[part].psram}, {"flash", info[part].flash}};
    }
    return memory;
}

Json free_memory() {
    Json result;
    for (const auto &[name, caps] :
         {std::pair<const char *, uint32_t>{"internal", MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT},
          {"psram", MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT}}) {
        result[name] = {{"free", heap_caps_get_free_size(caps)},
                        {"largest_block", heap_caps_get_largest_free_block(caps)}};
    }
    return result;
}

/** Where the planner has put each tensor, and from which step to which it is needed. Tensors in place share bytes. */
Json describe_arena(dl::Model &model) {
    // Asking for a tensor puts each of them where the chip has it.
    const std::map<std::string, dl::TensorBase *> &ends =
        model.get_outputs().empty() ? model.get_inputs() : model.get_outputs();
    if (ends.empty()) {
        return Json::array();
    }
    model.get_intermediate(ends.begin()->first);
    dl::ModelContext *context = model.get_context();
    const std::vector<dl::module::Module *> &plan = model.get_execution_plan();
    const int steps = static_cast<int>(plan.size());
    std::map<int, std::pair<int, int>> lifetimes;
    for (const std::string &name : model.get_fbs_model()->get_graph_inputs()) {
        lifetimes[context->get_variable_index(name)] = {0, 0};
    }
    for (int step = 0; step < steps; step++) {
        for (int index : plan[step]->m_inputs_index) {
            if (const auto found = lifetimes.find(index); found != lifetimes.end()) {
                found->second.second = step;
            }
        }
        for (int index : plan[step]->m_outputs_index) {
            lifetimes[index] = {step, step};
        }
    }
    for (const std::string &name : model.get_fbs_model()->get_graph_outputs()) {
        lifetimes[context->get_variable_index(name)].second = steps;
    }
    const auto *psram = static_cast<const uint8_t *>(context->get_psram_root());
    const auto *internal = static_cast<const uint8_t *>(context->get_internal_root());
    Json arena = Json::array();
    for (const auto &[index, steps_of] : lifetimes) {
        dl::TensorBase *tensor = index >= 0 && index < CONTEXT_PARAMETER_OFFSET ? context->get_tensor(index) : nullptr;
        const auto *at = tensor ? static_cast<const uint8_t *>(tensor->get_element_ptr()) : nullptr;
        if (!at) {
            continue;
        }
        const bool in_internal = internal && at >= internal && esp_ptr_internal(at);
        if (!in_internal && !psram) {
            continue;
        }
        arena.push_back({{"name", context->get_tensor_name(index)},
                         {"memory", memory_of(at)},
                         {"offset", at - (in_internal ? internal : psram)},
                         {"bytes", tensor->get_bytes()},
                         {"first", steps_of.first},
                         {"last", steps_of.second}});
    }
    return arena;
}

/** Each module's median over the runs, in the order of execution. */
Json measure(dl::Model &model, int runs) {
    std::map<std::string, std::vector<uint32_t>> times;
    for (int i = 0; i < runs; i++) {
        for (const auto &[name, info] : model.get_module_info()) {
            times[name].push_back(info.latency);
        }
    }
    Json modules = Json::array();
    for (dl::module::Module *module : model.get_execution_plan()) {
        std::vector<uint32_t> &measured = times[module->name.c_str()];
        std::sort(measured.begin(), measured.end());
        modules.push_back({{"name", module->name.c_str()},
                           {"type", module->op_type},
                           {"latency_us", measured[(measured.size() - 1) / 2]},
                           {"output", describe_output(module, model.get_context())}});
    }
    return modules;
}

void print_text(const Json &report) {
    printf("%s on %s (%s)\n\n", report["file"].get<std::string>().c_str(), report["board"].get<std::string>().c_str(),
           report["target"].get<std::string>().c_str());
    printf("%-18s %12s %12s %12s   bytes\n", "memory", "internal RAM", "PSRAM", "FLASH");
    for (const auto &[part, bytes] : report["memory"].items()) {
        printf("%-18s %12zu %12zu %12zu\n", part == "parameter" ? "  parameter" : part.c_str(),
               bytes["internal"].get<size_t>(), bytes["psram"].get<size_t>(), bytes["flash"].get<size_t>());
    }
    for (const char *key : {"free", "largest_block"}) {
        printf("%-18s %12zu %12zu\n", strcmp(key, "free") ? "largest block left" : "left on the board",
               report["left"]["internal"][key].get<size_t>(), report["left"]["psram"][key].get<size_t>());
    }
    size_t width = 6;
    for (const Json &module : report["modules"]) {
        width = std::max(width, std::min<size_t>(module["name"].get<std::string>().size(), 60));
    }
    printf("\n%-*s %-20s %12s   output\n", static_cast<int>(width), "module", "type", "us on this PC");
    for (const Json &module : report["modules"]) {
        const Json &out = module["output"];
        printf("%-*s %-20s %12u   %s\n", static_cast<int>(width), module["name"].get<std::string>().c_str(),
               module["type"].get<std::string>().c_str(), module["latency_us"].get<unsigned>(),
               out.is_null() ? ""
                             : (out["dtype"].get<std::string>() + " " + out["shape"].dump() + " " +
                                out["memory"].get<std::string>())
                                   .c_str());
    }
    printf("%-*s %-20s %12llu\n", static_cast<int>(width), "total", "",
           static_cast<unsigned long long>(report["total_us"].get<uint64_t>()));
}

int profile(const Options &options) {
    ModelSelector selector;
    std::optional<dl::target_t> target;
    std::string error;
    if (!read_selector(options, selector, error) || !read_target(options, target, error)) {
        return refuse(error);
    }
    selector.param_copy = !options.no_param_copy;
    hal::BoardOptions board_options;
    error = hal::read_environment(board_options);
    board_options.board_file = find_board(options.board);
    if (error.empty() && board_options.board_file.empty()) {
        error = "--board: '" + options.board + "' is no board of " + DESKBOARD_BOARDS + " and no board.toml";
    }
    if (error.empty()) {
        error = hal::Board::configure(board_options);
    }
    if (!error.empty()) {
        return refuse(error);
    }
    const hal::BoardProfile &board = hal::board().profile();
    dl::target_t chip;
    if (!dl::target_from_name(board.chip.c_str(), &chip)) {
        return refuse("board '" + board.name + "' has chip '" + board.chip + "', which has no kernels");
    }

    std::unique_ptr<ModelFile> file = ModelFile::open(options.path, selector, error);
    if (!file) {
        return refuse(error);
    }
    const std::optional<dl::target_t> made_for = target                           ? target
                                                 : target_from_path(options.path) ? target_from_path(options.path)
                                                                                  : target_from_model(file->model());
    if (made_for && *made_for != chip) {
        return refuse("'" + options.path + "' is for " + dl::target_name(*made_for) + ", board " + board.name +
                      " has " + board.chip);
    }
    dl::set_target(chip);
    // Without this the reason is not the board.
    static bool s_memory_was_short = false;
    heap_caps_register_failed_alloc_callback([](size_t, uint32_t, const char *) { s_memory_was_short = true; });
    LogCapture log;
    dl::Model model(&file->model(), options.internal);
    if (!model.is_ready() && !s_memory_was_short) {
        return refuse("'" + options.path + "': " + log.errors());
    }
    if (!model.is_ready()) {
        fprintf(stderr, "espdl: '%s' does not run on %s: %s\n", options.path.c_str(), board.title.c_str(),
                log.errors().c_str());
        return EXIT_CHECK_FAILED;
    }
    const Json memory = describe_memory(model), left = free_memory();
    Json modules = measure(model, options.runs);
    if (options.sort) {
        std::stable_sort(modules.begin(), modules.end(), [](const Json &a, const Json &b) {
            return a["latency_us"].get<unsigned>() > b["latency_us"].get<unsigned>();
        });
    }
    uint64_t total = 0;
    for (const Json &module : modules) {
        total += module["latency_us"].get<unsigned>();
    }
    const Json report = {{"file", options.path}, {"board", board.name}, {"target", dl::target_name(chip)},
                         {"memory", memory},     {"left", left},        {"arena", describe_arena(model)},
                         {"modules", modules},   {"total_us", total}};
    if (options.json) {
        printf("%s\n", report.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    } else {
        print_text(report);
    }
    return EXIT_DONE;
}

}  // namespace

void add_profile(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command =
        app.add_subcommand("profile", "Tell a model's memory on a board, and the time of each module on this PC");
    command.add_option("file", options->path, ".espdl file").required();
    command.add_option("--board", options->board, "Name of a board (`fw boards`), or a board.toml").show_default();
    command.add_option("--internal", options->internal, "Bytes of internal RAM that the planner may use for tensors")
        .range(0, 1 << 30)
        .show_default();
    command.add_flag("--no-param-copy", options->no_param_copy, "Leave the parameters in flash");
    command.add_option("--runs", options->runs, "Measured runs; each module's median counts")
        .range(1, 100000)
        .show_default();
    command.add_flag("--sort", options->sort, "Slowest module first");
    command.add_flag("--json", options->json, "For machines");
    add_selector_options(command, *options);
    add_target_option(command, *options);
    command.callback([options, &exit_code] { exit_code = profile(*options); });
}

}  // namespace espdl_tool
