// espdl quantize, check and export-onnx: they belong to programs of their own because of the libraries these need.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>

#include "commands.hpp"

namespace espdl_tool {

namespace {

/** A program that needs more than espdl does. */
struct Helper {
    const char *command, *description;
    const char *program, *folder;  ///< in the build tree
    bool takes_command;            ///< as its first argument
};

const Helper s_helpers[] = {
    {"quantize", "Quantize an ONNX model for a chip", "espdl-quantize", "quantize", true},
    {"autoquant", "Search for the options with which a model is quantized best", "espdl-quantize", "quantize", true},
    {"check", "Tell for every node of an ONNX model whether it can be quantized", "espdl-quantize", "quantize", true},
    {"export-onnx", "Write an .espdl model as ONNX: channels first, weights unblocked, quantization as pairs",
     "espdl-export-onnx", "onnx_export", false}};

/** Beside this program once installed, in the neighbouring folder of the build tree; empty if it was not built. */
std::string find_program(const Helper &helper) {
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    for (const std::string &place : {std::string("."), std::string("../") + helper.folder}) {
        const std::filesystem::path path = folder / place / helper.program;
        if (access(path.c_str(), X_OK) == 0) {
            return path.string();
        }
    }
    return "";
}

/** Becomes the other program; comes back only if that is not possible. */
int start(const Helper &helper, const std::vector<std::string> &arguments) {
    const std::string path = find_program(helper);
    if (path.empty()) {
        return refuse(std::string(helper.program) + " is not built: `./fw espdl " + helper.command +
                      "` installs what it needs and builds it");
    }
    std::vector<char *> argv = {const_cast<char *>(path.c_str())};
    if (helper.takes_command) {
        argv.push_back(const_cast<char *>(helper.command));
    }
    for (const std::string &argument : arguments) {
        argv.push_back(const_cast<char *>(argument.c_str()));
    }
    argv.push_back(nullptr);
    // LibTorch's helpers would spin between operators, and take the processor from whatever else runs.
    setenv("OMP_WAIT_POLICY", "passive", 0);
    execv(path.c_str(), argv.data());
    return refuse("'" + path + "' cannot be started: " + strerror(errno));
}

}  // namespace

int run_helper(const std::string &program, const std::vector<std::string> &arguments, std::string &error) {
    const auto *helper = std::find_if(std::begin(s_helpers), std::end(s_helpers),
                                      [&](const Helper &known) { return program == known.program; });
    const std::string path = helper == std::end(s_helpers) ? "" : find_program(*helper);
    if (path.empty()) {
        error =
            program +
            " is not built: the first `./fw espdl quantize` or `check` of a model installs what it needs and builds it";
        return -1;
    }
    std::vector<char *> argv = {const_cast<char *>(path.c_str())};
    for (const std::string &argument : arguments) {
        argv.push_back(const_cast<char *>(argument.c_str()));
    }
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        execv(path.c_str(), argv.data());
        _exit(127);
    }
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) == 127) {
        error = "'" + path + "' cannot be started: " + strerror(errno);
        return -1;
    }
    return WEXITSTATUS(status);
}

void add_quantize(Command &app, int &exit_code) {
    for (const Helper &helper : s_helpers) {
        Command command = app.add_subcommand(helper.command, helper.description);
        command.pass_on(
            [&helper, &exit_code](const std::vector<std::string> &words) { exit_code = start(helper, words); });
    }
}

}  // namespace espdl_tool
