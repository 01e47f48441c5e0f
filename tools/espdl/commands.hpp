/**
 * @file commands.hpp
 * The subcommands of `espdl`. Each source file cmd_<name>.cpp adds one and is all there is about it.
 */
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>

#include "board_file.hpp"
#include "command_line.hpp"
#include "model_file.hpp"

namespace espdl_tool {

/** Exit codes of every command. */
constexpr int EXIT_DONE = 0;
constexpr int EXIT_CHECK_FAILED = 1;
constexpr int EXIT_WRONG_INPUT = 2;

void add_info(Command &app, int &exit_code);
void add_test(Command &app, int &exit_code);
void add_quantize(Command &app, int &exit_code);
void add_serve(Command &app, int &exit_code);
void add_run(Command &app, int &exit_code);
void add_pack(Command &app, int &exit_code);
void add_unpack(Command &app, int &exit_code);
void add_ops(Command &app, int &exit_code);
void add_bench(Command &app, int &exit_code);
void add_profile(Command &app, int &exit_code);
void add_predict(Command &app, int &exit_code);
void add_compare(Command &app, int &exit_code);
void add_eval(Command &app, int &exit_code);
void add_audit(Command &app, int &exit_code);

/** The main() of a program that has these subcommands. @return its exit code */
int run_program(const char *description, const char *name, std::initializer_list<AddCommand> commands, int argc,
                char **argv);

/** "espdl: reason" on stderr. @return EXIT_WRONG_INPUT */
int refuse(const std::string &reason);

/**
 * Run a program that belongs to espdl (espdl-quantize, ...) and wait for it. Its messages go to stderr.
 * @return its exit code; -1 with the reason in `error` if it could not be run
 */
int run_helper(const std::string &program, const std::vector<std::string> &arguments, std::string &error);

/** Options that several commands have. */
struct CommonOptions {
    std::string model;   ///< --model
    std::string key;     ///< --key
    std::string target;  ///< --target
};
/** --model and --key */
void add_selector_options(Command &command, CommonOptions &options);
void add_target_option(Command &command, CommonOptions &options);
/** @return false if the key is no key */
bool read_selector(const CommonOptions &options, ModelSelector &selector, std::string &error);
/** @return false if the target is unknown; nothing in `target` if it was not given */
bool read_target(const CommonOptions &options, std::optional<dl::target_t> &target, std::string &error);
/**
 * Open a model and set dl::target() to the chip that it is for.
 * @param selector gets what read_selector() reads
 * @param origin gets where that is known from; nullptr: not wanted
 * @return nullptr with the reason in `error`
 */
std::unique_ptr<ModelFile> open_model(const CommonOptions &options, const std::string &path, ModelSelector &selector,
                                      const char **origin, std::string &error);

}  // namespace espdl_tool
