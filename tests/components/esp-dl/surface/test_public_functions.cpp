// Functions that apps and their own modules call: against values computed by hand or by the C library, and against the
// library's modules.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "dl_base_add.hpp"
#include "dl_base_dotprod.hpp"
#include "dl_base_equal.hpp"
#include "dl_base_lut.hpp"
#include "dl_base_mul.hpp"
#include "dl_base_pad.hpp"
#include "dl_base_reduce.hpp"
#include "dl_base_shape.hpp"
#include "dl_math.hpp"
#include "dl_math_matrix.hpp"
#include "dl_module_creator.hpp"
#include "dl_tool.hpp"
#include "dl_tool_cache.hpp"

using namespace dl;

namespace {

struct ForTarget {
    explicit ForTarget(target_t target) : before(dl::target()) { set_target(target); }
    ~ForTarget() { set_target(before); }
    target_t before;
};

TEST(PublicMath, ApproximationsAreNearTheFunctions) {
    for (float x = -1; x <= 1; x += 0.125f) {
        EXPECT_NEAR(math::atan(x), std::atan(x), 0.0016f) << x;
        EXPECT_NEAR(math::acos(x), std::acos(x), 0.002f) << x;
        EXPECT_NEAR(math::asin(x), std::asin(x), 0.002f) << x;
        EXPECT_NEAR(math::exp_fast(x), std::exp(x), 0.01f) << x;
        EXPECT_NEAR(math::atan2(x, 0.3f), std::atan2(0.3f, x), 0.0016f) << x;
    }
    for (float x : {1e-4f, 0.5f, 2.f, 1e4f, 1e10f, 3e30f}) {
        EXPECT_NEAR(math::sqrt_newton(x) / std::sqrt(x), 1, x < 1e-3f ? 0.01 : 1e-5) << x;
        EXPECT_NEAR(math::sqrt_quick(x) / std::sqrt(x), 1, 0.06) << x;
        EXPECT_NEAR(math::fast_inv_sqrt(x) * std::sqrt(x), 1, 1e-6) << x;
        EXPECT_NEAR(math::root_newton(x, 3) / std::cbrt(x), 1, 1e-5) << x;
    }
    EXPECT_EQ(math::power(2, 10), 1024);
    EXPECT_EQ(math::power(2, -2), 0.25f);
    EXPECT_EQ(math::power(0.5f, INT32_MAX), 0);
    EXPECT_EQ(math::power(3, INT32_MIN), 0);
}

TEST(PublicMath, WhatHasNoRootEnds) {
    EXPECT_TRUE(std::isnan(math::sqrt_newton(-1)));
    EXPECT_TRUE(std::isnan(math::sqrt_newton(NAN)));
    EXPECT_TRUE(std::isnan(math::root_newton(-8, 3)));
    EXPECT_EQ(math::sqrt_newton(0), 0);
}

TEST(PublicMath, ActivationsAndTables) {
    EXPECT_FLOAT_EQ(math::sigmoid(0), 0.5f);
    EXPECT_NEAR(math::inverse_sigmoid(math::sigmoid(1.5f)), 1.5f, 1e-5);
    EXPECT_FLOAT_EQ(math::get_activation_function("leaky_relu")(-2), -0.02f);
    EXPECT_FLOAT_EQ(math::get_activation_function("none")(-2), -2);
    float scores[] = {0, 0, 1e9f, 0, 0, 0, 0, 0};
    EXPECT_FLOAT_EQ(math::dfl_integral(scores), 2);

    math::SigmoidLUT sigmoid(-4, -2, 3);
    math::TanhLUT tanh(-4, -2, 3);
    for (int q = -47; q <= 47; q++) {
        EXPECT_FLOAT_EQ(sigmoid.get(q), math::sigmoid(q / 16.f)) << q;
        EXPECT_NEAR(tanh.get(q), math::tanh(q / 16.f), 1e-6) << q;
    }
    math::ActivationLUT square([](float x) { return x * x; }, -1, -2, 2);
    EXPECT_FLOAT_EQ(square.get(3), 2.25f);
    EXPECT_FLOAT_EQ(square.get(-100), 6.25f);
    EXPECT_EQ(math::SigmoidLUT(-4, 3, -2).get(1), 0) << "a range that falls";
    EXPECT_EQ(math::ActivationLUT(nullptr, -4, 0, 1).get(1), 0);
}

TEST(PublicMatrix, Members) {
    math::Matrix<float> a = math::Matrix<float>::arange(1, 7);
    EXPECT_EQ(a.w, 6);
    math::Matrix<float> m(2, 3);
    m.set_value(std::vector<int>{3, 0, 0, 0, 4, 0});
    EXPECT_FLOAT_EQ(m.F_norm(), 5);
    EXPECT_EQ(m.diagonal().w, 2);
    EXPECT_EQ(m.slice(0, 2, 1, 3).array[1][0], 4);
    EXPECT_EQ(m.slice(0, 3, 0, 1).h, 0) << "beyond the end";
    m.set_value(0, 1, 0, 3, math::Matrix<float>(1, 3, 7));
    EXPECT_EQ(m.array[0][2], 7);
    m.set_value(1, 2, 2, 4, math::Matrix<float>(1, 2, 9));
    EXPECT_EQ(m.array[1][2], 0) << "does not fit";
    m.array[1][0] = 1e-9f;
    m.set_zero();
    EXPECT_EQ(m.array[1][0], 0);
    EXPECT_EQ(math::Matrix<float>::diag(a).array[5][5], 6);
    EXPECT_EQ(math::Matrix<float>::arange(5, 2).w, 0);
}

math::Matrix<float> points(std::vector<float> values) {
    math::Matrix<float> m((int)values.size() / 2, 2);
    m.set_value(values);
    return m;
}

TEST(PublicMatrix, TransformsBringPointsToPoints) {
    math::Matrix<float> from = points({0, 0, 100, 0, 100, 50, 0, 50});
    math::Matrix<float> to = points({10, 20, 210, 30, 190, 150, 20, 120});
    const math::Matrix<float> p = math::get_perspective_transform(from, to);
    ASSERT_EQ(p.h, 3);
    for (int i = 0; i < 4; i++) {
        const float x = from.array[i][0], y = from.array[i][1];
        const float w = p.array[2][0] * x + p.array[2][1] * y + p.array[2][2];
        for (int axis = 0; axis < 2; axis++) {
            EXPECT_NEAR((p.array[axis][0] * x + p.array[axis][1] * y + p.array[axis][2]) / w, to.array[i][axis], 1e-3);
        }
    }
    math::Matrix<float> from3 = points({0, 0, 100, 0, 100, 50}), to3 = points({10, 20, 210, 30, 190, 150});
    const math::Matrix<float> affine = math::get_affine_transform(from3, to3);
    ASSERT_EQ(affine.h, 2);
    EXPECT_NEAR(affine.array[0][0] * 100 + affine.array[0][1] * 50 + affine.array[0][2], 190, 1e-3);
    EXPECT_NEAR(affine.array[1][0] * 100 + affine.array[1][2], 30, 1e-3);
    // A quarter turn with scale 2.
    math::Matrix<float> turned = points({5, 5, 5, 205, -95, 205, -95, 5});
    const math::Matrix<float> similar = math::get_similarity_transform(from, turned);
    ASSERT_EQ(similar.h, 2);
    EXPECT_NEAR(similar.array[1][0], 2, 1e-4);
    EXPECT_NEAR(similar.array[0][1], -2, 1e-4);
    EXPECT_NEAR(similar.array[0][2], 5, 1e-3);

    math::Matrix<float> line = points({0, 0, 1, 1, 2, 2}), same = points({3, 3, 3, 3, 3, 3}), none;
    EXPECT_EQ(math::get_affine_transform(line, to3).h, 0);
    EXPECT_EQ(math::get_similarity_transform(same, to3).h, 0);
    EXPECT_EQ(math::get_perspective_transform(from, to3).h, 0);
    EXPECT_EQ(math::get_perspective_transform(none, none).h, 0);
}

TEST(PublicTool, RoundingIsTheTargets) {
    {
        ForTarget p4(TARGET_ESP32P4);
        EXPECT_EQ(tool::round(2.5f), 2);
        EXPECT_EQ(tool::shift_and_round<int32_t>(10, 2), 2);
        EXPECT_EQ(tool::calculate_exponent(4, 127), 8);
        EXPECT_EQ(tool::calculate_exponent(4, 100), -1);
    }
    ForTarget s3(TARGET_ESP32S3);
    EXPECT_EQ(tool::round(2.5f), 3);
    EXPECT_EQ(tool::round(-2.5), -2);
    EXPECT_EQ(tool::shift_and_round<int32_t>(10, 2), 3);
    EXPECT_EQ(tool::shift_and_round<int16_t>(20000, -2), INT16_MAX);
    EXPECT_EQ(tool::calculate_exponent(4, 127), 8);
    EXPECT_EQ(tool::calculate_exponent(0, 127), -1);
}

TEST(PublicTool, MemoryAndText) {
    void *block = tool::malloc_aligned(100, MALLOC_CAP_SPIRAM);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ((uintptr_t)block % 16, 0u);
    EXPECT_EQ(tool::memory_addr_type(block), MEMORY_ADDR_PSRAM);
    heap_caps_free(block);
    EXPECT_EQ(tool::malloc_aligned((size_t)INT32_MAX + 1, MALLOC_CAP_DEFAULT), nullptr);
    EXPECT_EQ(tool::calloc_aligned(SIZE_MAX / 2, 4, MALLOC_CAP_DEFAULT), nullptr);
    EXPECT_EQ(tool::get_aligned_size(17), 32u);
    EXPECT_EQ(tool::get_aligned_size(17, 4), 20u);
    std::vector<int, tool::PSRAMAllocator<int>> in_psram(10, 3);
    EXPECT_EQ(tool::memory_addr_type(in_psram.data()), MEMORY_ADDR_PSRAM);

    EXPECT_EQ(vector_to_string(std::vector<int>{1, 224, 3}), "[1, 224, 3]");
    EXPECT_EQ(vector_to_string(std::vector<int>{}), "[]");
    EXPECT_STREQ(dtype_to_string(DATA_TYPE_INT8), "int8");
    EXPECT_EQ(dtype_sizeof(DATA_TYPE_INT16), 2u);
    EXPECT_STREQ(quant_type_to_string((quant_type_t)77), "unknown");

    float table[256];
    ASSERT_EQ(tool::gen_lut_8bit(table, -3, [](float x) { return 2 * x; }), table);
    EXPECT_FLOAT_EQ(table[128 + 8], 2);
    EXPECT_FLOAT_EQ(table[0], -32);
    int8_t small;
    tool::truncate(small, 1000);
    EXPECT_EQ(small, 127);
    EXPECT_EQ(tool::cache::preload_init(), -1);
}

TEST(PublicBase, ProductsAndTables) {
    int8_t a[] = {127, -128, 3};
    int8_t b[] = {127, -128, 2};
    int16_t words[] = {2, 2, 1};
    int16_t out = 0;
    base::dotprod(a, b, &out, 3);
    EXPECT_EQ(out, 32519);
    base::dotprod(a, words, &out, 3);
    EXPECT_EQ(out, 1);
    int16_t big[] = {32767, 32767};
    base::dotprod(big, big, &out, 2);
    EXPECT_EQ(out, 32767);
    int16_t rows[2];
    int8_t matrix[] = {1, 0, 0, 5, 0, 0};
    for (target_t target : {TARGET_ESP32P4, TARGET_ESP32S3}) {
        ForTarget with(target);
        base::mat_vec_dotprod(matrix, b, rows, 2, 3, 1);
        EXPECT_EQ(rows[0], 64);
        EXPECT_EQ(rows[1], 318);

        std::vector<int16_t> table(65536 / 4 + 2);
        for (size_t i = 0; i < table.size(); i++) {
            table[i] = (int16_t)(i * 109 + 37);
        }
        const int16_t in[] = {-32768, -32766, -32762, 32767, 1, 2, 3};
        int16_t from_table[7];
        base::lut_s16_nearest_neighbor(from_table, in, 7, table.data(), 4);
        for (int i = 0; i < 7; i++) {
            const int value = in[i] + 32768, rest = value % 4;
            const int up = rest > 2 || (rest == 2 && (target == TARGET_ESP32S3 || value / 4 % 2));
            EXPECT_EQ(from_table[i], table[value / 4 + up]) << in[i];
        }
    }
    int8_t bytes[256], looked_up[3];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (int8_t)(i * 7);
    }
    base::lut_s8(looked_up, a, 3, bytes);
    EXPECT_EQ(looked_up[0], bytes[255]);
    EXPECT_EQ(looked_up[1], bytes[0]);
}

TEST(PublicBase, Reductions) {
    std::mt19937 random(1);
    std::vector<int8_t> bytes(300);
    std::vector<int16_t> words(300);
    for (int i = 0; i < 300; i++) {
        bytes[i] = (int8_t)random();
        words[i] = (int16_t)random();
    }
    bytes[3] = INT8_MIN;
    for (int stride : {1, 3}) {
        int64_t squares = 0, sum = 0, magnitudes = 0, top = INT16_MIN, bottom = INT16_MAX;
        for (int i = 0; i < 100; i++) {
            const int64_t x = words[i * stride];
            squares += x * x;
            sum += x;
            magnitudes += std::abs(x);
            top = std::max(top, x);
            bottom = std::min(bottom, x);
        }
        EXPECT_EQ(base::reduce_l2(words.data(), 100, stride), squares);
        EXPECT_EQ(base::reduce_sum(words.data(), 100, stride), sum);
        EXPECT_EQ(base::reduce_l1(words.data(), 100, stride), magnitudes);
        EXPECT_EQ(base::reduce_max(words.data(), 100, stride), top);
        EXPECT_EQ(base::reduce_min(words.data(), 100, stride), bottom);
        EXPECT_EQ(base::reduce_mean(words.data(), 100, stride), tool::round((float)sum / 100));
    }
    EXPECT_EQ(base::reduce_abs_max(bytes.data(), 300, 1), 127);
    // A tie, below and above zero.
    int8_t ties[] = {-11, -12, 11, 12};
    for (target_t chip : {TARGET_ESP32P4, TARGET_ESP32S3}) {
        set_target(chip);
        EXPECT_EQ(base::reduce_mean(ties, 2, 1), chip == TARGET_ESP32P4 ? -12 : -11);
        EXPECT_EQ(base::reduce_mean(ties + 2, 2, 1), 12);
    }
    set_target(TARGET_ESP32P4);
    float floats[] = {1, -4, 2};
    EXPECT_EQ(base::reduce_abs_max(floats, 3, 1), 4);
    EXPECT_FLOAT_EQ(base::reduce_mean(floats, 3, 1), -1 / 3.f);
    EXPECT_EQ(base::reduce_max(floats, 0, 1), -INFINITY);
}

TEST(PublicBase, Shapes) {
    EXPECT_EQ(base::get_multidirectional_broadcasting_shape({3, 1}, {2, 1, 4}), (std::vector<int>{2, 3, 4}));
    EXPECT_TRUE(base::get_multidirectional_broadcasting_shape({3}, {2}).empty());
    EXPECT_TRUE(base::get_unidirectional_broadcasting_shape({3, 1}, {3, 4}).empty());
    EXPECT_EQ(base::get_slice_shape({10, 4}, {1}, {-1}, {0}, {3}), (std::vector<int>{3, 4}));
    EXPECT_EQ(base::get_slice_shape({10}, {9}, {INT32_MIN}, {0}, {-1}), (std::vector<int>{10}));
    EXPECT_TRUE(base::get_slice_shape({10}, {0}, {1}, {4}).empty());
    EXPECT_EQ(base::get_pad_shape({2, 3}, {1, 0, 1, 2}), (std::vector<int>{4, 5}));
    float in[] = {1, 2}, out[4];
    base::pad1D(in, out, {2}, {1, 1}, PADDING_CONSTANT, 9.f);
    EXPECT_EQ(out[0], 9);
    EXPECT_EQ(out[2], 2);
}

/** What a module of an app's own does: arguments, then the operation; the library's module says what is right. */
template <typename T, typename Out, typename Call>
void expect_as_module(module::Module *expected, dtype_t type, dtype_t out_type, Call call) {
    std::mt19937 random(3);
    for (const auto &[a_shape, b_shape] : std::vector<std::pair<std::vector<int>, std::vector<int>>>{
             {{2, 3, 5, 16}, {2, 3, 5, 16}}, {{2, 3, 5, 7}, {1, 3, 1, 7}}, {{4, 1}, {4, 9}}, {{17}, {1}}}) {
        TensorBase a(a_shape, nullptr, -3, type), b(b_shape, nullptr, -4, type);
        for (TensorBase *tensor : {&a, &b}) {
            for (int i = 0; i < tensor->size; i++) {
                tensor->get_element_ptr<T>()[i] = (T)(random() % 7 * 31);
            }
        }
        const std::vector<int> shape = base::get_multidirectional_broadcasting_shape(a_shape, b_shape);
        TensorBase mine(shape, nullptr, out_type == DATA_TYPE_BOOL ? 0 : -3, out_type);
        TensorBase theirs(shape, nullptr, out_type == DATA_TYPE_BOOL ? 0 : -3, out_type);
        expected->run({&a, &b}, {&theirs});
        auto args = base::get_elemwise_operation_args<T, Out>(&mine, &a, &b);
        ASSERT_EQ(args.size(), 1u);
        call(&args[0]);
        EXPECT_TRUE(mine.equal(&theirs, 0, true));
    }
    delete expected;
}

TEST(PublicBase, ElementwiseAsTheModules) {
    for (target_t target : {TARGET_ESP32P4, TARGET_ESP32S3}) {
        ForTarget with(target);
        expect_as_module<int8_t, int8_t>(new module::Add("add", MODULE_NON_INPLACE, QUANT_TYPE_SYMM_8BIT),
                                         DATA_TYPE_INT8, DATA_TYPE_INT8,
                                         [](base::elemwiseArgsType<int8_t> *args) { base::elemwise_add(args); });
        expect_as_module<int16_t, int16_t>(new module::Mul("mul", MODULE_NON_INPLACE, QUANT_TYPE_SYMM_16BIT),
                                           DATA_TYPE_INT16, DATA_TYPE_INT16,
                                           [](base::elemwiseArgsType<int16_t> *args) { base::elemwise_mul(args); });
        expect_as_module<int8_t, bool>(new module::Equal("equal", MODULE_NON_INPLACE, QUANT_TYPE_SYMM_8BIT),
                                       DATA_TYPE_INT8, DATA_TYPE_BOOL,
                                       [](base::elemwiseArgsType<int8_t, bool> *args) { base::elemwise_equal(args); });
    }
    TensorBase a({3}, nullptr, 0, DATA_TYPE_INT8), b({2}, nullptr, 0, DATA_TYPE_INT8);
    EXPECT_TRUE(base::get_elemwise_operation_args<int8_t>(&a, &a, &b).empty());
}

}  // namespace
