#include "report/verify.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "dl_target.hpp"
#include "report/stand_in.hpp"
#include "report/temporary_file.hpp"
#include "runner.hpp"

namespace quantize {

namespace {

constexpr size_t MOST_NAMED = 3;  // nodes of one type

espdl_tool::FileResult test(const std::string &file, const std::optional<espdl_tool::AesKey> &key) {
    const TemporaryFile place(file);
    espdl_tool::ModelSelector selector;
    selector.key = key;
    return espdl_tool::test_file(place.path(), selector);
}

/** "operator 'Wave' (2 nodes: '/a', '/b')": the user's own of a network; "" if there are none. */
std::string custom_nodes_text(const Graph &graph) {
    std::map<std::string, std::vector<std::string>> nodes;
    for (const auto &op : graph.ops) {
        if (op->custom) {
            nodes[op->type].push_back(op->name);
        }
    }
    std::string text;
    for (const auto &[type, names] : nodes) {
        text += (text.empty() ? "operator '" : ", operator '") + type + "' (" + std::to_string(names.size()) +
                (names.size() == 1 ? " node: " : " nodes: ");
        for (size_t i = 0; i < std::min(names.size(), MOST_NAMED); i++) {
            text += (i ? ", '" : "'") + names[i] + "'";
        }
        text += names.size() > MOST_NAMED ? ", ...)" : ")";
    }
    return text;
}

std::string difference(const espdl_tool::TensorResult &tensor) {
    if (!tensor.error.empty()) {
        return tensor.error;
    }
    char text[160];
    snprintf(text, sizeof(text), "%zu of %zu elements, by up to %g%s: %g simulated, %g on the chip", tensor.differing,
             tensor.elements, tensor.max_difference, tensor.dtype == dl::DATA_TYPE_FLOAT ? "" : " steps",
             tensor.expected, tensor.actual);
    return text;
}

}  // namespace

void set_chip(Target target) {
    dl::set_target(target == Target::P4   ? dl::TARGET_ESP32P4
                   : target == Target::S3 ? dl::TARGET_ESP32S3
                                          : dl::TARGET_ESP32);
}

Verification verify(const Exporter &exporter, Target target) {
    set_chip(target);
    const std::string custom = custom_nodes_text(exporter.graph());
    std::set<std::string> types, stood_in;
    for (const auto &op : exporter.graph().ops) {
        if (op->custom) {
            types.insert(op->type);
            for (const Var *var : op->outputs) {
                stood_in.insert(var ? var->name : "");
            }
        }
    }
    register_stand_ins(types);
    espdl_tool::FileResult result =
        test(exporter.espdl(custom.empty() ? TestValues::PORTS : TestValues::CUSTOM), exporter.key());
    if (result.status == espdl_tool::Status::NotLoaded) {
        return {Verification::UNUSABLE, "the quantized model does not run on the chip: " + result.error};
    }
    if (result.first_failed()) {
        // The inner tensors tell at which node it begins.
        const espdl_tool::FileResult inner = test(exporter.espdl(TestValues::ALL), exporter.key());
        const espdl_tool::TensorResult *failed = inner.first_failed() ? inner.first_failed() : result.first_failed();
        return {Verification::DIFFERS, "node '" + failed->node + "' (" + failed->op +
                                           "): the chip computes something else than the quantizer for tensor '" +
                                           failed->name + "': " + difference(*failed)};
    }
    size_t elements = 0, differing = 0;
    for (const espdl_tool::TensorResult &tensor : result.tensors) {
        const bool compared = !stood_in.count(tensor.name);
        elements += compared ? tensor.elements : 0;
        differing += compared ? tensor.differing : 0;
    }
    const std::string all = std::to_string(elements) + (custom.empty() ? " output elements" : " elements");
    const std::string limits =
        custom.empty() ? ""
                       : "; " + custom +
                             ": not verified, as their module is the firmware's; what is behind them was run with the "
                             "values that the quantizer has for them, and is verified for those alone";
    if (result.status == espdl_tool::Status::Exact) {
        return {Verification::EQUAL, all + " of the emulated chip are those of the simulation" + limits};
    }
    char text[160];
    snprintf(text, sizeof(text), "%zu of %s differ from the simulation's, by up to %g, within the tolerance", differing,
             all.c_str(), result.max_difference);
    return {Verification::WITHIN, text + limits};
}

}  // namespace quantize
