// Files that say what the chip passes over, or what it takes as it is: they load here, too, and give the chip's result.
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "../../../hal/storage_test.hpp"
#include "dl_model_base.hpp"
#include "espdl_builder.hpp"
#include "gtest/gtest.h"

namespace {

using namespace espdl_test;
using espdl::AttributeType;
using espdl::TensorDataType;

AttributeSpec ints(const char *name, std::vector<int64_t> values) {
    AttributeSpec spec;
    spec.name = name;
    spec.type = AttributeType::INTS;
    spec.ints = std::move(values);
    return spec;
}

AttributeSpec integer(const char *name, int64_t value) {
    AttributeSpec spec;
    spec.name = name;
    spec.type = AttributeType::INT;
    spec.i = value;
    return spec;
}

AttributeSpec real(const char *name, float value) {
    AttributeSpec spec;
    spec.name = name;
    spec.type = AttributeType::FLOAT;
    spec.f = value;
    return spec;
}

class LoadChecks : public testing::Test {
protected:
    void SetUp() override { dl::set_target(dl::TARGET_ESP32); }

    /** One node, x to y, of int8. */
    ModelSpec one_node(const std::string &op, const std::vector<int64_t> &in, const std::vector<int64_t> &out) {
        ModelSpec spec;
        NodeSpec node;
        node.op = op;
        node.name = "node";
        node.inputs = {"x"};
        node.outputs = {"y"};
        spec.nodes = {node};
        spec.inputs = {{"x", in}};
        spec.outputs = {{"y", out}};
        return spec;
    }

    /** The output for this input; empty if the file is refused. */
    std::vector<int8_t> run(const ModelSpec &spec, const std::vector<int8_t> &input) {
        const std::string path = m_dir / "model.espdl";
        const std::vector<uint8_t> bytes = build_edl2(spec);
        std::ofstream(path, std::ios::binary).write((const char *)bytes.data(), (std::streamsize)bytes.size());
        dl::Model model(path.c_str(), fbs::MODEL_LOCATION_IN_SDCARD);
        if (!model.is_ready()) {
            return {};
        }
        memcpy(model.get_input()->data, input.data(), input.size());
        model.run();
        const int8_t *y = model.get_output()->get_element_ptr<int8_t>();
        return std::vector<int8_t>(y, y + model.get_output()->size);
    }

    hal_test::TempDir m_dir;
};

TEST_F(LoadChecks, InsertZerosCopiesWhateverTheExponentsAre) {
    ModelSpec spec = one_node("InsertZeros", {1, 2, 2, 1}, {1, 3, 3, 1});
    spec.nodes[0].attributes.push_back(ints("stride", {2}));  // one entry for both axes
    spec.inputs[0].exponents = {2};
    spec.outputs[0].exponents = {1};
    EXPECT_EQ(run(spec, {1, 2, 3, 4}), (std::vector<int8_t>{1, 0, 2, 0, 0, 0, 3, 0, 4}));
}

TEST_F(LoadChecks, RenamingKeepsTheBytes) {
    ModelSpec spec = one_node("Identity", {1, 4}, {1, 4});
    spec.inputs[0].exponents = {-2};
    spec.outputs[0].exponents = {-1};
    EXPECT_EQ(run(spec, {1, 2, 3, 4}), (std::vector<int8_t>{1, 2, 3, 4}));
    spec.nodes[0].op = "Flatten";
    EXPECT_EQ(run(spec, {1, 2, 3, 4}), (std::vector<int8_t>{1, 2, 3, 4}));
}

TEST_F(LoadChecks, SqueezeLeavesAxesOfSeveralElements) {
    ModelSpec spec = one_node("Squeeze", {1, 4}, {4});
    spec.nodes[0].attributes.push_back(ints("axes", {0, 1, 7}));
    EXPECT_EQ(run(spec, {1, 2, 3, 4}), (std::vector<int8_t>{1, 2, 3, 4}));
}

TEST_F(LoadChecks, QuantizedGemmPassesOverAlphaAndBeta) {
    ModelSpec spec = one_node("Gemm", {1, 2}, {1, 1});
    spec.nodes[0].inputs = {"x", "w", "b"};
    spec.nodes[0].attributes.push_back(real("alpha", 3));
    spec.nodes[0].attributes.push_back(real("beta", 0));
    TensorSpec w, b;
    w.name = "w";
    w.dims = {1, 1, 2, 1};
    w.raw = {2, 5};
    b.name = "b";
    b.dims = {1};
    b.dtype = TensorDataType::INT32;
    b.raw = bytes_of(std::vector<int32_t>{7});
    b.exponents = {5};  // added as it is
    spec.initializers = {w, b};
    EXPECT_EQ(run(spec, {3, 4}), (std::vector<int8_t>{33}));
}

TEST_F(LoadChecks, ConvPassesOverAutoPadAndKernelShape) {
    ModelSpec spec = one_node("Conv", {1, 1, 2, 2}, {1, 1, 2, 1});
    spec.nodes[0].inputs = {"x", "w"};
    spec.nodes[0].attributes.push_back(AttributeSpec::text("auto_pad", "SAME_UPPER"));
    spec.nodes[0].attributes.push_back(ints("kernel_shape", {3, 3}));
    TensorSpec w;
    w.name = "w";
    w.dims = {1, 1, 2, 1};
    w.raw = {2, 5};
    spec.initializers = {w};
    EXPECT_EQ(run(spec, {1, 2, 3, 4}), (std::vector<int8_t>{12, 26}));
}

TEST_F(LoadChecks, PoolPassesOverAutoPadAndStorageOrder) {
    ModelSpec spec = one_node("MaxPool", {1, 2, 2, 1}, {1, 1, 1, 1});
    spec.nodes[0].attributes.push_back(ints("kernel_shape", {2, 2}));
    spec.nodes[0].attributes.push_back(AttributeSpec::text("auto_pad", "SAME_LOWER"));
    spec.nodes[0].attributes.push_back(integer("storage_order", 1));
    EXPECT_EQ(run(spec, {1, 9, 3, 4}), (std::vector<int8_t>{9}));
}

TEST_F(LoadChecks, ResizeTakesTheFloatProductAndIgnoresTheRest) {
    ModelSpec spec = one_node("Resize", {1, 10, 1}, {1, 7, 1});
    spec.nodes[0].inputs = {"x", "", "scales"};
    spec.nodes[0].attributes.push_back(AttributeSpec::text("mode", "nearest"));
    spec.nodes[0].attributes.push_back(AttributeSpec::text("coordinate_transformation_mode", "half_pixel_symmetric"));
    spec.nodes[0].attributes.push_back(AttributeSpec::text("nearest_mode", "simple"));
    spec.nodes[0].attributes.push_back(integer("antialias", 1));
    TensorSpec scales;
    scales.name = "scales";
    scales.dims = {3};
    scales.dtype = TensorDataType::FLOAT;
    scales.raw = bytes_of(std::vector<float>{1, 2, 0.7f});  // channels stay, 10 * 0.7f is 7
    spec.initializers = {scales};
    EXPECT_EQ(run(spec, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}).size(), 7u);
}

// What cannot be computed at all stays refused.
TEST_F(LoadChecks, WhatCannotBeComputedIsRefused) {
    ModelSpec spec = one_node("InsertZeros", {1, 2, 2, 1}, {1, 3, 3, 1});
    spec.nodes[0].attributes.push_back(ints("stride", {-2, 2}));
    EXPECT_TRUE(run(spec, {1, 2, 3, 4}).empty());
    spec = one_node("NoSuchOperator", {1, 4}, {1, 4});
    EXPECT_TRUE(run(spec, {1, 2, 3, 4}).empty());
    spec = one_node("Flatten", {1, 4}, {1, 4});
    spec.nodes[0].attributes.push_back(integer("axis", 9));
    EXPECT_TRUE(run(spec, {1, 2, 3, 4}).empty());
    spec = one_node("ReverseSequence", {1, 4}, {1, 4});
    spec.nodes[0].attributes.push_back(integer("batch_axis", 1));
    spec.nodes[0].attributes.push_back(integer("time_axis", INT32_MAX));
    EXPECT_TRUE(run(spec, {1, 2, 3, 4}).empty());
    spec = one_node("Resize", {1, 4, 1}, {1, 4, 1});
    spec.nodes[0].inputs = {"x", "", "scales"};
    spec.nodes[0].attributes.push_back(AttributeSpec::text("mode", "nearest"));
    TensorSpec scales;
    scales.name = "scales";
    scales.dims = {0};  // with bytes all the same
    scales.dtype = TensorDataType::FLOAT;
    scales.raw = bytes_of(std::vector<float>{1, 1, 1});
    spec.initializers = {scales};
    EXPECT_TRUE(run(spec, {1, 2, 3, 4}).empty());
}

}  // namespace
