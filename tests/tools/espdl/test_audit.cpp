// espdl audit's counting, and what it takes for a problem.

#include <gmock/gmock.h>

#include <algorithm>

#include "../command_test.hpp"
#include "audit.hpp"
#include "espdl_builder.hpp"
#include "fbs_loader.hpp"
#include "model_file.hpp"

namespace espdl_test {
namespace {

using namespace espdl_tool;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Value int8_value(const std::string &name, std::vector<int> shape, int exponent, const std::vector<int8_t> &data) {
    return {name, dl::DATA_TYPE_INT8, std::move(shape), exponent, {data.begin(), data.end()}};
}

TEST(TensorAudit, CountsEndsZerosRangeAndChannels) {
    TensorAudits audits;
    // Channels: 0 varies, 1 is always 5, 2 is at both ends.
    EXPECT_TRUE(add_value(audits, int8_value("t", {1, 2, 1, 3}, -3, {1, 5, 127, 2, 5, -128})));
    EXPECT_TRUE(add_value(audits, int8_value("t", {1, 2, 1, 3}, -3, {0, 5, 127, 0, 5, 3})));
    const TensorAudit &audit = audits["t"];
    EXPECT_EQ(audit.elements, 12);
    EXPECT_EQ(audit.low, 1);
    EXPECT_EQ(audit.high, 2);
    EXPECT_EQ(audit.zeros, 2);
    EXPECT_EQ(audit.least, -128);
    EXPECT_EQ(audit.greatest, 127);
    EXPECT_DOUBLE_EQ(audit.saturation(), 0.25);
    EXPECT_EQ(audit.unused_bits(), 0);
    EXPECT_THAT(audit.dead_channels(), ElementsAre(1));
    EXPECT_EQ(audit.histogram.front(), 1);
    EXPECT_EQ(audit.histogram.back(), 2);
    EXPECT_EQ(audit.histogram[16], 6 + 1 + 2);  // 0 to 7
}

TEST(TensorAudit, PartsAddUpToTheWhole) {
    TensorAudits whole, a, b;
    const Value first = int8_value("t", {1, 1, 2, 2}, 0, {1, 2, 3, 2}),
                second = int8_value("t", {1, 1, 2, 2}, 0, {9, 2, -7, 2});
    add_value(whole, first);
    add_value(whole, second);
    add_value(a, first);
    add_value(b, second);
    add_audits(a, b);
    EXPECT_EQ(a["t"].histogram, whole["t"].histogram);
    EXPECT_EQ(a["t"].elements, 8);
    EXPECT_EQ(a["t"].least, -7);
    EXPECT_EQ(a["t"].greatest, 9);
    EXPECT_THAT(a["t"].dead_channels(), ElementsAre(1));
}

TEST(TensorAudit, UnusedBitsAreThoseThatAFinerScaleWouldUse) {
    for (const auto &[value, bits] : {std::pair(127, 0), {64, 0}, {63, 1}, {32, 1}, {31, 2}, {1, 6}, {0, 0}}) {
        TensorAudits audits;
        add_value(audits, int8_value("t", {1}, 0, {(int8_t)value}));
        EXPECT_EQ(audits["t"].unused_bits(), bits) << value;
    }
    for (const auto &[value, bits] : {std::pair(-128, 0), {-65, 0}, {-64, 1}, {-1, 7}}) {
        TensorAudits audits;
        add_value(audits, int8_value("t", {1}, 0, {(int8_t)value}));
        EXPECT_EQ(audits["t"].unused_bits(), bits) << value;
    }
}

TEST(TensorAudit, FloatsCannotSaturate) {
    TensorAudits audits;
    EXPECT_FALSE(add_value(audits, {"t", dl::DATA_TYPE_FLOAT, {1}, 0, {0, 0, 0, 0}}));
    EXPECT_THAT(audits, IsEmpty());
}

TEST(InputAudit, FitsMeansNothingIsCut) {
    // 255 / 255 in steps of 1/128 is one step above the end: nobody notices.
    const auto fits = audit_input(dl::DATA_TYPE_INT8, -7, {0}, {255});
    EXPECT_EQ(fits.at(0).cut_values, 0);
    EXPECT_EQ(fits.at(0).unused_bits, 0);
    EXPECT_DOUBLE_EQ(fits.at(0).worst_excess, 1);
}

TEST(InputAudit, AStandardDeviationThatIsForgottenSaturates) {
    const auto cut = audit_input(dl::DATA_TYPE_INT8, -7, {0, 0, 0}, {1, 1, 255});
    EXPECT_EQ(cut.at(0).cut_values, 254);  // all but 0 and 1, which is one step above the end
    EXPECT_EQ(cut.at(2).cut_values, 0);
}

TEST(InputAudit, TheWrongOneWastesBits) {
    // The model wants 0 to 255 in steps of 2, and gets 0 to 1.
    EXPECT_EQ(audit_input(dl::DATA_TYPE_INT8, 1, {0}, {255}).at(0).unused_bits, 8);
    EXPECT_EQ(audit_input(dl::DATA_TYPE_INT8, 1, {0}, {1}).at(0).unused_bits, 0);
    EXPECT_THAT(audit_input(dl::DATA_TYPE_FLOAT, 0, {0}, {1}), IsEmpty());
}

class AuditFindings : public CommandTest {
protected:
    /** x -> first (Relu) -> a -> second (Relu) -> y */
    std::vector<Finding> find(int exponent_of_y, const std::vector<int8_t> &a, const std::vector<int8_t> &y) {
        ModelSpec spec;
        spec.graph_name = "chain";
        spec.nodes = {{"Relu", "first", {"x"}, {"a"}}, {"Relu", "second", {"a"}, {"y"}}};
        spec.inputs = {{"x", {1, 4}}};
        spec.outputs = {{"y", {1, 4}, espdl::TensorDataType::INT8, {exponent_of_y}}};
        spec.value_infos = {{"a", {1, 4}}};
        std::string error;
        auto file = ModelFile::open(write("chain.espdl", build_edl2(spec)), {}, error);
        EXPECT_TRUE(file) << error;
        TensorAudits audits;
        add_value(audits, int8_value("a", {1, 4}, 0, a));
        add_value(audits, int8_value("y", {1, 4}, exponent_of_y, y));
        return file ? audit_findings(audits, file->model(), 0.25) : std::vector<Finding>();
    }
};

TEST_F(AuditFindings, NothingStandsOut) {
    EXPECT_THAT(find(0, {1, 9, 30, 77}, {1, 9, 30, 77}), IsEmpty());
}

TEST_F(AuditFindings, Saturation) {
    const auto findings = find(0, {1, 9, 127, 127}, {1, 9, 30, 127});
    ASSERT_EQ(findings.size(), 1u);  // a quarter is allowed, a half is not
    EXPECT_TRUE(findings[0].is_problem);
    EXPECT_EQ(findings[0].tensor, "a");
    EXPECT_THAT(findings[0].text, HasSubstr("50.00 %"));
}

TEST_F(AuditFindings, AnOutputsLowEndIsNoProblem) {
    const auto low = find(0, {1, 9, 30, 77}, {-128, -128, -128, 70});
    ASSERT_EQ(low.size(), 1u);
    EXPECT_FALSE(low[0].is_problem);
    const auto high = find(0, {1, 9, 30, 77}, {127, 127, 127, 77});
    ASSERT_EQ(high.size(), 1u);
    EXPECT_TRUE(high[0].is_problem);
}

TEST_F(AuditFindings, AnExponentThatLosesBits) {
    const auto findings = find(4, {1, 9, 30, 77}, {0, 1, 2, 5});
    const auto at =
        std::find_if(findings.begin(), findings.end(), [](const Finding &f) { return f.kind == "exponents"; });
    ASSERT_NE(at, findings.end());
    EXPECT_TRUE(at->is_problem);
    EXPECT_EQ(at->tensor, "y");
    EXPECT_THAT(at->text, HasSubstr("4 bits are lost"));
    // And what it left unused.
    EXPECT_TRUE(
        std::any_of(findings.begin(), findings.end(), [](const Finding &f) { return f.kind == "unused bits"; }));
}

}  // namespace
}  // namespace espdl_test
