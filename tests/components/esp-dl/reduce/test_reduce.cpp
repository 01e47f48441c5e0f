// Reductions against their float64 definition, on random shapes, axes, exponents, types and both rounding rules.
#include <cmath>
#include <functional>

#include "dl_module_reduce.hpp"
#include "op_test.hpp"

namespace {

using namespace dl;
using namespace op_test;
using module::Module;

struct Definition {
    const char *name;
    base::reduce_t op;
    std::function<double(const std::vector<double> &)> apply;
    double float_error;
    double absolute_error;  ///< for float tensors
};

double sum(const std::vector<double> &all, const std::function<double(double)> &term) {
    double result = 0;
    for (double x : all) {
        result += term(x);
    }
    return result;
}

double identity(double x) {
    return x;
}
double square(double x) {
    return x * x;
}

const Definition s_definitions[] = {
    {"L1", base::REDUCE_L1, [](const auto &all) { return sum(all, [](double x) { return std::abs(x); }); }, 1e-6, 1e-3},
    {"L2", base::REDUCE_L2, [](const auto &all) { return std::sqrt(sum(all, square)); }, 1e-6, 1e-3},
    {"LogSum", base::REDUCE_LOG_SUM, [](const auto &all) { return std::log(sum(all, identity)); }, 1e-6, 1e-6},
    {"LogSumExp", base::REDUCE_LOG_SUM_EXP,
     [](const auto &all) {
         const double top = *std::max_element(all.begin(), all.end());
         return std::log(sum(all, [&](double x) { return std::exp(x - top); })) + top;
     },
     1e-5, 1e-5},
    {"Max", base::REDUCE_MAX, [](const auto &all) { return *std::max_element(all.begin(), all.end()); }, 0, 0},
    {"Mean", base::REDUCE_MEAN, [](const auto &all) { return sum(all, identity) / all.size(); }, 1e-6, 1e-5},
    {"Min", base::REDUCE_MIN, [](const auto &all) { return *std::min_element(all.begin(), all.end()); }, 0, 0},
    {"Prod", base::REDUCE_PROD,
     [](const auto &all) {
         double result = 1;
         for (double x : all) {
             result *= x;
         }
         return result;
     },
     5e-4, 1e-30},
    {"Sum", base::REDUCE_SUM, [](const auto &all) { return sum(all, identity); }, 1e-6, 1e-3},
    {"SumSquare", base::REDUCE_SUM_SQUARE, [](const auto &all) { return sum(all, square); }, 1e-6, 1e-2},
};

class Reduction : public testing::TestWithParam<std::tuple<Definition, dtype_t>> {};

TEST_P(Reduction, EqualsDefinition) {
    const auto &[definition, dtype] = GetParam();
    set_thread_count(3);
    for_each_case([&, &definition = definition, &dtype = dtype](Random &random) {
        const std::vector<int> shape = random.shape();
        const int rank = (int)shape.size();
        std::vector<bool> flags(rank, false);
        std::vector<int> axes;
        for (int axis = 0; axis < rank; axis++) {
            if (random.chance(0.5)) {
                flags[axis] = true;
                axes.push_back(random.chance(0.5) ? axis : axis - rank);
            }
        }
        const bool noop = random.chance(0.2);
        if (axes.empty() && !noop) {
            flags.assign(rank, true);
        }
        const bool keepdims = random.chance(0.5);
        std::vector<int> out_shape;
        for (int axis = 0; axis < rank; axis++) {
            if (!flags[axis] || keepdims) {
                out_shape.push_back(flags[axis] ? 1 : shape[axis]);
            }
        }
        // Products stay within +-1, so that no intermediate result leaves the range of float.
        const bool product = definition.op == base::REDUCE_PROD;
        const int exponent = product ? (dtype == DATA_TYPE_INT8 ? -7 : -15) : random.integer(-12, 0);
        Tensor input = make_random(random, shape, dtype, exponent, product ? 1 : 8);
        std::vector<std::vector<double>> members(std::max<int64_t>(1, tool::shape_size(out_shape)));
        for (int i = 0; i < input->size; i++) {
            int rest = i;
            int at = 0;
            int stride = 1;
            for (int axis = rank - 1; axis >= 0; axis--) {
                if (!flags[axis]) {
                    at += rest % shape[axis] * stride;
                    stride *= shape[axis];
                }
                rest /= shape[axis];
            }
            members[at].push_back(value(input.get(), i));
        }
        std::vector<double> expected;
        for (const std::vector<double> &all : members) {
            expected.push_back(definition.apply(all));
        }
        Tensor output = make(out_shape.empty() ? std::vector<int>{1} : out_shape, dtype,
                             random.chance(0.5) ? exponent : exponent + random.integer(-3, 8));
        module::Reduce module(definition.op, axes, keepdims, noop);
        module.run(input.get(), output.get(), random.chance(0.3) ? RUNTIME_MODE_MULTI_CORE : RUNTIME_MODE_SINGLE_CORE);
        SCOPED_TRACE("input " + tool::shape_to_string(shape) + ", axes " + vector_to_string(axes));
        EXPECT_TRUE(holds(output.get(), expected, definition.float_error,
                          dtype == DATA_TYPE_FLOAT ? definition.absolute_error : 1e-9));
    });
    set_thread_count(1);
}

INSTANTIATE_TEST_SUITE_P(Operators, Reduction,
                         testing::Combine(testing::ValuesIn(s_definitions),
                                          testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT)),
                         [](const auto &info) {
                             return std::string(std::get<0>(info.param).name) + "_" +
                                    tool::dtype_to_string(std::get<1>(info.param));
                         });

struct KernelGroup {
    const char *kernel;  ///< the operation in the kernel's name
    std::vector<base::reduce_t> operations;
    std::vector<std::vector<int>> axes;  ///< of 4; those that a kernel serves are repeated
};

/** The operations and axes of each vector kernel, and some that it does not serve. */
const KernelGroup s_groups[] = {
    {"reduce",
     {base::REDUCE_SUM, base::REDUCE_MEAN, base::REDUCE_MEAN, base::REDUCE_L1, base::REDUCE_LOG_SUM,
      base::REDUCE_SUM_SQUARE},
     {{2}, {2}, {2}, {1, 2}, {0, 2}, {0, 1, 2}, {1}, {3}}},
    {"reduce_row",
     {base::REDUCE_SUM, base::REDUCE_MEAN, base::REDUCE_L1, base::REDUCE_L2, base::REDUCE_LOG_SUM,
      base::REDUCE_SUM_SQUARE, base::REDUCE_LOG_SUM_EXP},
     {{3}, {3}, {3}, {2, 3}, {1, 3}, {0, 1, 3}, {0, 1, 2, 3}, {0, 2}}},
    {"reduce_extreme",
     {base::REDUCE_MAX, base::REDUCE_MIN, base::REDUCE_MAX, base::REDUCE_MIN, base::REDUCE_PROD},
     {{2}, {3}, {1, 2}, {0, 2}, {1, 3}, {2, 3}, {0, 1, 2, 3}, {1}}},
};

class ReduceKernels : public testing::TestWithParam<KernelGroup> {};

TEST_P(ReduceKernels, AgreeWithTheReferenceBitByBit) {
    const KernelGroup &group = GetParam();
    KernelCases ran;
    for_each_case(
        [&](Random &random) {
            const dtype_t type = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16});
            // Some columns have more elements than a float sums exactly; some rows more than lanes of 32 bits do.
            const int rows = random.chance(0.1) ? random.integer(500, 1600) : random.integer(1, 40);
            const bool is_wide = rows <= 40 && random.chance(0.7);
            Shape shape = {random.integer(1, 3), random.integer(1, 3), rows,
                           is_wide ? random.integer(32, 200) : random.integer(1, 40)};
            if (random.chance(0.004)) {
                shape = {1, 1, random.integer(1, 2), random.integer(65000, 140000)};
            }
            const Shape &axes = group.axes[random.integer(0, static_cast<int>(group.axes.size()) - 1)];
            const int exponent = random.integer(-12, 3);
            Tensor input = make_random(random, shape, type, exponent, random.pick({0.1, 8.0, 1000.0}));
            if (random.chance(0.1)) {
                for (int i = 0; i < input->size; i++) {
                    set_stored(input.get(), i, type == DATA_TYPE_INT8 ? -128 : -32768);
                }
            }
            const base::reduce_t op =
                group.operations[random.integer(0, static_cast<int>(group.operations.size()) - 1)];
            Shape out_shape = shape;
            for (int axis : axes) {
                out_shape[axis] = 1;
            }
            const auto reduce = [&](TensorBase *out) {
                module::Reduce module(op, axes, true);
                module.run(input.get(), out);
                return std::string(module.kernel_name());
            };
            const dtype_t out_type = random.pick({type, type, DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
            std::set<std::string> kernels =
                expect_isas_agree(out_shape, out_type, exponent + random.integer(-3, 12), reduce, type);
            std::erase_if(kernels, [&](const std::string &name) {
                const base::KernelNameParts parts = base::parse_kernel_name(name.c_str());
                return name.substr(parts.operation, parts.operation_length) != group.kernel;
            });
            ran.add(kernels);
        },
        9000);
    ran.expect(2000, 2);
}

INSTANTIATE_TEST_SUITE_P(Groups, ReduceKernels, testing::ValuesIn(s_groups),
                         [](const auto &info) { return info.param.kernel; });

TEST(Reduce, RefusesAxesThatDoNotExist) {
    std::vector<std::vector<int>> shapes = {{2, 3}};
    EXPECT_THAT(module::ReduceSum({2}).get_output_shape(shapes), testing::IsEmpty());
    EXPECT_THAT(module::ReduceSum({-3}).get_output_shape(shapes), testing::IsEmpty());
    EXPECT_THAT(module::ReduceSum({-2}).get_output_shape(shapes), testing::ElementsAre(testing::ElementsAre(1, 3)));
    EXPECT_THAT(module::ReduceSum({0, 1}, false).get_output_shape(shapes),
                testing::ElementsAre(testing::ElementsAre(1)));
}

TEST(Reduce, NanReachesTheExtrema) {
    Tensor input = make({3}, DATA_TYPE_FLOAT), output = make({1}, DATA_TYPE_FLOAT);
    for (base::reduce_t op : {base::REDUCE_MAX, base::REDUCE_MIN}) {
        for (int at = 0; at < 3; at++) {
            for (int i = 0; i < 3; i++) {
                set_stored(input.get(), i, i == at ? NAN : i);
            }
            module::Reduce(op, {}, true).run(input.get(), output.get());
            EXPECT_TRUE(std::isnan(stored(output.get(), 0))) << "operation " << op << ", NaN at " << at;
        }
    }
}

}  // namespace
