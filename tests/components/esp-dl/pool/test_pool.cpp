// Pooling against its float64 definition, on random shapes, windows, exponents, types and both rounding rules.
#include "dl_module_pool.hpp"
#include "op_test.hpp"

namespace {

using namespace dl;
using namespace op_test;

struct Case {
    module::PoolAttributes attributes;
    Shape shape;
    Shape out;
};

/** A window along one axis: kernel, stride, dilation, pads; and the output's length by ONNX's formula. */
int random_axis(Random &random, int length, module::PoolAttributes &a, Shape &begins, Shape &ends) {
    const int kernel = random.integer(1, 5);
    const int stride = random.integer(1, 3);
    const int dilation = random.chance(0.7) ? 1 : random.integer(1, 3);
    const int span = dilation * (kernel - 1) + 1;
    int begin = random.chance(0.5) ? 0 : random.integer(0, kernel - 1);
    int end = random.chance(0.5) ? begin : random.integer(0, kernel - 1);
    while (length + begin + end < span) {
        (begin < end ? begin : end)++;
    }
    a.kernel_shape.push_back(kernel);
    a.strides.push_back(stride);
    a.dilations.push_back(dilation);
    begins.push_back(begin);
    ends.push_back(end);
    double out = (double)(length + begin + end - span) / stride + 1;
    int rounded = a.ceil_mode ? (int)std::ceil(out) : (int)std::floor(out);
    // No window begins behind the input and its front padding.
    if (a.ceil_mode && (rounded - 1) * stride >= length + begin) {
        rounded--;
    }
    return rounded;
}

Case random_case(Random &random) {
    Case c;
    c.attributes.ceil_mode = random.chance(0.4);
    c.attributes.count_include_pad = random.chance(0.5);
    const int axes = random.integer(1, 2);
    Shape begins, ends;
    c.shape = {random.integer(1, 2)};
    c.out = {c.shape[0]};
    for (int i = 0; i < axes; i++) {
        c.shape.push_back(random.integer(1, 12));
        c.out.push_back(random_axis(random, c.shape.back(), c.attributes, begins, ends));
    }
    c.attributes.pads = begins;
    c.attributes.pads.insert(c.attributes.pads.end(), ends.begin(), ends.end());
    c.shape.push_back(random.integer(1, 40));
    c.out.push_back(c.shape.back());
    return c;
}

/** All elements under output pixel (y, x) of channel c; `padded`: positions inside the padded input. */
std::vector<double> window_of(TensorBase *in, const Case &k, int n, int y, int x, int c, int *padded) {
    const bool flat = k.shape.size() == 3;
    const module::PoolAttributes &a = k.attributes;
    const int h = flat ? 1 : k.shape[1], w = k.shape[flat ? 1 : 2], channels = k.shape.back();
    const int axes = flat ? 1 : 2;
    std::vector<double> values;
    *padded = 0;
    for (int i = 0; i < (flat ? 1 : a.kernel_shape[0]); i++) {
        for (int j = 0; j < a.kernel_shape[axes - 1]; j++) {
            const int row = flat ? 0 : y * a.strides[0] - a.pads[0] + i * a.dilations[0];
            const int column = x * a.strides[axes - 1] - a.pads[axes - 1] + j * a.dilations[axes - 1];
            const int bottom = flat ? 0 : a.pads[2];
            *padded += row < h + bottom && column < w + a.pads[2 * axes - 1];
            if (row >= 0 && row < h && column >= 0 && column < w) {
                values.push_back(value(in, ((n * h + row) * w + column) * channels + c));
            }
        }
    }
    return values;
}

std::vector<double> evaluate(TensorBase *in, const Case &k, bool is_max) {
    const bool flat = k.shape.size() == 3;
    std::vector<double> expected;
    for (int n = 0; n < k.out[0]; n++) {
        for (int y = 0; y < (flat ? 1 : k.out[1]); y++) {
            for (int x = 0; x < k.out[flat ? 1 : 2]; x++) {
                for (int c = 0; c < k.out.back(); c++) {
                    int padded;
                    const std::vector<double> values = window_of(in, k, n, y, x, c, &padded);
                    if (is_max) {
                        const double low = in->dtype == DATA_TYPE_FLOAT
                                               ? -INFINITY
                                               : std::ldexp(lowest(in->dtype), in->get_exponent());
                        expected.push_back(values.empty() ? low : *std::max_element(values.begin(), values.end()));
                    } else {
                        double sum = 0;
                        for (double v : values) {
                            sum += v;
                        }
                        const int count = k.attributes.count_include_pad ? padded : (int)values.size();
                        expected.push_back(values.empty() ? 0 : sum / count);
                    }
                }
            }
        }
    }
    return expected;
}

class Pool : public ::testing::TestWithParam<dtype_t> {
protected:
    template <typename Module>
    void run(Random &random, const Case &k, Module &module, bool is_max) {
        const int exponent = random.integer(-8, 2);
        dtype_t out_type = GetParam();
        int out_exponent = exponent;
        if (random.chance(0.4)) {
            out_exponent += random.integer(-3, 3);
            out_type = random.chance(0.2) ? random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT}) : out_type;
        }
        Tensor in = make_random(random, k.shape, GetParam(), exponent);
        Tensor out = make(k.out, out_type, out_exponent);
        std::vector<Shape> shapes = {k.shape};
        ASSERT_EQ(module.get_output_shape(shapes), std::vector<Shape>{k.out});
        module.run(in.get(), out.get(), RUNTIME_MODE_MULTI_CORE);
        // A mean is exact but for a float division and, with 16 bits, the float sum.
        ASSERT_TRUE(holds(out.get(), evaluate(in.get(), k, is_max), is_max ? 0 : 3e-7,
                          is_max || GetParam() != DATA_TYPE_FLOAT ? 0 : 1e-5));
    }
};

TEST_P(Pool, Max) {
    for_each_case([&](Random &random) {
        Case k = random_case(random);
        module::MaxPool module("max", k.attributes);
        run(random, k, module, true);
    });
}

TEST_P(Pool, Average) {
    for_each_case([&](Random &random) {
        Case k = random_case(random);
        module::AveragePool module("average", k.attributes);
        run(random, k, module, false);
    });
}

TEST_P(Pool, GlobalAverage) {
    for_each_case([&](Random &random) {
        Case k;
        k.shape = {random.integer(1, 3)};
        k.out = {k.shape[0]};
        for (int axes = random.integer(1, 2); axes > 0; axes--) {
            k.shape.push_back(random.integer(1, 12));
            k.out.push_back(1);
            k.attributes.kernel_shape.push_back(k.shape.back());
        }
        k.attributes.strides = k.attributes.dilations = Shape(k.out.size() - 1, 1);
        k.attributes.pads = Shape(2 * (k.out.size() - 1), 0);
        k.shape.push_back(random.integer(1, 40));
        k.out.push_back(k.shape.back());
        module::GlobalAveragePool module("global");
        run(random, k, module, false);
    });
}

INSTANTIATE_TEST_SUITE_P(Types, Pool, ::testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT),
                         [](const auto &info) { return std::string(tool::dtype_to_string(info.param)); });

TEST(PoolKernels, AgreeWithTheReferenceBitByBit) {
    KernelCases ran;
    for_each_case(
        [&](Random &random) {
            Case k = random_case(random);
            k.shape.back() = k.out.back() = random.integer(1, 200);
            if (random.chance(0.3)) {  // as in YOLO
                const int side = random.integer(1, 14);
                k.attributes = {{5, 5}, {1, 1}, {2, 2, 2, 2}, {1, 1}, false, false};
                k.shape = k.out = {1, side, side, random.integer(1, 200)};
            }
            const dtype_t type = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16});
            const int exponent = random.chance(0.8) ? -3 : -4;
            Tensor in = make_random(random, k.shape, type, -3);
            const std::vector<int> gaps = random_gaps(random, 2);
            ran.add(expect_isas_agree(k.out, type, exponent, [&](TensorBase *out) {
                module::MaxPool module("max", k.attributes);
                run_with_gaps(module, {in.get()}, {out}, gaps);
                return std::string(module.kernel_name());
            }));
            ran.add(expect_isas_agree(k.out, type, exponent, [&](TensorBase *out) {
                module::AveragePool module("average", k.attributes);
                run_with_gaps(module, {in.get()}, {out}, gaps);
                return std::string(module.kernel_name());
            }));
        },
        5600);
    ran.expect(2000, 4);
}

TEST(PoolKernels, OfFloatsAgreeWithTheReferenceBitByBit) {
    KernelCases ran;
    for_each_case(
        [&](Random &random) {
            Case k = random_case(random);
            k.shape.back() = k.out.back() = random.integer(random.chance(0.1) ? 1 : 16, 150);
            Tensor in = make_random(random, k.shape, DATA_TYPE_FLOAT, 0, random.pick({1e-30, 8.0, 3e38}));
            const std::vector<int> gaps = random_gaps(random, 2);
            ran.add(expect_isas_agree(k.out, DATA_TYPE_FLOAT, 0, [&](TensorBase *out) {
                module::AveragePool module("average", k.attributes);
                run_with_gaps(module, {in.get()}, {out}, gaps);
                return std::string(module.kernel_name());
            }));
            // What a comparison decides in its own way.
            for (int i = 0; random.chance(0.5) && i < in->size; i++) {
                set_stored(in.get(), i, random.pick<double>({0.0, -0.0, 1.0, -1.0, INFINITY, -INFINITY, NAN}));
            }
            ran.add(expect_isas_agree(k.out, DATA_TYPE_FLOAT, 0, [&](TensorBase *out) {
                module::MaxPool module("max", k.attributes);
                run_with_gaps(module, {in.get()}, {out}, gaps);
                return std::string(module.kernel_name());
            }));
        },
        2600);
    ran.expect(2000, 2);
}

TEST(PoolRefusals, WindowsThatDoNotFit) {
    auto refuses = [](Shape shape, module::PoolAttributes attributes) {
        std::vector<Shape> shapes = {shape};
        return module::MaxPool("max", attributes).get_output_shape(shapes).empty();
    };
    EXPECT_FALSE(refuses({1, 4, 4, 3}, {{2, 2}, {}, {}, {}}));
    EXPECT_TRUE(refuses({1, 4, 4, 3}, {{2}, {}, {}, {}}));
    EXPECT_TRUE(refuses({1, 4, 4, 3}, {{2, 2}, {0, 1}, {}, {}}));
    EXPECT_TRUE(refuses({1, 4, 4, 3}, {{2, 2}, {}, {1, 1}, {}}));
    EXPECT_TRUE(refuses({1, 4, 4, 3}, {{2, 2}, {}, {-1, 0, 0, 0}, {}}));
    EXPECT_TRUE(refuses({1, 4, 4, 3}, {{5, 5}, {}, {}, {}}));
    EXPECT_TRUE(refuses({1, 4, 4, 3}, {{2, 2}, {}, {}, {4, 4}}));
    EXPECT_TRUE(refuses({1, 4, 4, 3}, {{INT32_MAX, INT32_MAX}, {}, {}, {INT32_MAX, INT32_MAX}}));
    EXPECT_TRUE(refuses({4, 3}, {{2, 2}, {}, {}, {}}));
    EXPECT_TRUE(refuses({1, 4, 4, 4, 3}, {{2, 2}, {}, {}, {}}));
    EXPECT_TRUE(refuses({1, 0, 4, 3}, {{1, 1}, {}, {}, {}}));
}

}  // namespace
