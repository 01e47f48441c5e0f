// espdl audit: how well a quantized network's scales fit what really flows through it.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "audit.hpp"
#include "commands.hpp"
#include "dl_image_file.hpp"
#include "dl_tool.hpp"
#include "esp_heap_caps.h"
#include "log_capture.hpp"
#include "pipeline_options.hpp"
#include "progress.hpp"
#include "runner.hpp"

namespace espdl_tool {

namespace {

using Json = nlohmann::ordered_json;

struct Options : CommonOptions {
    std::string path, images;
    PipelineArguments arguments;
    double max_saturation = 0.01;
    size_t limit = 100;
    int threads = 0;
    bool all = false;
    bool json = false;
};

/** What is measured beside the tensors: how sure the firmware is, with the preprocessing as it is and otherwise. */
struct Confidence {
    std::string name;
    double sum = 0;  ///< of each picture's best score
    size_t pictures = 0;
    double mean() const { return pictures > 0 ? sum / static_cast<double>(pictures) : 0; }
};

struct Result {
    TensorAudits audits;
    size_t pictures = 0;
    std::vector<std::pair<std::string, std::string>> broken;  ///< file, reason
};

/** All tensors of one picture. @return the reason if it cannot be used */
std::string run_picture(EvalPipeline &pipeline, dl::image::ImagePreprocessor &preprocessor,
                        const std::vector<std::string> &wanted, const std::string &path, TensorAudits &audits) {
    Value input;
    std::map<std::string, Value> outputs;
    std::string error;
    if (!read_picture(pipeline.model(), preprocessor, path, input, error) ||
        !run_model(pipeline.model(), {{input.name, input}}, wanted, outputs, error)) {
        return error;
    }
    add_value(audits, input);
    for (const auto &[output, value] : outputs) {
        add_value(audits, value);
    }
    return "";
}

bool audit_pictures(const Options &options, const ModelSelector &selector, const EvalData &data, EvalPipeline &first,
                    Result &result, std::string &error) {
    const std::vector<std::string> wanted = variables_in_order(first.file().model());
    std::atomic<size_t> next = 0;
    std::mutex mutex;
    Progress progress(data.items.size());
    auto work = [&](EvalPipeline &pipeline) {
        TensorAudits audits;
        const std::unique_ptr<dl::image::ImagePreprocessor> preprocessor = pipeline.make_preprocessor();
        for (size_t at = next++; at < data.items.size(); at = next++) {
            const std::string reason =
                run_picture(pipeline, *preprocessor, wanted, data.path_of(data.items[at]), audits);
            const std::lock_guard<std::mutex> lock(mutex);
            result.pictures += reason.empty();
            if (!reason.empty()) {
                result.broken.emplace_back(data.items[at].name, reason);
            }
            progress.step();
        }
        const std::lock_guard<std::mutex> lock(mutex);
        add_audits(result.audits, audits);
    };
    dl::set_thread_count(1);
    std::vector<std::thread> threads;
    for (size_t i = 1; i < std::min<size_t>(static_cast<size_t>(options.threads), data.items.size()); i++) {
        threads.emplace_back([&] {
            std::string reason;
            auto pipeline = EvalPipeline::make(options.path, selector, options.arguments.options, reason);
            if (pipeline) {
                work(*pipeline);
                return;
            }
            const std::lock_guard<std::mutex> lock(mutex);
            error = reason;
        });
    }
    work(first);
    for (std::thread &thread : threads) {
        thread.join();
    }
    std::sort(result.broken.begin(), result.broken.end());
    return error.empty();
}

/** The same pictures with another colour order or shape: a network is surest of what it was trained with. */
std::vector<Confidence> try_variants(const Options &options, const ModelSelector &selector, const EvalData &data,
                                     const EvalPipeline &pipeline) {
    const PipelineOptions &own = options.arguments.options;
    std::vector<std::pair<std::string, PipelineOptions>> variants = {{"as given", own}};
    if (pipeline.mean().size() == 3) {
        const bool bgr = pipeline.describe()["bgr"].get<bool>();
        variants.emplace_back(bgr ? "RGB" : "BGR", own);
        variants.back().second.bgr = !bgr;
    }
    const bool boxed = !pipeline.describe()["letterbox"].empty();
    variants.emplace_back(boxed ? "stretched" : "letterbox", own);
    variants.back().second.no_letterbox = boxed;
    variants.back().second.letterbox = boxed ? std::vector<int>() : std::vector<int>{114};
    std::vector<Confidence> result;
    for (auto &[name, variant] : variants) {
        std::string error;
        variant.score_thr = 0.0f;
        const std::unique_ptr<EvalPipeline> other = EvalPipeline::make(options.path, selector, variant, error);
        Confidence confidence = {name};
        for (size_t i = 0; other && i < data.items.size(); i++) {
            const EvalRecord record = other->run(data.path_of(data.items[i]));
            if (record.error.empty()) {
                confidence.pictures++;
                confidence.sum += !record.classes.empty()   ? record.classes[0].second
                                  : !record.objects.empty() ? record.objects[0].score
                                                            : 0;
            }
        }
        result.push_back(confidence);
    }
    return result;
}

void add_input_findings(const std::vector<InputAudit> &inputs, const std::vector<Confidence> &variants,
                        std::vector<Finding> &findings) {
    char text[256];
    for (const InputAudit &input : inputs) {
        snprintf(text, sizeof(text), "channel %d: %d of 256 values are cut off: %g to %g where %g to %g can be held",
                 input.channel, input.cut_values, input.low, input.high, input.representable_low,
                 input.representable_high);
        if (input.cut_values > 0) {
            findings.push_back({true, "preprocessing", "input", text});
        }
        snprintf(text, sizeof(text),
                 "channel %d: %g to %g uses %d bits less than the input has: are mean and std those "
                 "of the training?",
                 input.channel, input.low, input.high, input.unused_bits);
        if (input.unused_bits > 0) {
            findings.push_back({input.unused_bits >= 2, "preprocessing", "input", text});
        }
    }
    for (size_t i = 1; i < variants.size(); i++) {
        if (variants[i].mean() > 1.1 * variants[0].mean() && variants[0].pictures >= 8) {
            snprintf(text, sizeof(text), "the network is surer with %s: mean best score %.3f instead of %.3f",
                     variants[i].name.c_str(), variants[i].mean(), variants[0].mean());
            findings.push_back({false, "preprocessing", "input", text});
        }
    }
}

Json tensor_json(const TensorAudit &audit) {
    const std::vector<int> dead = audit.dead_channels();
    return {{"tensor", audit.name},       {"node", audit.node},
            {"type", audit.op},           {"dtype", dl::tool::dtype_to_string(audit.dtype)},
            {"shape", audit.shape},       {"exponent", audit.exponent},
            {"elements", audit.elements}, {"low_end", audit.low},
            {"high_end", audit.high},     {"saturation", audit.saturation()},
            {"zeros", audit.zeros},       {"least", audit.least},
            {"greatest", audit.greatest}, {"unused_bits", audit.unused_bits()},
            {"dead_channels", dead},      {"histogram", audit.histogram}};
}

Json make_report(const Options &options, const EvalPipeline &pipeline, const Result &result,
                 const std::vector<InputAudit> &inputs, const std::vector<Confidence> &variants,
                 const std::vector<TensorAudit> &ordered, const std::vector<Finding> &findings) {
    Json report = {{"file", options.path},
                   {"target", dl::target_name(dl::target())},
                   {"pipeline", pipeline.describe()},
                   {"images", options.images},
                   {"pictures", result.pictures},
                   {"broken", Json::array()},
                   {"input", Json::array()},
                   {"confidence", Json::object()},
                   {"findings", Json::array()},
                   {"tensors", Json::array()}};
    for (const auto &[file, reason] : result.broken) {
        report["broken"].push_back({{"file", file}, {"reason", reason}});
    }
    for (const InputAudit &input : inputs) {
        report["input"].push_back({{"channel", input.channel},
                                   {"low", input.low},
                                   {"high", input.high},
                                   {"representable_low", input.representable_low},
                                   {"representable_high", input.representable_high},
                                   {"worst_excess_steps", input.worst_excess},
                                   {"cut_values", input.cut_values},
                                   {"unused_bits", input.unused_bits}});
    }
    for (const Confidence &confidence : variants) {
        report["confidence"][confidence.name] = confidence.mean();
    }
    bool passed = true;
    for (const Finding &finding : findings) {
        passed = passed && !finding.is_problem;
        report["findings"].push_back({{"severity", finding.is_problem ? "problem" : "note"},
                                      {"kind", finding.kind},
                                      {"tensor", finding.tensor},
                                      {"text", finding.text}});
    }
    for (const TensorAudit &audit : ordered) {
        report["tensors"].push_back(tensor_json(audit));
    }
    report["passed"] = passed;
    return report;
}

/** What the firmware says of the first pictures. */
Json show_results(const EvalData &data, EvalPipeline &pipeline) {
    constexpr size_t SHOWN = 12;
    Json results = Json::array();
    for (size_t i = 0; i < std::min(SHOWN, data.items.size()); i++) {
        Json result = record_json(pipeline.run(data.path_of(data.items[i])));
        result["picture"] = data.items[i].name;
        results.push_back(result);
    }
    return results;
}

/** The histogram in one line: eight heights. */
std::string sketch(const TensorAudit &audit) {
    static const char *const HEIGHTS[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::string line;
    const int64_t most = *std::max_element(audit.histogram.begin(), audit.histogram.end());
    for (int64_t bin : audit.histogram) {
        // By magnitude: one bin holds most of a network's values.
        const double share = bin > 0 ? 1 + std::log10(static_cast<double>(bin) / static_cast<double>(most)) / 4 : 0;
        line += HEIGHTS[std::clamp(static_cast<int>(std::ceil(8 * share)), bin > 0 ? 1 : 0, 8)];
    }
    return line;
}

void print_text(const Json &report, const std::vector<TensorAudit> &ordered, bool all) {
    printf("%s on %s, %zu pictures\n", report["file"].get<std::string>().c_str(),
           report["target"].get<std::string>().c_str(), report["pictures"].get<size_t>());
    for (const Json &entry : report["broken"]) {
        printf("  broken: %s: %s\n", entry["file"].get<std::string>().c_str(),
               entry["reason"].get<std::string>().c_str());
    }
    for (const Json &input : report["input"]) {
        printf("  input channel %d: %g to %g, the input holds %g to %g\n", input["channel"].get<int>(),
               input["low"].get<double>(), input["high"].get<double>(), input["representable_low"].get<double>(),
               input["representable_high"].get<double>());
    }
    for (const auto &[name, mean] : report["confidence"].items()) {
        printf("  mean best score, %s: %.3f\n", name.c_str(), mean.get<double>());
    }
    if (all) {
        printf("  %-32s %-14s %6s %9s %9s %6s %6s  %s\n", "tensor", "type", "scale", "low end", "high end", "unused",
               "dead", "from the lowest to the highest value of the type");
        for (const TensorAudit &audit : ordered) {
            printf("  %-32s %-14s  2^%-3d %7.3f %% %7.3f %% %6d %6zu |%s|\n", audit.name.c_str(), audit.op.c_str(),
                   audit.exponent, 100.0 * static_cast<double>(audit.low) / static_cast<double>(audit.elements),
                   100.0 * static_cast<double>(audit.high) / static_cast<double>(audit.elements), audit.unused_bits(),
                   audit.dead_channels().size(), sketch(audit).c_str());
        }
    }
    for (const Json &finding : report["findings"]) {
        printf("  %s: %s, %s: %s\n", finding["severity"].get<std::string>().c_str(),
               finding["kind"].get<std::string>().c_str(), finding["tensor"].get<std::string>().c_str(),
               finding["text"].get<std::string>().c_str());
    }
    printf("  %s\n", report["passed"].get<bool>() ? "no problems" : "there are problems");
}

/** In the order of execution, the input first, with the nodes that make them. */
std::vector<TensorAudit> order_audits(TensorAudits &audits, fbs::FbsModel &graph) {
    std::vector<TensorAudit> ordered;
    for (const std::string &input : graph.get_graph_inputs()) {
        if (audits.count(input)) {
            ordered.push_back(audits[input]);
        }
    }
    for (const std::string &node : graph.topological_sort()) {
        std::vector<std::string> inputs, outputs;
        graph.get_operation_inputs_and_outputs(node, inputs, outputs);
        for (const std::string &output : outputs) {
            if (audits.count(output)) {
                audits[output].node = node;
                audits[output].op = graph.get_operation_type(node);
                ordered.push_back(audits[output]);
            }
        }
    }
    return ordered;
}

int audit(Options options) {
    std::string error;
    ModelSelector selector;
    if (!options.arguments.finish(error) || !open_model(options, options.path, selector, nullptr, error)) {
        return refuse(error);
    }
    if (!options.arguments.options.component.empty()) {
        return refuse("--component: the audit needs to know mean and std: the defaults are the components'");
    }
    if (options.threads == 0) {
        options.threads = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 256u));
    }
    std::unique_ptr<EvalPipeline> pipeline =
        EvalPipeline::make(options.path, selector, options.arguments.options, error);
    EvalData data;
    if (!pipeline || !open_eval_data(options.images, "", pipeline->task(), options.limit, data, error)) {
        return refuse(error);
    }
    Result result;
    if (!audit_pictures(options, selector, data, *pipeline, result, error)) {
        return refuse(error);
    }
    if (result.pictures == 0) {
        return refuse("no picture could be used; the first one: " + result.broken.front().second);
    }
    fbs::FbsModel &graph = pipeline->file().model();
    const dl::TensorBase *input = pipeline->model().get_inputs().begin()->second;
    const std::vector<InputAudit> inputs =
        audit_input(input->dtype, input->exponent, pipeline->mean(), pipeline->std());
    const std::vector<Confidence> variants = try_variants(options, selector, data, *pipeline);
    std::vector<Finding> findings;
    for (const std::string &breach : pipeline->contract_breaches()) {
        findings.push_back({true, "contract", "input", breach});
    }
    add_input_findings(inputs, variants, findings);
    const std::vector<Finding> inside = audit_findings(result.audits, graph, options.max_saturation);
    findings.insert(findings.end(), inside.begin(), inside.end());
    const std::vector<TensorAudit> ordered = order_audits(result.audits, graph);
    Json report = make_report(options, *pipeline, result, inputs, variants, ordered, findings);
    report["results"] = show_results(data, *pipeline);
    if (options.json) {
        printf("%s\n", report.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    } else {
        print_text(report, ordered, options.all);
    }
    return report["passed"].get<bool>() ? EXIT_DONE : EXIT_CHECK_FAILED;
}

}  // namespace

void add_audit(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command = app.add_subcommand(
        "audit", "Where values are cut off or bits are wasted, in preprocessing and network (docs/audit.md)");
    command.add_option("file", options->path, ".espdl file").required();
    command.add_option("--images", options->images, "Folder of pictures").required();
    command.add_option("--limit", options->limit, "Only the first N pictures; 0: all").show_default();
    command.add_option("--max-saturation", options->max_saturation, "Share of values at the ends that is no problem")
        .range(0.0, 1.0)
        .show_default();
    command.add_option("--threads", options->threads, "Pictures at a time (default: all cores)").range(1, 256);
    command.add_flag("--all", options->all, "Every tensor with its histogram");
    command.add_flag("--json", options->json, "For machines");
    add_pipeline_options(command, options->arguments);
    add_selector_options(command, *options);
    add_target_option(command, *options);
    command.callback([options, &exit_code] { exit_code = audit(*options); });
}

}  // namespace espdl_tool
