// dl::Model as its users call it: inputs and outputs by the empty name, other shapes than the file's, a run in stages.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "dl_model_base.hpp"
#include "espdl_builder.hpp"
#include "gtest/gtest.h"

namespace {

using namespace espdl_test;

// x -> relu -> a + a -> relu -> y, of int8 [1, n].
ModelSpec chain(int n) {
    ModelSpec spec;
    spec.inputs = {{"x", {1, n}}};
    spec.outputs = {{"y", {1, n}}};
    spec.value_infos = {{"a", {1, n}}, {"b", {1, n}}};
    spec.nodes = {
        {"Relu", "first", {"x"}, {"a"}}, {"Add", "double", {"a", "a"}, {"b"}}, {"Relu", "last", {"b"}, {"y"}}};
    return spec;
}

class ModelApi : public testing::Test {
protected:
    std::unique_ptr<dl::Model> load(const ModelSpec &spec, const std::map<std::string, std::vector<int>> &shapes = {}) {
        m_file = build_edl2(spec);
        m_aligned.resize(m_file.size() / 16 + 2);
        char *rodata = (char *)m_aligned.data();
        std::copy(m_file.begin(), m_file.end(), rodata);
        return std::make_unique<dl::Model>(rodata, fbs::MODEL_LOCATION_IN_FLASH_RODATA, 0, dl::MEMORY_MANAGER_GREEDY,
                                           nullptr, true, shapes);
    }

private:
    struct alignas(16) Block {
        char bytes[16];
    };
    std::vector<uint8_t> m_file;
    std::vector<Block> m_aligned;
};

void fill(dl::TensorBase *tensor) {
    for (int i = 0; i < tensor->size; i++) {
        ((int8_t *)tensor->data)[i] = (int8_t)(i % 7 - 3);
    }
}

void expect_doubled(const dl::TensorBase *tensor) {
    for (int i = 0; i < tensor->size; i++) {
        EXPECT_EQ(((const int8_t *)tensor->data)[i], 2 * std::max(i % 7 - 3, 0)) << i;
    }
}

TEST_F(ModelApi, TheEmptyNameMeansTheOnlyOne) {
    auto model = load(chain(5));
    ASSERT_TRUE(model->is_ready());
    EXPECT_EQ(model->get_input(""), model->get_input("x"));
    EXPECT_EQ(model->get_input(""), model->get_input());
    EXPECT_EQ(model->get_output(""), model->get_output("y"));
    EXPECT_EQ(model->get_input("z"), nullptr);
    EXPECT_EQ(model->get_output("a"), nullptr);  // no output of the graph

    ModelSpec two = chain(5);
    two.inputs.push_back({"w", {1, 5}});
    two.nodes[1].inputs = {"a", "w"};
    model = load(two);
    ASSERT_TRUE(model->is_ready());
    EXPECT_EQ(model->get_input(""), nullptr);
    EXPECT_NE(model->get_input("w"), nullptr);
    EXPECT_NE(model->get_output(""), nullptr);
}

TEST_F(ModelApi, ShapesOfInputsReplaceTheFiles) {
    auto model = load(chain(5), {{"x", {3, 11}}});
    ASSERT_TRUE(model->is_ready());
    EXPECT_EQ(model->get_input()->shape, (std::vector<int>{3, 11}));
    EXPECT_EQ(model->get_output()->shape, (std::vector<int>{3, 11}));
    fill(model->get_input());
    model->run();
    expect_doubled(model->get_output());

    // And once more, of a model that is there.
    model->build(0, dl::MEMORY_MANAGER_GREEDY, false, {{"x", {2, 4}}});
    ASSERT_TRUE(model->is_ready());
    EXPECT_EQ(model->get_output()->shape, (std::vector<int>{2, 4}));
    fill(model->get_input());
    model->run();
    expect_doubled(model->get_output());
}

TEST_F(ModelApi, ShapesThatCannotBeAreRefused) {
    for (const std::vector<int> &shape : std::vector<std::vector<int>>{{0, 4}, {-1, 4}, {1 << 20, 1 << 20}}) {
        EXPECT_FALSE(load(chain(5), {{"x", shape}})->is_ready());
    }
    EXPECT_FALSE(load(chain(5), {{"nobody", {1, 5}}})->is_ready());
}

TEST_F(ModelApi, PlansBeyondAnIntAreRefused) {
    // x, a and b of 1 GiB each; b cannot lie where a does.
    testing::internal::CaptureStdout();
    EXPECT_FALSE(load(chain(5), {{"x", {1, 1 << 30}}})->is_ready());
    EXPECT_NE(testing::internal::GetCapturedStdout().find("a plan has at most 2147483647"), std::string::npos);
}

TEST_F(ModelApi, StagesTogetherAreARun) {
    auto model = load(chain(20));
    for (int stages = 1; stages <= 5; stages++) {
        std::fill_n((int8_t *)model->get_output()->data, 20, 99);
        fill(model->get_input());  // after it: the two may lie at the same place
        for (int stage = 0; stage < stages; stage++) {
            model->run(stages, stage);
        }
        expect_doubled(model->get_output());
    }
    // Refused with a log line, and nothing else.
    model->run(0, 0);
    model->run(3, 3);
    model->run(3, -1);
}

}  // namespace
