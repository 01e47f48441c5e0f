/**
 * @file graph.hpp
 * The network while it is being quantized: operators, the variables between them, and their quantization records.
 */
#pragma once

// Clang needs IValue whole before types.h.
#include <ATen/core/ivalue.h>
#include <torch/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "graph/custom.hpp"
#include "graph/output_loss.hpp"
#include "operators.hpp"

namespace quantize {

/** The input cannot be quantized; what() says why, naming file, node or tensor. Ends the command with exit code 2. */
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

using Attribute = std::variant<int64_t, double, std::string, std::vector<int64_t>, std::vector<double>,
                               std::vector<std::string>, torch::Tensor>;

/** A chip's arithmetic. */
enum class Target { P4, S3, C };

/** The quantization record's life, as the error reports count it. */
enum class State { INITIAL, ACTIVATED, OVERLAPPED, PASSIVE, PASSIVE_INIT, FP32 };

/**
 * Quantization record of one input or output of one operator. Records share scales by pointing to the record that
 * decides: `parent`. Bits and range always stay a record's own.
 */
struct Record {
    State state = State::INITIAL;
    int bits = 8;
    int channel_axis = -1;            ///< >= 0: one scale per channel
    int histogram_bins = 4096;        ///< of the kl observer
    std::vector<int> exponents;       ///< of a root; one, or one per channel; empty: none yet
    std::optional<double> raw_scale;  ///< a given scale that is no power of two (focused scales)
    bool given = false;               ///< a root's scale is the user's (--scale): no pass moves it
    Record *parent = nullptr;

    Record *root();
    bool has_scale() { return !root()->exponents.empty(); }
    const std::vector<int> &scale_exponents() { return root()->exponents; }
    double qmin() const { return -std::ldexp(1.0, bits - 1); }
    double qmax() const { return std::ldexp(1.0, bits - 1) - 1; }
    /** This record takes the scale of `other`: what was shared with it so far follows. */
    void dominated_by(Record *other);
    /** Only this record takes the scale of `other`; it is applied again, as it is not quantized upstream. */
    void enslave_to(Record *other);
    bool applied() const { return state == State::ACTIVATED || state == State::PASSIVE; }
};

/** A scale that a file gives to a tensor: powers of two, one or one for each channel. */
struct GivenScale {
    std::vector<int> exponents;
    int bits = 8;   ///< with which it was meant: other bits keep its range
    int axis = -1;  ///< of the channels; -1: any that has as many
};

struct Op;
class Graph;

struct Var {
    std::string name;
    bool is_param = false;
    torch::Tensor value;     ///< of a param
    torch::Tensor original;  ///< of a param that a pass has corrected: what the float network has
    std::vector<int64_t> shape;
    torch::ScalarType dtype = torch::kFloat;
    std::optional<GivenScale> given;
    Record *port = nullptr;     ///< of a graph input: what it is quantized with before anything reads it
    bool port_of_chip = false;  ///< in exact runs only, in which nothing else quantizes the input then
    // Kept by Graph::refresh():
    Op *source = nullptr;
    int source_index = 0;
    std::vector<std::pair<Op *, int>> readers;  ///< one entry for each input slot
};

struct Op {
    std::string name;
    std::string type;
    std::map<std::string, Attribute> attributes;
    std::vector<Var *> inputs;  ///< nullptr: an optional input that is left out
    std::vector<Var *> outputs;
    bool quantized = false;  ///< else it computes in float
    int bits = 8;
    int bias_bits = 32;
    bool high_precision = false;  ///< simulated in double
    bool counts_padding = false;  ///< an AveragePool that is simulated as if it did
    int reading_order = 0;  ///< among the readers of one variable; an inserted operator has that of the one it serves
    std::vector<Record *> in, out;           ///< one for each input and output of a quantized operator
    std::shared_ptr<const CustomOp> custom;  ///< its declaration, if it is the user's own
    std::shared_ptr<Graph> body;             ///< that computes it, if it has one

    Var *input(size_t i) const { return i < inputs.size() ? inputs[i] : nullptr; }
    template <typename T>
    T get(const std::string &key, T fallback) const {
        auto it = attributes.find(key);
        if (it == attributes.end()) {
            return fallback;
        }
        if (const T *value = std::get_if<T>(&it->second)) {
            return *value;
        }
        throw Error("node '" + name + "' (" + type + "): attribute '" + key + "' is of another type than expected");
    }
    bool has(const std::string &key) const { return attributes.count(key) > 0; }
    const operators::Operator &row() const { return custom ? custom->row : operators::row(type); }
    bool is(operators::Trait trait) const { return row().is(trait); }
};

class Graph {
public:
    std::string name;
    int64_t opset = 18;
    int64_t ir_version = 8;
    std::vector<std::unique_ptr<Op>> ops;  ///< list order
    std::map<std::string, std::unique_ptr<Var>> vars;
    std::vector<Var *> inputs, outputs;
    std::map<size_t, OutputLoss> output_losses;  ///< of the outputs that have one, by place
    std::set<std::string> file_names;            ///< of the nodes as the file has them: rewrites take some away

    Var *new_var(const std::string &wanted_name);
    /** A constant with a name of its own. */
    Var *new_param(const std::string &wanted_name, torch::Tensor value);
    /** Appended to the list. */
    Op *new_op(const std::string &name, const std::string &type);
    /** Appended, but a reader in place of `reader`, whose input it is going to make. */
    Op *new_op_before(const Op *reader, const std::string &type);
    void remove(Op *op);
    Record *new_record(int bits);

    /** Recompute sources and readers; drop operators that no output needs and variables that nobody uses. */
    void refresh();
    /** Kahn's order with a FIFO queue seeded in list order. */
    std::vector<Op *> execution_order() const;
    /** Replace all readings of a by b, also as graph output. */
    void replace(Var *a, Var *b);
    bool is_output(const Var *var) const;

    std::vector<Op *> producers(const Op *op) const;
    std::vector<Op *> consumers(const Op *op) const;
    /** The one operator that reads what `op` makes; nullptr if there are none or several. */
    Op *only_consumer(const Op *op) const;
    std::string unique_op_name();
    std::set<std::string> op_names() const;

private:
    std::string unique_var_name(const std::string &wanted);
    std::vector<std::unique_ptr<Record>> m_records;
    int m_generated_ops = 0, m_generated_vars = 0, m_made_ops = 0;
};

/** "; did you mean 'conv1'?": the name that differs least from a wrong one; "" if there are none. */
std::string suggestion(const std::string &wrong, const std::set<std::string> &names);

/** A float copy of an integer list input or attribute, whichever the node has; nullopt if neither. */
std::optional<std::vector<int64_t>> constant_ints(const Op &op, size_t input, const std::string &attribute);

}  // namespace quantize
