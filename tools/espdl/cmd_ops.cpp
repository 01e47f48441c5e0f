// espdl ops: the table of operators, from the registry that the library itself uses.

#include <cstdio>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "dl_module_creator.hpp"

namespace espdl_tool {

namespace {

struct Options {
    bool markdown = false;
    bool json = false;
};

int run(const Options &options) {
    const std::vector<dl::module::OpInfo> &ops = dl::module::op_list();
    if (options.json) {
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (const dl::module::OpInfo &op : ops) {
            list.push_back({{"operator", op.op_type},
                            {"int8", op.int8},
                            {"int16", op.int16},
                            {"float32", op.float32},
                            {"restrictions", op.restrictions}});
        }
        printf("%s\n", list.dump(2).c_str());
        return EXIT_DONE;
    }
    auto mark = [&options](bool supported) {
        return supported ? (options.markdown ? "✔" : "yes") : (options.markdown ? "" : "-");
    };
    if (options.markdown) {
        printf("| operator | int8 | int16 | float32 | restrictions |\n|---|:-:|:-:|:-:|---|\n");
    } else {
        printf("%-22s %-5s %-6s %-8s %s\n", "operator", "int8", "int16", "float32", "restrictions");
    }
    for (const dl::module::OpInfo &op : ops) {
        printf(options.markdown ? "| %s | %s | %s | %s | %s |\n" : "%-22s %-5s %-6s %-8s %s\n", op.op_type,
               mark(op.int8), mark(op.int16), mark(op.float32), op.restrictions);
    }
    if (!options.markdown) {
        printf("%zu operators\n", ops.size());
    }
    return EXIT_DONE;
}

}  // namespace

void add_ops(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command = app.add_subcommand("ops", "List the operators and the types they compute in");
    const Option markdown = command.add_flag("--markdown", options->markdown, "As a Markdown table");
    command.add_flag("--json", options->json, "As JSON").excludes(markdown);
    command.callback([options, &exit_code]() { exit_code = run(*options); });
}

}  // namespace espdl_tool
