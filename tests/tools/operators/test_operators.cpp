// The tools' table of operators against the library's list. What the quantizer computes and what the export to ONNX
// writes is compared with it in test_quantize and test_onnx_export.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dl_model_base.hpp"
#include "dl_module_creator.hpp"
#include "espdl_builder.hpp"
#include "operators.hpp"

namespace {

using dl::module::op_list;
using dl::module::OpInfo;
using operators::Operator;

const OpInfo *in_library(std::string_view name) {
    for (const OpInfo &op : op_list()) {
        if (name == op.op_type) {
            return &op;
        }
    }
    return nullptr;
}

TEST(Operators, AreSortedWithoutDoubles) {
    ASSERT_FALSE(operators::all().empty());
    std::string_view last;
    for (const Operator &op : operators::all()) {
        EXPECT_LT(last, std::string_view(op.name));
        EXPECT_EQ(&operators::row(op.name), &op);
        last = op.name;
    }
}

TEST(Operators, UnknownOnesHaveNoTraits) {
    for (const char *name : {"", "A", "NoSuchOperator", "zzz"}) {
        const Operator &row = operators::row(name);
        EXPECT_STREQ(row.name, "");
        EXPECT_EQ(row.traits, 0u);
        EXPECT_EQ(row.onnx, operators::Onnx::NONE);
    }
}

TEST(Operators, EveryOneOfTheLibraryHasARow) {
    for (const OpInfo &op : op_list()) {
        EXPECT_STREQ(operators::row(op.op_type).name, op.op_type)
            << "add it to tools/operators/operators.cpp (docs/adding-an-operator.md)";
    }
}

/** What the tools promise is what the library computes. */
TEST(Operators, TypesAreThoseOfTheLibrary) {
    for (const Operator &op : operators::all()) {
        const OpInfo *info = in_library(op.name);
        // A quantized ConvTranspose becomes InsertZeros and Conv.
        if (!info || std::string_view(op.name) == "ConvTranspose") {
            continue;
        }
        if (op.is(operators::QUANTIZED)) {
            EXPECT_TRUE(info->int8 && info->int16) << op.name;
        }
        if (op.is(operators::TABLE)) {
            EXPECT_TRUE(info->int8 && info->float32) << op.name;
        }
        EXPECT_STREQ(op.instead, "") << op.name << ": there is nothing to do instead of what the library computes";
    }
}

/** Only what remembers earlier runs, and a table without a function, are in no ONNX file. */
TEST(Operators, AllButTwoOfTheLibraryAreExported) {
    std::set<std::string> left;
    for (const OpInfo &op : op_list()) {
        if (operators::row(op.op_type).onnx == operators::Onnx::NONE) {
            left.insert(op.op_type);
        }
    }
    EXPECT_THAT(left, testing::ElementsAre("LUT", "StreamingCache"));
}

TEST(Operators, TraitsSuitEachOther) {
    using namespace operators;
    for (const Operator &op : all()) {
        SCOPED_TRACE(op.name);
        EXPECT_FALSE(op.is(WEIGHTED) && !op.is(COMPUTING));
        EXPECT_FALSE(op.is(TAKES_RELU) && !op.is(COMPUTING));
        EXPECT_FALSE(op.is(PASSIVE) && (op.is(COMPUTING) || op.is(ONE_SCALE) || op.is(RECURRENT)));
        EXPECT_FALSE(op.is(TABLE) && op.layout != Layout::ANY) << "a table takes elements in any order";
        EXPECT_FALSE(op.is(MOVABLE) && op.layout != Layout::ANY) << "what is movable takes elements in any order";
        EXPECT_FALSE(op.function && !op.is(EXECUTED)) << "the definition is there to be computed";
        EXPECT_EQ(op.function != nullptr, op.derivative != nullptr) << "training derives what is defined";
        EXPECT_LE(op.plain_inputs, 4);
    }
}

/** What the library computes of x, in float. */
std::vector<float> computed(const Operator &op, const std::vector<float> &x) {
    const int64_t size = static_cast<int64_t>(x.size());
    espdl_test::ModelSpec spec;
    spec.inputs = {{"x", {1, size}, espdl::TensorDataType::FLOAT}};
    spec.outputs = {{"y", {1, size}, espdl::TensorDataType::FLOAT}};
    spec.nodes = {{op.name, "node", {"x"}, {"y"}, {espdl_test::AttributeSpec::text("quant_type", "F32")}}};
    const std::vector<uint8_t> bytes = espdl_test::build_edl2(spec);
    const std::unique_ptr<void, decltype(&free)> file(aligned_alloc(16, (bytes.size() + 15) / 16 * 16), &free);
    memcpy(file.get(), bytes.data(), bytes.size());
    dl::Model model(static_cast<const char *>(file.get()), fbs::MODEL_LOCATION_IN_FLASH_RODATA);
    dl::TensorBase *in = model.get_input(), *out = model.get_output();
    if (!in || !out) {
        return {};
    }
    memcpy(in->data, x.data(), x.size() * sizeof(float));
    model.run();
    const float *y = out->get_element_ptr<float>();
    return {y, y + size};
}

TEST(Operators, DefinitionsAreTheLibrarys) {
    const std::vector<float> x = {-1e30f, -3.0f, -0.5f, -0.0f, 0.25f, 1.0f, 30.0f, 1e30f};
    int definitions = 0;
    for (const Operator &op : operators::all()) {
        if (!op.function) {
            continue;
        }
        SCOPED_TRACE(op.name);
        definitions++;
        ASSERT_TRUE(in_library(op.name));
        const std::vector<float> y = computed(op, x);
        ASSERT_EQ(y.size(), x.size());
        for (size_t i = 0; i < x.size(); i++) {
            EXPECT_FLOAT_EQ(op.function(x[i]), y[i]) << x[i];
        }
    }
    EXPECT_GE(definitions, 1);
}

}  // namespace
