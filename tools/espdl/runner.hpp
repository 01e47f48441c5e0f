/**
 * @file runner.hpp
 * Running a model on given tensors, and on the test values inside a file.
 */
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dl_define.hpp"
#include "dl_model_base.hpp"
#include "dl_target.hpp"
#include "model_file.hpp"

namespace espdl_tool {

/** A tensor's value, apart from the model that made it. */
struct Value {
    std::string name;
    dl::dtype_t dtype = dl::DATA_TYPE_UNDEFINED;
    std::vector<int> shape;
    int exponent = 0;
    std::vector<uint8_t> data;
};

/** Names of the graph's variables that nodes make, in order of execution. */
std::vector<std::string> variables_in_order(fbs::FbsModel &model);

/**
 * Run the model and keep the wanted tensors. Inputs may be of the model's own type or float, which is quantized. Inputs
 * longer than the graph's along one axis are fed chunk by chunk and the outputs put together (streaming).
 * @param shapes of the outputs put together, which tell along which axis; else it is the inputs'
 * @param reset forget what the streaming caches hold from an earlier run
 */
bool run_model(dl::Model &model, const std::map<std::string, Value> &inputs, const std::vector<std::string> &wanted,
               std::map<std::string, Value> &outputs, std::string &error,
               const std::map<std::string, std::vector<int>> &shapes = {}, bool reset = true);

/** How one tensor compares with its test value. */
struct TensorResult {
    std::string name;
    std::string node;  ///< that makes it
    std::string op;
    dl::dtype_t dtype = dl::DATA_TYPE_UNDEFINED;
    size_t elements = 0;
    size_t differing = 0;       ///< elements that are not equal
    double max_difference = 0;  ///< in steps for integers, in value for floats
    double max_relative = 0;    ///< floats: relative to the larger of the two
    double tolerance = 0;       ///< in steps, or relative for floats
    int64_t worst = -1;         ///< element with the largest difference; -1: none differs
    double expected = 0, actual = 0;
    bool passed = false;
    std::string error;  ///< why it could not be compared
};

/** Compare raw elements. @param steps what integers may differ by; floats: relative 2e-5 and the last bits around zero
 */
TensorResult compare_values(const Value &expected, const Value &actual, int steps);

enum class Status {
    Exact,
    Within,        ///< within the tolerance
    Failed,        ///< a tensor differs
    NoTestValues,  ///< nothing to compare
    NotLoaded,     ///< the file cannot be used
};
const char *status_name(Status status);

struct FileResult {
    std::string path;
    dl::target_t target = dl::TARGET_ESP32P4;
    /** Neither option, path nor file told the target, the test values differ, and with this one they do not. */
    std::optional<dl::target_t> passes_as;
    std::string type;  ///< "s8", "s16", "f32" or a folder's finer name such as "s16_lut256"; "mixed"
    std::string op;    ///< operator, or name of the net
    Status status = Status::NotLoaded;
    std::string error;
    double max_difference = 0;          ///< of the worst tensor: the first failing one, else the largest
    std::vector<TensorResult> tensors;  ///< in order of execution
    const TensorResult *first_failed() const;
};

/** Run the test values inside one file. dl::target() must be the file's. */
FileResult test_file(const std::string &path, const ModelSelector &selector = {});

/** All .espdl files below the paths (files are taken whatever their names), sorted. @return false and the reason if a
 * path is missing */
bool find_models(const std::vector<std::string> &paths, std::vector<std::string> &files, std::string &error);

/**
 * Test many files in parallel. Files of one target run together, because dl::target() is one value for all threads.
 * @param done called after each file, in the order of the files of each chip, by one thread at a time
 */
std::vector<FileResult> test_files(const std::vector<std::string> &files, std::optional<dl::target_t> target,
                                   const ModelSelector &selector, int threads,
                                   const std::function<void(const FileResult &)> &done = {});

/** One line of the table: files of one target, type and operator. */
struct SummaryLine {
    std::string target, type, op;
    int files = 0, exact = 0, within = 0, failed = 0, no_values = 0;
    double max_difference = 0;
    std::string first_failing;  ///< file and tensor
};
std::vector<SummaryLine> summarize(const std::vector<FileResult> &results);
/** The lines as a table with headings. */
std::string summary_table(const std::vector<SummaryLine> &lines);
/** "FAILED  3  tensor 'x' (Conv): ..." : one line about one file. */
std::string result_line(const FileResult &result);

}  // namespace espdl_tool
