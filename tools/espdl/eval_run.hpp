/**
 * @file eval_run.hpp
 * All pictures of a shard through the firmware path, on all cores.
 */
#pragma once

#include "eval_journal.hpp"

namespace espdl_tool {

struct EvalJob {
    std::string model;
    ModelSelector selector;
    PipelineOptions pipeline;
    Shard shard;
    int threads = 1;
    std::string out;  ///< folder of the journal; "": results are kept in memory alone
};

/** Tells whether two data sets have the same pictures in the same order. */
std::string items_sha256(const EvalData &data);

/**
 * What an evaluation is: two with the same header find the same for each picture, whatever the machine. `shard` is
 * part of it.
 */
nlohmann::ordered_json eval_header(const EvalPipeline &pipeline, const EvalData &data, const Shard &shard);

/**
 * Do what the journal does not have yet.
 * @param pipeline   made by the caller, who wants to know about the model before it opens the data set
 * @param records    gets all of the shard, by picture
 * @param header     gets what eval_header() says
 */
bool run_eval(const EvalJob &job, std::unique_ptr<EvalPipeline> pipeline, const EvalData &data,
              std::vector<EvalRecord> &records, nlohmann::ordered_json &header, std::string &error);

}  // namespace espdl_tool
