/**
 * @file eval_report.hpp
 * From records of pictures to measures, and to files for other tools.
 */
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "coco_eval.hpp"
#include "eval_pipeline.hpp"

namespace espdl_tool {

/** A threshold for CI: "top1=0.7", "bbox.AP=0.3". */
struct EvalLimit {
    std::string name;
    double least = 0;
};
bool parse_limit(const std::string &text, EvalLimit &limit);

/**
 * The report of an evaluation. It depends on the records alone: not on threads, shards, or how often it was resumed.
 * @param header   as eval_header() says
 * @param records  of all pictures, in their order
 * @param names    of the model's classes; {}: those of its metadata, if there are any
 * @param folder   gets report.json, results_<kind>.json, confusion.csv and broken.csv; "": nothing is written
 */
bool make_report(const nlohmann::ordered_json &header, const EvalData &data, const std::vector<EvalRecord> &records,
                 const std::vector<std::string> &names, const std::string &folder, nlohmann::ordered_json &report,
                 std::string &error);

/** Measures of a summary, by name, and of each category. */
nlohmann::ordered_json summary_json(const coco::Summary &summary, const coco::DataSet &truth);

/** For people. */
void print_report(const nlohmann::ordered_json &report);

/** @return the limits that are not met, as text; a measure that the report does not have is not met */
std::vector<std::string> unmet_limits(const nlohmann::ordered_json &report, const std::vector<EvalLimit> &limits);

}  // namespace espdl_tool
