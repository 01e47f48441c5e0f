// What the subcommands share, and the frame of the programs that are made of them.

#include "commands.hpp"

#include <cstdio>

#include "board/board.hpp"
#include "log_capture.hpp"
#include "mapping/mapping.hpp"

namespace espdl_tool {

int refuse(const std::string &reason) {
    fprintf(stderr, "espdl: %s\n", reason.c_str());
    return EXIT_WRONG_INPUT;
}

void add_selector_options(Command &command, CommonOptions &options) {
    command.add_option("--model", options.model, "Which model of a package: its name or number (default: the first)");
    command.add_option("--key", options.key, "AES key of an encrypted model: 32 hexadecimal digits");
}

void add_target_option(Command &command, CommonOptions &options) {
    command.add_option(
        "--target", options.target,
        "Chip whose rounding is used: esp32p4, esp32s3, esp32 (or c). Default: a folder of that name in the path, else "
        "what the file tells, else esp32p4");
}

bool read_selector(const CommonOptions &options, ModelSelector &selector, std::string &error) {
    selector.model = options.model;
    if (!options.key.empty()) {
        selector.key = parse_key(options.key);
        if (!selector.key) {
            error = "--key: needed 32 hexadecimal digits or 16 numbers";
            return false;
        }
    }
    return true;
}

bool read_target(const CommonOptions &options, std::optional<dl::target_t> &target, std::string &error) {
    dl::target_t found;
    if (options.target.empty()) {
        return true;
    }
    if (!dl::target_from_name(options.target.c_str(), &found)) {
        error = "--target: '" + options.target +
                "' is unknown, known are esp32p4, esp32s31, esp32s3, and c, esp32, esp32s2, esp32c2, esp32c3, esp32c5, "
                "esp32c6";
        return false;
    }
    target = found;
    return true;
}

std::unique_ptr<ModelFile> open_model(const CommonOptions &options, const std::string &path, ModelSelector &selector,
                                      const char **origin, std::string &error) {
    std::optional<dl::target_t> target;
    if (!read_selector(options, selector, error) || !read_target(options, target, error)) {
        return nullptr;
    }
    std::unique_ptr<ModelFile> file = ModelFile::open(path, selector, error);
    if (file) {
        dl::set_target(choose_target(target, path, &file->model(), origin));
    }
    return file;
}

int run_program(const char *description, const char *name, std::initializer_list<AddCommand> commands, int argc,
                char **argv) {
    hal::mapping::keep_process_memory();
    // A tool is no board: the memory is as large as the emulated heap can be, unless the user sets DESKBOARD_PSRAM.
    hal::BoardOptions options;
    if (!getenv("DESKBOARD_PSRAM")) {
        options.psram_size = UINT64_C(1) << 30;
    }
    const std::string reason = hal::Board::configure(options);
    if (!reason.empty()) {
        return refuse(reason);
    }

    const Program program = {.name = name,
                             .description = description,
                             .version = DESKBOARD_VERSION,
                             .footer = "Exit code: 0 done, 1 the check failed, 2 the input or the arguments are wrong.",
                             .commands = commands,
                             .start = setup_log};
    return parse(program, EXIT_WRONG_INPUT, argc, argv);
}

}  // namespace espdl_tool
