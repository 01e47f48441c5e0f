// espdl predict on the repository's own models: what must hold of any prediction, whatever the prices are.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "../command_test.hpp"
#include "chip_cost.hpp"

namespace espdl_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class PredictTest : public CommandTest {
protected:
    json predict(const std::string &arguments) {
        const Outcome outcome = run("predict --json " + arguments);
        EXPECT_EQ(outcome.code, 0) << outcome.error;
        return json::parse(outcome.out, nullptr, false);
    }
    static double ms(const json &report) { return report["model_ms"]["value"].get<double>(); }

    const std::string m_p4 = REPOSITORY "/components/imagenet_cls/models/p4/" CLASSIFIER ".espdl";
    const std::string m_s3 = REPOSITORY "/components/imagenet_cls/models/s3/" CLASSIFIER ".espdl";
};

TEST_F(PredictTest, TheModelIsTheSumOfItsNodesAndLiesInItsInterval) {
    const json report = predict("'" + m_p4 + "'");
    double sum = 0;
    for (const json &node : report["nodes"]) {
        sum += node["us"]["value"].get<double>();
        EXPECT_GE(node["us"]["value"].get<double>(), node["memory_us"].get<double>());
        EXPECT_LE(node["psram_us"].get<double>() + node["flash_us"].get<double>(),
                  node["memory_us"].get<double>() + 1e-9);
    }
    EXPECT_NEAR(ms(report), sum / 1e3, 1e-6);
    for (const char *part : {"preprocess_ms", "model_ms", "postprocess_ms"}) {
        EXPECT_LT(report[part]["low"].get<double>(), report[part]["value"].get<double>()) << part;
        EXPECT_LT(report[part]["value"].get<double>(), report[part]["high"].get<double>()) << part;
    }
}

TEST_F(PredictTest, NoNodeIsFasterThanTheChipsLimits) {
    for (const std::string &arguments : {"'" + m_p4 + "'", "'" + m_s3 + "' --board esp32_s3_eye --param-copy no"}) {
        const json report = predict(arguments + " --counts");
        const json &limits = report["limits"];
        for (const json &node : report["nodes"]) {
            const double seconds = node["us"]["value"].get<double>() / 1e6;
            EXPECT_LE(node["macs"].get<double>(), limits["int8_macs_per_second"].get<double>() * seconds * 1.0001);
            const double from_flash = node["counts"].value("flash_weights", 0.0);
            EXPECT_LE(from_flash, limits["flash_bytes_per_second"].get<double>() * seconds * 1.0001);
        }
    }
}

TEST_F(PredictTest, WhatABoardIsDecidesTheTime) {
    const double s3 = ms(predict("'" + m_s3 + "' --board esp32_s3_eye"));
    EXPECT_GT(s3, ms(predict("'" + m_p4 + "' --board esp32_p4_function_ev_board")));
    EXPECT_LT(ms(predict("'" + m_s3 + "' --board esp32_s3_eye --cores 2")), s3);
    EXPECT_GT(ms(predict("'" + m_s3 + "' --board esp32_s3_eye --param-copy no")), s3);
}

TEST_F(PredictTest, WithoutABoardTheFilesChipDecides) {
    EXPECT_EQ(predict("'" + m_s3 + "'")["board"], "esp32_s3_eye");
    EXPECT_EQ(predict("'" + m_p4 + "'")["board"], "esp32_p4_function_ev_board");
    EXPECT_EQ(predict("'" + m_p4 + "' --target esp32s3")["chip"], "esp32s3");
    EXPECT_EQ(predict("'" + m_s3 + "' --board esp32_p4_function_ev_board")["chip"], "esp32p4");
}

TEST_F(PredictTest, RefusesWhatItCannotPredict) {
    for (const auto &[arguments, reason] :
         std::vector<std::pair<std::string, const char *>>{{"'" + m_p4 + "' --board nonesuch", "nonesuch"},
                                                           {"/nonexistent.espdl", "/nonexistent.espdl"},
                                                           {"'" + m_p4 + "' --cores 3", "3"},
                                                           {"'" + m_p4 + "' --param-copy perhaps", "perhaps"}}) {
        const Outcome outcome = run("predict " + arguments);
        EXPECT_EQ(outcome.code, 2) << arguments;
        EXPECT_THAT(outcome.error, HasSubstr(reason));
    }
}

/** A 1x1 convolution of 64 to 64 channels. */
espdl_tool::NodeWork convolution() {
    espdl_tool::NodeWork node;
    node.op = "Conv";
    node.dtype = dl::DATA_TYPE_INT8;
    node.pixels = 400;
    node.in_channels = node.out_channels = 64;
    node.weight_bytes = 64 * 64;
    node.input_bytes = node.output_bytes = node.elements = 400 * 64;
    node.row_bytes = 20 * 64;
    return node;
}

TEST(ChipCost, WeightsThatFitTheCacheAreFetchedOnceOthersForEveryPosition) {
    const espdl_tool::ChipCost &chip = *espdl_tool::find_chip_cost("esp32s3");
    espdl_tool::NodeWork node = convolution();
    EXPECT_EQ(count_work(node, chip, false)[espdl_tool::WORK_PSRAM_WEIGHTS], node.weight_bytes);
    EXPECT_EQ(count_work(node, chip, true)[espdl_tool::WORK_FLASH_WEIGHTS], node.weight_bytes);
    node.weight_bytes = 1e6;
    EXPECT_NEAR(count_work(node, chip, false)[espdl_tool::WORK_PSRAM_WEIGHTS], 400 * node.weight_bytes, 1e6);
}

TEST(ChipCost, CountsVectorsOfTheElementsWidth) {
    const espdl_tool::ChipCost &chip = *espdl_tool::find_chip_cost("esp32p4");
    espdl_tool::NodeWork node = convolution();
    EXPECT_EQ(count_work(node, chip, false)[espdl_tool::WORK_MAC], 400 * 4 * 64);
    node.dtype = dl::DATA_TYPE_INT16;
    EXPECT_EQ(count_work(node, chip, false)[espdl_tool::WORK_MAC], 400 * 8 * 64);
    node.in_channels = 63;
    EXPECT_EQ(count_work(node, chip, false)[espdl_tool::WORK_MAC_UNALIGNED], 400 * 8 * 63);
    node.dtype = dl::DATA_TYPE_FLOAT;
    EXPECT_EQ(count_work(node, chip, false)[espdl_tool::WORK_PLAIN], 400 * 64 * 63);
}

TEST(ChipCost, EveryKindOfWorkHasANameAndAPrice) {
    for (const char *name : {"esp32s3", "esp32p4", "esp32s31", "esp32", "esp32c3"}) {
        const espdl_tool::ChipCost *chip = espdl_tool::find_chip_cost(name);
        ASSERT_NE(chip, nullptr) << name;
        for (int i = 0; i < espdl_tool::WORK_KINDS; i++) {
            EXPECT_STRNE(espdl_tool::work_name((espdl_tool::Work)i), "");
            EXPECT_TRUE(chip->price[i] > 0 || (i == espdl_tool::WORK_L2 && chip->l2_bytes == 0)) << name << i;
        }
    }
    EXPECT_EQ(espdl_tool::find_chip_cost("esp8266"), nullptr);
}

}  // namespace
}  // namespace espdl_test
