// Einsum becomes what chips have.

#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

class QuantizeEinsumTest : public QuantizeTest {
protected:
    static onnx::NodeProto *add_einsum(onnx::GraphProto *graph, const std::string &equation,
                                       const std::vector<std::string> &inputs, const std::string &output) {
        onnx::NodeProto *node = add_node(graph, "Einsum", inputs, output);
        onnx::AttributeProto *attribute = node->add_attribute();
        attribute->set_name("equation");
        attribute->set_type(onnx::AttributeProto::STRING);
        attribute->set_s(equation);
        return node;
    }
    static void add_shape(onnx::GraphProto *graph, const std::string &name, const std::vector<int64_t> &shape) {
        onnx::TensorProto *tensor = graph->add_initializer();
        tensor->set_name(name);
        tensor->set_data_type(onnx::TensorProto::INT64);
        tensor->add_dims((int64_t)shape.size());
        for (int64_t length : shape) {
            tensor->add_int64_data(length);
        }
    }
    /** Runs on the chip, and is what the float network with its Einsum computes. */
    void expect_right() {
        EXPECT_THAT(read(m_dir / "out.info"), Not(HasSubstr("Einsum")));
        const Outcome compared = run("compare '" + (m_dir / "model.onnx") + "' '" + (m_dir / "out.espdl") +
                                     "' --target c --min-cosine 0.99");
        EXPECT_EQ(compared.code, 0) << compared.out << compared.error;
    }
};

TEST_F(QuantizeEinsumTest, AttentionWithTwoHeads) {
    onnx::ModelProto model = empty_model({1, 6, 8}, {1, 6, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    add_shape(graph, "heads", {1, 6, 2, 4});
    add_shape(graph, "whole", {1, 6, 8});
    for (const std::string name : {"q", "k", "v"}) {
        add_param(graph, "w_" + name + std::string(name == "q" ? 0 : name == "k" ? 1 : 2, '_'), {8, 8}, 0.7f);
        add_node(graph, "MatMul", {"input", graph->initializer().rbegin()->name()}, name + "_flat");
        add_node(graph, "Reshape", {name + "_flat", "heads"}, name);
    }
    add_einsum(graph, "bqhd, bkhd -> bhqk", {"q", "k"}, "scores");
    onnx::NodeProto *softmax = add_node(graph, "Softmax", {"scores"}, "share");
    add_int(softmax, "axis", -1);
    add_einsum(graph, "bhqk,bkhd->bqhd", {"share", "v"}, "mixed");
    add_node(graph, "Reshape", {"mixed", "whole"}, "output");
    expect_works(model, {4, 6, 8});
    expect_right();
    const Outcome checked = check(model);
    EXPECT_EQ(checked.code, 0) << checked.out << checked.error;
    EXPECT_THAT(line_of(checked, "/scores"), HasSubstr("becomes MatMul"));
    // The product has the node's name, which options mean.
    const Outcome made = run(arguments("--int16 /scores"));
    EXPECT_EQ(made.code, 0) << made.error;
    EXPECT_THAT(read(m_dir / "out.info"), HasSubstr("INT16"));
}

TEST_F(QuantizeEinsumTest, Equations) {
    struct Case {
        std::string equation;
        std::vector<int64_t> input, other, output;  ///< other: constant; {}: none
    };
    const std::vector<Case> cases = {
        {"bij->bji", {1, 3, 5}, {}, {1, 5, 3}},
        {"bij->bi", {1, 3, 5}, {}, {1, 3}},
        {"btd,de->bte", {1, 6, 8}, {8, 4}, {1, 6, 4}},
        {"btd,ed->bte", {1, 6, 8}, {4, 8}, {1, 6, 4}},
        {"bthd,hde->bte", {1, 6, 2, 4}, {2, 4, 5}, {1, 6, 5}},
        {"bij,bjk", {1, 3, 5}, {1, 5, 4}, {1, 3, 4}},
        {"bchw,cd->bdhw", {1, 8, 4, 4}, {8, 6}, {1, 6, 4, 4}},
        {"bi,bj->bij", {1, 4}, {1, 3}, {1, 4, 3}},
        {"bhij,bhjk->bihk", {1, 2, 4, 5}, {1, 2, 5, 3}, {1, 4, 2, 3}},
    };
    for (const Case &test : cases) {
        onnx::ModelProto model = empty_model(test.input, test.output);
        std::vector<std::string> inputs = {"relu"};
        add_node(model.mutable_graph(), "Relu", {"input"}, "relu");
        if (!test.other.empty()) {
            add_param(model.mutable_graph(), "other", test.other, 0.8f);
            inputs.push_back("other");
        }
        add_einsum(model.mutable_graph(), test.equation, inputs, "output");
        SCOPED_TRACE(test.equation);
        write_model(model);
        write_calibration(std::vector<int>(test.input.begin(), test.input.end()));
        const Outcome made = run(arguments("--target c --test-input '" + (m_dir / "calib.npy") + "'"));
        EXPECT_EQ(made.code, 0) << made.error;
        expect_right();
    }
}

TEST_F(QuantizeEinsumTest, WhatIsNotSupportedIsNamed) {
    struct Case {
        std::string equation, reason;
        std::vector<int64_t> other;
    };
    const std::vector<Case> cases = {
        {"...ij,...jk->...ik", "only letters", {1, 5, 4}},
        {"bii,bij->bj", "twice (a diagonal)", {1, 3, 4}},
        {"bij,bjk->", "without axes", {1, 5, 4}},
    };
    for (const Case &test : cases) {
        SCOPED_TRACE(test.equation);
        onnx::ModelProto model =
            empty_model({1, 3, test.equation[1] == 'i' && test.equation[2] == 'i' ? 3 : 5}, {1, 3, 4});
        add_node(model.mutable_graph(), "Relu", {"input"}, "relu");
        add_param(model.mutable_graph(), "other", test.other, 0.8f);
        add_einsum(model.mutable_graph(), test.equation, {"relu", "other"}, "output");
        write_model(model);
        write_calibration({4, 3, test.equation[2] == 'i' ? 3 : 5});
        expect_refused("node '/output' (Einsum): equation '" + test.equation + "': ");
        expect_refused(test.reason);
    }
    // What no Einsum is: LibTorch says why.
    for (const std::string equation : {"", "bij", "bij,bjk->bz", "bij,bjk,b->b", "b,b->b", "->"}) {
        SCOPED_TRACE(equation);
        onnx::ModelProto model = empty_model({1, 3, 5}, {1, 3, 4});
        add_node(model.mutable_graph(), "Relu", {"input"}, "relu");
        add_param(model.mutable_graph(), "other", {1, 5, 4}, 0.8f);
        add_einsum(model.mutable_graph(), equation, {"relu", "other"}, "output");
        write_model(model);
        write_calibration({4, 3, 5});
        expect_refused("'/output' (Einsum)");
    }
}

}  // namespace
