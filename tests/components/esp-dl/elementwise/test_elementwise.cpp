// Element-wise operators against their float64 definition, on random shapes, broadcasts, exponents, types and both
// rounding rules.
#include <cmath>
#include <functional>

#include "dl_module_elementwise.hpp"
#include "op_test.hpp"

namespace {

using namespace dl;
using namespace op_test;
using module::Elementwise;
using module::Module;

struct Definition {
    const char *name;
    std::function<Module *()> make;
    std::function<double(double, double)> apply;
    double float_error;     ///< relative, of the float arithmetic that the operator is defined with
    double absolute_error;  ///< the same, absolute, for float tensors only
    bool variadic = false;
    bool channels_first = false;  ///< of operand 1: its axis 1 belongs to the last axis of the others
};

/** Inputs whose shapes broadcast to a random shape. */
std::vector<std::vector<int>> random_broadcast(Random &random, size_t operands, std::vector<int> &out) {
    out = random.chance(0.05) ? std::vector<int>{random.integer(1, 3), random.integer(4000, 9000)} : random.shape();
    std::vector<std::vector<int>> shapes(operands, out);
    const int kind = random.integer(0, 3);
    for (size_t axis = 0; kind && axis < out.size(); axis++) {
        // All but one operand may be broadcast along this axis.
        const size_t keeper = random.integer(0, (int)operands - 1);
        for (size_t k = 0; k < operands; k++) {
            if (k != keeper && random.chance(0.4)) {
                shapes[k][axis] = 1;
            }
        }
    }
    for (std::vector<int> &shape : shapes) {
        while (!shape.empty() && shape.front() == 1 && random.chance(0.5)) {
            shape.erase(shape.begin());
        }
    }
    // What is left may be smaller than planned: an axis along which nobody kept its length, leading axes that all
    // dropped.
    std::vector<int> dims;
    for (const std::vector<int> &shape : shapes) {
        dims.insert(dims.begin(), std::max(shape.size(), dims.size()) - dims.size(), 1);
        for (size_t i = 0; i < shape.size(); i++) {
            int &dim = dims[dims.size() - shape.size() + i];
            dim = std::max(dim, shape[i]);
        }
    }
    out = dims;
    return shapes;
}

/** The element of a channels-first tensor that lies at flat index i of the channels-last tensor of this shape. */
int channels_first_index(const std::vector<int> &channels_last, int i) {
    const int channels = channels_last.back();
    int space = 1;
    for (size_t axis = 1; axis + 1 < channels_last.size(); axis++) {
        space *= channels_last[axis];
    }
    return i / (space * channels) * space * channels + i % channels * space + i / channels % space;
}

void check(const Definition &definition, dtype_t dtype, bool to_bool) {
    set_thread_count(3);
    for_each_case([&](Random &random) {
        const size_t operands = definition.variadic ? random.integer(1, 4) : 2;
        std::vector<int> out_shape;
        const std::vector<std::vector<int>> shapes = random_broadcast(random, operands, out_shape);
        const int base_exponent = random.integer(-10, 2);
        const bool same = random.chance(0.5);
        std::vector<Tensor> inputs;
        std::vector<TensorBase *> pointers;
        bool is_float = dtype == DATA_TYPE_FLOAT;
        for (const std::vector<int> &shape : shapes) {
            dtype_t in_type = dtype;
            if (dtype != DATA_TYPE_BOOL && random.chance(0.1)) {
                in_type = random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
            }
            is_float = is_float || in_type == DATA_TYPE_FLOAT;
            const int exponent = dtype == DATA_TYPE_BOOL ? 0 : base_exponent + (same ? 0 : random.integer(-3, 3));
            std::vector<int> given = shape;
            if (definition.channels_first && inputs.size() == 1 && out_shape.size() >= 3) {
                given.insert(given.begin(), out_shape.size() - shape.size(), 1);
                std::rotate(given.begin() + 1, given.end() - 1, given.end());
            }
            inputs.push_back(make_random(random, given, in_type, exponent));
            pointers.push_back(inputs.back().get());
        }
        std::vector<double> expected(tool::shape_size(out_shape));
        double largest = 0;
        for (size_t i = 0; i < expected.size(); i++) {
            double result = value(pointers[0], broadcast_index(shapes[0], out_shape, (int)i));
            for (size_t k = 1; k < operands; k++) {
                int at = broadcast_index(shapes[k], out_shape, (int)i);
                if (definition.channels_first && out_shape.size() >= 3) {
                    std::vector<int> padded = shapes[k];
                    padded.insert(padded.begin(), out_shape.size() - padded.size(), 1);
                    at = channels_first_index(padded, at);
                }
                const double operand = value(pointers[k], at);
                largest = std::max({largest, std::abs(result), std::abs(operand)});
                result = definition.apply(result, operand);
            }
            expected[i] = result;
        }
        const dtype_t out_type = to_bool ? DATA_TYPE_BOOL : dtype;
        const int out_exponent = to_bool ? 0 : same ? base_exponent : base_exponent + random.integer(-4, 6);
        // In place where the planner would allow it.
        const bool in_place = random.chance(0.3) && shapes[0] == out_shape &&
                              pointers[0]->get_dtype_bytes() >= tool::dtype_size(out_type);
        Tensor output =
            in_place ? std::make_unique<TensorBase>(out_shape, pointers[0]->data,
                                                    out_type == DATA_TYPE_FLOAT ? 0 : out_exponent, out_type, false)
                     : make(out_shape, out_type, out_exponent);
        std::unique_ptr<Module> module(definition.make());
        module->run(pointers, {output.get()}, random.chance(0.3) ? RUNTIME_MODE_MULTI_CORE : RUNTIME_MODE_SINGLE_CORE);
        SCOPED_TRACE(std::string(module->kernel_name()) + (in_place ? ", in place" : ""));
        EXPECT_TRUE(holds(output.get(), expected, is_float || !to_bool ? definition.float_error : 0,
                          is_float ? definition.absolute_error * largest : 0));
    });
    set_thread_count(1);
}

class Arithmetic : public testing::TestWithParam<std::tuple<Definition, dtype_t>> {};

TEST_P(Arithmetic, EqualsDefinition) {
    const auto &[definition, dtype] = GetParam();
    for_each_isa([&, &definition = definition, &dtype = dtype] { check(definition, dtype, false); });
}

double remainder_of_divisor(double a, double b) {
    return b == 0 ? NAN : a - std::floor(a / b) * b;
}

const Definition s_arithmetic[] = {
    {"Add", [] { return new module::Add(); }, [](double a, double b) { return a + b; }, 0, 1e-6},
    {"Sub", [] { return new module::Sub(); }, [](double a, double b) { return a - b; }, 0, 1e-6},
    {"Mul", [] { return new module::Mul(); }, [](double a, double b) { return a * b; }, 1e-7, 0},
    {"Div", [] { return new module::Div(); }, [](double a, double b) { return a / b; }, 1e-7, 0},
    {"FMod", [] { return new module::Mod(NULL, MODULE_NON_INPLACE, QUANT_TYPE_NONE, 1); },
     [](double a, double b) { return std::fmod(a, b); }, 0, 0},
    {"Pow", [] { return new module::Pow(); }, [](double a, double b) { return std::pow(a, b); }, 2e-5, 1e-30},
    {"Max", [] { return new module::Max(); }, [](double a, double b) { return std::max(a, b); }, 0, 0, true},
    {"Min", [] { return new module::Min(); }, [](double a, double b) { return std::min(a, b); }, 0, 0, true},
    {"Sum", [] { return new module::Sum(); }, [](double a, double b) { return a + b; }, 0, 2e-6, true},
    {"PRelu", [] { return new module::PRelu(); }, [](double a, double b) { return a >= 0 ? a : a * b; }, 1e-7, 0, false,
     true},
};

INSTANTIATE_TEST_SUITE_P(Operators, Arithmetic,
                         testing::Combine(testing::ValuesIn(s_arithmetic),
                                          testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT)),
                         [](const auto &info) {
                             return std::string(std::get<0>(info.param).name) + "_" +
                                    tool::dtype_to_string(std::get<1>(info.param));
                         });

TEST_P(Arithmetic, KernelsAgreeBitForBit) {
    const auto &[definition, dtype] = GetParam();
    const std::string name = definition.name;
    // Only a part of these go to the kernels of sums of one exponent and of products of one byte.
    const bool has_kernel = dtype != DATA_TYPE_FLOAT && (name == "Add" || name == "Sub" || name == "Mul");
    const int cases = has_kernel ? 3000 : CASES;
    std::set<std::string> kernels;
    const auto body = [&, &definition = definition, &dtype = dtype](Random &random) {
        // Rows around the vectors' lengths; an operand that stands still; shifts up to both ends of what the 16-bit
        // products allow.
        const int rows = random.integer(1, 3), row = random.integer(1, 140);
        const std::vector<int> shape = {rows, row};
        const int exponent = random.integer(-9, -1);
        const bool same = random.chance(0.5);
        const std::vector<int> other = random.pick<std::vector<int>>({{rows, row}, {rows, row}, {row}, {rows, 1}, {1}});
        Tensor a = make_random(random, shape, dtype, exponent);
        Tensor b = make_random(random, other, dtype, same ? exponent : exponent + random.integer(-4, 4));
        if (dtype == DATA_TYPE_FLOAT && random.chance(0.3)) {
            for (int i = 0; i < b->size; i += 3) {
                set_stored(b.get(), i, random.pick({0.0, -0.0, (double)NAN, (double)INFINITY, 1e38, 1e-40}));
                set_stored(a.get(), i, random.pick({0.0, -0.0, (double)NAN, -(double)INFINITY, -1e38, 1e-45}));
            }
        }
        const int product = a->get_exponent() + b->get_exponent();
        const int out_exponent = same && random.chance(0.5) ? exponent : random.integer(product - 2, product + 18);
        const auto ran = expect_isas_agree(shape, dtype, out_exponent, [&](TensorBase *output) {
            std::unique_ptr<Module> module(definition.make());
            if (random.chance(0.5)) {
                module->run({a.get(), b.get()}, {output});
            } else {
                module->run({a.get(), b.get()}, {output}, RUNTIME_MODE_MULTI_CORE);
            }
            return std::string(module->kernel_name());
        });
        kernels.insert(ran.begin(), ran.end());
    };
    for_each_case(body, cases);
    std::string list;
    for (const std::string &kernel : kernels) {
        list += (list.empty() ? "" : " ") + kernel;
    }
    RecordProperty("kernels", list);
    if (base::isa_level() != base::ISA_REFERENCE && name != "Pow" && name != "FMod") {
        EXPECT_GE(kernels.size(), 2u) << list;
    }
}

class Comparison : public testing::TestWithParam<std::tuple<Definition, dtype_t>> {};

TEST_P(Comparison, EqualsDefinition) {
    const auto &[definition, dtype] = GetParam();
    for_each_isa([&, &definition = definition, &dtype = dtype] { check(definition, dtype, true); });
}

const Definition s_comparisons[] = {
    {"Equal", [] { return new module::Equal(); }, [](double a, double b) { return a == b; }, 0, 0},
    {"Greater", [] { return new module::Greater(); }, [](double a, double b) { return a > b; }, 0, 0},
    {"GreaterOrEqual", [] { return new module::GreaterOrEqual(); }, [](double a, double b) { return a >= b; }, 0, 0},
    {"Less", [] { return new module::Less(); }, [](double a, double b) { return a < b; }, 0, 0},
    {"LessOrEqual", [] { return new module::LessOrEqual(); }, [](double a, double b) { return a <= b; }, 0, 0},
};

INSTANTIATE_TEST_SUITE_P(Operators, Comparison,
                         testing::Combine(testing::ValuesIn(s_comparisons),
                                          testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT)),
                         [](const auto &info) {
                             return std::string(std::get<0>(info.param).name) + "_" +
                                    tool::dtype_to_string(std::get<1>(info.param));
                         });

class Logic : public testing::TestWithParam<Definition> {};

TEST_P(Logic, EqualsDefinition) {
    check(GetParam(), DATA_TYPE_BOOL, true);
}

const Definition s_logic[] = {
    {"And", [] { return new module::And(); }, [](double a, double b) { return a && b; }, 0, 0},
    {"Or", [] { return new module::Or(); }, [](double a, double b) { return a || b; }, 0, 0},
    {"Xor", [] { return new module::Xor(); }, [](double a, double b) { return !a != !b; }, 0, 0},
};

INSTANTIATE_TEST_SUITE_P(Operators, Logic, testing::ValuesIn(s_logic),
                         [](const auto &info) { return std::string(info.param.name); });

TEST(Mod, TakesTheDivisorsSignWithoutFmod) {
    // The remainder of a rounded float is off by up to the divisor where the quotient is nearly whole, so only exact
    // cases are compared.
    for_each_case([](Random &random) {
        const std::vector<int> shape = random.shape();
        Tensor a = make_random(random, shape, DATA_TYPE_INT8, -3);
        Tensor b = make_random(random, shape, DATA_TYPE_INT8, -4);
        std::vector<double> expected;
        for (int i = 0; i < a->size; i++) {
            expected.push_back(remainder_of_divisor(value(a.get(), i), value(b.get(), i)));
        }
        Tensor out = make(shape, DATA_TYPE_INT8, -4);
        module::Mod(NULL, MODULE_NON_INPLACE, QUANT_TYPE_SYMM_8BIT, 0).run({a.get(), b.get()}, {out.get()});
        EXPECT_TRUE(holds(out.get(), expected));
    });
}

TEST(PRelu, SlopePerChannelBelongsToTheLastAxis) {
    Tensor x = make({1, 2, 2, 3}, DATA_TYPE_INT8, -2);
    Tensor slope = make({3, 1, 1}, DATA_TYPE_INT8, -1);
    Tensor out = make({1, 2, 2, 3}, DATA_TYPE_INT8, -3);
    std::vector<double> expected;
    for (int i = 0; i < 3; i++) {
        set_stored(slope.get(), i, i + 1);
    }
    for (int i = 0; i < x->size; i++) {
        set_stored(x.get(), i, i % 2 ? -8 - i : 8 + i);
        expected.push_back(i % 2 ? value(x.get(), i) * value(slope.get(), i % 3) : value(x.get(), i));
    }
    module::PRelu().run({x.get(), slope.get()}, {out.get()});
    EXPECT_TRUE(holds(out.get(), expected));
}

TEST(Elementwise, RefusesWhatItCannotCompute) {
    const std::vector<int> shape = {2, 3};
    Tensor a = make(shape, DATA_TYPE_INT8), b = make(shape, DATA_TYPE_INT8), c = make({2, 4}, DATA_TYPE_INT8);
    Tensor flags = make(shape, DATA_TYPE_BOOL), out = make(shape, DATA_TYPE_INT8),
           far = make(shape, DATA_TYPE_INT8, 70);
    module::Add add;
    const auto refused = [](Module &module, std::vector<TensorBase *> inputs, TensorBase *output) {
        // run() leaves the output as it was.
        output->memset(0x55);
        module.run(inputs, {output});
        return static_cast<int8_t *>(output->data)[0] == 0x55;
    };
    EXPECT_FALSE(refused(add, {a.get(), b.get()}, out.get()));
    EXPECT_TRUE(refused(add, {a.get(), c.get()}, out.get()));  // shapes that do not broadcast
    EXPECT_TRUE(refused(add, {a.get()}, make(shape, DATA_TYPE_FLOAT16).get()));
    EXPECT_TRUE(refused(add, {a.get(), flags.get()}, out.get()));  // BOOL is no number
    EXPECT_TRUE(refused(add, {a.get(), far.get()}, out.get()));    // exponent out of range
    EXPECT_TRUE(refused(add, {a.get(), nullptr}, out.get()));
    module::And both;
    EXPECT_TRUE(refused(both, {a.get(), b.get()}, flags.get()));
    module::Less less;
    EXPECT_TRUE(refused(less, {a.get(), b.get()}, out.get()));  // a comparison gives BOOL
    Tensor deep_a = make({1, 1, 1, 1, 1, 1, 1, 1, 2}, DATA_TYPE_INT8);
    EXPECT_TRUE(refused(add, {deep_a.get(), deep_a.get()}, make({1, 1, 1, 1, 1, 1, 1, 1, 2}, DATA_TYPE_INT8).get()));
}

}  // namespace
