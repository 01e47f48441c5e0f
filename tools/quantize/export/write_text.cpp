// The prepared graph as text (.info) and as JSON.

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "export/exporter.hpp"
#include "export/stored.hpp"

namespace quantize {

namespace {

using Ints = std::vector<int64_t>;

std::string number_text(double value) {
    char text[32];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (static_cast<float>(strtod(text, nullptr)) == static_cast<float>(value)) {
            break;
        }
    }
    return text;
}

std::string attribute_text(const Attribute &value) {
    if (const int64_t *i = std::get_if<int64_t>(&value)) {
        return std::to_string(*i);
    }
    if (const double *f = std::get_if<double>(&value)) {
        return number_text(*f);
    }
    if (const std::string *s = std::get_if<std::string>(&value)) {
        return "'" + *s + "'";
    }
    std::string text;
    auto add = [&](const std::string &item) { text += (text.empty() ? "" : ", ") + item; };
    if (const Ints *list = std::get_if<Ints>(&value)) {
        for (int64_t item : *list) {
            add(std::to_string(item));
        }
    } else if (const auto *floats = std::get_if<std::vector<double>>(&value)) {
        for (double item : *floats) {
            add(number_text(item));
        }
    } else if (const auto *strings = std::get_if<std::vector<std::string>>(&value)) {
        for (const std::string &item : *strings) {
            add("'" + item + "'");
        }
    } else {
        add("tensor");
    }
    return "[" + text + "]";
}

std::string type_text(torch::ScalarType type) {
    return espdl::EnumNameTensorDataType(data_type(type));
}

std::string dims_text(const Ints &dims) {
    std::string text;
    for (int64_t dim : dims) {
        text += (text.empty() ? "" : "x") + std::to_string(dim);
    }
    return text.empty() ? "scalar" : text;
}

std::string list_text(const Ints &values) {
    std::string text;
    for (int64_t value : values) {
        text += (text.empty() ? "" : ", ") + std::to_string(value);
    }
    return "[" + text + "]";
}

}  // namespace

std::string Exporter::info() const {
    std::string text = "model properties:\nmetadata_props:\n";
    for (const auto &[key, value] : m_options.metadata) {
        text += key + ": " + value + "\n";
    }
    text += "\ngraph " + m_graph.name + " (\n";
    for (Var *var : m_graph.inputs) {
        text += "  %" + var->name + "[" + type_text(stored_type(var, config_of(var))) + ", " +
                dims_text(stored_dims(var)) + "], exponents: " + list_text(exponents_of(config_of(var))) + "\n";
    }
    text += ") initializers (\n";
    for (const auto &[name, table] : m_tables) {
        text +=
            "  %" + name + "[" + type_text(table.first.scalar_type()) + ", " + dims_text({table.first.numel()}) + "]\n";
    }
    std::string nodes, values;
    for (const auto &[name, table] : m_tables) {
        values += "%" + name + ", shape: " + list_text({table.first.numel()}) + ", exponents: [" +
                  std::to_string(table.second) + "], docString: b'layout ==> UNK'\n";
    }
    std::set<const Var *> seen;
    for (Op *op : m_graph.execution_order()) {
        std::string ins, outs, attributes;
        for (Var *var : op->inputs) {
            ins += (ins.empty() ? "%" : ", %") + (var ? var->name : std::string());
            if (var && var->is_param && seen.insert(var).second) {
                const Stored &stored = m_stored.at(var);
                Record *config = var->value.is_floating_point() ? config_of(var) : nullptr;
                text += "  %" + var->name + "[" + type_text(stored.value.scalar_type()) + ", " +
                        dims_text(stored.dims) + "]\n";
                values += "%" + var->name + ", shape: " + list_text(stored.dims) +
                          ", exponents: " + list_text(exponents_of(config)) + ", docString: b'layout ==> " +
                          stored.layout + "'\n";
            }
        }
        for (Var *var : op->outputs) {
            outs += (outs.empty() ? "%" : ", %") + (var ? var->name : std::string());
        }
        for (const auto &[name, value] : op->attributes) {
            attributes += (attributes.empty() ? "" : ", ") + name + " = " + attribute_text(value);
        }
        nodes += "  " + outs + " = " + op->type + "[" + attributes + "](" + ins + ")\n";
    }
    text += ") {\n" + nodes + "  return ";
    for (size_t i = 0; i < m_graph.outputs.size(); i++) {
        text += (i ? ", %" : "%") + m_graph.outputs[i]->name;
    }
    text += "\n}\n\ninitializers:\n" + values + "\nvalues info:\n";
    for (const auto &entry : m_graph.vars) {
        const Var *var = entry.second.get();
        if (!var->is_param) {
            text += "%" + var->name + "[" + type_text(stored_type(var, config_of(var))) + ", " +
                    dims_text(stored_dims(var)) + "], exponents: " + list_text(exponents_of(config_of(var))) + "\n";
        }
    }
    return text;
}

std::string Exporter::json() const {
    using Json = nlohmann::ordered_json;
    static const char *const states[] = {"INITIAL", "ACTIVATED", "OVERLAPPED", "PASSIVE", "PASSIVE_INIT", "FP32"};
    std::map<Record *, int> ids;
    auto id = [&](Record *record) { return ids.emplace(record, static_cast<int>(ids.size()) + 1).first->second; };
    Json configs = Json::object(), dispatchings = Json::object(), values = Json::object();
    for (Op *op : m_graph.execution_order()) {
        const std::string family = m_target == Target::P4 ? "ESPDL" : m_target == Target::S3 ? "ESPDL_S3" : "ESPDL_C";
        dispatchings[op->name] = op->quantized ? family + (op->bits == 16 ? "_INT16" : "_INT8") : "FP32";
        if (!op->quantized) {
            continue;
        }
        auto describe = [&](Var *var, Record *record) {
            if (!var || !record) {
                return;
            }
            const bool per_channel = record->scale_exponents().size() > 1 || record->channel_axis >= 0;
            configs[op->name][var->name] = {{"bit_width", record->bits},
                                            {"policy",
                                             {{"PER_TENSOR", !per_channel},
                                              {"PER_CHANNEL", per_channel},
                                              {"LINEAR", true},
                                              {"FLOATING", false},
                                              {"SYMMETRICAL", true},
                                              {"ASYMMETRICAL", false},
                                              {"POWER_OF_2", true},
                                              {"DYNAMIC", false}}},
                                            {"state", states[static_cast<int>(record->state)]},
                                            {"quant_min", static_cast<int64_t>(record->qmin())},
                                            {"quant_max", static_cast<int64_t>(record->qmax())},
                                            {"hash", id(record)},
                                            {"dominator", id(record->root())}};
            if (record->has_scale()) {
                const auto &exponents = record->scale_exponents();
                Json scale = Json::array();
                for (int exponent : exponents) {
                    scale.push_back(std::ldexp(1.0, exponent));
                }
                values[std::to_string(id(record->root()))] = {
                    {"scale", exponents.size() == 1 ? scale[0] : scale},
                    {"zero_point",
                     exponents.size() == 1 ? Json(0.0) : Json(std::vector<double>(exponents.size(), 0.0))}};
            }
        };
        for (size_t i = 0; i < op->inputs.size() && i < op->in.size(); i++) {
            describe(op->inputs[i], op->in[i]);
        }
        for (size_t i = 0; i < op->outputs.size() && i < op->out.size(); i++) {
            describe(op->outputs[i], op->out[i]);
        }
    }
    return Json{{"configs", configs}, {"dispatchings", dispatchings}, {"values", values}}.dump(4) + "\n";
}

}  // namespace quantize
