/**
 * @file operators.hpp
 * What the tools know of each operator: one row of one table for the quantizer, `espdl check`, the export to ONNX and
 * `espdl predict`. What the chip's library computes says its own list, dl_module_list.cpp; each of its operators has a
 * row here.
 */
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace operators {

/** How the order of a tensor's axes passes through an operator when a quantized graph is laid out for the chip. */
enum class Layout : uint8_t {
    PLAIN,          ///< ONNX's order in and out
    CHANNELS_LAST,  ///< the chip's operator reads and writes channels last
    ANY,            ///< any order, which the output gets
    PAIR,           ///< two inputs are brought to one order, which the output gets
    AXIS,           ///< any order; attribute `axis` is counted in it
    AXES,           ///< any order; the axes of a reduction are counted in it
    PARTS,          ///< any order that all inputs have; attribute `axis` is counted in it
};

/** How an operator of a file is written as ONNX. */
enum class Onnx : uint8_t {
    NONE,         ///< not at all
    OWN,          ///< by a function of its own
    UNARY,        ///< the operator of the same name, with attributes alpha and beta if they are there
    ELEMENTWISE,  ///< the operator of the same name on broadcast tensors
    RESHAPE,      ///< Reshape to the output's shape
    REDUCE,       ///< the reduction of the same name
    POOL,         ///< the pool of the same name
    ALONG_AXIS,   ///< the operator of the same name with attribute axis
    CELL,         ///< a recurrent layer in float
    VALUE,        ///< the input's value, quantized otherwise
};

/** What an element costs on a chip (`espdl predict`). */
enum class Cost : uint8_t {
    COPY,        ///< as much as moving it
    VIEW,        ///< nothing
    LOOKUP,      ///< a look into a table
    VECTOR,      ///< a share of a vector instruction
    FLOAT,       ///< a computation in float
    CONVERSION,  ///< a conversion between float and integers
};

enum Trait : uint32_t {
    QUANTIZED = 1 << 0,      ///< chips compute it in integers; else the quantizer leaves it in float
    EXECUTED = 1 << 1,       ///< the quantizer can compute it
    PASSIVE = 1 << 2,        ///< moves or selects elements: the output keeps the input's scale
    COMPUTING = 1 << 3,      ///< a layer whose noise reports show; an activation behind it shares its scale
    WEIGHTED = 1 << 4,       ///< input 1 are constant weights, input 2 is a bias at the scale of the products
    TAKES_RELU = 1 << 5,     ///< the chip's operator computes a Relu behind it
    ACTIVATION = 1 << 6,     ///< its scale is that of the operator before it
    RECURRENT = 1 << 7,      ///< a loop over time with gates at a fixed scale
    ONE_SCALE = 1 << 8,      ///< inputs get the output's scale
    COMPARISON = 1 << 9,     ///< inputs get a scale that holds them all, the output is BOOL
    FLOAT_RESULT = 1 << 10,  ///< the output is not quantized
    MEAN = 1 << 11,          ///< sums, though it has no weights
    TABLE = 1 << 12,         ///< one number to one number: a table holds all results of 8 bits
    MOVABLE = 1 << 13,       ///< pairs of Transpose may meet across it
    RELAY = 1 << 14,         ///< equalization passes through it: f(s x) is s f(x)
    NOT_NEGATIVE = 1 << 15,  ///< no result is below 0, whatever the input
    SETS_ORDER = 1 << 16,    ///< the order of the output's axes does not come from the input
};

struct Operator {
    const char *name;
    Layout layout;
    uint8_t plain_inputs;  ///< inputs 1 to this one are indices, shapes or bounds, which have no scale
    Onnx onnx;
    Cost cost;
    uint32_t traits;           ///< of Trait
    const char *becomes = "";  ///< what becomes of a node that rewrites take away
    const char *instead = "";  ///< what to do instead, where chips do not compute it
    /** The definition, for an operator that has no function in tools/quantize/numerics. */
    float (*function)(float) = nullptr;
    /** Of the definition: what training multiplies gradients by. Every definition has one. */
    float (*derivative)(float) = nullptr;

    bool is(Trait trait) const { return (traits & trait) != 0; }
};

/** All rows, by name. */
std::span<const Operator> all();
/** The operator's row; for an unknown one a row without a name that knows nothing. */
const Operator &row(std::string_view name);

}  // namespace operators
