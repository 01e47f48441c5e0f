// Operators that move elements, against a map from output to input coordinates written down independently.
#include <iterator>

#include "dl_base_copy.hpp"
#include "dl_module_concat.hpp"
#include "dl_module_depth_to_space.hpp"
#include "dl_module_flatten.hpp"
#include "dl_module_reshape.hpp"
#include "dl_module_slice.hpp"
#include "dl_module_space_to_depth.hpp"
#include "dl_module_split.hpp"
#include "dl_module_squeeze.hpp"
#include "dl_module_streaming_cache.hpp"
#include "dl_module_transpose.hpp"
#include "dl_module_unsqueeze.hpp"
#include "op_test.hpp"

namespace {

using namespace dl;
using namespace op_test;
using module::Module;

/** Negative for half of the callers, as ONNX allows. */
int signed_axis(Random &random, int axis, int rank) {
    return random.chance(0.5) ? axis : axis - rank;
}

class Move : public ::testing::TestWithParam<dtype_t> {
protected:
    /** Usually the type and exponent of the test; sometimes others, so that elements are rescaled. */
    void pick_types(Random &random, bool may_rescale = true) {
        m_in_type = m_out_type = GetParam();
        m_in_exponent = m_out_exponent = random.integer(-8, 2);
        if (may_rescale && GetParam() != DATA_TYPE_BOOL && random.chance(0.3)) {
            m_out_exponent = m_in_exponent + random.integer(-3, 3);
            m_out_type = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
        }
    }
    Tensor input(Random &random, const Shape &shape) { return make_random(random, shape, m_in_type, m_in_exponent); }
    /** Run and compare each output element with the input element it comes from. */
    void check(Module &module, const std::vector<TensorBase *> &inputs, const std::vector<Shape> &shapes,
               const std::function<std::pair<int, int>(int output, const Shape &at)> &source) {
        std::vector<Shape> input_shapes;
        for (TensorBase *tensor : inputs) {
            input_shapes.push_back(tensor->shape);
        }
        ASSERT_EQ(module.get_output_shape(input_shapes), shapes);
        std::vector<Tensor> outputs;
        std::vector<TensorBase *> pointers;
        for (const Shape &shape : shapes) {
            outputs.push_back(make(shape, m_out_type, m_out_exponent));
            outputs.back()->memset(0x55);
            pointers.push_back(outputs.back().get());
        }
        module.run(inputs, pointers, RUNTIME_MODE_MULTI_CORE);
        for (size_t o = 0; o < shapes.size(); o++) {
            std::vector<double> expected;
            for (int i = 0; i < outputs[o]->size; i++) {
                const auto from = source((int)o, coordinates(shapes[o], i));
                expected.push_back(value(inputs[from.first], from.second));
            }
            ASSERT_TRUE(holds(pointers[o], expected)) << "output " << o;
        }
        if (!m_gaps.empty()) {
            run_with_gaps(module, inputs, pointers, m_gaps);
        }
    }
    void check(Module &module, TensorBase *in, const Shape &shape, const std::function<Shape(const Shape &)> &source) {
        check(module, std::vector<TensorBase *>{in}, {shape},
              [&](int, const Shape &at) { return std::make_pair(0, flat(in->shape, source(at))); });
    }
    /** Operators that keep the order of the elements. */
    void check_order(Module &module, TensorBase *in, const Shape &shape) {
        check(module, std::vector<TensorBase *>{in}, {shape},
              [&](int, const Shape &at) { return std::make_pair(0, flat(shape, at)); });
    }

    dtype_t m_in_type, m_out_type;
    int m_in_exponent, m_out_exponent;
    std::vector<int> m_gaps;  ///< of inputs and outputs; empty: none are tried
};

TEST_P(Move, Concat) {
    for_each_case([&](Random &random) {
        pick_types(random);
        Shape shape = random.shape();
        const int axis = random.integer(0, (int)shape.size() - 1);
        std::vector<Tensor> tensors;
        std::vector<TensorBase *> inputs;
        Shape begins;
        int length = 0;
        for (int k = random.integer(1, 5); k > 0; k--) {
            Shape part = shape;
            part[axis] = random.integer(1, 4);
            begins.push_back(length);
            length += part[axis];
            tensors.push_back(input(random, part));
            inputs.push_back(tensors.back().get());
        }
        shape[axis] = length;
        module::Concat module("concat", signed_axis(random, axis, (int)shape.size()));
        m_gaps = random_gaps(random, inputs.size() + 1);
        check(module, inputs, {shape}, [&](int, Shape at) {
            size_t k = begins.size() - 1;
            while (begins[k] > at[axis]) {
                k--;
            }
            at[axis] -= begins[k];
            return std::make_pair((int)k, flat(inputs[k]->shape, at));
        });
    });
}

TEST_P(Move, Split) {
    for_each_case([&](Random &random) {
        pick_types(random);
        Shape shape = random.shape();
        const int axis = random.integer(0, (int)shape.size() - 1);
        Shape lengths;
        const bool is_even = random.chance(0.3);
        const int parts = random.integer(1, 4);
        int total = 0;
        for (int k = 0; k < parts; k++) {
            lengths.push_back(is_even ? 3 : random.integer(1, 4));
            total += lengths.back();
        }
        if (is_even && random.chance(0.5)) {
            lengths.back() -= 1;  // the last one is smaller where it does not divide
            total -= 1;
        }
        shape[axis] = total;
        Tensor in = input(random, shape);
        std::vector<Shape> shapes(parts, shape);
        Shape begins;
        int begin = 0;
        for (int k = 0; k < parts; k++) {
            shapes[k][axis] = lengths[k];
            begins.push_back(begin);
            begin += lengths[k];
        }
        const int given = signed_axis(random, axis, (int)shape.size());
        module::Split module(is_even && parts > 1 ? Shape{} : lengths, given, parts);
        m_gaps = random_gaps(random, 1 + shapes.size());
        check(module, std::vector<TensorBase *>{in.get()}, shapes, [&](int o, Shape at) {
            at[axis] += begins[o];
            return std::make_pair(0, flat(shape, at));
        });
    });
}

TEST_P(Move, Slice) {
    for_each_case([&](Random &random) {
        pick_types(random);
        const Shape shape = random.shape();
        Tensor in = input(random, shape);
        Shape starts, ends, axes, steps, first(shape.size(), 0), by(shape.size(), 1), out = shape;
        for (int axis = 0; axis < (int)shape.size(); axis++) {
            if (random.chance(0.4)) {
                continue;
            }
            const int n = shape[axis];
            const int step = random.pick({1, 1, 2, 3, -1, -2});
            // All elements that are picked, in order.
            Shape picked;
            const int start = random.integer(0, n - 1);
            const int end = step > 0 ? random.integer(start + 1, n) : random.integer(-1, start - 1);
            for (int i = start; step > 0 ? i < end : i > end; i += step) {
                picked.push_back(i);
            }
            starts.push_back(random.chance(0.3) ? start - n : start);
            // Ends beyond the axis mean its end; those before its beginning can only be named far below -n.
            ends.push_back(end == n && random.chance(0.5)  ? INT32_MAX
                           : end == -1                     ? -n - random.integer(1, 1000)
                           : end < n && random.chance(0.3) ? end - n
                                                           : end);
            axes.push_back(signed_axis(random, axis, (int)shape.size()));
            steps.push_back(step);
            first[axis] = start;
            by[axis] = step;
            out[axis] = (int)picked.size();
        }
        module::Slice module("slice", starts, ends, axes, steps);
        check(module, in.get(), out, [&](Shape at) {
            for (size_t i = 0; i < at.size(); i++) {
                at[i] = first[i] + at[i] * by[i];
            }
            return at;
        });
    });
}

TEST_P(Move, Transpose) {
    for_each_case([&](Random &random) {
        pick_types(random);
        const Shape shape = random.shape();
        Tensor in = input(random, shape);
        Shape perm(shape.size());
        for (size_t i = 0; i < perm.size(); i++) {
            perm[i] = (int)i;
        }
        std::shuffle(perm.begin(), perm.end(), random.engine());
        const bool reversed = random.chance(0.1);
        if (reversed) {
            std::sort(perm.rbegin(), perm.rend());
        }
        Shape out, given;
        for (int axis : perm) {
            out.push_back(shape[axis]);
            given.push_back(signed_axis(random, axis, (int)shape.size()));
        }
        module::Transpose module("transpose", reversed ? Shape{} : given);
        check(module, in.get(), out, [&](const Shape &at) {
            Shape from(at.size());
            for (size_t i = 0; i < at.size(); i++) {
                from[perm[i]] = at[i];
            }
            return from;
        });
    });
}

TEST_P(Move, Reshape) {
    for_each_case([&](Random &random) {
        pick_types(random);
        const Shape shape = random.shape();
        Tensor in = input(random, shape);
        // Take the number of elements apart and put its factors into other dimensions.
        Shape out(random.integer(1, 8), 1);
        for (int rest = in->size, factor = 2; rest > 1; factor++) {
            for (; rest % factor == 0; rest /= factor) {
                out[random.integer(0, (int)out.size() - 1)] *= factor;
            }
        }
        Shape given = out;
        for (size_t i = 0; i < out.size() && i < shape.size(); i++) {
            if (out[i] == shape[i] && random.chance(0.5)) {
                given[i] = 0;
            }
        }
        if (random.chance(0.5)) {
            given[random.integer(0, (int)given.size() - 1)] = -1;
        }
        module::Reshape module(given);
        check_order(module, in.get(), out);
    });
}

TEST_P(Move, Flatten) {
    for_each_case([&](Random &random) {
        pick_types(random);
        const Shape shape = random.shape();
        Tensor in = input(random, shape);
        const int rank = (int)shape.size();
        const int axis = random.integer(0, rank);
        Shape out = {1, 1};
        for (int i = 0; i < rank; i++) {
            out[i < axis ? 0 : 1] *= shape[i];
        }
        module::Flatten module("flatten", axis == rank ? axis : signed_axis(random, axis, rank));
        check_order(module, in.get(), out);
    });
}

TEST_P(Move, SqueezeAndUnsqueeze) {
    for_each_case(
        [&](Random &random) {
            pick_types(random);
            const Shape shape = random.shape(1, 5);
            Shape longer = shape, added;
            for (int k = random.integer(1, 3); k > 0; k--) {
                longer.insert(longer.begin() + random.integer(0, (int)longer.size()), 1);
            }
            // Which axes of the longer shape are the new ones is a choice where dimensions of 1 lie side by side.
            Shape rest = shape;
            for (int i = 0, next = 0; i < (int)longer.size(); i++) {
                if (next < (int)rest.size() && longer[i] == rest[next] &&
                    (longer[i] != 1 || (int)longer.size() - i == (int)rest.size() - next || random.chance(0.5))) {
                    next++;
                } else {
                    added.push_back(i);
                }
            }
            if (added.size() != longer.size() - shape.size()) {
                return;  // the choice above did not work out
            }
            Shape given = added;
            for (int &axis : given) {
                axis = signed_axis(random, axis, (int)longer.size());
            }
            std::shuffle(given.begin(), given.end(), random.engine());
            Tensor in = input(random, shape);
            module::Unsqueeze unsqueeze(given);
            check_order(unsqueeze, in.get(), longer);

            in = input(random, longer);
            module::Squeeze squeeze(given);
            check_order(squeeze, in.get(), shape);

            Shape none;
            std::copy_if(longer.begin(), longer.end(), std::back_inserter(none), [](int n) { return n != 1; });
            module::Squeeze all(nullptr);
            check_order(all, in.get(), none);
        },
        2 * CASES);
}

TEST_P(Move, DepthToSpaceAndBack) {
    for_each_case([&](Random &random) {
        pick_types(random);
        const int b = random.integer(1, 4);
        const int n = random.integer(1, 2), h = random.integer(1, 4), w = random.integer(1, 4),
                  c = random.integer(1, 5);
        const Shape deep = {n, h, w, c * b * b};
        const Shape wide = {n, h * b, w * b, c};
        Tensor in = input(random, deep);
        const bool crd = random.chance(0.5);
        module::DepthToSpace to_space("depth_to_space", b, crd);
        check(to_space, in.get(), wide, [&](const Shape &at) {
            const int block = at[1] % b * b + at[2] % b;
            return Shape{at[0], at[1] / b, at[2] / b, crd ? at[3] * b * b + block : block * c + at[3]};
        });
        in = input(random, wide);
        module::SpaceToDepth to_depth("space_to_depth", b);
        check(to_depth, in.get(), deep, [&](const Shape &at) {
            const int block = at[3] % (b * b);
            return Shape{at[0], at[1] * b + block / b, at[2] * b + block % b, at[3] / (b * b)};
        });
    });
}

TEST_P(Move, StreamingCache) {
    for_each_case([&](Random &random) {
        pick_types(random, false);
        Shape shape = random.shape(1, 5);
        const int axis = random.integer(0, (int)shape.size() - 1);
        const int window = random.integer(1, 6);
        module::StreamingCache module("cache", window, signed_axis(random, axis, (int)shape.size()));
        for (int round = 0; round < 2; round++) {
            std::vector<Tensor> chunks;
            for (int k = 0; k < 4; k++) {
                chunks.push_back(input(random, shape));
                Shape out = shape;
                out[axis] += window - 1;
                Tensor output = make(out, m_out_type, m_out_exponent);
                module.run(chunks.back().get(), output.get());
                std::vector<double> expected;
                for (int i = 0; i < output->size; i++) {
                    Shape at = coordinates(out, i);
                    // Frames before the first chunk are zeros.
                    const int frame = k * shape[axis] + at[axis] - (window - 1);
                    at[axis] = frame % std::max(shape[axis], 1);
                    expected.push_back(frame < 0 ? 0 : value(chunks[frame / shape[axis]].get(), flat(shape, at)));
                }
                ASSERT_TRUE(holds(output.get(), expected)) << "chunk " << k;
            }
            module.reset();
        }
    });
}

INSTANTIATE_TEST_SUITE_P(Types, Move,
                         ::testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT, DATA_TYPE_BOOL),
                         [](const auto &info) { return std::string(tool::dtype_to_string(info.param)); });

TEST(MoveKernels, AgreeWithTheReferenceBitByBit) {
    KernelCases ran;
    for_each_case(
        [&](Random &random) {
            const dtype_t type = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
            const int largest = random.chance(0.01) ? 200000 : 4000;
            Shape shape;
            for (int k = random.integer(2, 4); k > 0; k--) {
                shape.push_back(random.integer(1, 70));
                while (tool::shape_size(shape) > largest) {
                    shape.back() = (shape.back() + 1) / 2;
                }
            }
            Tensor in = make_random(random, shape, type, -3);
            Shape perm(shape.size());
            for (size_t i = 0; i < perm.size(); i++) {
                perm[i] = (int)i;
            }
            std::shuffle(perm.begin(), perm.end(), random.engine());
            Shape out;
            for (int axis : perm) {
                out.push_back(shape[axis]);
            }
            const int exponent = random.chance(0.8) ? -3 : -4;
            ran.add(expect_isas_agree(out, type, exponent, [&](TensorBase *output) {
                module::Transpose module("transpose", perm);
                module.run(in.get(), output);
                return std::string(module.kernel_name());
            }));
        },
        27000);
    ran.expect(2000, 4);
}

TEST(MoveShapes, SqueezeLeavesAloneWhatIsNoAxisOfOneElement) {
    std::vector<Shape> in = {{1, 3, 4}};
    EXPECT_EQ(module::Squeeze(Shape{0, 1, 3}).get_output_shape(in), (std::vector<Shape>{{3, 4}}));
}

TEST(MoveRefusals, NothingThatDoesNotFitIsComputed) {
    std::vector<Shape> in = {{2, 3, 4}};
    EXPECT_TRUE(module::Transpose("t", {0, 1}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Transpose("t", {0, 1, 1}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Transpose("t", {0, 1, 3}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Transpose("t", {0, 1, -4}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Reshape({5, -1}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Reshape({-1, -1}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Reshape({2, 3, 4, 0}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Reshape({0, -1}, true).get_output_shape(in).empty());
    EXPECT_TRUE(module::Reshape({INT32_MAX, INT32_MAX}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Flatten("f", 4).get_output_shape(in).empty());
    EXPECT_TRUE(module::Unsqueeze(Shape{0, 0}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Unsqueeze(Shape{4}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Slice("s", {0}, {0}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Slice("s", {0}, {2}, {3}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Slice("s", {0}, {2}, {0}, {0}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Slice("s", {0, 0}, {2}).get_output_shape(in).empty());
    EXPECT_TRUE(module::Split({1, 1, 1}, 2).get_output_shape(in).empty());
    EXPECT_TRUE(module::Split({5, -1}, 2).get_output_shape(in).empty());
    EXPECT_TRUE(module::Split(nullptr, 0, 5).get_output_shape(in).empty());
    EXPECT_TRUE(module::StreamingCache("c", 0, 1).get_output_shape(in).empty());
    EXPECT_TRUE(module::StreamingCache("c", INT32_MAX, 1).get_output_shape(in).empty());
    EXPECT_TRUE(module::DepthToSpace("d", 2).get_output_shape(in).empty());
    std::vector<Shape> images = {{1, 3, 4, 6}};
    EXPECT_TRUE(module::DepthToSpace("d", 2).get_output_shape(images).empty());
    EXPECT_TRUE(module::SpaceToDepth("d", 2).get_output_shape(images).empty());
    EXPECT_TRUE(module::SpaceToDepth("d", 0).get_output_shape(images).empty());
    std::vector<Shape> two = {{2, 3, 4}, {2, 2, 4}};
    EXPECT_TRUE(module::Concat("c", 0).get_output_shape(two).empty());
    EXPECT_TRUE(module::Concat("c", 3).get_output_shape(two).empty());
    EXPECT_EQ(module::Concat("c", 1).get_output_shape(two), (std::vector<Shape>{{2, 5, 4}}));

    // A type that cannot be converted leaves the output as it was.
    Tensor from = make({4}, DATA_TYPE_BOOL);
    Tensor to = make({4}, DATA_TYPE_INT8);
    to->memset(7);
    module::Transpose module("t", {0});
    module.run(from.get(), to.get());
    EXPECT_EQ(stored(to.get(), 0), 7);
}

}  // namespace
