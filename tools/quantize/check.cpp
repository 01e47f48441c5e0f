#include "check.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "dl_module_creator.hpp"
#include "dl_target.hpp"
#include "exporter.hpp"
#include "file_io.hpp"
#include "rewrite.hpp"
#include "runner.hpp"

namespace quantize {

namespace {

/** What to do instead of an operator that chips do not compute. */
std::string workaround(const std::string &type) {
    static const std::map<std::string, std::string> known = {
        {"ArgMax", "end the model before it and take the maximum in the firmware"},
        {"ArgMin", "end the model before it and take the minimum in the firmware"},
        {"Celu", "use Elu"},
        {"CumSum", "write it as MatMul with a constant triangular matrix"},
        {"DeformConv", "use a plain Conv"},
        {"Einsum", "write it as MatMul and Transpose"},
        {"Expand", "let Add or Mul broadcast, or export with fixed shapes so that it can be folded"},
        {"GatherElements", "use Gather with constant indices"},
        {"GlobalMaxPool", "use ReduceMax over the spatial axes"},
        {"GridSample", "use Resize where the grid is regular"},
        {"GroupNormalization", "use BatchNormalization"},
        {"If", "export the branch that is taken"},
        {"InstanceNormalization", "use BatchNormalization"},
        {"LRN", "use BatchNormalization"},
        {"Loop", "unroll it when exporting"},
        {"Mish", "use HardSwish or SiLU"},
        {"NonMaxSuppression", "end the model before it: the firmware's postprocessors do it"},
        {"NonZero", "end the model before it"},
        {"OneHot", "let the firmware make the vector"},
        {"QLinearConv", "give the float model: it is quantized here"},
        {"QLinearMatMul", "give the float model: it is quantized here"},
        {"RNN", "use GRU or LSTM"},
        {"RoiAlign", "use Resize of a fixed part"},
        {"Scan", "unroll it when exporting"},
        {"Selu", "use Elu"},
        {"Shape", "export with fixed shapes"},
        {"ThresholdedRelu", "use Relu"},
        {"Tile", "use Concat"},
        {"TopK", "end the model before it and sort in the firmware"},
        {"Upsample", "export with opset 11 or later: it is Resize there"},
        {"Where", "write it as Mul with a mask, or Max and Min"}};
    auto entry = known.find(type);
    return entry == known.end() ? "end the model before it and compute it in the firmware, or use other operators"
                                : entry->second;
}

/** What becomes of a node that is no longer there after the rewrites. */
std::string fate(const std::string &type) {
    static const std::map<std::string, std::string> known = {
        {"Add", "becomes the bias of the node before it, or part of a normalization"},
        {"BatchNormalization", "folded into the weights of the node before it"},
        {"Cast", "changes nothing"},
        {"Clip", "becomes part of LpNormalization"},
        {"Concat", "changes nothing"},
        {"Div", "becomes part of a normalization"},
        {"Dropout", "changes nothing"},
        {"Expand", "becomes part of LpNormalization"},
        {"Identity", "changes nothing"},
        {"Mul", "becomes part of Swish or RMSNormalization"},
        {"Pad", "becomes the padding of the node behind it"},
        {"Pow", "becomes part of RMSNormalization"},
        {"Reciprocal", "becomes part of RMSNormalization"},
        {"ReduceL2", "becomes part of LpNormalization"},
        {"ReduceMean", "becomes part of RMSNormalization"},
        {"Sigmoid", "becomes part of Swish"},
        {"Sqrt", "becomes part of RMSNormalization"},
        {"Transpose", "changes nothing"}};
    auto entry = known.find(type);
    return entry == known.end() ? "merged with its neighbour" : entry->second;
}

const dl::module::OpInfo *in_library(const std::string &type) {
    const std::vector<dl::module::OpInfo> &list = dl::module::op_list();
    auto info = std::find_if(list.begin(), list.end(), [&](const auto &i) { return type == i.op_type; });
    return info == list.end() ? nullptr : &*info;
}

/** Nodes whose type the quantizer turns into others before the library sees it. */
bool replaced_later(const std::string &type) {
    return type == "ConvTranspose" || type == "Constant";
}

/** The message's node: the one whose name it quotes. */
bool is_about(const std::string &message, const std::string &node) {
    return message.find("'" + node + "'") != std::string::npos;
}

/** Quantize with random values, and run the file on the emulated chip. "": works. */
std::string try_out(const std::string &path, Settings settings) {
    auto graph = import_onnx(path);
    infer_shapes(*graph);
    simplify(*graph);
    torch::manual_seed(0);
    Batch batch;
    for (const Var *var : graph->inputs) {
        batch.push_back(torch::isFloatingType(var->dtype) ? torch::randn(var->shape, var->dtype)
                                                          : torch::zeros(var->shape, var->dtype));
    }
    settings.observer = "minmax";
    settings.calib_steps = 1;
    Quantizer quantizer(*graph, settings, [](const std::string &, double) {});
    quantizer.quantize(Samples(1, [&](size_t) { return batch; }));
    ExportOptions options;
    options.test_input = batch;
    Exporter exporter(quantizer, options);
    exporter.prepare();
    const std::vector<std::string> missing = missing_in_library(*graph);
    if (!missing.empty()) {
        return missing[0];
    }

    const std::string file = exporter.espdl();
    std::string place = (std::filesystem::temp_directory_path() / "espdl_check_XXXXXX").string(), error;
    const int descriptor = mkstemp(place.data());
    if (descriptor < 0) {
        throw Error("no temporary file can be made in '" + std::filesystem::temp_directory_path().string() + "'");
    }
    close(descriptor);
    const bool written = espdl_tool::write_file(place, {{file.data(), file.size()}}, error);
    dl::set_target(settings.target == Target::P4   ? dl::TARGET_ESP32P4
                   : settings.target == Target::S3 ? dl::TARGET_ESP32S3
                                                   : dl::TARGET_ESP32);
    espdl_tool::FileResult result;
    if (written) {
        result = espdl_tool::test_file(place);
        error = result.error;
    }
    unlink(place.c_str());
    if (!written) {
        throw Error(error);
    }
    if (result.status == espdl_tool::Status::NotLoaded) {
        return "the quantized model does not run on the chip: " + error;
    }
    if (const espdl_tool::TensorResult *failed = result.first_failed()) {
        return "node '" + failed->node + "' (" + failed->op +
               "): the chip computes something else than the quantizer for tensor '" + failed->name + "'" +
               (failed->error.empty() ? "" : ": " + failed->error);
    }
    return "";
}

}  // namespace

bool CheckResult::supported() const {
    return problem.empty() && std::none_of(nodes.begin(), nodes.end(),
                                           [](const Verdict &verdict) { return verdict.kind == Verdict::UNSUPPORTED; });
}

std::vector<std::string> missing_in_library(const Graph &graph) {
    std::vector<std::string> lines;
    for (auto &op : graph.ops) {
        const dl::module::OpInfo *info = in_library(op->type);
        const bool computes = info && (!op->quantized   ? info->float32 || (!info->int8 && !info->int16)
                                       : op->bits == 16 ? info->int16 || !info->int8
                                                        : info->int8 || !info->int16);
        if (!computes) {
            lines.push_back("node '" + op->name + "' (" + op->type + "): the chip's library does not compute it" +
                            (info ? op->quantized ? " in integers" : " in float" : ""));
        }
    }
    return lines;
}

CheckResult check_model(const std::string &path, Settings settings) {
    CheckResult result;
    std::vector<OnnxNode> nodes;
    auto graph = import_onnx(path, &nodes);
    std::map<std::string, std::string> failed;
    infer_shapes(*graph, &failed);
    std::set<std::string> needed;
    for (auto &op : graph->ops) {
        needed.insert(op->name);
    }
    auto names = [&] {
        std::map<std::string, std::string> types;
        for (auto &op : graph->ops) {
            types[op->name] = op->type;
        }
        return types;
    };
    // Which nodes are constants, before merging hides them.
    std::set<std::string> constant;
    for (Op *op : graph->execution_order()) {
        const bool folded = op->type == "Constant" ||
                            (op->type == "Shape" && op->input(0) && !op->input(0)->shape.empty()) ||
                            (!op->inputs.empty() && is_executable(op->type) &&
                             std::all_of(op->inputs.begin(), op->inputs.end(), [&](Var *var) {
                                 return !var || var->is_param || (var->source && constant.count(var->source->name));
                             }));
        if (folded && !failed.count(op->name)) {
            constant.insert(op->name);
        }
    }
    std::map<std::string, std::string> after;
    try {
        simplify(*graph);
        fuse_operators(*graph);
        after = names();
    } catch (const Error &error) {
        result.problem = error.what();
    }

    for (const OnnxNode &node : nodes) {
        Verdict verdict = {Verdict::SUPPORTED, node.name, node.type, ""};
        auto refuse = [&](const std::string &why) {
            verdict.kind = Verdict::UNSUPPORTED;
            verdict.note = why;
        };
        auto failure = failed.find(node.name);
        auto kept = after.find(node.name);
        const bool in_float =
            !is_quantizable(node.type) || (settings.dispatch.count(node.name) && settings.dispatch.at(node.name) == 0);
        if (!needed.count(node.name)) {
            verdict.kind = Verdict::REWRITTEN;
            verdict.note = "removed: no output needs it";
        } else if (!node.problem.empty()) {
            refuse(node.problem);
        } else if (constant.count(node.name)) {
            verdict.kind = Verdict::REWRITTEN;
            verdict.note = "a constant: computed beforehand";
        } else if (!is_executable(node.type)) {
            refuse("no such operator: " + workaround(node.type));
        } else if (failure != failed.end() && !failure->second.empty()) {
            refuse(failure->second);
        } else if (result.problem.empty() && kept == after.end()) {
            verdict.kind = Verdict::REWRITTEN;
            verdict.note = fate(node.type);
        } else if (kept != after.end() && kept->second != node.type) {
            verdict.kind = Verdict::REWRITTEN;
            verdict.note = "becomes " + kept->second;
        } else if (node.type == "ConvTranspose" && !in_float) {
            verdict.kind = Verdict::REWRITTEN;
            verdict.note = "becomes InsertZeros and Conv";
        } else if (!in_library(node.type) && !replaced_later(node.type)) {
            refuse("the chip's library has no such operator: " + workaround(node.type));
        } else {
            verdict.note = failure != failed.end() ? "not tried: a node before it is not supported"
                           : in_float              ? "in float"
                                                   : "";
        }
        result.nodes.push_back(verdict);
    }
    if (!result.supported()) {
        return result;
    }
    try {
        result.problem = try_out(path, settings);
    } catch (const Error &error) {
        result.problem = error.what();
    } catch (const c10::Error &error) {
        result.problem = error.what_without_backtrace();
    }
    for (Verdict &verdict : result.nodes) {
        if (!result.problem.empty() && is_about(result.problem, verdict.node)) {
            verdict.kind = Verdict::UNSUPPORTED;
            verdict.note = result.problem;
            result.problem = "";
            break;
        }
    }
    return result;
}

}  // namespace quantize
