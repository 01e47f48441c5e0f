// espdl test: runs the test values inside the files and compares.

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "commands.hpp"
#include "dl_tool.hpp"
#include "progress.hpp"
#include "runner.hpp"

namespace espdl_tool {

namespace {

struct Options : CommonOptions {
    std::vector<std::string> paths;
    int threads = 0;
    bool json = false;
    bool quiet = false;
};

/** JSON has no infinity. */
nlohmann::ordered_json number(double value) {
    return std::isfinite(value) ? nlohmann::ordered_json(value)
                                : nlohmann::ordered_json(std::isnan(value) ? "nan"
                                                         : value > 0       ? "inf"
                                                                           : "-inf");
}

nlohmann::ordered_json to_json(const FileResult &result) {
    nlohmann::ordered_json file = {{"path", result.path},
                                   {"target", dl::target_name(result.target)},
                                   {"type", result.type},
                                   {"operator", result.op},
                                   {"status", status_name(result.status)},
                                   {"max_difference", number(result.max_difference)}};
    if (result.passes_as) {
        file["passes_as"] = dl::target_name(*result.passes_as);
    }
    if (!result.error.empty()) {
        file["error"] = result.error;
    }
    file["tensors"] = nlohmann::ordered_json::array();
    for (const TensorResult &tensor : result.tensors) {
        nlohmann::ordered_json entry = {{"name", tensor.name},
                                        {"node", tensor.node},
                                        {"operator", tensor.op},
                                        {"dtype", dl::tool::dtype_to_string(tensor.dtype)},
                                        {"elements", tensor.elements},
                                        {"differing", tensor.differing},
                                        {"max_difference", number(tensor.max_difference)},
                                        {"max_relative", number(tensor.max_relative)},
                                        {"tolerance", tensor.tolerance},
                                        {"passed", tensor.passed}};
        if (tensor.worst >= 0) {
            entry["worst"] = {
                {"element", tensor.worst}, {"expected", number(tensor.expected)}, {"actual", number(tensor.actual)}};
        }
        if (!tensor.error.empty()) {
            entry["error"] = tensor.error;
        }
        file["tensors"].push_back(entry);
    }
    return file;
}

nlohmann::ordered_json to_json(const SummaryLine &line) {
    return {{"target", line.target},
            {"type", line.type},
            {"operator", line.op},
            {"files", line.files},
            {"exact", line.exact},
            {"within", line.within},
            {"failed", line.failed},
            {"no_test_values", line.no_values},
            {"max_difference", number(line.max_difference)},
            {"first_failing", line.first_failing}};
}

int run(const Options &options) {
    std::string error;
    ModelSelector selector;
    std::optional<dl::target_t> target;
    std::vector<std::string> files;
    if (!read_selector(options, selector, error) || !read_target(options, target, error) ||
        !find_models(options.paths, files, error)) {
        return refuse(error);
    }
    if (files.empty()) {
        return refuse("there is no .espdl file below '" + options.paths[0] + "'");
    }
    const int threads =
        options.threads > 0 ? options.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    Progress progress(files.size());
    const std::vector<FileResult> results = test_files(files, target, selector, threads, [&](const FileResult &result) {
        const bool bad = result.status == Status::Failed || result.status == Status::NotLoaded;
        if (!options.json && (bad || !options.quiet)) {
            progress.hide();
            printf("%s\n", result_line(result).c_str());
            fflush(stdout);
        }
        progress.step();
    });
    progress.hide();

    const std::vector<SummaryLine> lines = summarize(results);
    int failed = 0, not_loaded = 0, no_values = 0, passing_otherwise = 0;
    for (const FileResult &result : results) {
        failed += result.status == Status::Failed;
        not_loaded += result.status == Status::NotLoaded;
        no_values += result.status == Status::NoTestValues;
        passing_otherwise += result.passes_as.has_value();
    }
    if (options.json) {
        nlohmann::ordered_json report;
        report["files"] = nlohmann::ordered_json::array();
        for (const FileResult &result : results) {
            report["files"].push_back(to_json(result));
        }
        report["summary"] = nlohmann::ordered_json::array();
        for (const SummaryLine &line : lines) {
            report["summary"].push_back(to_json(line));
        }
        report["total"] = {
            {"files", results.size()}, {"failed", failed}, {"not_loaded", not_loaded}, {"no_test_values", no_values}};
        // Names come from files, and may hold any byte.
        printf("%s\n", report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    } else if (results.size() > 1) {
        printf("\n%s", summary_table(lines).c_str());
        printf("%zu files: %d differ, %d not loaded, %d without test values\n", results.size(), failed, not_loaded,
               no_values);
    }
    if (!options.json && passing_otherwise > 0) {
        printf(
            "Nothing told the target, and it was taken to be esp32p4: %d of %d files that differ pass with --target "
            "esp32s3\n",
            passing_otherwise, failed);
    }
    if (not_loaded > 0) {
        if (results.size() == 1) {
            refuse(results[0].error);
        }
        return EXIT_WRONG_INPUT;
    }
    if (failed > 0) {
        return EXIT_CHECK_FAILED;
    }
    return no_values == static_cast<int>(results.size()) ? refuse("no file holds test values") : EXIT_DONE;
}

}  // namespace

void add_test(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command =
        app.add_subcommand("test", "Run the test values inside files and compare: a line per file, then a table");
    command.add_option("MODEL", options->paths, ".espdl files, or folders that hold them").required();
    add_target_option(command, *options);
    add_selector_options(command, *options);
    command.add_option("--threads", options->threads, "Files at a time (default: all processors)").range(1, 256);
    command.add_flag("-q,--quiet", options->quiet, "Only lines of files that fail, and the table");
    command.add_flag("--json", options->json, "Everything as JSON");
    command.footer(
        "Integers of 8 bits must be exact, of 16 bits within 1, floats within 2e-5 of their value. 16 bits have more "
        "room where a table has steps (4, of Exp 66), and where a tensor is finer than a sum that it is computed from "
        "(1 and a step of that sum).\nExit code: 0 all pass, 1 a file differs, 2 a file cannot be used.");
    command.callback([options, &exit_code]() { exit_code = run(*options); });
}

}  // namespace espdl_tool
