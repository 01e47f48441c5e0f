// Operators that the chip's plan lets write over their input: the same result as beside it.
#include <cstring>
#include <memory>
#include <vector>

#include "dl_module_elementwise.hpp"
#include "dl_module_normalization.hpp"
#include "dl_module_reduce.hpp"
#include "dl_module_reshape.hpp"
#include "dl_module_reverse_sequence.hpp"
#include "dl_module_scatter_nd.hpp"
#include "dl_module_unary.hpp"
#include "op_test.hpp"

namespace {

using namespace dl;
using namespace op_test;
using module::Module;

/** Run beside the input, then with the output where input 0 is. */
void expect_same_in_place(Module &module, std::vector<TensorBase *> inputs, const std::vector<int> &out_shape,
                          dtype_t out_type, int out_exponent) {
    Tensor apart = make(out_shape, out_type, out_exponent);
    module.run(inputs, {apart.get()}, RUNTIME_MODE_MULTI_CORE);
    ASSERT_LE(apart->get_bytes(), inputs[0]->get_bytes());
    TensorBase over(out_shape, inputs[0]->data, out_exponent, out_type, false);
    module.run(inputs, {&over}, RUNTIME_MODE_MULTI_CORE);
    EXPECT_EQ(memcmp(over.data, apart->data, apart->get_bytes()), 0);
}

dtype_t any_type(Random &random) {
    return random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
}

TEST(InPlace, Reduce) {
    set_thread_count(3);
    for_each_case([](Random &random) {
        const std::vector<int> shape = random.shape();
        std::vector<int> axes, out;
        for (int axis = 0; axis < (int)shape.size(); axis++) {
            if (random.chance(0.5)) {
                axes.push_back(axis);
            }
            out.push_back(!axes.empty() && axes.back() == axis ? 1 : shape[axis]);
        }
        const dtype_t type = any_type(random);
        Tensor input = make_random(random, shape, type, -3);
        module::Reduce module(random.pick({base::REDUCE_MEAN, base::REDUCE_SUM, base::REDUCE_MAX, base::REDUCE_L2}),
                              axes, true, true, "reduce", MODULE_INPLACE_CHANGED_BUFFER);
        expect_same_in_place(module, {input.get()}, out, type, -2);
    });
}

TEST(InPlace, Normalization) {
    for_each_case([](Random &random) {
        const std::vector<int> shape = random.shape(2, 4);
        const dtype_t type = any_type(random);
        // The output may be narrower, never wider.
        const dtype_t out_type = type == DATA_TYPE_FLOAT ? any_type(random) : type;
        Tensor input = make_random(random, shape, type, -3);
        Tensor scale = make_random(random, {shape.back()}, type, -3);
        module::LayerNormalization layer("n", -1, 1e-5f, MODULE_INPLACE_CHANGED_BUFFER);
        expect_same_in_place(layer, {input.get(), scale.get()}, shape, out_type, -4);
        module::RMSNormalization rms("n", -1, 1e-5f, MODULE_INPLACE_CHANGED_BUFFER);
        expect_same_in_place(rms, {input.get()}, shape, out_type, -4);
        module::LpNormalization lp(random.integer(0, (int)shape.size() - 1), 2, "n", MODULE_INPLACE_CHANGED_BUFFER);
        expect_same_in_place(lp, {input.get()}, shape, out_type, -4);
    });
}

TEST(InPlace, ReverseSequence) {
    for_each_case([](Random &random) {
        const std::vector<int> shape = {random.integer(1, 6), random.integer(1, 6), random.integer(1, 5)};
        Tensor input = make_random(random, shape, any_type(random), -3);
        Tensor lengths = make({shape[1]}, DATA_TYPE_INT64);
        for (int i = 0; i < shape[1]; i++) {
            lengths->get_element_ptr<int64_t>()[i] = random.integer(0, shape[0]);
        }
        module::ReverseSequence module("r", 1, 0, MODULE_INPLACE_CHANGED_BUFFER);
        expect_same_in_place(module, {input.get(), lengths.get()}, shape, input->dtype, -3);
    });
}

TEST(InPlace, ScatterND) {
    for_each_case([](Random &random) {
        const std::vector<int> shape = {random.integer(1, 6), random.integer(1, 6)};
        const int count = random.integer(1, 5);
        const dtype_t type = any_type(random);
        Tensor data = make_random(random, shape, type, -3);
        Tensor updates = make_random(random, {count, shape[1]}, type, -3);
        Tensor indices = make({count, 1}, DATA_TYPE_INT64);
        for (int i = 0; i < count; i++) {
            indices->get_element_ptr<int64_t>()[i] = random.integer(0, shape[0] - 1);
        }
        const auto reduction = random.pick({base::SCATTER_NONE, base::SCATTER_ADD, base::SCATTER_MAX});
        module::ScatterND module("s", reduction, MODULE_INPLACE_CHANGED_BUFFER);
        const int exponent = random.pick({-3, -2});
        expect_same_in_place(module, {data.get(), indices.get(), updates.get()}, shape, type, exponent);
    });
}

TEST(InPlace, Elementwise) {
    for_each_case([](Random &random) {
        const std::vector<int> shape = random.shape(1, 4);
        const dtype_t type = random.pick({DATA_TYPE_INT16, DATA_TYPE_FLOAT});
        Tensor a = make_random(random, shape, type, -3), b = make_random(random, {shape.back()}, type, -4);
        module::Add add("a", MODULE_INPLACE_CHANGED_BUFFER);
        expect_same_in_place(add, {a.get(), b.get()}, shape, random.pick({type, DATA_TYPE_INT8}), -2);
        Tensor c = make_random(random, shape, type, -3);
        module::Less less("l", MODULE_INPLACE_CHANGED_BUFFER);
        expect_same_in_place(less, {c.get(), b.get()}, shape, DATA_TYPE_BOOL, 0);
        Tensor d = make_random(random, shape, type, -3);
        module::RequantizeLinear requantize("q", MODULE_INPLACE_CHANGED_BUFFER);
        expect_same_in_place(requantize, {d.get()}, shape, random.pick({type, DATA_TYPE_INT8}), -2);
    });
}

// The bytes are not touched, whatever exponent the file gives the output.
TEST(InPlace, RenamingKeepsTheBytes) {
    Tensor input = make({4}, DATA_TYPE_INT8, -3);
    input->memset(24);
    TensorBase over({2, 2}, input->data, 0, DATA_TYPE_INT8, false);
    module::Reshape reshape(std::vector<int>{2, 2});
    reshape.run(input.get(), &over);
    EXPECT_EQ(stored(&over, 3), 24);
    Tensor beside = make({2, 2}, DATA_TYPE_INT8, 0);
    reshape.run(input.get(), beside.get());
    EXPECT_EQ(stored(beside.get(), 3), 3) << "elsewhere the value is kept";
}

}  // namespace
