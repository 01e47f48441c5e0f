// Operators on one tensor against their float64 definition, on random sizes, exponents, types, tables and both rounding
// rules.
#include <cmath>
#include <functional>

#include "dl_module_elementwise.hpp"
#include "dl_module_unary.hpp"
#include "op_test.hpp"

namespace {

using namespace dl;
using namespace op_test;
using module::Module;

struct Definition {
    const char *name;
    std::function<Module *()> make;
    std::function<double(double)> apply;
    double float_error;
    double absolute_error;  ///< per unit of the largest input
};

double clamp(double x, double low, double high) {
    return std::min(std::max(x, low), high);
}
double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}
double gelu(double x) {
    return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
}
double sign(double x) {
    return (x > 0) - (x < 0);
}

const Definition s_definitions[] = {
    {"Abs", [] { return new module::Abs(); }, [](double x) { return std::abs(x); }, 0, 0},
    {"Atan", [] { return new module::UnaryOp<base::UNARY_ATAN>(); }, [](double x) { return std::atan(x); }, 1e-6, 0},
    {"Ceil", [] { return new module::Ceil(); }, [](double x) { return std::ceil(x); }, 0, 0},
    {"Clip", [] { return new module::Clip(NULL, -1.5f, 2.25f); }, [](double x) { return clamp(x, -1.5, 2.25); }, 0, 0},
    {"Cos", [] { return new module::Cos(); }, [](double x) { return std::cos(x); }, 1e-6, 1e-9},
    {"Elu", [] { return new module::Elu(NULL, 0.5f); }, [](double x) { return x < 0 ? 0.5 * std::expm1(x) : x; }, 1e-6,
     0},
    {"Erf", [] { return new module::Erf(); }, [](double x) { return std::erf(x); }, 1e-6, 0},
    {"Exp", [] { return new module::Exp(); }, [](double x) { return std::exp(x); }, 1e-6, 1e-37},
    {"Floor", [] { return new module::Floor(); }, [](double x) { return std::floor(x); }, 0, 0},
    {"Gelu", [] { return new module::Gelu(); }, gelu, 1e-6, 1e-7},
    {"HardSigmoid", [] { return new module::HardSigmoid(NULL, 0.125f, 0.25f); },
     [](double x) { return clamp(0.125 * x + 0.25, 0, 1); }, 1e-6, 1e-7},
    {"HardSwish", [] { return new module::HardSwish(); }, [](double x) { return x * clamp(x / 6 + 0.5, 0, 1); }, 1e-6,
     1e-7},
    {"LeakyRelu", [] { return new module::LeakyRelu(NULL, 0.375f); }, [](double x) { return x < 0 ? 0.375 * x : x; },
     1e-7, 0},
    {"Log", [] { return new module::Log(); }, [](double x) { return std::log(x); }, 1e-6, 1e-9},
    {"Neg", [] { return new module::Neg(); }, [](double x) { return -x; }, 0, 0},
    {"Reciprocal", [] { return new module::Reciprocal(); }, [](double x) { return 1 / x; }, 1e-6, 0},
    {"Relu", [] { return new module::Relu(); }, [](double x) { return std::max(x, 0.0); }, 0, 0},
    {"Requantize", [] { return new module::RequantizeLinear(); }, [](double x) { return x; }, 0, 0},
    {"Round", [] { return new module::Round(); }, [](double x) { return std::nearbyint(x); }, 0, 0},
    {"Sigmoid", [] { return new module::Sigmoid(); }, sigmoid, 1e-6, 1e-30},
    {"Sign", [] { return new module::Sign(); }, sign, 0, 0},
    {"Sin", [] { return new module::Sin(); }, [](double x) { return std::sin(x); }, 1e-6, 1e-9},
    {"Softplus", [] { return new module::Softplus(); }, [](double x) { return x > 30 ? x : std::log1p(std::exp(x)); },
     1e-6, 1e-7},
    {"Softsign", [] { return new module::UnaryOp<base::UNARY_SOFTSIGN>(); },
     [](double x) { return x / (1 + std::abs(x)); }, 1e-6, 1e-30},
    {"Sqrt", [] { return new module::Sqrt(); }, [](double x) { return std::sqrt(x); }, 1e-6, 0},
    {"Swish", [] { return new module::Swish(); }, [](double x) { return x * sigmoid(x); }, 1e-6, 1e-30},
    {"Tan", [] { return new module::UnaryOp<base::UNARY_TAN>(); }, [](double x) { return std::tan(x); }, 1e-6, 0},
    {"Tanh", [] { return new module::Tanh(); }, [](double x) { return std::tanh(x); }, 1e-6, 0},
};

/** Mostly small tensors, now and then one of several blocks. */
std::vector<int> random_shape(Random &random) {
    return random.chance(0.1) ? std::vector<int>{random.integer(4000, 13000)} : random.shape();
}

class Function : public testing::TestWithParam<std::tuple<Definition, dtype_t>> {};

TEST_P(Function, EqualsDefinition) {
    const auto &[definition, dtype] = GetParam();
    set_thread_count(3);
    const auto body = [&, &definition = definition, &dtype = dtype](Random &random) {
        const std::vector<int> shape = random_shape(random);
        const int exponent = random.integer(dtype == DATA_TYPE_INT8 ? -7 : -15, -1);
        Tensor input = make_random(random, shape, dtype, exponent);
        std::vector<double> expected;
        double largest = 0;
        for (int i = 0; i < input->size; i++) {
            expected.push_back(definition.apply(value(input.get(), i)));
            largest = std::max(largest, std::abs(value(input.get(), i)));
        }
        const dtype_t out_type =
            random.chance(0.8) ? dtype : random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
        const int out_exponent = random.chance(0.3) ? exponent : random.integer(-15, 0);
        const bool in_place = random.chance(0.3) && tool::dtype_size(out_type) <= tool::dtype_size(dtype);
        Tensor output = in_place
                            ? std::make_unique<TensorBase>(
                                  shape, input->data, out_type == DATA_TYPE_FLOAT ? 0 : out_exponent, out_type, false)
                            : make(shape, out_type, out_exponent);
        std::unique_ptr<Module> module(definition.make());
        module->run(input.get(), output.get(), random.chance(0.3) ? RUNTIME_MODE_MULTI_CORE : RUNTIME_MODE_SINGLE_CORE);
        SCOPED_TRACE(module->kernel_name());
        EXPECT_TRUE(holds(output.get(), expected, definition.float_error, definition.absolute_error * largest));
    };
    for_each_isa([&] { for_each_case(body); });
    set_thread_count(1);
}

INSTANTIATE_TEST_SUITE_P(Operators, Function,
                         testing::Combine(testing::ValuesIn(s_definitions),
                                          testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT)),
                         [](const auto &info) {
                             return std::string(std::get<0>(info.param).name) + "_" +
                                    tool::dtype_to_string(std::get<1>(info.param));
                         });

/** Every instruction set gives the same 65536 results, for both rounding rules. */
TEST(Function, AllValuesOfInt16) {
    std::set<std::string> kernels;
    for (const Definition &definition : s_definitions) {
        SCOPED_TRACE(definition.name);
        for_each_case(
            [&](Random &random) {
                Tensor input = make({65536}, DATA_TYPE_INT16, random.integer(-15, 0));
                for (int i = 0; i < input->size; i++) {
                    input->get_element_ptr<int16_t>()[i] = (int16_t)(i - 32768);
                }
                const dtype_t out_type = random.chance(0.8) ? DATA_TYPE_INT16 : DATA_TYPE_INT8;
                const auto run = [&](TensorBase *output) {
                    std::unique_ptr<Module> module(definition.make());
                    module->run(input.get(), output);
                    return std::string(module->kernel_name());
                };
                kernels.merge(expect_isas_agree({65536}, out_type, random.integer(-15, 0), run));
            },
            8);
    }
    for (base::isa_t isa : {base::ISA_AVX2, base::ISA_NEON_DOTPROD}) {
        const std::string kernel = std::string("dl_") + base::isa_name(isa) + "_s16_lut_8";
        EXPECT_EQ(kernels.count(kernel), base::isa_supported(isa) ? 1u : 0u) << kernel;
    }
}

class Conversion : public testing::TestWithParam<std::tuple<dtype_t, dtype_t>> {};

TEST_P(Conversion, RoundsOnceAndSaturates) {
    const auto [from, to] = GetParam();
    const auto body = [from = from, to = to](Random &random) {
        const std::vector<int> shape = random_shape(random);
        Tensor input = make_random(random, shape, from, random.integer(-12, 3), random.chance(0.5) ? 4 : 4e4);
        Tensor output = make(shape, to, random.integer(-14, 5));
        std::vector<double> expected;
        for (int i = 0; i < input->size; i++) {
            if (from == DATA_TYPE_FLOAT && random.chance(0.05)) {
                // Ties, and what no integer holds.
                set_stored(input.get(), i,
                           random.pick({0.5, -0.5, 1.5, -2.5, 1e30, -1e30, (double)NAN, (double)INFINITY}));
            }
            expected.push_back(value(input.get(), i));
        }
        module::RequantizeLinear module;
        module.run(input.get(), output.get());
        SCOPED_TRACE(module.kernel_name());
        EXPECT_TRUE(holds(output.get(), expected));
    };
    for_each_isa([&] { for_each_case(body); });
}

INSTANTIATE_TEST_SUITE_P(Types, Conversion,
                         testing::Combine(testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT),
                                          testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT)),
                         [](const auto &info) {
                             return std::string(tool::dtype_to_string(std::get<0>(info.param))) + "_to_" +
                                    tool::dtype_to_string(std::get<1>(info.param));
                         });

TEST_P(Conversion, KernelsAgreeBitForBit) {
    const auto [from, to] = GetParam();
    // int16 to int16 has kernels of its own.
    const int cases = from == DATA_TYPE_INT16 && to == DATA_TYPE_INT16 ? 1000 : CASES;
    std::set<std::string> kernels;
    for (bool relu : {false, true}) {
        for_each_case(
            [&, from = from, to = to](Random &random) {
                const std::vector<int> shape = {random.chance(0.1) ? random.integer(4090, 4300)
                                                                   : random.integer(1, 200)};
                Tensor input = make_random(random, shape, from, random.integer(-12, 3), random.chance(0.5) ? 4 : 4e4);
                for (int i = 0; from == DATA_TYPE_FLOAT && i < input->size; i += 3) {
                    // Next to a tie, and what no integer holds.
                    set_stored(input.get(), i,
                               random.pick({0.49999997, -0.50000006, 2.5, 8388609.0, -4194303.5, (double)NAN,
                                            (double)INFINITY, -(double)INFINITY, -0.0, 1e-45, 3e38}));
                }
                const auto ran = expect_isas_agree(shape, to, random.integer(-14, 5), [&](TensorBase *output) {
                    module::RequantizeLinear convert;
                    module::Relu rectify;
                    Module &module = relu ? static_cast<Module &>(rectify) : convert;
                    module.run(input.get(), output);
                    return std::string(module.kernel_name());
                });
                kernels.insert(ran.begin(), ran.end());
            },
            cases);
    }
    if (base::isa_level() != base::ISA_REFERENCE) {
        EXPECT_GE(kernels.size(), 2u) << testing::PrintToString(kernels);
    }
}

TEST(Lut, KernelsAgreeBitForBit) {
    std::set<std::string> kernels;
    const auto body = [&](Random &random) {
        const std::vector<int> shape = {random.integer(1, random.chance(0.1) ? 300 : 8),
                                        random.chance(0.1) ? random.integer(4090, 4300) : random.integer(1, 200)};
        const std::vector<int> gaps = random_gaps(random, 2);
        Tensor input = make_random(random, shape, DATA_TYPE_INT8, -5);
        const Tensor table = make_random(random, {256}, DATA_TYPE_INT8, -6);
        const auto ran = expect_isas_agree(shape, DATA_TYPE_INT8, -6, [&](TensorBase *output) {
            TensorBase *copy = new TensorBase({256}, table->data, -6, DATA_TYPE_INT8);
            module::LUT module(NULL, MODULE_NON_INPLACE, QUANT_TYPE_SYMM_8BIT, copy);
            run_with_gaps(module, {input.get()}, {output}, gaps);
            return std::string(module.kernel_name());
        });
        kernels.insert(ran.begin(), ran.end());
    };
    for_each_case(body, 2000);
    if (base::isa_level() != base::ISA_REFERENCE) {
        EXPECT_GE(kernels.size(), 2u) << testing::PrintToString(kernels);
    }
}

TEST(Lut, EightBitsReadTheFilesTable) {
    const auto body = [](Random &random) {
        const std::vector<int> shape = random_shape(random);
        Tensor input = make_random(random, shape, DATA_TYPE_INT8, -5), output = make(shape, DATA_TYPE_INT8, -6);
        Tensor table = make_random(random, {256}, DATA_TYPE_INT8, -6);
        std::vector<double> expected;
        for (int i = 0; i < input->size; i++) {
            expected.push_back(value(table.get(), (int)stored(input.get(), i) + 128));
        }
        // Any function gives way to the file's table.
        module::Tanh module(NULL, MODULE_NON_INPLACE, QUANT_TYPE_SYMM_8BIT, table.release());
        module.run(input.get(), output.get());
        SCOPED_TRACE(module.kernel_name());
        EXPECT_TRUE(holds(output.get(), expected));
    };
    for_each_isa([&] { for_each_case(body); });
}

TEST(Lut, SixteenBitsReadTheNearestEntry) {
    const auto body = [](Random &random) {
        const std::vector<int> shape = random_shape(random);
        const int step = 1 << random.integer(0, 15);
        Tensor input = make_random(random, shape, DATA_TYPE_INT16, -12), output = make(shape, DATA_TYPE_INT16, -14);
        const bool with_end = step > 1 || random.chance(0.5);
        Tensor table = make_random(random, {65536 / step + with_end}, DATA_TYPE_INT16, -14);
        std::vector<double> expected;
        for (int i = 0; i < input->size; i++) {
            const double index = round_by_target((stored(input.get(), i) + 32768) / step);
            expected.push_back(value(table.get(), (int)index));
        }
        module::LUT module(NULL, MODULE_NON_INPLACE, QUANT_TYPE_SYMM_16BIT, table.release());
        module.run(input.get(), output.get());
        SCOPED_TRACE("step " + std::to_string(step));
        EXPECT_TRUE(holds(output.get(), expected));
    };
    for_each_isa([&] { for_each_case(body); });
}

TEST(Lut, OtherSixteenBitFunctionsIgnoreTheTable) {
    Tensor input = make({3}, DATA_TYPE_INT16, -8), output = make({3}, DATA_TYPE_INT16, -15);
    for (int i = 0; i < 3; i++) {
        set_stored(input.get(), i, 100 * i - 100);
    }
    std::vector<double> expected;
    for (int i = 0; i < 3; i++) {
        expected.push_back(std::tanh(value(input.get(), i)));
    }
    module::Tanh module(NULL, MODULE_NON_INPLACE, QUANT_TYPE_SYMM_16BIT, make({257}, DATA_TYPE_INT16, -15).release());
    module.run(input.get(), output.get());
    EXPECT_TRUE(holds(output.get(), expected, 1e-6));
}

TEST(Lut, RefusesTablesOfTheWrongSize) {
    Tensor input8 = make({4}, DATA_TYPE_INT8), output8 = make({4}, DATA_TYPE_INT8);
    Tensor input16 = make({4}, DATA_TYPE_INT16), output16 = make({4}, DATA_TYPE_INT16);
    const auto refused = [](TensorBase *table, TensorBase *input, TensorBase *output) {
        output->memset(0x55);
        module::LUT(NULL, MODULE_NON_INPLACE, QUANT_TYPE_NONE, table).run(input, output);
        return static_cast<int8_t *>(output->data)[0] == 0x55;
    };
    EXPECT_TRUE(refused(nullptr, input8.get(), output8.get()));
    EXPECT_TRUE(refused(make({255}, DATA_TYPE_INT8).release(), input8.get(), output8.get()));
    EXPECT_TRUE(refused(make({256}, DATA_TYPE_INT16).release(), input8.get(), output8.get()));
    EXPECT_FALSE(refused(make({256}, DATA_TYPE_INT8).release(), input8.get(), output8.get()));
    EXPECT_TRUE(refused(make({256}, DATA_TYPE_INT8).release(), input16.get(), output16.get()));
    EXPECT_TRUE(refused(make({256}, DATA_TYPE_INT16).release(), input16.get(), output16.get()));
    EXPECT_TRUE(refused(make({1}, DATA_TYPE_INT16).release(), input16.get(), output16.get()));
    EXPECT_TRUE(refused(make({100000}, DATA_TYPE_INT16).release(), input16.get(), output16.get()));
    EXPECT_FALSE(refused(make({257}, DATA_TYPE_INT16).release(), input16.get(), output16.get()));
    EXPECT_FALSE(refused(make({2}, DATA_TYPE_INT16).release(), input16.get(), output16.get()));
}

TEST(Clip, BoundsAreInputs) {
    Tensor input = make({4}, DATA_TYPE_INT16, -4), output = make({4}, DATA_TYPE_INT16, -4);
    Tensor low = make({1}, DATA_TYPE_INT8, -2), high = make({1}, DATA_TYPE_FLOAT);
    set_stored(low.get(), 0, -6);
    set_stored(high.get(), 0, 2.5);
    std::vector<double> expected, only_low;
    for (int i = 0; i < 4; i++) {
        set_stored(input.get(), i, 40 * i - 60);
        expected.push_back(clamp(value(input.get(), i), -1.5, 2.5));
        only_low.push_back(std::max(value(input.get(), i), -1.5));
    }
    module::Clip clip;
    clip.run({input.get(), low.get(), high.get()}, {output.get()});
    EXPECT_TRUE(holds(output.get(), expected));
    clip.run({input.get(), low.get(), nullptr}, {output.get()});
    EXPECT_TRUE(holds(output.get(), only_low));
}

TEST(Not, IsLogical) {
    Tensor input = make({5}, DATA_TYPE_BOOL), output = make({5}, DATA_TYPE_BOOL);
    for (int i = 0; i < 5; i++) {
        set_stored(input.get(), i, i % 3);
    }
    module::Not().run(input.get(), output.get());
    EXPECT_TRUE(holds(output.get(), {1, 0, 0, 1, 0}));
}

TEST(Identity, KeepsTheValue) {
    Tensor input = make({5}, DATA_TYPE_INT8, -3), same = make({5}, DATA_TYPE_INT8, -3),
           other = make({5}, DATA_TYPE_INT8), wide = make({5}, DATA_TYPE_INT64), wide_out = make({5}, DATA_TYPE_INT64);
    input->memset(24);
    wide->memset(1);
    module::Identity identity;
    identity.run(input.get(), same.get());
    EXPECT_EQ(stored(same.get(), 4), 24);
    identity.run(input.get(), other.get());
    EXPECT_EQ(stored(other.get(), 4), 3);
    identity.run(wide.get(), wide_out.get());
    EXPECT_EQ(memcmp(wide->data, wide_out->data, 5 * sizeof(int64_t)), 0);
}

}  // namespace
