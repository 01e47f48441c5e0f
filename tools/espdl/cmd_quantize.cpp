// espdl quantize, check and export-onnx: they belong to espdl-quantize, a program of its own because of the libraries
// it needs.

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "commands.hpp"

namespace espdl_tool {

namespace {

/** Beside this program once installed, in the neighbouring folder of the build tree; empty if it was not built. */
std::string find_quantizer() {
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    for (const char *place : {"espdl-quantize", "../quantize/espdl-quantize"}) {
        const std::filesystem::path path = folder / place;
        if (access(path.c_str(), X_OK) == 0) {
            return path.string();
        }
    }
    return "";
}

/** Becomes espdl-quantize; comes back only if that is not possible. */
int start_quantizer(const std::vector<std::string> &arguments) {
    const std::string path = find_quantizer();
    if (path.empty()) {
        return refuse("espdl-quantize is not built: `./fw espdl " + arguments.front() +
                      "` installs what it needs and builds it");
    }
    std::vector<char *> argv = {const_cast<char *>(path.c_str())};
    for (const std::string &argument : arguments) {
        argv.push_back(const_cast<char *>(argument.c_str()));
    }
    argv.push_back(nullptr);
    execv(path.c_str(), argv.data());
    return refuse("'" + path + "' cannot be started: " + strerror(errno));
}

}  // namespace

void add_quantize(CLI::App &app, int &exit_code) {
    const std::pair<const char *, const char *> commands[] = {
        {"quantize", "Quantize an ONNX model for a chip"},
        {"check", "Tell for every node of an ONNX model whether it can be quantized"},
        {"export-onnx", "Write an .espdl model as ONNX: channels first, weights unblocked, quantization as pairs"}};
    for (const auto &[name, description] : commands) {
        CLI::App *command = app.add_subcommand(name, description);
        command->set_help_flag();  // espdl-quantize has its own
        command->fallthrough(false);
        command->prefix_command();
        command->callback([command, &exit_code]() {
            std::vector<std::string> arguments = command->remaining();
            arguments.insert(arguments.begin(), command->get_name());
            exit_code = start_quantizer(arguments);
        });
    }
}

}  // namespace espdl_tool
