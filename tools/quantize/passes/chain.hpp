#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graph/graph.hpp"

namespace quantize {

/** Adds operators behind one another. */
class Chain {
public:
    Chain(Graph &graph, Var *start, const std::string &name) : m_graph(graph), m_name(name), m_last(start) {}

    Var *last() const { return m_last; }
    Op *add(const std::string &type, torch::Tensor constant, std::vector<int64_t> shape) {
        Op *op = m_graph.new_op(m_name + "/" + type + (m_count ? "_" + std::to_string(m_count) : ""), type);
        m_count++;
        op->inputs = {m_last, m_graph.new_param("", std::move(constant))};
        m_last = m_graph.new_var("");
        m_last->shape = std::move(shape);
        op->outputs = {m_last};
        return op;
    }
    void reshape(const std::vector<int64_t> &shape) { add("Reshape", torch::tensor(shape, torch::kLong), shape); }
    /** The last operator makes this variable. */
    void end_at(Var *out) {
        m_graph.ops.back()->outputs[0] = out;
        m_last = out;
    }

private:
    Graph &m_graph;
    std::string m_name;
    Var *m_last;
    int m_count = 0;
};

}  // namespace quantize
