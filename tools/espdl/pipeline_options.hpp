/**
 * @file pipeline_options.hpp
 * The options that describe a model's preprocessing and postprocessing on the command line.
 */
#pragma once

#include "command_line.hpp"
#include "eval_pipeline.hpp"

namespace espdl_tool {

/** What the parser fills in before it becomes PipelineOptions. */
struct PipelineArguments {
    PipelineOptions options;
    std::string softmax, colour;
    float score_thr = -1, nms_thr = -1;

    /** @return false with the reason if numbers are missing */
    bool finish(std::string &error);
};

void add_pipeline_options(Command &command, PipelineArguments &arguments);

}  // namespace espdl_tool
