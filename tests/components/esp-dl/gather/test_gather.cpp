// Gather, Pad, ReverseSequence and ScatterND against ONNX's definitions, written down independently.
#include "dl_module_gather.hpp"
#include "dl_module_pad.hpp"
#include "dl_module_reverse_sequence.hpp"
#include "dl_module_scatter_nd.hpp"
#include "op_test.hpp"

namespace {

using namespace dl;
using namespace op_test;

Tensor make_indices(Random &random, const Shape &shape, const std::function<int()> &next) {
    Tensor tensor = make(shape, random.pick({DATA_TYPE_INT64, DATA_TYPE_INT32}));
    for (int i = 0; i < tensor->size; i++) {
        set_stored(tensor.get(), i, next());
    }
    return tensor;
}

class Gathering : public ::testing::TestWithParam<dtype_t> {
protected:
    /** An output type and exponent, usually those of the input. */
    Tensor output(Random &random, const Shape &shape, int exponent) {
        dtype_t type = GetParam();
        if (type != DATA_TYPE_BOOL && random.chance(0.3)) {
            type = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
            exponent += random.integer(-3, 3);
        }
        return make(shape, type, exponent);
    }
};

TEST_P(Gathering, Gather) {
    for_each_case([&](Random &random) {
        const Shape shape = random.shape(1, 5);
        const int axis = random.integer(0, (int)shape.size() - 1);
        const int exponent = random.integer(-8, 2);
        Tensor data = make_random(random, shape, GetParam(), exponent);
        Shape index_shape;
        for (int rank = random.integer(0, 3); rank > 0; rank--) {
            index_shape.push_back(random.integer(1, 4));
        }
        Tensor indices =
            make_indices(random, index_shape, [&] { return random.integer(-shape[axis], shape[axis] - 1); });
        Shape out(shape.begin(), shape.begin() + axis);
        out.insert(out.end(), index_shape.begin(), index_shape.end());
        out.insert(out.end(), shape.begin() + axis + 1, shape.end());
        Tensor result = output(random, out, exponent);
        module::Gather module(nullptr, random.chance(0.5) ? axis : axis - (int)shape.size());
        module.run({data.get(), indices.get()}, {result.get()});
        std::vector<double> expected;
        for (int i = 0; i < result->size; i++) {
            const Shape at = coordinates(out, i);
            Shape from(at.begin(), at.begin() + axis);
            const Shape which(at.begin() + axis, at.begin() + axis + index_shape.size());
            const int index = (int)stored(indices.get(), flat(index_shape, which));
            from.push_back(index < 0 ? index + shape[axis] : index);
            from.insert(from.end(), at.begin() + axis + index_shape.size(), at.end());
            expected.push_back(value(data.get(), flat(shape, from)));
        }
        ASSERT_TRUE(holds(result.get(), expected));
    });
}

TEST_P(Gathering, Pad) {
    for_each_case(
        [&](Random &random) {
            const Shape shape = random.shape(1, 5);
            const int rank = (int)shape.size();
            const int exponent = random.integer(-8, 2);
            const auto mode =
                random.pick({module::Pad::CONSTANT, module::Pad::REFLECT, module::Pad::EDGE, module::Pad::WRAP});
            Tensor data = make_random(random, shape, GetParam(), exponent);
            Shape begins(rank, 0), ends(rank, 0), axes, out = shape;
            for (int axis = 0; axis < rank; axis++) {
                if (random.chance(0.5)) {
                    continue;
                }
                axes.push_back(axis);
                begins[axis] = random.integer(-(shape[axis] - 1) / 2, 4);
                ends[axis] = random.integer(-(shape[axis] - 1) / 2, 4);
                out[axis] += begins[axis] + ends[axis];
            }
            if (tool::shape_size(out) > 100000) {
                return;
            }
            Shape pads, given = axes;
            const bool names_axes = random.chance(0.5) && !axes.empty();
            for (const Shape &side : {begins, ends}) {
                for (int axis = 0; axis < rank; axis++) {
                    if (!names_axes || std::find(axes.begin(), axes.end(), axis) != axes.end()) {
                        pads.push_back(side[axis]);
                    }
                }
            }
            for (int &axis : given) {
                axis -= random.chance(0.5) ? rank : 0;
            }
            Tensor constant;
            if (random.chance(0.5)) {
                constant =
                    make_random(random, {}, GetParam(), exponent + (random.chance(0.5) ? 0 : random.integer(-2, 2)));
            }
            Tensor result = output(random, out, exponent);
            module::Pad module("pad", pads, mode, names_axes ? given : Shape{});
            module.run({data.get(), nullptr, constant.get()}, {result.get()});
            std::vector<double> expected;
            for (int i = 0; i < result->size; i++) {
                Shape at = coordinates(out, i);
                bool outside = false;
                for (int axis = 0; axis < rank; axis++) {
                    const int n = shape[axis];
                    int x = at[axis] - begins[axis];
                    outside = outside || x < 0 || x >= n;
                    // Walk back into the input, one reflection or one turn at a time.
                    while (x < 0 || x >= n) {
                        if (mode == module::Pad::REFLECT) {
                            x = n == 1 ? 0 : (x < 0 ? -x : 2 * (n - 1) - x);
                        } else if (mode == module::Pad::WRAP) {
                            x += x < 0 ? n : -n;
                        } else {
                            x = x < 0 ? 0 : n - 1;
                        }
                    }
                    at[axis] = x;
                }
                expected.push_back(outside && mode == module::Pad::CONSTANT ? (constant ? value(constant.get(), 0) : 0)
                                                                            : value(data.get(), flat(shape, at)));
            }
            ASSERT_TRUE(holds(result.get(), expected));
        },
        2 * CASES);
}

TEST_P(Gathering, ReverseSequence) {
    for_each_case([&](Random &random) {
        const Shape shape = random.shape(2, 6);
        const int time_axis = random.integer(0, 1);
        const int exponent = random.integer(-8, 2);
        Tensor data = make_random(random, shape, GetParam(), exponent);
        Tensor lengths =
            make_indices(random, {shape[1 - time_axis]}, [&] { return random.integer(0, shape[time_axis]); });
        Tensor result = output(random, shape, exponent);
        module::ReverseSequence module("reverse", 1 - time_axis, time_axis);
        module.run({data.get(), lengths.get()}, {result.get()});
        std::vector<double> expected;
        for (int i = 0; i < result->size; i++) {
            Shape at = coordinates(shape, i);
            const int length = (int)stored(lengths.get(), at[1 - time_axis]);
            if (at[time_axis] < length) {
                at[time_axis] = length - 1 - at[time_axis];
            }
            expected.push_back(value(data.get(), flat(shape, at)));
        }
        ASSERT_TRUE(holds(result.get(), expected));
    });
}

TEST_P(Gathering, ScatterND) {
    for_each_case(
        [&](Random &random) {
            const Shape shape = random.shape(1, 5);
            const int depth = random.integer(1, (int)shape.size());
            const int exponent = random.integer(-6, 0);
            const auto reduction = GetParam() == DATA_TYPE_BOOL
                                       ? base::SCATTER_NONE
                                       : random.pick({base::SCATTER_NONE, base::SCATTER_ADD, base::SCATTER_MUL,
                                                      base::SCATTER_MAX, base::SCATTER_MIN});
            Tensor data = make_random(random, shape, GetParam(), exponent);
            Shape index_shape;
            for (int rank = random.integer(0, 2); rank > 0; rank--) {
                index_shape.push_back(random.integer(1, 4));
            }
            Shape update_shape = index_shape;
            update_shape.insert(update_shape.end(), shape.begin() + depth, shape.end());
            index_shape.push_back(depth);
            int k = 0;
            Tensor indices = make_indices(random, index_shape, [&] {
                const int n = shape[k++ % depth];
                return random.integer(-n, n - 1);
            });
            Tensor updates = make_random(random, update_shape, GetParam(),
                                         exponent + (random.chance(0.7) ? 0 : random.integer(-2, 2)));
            Tensor result = output(random, shape, exponent);
            module::ScatterND module("scatter", reduction);
            module.run({data.get(), indices.get(), updates.get()}, {result.get()});

            std::vector<double> expected;
            for (int i = 0; i < data->size; i++) {
                expected.push_back(value(data.get(), i));
            }
            std::vector<int> touched(expected.size(), 0);
            for (int i = 0; i < updates->size; i++) {
                const Shape at = coordinates(update_shape, i);
                const int entry = flat(Shape(index_shape.begin(), index_shape.end() - 1),
                                       Shape(at.begin(), at.begin() + (index_shape.size() - 1)));
                Shape to;
                for (int j = 0; j < depth; j++) {
                    const int index = (int)stored(indices.get(), entry * depth + j);
                    to.push_back(index < 0 ? index + shape[j] : index);
                }
                to.insert(to.end(), at.begin() + (index_shape.size() - 1), at.end());
                double &x = expected[flat(shape, to)];
                const double u = value(updates.get(), i);
                touched[flat(shape, to)]++;
                x = reduction == base::SCATTER_ADD   ? x + u
                    : reduction == base::SCATTER_MUL ? x * u
                    : reduction == base::SCATTER_MAX ? std::max(x, u)
                    : reduction == base::SCATTER_MIN ? std::min(x, u)
                                                     : u;
            }
            ASSERT_TRUE(holds(result.get(), expected, reduction == base::SCATTER_MUL ? 1e-6 : 1e-7,
                              reduction == base::SCATTER_ADD ? 1e-5 : 0));
        },
        2 * CASES);
}

INSTANTIATE_TEST_SUITE_P(Types, Gathering,
                         ::testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT, DATA_TYPE_BOOL),
                         [](const auto &info) { return std::string(tool::dtype_to_string(info.param)); });

const auto s_any_type = {DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT, DATA_TYPE_INT64};

TEST(GatheringKernels, GatherAgreesWithTheReferenceBitByBit) {
    KernelCases ran;
    for_each_case(
        [&](Random &random) {
            const dtype_t type = random.pick(s_any_type);
            const int rank = random.integer(1, 3), axis = random.integer(0, rank - 1);
            Shape shape;
            for (int i = 0; i < rank; i++) {
                shape.push_back(random.integer(1, random.chance(0.1) ? 300 : 30));
            }
            Tensor data = make_random(random, shape, type, -3);
            const Shape index_shape = {random.integer(1, 30)};
            Tensor indices =
                make_indices(random, index_shape, [&] { return random.integer(-shape[axis], shape[axis] - 1); });
            Shape out = shape;
            out[axis] = index_shape[0];
            ran.add(expect_isas_agree(out, type, random.chance(0.9) ? -3 : -4, [&](TensorBase *output) {
                module::Gather module(nullptr, axis);
                module.run({data.get(), indices.get()}, {output});
                return std::string(module.kernel_name());
            }));
        },
        2600);
    ran.expect(2000, 1);
}

TEST(GatheringKernels, PadAgreesWithTheReferenceBitByBit) {
    KernelCases ran;
    for_each_case(
        [&](Random &random) {
            const dtype_t type = random.pick(s_any_type);
            const int rank = random.integer(1, 4);
            Shape shape, out, begins, ends;
            for (int axis = 0; axis < rank; axis++) {
                shape.push_back(random.integer(1, random.chance(0.1) ? 150 : 12));
                const bool padded = random.chance(0.6);
                // A negative pad cuts off.
                begins.push_back(padded ? random.integer(-(shape[axis] - 1) / 2, random.chance(0.1) ? 90 : 4) : 0);
                ends.push_back(padded ? random.integer(-(shape[axis] - 1) / 2, 4) : 0);
                out.push_back(shape[axis] + begins[axis] + ends[axis]);
            }
            if (tool::shape_size(out) > 50000) {
                return;
            }
            Tensor data = make_random(random, shape, type, -3);
            Tensor constant = random.chance(0.5) ? make_random(random, {}, type, -3) : nullptr;
            Shape pads = begins;
            pads.insert(pads.end(), ends.begin(), ends.end());
            const auto mode = random.pick({module::Pad::CONSTANT, module::Pad::CONSTANT, module::Pad::REFLECT,
                                           module::Pad::EDGE, module::Pad::WRAP});
            ran.add(expect_isas_agree(out, type, random.chance(0.9) ? -3 : -4, [&](TensorBase *output) {
                module::Pad module("pad", pads, mode);
                module.run({data.get(), nullptr, constant.get()}, {output});
                return std::string(module.kernel_name());
            }));
        },
        2800);
    ran.expect(2000, 1);
}

TEST(GatheringRefusals, IndicesComputedAtRunTimeNeverLeaveTheTensor) {
    Tensor data = make({3, 2}, DATA_TYPE_INT8);
    for (int i = 0; i < 6; i++) {
        set_stored(data.get(), i, i + 1);
    }
    Tensor indices = make({3}, DATA_TYPE_INT64);
    set_stored(indices.get(), 0, 1e15);
    set_stored(indices.get(), 1, -1e15);
    set_stored(indices.get(), 2, 1);
    Tensor out = make({3, 2}, DATA_TYPE_INT8);
    module::Gather gather(nullptr, 0);
    gather.run({data.get(), indices.get()}, {out.get()});
    EXPECT_TRUE(holds(out.get(), {5, 6, 1, 2, 3, 4}));

    module::ReverseSequence reverse("reverse", 0, 1);
    Tensor lengths = make({3}, DATA_TYPE_INT64);
    set_stored(lengths.get(), 0, 1e15);
    set_stored(lengths.get(), 1, -5);
    set_stored(lengths.get(), 2, 2);
    reverse.run({data.get(), lengths.get()}, {out.get()});
    EXPECT_TRUE(holds(out.get(), {2, 1, 3, 4, 6, 5}));

    for (const auto reduction : {base::SCATTER_NONE, base::SCATTER_ADD}) {
        Tensor at = make({3, 1}, DATA_TYPE_INT64);
        set_stored(at.get(), 0, 3);
        set_stored(at.get(), 1, -4);
        set_stored(at.get(), 2, 2);
        Tensor updates = make({3, 2}, DATA_TYPE_INT8);
        updates->memset(10);
        module::ScatterND scatter("scatter", reduction);
        scatter.run({data.get(), at.get(), updates.get()}, {out.get()});
        const double base = reduction == base::SCATTER_ADD ? 1 : 0;
        EXPECT_TRUE(holds(out.get(), {1, 2, 3, 4, 10 + 5 * base, 10 + 6 * base}));
    }
}

TEST(GatheringRefusals, ShapesThatDoNotFit) {
    std::vector<Shape> gather = {{2, 3}, {4}};
    EXPECT_TRUE(module::Gather(nullptr, 2).get_output_shape(gather).empty());
    EXPECT_EQ(module::Gather(nullptr, -1).get_output_shape(gather), (std::vector<Shape>{{2, 4}}));
    std::vector<Shape> one = {{2, 3}};
    EXPECT_TRUE(module::Gather(nullptr, 0).get_output_shape(one).empty());
    EXPECT_TRUE(module::Pad("p", {1, 1, 1}).get_output_shape(one).empty());
    EXPECT_TRUE(module::Pad("p", {-1, 0, -1, 0}).get_output_shape(one).empty());
    EXPECT_TRUE(module::Pad("p", {INT32_MAX, 0, 0, 0}).get_output_shape(one).empty());
    EXPECT_TRUE(module::Pad("p", {1, 1}, module::Pad::EDGE, {2}).get_output_shape(one).empty());
    EXPECT_TRUE(module::ReverseSequence("r", 0, 2).get_output_shape(gather).empty());
    EXPECT_TRUE(module::ReverseSequence("r", 1, 1).get_output_shape(gather).empty());
    std::vector<Shape> scatter = {{2, 3}, {4, 2}, {4, 3}};
    EXPECT_TRUE(module::ScatterND().get_output_shape(scatter).empty());
    scatter = {{2, 3}, {4, 3}, {4}};
    EXPECT_TRUE(module::ScatterND().get_output_shape(scatter).empty());
    scatter = {{2, 3}, {}, {}};
    EXPECT_TRUE(module::ScatterND().get_output_shape(scatter).empty());
    scatter = {{2, 3}, {4, 2}, {4}};
    EXPECT_EQ(module::ScatterND().get_output_shape(scatter), (std::vector<Shape>{{2, 3}}));
}

}  // namespace
