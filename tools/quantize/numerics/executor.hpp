/**
 * @file executor.hpp
 * Runs operators in float, with LibTorch, and whole graphs with or without their quantization.
 */
#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "graph/graph.hpp"

namespace quantize {

using Values = std::map<const Var *, torch::Tensor>;

/** validate() and compute one operator. Throws Error for what it cannot compute. */
std::vector<torch::Tensor> run_op(const Op &op, const std::vector<torch::Tensor> &inputs, const Record *output_record,
                                  Target target);

/** What a run sees and decides. */
struct RunOptions {
    /** May this record quantize its tensor? Default: the applied ones. */
    std::function<bool(const Op *, Record *)> enabled;
    /** Called with every operator's inputs and outputs before quantization. */
    std::function<void(Op *, const std::vector<torch::Tensor> &, const std::vector<torch::Tensor> &)> observe;
    /** Keep the values of all variables, not only of the outputs. */
    bool keep_all = false;
    /**
     * Everything as the chip computes it: sums of products in double, as exact as its integers are, and its order of
     * operations in float. Else sums of 16 bits are off by a step now and then, and by more behind many layers.
     */
    bool exact = false;
    int table_step = 0;  ///< of 16-bit tables, if the run is exact: as in Settings
    /** Only these operators, in this order; nullptr: all. */
    const std::vector<Op *> *only = nullptr;
};

class Executor {
public:
    Executor(Graph &graph, Target target) : m_graph(graph), m_target(target) { refresh(); }
    /** After the graph or a param has changed. */
    void refresh();
    /** After the scale of a record, which others may share, has changed. */
    void forget_params(Record *record);
    /** @param feed values of the graph inputs (or of whatever the operators read) */
    Values run(const Values &feed, const RunOptions &options);
    /** Record shapes and data types of all variables with one float run. Throws Error for a variable without elements.
     */
    void trace(const Values &feed);

private:
    /** The values that an operator reads, as they are in `raw`, and with their quantization in `inputs`. */
    void read_inputs(const Op &op, const Values &values, const RunOptions &options, std::vector<torch::Tensor> &raw,
                     std::vector<torch::Tensor> &inputs);
    torch::Tensor quantized_param(const Op &op, const Var *var, Record *record, const torch::Tensor &value);

    Graph &m_graph;
    Target m_target;
    std::vector<Op *> m_order;
    std::map<std::pair<const Var *, Record *>, torch::Tensor> m_quantized_params;
};

}  // namespace quantize
