#include "report/check.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "dl_module_creator.hpp"
#include "export/exporter.hpp"
#include "passes/rewrite.hpp"
#include "report/verify.hpp"

namespace quantize {

namespace {

/** What to do instead of an operator that chips do not compute. */
std::string workaround(const std::string &type) {
    const std::string instead = operators::row(type).instead;
    return instead.empty()
               ? "end the model before it and compute it in the firmware, use other operators, or declare it "
                 "with --custom-op and register a module of your own"
               : instead;
}

/** What becomes of a node that is no longer there after the rewrites. */
std::string fate(const std::string &type) {
    const std::string becomes = operators::row(type).becomes;
    return becomes.empty() ? "merged with its neighbour" : becomes;
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
std::string try_out(const std::string &path, const ImportOptions &importing, Settings settings) {
    auto graph = import_onnx(path, importing);
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

    const Verification verification = verify(exporter, settings.target);
    return verification.works() ? "" : verification.text;
}

/** Which nodes are constants, before merging hides them. */
std::set<std::string> constant_nodes(const Graph &graph, const std::map<std::string, std::string> &failed) {
    std::set<std::string> constant;
    for (Op *op : graph.execution_order()) {
        const bool folded = op->type == "Constant" ||
                            (op->type == "Shape" && op->input(0) && !op->input(0)->shape.empty()) ||
                            (!op->inputs.empty() && op->is(operators::EXECUTED) &&
                             std::all_of(op->inputs.begin(), op->inputs.end(), [&](Var *var) {
                                 return !var || var->is_param || (var->source && constant.count(var->source->name));
                             }));
        if (folded && !failed.count(op->name)) {
            constant.insert(op->name);
        }
    }
    return constant;
}

std::map<std::string, std::string> types_by_name(const Graph &graph) {
    std::map<std::string, std::string> types;
    for (auto &op : graph.ops) {
        types[op->name] = op->type;
    }
    return types;
}

/** What the rewrites show of a model, by the names of its nodes. */
struct Findings {
    std::map<std::string, std::string> before, after;  ///< type, as read and after the rewrites
    std::set<std::string> constant;
    std::set<std::string> taken;                ///< pairs whose scale is noted
    std::map<std::string, std::string> failed;  ///< why it cannot be computed; "" behind such a one
    bool complete = true;                       ///< all rewrites were done
};

Verdict verdict_of(const OnnxNode &node, const Findings &findings, const Settings &settings) {
    Verdict verdict = {Verdict::SUPPORTED, node.name, node.type, ""};
    auto refuse = [&](const std::string &why) {
        verdict.kind = Verdict::UNSUPPORTED;
        verdict.note = why;
    };
    auto rewritten = [&](const std::string &how) {
        verdict.kind = Verdict::REWRITTEN;
        verdict.note = how;
    };
    auto failure = findings.failed.find(node.name);
    auto kept = findings.after.find(node.name);
    auto other = settings.dispatch.find(node.name);
    const operators::Operator &row = node.custom ? node.custom->row : operators::row(node.type);
    const bool in_float = !row.is(operators::QUANTIZED) || (other != settings.dispatch.end() && other->second == 0);
    if (!findings.before.count(node.name)) {
        rewritten("removed: no output needs it");
    } else if (!node.problem.empty()) {
        refuse(node.problem);
    } else if (findings.taken.count(node.name)) {
        rewritten("its scale is taken");
    } else if (findings.constant.count(node.name)) {
        rewritten("a constant: computed beforehand");
    } else if (!row.is(operators::EXECUTED) && (kept == findings.after.end() || kept->second == node.type)) {
        refuse("no such operator: " + workaround(node.type));
    } else if (failure != findings.failed.end() && !failure->second.empty()) {
        refuse(failure->second);
    } else if (findings.complete && kept == findings.after.end()) {
        rewritten(fate(node.type));
    } else if (kept != findings.after.end() && kept->second != node.type) {
        rewritten("becomes " + kept->second);
    } else if (node.type == "ConvTranspose" && !in_float) {
        rewritten("becomes InsertZeros and Conv");
    } else if (node.custom) {
        const bool tried = failure == findings.failed.end();
        verdict.note = "your own: firmware registers a module '" + node.type + "'; here " + body_text(*node.custom) +
                       " stands in for it" + (tried ? "" : "; not tried: a node before it is not supported");
    } else if (!in_library(node.type) && !replaced_later(node.type)) {
        refuse("the chip's library has no such operator: " + workaround(node.type));
    } else {
        verdict.note = failure != findings.failed.end() ? "not tried: a node before it is not supported"
                       : in_float                       ? "in float"
                                                        : "";
    }
    return verdict;
}

}  // namespace

bool CheckResult::supported() const {
    return problem.empty() && std::none_of(nodes.begin(), nodes.end(),
                                           [](const Verdict &verdict) { return verdict.kind == Verdict::UNSUPPORTED; });
}

std::vector<std::string> missing_in_library(const Graph &graph) {
    std::vector<std::string> lines;
    for (auto &op : graph.ops) {
        if (op->custom) {
            continue;
        }
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

CheckResult check_model(const std::string &path, const ImportOptions &importing, Settings settings) {
    CheckResult result;
    std::vector<OnnxNode> nodes;
    auto graph = import_onnx(path, importing, &nodes);
    Findings findings;
    const std::map<std::string, std::string> pairs = types_by_name(*graph);
    try {
        take_qdq(*graph, importing.rounding);
    } catch (const Error &error) {
        result.problem = error.what();
    }
    const std::map<std::string, std::string> left = types_by_name(*graph);
    for (const auto &[name, type] : pairs) {
        if (!left.count(name) && (type == "QuantizeLinear" || type == "DequantizeLinear")) {
            findings.taken.insert(name);
        }
    }
    infer_shapes(*graph, &findings.failed);
    findings.before = types_by_name(*graph);
    findings.before.insert(pairs.begin(), pairs.end());
    findings.constant = constant_nodes(*graph, findings.failed);
    try {
        simplify(*graph);
        fuse_operators(*graph, settings.reference);
        findings.after = types_by_name(*graph);
    } catch (const Error &error) {
        result.problem = error.what();
        findings.complete = false;
    }
    for (const OnnxNode &node : nodes) {
        result.nodes.push_back(verdict_of(node, findings, settings));
    }
    if (!result.supported()) {
        return result;
    }
    try {
        result.problem = try_out(path, importing, settings);
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
