// The prepared graph as bytes (.espdl), as text (.info) and as JSON.

#include <cmath>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "container.hpp"
#include "espdl_generated.h"
#include "exporter.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;
using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

espdl::TensorDataType data_type(torch::ScalarType type) {
    switch (type) {
        case torch::kFloat:
            return espdl::TensorDataType::FLOAT;
        case torch::kDouble:
            return espdl::TensorDataType::DOUBLE;
        case torch::kByte:
            return espdl::TensorDataType::UINT8;
        case torch::kChar:
            return espdl::TensorDataType::INT8;
        case torch::kShort:
            return espdl::TensorDataType::INT16;
        case torch::kInt:
            return espdl::TensorDataType::INT32;
        case torch::kLong:
            return espdl::TensorDataType::INT64;
        case torch::kBool:
            return espdl::TensorDataType::BOOL;
        default:
            throw Error("a tensor is of a type that the file cannot hold");
    }
}

/** The type that a variable has in the file: its record decides, else the float graph. */
torch::ScalarType stored_type(const Var *var, Record *config) {
    if (!config) {
        return var->dtype == torch::kDouble ? torch::kFloat : var->dtype;
    }
    return config->bits <= 8 ? torch::kChar : config->bits <= 16 ? torch::kShort : torch::kInt;
}

/// Names occur in several places and are written once.
Offset<flatbuffers::Vector<Offset<flatbuffers::String>>> shared_strings(FlatBufferBuilder &builder,
                                                                        const std::vector<std::string> &list) {
    std::vector<Offset<flatbuffers::String>> strings;
    for (const std::string &text : list) {
        strings.push_back(builder.CreateSharedString(text));
    }
    return builder.CreateVector(strings);
}

Offset<espdl::Tensor> write_tensor(FlatBufferBuilder &builder, const std::string &name, const Tensor &tensor,
                                   const Ints &dims, const Ints &exponents, const std::string &doc) {
    const Tensor flat = tensor.contiguous();
    const size_t bytes = (size_t)flat.numel() * flat.element_size();
    std::vector<espdl::AlignedBytes> blocks((bytes + 15) / 16);
    if (bytes) {
        std::memset((void *)blocks.data(), 0, blocks.size() * 16);
        std::memcpy((void *)blocks.data(), flat.data_ptr(), bytes);
    }
    const auto raw = builder.CreateVectorOfStructs(blocks);
    const auto shape = builder.CreateVector(dims);
    const auto exponent_vector = builder.CreateVector(exponents);
    const auto text = builder.CreateSharedString(name), doc_text = builder.CreateSharedString(doc);
    espdl::TensorBuilder out(builder);
    out.add_dims(shape);
    out.add_data_type(data_type(flat.scalar_type()));
    out.add_name(text);
    out.add_doc_string(doc_text);
    out.add_raw_data(raw);
    out.add_exponents(exponent_vector);
    return out.Finish();
}

Offset<espdl::ValueInfo> write_value_info(FlatBufferBuilder &builder, const std::string &name, torch::ScalarType type,
                                          const Ints &dims, const Ints &exponents) {
    std::vector<Offset<espdl::Dimension>> dimensions;
    for (int64_t dim : dims) {
        dimensions.push_back(espdl::CreateDimension(
            builder, espdl::CreateDimensionValue(builder, espdl::DimensionValueType::VALUE, dim)));
    }
    const auto shape = espdl::CreateTensorShape(builder, builder.CreateVector(dimensions));
    const auto tensor = espdl::CreateTensorTypeAndShape(builder, data_type(type), shape);
    const auto info = espdl::CreateTypeInfo(builder, espdl::TypeInfoValue::tensor_type, tensor.Union());
    const auto text = builder.CreateSharedString(name);
    const auto exponent_vector = builder.CreateVector(exponents);
    espdl::ValueInfoBuilder out(builder);
    out.add_name(text);
    out.add_value_info_type(info);
    out.add_exponents(exponent_vector);
    return out.Finish();
}

Offset<espdl::Attribute> write_attribute(FlatBufferBuilder &builder, const std::string &name, const Attribute &value) {
    const auto text = builder.CreateSharedString(name);
    if (const int64_t *i = std::get_if<int64_t>(&value)) {
        const espdl::IntValue number(*i);
        espdl::AttributeBuilder out(builder);
        out.add_name(text);
        out.add_attr_type(espdl::AttributeType::INT);
        out.add_i(&number);
        return out.Finish();
    }
    if (const double *f = std::get_if<double>(&value)) {
        const espdl::FloatValue number((float)*f);
        espdl::AttributeBuilder out(builder);
        out.add_name(text);
        out.add_attr_type(espdl::AttributeType::FLOAT);
        out.add_f(&number);
        return out.Finish();
    }
    if (const std::string *s = std::get_if<std::string>(&value)) {
        const auto bytes = builder.CreateVector((const uint8_t *)s->data(), s->size());
        espdl::AttributeBuilder out(builder);
        out.add_name(text);
        out.add_attr_type(espdl::AttributeType::STRING);
        out.add_s(bytes);
        return out.Finish();
    }
    if (const Ints *list = std::get_if<Ints>(&value)) {
        const auto numbers = builder.CreateVector(*list);
        espdl::AttributeBuilder out(builder);
        out.add_name(text);
        out.add_attr_type(espdl::AttributeType::INTS);
        out.add_ints(numbers);
        return out.Finish();
    }
    if (const auto *list = std::get_if<std::vector<double>>(&value)) {
        const auto numbers = builder.CreateVector(std::vector<float>(list->begin(), list->end()));
        espdl::AttributeBuilder out(builder);
        out.add_name(text);
        out.add_attr_type(espdl::AttributeType::FLOATS);
        out.add_floats(numbers);
        return out.Finish();
    }
    if (const auto *list = std::get_if<std::vector<std::string>>(&value)) {
        const auto strings = builder.CreateVectorOfStrings(*list);
        espdl::AttributeBuilder out(builder);
        out.add_name(text);
        out.add_attr_type(espdl::AttributeType::STRINGS);
        out.add_strings(strings);
        return out.Finish();
    }
    const Tensor tensor = std::get<Tensor>(value);
    const auto t = write_tensor(builder, name, tensor, tensor.sizes().vec(), {0}, "");
    espdl::AttributeBuilder out(builder);
    out.add_name(text);
    out.add_attr_type(espdl::AttributeType::TENSOR);
    out.add_t(t);
    return out.Finish();
}

Ints exponents_of(Record *config) {
    if (!config) {
        return {0};
    }
    const std::vector<int> &exponents = config->scale_exponents();
    return Ints(exponents.begin(), exponents.end());
}

}  // namespace

std::string Exporter::espdl() const {
    FlatBufferBuilder builder(1 << 20);
    auto config_of = [&](const Var *var) {
        auto it = m_config.find(var);
        return it == m_config.end() ? nullptr : it->second;
    };
    auto stored_dims = [&](const Var *var) {
        const Perm perm = perm_of(var);
        Ints dims;
        for (int64_t p : perm) {
            dims.push_back(var->shape.at(p));
        }
        return dims.empty() ? Ints{1} : dims;
    };
    auto value_info = [&](const Var *var) {
        return write_value_info(builder, var->name, stored_type(var, config_of(var)), stored_dims(var),
                                exponents_of(config_of(var)));
    };
    auto test_value = [&](const Var *var) {
        Record *config = config_of(var);
        Tensor value = m_test_values.at(var);
        if (config && value.is_floating_point()) {
            value = quantize_values(value, config, m_target).to(stored_type(var, config));
        } else if (value.scalar_type() == torch::kDouble) {
            value = value.to(torch::kFloat);
        }
        const Perm perm = perm_of(var);
        if (value.dim() == (int64_t)perm.size() && !perm.empty()) {
            value = value.permute(perm).contiguous();
        }
        return write_tensor(builder, var->name, value, stored_dims(var), exponents_of(config), "");
    };

    std::vector<Offset<espdl::Node>> nodes;
    std::vector<Offset<espdl::Tensor>> initializers, test_inputs, test_outputs;
    std::vector<Offset<espdl::ValueInfo>> inputs, outputs, infos;
    for (const auto &[name, table] : m_tables) {
        initializers.push_back(
            write_tensor(builder, name, table.first, {table.first.numel()}, {table.second}, "layout ==> UNK"));
    }
    std::set<const Var *> described;
    for (Op *op : m_graph.execution_order()) {
        std::vector<std::string> in, out;
        for (Var *var : op->inputs) {
            in.push_back(var ? var->name : "");
            if (var && var->is_param && described.insert(var).second) {
                const Stored &stored = m_stored.at(var);
                Record *config = var->value.is_floating_point() ? config_of(var) : nullptr;
                initializers.push_back(write_tensor(builder, var->name, stored.value, stored.dims, exponents_of(config),
                                                    "layout ==> " + stored.layout));
            } else if (var && !var->is_param && described.insert(var).second) {
                infos.push_back(value_info(var));
            }
        }
        for (Var *var : op->outputs) {
            out.push_back(var ? var->name : "");
            if (var && described.insert(var).second) {
                infos.push_back(value_info(var));
            }
        }
        std::vector<Offset<espdl::Attribute>> attributes;
        for (const auto &[name, value] : op->attributes) {
            attributes.push_back(write_attribute(builder, name, value));
        }
        const auto in_names = shared_strings(builder, in), out_names = shared_strings(builder, out);
        const auto name = builder.CreateSharedString(op->name), type = builder.CreateSharedString(op->type);
        const auto attribute_vector = builder.CreateVector(attributes);
        espdl::NodeBuilder node(builder);
        node.add_input(in_names);
        node.add_output(out_names);
        node.add_name(name);
        node.add_op_type(type);
        node.add_attribute(attribute_vector);
        nodes.push_back(node.Finish());
    }
    for (Var *var : m_graph.inputs) {
        inputs.push_back(value_info(var));
        if (m_test_values.count(var)) {
            test_inputs.push_back(test_value(var));
        }
    }
    for (Var *var : m_graph.outputs) {
        outputs.push_back(value_info(var));
        if (m_test_values.count(var)) {
            test_outputs.push_back(test_value(var));
        }
    }
    const auto node_vector = builder.CreateVector(nodes);
    const auto initializer_vector = builder.CreateVector(initializers);
    const auto input_vector = builder.CreateVector(inputs), output_vector = builder.CreateVector(outputs);
    const auto info_vector = builder.CreateVector(infos);
    const auto test_in = builder.CreateVector(test_inputs), test_out = builder.CreateVector(test_outputs);
    const auto graph_name = builder.CreateSharedString(m_graph.name);
    espdl::GraphBuilder graph(builder);
    graph.add_node(node_vector);
    graph.add_name(graph_name);
    graph.add_initializer(initializer_vector);
    graph.add_input(input_vector);
    graph.add_output(output_vector);
    graph.add_value_info(info_vector);
    graph.add_test_inputs_value(test_in);
    graph.add_test_outputs_value(test_out);
    const auto graph_offset = graph.Finish();

    std::vector<Offset<espdl::StringStringEntry>> metadata;
    for (const auto &[key, value] : m_options.metadata) {
        const auto k = builder.CreateSharedString(key), v = builder.CreateSharedString(value);
        metadata.push_back(espdl::CreateStringStringEntry(builder, k, v));
    }
    const auto producer = builder.CreateSharedString("deskboard"), version = builder.CreateSharedString(VERSION);
    const auto metadata_vector = builder.CreateVector(metadata);
    espdl::ModelBuilder model(builder);
    model.add_ir_version((int32_t)m_graph.ir_version);
    model.add_producer_name(producer);
    model.add_producer_version(version);
    model.add_model_version(0);
    model.add_graph(graph_offset);
    model.add_metadata_props(metadata_vector);
    builder.Finish(model.Finish());

    const std::vector<uint8_t> file = espdl_tool::make_edl({builder.GetBufferPointer(), builder.GetSize()}, 2,
                                                           m_options.key ? &*m_options.key : nullptr);
    return std::string(file.begin(), file.end());
}

namespace {

std::string number_text(double value) {
    char text[32];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if ((float)strtod(text, nullptr) == (float)value) {
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
    auto config_of = [&](const Var *var) {
        auto it = m_config.find(var);
        return it == m_config.end() ? nullptr : it->second;
    };
    auto dims_of = [&](const Var *var) {
        Ints dims;
        for (int64_t p : perm_of(var)) {
            dims.push_back(var->shape.at(p));
        }
        return dims;
    };
    std::string text = "model properties:\nmetadata_props:\n";
    for (const auto &[key, value] : m_options.metadata) {
        text += key + ": " + value + "\n";
    }
    text += "\ngraph " + m_graph.name + " (\n";
    for (Var *var : m_graph.inputs) {
        text += "  %" + var->name + "[" + type_text(stored_type(var, config_of(var))) + ", " + dims_text(dims_of(var)) +
                "], exponents: " + list_text(exponents_of(config_of(var))) + "\n";
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
                    dims_text(dims_of(var)) + "], exponents: " + list_text(exponents_of(config_of(var))) + "\n";
        }
    }
    return text;
}

std::string Exporter::json() const {
    using Json = nlohmann::ordered_json;
    static const char *const states[] = {"INITIAL", "ACTIVATED", "OVERLAPPED", "PASSIVE", "PASSIVE_INIT", "FP32"};
    std::map<Record *, int> ids;
    auto id = [&](Record *record) { return ids.emplace(record, (int)ids.size() + 1).first->second; };
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
                                            {"state", states[(int)record->state]},
                                            {"quant_min", (int64_t)record->qmin()},
                                            {"quant_max", (int64_t)record->qmax()},
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
