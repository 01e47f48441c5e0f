/**
 * @file executor.hpp
 * Runs operators in float, with LibTorch, and whole graphs with or without their quantization.
 */
#pragma once

#include <functional>
#include <map>
#include <set>

#include "graph.hpp"

namespace quantize {

using Values = std::map<const Var *, torch::Tensor>;

/** A node that is no valid ONNX, or asks for what nothing here computes; what() names node, attribute, needed and had.
 */
struct InvalidNode : Error {
    using Error::Error;
};

/** Throws InvalidNode. Inputs that are left out are undefined tensors. */
void validate(const Op &op, const std::vector<torch::Tensor> &inputs);
/** validate() and compute one operator. Throws Error for what it cannot compute. */
std::vector<torch::Tensor> run_op(const Op &op, const std::vector<torch::Tensor> &inputs, const Record *output_record,
                                  Target target);
/** Whether run_op() knows the operator. */
bool is_executable(const std::string &type);

/** Round by the target's rule: half to even on P4, half up elsewhere. */
torch::Tensor round_by(const torch::Tensor &x, Target target);
/** Integers of a tensor under a record, still as floats: clip(round(x / scale)). */
torch::Tensor quantize_values(const torch::Tensor &x, Record *record, Target target);
/** quantize_values() times the scale. */
torch::Tensor fake_quantize(const torch::Tensor &x, Record *record, Target target);
/** The record's scale, shaped to broadcast against x. */
torch::Tensor scale_of(const torch::Tensor &x, Record *record);

/** What a run sees and decides. */
struct RunOptions {
    /** May this record quantize its tensor? Default: the applied ones. */
    std::function<bool(const Op *, Record *)> enabled;
    /** Called with every operator's inputs and outputs before quantization. */
    std::function<void(Op *, const std::vector<torch::Tensor> &, const std::vector<torch::Tensor> &)> observe;
    /** Keep the values of all variables, not only of the outputs. */
    bool keep_all = false;
    /**
     * Sums of products in double, as exact as the chip's integers are. In float, those of 16 bits are off by a step now
     * and then, and more behind many layers.
     */
    bool exact = false;
    /** Only these operators, in this order; nullptr: all. */
    const std::vector<Op *> *only = nullptr;
};

class Executor {
public:
    Executor(Graph &graph, Target target) : m_graph(graph), m_target(target) { refresh(); }
    /** After the graph or a param has changed. */
    void refresh();
    /** @param feed values of the graph inputs (or of whatever the operators read) */
    Values run(const Values &feed, const RunOptions &options);
    /** Record shapes and data types of all variables with one float run. Throws Error for a variable without elements.
     */
    void trace(const Values &feed);

private:
    Graph &m_graph;
    Target m_target;
    std::vector<Op *> m_order;
    std::map<std::pair<const Var *, Record *>, torch::Tensor> m_quantized_params;
};

}  // namespace quantize
