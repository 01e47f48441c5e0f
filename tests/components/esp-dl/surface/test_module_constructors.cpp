// Modules that an app makes itself, with their parameters, and runs alone.
#include <gtest/gtest.h>

#include <memory>

#include "dl_module_gather.hpp"
#include "dl_module_global_average_pool.hpp"
#include "dl_module_gru.hpp"
#include "dl_module_lp_normalization.hpp"
#include "dl_module_lstm.hpp"
#include "dl_module_matmul.hpp"
#include "dl_module_pad.hpp"
#include "dl_module_prelu.hpp"
#include "dl_module_reshape.hpp"
#include "dl_module_resize.hpp"
#include "dl_module_scatter_nd.hpp"
#include "dl_module_split.hpp"
#include "dl_module_squeeze.hpp"
#include "dl_module_unsqueeze.hpp"

using namespace dl;

namespace {

using Shape = std::vector<int>;
using Tensor = std::unique_ptr<TensorBase>;

/** A parameter: the module owns it. */
template <typename T>
TensorBase *parameter(std::vector<T> values, dtype_t dtype) {
    return new TensorBase({(int)values.size()}, values.data(), 0, dtype);
}

TensorBase *int64s(std::vector<int64_t> values) {
    return parameter(values, DATA_TYPE_INT64);
}

Tensor tensor(Shape shape, std::vector<float> values) {
    return Tensor(new TensorBase(shape, values.data(), 0, DATA_TYPE_FLOAT));
}

std::vector<float> run(module::Module &module, std::vector<TensorBase *> inputs, Shape shape) {
    TensorBase output(shape, nullptr, 0, DATA_TYPE_FLOAT);
    module.run(inputs, {&output});
    const float *values = output.get_element_ptr<float>();
    return {values, values + output.get_size()};
}

using Floats = std::vector<float>;
const Floats SIX = {1, 2, 3, 4, 5, 6};

TEST(ModuleConstructors, Shapes) {
    const Tensor x = tensor({1, 2, 3}, SIX);
    module::Reshape reshape(int64s({3, -1}));
    EXPECT_EQ(run(reshape, {x.get()}, {3, 2}), SIX);
    module::Squeeze squeeze(parameter<int32_t>({0}, DATA_TYPE_INT32));
    EXPECT_EQ(run(squeeze, {x.get()}, {2, 3}), SIX);
    module::Squeeze all(nullptr);
    EXPECT_EQ(run(all, {x.get()}, {2, 3}), SIX);
    module::Unsqueeze unsqueeze(int64s({1, -1}));
    EXPECT_EQ(run(unsqueeze, {x.get()}, {1, 1, 2, 3, 1}), SIX);
}

TEST(ModuleConstructors, ParametersOfAnotherTypeAreRefused) {
    std::vector<Shape> shapes = {{1, 2, 3}};
    EXPECT_TRUE(module::Reshape(parameter<float>({6}, DATA_TYPE_FLOAT)).get_output_shape(shapes).empty());
    EXPECT_TRUE(module::ScatterND("subtract").get_output_shape(shapes).empty());
}

TEST(ModuleConstructors, Split) {
    const Tensor x = tensor({2, 3}, SIX);
    TensorBase left({2, 1}, nullptr, 0, DATA_TYPE_FLOAT);
    TensorBase right({2, 2}, nullptr, 0, DATA_TYPE_FLOAT);
    module::Split split(int64s({1, 2}), 1);
    split.run(std::vector<TensorBase *>{x.get()}, {&left, &right});
    EXPECT_EQ(left.get_element<float>(0), 1);
    EXPECT_EQ(left.get_element<float>(1), 4);
    EXPECT_EQ(right.get_element<float>(0), 2);
    EXPECT_EQ(right.get_element<float>(3), 6);
    std::vector<Shape> shapes = {{2, 3}};
    EXPECT_EQ(module::Split(nullptr, 1, 3).get_output_shape(shapes), (std::vector<Shape>{{2, 1}, {2, 1}, {2, 1}}));
}

TEST(ModuleConstructors, Picking) {
    const Tensor x = tensor({2, 3}, SIX);
    module::Gather gather(int64s({2, 0}), 1);
    std::vector<Shape> shapes = {{2, 3}};
    EXPECT_EQ(gather.get_output_shape(shapes), (std::vector<Shape>{{2, 2}}));
    EXPECT_EQ(run(gather, {x.get()}, {2, 2}), (Floats{3, 1, 6, 4}));

    const Tensor data = tensor({3}, {1, 2, 3});
    const Tensor indices(parameter<int64_t>({1}, DATA_TYPE_INT64));
    indices->set_shape({1, 1});
    const Tensor updates = tensor({1}, {5});
    module::ScatterND scatter("add");
    EXPECT_EQ(run(scatter, {data.get(), indices.get(), updates.get()}, {3}), (Floats{1, 7, 3}));
}

TEST(ModuleConstructors, Padding) {
    const Tensor x = tensor({3}, {1, 2, 3});
    module::Pad constant({1, 1}, PADDING_CONSTANT, parameter<float>({7}, DATA_TYPE_FLOAT));
    EXPECT_EQ(run(constant, {x.get()}, {5}), (Floats{7, 1, 2, 3, 7}));
    module::Pad zero({0, 1});
    EXPECT_EQ(run(zero, {x.get()}, {4}), (Floats{1, 2, 3, 0}));
    module::Pad edge({2, 0}, PADDING_EDGE);
    EXPECT_EQ(run(edge, {x.get()}, {5}), (Floats{1, 1, 1, 2, 3}));
    module::Pad reflect({2, 0}, PADDING_REFLECT);
    EXPECT_EQ(run(reflect, {x.get()}, {5}), (Floats{3, 2, 1, 2, 3}));
    module::Pad wrap({1, 0}, PADDING_WRAP);
    EXPECT_EQ(run(wrap, {x.get()}, {4}), (Floats{3, 1, 2, 3}));
}

TEST(ModuleConstructors, Computing) {
    const Tensor x = tensor({1, 4}, {-2, -1, 1, 2});
    module::PRelu prelu("prelu", parameter<float>({0.5f}, DATA_TYPE_FLOAT));
    EXPECT_EQ(run(prelu, {x.get()}, {1, 4}), (Floats{-1, -0.5f, 1, 2}));

    const Tensor a = tensor({1, 2}, {1, -2});
    const Tensor b = tensor({2, 2}, {1, 2, 3, 4});
    module::MatMul matmul(Linear, nullptr, QUANT_TYPE_FLOAT32);
    EXPECT_EQ(run(matmul, {a.get(), b.get()}, {1, 2}), (Floats{-5, -6}));
    module::MatMul with_relu(ReLU, "relu", QUANT_TYPE_FLOAT32);
    EXPECT_EQ(run(with_relu, {a.get(), b.get()}, {1, 2}), (Floats{0, 0}));

    const Tensor v = tensor({1, 2}, {3, 4});
    module::LpNormalization l1(-1, 1);
    EXPECT_EQ(run(l1, {v.get()}, {1, 2}), (Floats{3.0f / 7, 4.0f / 7}));

    const Tensor image = tensor({1, 2, 2, 1}, {1, 2, 3, 4});
    module::GlobalAveragePool pool;
    EXPECT_EQ(run(pool, {image.get()}, {1, 1, 1, 1}), (Floats{2.5f}));
}

TEST(ModuleConstructors, Resizing) {
    const Tensor row = tensor({1, 2, 1}, {0, 4});
    module::Resize nearest("resize", RESIZE_NEAREST, {}, {1, 1, 4});
    EXPECT_EQ(run(nearest, {row.get()}, {1, 4, 1}), (Floats{0, 0, 4, 4}));
    module::Resize half_pixel("resize", RESIZE_LINEAR, {1, 1, 2});
    EXPECT_EQ(run(half_pixel, {row.get()}, {1, 4, 1}), (Floats{0, 1, 3, 4}));
    module::Resize corners("resize", RESIZE_LINEAR, {}, {1, 1, 5}, true);
    EXPECT_EQ(run(corners, {row.get()}, {1, 5, 1}), (Floats{0, 1, 2, 3, 4}));
}

TEST(ModuleConstructors, RecurrentShapes) {
    std::vector<Shape> gru = {{5, 1, 2}, {2, 9, 2}, {2, 9, 3}};
    EXPECT_EQ(module::GRU("gru", 3, 2).get_output_shape(gru), (std::vector<Shape>{{5, 2, 1, 3}, {2, 1, 3}}));
    std::vector<Shape> lstm = {{1, 5, 2}, {1, 12, 2}, {1, 12, 3}};
    EXPECT_EQ(module::LSTM("lstm", 3, 1, 1).get_output_shape(lstm),
              (std::vector<Shape>{{1, 5, 1, 3}, {1, 1, 3}, {1, 1, 3}}));
}

}  // namespace
