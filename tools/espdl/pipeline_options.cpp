#include "pipeline_options.hpp"

namespace espdl_tool {

bool PipelineArguments::finish(std::string &error) {
    if (score_thr >= 0) {
        options.score_thr = score_thr;
    }
    if (nms_thr >= 0) {
        options.nms_thr = nms_thr;
    }
    if (!colour.empty()) {
        options.bgr = colour == "BGR";
    }
    if (!softmax.empty()) {
        options.softmax = softmax == "yes";
    }
    auto is_odd = [](size_t count) { return count == 2 || count > 3; };
    if (is_odd(options.mean.size()) || is_odd(options.std.size()) || is_odd(options.letterbox.size())) {
        error = "--mean, --std, --letterbox: needed one number, or three";
        return false;
    }
    return true;
}

void add_pipeline_options(Command &command, PipelineArguments &arguments) {
    PipelineOptions &pipeline = arguments.options;
    command.add_option("--component", pipeline.component, "An app's own pre- and postprocessing")
        .one_of({"imagenet_cls", "coco_detect", "coco_pose"});
    command.add_option("--task", pipeline.task, "Default: what the outputs are for")
        .one_of({"classify", "detect", "pose", "segment"});
    command.add_option("--postprocessor", pipeline.postprocessor, "Default: what the outputs are for")
        .one_of({"cls", "yolo11", "yolo11_pose", "yolo11_seg", "espdet", "pico", "msr"});
    command.add_option("--second", pipeline.second,
                       "Model of the second stage, which looks at each candidate of MSR's (the face detector's MNP)");
    command.add_option("--mean", pipeline.mean, "Default: as the file says, else ImageNet's for classifiers and 0")
        .delimiter(',');
    command.add_option("--std", pipeline.std, "Default: as the file says, else ImageNet's for classifiers and 255")
        .delimiter(',');
    command
        .add_option("--colour", arguments.colour, "Order of the model's channels; default: as the file says, else RGB")
        .one_of({"RGB", "BGR"});
    command
        .add_option("--letterbox", pipeline.letterbox,
                    "Border colour; default: as the file says, else 114 for detectors; classifiers stretch")
        .delimiter(',')
        .range(0, 255);
    command.add_flag("--no-letterbox", pipeline.no_letterbox, "Stretch the picture");
    command.add_option("--softmax", arguments.softmax, "The classifier gives logits (default yes)")
        .one_of({"yes", "no"});
    command.add_option("--score-thr", arguments.score_thr, "Default: the component's (0.25 for detectors)")
        .range(0.0, 1.0);
    command.add_option("--nms-thr", arguments.nms_thr, "Default: the component's (0.7)").range(0.0, 1.0);
    command
        .add_option("--top-k", pipeline.top_k, "Results of a picture; default: the component's (5 classes, 10 boxes)")
        .range(1, 100000);
}

}  // namespace espdl_tool
