// Resize against its float64 definition, on random shapes, scales, modes, exponents, types and both rounding rules.
#include "dl_module_resize.hpp"
#include "op_test.hpp"

namespace {

using namespace dl;
using namespace op_test;
using module::Resize;

/** Input position of an output position. Scales are exact or powers of two here, so that float32 finds the same one. */
double position(Resize::coordinates_t coordinates, int i, int length, int out, double scale) {
    switch (coordinates) {
        case Resize::HALF_PIXEL:
            return (i + 0.5) / scale - 0.5;
        case Resize::PYTORCH_HALF_PIXEL:
            return out > 1 ? (i + 0.5) / scale - 0.5 : 0;
        case Resize::ALIGN_CORNERS:
            return out > 1 ? (double)i * (length - 1) / (out - 1) : 0;
        default:
            return i / scale;
    }
}

struct Tap {
    int low, high;
    double weight;
};

Tap tap_of(bool is_nearest, Resize::nearest_t nearest, double x, int length) {
    if (is_nearest) {
        const double whole = nearest == Resize::FLOOR                ? std::floor(x)
                             : nearest == Resize::CEIL               ? std::ceil(x)
                             : nearest == Resize::ROUND_PREFER_FLOOR ? std::ceil(x - 0.5)
                                                                     : std::floor(x + 0.5);
        const int at = (int)std::min(std::max(whole, 0.0), length - 1.0);
        return {at, at, 0};
    }
    x = std::min(std::max(x, 0.0), length - 1.0);
    const int low = (int)x;
    return {low, std::min(low + 1, length - 1), x - low};
}

class Resizing : public ::testing::TestWithParam<dtype_t> {
protected:
    void run(Random &random, bool is_nearest) {
        const int axes = random.integer(1, 2);
        const auto coordinates =
            random.pick({Resize::HALF_PIXEL, Resize::PYTORCH_HALF_PIXEL, Resize::ALIGN_CORNERS, Resize::ASYMMETRIC});
        const auto nearest =
            random.pick({Resize::FLOOR, Resize::CEIL, Resize::ROUND_PREFER_FLOOR, Resize::ROUND_PREFER_CEIL});
        Shape shape = {random.integer(1, 2)}, out = shape;
        std::vector<float> scales = {1, 1};
        for (int axis = 0; axis < axes; axis++) {
            const int length = random.integer(1, 9);
            float scale = random.pick({1.0f, 2.0f, 4.0f, 0.5f, 8.0f});
            if (length * scale < 1) {
                scale = 1;
            }
            shape.push_back(length);
            out.push_back((int)(length * scale));
            scales.push_back(scale);
        }
        shape.push_back(random.integer(1, 20));
        out.push_back(shape.back());
        // Sizes have the channels in front, as scales have.
        Shape sizes;
        const bool by_sizes = random.chance(0.4);
        if (by_sizes) {
            sizes = {out[0], out.back()};
            for (int axis = 0; axis < axes; axis++) {
                sizes.push_back(out[1 + axis]);
                scales[2 + axis] = (float)out[1 + axis] / (float)shape[1 + axis];
            }
        }
        const int exponent = random.integer(-8, 2);
        dtype_t out_type = GetParam();
        int out_exponent = exponent;
        if (random.chance(0.3)) {
            out_type = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
            out_exponent += random.integer(-2, 2);
        }
        Tensor in = make_random(random, shape, GetParam(), exponent);
        Tensor result = make(out, out_type, out_exponent);
        Resize module("resize", is_nearest ? RESIZE_NEAREST : RESIZE_LINEAR, by_sizes ? std::vector<float>{} : scales,
                      sizes, coordinates, nearest);
        std::vector<Shape> shapes = {shape};
        ASSERT_EQ(module.get_output_shape(shapes), std::vector<Shape>{out});
        module.run(in.get(), result.get(), RUNTIME_MODE_MULTI_CORE);

        const int h = axes == 2 ? shape[1] : 1, w = shape[axes], c = shape.back();
        const int out_h = axes == 2 ? out[1] : 1, out_w = out[axes];
        std::vector<double> expected;
        bool on_edge = false;
        for (int n = 0; n < shape[0]; n++) {
            for (int y = 0; y < out_h; y++) {
                for (int x = 0; x < out_w; x++) {
                    const double from_y = axes == 2 ? position(coordinates, y, h, out_h, scales[2]) : 0;
                    const double from_x = position(coordinates, x, w, out_w, scales[1 + axes]);
                    // align_corners with an odd ratio is no exact float: near a limit of "nearest" nobody decides.
                    for (double at : {from_y, from_x}) {
                        const double half = std::fabs(2 * at - std::nearbyint(2 * at));
                        on_edge = on_edge || (half != 0 && half < 1e-5);
                    }
                    const Tap ty = tap_of(is_nearest, nearest, from_y, h);
                    const Tap tx = tap_of(is_nearest, nearest, from_x, w);
                    for (int k = 0; k < c; k++) {
                        auto at = [&](int row, int column) {
                            return value(in.get(), ((n * h + row) * w + column) * c + k);
                        };
                        const double top = at(ty.low, tx.low) * (1 - tx.weight) + at(ty.low, tx.high) * tx.weight;
                        const double bottom = at(ty.high, tx.low) * (1 - tx.weight) + at(ty.high, tx.high) * tx.weight;
                        expected.push_back(top * (1 - ty.weight) + bottom * ty.weight);
                    }
                }
            }
        }
        if (is_nearest && on_edge) {
            return;
        }
        // Weights are float32: an error of a few units of the last place of the largest element.
        const double largest = GetParam() == DATA_TYPE_FLOAT ? 8 : std::ldexp(highest(GetParam()), exponent);
        ASSERT_TRUE(holds(result.get(), expected, 0, is_nearest ? 0 : largest * 2e-6));
    }
};

TEST_P(Resizing, Nearest) {
    for_each_case([&](Random &random) { run(random, true); });
}

TEST_P(Resizing, Linear) {
    for_each_case([&](Random &random) { run(random, false); });
}

INSTANTIATE_TEST_SUITE_P(Types, Resizing, ::testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT),
                         [](const auto &info) { return std::string(tool::dtype_to_string(info.param)); });

TEST(ResizeKernels, NearestAgreesWithTheReferenceBitByBit) {
    KernelCases ran;
    for_each_case(
        [&](Random &random) {
            const dtype_t type = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
            const int h = random.integer(1, 12), w = random.integer(1, 12), c = random.integer(1, 67);
            const int scale = random.integer(1, 3);
            const Shape out = {1, h * scale, w * scale, c};
            const int exponent = random.chance(0.8) ? -3 : -4;
            Tensor in = make_random(random, {1, h, w, c}, type, -3);
            const std::vector<int> gaps = random_gaps(random, 2);
            ran.add(expect_isas_agree(out, type, exponent, [&](TensorBase *output) {
                Resize module("resize", RESIZE_NEAREST, {1, 1, (float)scale, (float)scale}, {}, Resize::ASYMMETRIC);
                run_with_gaps(module, {in.get()}, {output}, gaps);
                return std::string(module.kernel_name());
            }));
        },
        4500);
    ran.expect(2000, 1);
}

TEST(ResizeKernels, LinearAgreesWithTheReferenceBitByBit) {
    KernelCases ran;
    for_each_case(
        [&](Random &random) {
            const dtype_t type = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16});
            const bool flat = random.chance(0.2);
            const int c = random.chance(0.1) ? random.integer(1, 15) : random.integer(16, 80);
            Shape shape = {random.integer(1, 2)}, out = shape, sizes = {shape[0], c};
            for (int axis = flat ? 1 : 0; axis < 2; axis++) {
                shape.push_back(random.integer(1, 9));
                // Enlarged and shrunk, by any ratio.
                out.push_back(random.chance(0.3) ? shape.back() * 2 : random.integer(1, 20));
                sizes.push_back(out.back());
            }
            shape.push_back(c);
            out.push_back(c);
            const int exponent = random.integer(-12, 3);
            Tensor in = make_random(random, shape, type, exponent);
            const dtype_t out_type = random.pick({type, type, DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
            const int finer = type == out_type || out_type == DATA_TYPE_FLOAT ? 0 : type == DATA_TYPE_INT8 ? -8 : 8;
            const int out_exponent = exponent + finer + (random.chance(0.5) ? 0 : random.integer(-3, 3));
            const auto coordinates = random.pick(
                {Resize::HALF_PIXEL, Resize::PYTORCH_HALF_PIXEL, Resize::ALIGN_CORNERS, Resize::ASYMMETRIC});
            const std::vector<int> gaps = random_gaps(random, 2);
            const auto resize = [&](TensorBase *output) {
                Resize module("resize", RESIZE_LINEAR, {}, sizes, coordinates, Resize::FLOOR);
                run_with_gaps(module, {in.get()}, {output}, gaps);
                return std::string(module.kernel_name());
            };
            ran.add(expect_isas_agree(out, out_type, out_exponent, resize, type));
        },
        5000);
    ran.expect(2000, 2);
}

TEST(ResizeRefusals, ScalesThatDoNotFit) {
    std::vector<Shape> image = {{1, 4, 4, 3}};
    auto refuses = [&](std::vector<float> scales, Shape sizes) {
        return Resize("resize", RESIZE_NEAREST, scales, sizes, Resize::ASYMMETRIC).get_output_shape(image).empty();
    };
    EXPECT_FALSE(refuses({1, 1, 2, 2}, {}));
    EXPECT_FALSE(refuses({}, {1, 3, 8, 8}));
    EXPECT_TRUE(refuses({}, {}));
    EXPECT_TRUE(refuses({1, 1, 2}, {}));
    EXPECT_FALSE(refuses({1, 2, 2, 2}, {}));  // batch and channels stay what they are
    EXPECT_TRUE(refuses({1, 1, 0, 2}, {}));
    EXPECT_TRUE(refuses({1, 1, -1, 2}, {}));
    EXPECT_TRUE(refuses({1, 1, NAN, 2}, {}));
    EXPECT_TRUE(refuses({1, 1, INFINITY, 2}, {}));
    EXPECT_TRUE(refuses({1, 1, 0.1f, 2}, {}));
    EXPECT_TRUE(refuses({}, {1, 3, -8, 8}));
    EXPECT_FALSE(refuses({}, {1, 8, 8, 3}));  // height 8, width 3
    image = {{4, 3}};
    EXPECT_TRUE(refuses({1, 1}, {}));
}

}  // namespace
