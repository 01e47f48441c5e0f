// Softmax, LogSoftmax and the normalizations against their float64 definitions, on random shapes, axes, exponents and
// types.
#include "dl_module_normalization.hpp"
#include "dl_module_softmax.hpp"
#include "op_test.hpp"

namespace {

using namespace dl;
using namespace op_test;
using module::Module;

/** Applies f, which maps a row to a row, along one axis. */
std::vector<double> along_axis(TensorBase *in, int axis, const std::function<void(std::vector<double> &)> &f) {
    std::vector<double> result(in->size);
    int inner = 1;
    for (size_t i = axis + 1; i < in->shape.size(); i++) {
        inner *= in->shape[i];
    }
    const int length = in->shape[axis];
    for (int start = 0; start < in->size; start++) {
        if (start / inner % length != 0) {
            continue;
        }
        std::vector<double> row;
        for (int i = 0; i < length; i++) {
            row.push_back(value(in, start + i * inner));
        }
        f(row);
        for (int i = 0; i < length; i++) {
            result[start + i * inner] = row[i];
        }
    }
    return result;
}

int signed_axis(Random &random, int axis, int rank) {
    return random.chance(0.5) ? axis : axis - rank;
}

class Rows : public ::testing::TestWithParam<dtype_t> {
protected:
    Tensor output(Random &random, const Shape &shape) {
        const dtype_t type =
            random.chance(0.6) ? GetParam() : random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
        return make(shape, type, type == DATA_TYPE_INT16 ? random.integer(-15, -10) : random.integer(-7, -3));
    }
};

TEST_P(Rows, Softmax) {
    for_each_case(
        [&](Random &random) {
            const Shape shape = random.shape();
            const int axis = random.integer(0, (int)shape.size() - 1);
            const bool is_log = random.chance(0.5);
            Tensor in = make_random(random, shape, GetParam(),
                                    GetParam() == DATA_TYPE_INT8 ? random.integer(-8, 1) : random.integer(-15, -6),
                                    random.pick({1.0, 50.0, 1000.0}));
            Tensor out = output(random, shape);
            const int given = signed_axis(random, axis, (int)shape.size());
            std::unique_ptr<Module> module;
            if (is_log) {
                module.reset(new module::LogSoftmax("log_softmax", given));
            } else {
                module.reset(new module::Softmax("softmax", given));
            }
            module->run(in.get(), out.get(), RUNTIME_MODE_MULTI_CORE);
            const std::vector<double> expected = along_axis(in.get(), axis, [&](std::vector<double> &row) {
                const double max = *std::max_element(row.begin(), row.end());
                double sum = 0;
                for (double x : row) {
                    sum += std::exp(x - max);
                }
                for (double &x : row) {
                    x = is_log ? x - max - std::log(sum) : std::exp(x - max) / sum;
                }
            });
            ASSERT_TRUE(holds(out.get(), expected, 2e-5, is_log ? 1e-5 : 1e-7));
        },
        2 * CASES);
}

TEST_P(Rows, SoftmaxOfLargeNumbersIsNoNan) {
    for (double number : {1e4, -1e4, 3e38, -3e38}) {
        Tensor in = make({3}, DATA_TYPE_FLOAT);
        Tensor out = make({3}, DATA_TYPE_FLOAT);
        for (int i = 0; i < 3; i++) {
            set_stored(in.get(), i, number);
        }
        module::Softmax softmax("softmax");
        softmax.run(in.get(), out.get());
        EXPECT_TRUE(holds(out.get(), {1.0 / 3, 1.0 / 3, 1.0 / 3}, 1e-6));
    }
}

TEST_P(Rows, LpNormalization) {
    for_each_case([&](Random &random) {
        const Shape shape = random.shape();
        const int axis = random.integer(0, (int)shape.size() - 1);
        const int p = random.integer(1, 2);
        Tensor in = make_random(random, shape, GetParam(), random.integer(-8, 2));
        if (random.chance(0.05)) {
            in->memset(0);
        }
        Tensor out = output(random, shape);
        module::LpNormalization module(signed_axis(random, axis, (int)shape.size()), p);
        module.run(in.get(), out.get(), RUNTIME_MODE_MULTI_CORE);
        const std::vector<double> expected = along_axis(in.get(), axis, [&](std::vector<double> &row) {
            double norm = 0;
            for (double x : row) {
                norm += p == 1 ? std::fabs(x) : x * x;
            }
            norm = p == 1 ? norm : std::sqrt(norm);
            for (double &x : row) {
                x = norm > 0 ? x / norm : 0;
            }
        });
        ASSERT_TRUE(holds(out.get(), expected, 1e-6, 1e-7));
    });
}

/** Scale and bias are per element of a row: constants of the same type as x, or float. */
void run_affine(Random &random, dtype_t type, bool is_layer, Tensor out_like) {
    const Shape shape = out_like->shape;
    const int rank = (int)shape.size();
    const int axis = random.integer(0, rank - 1);
    const Shape row_shape(shape.begin() + axis, shape.end());
    const double epsilon = random.pick({1e-5, 1e-1});
    Tensor in = make_random(random, shape, type, random.integer(-8, 2));
    const dtype_t parameter_type = random.chance(0.5) ? type : DATA_TYPE_FLOAT;
    Tensor scale = make_random(random, row_shape, parameter_type, type == DATA_TYPE_INT16 ? -14 : -6, 2);
    Tensor bias = is_layer && random.chance(0.7)
                      ? make_random(random, row_shape, parameter_type, type == DATA_TYPE_INT16 ? -14 : -6, 2)
                      : nullptr;
    const int given = signed_axis(random, axis, rank);
    std::unique_ptr<Module> module;
    if (is_layer) {
        module.reset(new module::LayerNormalization("layer", given, (float)epsilon));
    } else {
        module.reset(new module::RMSNormalization("rms", given, (float)epsilon));
    }
    std::vector<TensorBase *> inputs = {in.get(), scale.get()};
    if (bias) {
        inputs.push_back(bias.get());
    }
    module->run(inputs, {out_like.get()}, RUNTIME_MODE_MULTI_CORE);

    const int length = scale->size;
    std::vector<double> expected;
    double largest_factor = 1;
    for (int start = 0; start < in->size; start += length) {
        double mean = 0, square = 0, variance = 0;
        for (int i = 0; i < length; i++) {
            mean += value(in.get(), start + i) / length;
            square += std::pow(value(in.get(), start + i), 2) / length;
        }
        for (int i = 0; i < length; i++) {
            variance += std::pow(value(in.get(), start + i) - mean, 2) / length;
        }
        const double factor = 1 / std::sqrt((is_layer ? variance : square) + (double)(float)epsilon);
        largest_factor = std::max(largest_factor, factor * std::sqrt(square));
        for (int i = 0; i < length; i++) {
            const double x = value(in.get(), start + i) - (is_layer ? mean : 0);
            expected.push_back(x * factor * value(scale.get(), i) + (bias ? value(bias.get(), i) : 0));
        }
    }
    // The mean is rounded to float once: its error is multiplied by the factor.
    ASSERT_TRUE(holds(out_like.get(), expected, 1e-6, 1e-6 + largest_factor * 4e-7));
}

TEST_P(Rows, LayerNormalization) {
    for_each_case([&](Random &random) { run_affine(random, GetParam(), true, output(random, random.shape())); });
}

TEST_P(Rows, RMSNormalization) {
    for_each_case([&](Random &random) { run_affine(random, GetParam(), false, output(random, random.shape())); });
}

INSTANTIATE_TEST_SUITE_P(Types, Rows, ::testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT),
                         [](const auto &info) { return std::string(tool::dtype_to_string(info.param)); });

class SoftmaxKernels : public ::testing::TestWithParam<bool> {};

TEST_P(SoftmaxKernels, AgreeWithTheReferenceBitByBit) {
    const bool is_log = GetParam();
    // Tables of 65536 exponentials live as long as somebody has them: these are made once, not in every case.
    std::vector<base::SoftmaxArgs> kept;
    for (int exponent = -13; exponent <= -7; exponent++) {
        kept.emplace_back();
        kept.back().length = 2048;
        kept.back().units = 1;
        kept.back().is_log = is_log;
        kept.back().types.src_dtype = DATA_TYPE_INT16;
        kept.back().types.src_exponent = exponent;
        ASSERT_TRUE(base::select_softmax(kept.back()));
    }
    KernelCases ran;
    const auto run = [&](Random &random, dtype_t type, const Shape &shape, int axis) {
        // With the larger scales, the maximum is subtracted.
        const int exponent = random.integer(-4, 2) - (type == DATA_TYPE_INT16 ? 9 : 0);
        Tensor in = make_random(random, shape, type, exponent);
        const dtype_t out_type = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
        // Quotients are at most 1; logarithms reach as far as the inputs, and saturate in the finer of these steps.
        const int coarser = is_log ? random.integer(0, 10) : 0;
        const int out_exponent =
            coarser + (out_type == DATA_TYPE_INT8 ? random.integer(-12, -6) : random.integer(-20, -14));
        const auto softmax = [&](TensorBase *out) {
            std::unique_ptr<Module> module(is_log ? new module::LogSoftmax("log_softmax", axis)
                                                  : new module::Softmax("softmax", axis));
            module->run(in.get(), out);
            return std::string(module->kernel_name());
        };
        ran.add(expect_isas_agree(shape, out_type, out_exponent, softmax, type));
    };
    for_each_case(
        [&](Random &random) {
            const Shape shape = {random.integer(1, 3), random.integer(1, 20),
                                 random.chance(0.1) ? random.integer(400, 1100) : random.integer(1, 150)};
            run(random, random.pick({DATA_TYPE_INT8, DATA_TYPE_INT8, DATA_TYPE_INT8, DATA_TYPE_FLOAT}), shape,
                random.chance(0.8) ? 2 : random.integer(0, 1));
        },
        4000);
    // 16 bits go through a table where the tensor is large enough.
    for_each_case(
        [&](Random &random) {
            const int length = random.chance(0.5) ? random.integer(1, 1100) : random.integer(1, 70);
            run(random, DATA_TYPE_INT16, {random.integer(2000, 4000) / length + 1, length},
                random.integer(0, 9) ? 1 : 0);
        },
        2800);
    // Columns beside each other, more and fewer than a kernel takes at once, along axes longer and shorter than those
    // whose exponentials it keeps.
    for (dtype_t type : {DATA_TYPE_INT8, DATA_TYPE_INT16}) {
        for_each_case(
            [&](Random &random) {
                const int inner = random.pick({random.integer(16, 70), random.integer(16, 150), 64, 128});
                const int length = random.integer(1, random.chance(0.2) ? 100 : 40);
                const int outer = type == DATA_TYPE_INT16 ? 2047 / (inner * length) + 1 : random.integer(1, 3);
                run(random, type, {outer, length, inner}, 1);
            },
            2200);
    }
    ran.expect(2000, 4);
}

INSTANTIATE_TEST_SUITE_P(Operators, SoftmaxKernels, ::testing::Bool(),
                         [](const auto &info) { return info.param ? "LogSoftmax" : "Softmax"; });

TEST(RowKernels, NormalizationsAgreeWithTheReferenceBitByBit) {
    KernelCases ran;
    for_each_case(
        [&](Random &random) {
            const dtype_t type = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16});
            const int length =
                random.chance(0.1) ? random.integer(400, 1100) : random.integer(1, random.chance(0.3) ? 16 : 150);
            const Shape shape = {random.integer(1, 3), random.integer(1, 5), length};
            Tensor in = make_random(random, shape, type, random.integer(-8, 2) - (type == DATA_TYPE_INT16 ? 8 : 0));
            const double kind = random.integer(0, 9);
            for (int i = 0; i < in->size; i++) {
                // Rows of one number, of the two ends of the range, which makes the largest sums, and of nearly equal
                // numbers.
                const int low = type == DATA_TYPE_INT8 ? -128 : -32768;
                if (kind == 0) {
                    set_stored(in.get(), i, low);
                } else if (kind == 1) {
                    set_stored(in.get(), i, random.chance(0.5) ? low : -low - 1);
                } else if (kind == 2) {
                    set_stored(in.get(), i, -low - 1 - random.chance(0.02));
                }
            }
            const int norm = random.integer(0, 3);
            const float epsilon = random.pick({0.0f, 1e-5f, 1e-1f});
            const dtype_t parameter_type = random.pick({type, DATA_TYPE_FLOAT});
            Tensor scale = make_random(random, {length}, parameter_type, type == DATA_TYPE_INT16 ? -14 : -6, 2);
            Tensor bias = norm == 0 && random.chance(0.7)
                              ? make_random(random, {length}, parameter_type, type == DATA_TYPE_INT16 ? -14 : -6, 2)
                              : nullptr;
            const dtype_t out_type = random.pick({type, type, DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
            // In the finest of these steps nearly all results saturate.
            const int out_exponent = random.integer(-9, -2) - (out_type == DATA_TYPE_INT16 ? 8 : 0);
            const auto normalize = [&](TensorBase *out) {
                std::unique_ptr<Module> module;
                std::vector<TensorBase *> inputs = {in.get()};
                if (norm < 2) {
                    inputs.push_back(scale.get());
                    if (bias) {
                        inputs.push_back(bias.get());
                    }
                    if (norm == 0) {
                        module.reset(new module::LayerNormalization("layer", -1, epsilon));
                    } else {
                        module.reset(new module::RMSNormalization("rms", -1, epsilon));
                    }
                } else {
                    module.reset(new module::LpNormalization(-1, norm - 1));
                }
                module->run(inputs, {out});
                return std::string(module->kernel_name());
            };
            ran.add(expect_isas_agree(shape, out_type, out_exponent, normalize, type));
        },
        4400);
    ran.expect(2000, 2);
}

TEST(RowRefusals, AxesAndParametersThatDoNotFit) {
    std::vector<Shape> shapes = {{2, 3}};
    EXPECT_TRUE(module::Softmax("s", 2).get_output_shape(shapes).empty());
    EXPECT_TRUE(module::LogSoftmax("s", -3).get_output_shape(shapes).empty());
    EXPECT_TRUE(module::LpNormalization(2).get_output_shape(shapes).empty());
    Tensor in = make({2, 3}, DATA_TYPE_INT8);
    Tensor scale = make({2}, DATA_TYPE_INT8);
    Tensor out = make({2, 3}, DATA_TYPE_INT8);
    out->memset(7);
    module::LayerNormalization layer("layer");
    layer.run({in.get(), scale.get()}, {out.get()});
    EXPECT_EQ(stored(out.get(), 0), 7);
}

}  // namespace
