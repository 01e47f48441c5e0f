/**
 * @file espdl_builder.hpp
 * Makes .espdl files for tests, right and wrong ones, from a description that is easy to change.
 */
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "espdl_generated.h"

namespace espdl_test {

struct TensorSpec {
    std::string name = {};
    std::vector<int64_t> dims = {};
    espdl::TensorDataType dtype = espdl::TensorDataType::INT8;
    std::vector<uint8_t> raw = {};  ///< padded to 16 bytes
    std::vector<int64_t> exponents = {0};
    std::string doc = {};
    std::vector<float> float_data = {};    ///< instead of raw
    std::vector<int64_t> int64_data = {};  ///< instead of raw
    std::vector<int32_t> int32_data = {};  ///< instead of raw
    bool raw_is_bytes = false;             ///< raw is stored as ESP-DL 3.0 does, without padding
    bool external = false;
};

template <typename T>
std::vector<uint8_t> bytes_of(const std::vector<T> &values) {
    std::vector<uint8_t> bytes(values.size() * sizeof(T));
    if (!bytes.empty()) {
        memcpy(bytes.data(), values.data(), bytes.size());
    }
    return bytes;
}

struct AttributeSpec {
    std::string name = {};
    espdl::AttributeType type = espdl::AttributeType::UNDEFINED;
    int64_t i = 0;
    float f = 0;
    std::string s = {};
    std::vector<int64_t> ints = {};
    std::vector<float> floats = {};
    std::vector<std::string> strings = {};
    bool subgraph = false;
    bool tensor = false;
    TensorSpec t = {};

    static AttributeSpec text(const std::string &name, const std::string &value) {
        AttributeSpec spec;
        spec.name = name;
        spec.type = espdl::AttributeType::STRING;
        spec.s = value;
        return spec;
    }
};

struct NodeSpec {
    std::string op = {};
    std::string name = {};
    std::vector<std::string> inputs = {};
    std::vector<std::string> outputs = {};
    std::vector<AttributeSpec> attributes = {AttributeSpec::text("quant_type", "S8")};
};

struct ValueSpec {
    std::string name = {};
    std::vector<int64_t> dims = {};
    espdl::TensorDataType dtype = espdl::TensorDataType::INT8;
    std::vector<int64_t> exponents = {0};
    bool no_type = false;
};

struct ModelSpec {
    std::string graph_name = "test_graph";
    std::vector<NodeSpec> nodes = {};
    std::vector<TensorSpec> initializers = {};
    std::vector<ValueSpec> inputs = {};
    std::vector<ValueSpec> outputs = {};
    std::vector<ValueSpec> value_infos = {};
    std::vector<TensorSpec> test_inputs = {};
    std::vector<TensorSpec> test_outputs = {};
    std::vector<std::pair<std::string, std::string>> metadata = {};
    bool no_graph = false;
};

/** relu: x -> h; add: h, w -> y, for int8 tensors of shape [1, 4]. With test values: y = max(x, 0) + w. */
ModelSpec small_model();

/** The FlatBuffer, without a container. */
std::vector<uint8_t> build_flatbuffer(const ModelSpec &spec);

/** An EDL2 file. */
std::vector<uint8_t> build_edl2(const ModelSpec &spec);

}  // namespace espdl_test
