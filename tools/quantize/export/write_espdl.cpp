// The prepared graph as the bytes of an .espdl file.

#include <cstring>
#include <set>

#include "container.hpp"
#include "export/exporter.hpp"
#include "export/stored.hpp"
#include "numerics/rounding.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;
using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

/** Names occur in several places and are written once. */
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
    const size_t bytes = static_cast<size_t>(flat.numel()) * flat.element_size();
    std::vector<espdl::AlignedBytes> blocks((bytes + 15) / 16);
    if (bytes) {
        std::memset(static_cast<void *>(blocks.data()), 0, blocks.size() * 16);
        std::memcpy(static_cast<void *>(blocks.data()), flat.data_ptr(), bytes);
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
        const espdl::FloatValue number(static_cast<float>(*f));
        espdl::AttributeBuilder out(builder);
        out.add_name(text);
        out.add_attr_type(espdl::AttributeType::FLOAT);
        out.add_f(&number);
        return out.Finish();
    }
    if (const std::string *s = std::get_if<std::string>(&value)) {
        const auto bytes = builder.CreateVector(reinterpret_cast<const uint8_t *>(s->data()), s->size());
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

}  // namespace

class Exporter::FileWriter {
public:
    FileWriter(const Exporter &exporter, TestValues tests) : m_exporter(exporter), m_tests(tests) {}

    /** The model, without a container around it. */
    const FlatBufferBuilder &write() {
        for (const auto &[name, table] : m_exporter.m_tables) {
            m_initializers.push_back(
                write_tensor(m_builder, name, table.first, {table.first.numel()}, {table.second}, "layout ==> UNK"));
        }
        for (Op *op : m_exporter.m_graph.execution_order()) {
            add_node(op);
        }
        const auto graph = write_graph();
        std::vector<Offset<espdl::StringStringEntry>> metadata;
        for (const auto &[key, value] : m_exporter.m_options.metadata) {
            const auto k = m_builder.CreateSharedString(key), v = m_builder.CreateSharedString(value);
            metadata.push_back(espdl::CreateStringStringEntry(m_builder, k, v));
        }
        const auto producer = m_builder.CreateSharedString("deskboard"),
                   version = m_builder.CreateSharedString(VERSION);
        const auto metadata_vector = m_builder.CreateVector(metadata);
        espdl::ModelBuilder model(m_builder);
        model.add_ir_version(static_cast<int32_t>(m_exporter.m_graph.ir_version));
        model.add_producer_name(producer);
        model.add_producer_version(version);
        model.add_model_version(0);
        model.add_graph(graph);
        model.add_metadata_props(metadata_vector);
        m_builder.Finish(model.Finish());
        return m_builder;
    }

private:
    /** A file has no tensors without dimensions. */
    Ints dims_of(const Var *var) const {
        const Ints dims = m_exporter.stored_dims(var);
        return dims.empty() ? Ints{1} : dims;
    }
    Offset<espdl::ValueInfo> value_info(const Var *var) {
        Record *config = m_exporter.config_of(var);
        return write_value_info(m_builder, var->name, stored_type(var, config), dims_of(var), exponents_of(config));
    }
    Offset<espdl::Tensor> test_value(const Var *var) {
        Record *config = m_exporter.config_of(var);
        Tensor value = m_exporter.m_test_values.at(var);
        if (config && value.is_floating_point()) {
            value = quantize_values(value, config, m_exporter.m_target).to(stored_type(var, config));
        } else if (value.scalar_type() == torch::kDouble) {
            value = value.to(torch::kFloat);
        }
        const Order perm = m_exporter.perm_of(var);
        if (value.dim() == static_cast<int64_t>(perm.size()) && !perm.empty()) {
            value = value.permute(perm).contiguous();
        }
        const Ints dims = value.dim() ? value.sizes().vec() : Ints{1};  // of all chunks together
        return write_tensor(m_builder, var->name, value, dims, exponents_of(config), "");
    }

    /** A variable is described where it is met first: constants with their values, the others with type and shape. */
    void describe(const Var *var) {
        if (!var || !m_described.insert(var).second) {
            return;
        }
        if (!var->is_param) {
            m_infos.push_back(value_info(var));
            return;
        }
        const Stored &stored = m_exporter.m_stored.at(var);
        Record *config = var->value.is_floating_point() ? m_exporter.config_of(var) : nullptr;
        m_initializers.push_back(write_tensor(m_builder, var->name, stored.value, stored.dims, exponents_of(config),
                                              "layout ==> " + stored.layout));
    }
    void add_node(Op *op) {
        std::vector<std::string> in, out;
        for (Var *var : op->inputs) {
            in.push_back(var ? var->name : "");
            describe(var);
        }
        for (Var *var : op->outputs) {
            out.push_back(var ? var->name : "");
            describe(var);
        }
        std::vector<Offset<espdl::Attribute>> attributes;
        for (const auto &[name, value] : op->attributes) {
            attributes.push_back(write_attribute(m_builder, name, value));
        }
        const auto in_names = shared_strings(m_builder, in), out_names = shared_strings(m_builder, out);
        const auto name = m_builder.CreateSharedString(op->name), type = m_builder.CreateSharedString(op->type);
        const auto attribute_vector = m_builder.CreateVector(attributes);
        espdl::NodeBuilder node(m_builder);
        node.add_input(in_names);
        node.add_output(out_names);
        node.add_name(name);
        node.add_op_type(type);
        node.add_attribute(attribute_vector);
        m_nodes.push_back(node.Finish());
    }
    /** What the user's own operators make, and what they read, in front of conversions that the export has added. */
    std::set<const Var *> at_custom_ops() const {
        std::set<const Var *> found;
        for (const auto &op : m_exporter.m_graph.ops) {
            if (!op->custom) {
                continue;
            }
            found.insert(op->outputs.begin(), op->outputs.end());
            for (const Var *var : op->inputs) {
                while (var && var->source && !m_exporter.m_test_values.count(var)) {
                    var = var->source->input(0);
                }
                found.insert(var);
            }
        }
        found.erase(nullptr);
        return found;
    }
    Offset<espdl::Graph> write_graph() {
        std::vector<Offset<espdl::Tensor>> test_inputs, test_outputs;
        std::vector<Offset<espdl::ValueInfo>> inputs, outputs;
        auto has_value = [&](const Var *var) {
            return m_tests != TestValues::NONE && m_exporter.m_test_values.count(var) > 0;
        };
        auto add_ports = [&](const std::vector<Var *> &vars, auto &ports, auto &tests) {
            for (Var *var : vars) {
                ports.push_back(value_info(var));
                if (has_value(var)) {
                    tests.push_back(test_value(var));
                }
            }
        };
        add_ports(m_exporter.m_graph.inputs, inputs, test_inputs);
        add_ports(m_exporter.m_graph.outputs, outputs, test_outputs);
        const std::set<const Var *> customs = m_tests == TestValues::CUSTOM ? at_custom_ops() : std::set<const Var *>();
        for (const auto &entry : m_exporter.m_graph.vars) {
            const Var *var = entry.second.get();
            const bool wanted = m_tests == TestValues::ALL || customs.count(var);
            if (wanted && var->source && has_value(var) && !m_exporter.m_graph.is_output(var)) {
                test_outputs.push_back(test_value(var));
            }
        }
        const auto node_vector = m_builder.CreateVector(m_nodes);
        const auto initializer_vector = m_builder.CreateVector(m_initializers);
        const auto input_vector = m_builder.CreateVector(inputs), output_vector = m_builder.CreateVector(outputs);
        const auto info_vector = m_builder.CreateVector(m_infos);
        const auto test_in = m_builder.CreateVector(test_inputs), test_out = m_builder.CreateVector(test_outputs);
        const auto graph_name = m_builder.CreateSharedString(m_exporter.m_graph.name);
        espdl::GraphBuilder graph(m_builder);
        graph.add_node(node_vector);
        graph.add_name(graph_name);
        graph.add_initializer(initializer_vector);
        graph.add_input(input_vector);
        graph.add_output(output_vector);
        graph.add_value_info(info_vector);
        graph.add_test_inputs_value(test_in);
        graph.add_test_outputs_value(test_out);
        return graph.Finish();
    }

    const Exporter &m_exporter;
    TestValues m_tests;
    FlatBufferBuilder m_builder{1 << 20};
    std::vector<Offset<espdl::Node>> m_nodes;
    std::vector<Offset<espdl::Tensor>> m_initializers;
    std::vector<Offset<espdl::ValueInfo>> m_infos;
    std::set<const Var *> m_described;
};

std::string Exporter::espdl(TestValues tests) const {
    FileWriter writer(*this, tests);
    const FlatBufferBuilder &builder = writer.write();
    const std::vector<uint8_t> file = espdl_tool::make_edl({builder.GetBufferPointer(), builder.GetSize()}, 2,
                                                           m_options.key ? &*m_options.key : nullptr);
    return std::string(file.begin(), file.end());
}

}  // namespace quantize
