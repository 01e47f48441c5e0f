// Conv, ConvTranspose, InsertZeros, Gemm and MatMul against their definition, which is evaluated here element by
// element in float64. For int8 and int16 that is exact: every sum stays below 2^53.

#include <functional>

#include "dl_module_conv.hpp"
#include "dl_module_conv_transpose.hpp"
#include "dl_module_gemm.hpp"
#include "dl_module_insert_zeros.hpp"
#include "dl_module_matmul.hpp"
#include "op_test.hpp"

using namespace dl;
using namespace dl::module;
using namespace op_test;

namespace {

constexpr double FLOAT_ERROR = 1e-6;

quant_type_t quant_type_of(dtype_t dtype) {
    return dtype == DATA_TYPE_INT8 ? QUANT_TYPE_SYMM_8BIT
                                   : (dtype == DATA_TYPE_INT16 ? QUANT_TYPE_SYMM_16BIT : QUANT_TYPE_FLOAT32);
}

/** Weights by output channel and by position in the window (row, column, input channel). */
struct Weights {
    int n, h, w, c;
    std::vector<double> values;
    double &at(int o, int i, int j, int k) { return values[((o * h + i) * w + j) * c + k]; }
};

Weights random_weights(Random &random, dtype_t dtype, int n, int h, int w, int c) {
    Weights weights{n, h, w, c, {}};
    Tensor tensor = make_random(random, {n * h * w * c}, dtype, 0, 1);
    for (int i = 0; i < tensor->size; i++) {
        weights.values.push_back(stored(tensor.get(), i));
    }
    return weights;
}

/** The weights in the order in which the file keeps them: the loops are the layout. */
std::vector<double> in_file_order(Weights &weights, base::weight_layout_t layout, dtype_t dtype, bool depthwise) {
    std::vector<double> out;
    const int block = dtype == DATA_TYPE_INT8 ? 16 : 8;
    if (layout == base::WEIGHT_LAYOUT_ONNX) {
        for (int o = 0; o < weights.n; o++)
            for (int k = 0; k < weights.c; k++)
                for (int i = 0; i < weights.h; i++)
                    for (int j = 0; j < weights.w; j++)
                        out.push_back(weights.at(o, i, j, k));
        return out;
    }
    const int whole = layout == base::WEIGHT_LAYOUT_BLOCKED ? weights.n / block * block : 0;
    for (int first = 0; first < whole; first += block)
        for (int i = 0; i < weights.h; i++)
            for (int j = 0; j < weights.w; j++)
                for (int k = 0; k < weights.c; k++)
                    for (int o = first; o < first + block; o++)
                        out.push_back(weights.at(o, i, j, k));
    if (depthwise) {
        for (int i = 0; i < weights.h; i++)
            for (int j = 0; j < weights.w; j++)
                for (int o = whole; o < weights.n; o++)
                    out.push_back(weights.at(o, i, j, 0));
    } else {
        for (int o = whole; o < weights.n; o++)
            for (int i = 0; i < weights.h; i++)
                for (int j = 0; j < weights.w; j++)
                    for (int k = 0; k < weights.c; k++)
                        out.push_back(weights.at(o, i, j, k));
    }
    return out;
}

Tensor make_parameter(const std::vector<int> &shape, dtype_t dtype, const std::vector<int> &exponents,
                      const std::vector<double> &values) {
    auto tensor = std::make_unique<TensorBase>(shape, nullptr, exponents, dtype);
    for (size_t i = 0; i < values.size(); i++) {
        set_stored(tensor.get(), (int)i, values[i]);
    }
    return tensor;
}

/** Exponents and bias of one weighted operator. */
struct Scaling {
    int x, y;
    std::vector<int> w;  ///< one or n
    std::vector<double> bias;
    int weight(int o) const { return w.size() > 1 ? w[o] : w[0]; }
};

Scaling random_scaling(Random &random, dtype_t dtype, int n, bool per_channel, bool has_bias) {
    Scaling scaling{0, 0, {0}, {}};
    if (dtype != DATA_TYPE_FLOAT) {
        scaling.x = random.integer(-9, 0);
        scaling.w.assign(per_channel ? n : 1, 0);
        for (int &w : scaling.w) {
            w = random.integer(-12, -6);
        }
        // Mostly shifts as real files have them; now and then a left shift.
        const int shift =
            random.chance(0.1) ? random.integer(-9, 2) : random.integer(2, dtype == DATA_TYPE_INT8 ? 14 : 30);
        scaling.y = scaling.x + scaling.w[0] + shift;
    }
    for (int o = 0; has_bias && o < n; o++) {
        scaling.bias.push_back(dtype == DATA_TYPE_FLOAT ? random.real(-4, 4) : random.integer(-100000, 100000));
    }
    return scaling;
}

Tensor make_bias(const Scaling &scaling, dtype_t dtype, int n) {
    std::vector<int> exponents;
    for (int w : scaling.w) {
        exponents.push_back(dtype == DATA_TYPE_FLOAT ? 0 : w + scaling.x);
    }
    return make_parameter(
        {n}, dtype == DATA_TYPE_INT8 ? DATA_TYPE_INT32 : (dtype == DATA_TYPE_INT16 ? DATA_TYPE_INT64 : DATA_TYPE_FLOAT),
        exponents, scaling.bias);
}

double finish(double sum, const Scaling &scaling, int o, bool relu) {
    const double value = std::ldexp(sum + (scaling.bias.empty() ? 0 : scaling.bias[o]), scaling.x + scaling.weight(o));
    return relu && value < 0 ? 0 : value;
}

/** The layout that the current case uses, and the target that it needs. */
base::weight_layout_t choose_layout(Random &random, dtype_t dtype) {
    if (dtype == DATA_TYPE_FLOAT) {
        return base::WEIGHT_LAYOUT_ONNX;
    }
    return random.chance(0.3) ? base::WEIGHT_LAYOUT_PLAIN : base::WEIGHT_LAYOUT_BLOCKED;
}

class WeightedTest : public ::testing::TestWithParam<dtype_t> {};
INSTANTIATE_TEST_SUITE_P(Types, WeightedTest, ::testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT),
                         [](const auto &info) { return std::string(tool::dtype_to_string(info.param)); });

TEST_P(WeightedTest, Conv) {
    const dtype_t dtype = GetParam();
    for_each_case([&](Random &random) {
        const bool two = random.chance(0.7);
        const bool depthwise = random.chance(0.3);
        const int c = random.integer(1, 35), n = depthwise ? c : random.integer(1, 35);
        const int kh = two ? random.integer(1, 4) : 1, kw = random.integer(1, 4);
        ConvAttributes attributes;
        attributes.group = depthwise ? c : 1;
        attributes.activation = random.chance(0.5) ? ReLU : Linear;
        std::vector<int> x_shape{random.integer(1, 2)};
        std::vector<int> y_shape{x_shape[0]};
        for (int axis = two ? 0 : 1; axis < 2; axis++) {
            const int kernel = axis == 0 ? kh : kw;
            attributes.strides.push_back(random.integer(1, 3));
            attributes.dilations.push_back(random.integer(1, 3));
            const int window = (kernel - 1) * attributes.dilations.back() + 1;
            const int length = random.integer(window, window + 6);
            x_shape.push_back(length);
        }
        const size_t spatial = two ? 2 : 1;
        for (size_t i = 0; i < 2 * spatial; i++) {
            attributes.pads.push_back(random.integer(0, 3));
        }
        for (size_t i = 0; i < spatial; i++) {
            const int kernel = i + 1 == spatial ? kw : kh;
            const int window = (kernel - 1) * attributes.dilations[i] + 1;
            y_shape.push_back((x_shape[i + 1] + attributes.pads[i] + attributes.pads[i + spatial] - window) /
                                  attributes.strides[i] +
                              1);
        }
        x_shape.push_back(c);
        y_shape.push_back(n);

        Weights weights = random_weights(random, dtype, n, kh, kw, depthwise ? 1 : c);
        const base::weight_layout_t layout = choose_layout(random, dtype);
        const Scaling scaling = random_scaling(random, dtype, n, random.chance(0.5), random.chance(0.7));
        std::vector<int> w_shape;
        if (layout == base::WEIGHT_LAYOUT_ONNX) {
            w_shape = two ? std::vector<int>{n, weights.c, kh, kw} : std::vector<int>{n, weights.c, kw};
        } else {
            w_shape = two ? std::vector<int>{kh, kw, 0, 0} : std::vector<int>{kw, 0, 0};
            w_shape[w_shape.size() - 2] = depthwise ? n : c;
            w_shape[w_shape.size() - 1] = depthwise ? 1 : n;
        }
        // One group of one channel is no depthwise convolution for the file's layout either.
        Tensor w = make_parameter(w_shape, dtype, scaling.w, in_file_order(weights, layout, dtype, depthwise && c > 1));
        Tensor x = make_random(random, x_shape, dtype, scaling.x);
        Tensor bias = scaling.bias.empty() ? nullptr : make_bias(scaling, dtype, n);

        std::vector<double> expected;
        const int in_h = two ? x_shape[1] : 1, in_w = x_shape[spatial], out_h = two ? y_shape[1] : 1,
                  out_w = y_shape[spatial];
        const int sh = two ? attributes.strides[0] : 1, sw = attributes.strides.back();
        const int dh = two ? attributes.dilations[0] : 1, dw = attributes.dilations.back();
        const int top = two ? attributes.pads[0] : 0, left = attributes.pads[spatial - 1];
        for (int b = 0; b < x_shape[0]; b++)
            for (int oy = 0; oy < out_h; oy++)
                for (int ox = 0; ox < out_w; ox++)
                    for (int o = 0; o < n; o++) {
                        double sum = 0;
                        for (int i = 0; i < kh; i++)
                            for (int j = 0; j < kw; j++) {
                                const int iy = oy * sh + i * dh - top, ix = ox * sw + j * dw - left;
                                if (iy < 0 || iy >= in_h || ix < 0 || ix >= in_w)
                                    continue;
                                for (int k = 0; k < weights.c; k++) {
                                    const int at = ((b * in_h + iy) * in_w + ix) * c + (depthwise ? o : k);
                                    sum += stored(x.get(), at) * weights.at(o, i, j, k);
                                }
                            }
                        expected.push_back(finish(sum, scaling, o, attributes.activation == ReLU));
                    }
        for_each_isa([&] {
            Tensor y = make(y_shape, dtype, scaling.y);
            Conv conv("conv", attributes, layout, quant_type_of(dtype));
            conv.run({x.get(), w.get(), bias.get()}, {y.get()});
            EXPECT_TRUE(holds(y.get(), expected, FLOAT_ERROR, 1e-5)) << conv.kernel_name();
        });
    });
}

TEST_P(WeightedTest, Gemm) {
    const dtype_t dtype = GetParam();
    for_each_case([&](Random &random) {
        const int m = random.integer(1, 20), n = random.integer(1, 40), k = random.integer(1, 70);
        const base::weight_layout_t layout = choose_layout(random, dtype);
        const bool is_float = dtype == DATA_TYPE_FLOAT;
        GemmAttributes attributes;
        attributes.trans_a = random.chance(0.3);
        attributes.trans_b = is_float && random.chance(0.5);
        attributes.activation = random.chance(0.5) ? ReLU : Linear;
        if (is_float && random.chance(0.5)) {
            attributes.alpha = (float)random.real(-2, 2);
            attributes.beta = (float)random.real(-2, 2);
        }
        Weights weights = random_weights(random, dtype, n, 1, 1, k);
        std::vector<double> file = in_file_order(weights, layout, dtype, false);
        std::vector<int> b_shape{1, 1, k, n};
        if (is_float) {
            b_shape = attributes.trans_b ? std::vector<int>{n, k} : std::vector<int>{k, n};
            for (int i = 0; i < n * k; i++) {
                file[i] = attributes.trans_b ? weights.at(i / k, 0, 0, i % k) : weights.at(i % n, 0, 0, i / n);
            }
        }
        Scaling scaling = random_scaling(random, dtype, n, random.chance(0.5), random.chance(0.7));
        Tensor a =
            make_random(random, attributes.trans_a ? std::vector<int>{k, m} : std::vector<int>{m, k}, dtype, scaling.x);
        Tensor b = make_parameter(b_shape, dtype, scaling.w, file);
        Tensor c = scaling.bias.empty() ? nullptr : make_bias(scaling, dtype, n);
        const bool by_row = is_float && c && random.chance(0.3);
        if (by_row) {
            c = make_random(random, {m, 1}, dtype);
        }
        std::vector<double> expected;
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += stored(a.get(), attributes.trans_a ? l * m + i : i * k + l) * weights.at(j, 0, 0, l);
                }
                sum *= attributes.alpha;
                sum += c ? attributes.beta * stored(c.get(), by_row ? i : j) : 0;
                const double value = std::ldexp(sum, scaling.x + scaling.weight(j));
                expected.push_back(attributes.activation == ReLU && value < 0 ? 0 : value);
            }
        for_each_isa([&] {
            Tensor y = make({m, n}, dtype, scaling.y);
            Gemm gemm("gemm", attributes, layout, quant_type_of(dtype));
            gemm.run({a.get(), b.get(), c.get()}, {y.get()});
            EXPECT_TRUE(holds(y.get(), expected, FLOAT_ERROR, 1e-5)) << gemm.kernel_name();
        });
    });
}

TEST_P(WeightedTest, MatMul) {
    const dtype_t dtype = GetParam();
    for_each_case([&](Random &random) {
        const int m = random.integer(1, 20), n = random.integer(1, 40), k = random.integer(1, 40);
        const base::weight_layout_t layout = choose_layout(random, dtype);
        const bool constant = random.chance(0.5);
        const bool relu = random.chance(0.3);
        // Leading dimensions of Y; A and B have some of them, or 1.
        std::vector<int> lead, a_shape, b_shape;
        for (int i = random.integer(0, 3); i > 0; i--) {
            lead.push_back(random.integer(1, 3));
        }
        for (std::vector<int> *shape : {&a_shape, &b_shape}) {
            for (size_t i = random.integer(0, (int)lead.size()); i < lead.size(); i++) {
                shape->push_back(random.chance(0.3) ? 1 : lead[i]);
            }
        }
        std::vector<int> y_shape;
        for (size_t i = 0; i < lead.size(); i++) {
            const size_t back = lead.size() - i;
            const int da = back <= a_shape.size() ? a_shape[a_shape.size() - back] : 1;
            const int db = back <= b_shape.size() ? b_shape[b_shape.size() - back] : 1;
            if (std::max(da, db) > 1 || back <= a_shape.size() || back <= b_shape.size()) {
                y_shape.push_back(std::max(da, db));
            }
        }
        const std::vector<int> y_lead = y_shape, a_lead = a_shape, b_lead = b_shape;
        const bool a_vector = a_lead.empty() && random.chance(0.3), b_vector = b_lead.empty() && random.chance(0.3);
        const int rows = a_vector ? 1 : m, columns = b_vector ? 1 : n;
        if (!a_vector)
            a_shape.push_back(m);
        a_shape.push_back(k);
        b_shape.push_back(k);
        if (!b_vector)
            b_shape.push_back(n);
        if (!a_vector)
            y_shape.push_back(m);
        if (!b_vector)
            y_shape.push_back(n);

        const int b_batches = (int)tool::shape_size(b_lead.empty() ? std::vector<int>{1} : b_lead);
        std::vector<Weights> matrices;
        std::vector<double> file;
        for (int i = 0; i < b_batches; i++) {
            matrices.push_back(random_weights(random, dtype, columns, 1, 1, k));
            std::vector<double> one = in_file_order(matrices.back(), layout, dtype, false);
            for (int j = 0; dtype == DATA_TYPE_FLOAT && j < columns * k; j++) {
                one[j] = matrices.back().at(j % columns, 0, 0, j / columns);
            }
            file.insert(file.end(), one.begin(), one.end());
        }
        const Scaling scaling = random_scaling(random, dtype, columns, false, false);
        Tensor a = make_random(random, a_shape, dtype, scaling.x);
        Tensor b = make_parameter(b_shape, dtype, scaling.w, file);
        std::vector<double> expected;
        const int batches = (int)tool::shape_size(y_lead.empty() ? std::vector<int>{1} : y_lead);
        for (int batch = 0; batch < batches; batch++)
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++) {
                    const int a_batch = a_lead.empty() ? 0 : broadcast_index(a_lead, y_lead, batch);
                    const int b_batch = b_lead.empty() ? 0 : broadcast_index(b_lead, y_lead, batch);
                    double sum = 0;
                    for (int l = 0; l < k; l++) {
                        sum += stored(a.get(), (a_batch * rows + i) * k + l) * matrices[b_batch].at(j, 0, 0, l);
                    }
                    expected.push_back(finish(sum, scaling, j, relu));
                }
        for_each_isa([&] {
            Tensor y = make(y_shape, dtype, scaling.y);
            MatMul matmul("matmul", relu ? ReLU : Linear, constant, layout, quant_type_of(dtype));
            matmul.run({a.get(), b.get()}, {y.get()});
            EXPECT_TRUE(holds(y.get(), expected, FLOAT_ERROR, 1e-5)) << matmul.kernel_name();
        });
    });
}

/** A transposed convolution scatters: every input pixel adds the whole kernel to the output. */
TEST(ConvTranspose, Float) {
    for_each_case([](Random &random) {
        const bool two = random.chance(0.7);
        const size_t spatial = two ? 2 : 1;
        const int group = random.integer(1, 3);
        const int c = group * random.integer(1, 4), per_group = random.integer(1, 5), n = per_group * group;
        const int kernel[2] = {two ? random.integer(1, 4) : 1, random.integer(1, 4)};
        ConvAttributes attributes;
        attributes.group = group;
        std::vector<int> padding, x_shape{random.integer(1, 2)}, y_shape{x_shape[0]};
        for (size_t i = 0; i < spatial; i++) {
            attributes.strides.push_back(random.integer(1, 3));
            attributes.dilations.push_back(random.integer(1, 2));
            padding.push_back(random.integer(0, 2));
            x_shape.push_back(random.integer(3, 6));
        }
        attributes.pads.assign(2 * spatial, 0);
        for (int &pad : attributes.pads) {
            pad = random.integer(0, 1);
        }
        for (size_t i = 0; i < spatial; i++) {
            const int k = kernel[2 - spatial + i];
            y_shape.push_back((x_shape[i + 1] - 1) * attributes.strides[i] + (k - 1) * attributes.dilations[i] + 1 +
                              padding[i] - attributes.pads[i] - attributes.pads[i + spatial]);
            if (y_shape.back() < 1) {
                return;
            }
        }
        x_shape.push_back(c);
        y_shape.push_back(n);
        std::vector<int> w_shape{c, per_group};
        for (size_t i = 0; i < spatial; i++) {
            w_shape.push_back(kernel[2 - spatial + i]);
        }
        Tensor x = make_random(random, x_shape, DATA_TYPE_FLOAT), w = make_random(random, w_shape, DATA_TYPE_FLOAT);
        Tensor bias = make_random(random, {n}, DATA_TYPE_FLOAT), y = make(y_shape, DATA_TYPE_FLOAT);

        const int in_h = two ? x_shape[1] : 1, in_w = x_shape[spatial], out_h = two ? y_shape[1] : 1,
                  out_w = y_shape[spatial];
        const int sh = two ? attributes.strides[0] : 1, sw = attributes.strides.back();
        const int dh = two ? attributes.dilations[0] : 1, dw = attributes.dilations.back();
        const int top = two ? attributes.pads[0] : 0, left = attributes.pads[spatial - 1];
        std::vector<double> expected(y->size);
        for (int i = 0; i < y->size; i++) {
            expected[i] = stored(bias.get(), i % n);
        }
        for (int b = 0; b < x_shape[0]; b++)
            for (int iy = 0; iy < in_h; iy++)
                for (int ix = 0; ix < in_w; ix++)
                    for (int k = 0; k < c; k++)
                        for (int o = 0; o < per_group; o++)
                            for (int i = 0; i < kernel[0]; i++)
                                for (int j = 0; j < kernel[1]; j++) {
                                    const int oy = iy * sh + i * dh - top, ox = ix * sw + j * dw - left;
                                    if (oy < 0 || oy >= out_h || ox < 0 || ox >= out_w)
                                        continue;
                                    const int to = k / (c / group) * per_group + o;
                                    expected[((b * out_h + oy) * out_w + ox) * n + to] +=
                                        stored(x.get(), ((b * in_h + iy) * in_w + ix) * c + k) *
                                        stored(w.get(), ((k * per_group + o) * kernel[0] + i) * kernel[1] + j);
                                }
        ConvTranspose module("deconv", attributes, padding, QUANT_TYPE_FLOAT32);
        module.run({x.get(), w.get(), bias.get()}, {y.get()});
        EXPECT_TRUE(holds(y.get(), expected, FLOAT_ERROR, 1e-5));
    });
}

TEST(InsertZeros, AllTypes) {
    for_each_case([](Random &random) {
        const dtype_t dtype = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
        const bool two = random.chance(0.6);
        std::vector<int> stride, padding, x_shape{random.integer(1, 2)}, y_shape{x_shape[0]};
        for (int i = 0; i < (two ? 2 : 1); i++) {
            stride.push_back(random.integer(1, 4));
            padding.push_back(random.integer(0, 3));
            x_shape.push_back(random.integer(1, 6));
            y_shape.push_back((x_shape.back() - 1) * stride.back() + 1 + padding.back());
        }
        const int c = random.integer(1, 9);
        x_shape.push_back(c);
        y_shape.push_back(c);
        Tensor x = make_random(random, x_shape, dtype, -3), y = make(y_shape, dtype, -3);
        y->memset(0x55);
        std::vector<double> expected(y->size, 0.0);
        const int in_h = two ? x_shape[1] : 1, in_w = x_shape[two ? 2 : 1], out_h = two ? y_shape[1] : 1,
                  out_w = y_shape[two ? 2 : 1];
        for (int i = 0; i < x->size; i++) {
            const int k = i % c, ix = i / c % in_w, iy = i / c / in_w % in_h, b = i / c / in_w / in_h;
            expected[((b * out_h + iy * (two ? stride[0] : 1)) * out_w + ix * stride.back()) * c + k] =
                value(x.get(), i);
        }
        InsertZeros module("zeros", stride, padding, quant_type_of(dtype));
        module.run(x.get(), y.get());
        EXPECT_TRUE(holds(y.get(), expected));
    });
}

TEST(WeightLayout, TagsAreCheckedAgainstTypeRankChannelsAndTarget) {
    using namespace dl::base;
    const target_t saved = target();
    weight_layout_t layout;
    std::string reason;
    auto parse = [&](target_t chip, const char *tag, dtype_t dtype, int rank, bool depthwise, int n) {
        set_target(chip);
        return parse_weight_layout(tag, dtype, rank, depthwise, n, &layout, &reason);
    };
    EXPECT_TRUE(parse(TARGET_ESP32P4, "(N/16)HWC16", DATA_TYPE_INT8, 4, false, 32));
    EXPECT_EQ(layout, WEIGHT_LAYOUT_BLOCKED);
    EXPECT_TRUE(parse(TARGET_ESP32S3, "N16HWC16", DATA_TYPE_INT8, 4, true, 16));
    EXPECT_TRUE(parse(TARGET_ESP32S3, "(N/8)WC8_UNALIGNED", DATA_TYPE_INT16, 3, false, 9));
    EXPECT_TRUE(parse(TARGET_ESP32, "NHWC", DATA_TYPE_INT8, 4, false, 5));
    EXPECT_EQ(layout, WEIGHT_LAYOUT_PLAIN);
    EXPECT_TRUE(parse(TARGET_ESP32, "WCN", DATA_TYPE_INT16, 3, true, 5));
    EXPECT_TRUE(parse(TARGET_ESP32, "", DATA_TYPE_INT8, 4, false, 5));
    EXPECT_TRUE(parse(TARGET_ESP32P4, "UNK", DATA_TYPE_FLOAT, 4, false, 5));
    EXPECT_EQ(layout, WEIGHT_LAYOUT_ONNX);

    EXPECT_FALSE(parse(TARGET_ESP32, "(N/16)HWC16", DATA_TYPE_INT8, 4, false, 32)) << "another chip's";
    EXPECT_FALSE(parse(TARGET_ESP32P4, "NHWC", DATA_TYPE_INT8, 4, false, 32)) << "another chip's";
    EXPECT_FALSE(parse(TARGET_ESP32S3, "", DATA_TYPE_INT8, 4, false, 32)) << "another chip's";
    EXPECT_FALSE(parse(TARGET_ESP32P4, "(N/8)HWC8", DATA_TYPE_INT8, 4, false, 32)) << "another type's";
    EXPECT_FALSE(parse(TARGET_ESP32P4, "(N/16)HWC8", DATA_TYPE_INT8, 4, false, 32)) << "contradicts itself";
    EXPECT_FALSE(parse(TARGET_ESP32P4, "(N/16)HWC16", DATA_TYPE_INT8, 4, false, 33)) << "33 channels are not aligned";
    EXPECT_FALSE(parse(TARGET_ESP32P4, "(N/16)HWC16_UNALIGNED", DATA_TYPE_INT8, 4, false, 32)) << "32 channels are";
    EXPECT_FALSE(parse(TARGET_ESP32P4, "(N/16)WC16", DATA_TYPE_INT8, 4, false, 32)) << "another rank's";
    EXPECT_FALSE(parse(TARGET_ESP32P4, "(N/16)HWC16x", DATA_TYPE_INT8, 4, false, 32)) << "unknown";
    EXPECT_FALSE(parse(TARGET_ESP32P4, "UNK", DATA_TYPE_INT8, 4, false, 32)) << "unknown";
    EXPECT_FALSE(parse(TARGET_ESP32, "HWCN", DATA_TYPE_INT8, 4, false, 32)) << "a depthwise one";
    EXPECT_FALSE(parse(TARGET_ESP32P4, "(N/16)HWC16", DATA_TYPE_INT32, 4, false, 32)) << "no type of weights";
    set_target(saved);
}

/** What cannot be computed is refused before anything is written. */
class RefuseTest : public ::testing::Test {
protected:
    Tensor x = make({1, 4, 4, 3}, DATA_TYPE_INT8, -5), y = make({1, 2, 2, 8}, DATA_TYPE_INT8, -5);
    Tensor w = make({3, 3, 3, 8}, DATA_TYPE_INT8, -7), bias = make({8}, DATA_TYPE_INT32, -12);
    ConvAttributes attributes;

    bool runs() {
        for (int i = 0; i < y->size; i++) {
            set_stored(y.get(), i, 77);
        }
        Conv conv("conv", attributes, base::WEIGHT_LAYOUT_BLOCKED, QUANT_TYPE_SYMM_8BIT);
        conv.run({x.get(), w.get(), bias.get()}, {y.get()});
        return stored(y.get(), 0) != 77;
    }
};

TEST_F(RefuseTest, NothingToRefuse) {
    EXPECT_TRUE(runs());
}
// The chip adds a bias to the sums as it is, whatever exponent the file gives it.
TEST_F(RefuseTest, TheBiasExponentIsPassedOver) {
    ASSERT_TRUE(runs());
    const std::vector<uint8_t> expected((const uint8_t *)y->get_element_ptr(),
                                        (const uint8_t *)y->get_element_ptr() + y->get_bytes());
    bias->exponent = -11;
    ASSERT_TRUE(runs());
    EXPECT_EQ(memcmp(y->get_element_ptr(), expected.data(), expected.size()), 0);
}
TEST_F(RefuseTest, BiasLength) {
    bias = make({7}, DATA_TYPE_INT32, -12);
    EXPECT_FALSE(runs());
}
TEST_F(RefuseTest, WeightExponents) {
    w->exponent = ExponentInfo(std::vector<int>(7, -7));
    EXPECT_FALSE(runs());
}
TEST_F(RefuseTest, Shift) {
    y->exponent = 60;
    EXPECT_FALSE(runs());
}
TEST_F(RefuseTest, WeightType) {
    w = make({3, 3, 3, 8}, DATA_TYPE_INT16, -7);
    EXPECT_FALSE(runs());
}
TEST_F(RefuseTest, Channels) {
    w = make({3, 3, 4, 8}, DATA_TYPE_INT8, -7);
    EXPECT_FALSE(runs());
}
TEST_F(RefuseTest, KernelTooLarge) {
    w = make({5, 3, 3, 8}, DATA_TYPE_INT8, -7);
    EXPECT_FALSE(runs());
}
TEST_F(RefuseTest, Strides) {
    attributes.strides = {1, 0};
    EXPECT_FALSE(runs());
}
TEST_F(RefuseTest, Pads) {
    attributes.pads = {1, 1, 1};
    EXPECT_FALSE(runs());
}
TEST_F(RefuseTest, Groups) {
    attributes.group = 3;
    EXPECT_FALSE(runs());
}

}  // namespace
