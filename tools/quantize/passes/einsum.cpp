// Einsum in terms of what chips have: Transpose, Reshape, MatMul and ReduceSum.

#include <algorithm>
#include <cctype>
#include <iterator>

#include "passes/rewrite.hpp"

namespace quantize {

namespace {

using Ints = std::vector<int64_t>;

[[noreturn]] void refuse(const Op *op, const std::string &why) {
    throw Error("node '" + op->name + "' (Einsum): equation '" + op->get<std::string>("equation", "") + "': " + why);
}

/** "bij,bjk->bik": a letter for each axis. */
struct Equation {
    std::vector<std::string> operands;
    std::string result;
};

/** Without "->" the result has, in the alphabet's order, the letters that stand once. */
std::string implied_result(const std::vector<std::string> &operands) {
    std::string all, result;
    for (const std::string &operand : operands) {
        all += operand;
    }
    std::sort(all.begin(), all.end());
    std::copy_if(all.begin(), all.end(), std::back_inserter(result),
                 [&](char letter) { return std::count(all.begin(), all.end(), letter) == 1; });
    return result;
}

Equation parse(const Op *op) {
    std::string text = op->get<std::string>("equation", "");
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    Equation equation;
    const size_t arrow = text.find("->");
    std::string part;
    for (char c : text.substr(0, arrow) + ",") {
        if (c == ',') {
            equation.operands.push_back(part);
            part.clear();
        } else if (!std::isalpha(static_cast<unsigned char>(c))) {
            refuse(op, "only letters, one for each axis, are supported");
        } else if (part.find(c) != std::string::npos) {
            refuse(op, "an axis that an operand has twice (a diagonal) is not supported");
        } else {
            part += c;
        }
    }
    equation.result = arrow == std::string::npos ? implied_result(equation.operands) : text.substr(arrow + 2);
    if (equation.operands.size() != op->inputs.size() || op->inputs.size() > 2) {
        refuse(op, std::to_string(op->inputs.size()) +
                       " inputs; one or two are supported: split it into products of two, as they shall be computed");
    }
    return equation;
}

/** Letters of `a` for which `keep` holds, in the order of `a`. */
template <typename Keep>
std::string letters(const std::string &a, Keep keep) {
    std::string found;
    std::copy_if(a.begin(), a.end(), std::back_inserter(found), keep);
    return found;
}

bool has(const std::string &text, char letter) {
    return text.find(letter) != std::string::npos;
}

/** A tensor and the letters of its axes, through the operators that are put behind it. */
class Operand {
public:
    Operand(Graph &graph, const Op *einsum, Var *var, std::string axes, std::map<char, int64_t> &sizes)
        : m_graph(graph), m_einsum(einsum), m_var(var), m_axes(std::move(axes)), m_sizes(sizes) {}

    /** The axes in another order. */
    void order(const std::string &wanted) {
        if (wanted == m_axes) {
            return;
        }
        Ints perm, shape;
        for (char letter : wanted) {
            perm.push_back(static_cast<int64_t>(m_axes.find(letter)));
            shape.push_back(m_sizes[letter]);
        }
        append("Transpose", {m_var}, shape)->attributes["perm"] = perm;
        m_axes = wanted;
    }

    /** Sum over the axes that are not wanted. */
    void sum_to(const std::string &wanted) {
        const std::string left = letters(m_axes, [&](char letter) { return has(wanted, letter); });
        if (left == m_axes) {
            return;
        }
        Ints axes;
        for (size_t i = 0; i < m_axes.size(); i++) {
            if (!has(wanted, m_axes[i])) {
                axes.push_back(static_cast<int64_t>(i));
            }
        }
        Var *list = m_graph.new_param("", torch::tensor(axes, torch::kLong));
        append("ReduceSum", {m_var, list}, sizes(left))->attributes["keepdims"] = static_cast<int64_t>(0);
        m_axes = left;
    }

    void reshape(const Ints &shape) {
        if (shape != m_var->shape) {
            append("Reshape", {m_var, m_graph.new_param("", torch::tensor(shape, torch::kLong))}, shape);
        }
    }

    /** The product with another one; what its axes are is for the caller to say. */
    void multiply(const Operand &other, const Ints &shape) {
        // Options that name the node mean this one.
        append("MatMul", {m_var, other.m_var}, shape)->name = m_einsum->name;
    }
    /** The last operator makes this variable. */
    void end_at(Var *out) {
        if (m_last) {
            m_last->outputs[0] = out;
        } else {
            m_graph.replace(out, m_var);
        }
    }
    void set_axes(const std::string &axes) {
        m_axes = axes;
        reshape(sizes(axes));
    }

    Ints sizes(const std::string &axes) const {
        Ints shape;
        for (char letter : axes) {
            shape.push_back(m_sizes.at(letter));
        }
        return shape;
    }
    int64_t product(const std::string &axes) const {
        int64_t count = 1;
        for (char letter : axes) {
            count *= m_sizes.at(letter);
        }
        return count;
    }

private:
    Op *append(const std::string &type, const std::vector<Var *> &inputs, const Ints &shape) {
        Op *op = m_graph.new_op_before(m_einsum, type);
        op->name = m_einsum->name + "/" + type + "_" + std::to_string(m_graph.ops.size());
        op->inputs = inputs;
        m_var = m_graph.new_var("");
        m_var->shape = shape;
        op->outputs = {m_var};
        m_last = op;
        return op;
    }

    Graph &m_graph;
    const Op *m_einsum;
    Var *m_var;
    Op *m_last = nullptr;
    std::string m_axes;
    std::map<char, int64_t> &m_sizes;
};

/** [batch, rows, inner] times [batch, inner, columns]. @param a becomes the product, with its axes in some order */
void multiply(Operand &a, Operand &b, const Equation &equation) {
    const std::string &left = equation.operands[0], &right = equation.operands[1], &result = equation.result;
    a.sum_to(right + result);
    b.sum_to(left + result);
    const std::string batch = letters(result, [&](char c) { return has(left, c) && has(right, c); });
    const std::string inner = letters(left, [&](char c) { return has(right, c) && !has(result, c); });
    const std::string rows = letters(result, [&](char c) { return has(left, c) && !has(right, c); });
    const std::string columns = letters(result, [&](char c) { return has(right, c) && !has(left, c); });
    a.order(batch + rows + inner);
    b.order(batch + inner + columns);
    auto shape = [&](int64_t height, int64_t width) {
        Ints sizes = a.sizes(batch);
        sizes.push_back(height);
        sizes.push_back(width);
        return sizes;
    };
    // A matrix serves all rows, of however many axes.
    const bool as_they_are = batch.empty() && !rows.empty() && inner.size() == 1;
    if (!as_they_are) {
        a.reshape(shape(a.product(rows), a.product(inner)));
    }
    b.reshape(shape(a.product(inner), a.product(columns)));
    Ints product = as_they_are ? a.sizes(rows) : shape(a.product(rows), a.product(columns));
    if (as_they_are) {
        product.push_back(a.product(columns));
    }
    a.multiply(b, product);
    a.set_axes(batch + rows + columns);
}

void decompose(Graph &graph, Op *einsum) {
    const Equation equation = parse(einsum);
    std::map<char, int64_t> sizes;
    for (size_t i = 0; i < equation.operands.size(); i++) {
        const Var *var = einsum->input(i);
        const std::string &axes = equation.operands[i];
        if (!var || var->shape.size() != axes.size()) {
            refuse(einsum, "input " + std::to_string(i) + " has " + std::to_string(var ? var->shape.size() : 0) +
                               " axes, not " + std::to_string(axes.size()));
        }
        for (size_t k = 0; k < axes.size(); k++) {
            if (!sizes.insert({axes[k], var->shape[k]}).second && sizes[axes[k]] != var->shape[k]) {
                refuse(einsum, std::string("two lengths of axis ") + axes[k]);
            }
        }
    }
    for (char letter : equation.result) {
        if (!sizes.count(letter) || std::count(equation.result.begin(), equation.result.end(), letter) != 1) {
            refuse(einsum, "an axis of the result is in no operand, or is there twice");
        }
    }
    if (equation.result.empty()) {
        refuse(einsum, "a result without axes is not supported");
    }
    Operand value(graph, einsum, einsum->input(0), equation.operands[0], sizes);
    if (equation.operands.size() == 1) {
        value.sum_to(equation.result);
    } else {
        Operand other(graph, einsum, einsum->input(1), equation.operands[1], sizes);
        multiply(value, other, equation);
    }
    value.order(equation.result);
    value.end_at(einsum->outputs[0]);
    graph.remove(einsum);
    graph.refresh();
}

}  // namespace

void decompose_einsum(Graph &graph) {
    for (size_t i = 0; i < graph.ops.size(); i++) {
        Op *op = graph.ops[i].get();
        // Behind an operator that is not supported shapes are not known.
        const bool known = std::all_of(op->inputs.begin(), op->inputs.end(),
                                       [](const Var *var) { return var && (var->is_param || !var->shape.empty()); });
        if (op->type == "Einsum" && known) {
            decompose(graph, op);
            i = static_cast<size_t>(-1);
        }
    }
}

}  // namespace quantize
