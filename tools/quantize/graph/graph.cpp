#include "graph/graph.hpp"

#include <algorithm>
#include <deque>
#include <numeric>
#include <set>

namespace quantize {

Record *Record::root() {
    Record *record = this;
    while (record->parent) {
        record = record->parent;
    }
    return record;
}

void Record::dominated_by(Record *other) {
    Record *mine = root(), *theirs = other->root();
    if (mine == theirs) {
        return;
    }
    mine->parent = theirs;
    mine->state = State::OVERLAPPED;
    if (this != mine) {
        parent = theirs;
        state = State::OVERLAPPED;
    }
}

void Record::enslave_to(Record *other) {
    Record *theirs = other->root();
    if (theirs == this) {
        return;
    }
    parent = other;
    state = theirs->exponents.empty() ? State::PASSIVE_INIT : State::PASSIVE;
}

std::string Graph::unique_var_name(const std::string &wanted) {
    if (!wanted.empty() && !vars.count(wanted)) {
        return wanted;
    }
    std::string name;
    do {
        name = "PPQ_Variable_" + std::to_string(m_generated_vars++);
    } while (vars.count(name));
    return name;
}

std::string Graph::unique_op_name() {
    while (true) {
        const std::string name = "PPQ_Operation_" + std::to_string(m_generated_ops++);
        if (std::none_of(ops.begin(), ops.end(), [&](const auto &op) { return op->name == name; })) {
            return name;
        }
    }
}

Var *Graph::new_var(const std::string &wanted) {
    auto var = std::make_unique<Var>();
    var->name = unique_var_name(wanted);
    Var *result = var.get();
    vars[result->name] = std::move(var);
    return result;
}

Var *Graph::new_param(const std::string &wanted, torch::Tensor value) {
    Var *var = new_var(wanted);
    var->is_param = true;
    var->shape = value.sizes().vec();
    var->dtype = value.scalar_type();
    var->value = std::move(value);
    return var;
}

Op *Graph::new_op(const std::string &op_name, const std::string &type) {
    ops.push_back(std::make_unique<Op>());
    ops.back()->name = op_name.empty() ? unique_op_name() : op_name;
    ops.back()->type = type;
    ops.back()->reading_order = m_made_ops++;
    return ops.back().get();
}

Op *Graph::new_op_before(const Op *reader, const std::string &type) {
    Op *op = new_op("", type);
    op->reading_order = reader->reading_order;
    return op;
}

void Graph::remove(Op *op) {
    ops.erase(std::remove_if(ops.begin(), ops.end(), [&](const auto &o) { return o.get() == op; }), ops.end());
}

Record *Graph::new_record(int bits) {
    m_records.push_back(std::make_unique<Record>());
    m_records.back()->bits = bits;
    return m_records.back().get();
}

bool Graph::is_output(const Var *var) const {
    return std::find(outputs.begin(), outputs.end(), var) != outputs.end();
}

void Graph::refresh() {
    bool removed = true;
    while (removed) {
        for (auto &entry : vars) {
            entry.second->source = nullptr;
            entry.second->readers.clear();
        }
        for (auto &op : ops) {
            for (size_t i = 0; i < op->inputs.size(); i++) {
                if (op->inputs[i]) {
                    op->inputs[i]->readers.push_back({op.get(), static_cast<int>(i)});
                }
            }
            for (size_t i = 0; i < op->outputs.size(); i++) {
                if (op->outputs[i]) {
                    op->outputs[i]->source = op.get();
                    op->outputs[i]->source_index = static_cast<int>(i);
                }
            }
        }
        for (auto &entry : vars) {
            auto &readers = entry.second->readers;
            std::stable_sort(readers.begin(), readers.end(), [](const auto &a, const auto &b) {
                return a.first->reading_order < b.first->reading_order;
            });
        }
        const size_t before = ops.size();
        ops.erase(std::remove_if(ops.begin(), ops.end(),
                                 [&](const auto &op) {
                                     return std::none_of(op->outputs.begin(), op->outputs.end(), [&](Var *var) {
                                         return var && (!var->readers.empty() || is_output(var));
                                     });
                                 }),
                  ops.end());
        removed = ops.size() != before;
    }
    for (auto it = vars.begin(); it != vars.end();) {
        Var *var = it->second.get();
        const bool used = var->source || !var->readers.empty() || is_output(var) ||
                          std::find(inputs.begin(), inputs.end(), var) != inputs.end();
        it = used ? std::next(it) : vars.erase(it);
    }
}

std::vector<Op *> Graph::execution_order() const {
    std::map<const Op *, int> missing;
    std::deque<Op *> ready;
    for (const auto &op : ops) {
        std::set<Op *> sources;
        for (Var *var : op->inputs) {
            if (var && var->source) {
                sources.insert(var->source);
            }
        }
        missing[op.get()] = static_cast<int>(sources.size());
        if (sources.empty()) {
            ready.push_back(op.get());
        }
    }
    std::vector<Op *> order;
    while (!ready.empty()) {
        Op *op = ready.front();
        ready.pop_front();
        order.push_back(op);
        std::set<Op *> told;
        for (Var *var : op->outputs) {
            for (auto &reader : var ? var->readers : std::vector<std::pair<Op *, int>>()) {
                if (told.insert(reader.first).second && --missing[reader.first] == 0) {
                    ready.push_back(reader.first);
                }
            }
        }
    }
    if (order.size() != ops.size()) {
        throw Error("the graph has a cycle");
    }
    return order;
}

void Graph::replace(Var *a, Var *b) {
    for (auto &op : ops) {
        std::replace(op->inputs.begin(), op->inputs.end(), a, b);
    }
    std::replace(outputs.begin(), outputs.end(), a, b);
}

std::vector<Op *> Graph::producers(const Op *op) const {
    std::vector<Op *> result;
    for (Var *var : op->inputs) {
        if (var && var->source) {
            result.push_back(var->source);
        }
    }
    return result;
}

std::vector<Op *> Graph::consumers(const Op *op) const {
    std::vector<Op *> result;
    for (Var *var : op->outputs) {
        if (var) {
            for (auto &reader : var->readers) {
                result.push_back(reader.first);
            }
        }
    }
    return result;
}

Op *Graph::only_consumer(const Op *op) const {
    const std::vector<Op *> readers = consumers(op);
    return readers.size() == 1 ? readers[0] : nullptr;
}

std::set<std::string> Graph::op_names() const {
    std::set<std::string> names;
    for (const auto &op : ops) {
        names.insert(op->name);
    }
    return names;
}

std::string suggestion(const std::string &wrong, const std::set<std::string> &names) {
    std::string nearest;
    size_t fewest = SIZE_MAX;
    for (const std::string &name : names) {
        // Levenshtein's distance, row by row.
        std::vector<size_t> row(name.size() + 1);
        std::iota(row.begin(), row.end(), 0);
        for (size_t i = 0; i < wrong.size(); i++) {
            size_t diagonal = row[0];
            row[0] = i + 1;
            for (size_t k = 0; k < name.size(); k++) {
                const size_t replaced = diagonal + (wrong[i] != name[k]);
                diagonal = row[k + 1];
                row[k + 1] = std::min({replaced, row[k] + 1, row[k + 1] + 1});
            }
        }
        if (row.back() < fewest) {
            fewest = row.back();
            nearest = name;
        }
    }
    return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

std::optional<std::vector<int64_t>> constant_ints(const Op &op, size_t input, const std::string &attribute) {
    if (Var *var = op.input(input)) {
        if (!var->is_param) {
            throw Error("node '" + op.name + "' (" + op.type + "): input '" + var->name + "' must be a constant");
        }
        torch::Tensor value = var->value.to(torch::kLong).contiguous().flatten();
        return std::vector<int64_t>(value.data_ptr<int64_t>(), value.data_ptr<int64_t>() + value.numel());
    }
    auto it = op.attributes.find(attribute);
    if (it == op.attributes.end()) {
        return std::nullopt;
    }
    if (const int64_t *one = std::get_if<int64_t>(&it->second)) {
        return std::vector<int64_t>{*one};
    }
    if (const auto *many = std::get_if<std::vector<int64_t>>(&it->second)) {
        return *many;
    }
    throw Error("node '" + op.name + "' (" + op.type + "): attribute '" + attribute + "' is no list of integers");
}

}  // namespace quantize
