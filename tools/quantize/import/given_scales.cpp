#include "import/given_scales.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "file_io.hpp"

namespace quantize {

namespace {

using torch::Tensor;

constexpr int MOST_EXPONENT = 60;  // far more than any tensor needs

[[noreturn]] void refuse_node(const Op *op, const std::string &why) {
    throw Error("node '" + op->name + "' (" + op->type + "): " + why);
}

/** What is known before shapes are: initializers, and nodes that hold a constant. */
std::optional<Tensor> constant_of(const Var *var) {
    if (!var) {
        return std::nullopt;
    }
    if (var->is_param) {
        return var->value;
    }
    const Op *op = var->source;
    if (op && op->type == "Constant" && op->has("value")) {
        return op->get<Tensor>("value", Tensor());
    }
    return op && op->type == "Identity" ? constant_of(op->input(0)) : std::nullopt;
}

/** Scale and zero point of a QuantizeLinear or DequantizeLinear. */
struct Affine {
    Tensor scale, zero;     ///< double; one element, or one for each channel
    int64_t axis = 0;       ///< of the channels
    bool is_signed = true;  ///< 0 to 255 else
    int bits = 8;

    bool operator==(const Affine &other) const {
        return torch::equal(scale, other.scale) && torch::equal(zero, other.zero) && bits == other.bits &&
               is_signed == other.is_signed && (axis == other.axis || scale.numel() == 1);
    }
    double low() const { return is_signed ? -std::ldexp(1.0, bits - 1) : 0; }
    double high() const { return std::ldexp(1.0, is_signed ? bits - 1 : bits) - 1; }
    /** Shaped to broadcast against a tensor. */
    Tensor spread(const Tensor &values, int64_t rank) const {
        if (values.numel() == 1) {
            return values.reshape({1});
        }
        std::vector<int64_t> shape(static_cast<size_t>(rank), 1);
        shape.at(static_cast<size_t>(axis + (axis < 0 ? rank : 0))) = values.numel();
        return values.reshape(shape);
    }
};

Affine affine_of(const Op *op) {
    const auto scale = constant_of(op->input(1));
    if (!scale) {
        refuse_node(op, "its scale is no constant");
    }
    Affine affine;
    affine.scale = scale->to(torch::kDouble).flatten();
    affine.zero = torch::zeros_like(affine.scale);
    affine.axis = op->get<int64_t>("axis", 1);
    // Without a zero point a DequantizeLinear has its input's type, and a QuantizeLinear makes 0 to 255.
    const auto given = constant_of(op->input(0));
    torch::ScalarType type = op->type == "DequantizeLinear" && given ? given->scalar_type() : torch::kByte;
    if (op->input(2)) {
        const auto zero = constant_of(op->input(2));
        if (!zero || zero->numel() != affine.scale.numel()) {
            refuse_node(op, "its zero point is no constant with as many elements as its scale");
        }
        type = zero->scalar_type();
        affine.zero = zero->to(torch::kDouble).flatten();
    }
    affine.is_signed = type != torch::kByte;
    affine.bits = type == torch::kByte || type == torch::kChar ? 8 : type == torch::kShort ? 16 : 32;
    if (op->get<int64_t>("block_size", 0)) {
        refuse_node(op, "scales for blocks of a channel are not supported");
    }
    if (affine.scale.numel() == 0 || !torch::isfinite(affine.scale).all().item<bool>() ||
        affine.scale.min().item<double>() <= 0) {
        refuse_node(op, "a scale is not above 0");
    }
    return affine;
}

/** The power of two for a symmetric scale that stands for an affine one. */
GivenScale given_of(const Affine &affine, ScaleRounding rounding) {
    GivenScale given;
    given.bits = affine.bits;
    given.axis = affine.scale.numel() > 1 ? static_cast<int>(affine.axis) : -1;
    for (int64_t i = 0; i < affine.scale.numel(); i++) {
        double scale = affine.scale[i].item<double>();
        const double zero = affine.zero[i].item<double>();
        if (!affine.is_signed || zero != 0) {
            const double most = std::max(std::fabs(affine.low() - zero), std::fabs(affine.high() - zero));
            scale *= 2 * most / (std::ldexp(1.0, affine.bits) - 1);
        }
        // A power of two that was a float on the way is one.
        const double exponent = std::log2(scale);
        if (std::fabs(exponent) > MOST_EXPONENT) {
            throw Error("QuantizeLinear: a scale of 2^" + std::to_string(static_cast<int>(exponent)) +
                        " is none of a chip's");
        }
        given.exponents.push_back(rounding == ScaleRounding::NEAREST ? static_cast<int>(std::floor(exponent + 0.5))
                                                                     : static_cast<int>(std::ceil(exponent - 1e-6)));
    }
    return given;
}

class Pairs {
public:
    Pairs(Graph &graph, ScaleRounding rounding) : m_graph(graph), m_rounding(rounding) {}

    int take() {
        // One at a time: each takes nodes away.
        while (Op *op = next()) {
            if (op->type == "QuantizeLinear") {
                take_pair(op);
            } else {
                take_weights(op);
            }
            m_graph.refresh();
        }
        return m_count;
    }

private:
    /** A QuantizeLinear first: what is behind it is then no DequantizeLinear of weights. */
    Op *next() const {
        Op *found = nullptr;
        for (const auto &op : m_graph.ops) {
            if (op->type == "QuantizeLinear") {
                return op.get();
            }
            found = op->type == "DequantizeLinear" && !found ? op.get() : found;
        }
        return found;
    }

    void note(Var *var, const Affine &affine) {
        if (!var->given) {
            var->given = given_of(affine, m_rounding);
            m_count++;
        }
    }

    void take_pair(Op *quantize) {
        Var *x = quantize->input(0), *integers = quantize->outputs.at(0);
        const Affine affine = affine_of(quantize);
        if (!x || !integers) {
            refuse_node(quantize, "it has no input or no output");
        }
        if (m_graph.is_output(integers)) {
            refuse_node(quantize, "its integers are a graph output: end the model with DequantizeLinear");
        }
        const auto readers = integers->readers;
        Var *kept = nullptr;
        for (const auto &[reader, slot] : readers) {
            if (reader->type != "DequantizeLinear" || slot != 0) {
                refuse_node(reader,
                            "it computes with integers: export QuantizeLinear and DequantizeLinear around "
                            "operators in float (QDQ), or give the float model");
            }
            if (!reader->outputs.at(0)) {
                refuse_node(reader, "it has no output");
            }
            if (!(affine_of(reader) == affine)) {
                refuse_node(reader, "its scale or zero point is not that of '" + quantize->name + "'");
            }
            kept = m_graph.is_output(reader->outputs.at(0)) ? reader->outputs[0] : kept;
        }
        std::vector<std::pair<Op *, int>> pairs(readers.begin(), readers.end());
        std::vector<Var *> behind;
        for (const auto &[reader, slot] : pairs) {
            behind.push_back(reader->outputs[0]);
            m_graph.remove(reader);
        }
        m_graph.remove(quantize);
        note(x, affine);
        if (kept && x->source && !m_graph.is_output(x)) {
            kept->given = x->given;
            x->source->outputs[x->source_index] = kept;
            m_graph.replace(x, kept);
            x = kept;
        }
        for (Var *var : behind) {
            if (var != x) {
                m_graph.replace(var, x);
            }
        }
    }

    void take_weights(Op *dequantize) {
        const auto integers = constant_of(dequantize->input(0));
        if (!integers || !dequantize->outputs.at(0)) {
            refuse_node(dequantize, "its input '" + (dequantize->input(0) ? dequantize->input(0)->name : "") +
                                        "' comes from no QuantizeLinear: the network must read floats");
        }
        const Affine affine = affine_of(dequantize);
        const int64_t rank = integers->dim(), axis = affine.axis + (affine.axis < 0 ? rank : 0);
        if (affine.scale.numel() > 1 && (axis < 0 || axis >= rank || integers->size(axis) != affine.scale.numel())) {
            refuse_node(dequantize, std::to_string(affine.scale.numel()) + " scales do not suit its weights");
        }
        const Tensor zero = affine.spread(affine.zero, rank), scale = affine.spread(affine.scale, rank);
        const Tensor value =
            ((integers->to(torch::kDouble) - zero) * scale).to(torch::kFloat).reshape(integers->sizes());
        Var *out = dequantize->outputs[0];
        m_graph.remove(dequantize);
        out->is_param = true;
        out->value = value.contiguous();
        out->shape = value.sizes().vec();
        out->dtype = torch::kFloat;
        if (affine.bits <= 16) {  // a bias follows from input and weights
            note(out, affine);
            out->given->axis = affine.scale.numel() > 1 ? static_cast<int>(axis) : -1;
        }
    }

    Graph &m_graph;
    ScaleRounding m_rounding;
    int m_count = 0;
};

}  // namespace

int take_qdq(Graph &graph, ScaleRounding rounding) {
    try {
        return Pairs(graph, rounding).take();
    } catch (const c10::Error &error) {
        throw Error("QuantizeLinear or DequantizeLinear: " + std::string(error.what_without_backtrace()));
    } catch (const std::out_of_range &) {
        throw Error("QuantizeLinear or DequantizeLinear: a node has no output, or an axis that its input has not");
    }
}

std::map<std::string, GivenScale> read_scales(const std::string &path) {
    using Json = nlohmann::json;
    std::vector<uint8_t> bytes;
    std::string error;
    if (!espdl_tool::read_file(path, bytes, error)) {
        throw Error("--scales: " + error);
    }
    std::map<std::string, GivenScale> given;
    try {
        const Json json = Json::parse(bytes);
        const Json &values = json.at("values");
        for (const auto &[op, vars] : json.at("configs").items()) {
            for (const auto &[name, record] : vars.items()) {
                auto value = values.find(record.at("dominator").dump());
                if (value == values.end()) {
                    continue;
                }
                std::vector<double> scales;
                const Json &scale = value->at("scale");
                for (const Json &one : scale.is_array() ? scale : Json::array({scale})) {
                    scales.push_back(one.get<double>());
                }
                GivenScale found;
                found.bits = record.at("bit_width").get<int>();
                for (double one : scales) {
                    if (!(one > 0) || std::fabs(std::log2(one)) > MOST_EXPONENT) {
                        throw Error("--scales: '" + path + "': a scale of '" + name +
                                    "' is not above 0, or is none of a chip's");
                    }
                    found.exponents.push_back(static_cast<int>(std::lround(std::log2(one))));
                }
                // The node that makes a tensor comes before those that read it.
                if (!scales.empty()) {
                    given.emplace(name, found);
                }
            }
        }
    } catch (const Json::exception &) {
        throw Error("--scales: '" + path + "' is not the .json file of a quantized model");
    }
    if (given.empty()) {
        throw Error("--scales: '" + path + "' holds no scale");
    }
    return given;
}

}  // namespace quantize
