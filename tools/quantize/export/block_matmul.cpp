#include "export/exporter.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

/** Nodes that bring B of a MatMul into the blocks that the chip reads. */
class Blocking {
public:
    Blocking(Graph &graph, Op *matmul) : m_graph(graph), m_matmul(matmul), m_record(matmul->in[1]) {}

    /** B where the target's kernel reads it in blocks. */
    Var *blocked() {
        Var *b = m_matmul->inputs[1];
        const int64_t rank = static_cast<int64_t>(b->shape.size()), A = m_record->bits == 8 ? 16 : 8;
        const int64_t c = b->shape[rank - 2], n = b->shape[rank - 1], m = n / A * A;
        if (m == n) {
            return reshape(transpose(reshape(b, with({c, n / A, A})), {-2, -3, -1}), b->shape);
        }
        Var *columns = transpose(b, {-1, -2});
        if (m > 0) {
            Var *blocks = reshape(slice(columns, 0, m), with({n / A, A, c}));
            blocks = reshape(transpose(blocks, {-3, -1, -2}), with({m, c}));
            Op *concat = add("Concat", {blocks, slice(columns, m, n)}, columns->shape);
            concat->attributes["axis"] = rank - 2;
            columns = concat->outputs[0];
        }
        return reshape(columns, b->shape);
    }
    /** B where the target's kernel is plain C. */
    Var *plain() {
        Var *b = m_matmul->inputs[1];
        return reshape(transpose(b, {-1, -2}), b->shape);
    }

private:
    /** A shape with B's batch in front. */
    Ints with(std::initializer_list<int64_t> tail) const {
        const Ints &b = m_matmul->inputs[1]->shape;
        Ints shape(b.begin(), b.end() - 2);
        shape.insert(shape.end(), tail);
        return shape;
    }
    Op *add(const std::string &type, std::vector<Var *> inputs, Ints shape) {
        Op *op = m_graph.new_op_before(m_matmul, type);
        op->quantized = true;
        op->bits = m_matmul->bits;
        op->bias_bits = m_matmul->bias_bits;
        op->inputs = std::move(inputs);
        for (Var *var : op->inputs) {
            Record *in = m_record;
            if (var->is_param) {
                in = m_graph.new_record(op->bits);
                in->state = State::FP32;
            }
            op->in.push_back(in);
        }
        op->outputs = {m_graph.new_var("")};
        op->outputs[0]->shape = std::move(shape);
        op->out = {m_record};
        return op;
    }
    Var *constant(const Ints &values) { return m_graph.new_param("", torch::tensor(values, torch::kLong)); }
    Var *reshape(Var *var, const Ints &shape) {
        Op *op = add("Reshape", {var, constant(shape)}, shape);
        op->attributes["allowzero"] = static_cast<int64_t>(0);
        return op->outputs[0];
    }
    /** The last axes are permuted; `tail` names them from the end. */
    Var *transpose(Var *var, const Ints &tail) {
        const int64_t r = static_cast<int64_t>(var->shape.size());
        Ints perm = identity(r), shape(r);
        for (size_t i = 0; i < tail.size(); i++) {
            perm[r - static_cast<int64_t>(tail.size()) + static_cast<int64_t>(i)] = r + tail[i];
        }
        for (int64_t i = 0; i < r; i++) {
            shape[i] = var->shape[perm[i]];
        }
        Op *op = add("Transpose", {var}, shape);
        op->attributes["perm"] = perm;
        return op->outputs[0];
    }
    Var *slice(Var *var, int64_t from, int64_t to) {
        // All axes are named, as the reference does.
        const int64_t rank = static_cast<int64_t>(var->shape.size());
        const Ints axes = identity(rank), steps(rank, 1);
        Ints starts(rank, 0), ends = var->shape, shape = var->shape;
        starts[rank - 2] = from;
        ends[rank - 2] = to;
        shape[rank - 2] = to - from;
        return add("Slice", {var, constant(starts), constant(ends), constant(axes), constant(steps)}, shape)
            ->outputs[0];
    }

    Graph &m_graph;
    Op *m_matmul;
    Record *m_record;  ///< B's
};

}  // namespace

void Exporter::prepare_matmul() {
    std::vector<Op *> matmuls;
    for (auto &op : m_graph.ops) {
        if (op->quantized && op->type == "MatMul" && op->input(1) && !op->input(1)->is_param &&
            op->input(1)->shape.size() >= 2) {
            matmuls.push_back(op.get());
        }
    }
    for (Op *matmul : matmuls) {
        Blocking blocking(m_graph, matmul);
        matmul->inputs[1] = m_target == Target::C ? blocking.plain() : blocking.blocked();
        m_graph.refresh();
    }
}

}  // namespace quantize
