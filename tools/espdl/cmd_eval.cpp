// espdl eval: how good the firmware path is on a data set.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "commands.hpp"
#include "eval_report.hpp"
#include "eval_run.hpp"
#include "eval_slurm.hpp"
#include "file_io.hpp"
#include "pipeline_options.hpp"

namespace espdl_tool {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Options : CommonOptions {
    std::string path;
    std::string data, images, out, predictions, classes, shard_text, program, program_key;
    std::vector<std::string> limit_texts, merge, slurm_options, program_arguments;
    PipelineArguments arguments;
    size_t limit = 0;
    int threads = 0, slurm = 0, slurm_threads = 1, slurm_tries = 3;
    bool json = false;

    Shard shard;
    std::vector<EvalLimit> limits;
    std::vector<std::string> class_names;
};

bool read_lines(const std::string &path, std::vector<std::string> &lines, std::string &error) {
    std::vector<uint8_t> bytes;
    if (!read_file(path, bytes, error)) {
        return false;
    }
    std::istringstream text(std::string(bytes.begin(), bytes.end()));
    for (std::string line; std::getline(text, line);) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
            line.pop_back();
        }
        if (!line.empty()) {
            lines.push_back(line);
        }
    }
    return true;
}

/** What the command line says in words. */
bool complete(Options &options, std::string &error) {
    if (!options.shard_text.empty() && !parse_shard(options.shard_text, options.shard)) {
        error = "--shard " + options.shard_text + ": needed 3/8, the third of eight parts";
        return false;
    }
    for (const std::string &text : options.limit_texts) {
        options.limits.emplace_back();
        if (!parse_limit(text, options.limits.back())) {
            error = "--min " + text + ": needed NAME=NUMBER, such as top1=0.7 or bbox.AP=0.3";
            return false;
        }
    }
    if (!options.arguments.finish(error)) {
        return false;
    }
    if (options.threads == 0) {
        options.threads = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 256u));
    }
    return options.classes.empty() || read_lines(options.classes, options.class_names, error);
}

/** Print the report; exit code 1 if it is not good enough. */
int conclude(const Json &report, const Options &options) {
    if (options.json) {
        printf("%s\n", report.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    } else {
        print_report(report);
    }
    const std::vector<std::string> unmet = unmet_limits(report, options.limits);
    for (const std::string &text : unmet) {
        fprintf(stderr, "espdl: %s\n", text.c_str());
    }
    return unmet.empty() ? EXIT_DONE : EXIT_CHECK_FAILED;
}

/** Results of elsewhere against the truth. */
int compare_predictions(const Options &options) {
    EvalTask task = EvalTask::Detect;
    std::string error;
    EvalData data;
    if (!options.arguments.options.task.empty()) {
        task_from_name(options.arguments.options.task, task);
    }
    if (task == EvalTask::Classify) {
        return refuse("--predictions: COCO's results are needed; --task says which: detect, pose, segment");
    }
    if (!open_eval_data(options.data, options.images, task, 0, data, error)) {
        return refuse(error);
    }
    if (!data.has_truth) {
        return refuse("--data: '" + options.data + "' tells no truth to compare with");
    }
    std::vector<uint8_t> text;
    if (!read_file(options.predictions, text, error)) {
        return refuse(error);
    }
    const coco::Kind kind = kinds_of(task).back();
    const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
    std::vector<coco::Object> objects;
    if (!coco::read_results(json, kind, data.truth, objects, error)) {
        return refuse("'" + options.predictions + "': " + error);
    }
    const Json report = {{"data", options.data},
                         {"predictions", options.predictions},
                         {coco::kind_name(kind), summary_json(coco::evaluate(data.truth, objects, kind), data.truth)}};
    return conclude(report, options);
}

/** The shards' journals of some folders: all pictures, each once. */
bool read_shards(const std::vector<std::string> &folders, Json &header, std::vector<EvalRecord> &records,
                 std::string &error) {
    std::vector<std::string> paths;
    for (const std::string &folder : folders) {
        std::error_code code;
        for (const auto &entry : fs::directory_iterator(folder, code)) {
            if (entry.path().extension() == ".journal") {
                paths.push_back(entry.path().string());
            }
        }
        if (code) {
            error = "'" + folder + "': " + code.message();
            return false;
        }
    }
    if (paths.empty()) {
        error = "no journals (*.journal) in the folders given";
        return false;
    }
    std::sort(paths.begin(), paths.end());
    std::vector<bool> seen;
    for (const std::string &path : paths) {
        JournalContent content;
        if (!read_journal(path, content, error)) {
            return false;
        }
        if (content.header.is_null()) {
            error = "'" + path + "' is no journal of an evaluation";
            return false;
        }
        Json shardless = content.header;
        shardless.erase("shard");
        if (header.is_null()) {
            header = shardless;
            seen.resize(header["pictures"].get<size_t>());
        } else if (header != shardless) {
            error = "'" + path + "' belongs to another evaluation than '" + paths[0] + "'";
            return false;
        }
        for (EvalRecord &record : content.records) {
            if (record.item >= seen.size() || seen[record.item]) {
                error = "'" + path + "': picture number " + std::to_string(record.item + 1) +
                        (record.item >= seen.size() ? " is none of the data set's" : " is in another shard, too");
                return false;
            }
            seen[record.item] = true;
            records.push_back(std::move(record));
        }
    }
    const size_t missing = static_cast<size_t>(std::count(seen.begin(), seen.end(), false));
    if (missing > 0) {
        error = std::to_string(missing) + " of " + std::to_string(seen.size()) +
                " pictures are in no journal: run the shards to their end first";
        return false;
    }
    std::sort(records.begin(), records.end(), [](const EvalRecord &a, const EvalRecord &b) { return a.item < b.item; });
    return true;
}

int merge(const Options &options) {
    std::string error;
    Json header, report;
    std::vector<EvalRecord> records;
    EvalData data;
    EvalTask task = EvalTask::Classify;
    if (!read_shards(options.merge, header, records, error)) {
        return refuse(error);
    }
    if (!task_from_name(header["pipeline"]["task"].get<std::string>(), task) ||
        !open_eval_data(options.data, options.images, task, options.limit, data, error)) {
        return refuse(error);
    }
    if (header["pictures_sha256"] != items_sha256(data)) {
        return refuse("--data: '" + options.data + "' has other pictures than the journals");
    }
    const std::string folder = options.out.empty() ? options.merge[0] : options.out;
    std::error_code code;
    fs::create_directories(folder, code);
    if (!make_report(header, data, records, options.class_names, folder, report, error)) {
        return refuse(error);
    }
    return conclude(report, options);
}

/** The command of a shard, but for --shard and --threads. */
std::vector<std::string> shard_command(const Options &options) {
    std::error_code code;
    const PipelineOptions &pipeline = options.arguments.options;
    std::vector<std::string> command = {fs::read_symlink("/proc/self/exe", code).string(),
                                        "eval",
                                        options.path,
                                        "--data",
                                        options.data,
                                        "--out",
                                        options.out,
                                        "--target",
                                        dl::target_name(dl::target())};
    auto add = [&](const char *name, const std::string &value) {
        if (!value.empty()) {
            command.insert(command.end(), {name, value});
        }
    };
    auto add_numbers = [&](const char *name, const auto &values) {
        std::string text;
        for (const auto &value : values) {
            text += (text.empty() ? "" : ",") + Json(value).dump();
        }
        add(name, text);
    };
    add("--images", options.images);
    add("--classes", options.classes);
    add("--model", options.model);
    add("--key", options.key);
    add("--component", pipeline.component);
    add("--task", pipeline.task);
    add("--postprocessor", pipeline.postprocessor);
    add("--second", pipeline.second);
    add_numbers("--mean", pipeline.mean);
    add_numbers("--std", pipeline.std);
    add_numbers("--letterbox", pipeline.letterbox);
    add("--colour", options.arguments.colour);
    add("--softmax", options.arguments.softmax);
    add("--score-thr", pipeline.score_thr ? Json(*pipeline.score_thr).dump() : "");
    add("--nms-thr", pipeline.nms_thr ? Json(*pipeline.nms_thr).dump() : "");
    add("--top-k", pipeline.top_k > 0 ? std::to_string(pipeline.top_k) : "");
    add("--limit", options.limit > 0 ? std::to_string(options.limit) : "");
    if (pipeline.no_letterbox) {
        command.push_back("--no-letterbox");
    }
    return command;
}

/** Whether a journal has all of its shard, done by the evaluation that the header tells of. */
bool is_complete(const Options &options, const Json &header, const Shard &shard, size_t pictures) {
    JournalContent content;
    std::string error;
    if (!read_journal(journal_path(options.out, shard), content, error) || content.header.is_null()) {
        return false;
    }
    Json own = header;
    own["shard"] = {shard.index, shard.count};
    size_t expected = 0;
    for (size_t i = 0; i < pictures; i++) {
        expected += shard.has(i);
    }
    return content.header == own && content.records.size() == expected;
}

int run_on_slurm(const Options &options, const EvalPipeline &pipeline, const EvalData &data) {
    SlurmJob job;
    job.folder = options.out;
    job.command = shard_command(options);
    job.options = options.slurm_options;
    job.shards = options.slurm;
    job.threads = options.slurm_threads;
    job.tries = options.slurm_tries;
    const Json header = eval_header(pipeline, data, {});
    std::string error;
    const bool done = run_slurm(
        job,
        [&](int shard) {
            return is_complete(options, header, {shard, options.slurm}, data.items.size());
        },
        error);
    if (!done) {
        return refuse(error);
    }
    Options merging = options;
    merging.merge = {options.out};
    return merge(merging);
}

/** A model over its data set. */
int evaluate(const Options &options) {
    ModelSelector selector;
    std::string error;
    PipelineOptions pipeline_options = options.arguments.options;
    if (!options.program.empty()) {
        pipeline_options.program = {options.program};
        pipeline_options.program.insert(pipeline_options.program.end(), options.program_arguments.begin(),
                                        options.program_arguments.end());
        pipeline_options.program_key = options.program_key;
        pipeline_options.program_names = options.class_names;
        dl::target_t target = dl::target();
        if (!options.target.empty() && !dl::target_from_name(options.target.c_str(), &target)) {
            return refuse("--target " + options.target + ": this is no chip");
        }
        dl::set_target(target);
    } else if (!open_model(options, options.path, selector, nullptr, error)) {
        return refuse(error);
    }
    std::unique_ptr<EvalPipeline> pipeline = EvalPipeline::make(options.path, selector, pipeline_options, error);
    if (!pipeline) {
        return refuse(error);
    }
    EvalData data;
    if (!open_eval_data(options.data, options.images, pipeline->task(), options.limit, data, error)) {
        return refuse(error);
    }
    std::vector<int> map;
    const std::vector<std::string> &names = options.class_names.empty() ? pipeline->class_names() : options.class_names;
    if (data.has_truth && !map_classes(names, pipeline->class_count(), data, map, error)) {
        return refuse(error);
    }
    std::error_code code;
    if (!options.out.empty() && !fs::create_directories(options.out, code) && code) {
        return refuse("cannot make folder '" + options.out + "': " + code.message());
    }
    if (options.slurm > 0) {
        return run_on_slurm(options, *pipeline, data);
    }
    EvalJob job = {options.path, selector, pipeline_options, options.shard, options.threads, options.out};
    std::vector<EvalRecord> records;
    Json header, report;
    if (!run_eval(job, std::move(pipeline), data, records, header, error)) {
        return refuse(error);
    }
    if (options.shard.count > 1) {
        return EXIT_DONE;  // `espdl eval merge` makes the report
    }
    if (!make_report(header, data, records, options.class_names, options.out, report, error)) {
        return refuse(error);
    }
    if (report["evaluated"] == 0) {
        return refuse("no picture could be used; the first one: " + records.front().error);
    }
    return conclude(report, options);
}

int eval(Options options) {
    std::string error;
    if (!complete(options, error)) {
        return refuse(error);
    }
    if (options.data.empty()) {
        return refuse("--data is needed: a folder of pictures, COCO's JSON, or a .csv file");
    }
    if (!options.merge.empty()) {
        return merge(options);
    }
    if (!options.predictions.empty()) {
        return options.path.empty() ? compare_predictions(options)
                                    : refuse("--predictions takes the place of a model: give one of them");
    }
    if (options.path.empty() == options.program.empty()) {
        return refuse("needed is one of a model, --program and --predictions");
    }
    if (!options.program.empty() && options.slurm > 0) {
        return refuse("--program runs on this machine: --shard on other engines, not --slurm");
    }
    if ((options.shard.count > 1 || options.slurm > 0) && options.out.empty()) {
        return refuse("--out is needed: shards meet in a folder");
    }
    if (options.slurm > 0 && options.shard.count > 1) {
        return refuse("--slurm makes the shards itself");
    }
    return evaluate(options);
}

void add_data_options(Command &command, Options &options) {
    command.add_option("--data", options.data,
                       "Folder with a folder of pictures for each class, COCO's .json, or a .csv with file,label[,x,y,"
                       "width,height]");
    command.add_option("--images", options.images,
                       "Folder that file names in --data are relative to (default: its own)");
    command.add_option("--classes", options.classes, "Names of the model's classes, a line each");
    command.add_option("--limit", options.limit, "Only the first N pictures");
    command.add_option("--out", options.out,
                       "Folder for journal, report and results; a run that was broken off goes on");
    command.add_option("--min", options.limit_texts, "Exit code 1 if a measure is lower: top1=0.7, bbox.AP=0.3");
    command.add_flag("--json", options.json, "The report as JSON");
}

}  // namespace

void add_eval(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command =
        app.add_subcommand("eval", "Measure the accuracy of the firmware path on a data set (docs/eval.md)");
    command.add_option("file", options->path, ".espdl file");
    add_data_options(command, *options);
    add_pipeline_options(command, options->arguments);
    command.add_option("--predictions", options->predictions,
                       "Compare COCO results of elsewhere, instead of a model's; --task says what they are");
    command.add_option("--program", options->program,
                       "A firmware's program that answers instead of a model; `fw eval` makes them");
    command.add_option("--program-argument", options->program_arguments,
                       "For the program: --program-argument=--flash-file; {} in it becomes a number of each process");
    command.add_option("--program-key", options->program_key, "Text that tells apart what a journal must not mix");
    command.add_option("--threads", options->threads, "Pictures at a time (default: all cores)").range(1, 256);
    command.add_option("--shard", options->shard_text, "3/8: only the third of eight parts; `eval merge` joins them");
    command.add_option("--slurm", options->slurm, "As an array of so many Slurm jobs").range(1, 100000);
    command.add_option("--slurm-cpus", options->slurm_threads, "Cores of each Slurm job").range(1, 256).show_default();
    command.add_option("--slurm-tries", options->slurm_tries, "How often a shard that failed is submitted")
        .range(1, 100)
        .show_default();
    command.add_option("--slurm-option", options->slurm_options, "For sbatch: --slurm-option=--partition=long");
    add_selector_options(command, *options);
    add_target_option(command, *options);
    Command joining = command.add_subcommand("merge", "Join the journals of all shards to one report");
    joining.add_option("folders", options->merge, "Folders with journals").required();
    command.callback([options, &exit_code] { exit_code = eval(*options); });
}

}  // namespace espdl_tool
