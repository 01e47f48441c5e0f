#include "espdl_builder.hpp"

namespace espdl_test {

namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

Offset<espdl::Tensor> build_tensor(FlatBufferBuilder &builder, const TensorSpec &spec) {
    const auto dims = builder.CreateVector(spec.dims);
    const auto exponents = builder.CreateVector(spec.exponents);
    const auto name = builder.CreateString(spec.name);
    const auto doc = builder.CreateString(spec.doc);
    flatbuffers::Offset<flatbuffers::Vector<const espdl::AlignedBytes *>> raw;
    Offset<flatbuffers::Vector<float>> floats;
    Offset<flatbuffers::Vector<int64_t>> ints;
    Offset<flatbuffers::Vector<int32_t>> narrow_ints;
    Offset<flatbuffers::Vector<uint8_t>> bytes;
    if (!spec.float_data.empty()) {
        floats = builder.CreateVector(spec.float_data);
    } else if (!spec.int32_data.empty()) {
        narrow_ints = builder.CreateVector(spec.int32_data);
    } else if (spec.raw_is_bytes) {
        bytes = builder.CreateVector(spec.raw);
    } else if (!spec.int64_data.empty()) {
        ints = builder.CreateVector(spec.int64_data);
    } else {
        std::vector<espdl::AlignedBytes> blocks((spec.raw.size() + 15) / 16);
        if (!spec.raw.empty()) {
            memcpy(static_cast<void *>(blocks.data()), spec.raw.data(), spec.raw.size());
        }
        raw = builder.CreateVectorOfStructs(blocks);
    }
    Offset<flatbuffers::Vector<Offset<espdl::StringStringEntry>>> external;
    if (spec.external) {
        const auto entry = espdl::CreateStringStringEntry(builder, builder.CreateString("location"),
                                                          builder.CreateString("weights.bin"));
        external = builder.CreateVector(&entry, 1);
    }
    espdl::TensorBuilder tensor(builder);
    tensor.add_dims(dims);
    tensor.add_data_type(spec.dtype);
    tensor.add_float_data(floats);
    tensor.add_int64_data(ints);
    tensor.add_name(name);
    tensor.add_doc_string(doc);
    tensor.add_raw_data(raw);
    tensor.add_int32_data(narrow_ints);
    builder.AddOffset(espdl::Tensor::VT_RAW_DATA, bytes);
    tensor.add_external_data(external);
    tensor.add_exponents(exponents);
    return tensor.Finish();
}

template <typename Spec, typename Build>
auto build_all(FlatBufferBuilder &builder, const std::vector<Spec> &specs, Build build) {
    std::vector<decltype(build(builder, specs[0]))> offsets;
    for (const Spec &spec : specs) {
        offsets.push_back(build(builder, spec));
    }
    return builder.CreateVector(offsets);
}

Offset<espdl::Attribute> build_attribute(FlatBufferBuilder &builder, const AttributeSpec &spec) {
    const auto name = builder.CreateString(spec.name);
    const auto s = builder.CreateVector((const uint8_t *)spec.s.data(), spec.s.size());
    const auto ints = builder.CreateVector(spec.ints);
    const auto floats = builder.CreateVector(spec.floats);
    const auto strings = builder.CreateVectorOfStrings(spec.strings);
    Offset<espdl::Graph> graph;
    if (spec.subgraph) {
        graph = espdl::CreateGraph(builder);
    }
    Offset<espdl::Tensor> tensor;
    if (spec.tensor) {
        tensor = build_tensor(builder, spec.t);
    }
    const espdl::IntValue i(spec.i);
    const espdl::FloatValue f(spec.f);
    espdl::AttributeBuilder attribute(builder);
    attribute.add_name(name);
    attribute.add_attr_type(spec.type);
    if (spec.type == espdl::AttributeType::INT) {
        attribute.add_i(&i);
    }
    if (spec.type == espdl::AttributeType::FLOAT) {
        attribute.add_f(&f);
    }
    attribute.add_s(s);
    attribute.add_ints(ints);
    attribute.add_floats(floats);
    attribute.add_strings(strings);
    attribute.add_g(graph);
    attribute.add_t(tensor);
    return attribute.Finish();
}

Offset<espdl::Node> build_node(FlatBufferBuilder &builder, const NodeSpec &spec) {
    const auto inputs = builder.CreateVectorOfStrings(spec.inputs);
    const auto outputs = builder.CreateVectorOfStrings(spec.outputs);
    const auto attributes = build_all(builder, spec.attributes, build_attribute);
    const auto name = builder.CreateString(spec.name);
    const auto op = builder.CreateString(spec.op);
    return espdl::CreateNode(builder, inputs, outputs, name, op, 0, attributes);
}

Offset<espdl::ValueInfo> build_value(FlatBufferBuilder &builder, const ValueSpec &spec) {
    const auto name = builder.CreateString(spec.name);
    const auto exponents = builder.CreateVector(spec.exponents);
    if (spec.no_type) {
        return espdl::CreateValueInfo(builder, name, 0, 0, exponents);
    }
    const auto dims = build_all(builder, spec.dims, [](FlatBufferBuilder &b, int64_t dim) {
        return espdl::CreateDimension(b, espdl::CreateDimensionValue(b, espdl::DimensionValueType::VALUE, dim));
    });
    const auto shape = espdl::CreateTensorShape(builder, dims);
    const auto tensor = espdl::CreateTensorTypeAndShape(builder, spec.dtype, shape);
    const auto type = espdl::CreateTypeInfo(builder, espdl::TypeInfoValue::tensor_type, tensor.Union());
    return espdl::CreateValueInfo(builder, name, type, 0, exponents);
}

}  // namespace

ModelSpec small_model() {
    ModelSpec spec;
    spec.inputs = {{"x", {1, 4}}};
    spec.outputs = {{"y", {1, 4}}};
    spec.value_infos = {{"h", {1, 4}}};
    spec.initializers = {{"w", {1, 4}, espdl::TensorDataType::INT8, bytes_of<int8_t>({10, 20, 30, 40})}};
    spec.nodes = {{"Relu", "relu", {"x"}, {"h"}}, {"Add", "add", {"h", "w"}, {"y"}}};
    spec.test_inputs = {{"x", {1, 4}, espdl::TensorDataType::INT8, bytes_of<int8_t>({-5, 5, 0, 100})}};
    spec.test_outputs = {{"y", {1, 4}, espdl::TensorDataType::INT8, bytes_of<int8_t>({10, 25, 30, 127})}};
    spec.metadata = {{"author", "tests"}};
    return spec;
}

std::vector<uint8_t> build_flatbuffer(const ModelSpec &spec) {
    FlatBufferBuilder builder;
    const auto nodes = build_all(builder, spec.nodes, build_node);
    const auto name = builder.CreateString(spec.graph_name);
    const auto initializers = build_all(builder, spec.initializers, build_tensor);
    const auto inputs = build_all(builder, spec.inputs, build_value);
    const auto outputs = build_all(builder, spec.outputs, build_value);
    const auto values = build_all(builder, spec.value_infos, build_value);
    const auto test_inputs = build_all(builder, spec.test_inputs, build_tensor);
    const auto test_outputs = build_all(builder, spec.test_outputs, build_tensor);
    Offset<espdl::Graph> graph;
    if (!spec.no_graph) {
        graph = espdl::CreateGraph(builder, nodes, name, initializers, 0, inputs, outputs, values, 0, test_inputs,
                                   test_outputs);
    }
    const auto metadata = build_all(builder, spec.metadata, [](FlatBufferBuilder &b, const auto &entry) {
        return espdl::CreateStringStringEntry(b, b.CreateString(entry.first), b.CreateString(entry.second));
    });
    const auto opset = espdl::CreateOperatorSetId(builder, builder.CreateString(""), 18);
    const auto opsets = builder.CreateVector(&opset, 1);
    const auto producer = builder.CreateString("tests");
    builder.Finish(espdl::CreateModel(builder, 8, opsets, producer, 0, 0, 7, 0, graph, metadata));
    std::vector<uint8_t> bytes(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
    bytes.resize((bytes.size() + 15) & ~(size_t)15);
    return bytes;
}

std::vector<uint8_t> build_edl2(const ModelSpec &spec) {
    const std::vector<uint8_t> body = build_flatbuffer(spec);
    std::vector<uint8_t> file = {'E', 'D', 'L', '2', 0, 0, 0, 0};
    for (int i = 0; i < 4; i++) {
        file.push_back((uint8_t)(body.size() >> (8 * i)));
    }
    file.resize(16);
    file.insert(file.end(), body.begin(), body.end());
    return file;
}

}  // namespace espdl_test
