/**
 * @file op_test.hpp
 * What the property tests of operators share: random tensors, and the definition of quantization in float64, written
 * independently of the kernels.
 */
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "dl_base_kernel.hpp"
#include "dl_module_base.hpp"
#include "dl_target.hpp"
#include "dl_tensor_base.hpp"

namespace op_test {

constexpr int CASES = 200;  ///< per operator and type

/** Of many cases the first quarter where they take ten times as long: under AddressSanitizer, and in an emulator, where
 * DESKBOARD_FEWER_CASES says so. */
inline int share_of(int cases) {
#ifdef DESKBOARD_SANITIZE_ADDRESS
    const bool fewer = true;
#else
    const bool fewer = getenv("DESKBOARD_FEWER_CASES") != nullptr;
#endif
    return fewer && cases > CASES ? std::max(CASES, cases / 4) : cases;
}

using Tensor = std::unique_ptr<dl::TensorBase>;

/** One case's source of randomness. The seed is printed with every failure. */
class Random {
public:
    explicit Random(uint32_t seed) : m_engine(seed) {}
    /** A whole number in [low, high]. */
    int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(m_engine); }
    double real(double low, double high) { return std::uniform_real_distribution<double>(low, high)(m_engine); }
    bool chance(double probability) { return real(0, 1) < probability; }
    template <typename T>
    T pick(std::initializer_list<T> list) {
        return *(list.begin() + integer(0, (int)list.size() - 1));
    }
    /** At most about 2000 elements, so that hundreds of cases take a moment. */
    std::vector<int> shape(int min_rank = 1, int max_rank = 8) {
        std::vector<int> dims(integer(min_rank, max_rank));
        int elements = 1;
        for (int &dim : dims) {
            dim = std::max(1, std::min(integer(1, 9), 2000 / elements));
            elements *= dim;
        }
        std::shuffle(dims.begin(), dims.end(), m_engine);
        return dims;
    }
    std::mt19937 &engine() { return m_engine; }

private:
    std::mt19937 m_engine;
};

inline double lowest(dl::dtype_t dtype) {
    return dtype == dl::DATA_TYPE_INT8 ? -128 : -32768;
}
inline double highest(dl::dtype_t dtype) {
    return dtype == dl::DATA_TYPE_INT8 ? 127 : 32767;
}

/** The stored number at i. */
inline double stored(dl::TensorBase *tensor, int i) {
    const void *data = tensor->get_element_ptr();
    switch (tensor->dtype) {
        case dl::DATA_TYPE_INT8:
            return static_cast<const int8_t *>(data)[i];
        case dl::DATA_TYPE_INT16:
            return static_cast<const int16_t *>(data)[i];
        case dl::DATA_TYPE_INT32:
            return static_cast<const int32_t *>(data)[i];
        case dl::DATA_TYPE_INT64:
            return (double)static_cast<const int64_t *>(data)[i];
        case dl::DATA_TYPE_FLOAT:
            return static_cast<const float *>(data)[i];
        default:
            return static_cast<const uint8_t *>(data)[i];
    }
}

/** The number it stands for. */
inline double value(dl::TensorBase *tensor, int i) {
    const bool quantized = tensor->dtype == dl::DATA_TYPE_INT8 || tensor->dtype == dl::DATA_TYPE_INT16;
    return stored(tensor, i) * (quantized ? std::ldexp(1.0, tensor->get_exponent()) : 1.0);
}

inline void set_stored(dl::TensorBase *tensor, int i, double number) {
    void *data = tensor->get_element_ptr();
    switch (tensor->dtype) {
        case dl::DATA_TYPE_INT8:
            static_cast<int8_t *>(data)[i] = (int8_t)number;
            break;
        case dl::DATA_TYPE_INT16:
            static_cast<int16_t *>(data)[i] = (int16_t)number;
            break;
        case dl::DATA_TYPE_INT32:
            static_cast<int32_t *>(data)[i] = (int32_t)number;
            break;
        case dl::DATA_TYPE_INT64:
            static_cast<int64_t *>(data)[i] = (int64_t)number;
            break;
        case dl::DATA_TYPE_FLOAT:
            static_cast<float *>(data)[i] = (float)number;
            break;
        default:
            static_cast<uint8_t *>(data)[i] = (uint8_t)number;
    }
}

inline Tensor make(const std::vector<int> &shape, dl::dtype_t dtype, int exponent = 0) {
    return std::make_unique<dl::TensorBase>(shape, nullptr, dtype == dl::DATA_TYPE_FLOAT ? 0 : exponent, dtype);
}

/** A tensor of random numbers: all of the range, or small ones, or mostly its ends. Floats lie within +-scale. */
inline Tensor make_random(Random &random, const std::vector<int> &shape, dl::dtype_t dtype, int exponent = 0,
                          double scale = 8) {
    Tensor tensor = make(shape, dtype, exponent);
    const int kind = random.integer(0, 3);
    for (int i = 0; i < tensor->size; i++) {
        double number;
        if (dtype == dl::DATA_TYPE_FLOAT) {
            number = random.real(-scale, scale);
        } else if (dtype == dl::DATA_TYPE_BOOL) {
            number = random.integer(0, 1);
        } else if (kind == 0) {
            number = random.integer(-4, 4);
        } else if (kind == 1 && random.chance(0.5)) {
            number = random.chance(0.5) ? lowest(dtype) : highest(dtype);
        } else {
            number = random.integer((int)lowest(dtype), (int)highest(dtype));
        }
        set_stored(tensor.get(), i, number);
    }
    return tensor;
}

/** The target's rounding, in float64. */
inline double round_by_target(double x) {
    return dl::target() == dl::TARGET_ESP32P4 ? std::nearbyint(x) : std::floor(x + 0.5);
}

/** What a tensor of this type and exponent stores for a number. NaN is stored as 0. */
inline double quantized(double number, dl::dtype_t dtype, int exponent) {
    if (dtype == dl::DATA_TYPE_FLOAT) {
        // Beyond the range of float lies infinity.
        return std::abs(number) > std::numeric_limits<float>::max() ? std::copysign(INFINITY, number) : number;
    }
    if (dtype == dl::DATA_TYPE_BOOL) {
        return number != 0;
    }
    if (std::isnan(number)) {
        return 0;
    }
    return std::min(std::max(round_by_target(std::ldexp(number, -exponent)), lowest(dtype)), highest(dtype));
}

/**
 * Does the tensor hold what the definition says?
 * @param expected the exact result per element, before quantization
 * @param float_error relative error of the operation's float arithmetic. An integer may be off by one, but only where
 * this error reaches the point at which rounding decides; 0: never.
 */
inline ::testing::AssertionResult holds(dl::TensorBase *tensor, const std::vector<double> &expected,
                                        double float_error = 0, double absolute_error = 0) {
    if (tensor->size != (int)expected.size()) {
        return ::testing::AssertionFailure() << tensor->size << " elements instead of " << expected.size();
    }
    for (int i = 0; i < tensor->size; i++) {
        const double got = stored(tensor, i);
        const double want = quantized(expected[i], tensor->dtype, tensor->get_exponent());
        if (got == want || (std::isnan(got) && std::isnan(want))) {
            continue;
        }
        const double error = float_error * std::abs(expected[i]) + absolute_error;
        bool near;
        if (tensor->dtype == dl::DATA_TYPE_FLOAT) {
            near = std::abs(got - want) <= error;
        } else {
            near = quantized(expected[i] - error, tensor->dtype, tensor->get_exponent()) <= got &&
                   got <= quantized(expected[i] + error, tensor->dtype, tensor->get_exponent());
        }
        if (!near) {
            return ::testing::AssertionFailure()
                   << "element " << i << " of " << tensor->size << ", " << tensor->get_dtype_string() << " at 2^"
                   << tensor->get_exponent() << ", is " << got << " instead of " << want << " (exactly "
                   << std::ldexp(expected[i], tensor->dtype == dl::DATA_TYPE_FLOAT ? 0 : -tensor->get_exponent())
                   << ")";
        }
    }
    return ::testing::AssertionSuccess();
}

/** Run `body` for CASES seeds, alternating between the two rounding rules; stop at the first failing case. */
inline void for_each_case(const std::function<void(Random &)> &body, int cases = CASES) {
    const dl::target_t saved = dl::target();
    const int last = share_of(cases);
    for (int seed = 1; seed <= last && !::testing::Test::HasFailure(); seed++) {
        dl::set_target(seed % 2 ? dl::TARGET_ESP32P4 : dl::TARGET_ESP32S3);
        SCOPED_TRACE("seed " + std::to_string(seed) + ", " + dl::target_name(dl::target()));
        Random random(seed);
        body(random);
    }
    dl::set_target(saved);
}

/** Every instruction set that this machine can run, one after the other, the reference first; AVX512-VNNI also as if
 * there were no VBMI. */
inline void for_each_isa(const std::function<void()> &body) {
    const dl::base::isa_t saved = dl::base::isa_level();
    for (int isa = dl::base::ISA_REFERENCE; isa < dl::base::ISA_MAX; isa++) {
        if (dl::base::set_isa_level((dl::base::isa_t)isa)) {
            SCOPED_TRACE(std::string("kernels: ") + dl::base::isa_name((dl::base::isa_t)isa));
            body();
            if (isa == dl::base::ISA_AVX512VNNI && dl::base::vbmi_enabled()) {
                SCOPED_TRACE("without VBMI");
                dl::base::set_vbmi(false);
                body();
                dl::base::set_vbmi(true);
            }
        }
    }
    dl::base::set_isa_level(saved);
}

/** Do the kernel's name and the type of a tensor that it reads go together? */
inline ::testing::AssertionResult name_has_type(const std::string &kernel, dl::dtype_t dtype) {
    const dl::base::KernelNameParts parts = dl::base::parse_kernel_name(kernel.c_str());
    if (parts.isa < 0) {
        return ::testing::AssertionFailure() << "'" << kernel << "' is no kernel's name";
    }
    const std::string type = dl::base::KERNEL_TYPES[parts.type];
    const bool is_real = dtype == dl::DATA_TYPE_INT8 || dtype == dl::DATA_TYPE_INT16 || dtype == dl::DATA_TYPE_FLOAT;
    const bool fits = type == "any" || (type == "real" && is_real) || (type == "s8" && dtype == dl::DATA_TYPE_INT8) ||
                      (type == "s16" && dtype == dl::DATA_TYPE_INT16) ||
                      (type == "f32" && dtype == dl::DATA_TYPE_FLOAT) ||
                      type == "x" + std::to_string(8 * dl::tool::dtype_size(dtype));
    return fits ? ::testing::AssertionSuccess()
                : ::testing::AssertionFailure()
                      << kernel << " reads elements of type " << dl::tool::dtype_to_string(dtype);
}

/**
 * Run a module with every instruction set and compare with the reference kernel bit by bit; nothing outside the output
 * may be written. The type in a kernel's name has to be that of the input.
 * @param run called with the output tensor
 * @param in_dtype type of the input, if it is not the output's
 * @return the kernels that ran
 */
inline std::set<std::string> expect_isas_agree(const std::vector<int> &shape, dl::dtype_t dtype, int exponent,
                                               const std::function<std::string(dl::TensorBase *)> &run,
                                               dl::dtype_t in_dtype = dl::DATA_TYPE_MAX) {
    constexpr size_t GUARD = 64;
    const size_t bytes = dl::tool::shape_size(shape) * dl::tool::dtype_size(dtype);
    std::vector<uint8_t> reference;
    std::set<std::string> kernels;
    for_each_isa([&] {
        std::vector<uint8_t> memory(GUARD + bytes + GUARD, 0xa5);
        dl::TensorBase output(shape, memory.data() + GUARD, dtype == dl::DATA_TYPE_FLOAT ? 0 : exponent, dtype, false);
        const std::string kernel = run(&output);
        kernels.insert(kernel);
        EXPECT_TRUE(name_has_type(kernel, in_dtype == dl::DATA_TYPE_MAX ? dtype : in_dtype));
        if (reference.empty()) {
            reference = memory;
            return;
        }
        for (size_t i = 0; i < memory.size(); i++) {
            if (memory[i] != reference[i]) {
                ADD_FAILURE() << kernel << ": byte " << (int64_t)i - (int64_t)GUARD << " of " << bytes << " is "
                              << (int)memory[i] << " instead of " << (int)reference[i];
                return;
            }
        }
    });
    return kernels;
}

/** A tensor's elements with a gap of so many elements behind each row (of the last axis). */
class Spread {
public:
    Spread(dl::TensorBase *tensor, int gap) : m_tensor(tensor) {
        m_row = tensor->shape.back() * tensor->get_dtype_bytes();
        m_pitch = m_row + gap * tensor->get_dtype_bytes();
        m_memory.assign(tensor->get_bytes() / m_row * m_pitch, UNTOUCHED);
        for (size_t i = 0; i * m_pitch < m_memory.size(); i++) {
            memcpy(&m_memory[i * m_pitch], tensor->get_element_ptr<uint8_t>() + i * m_row, m_row);
        }
        spread = std::make_unique<dl::TensorBase>(tensor->shape, m_memory.data(), tensor->get_exponent(), tensor->dtype,
                                                  false);
    }

    /** Are the elements those of the tensor, and the gaps as they were? */
    void expect_same(const char *kernel) const {
        for (size_t i = 0; i * m_pitch < m_memory.size(); i++) {
            const uint8_t *row = &m_memory[i * m_pitch];
            ASSERT_EQ(memcmp(row, m_tensor->get_element_ptr<uint8_t>() + i * m_row, m_row), 0)
                << kernel << ", row " << i;
            for (size_t k = m_row; k < m_pitch; k++) {
                ASSERT_EQ(row[k], UNTOUCHED) << kernel << ", row " << i << ", byte " << k << " behind " << m_row;
            }
        }
    }

    std::unique_ptr<dl::TensorBase> spread;

private:
    static constexpr uint8_t UNTOUCHED = 0x5a;
    dl::TensorBase *m_tensor;
    size_t m_row, m_pitch;
    std::vector<uint8_t> m_memory;
};

/**
 * Run a module, then once more on tensors whose rows have gaps of so many elements between them, as a model does with
 * tensors that are parts of others: the results must be the same, and the gaps of the outputs stay as they are.
 */
inline void run_with_gaps(dl::module::Module &module, const std::vector<dl::TensorBase *> &inputs,
                          const std::vector<dl::TensorBase *> &outputs, const std::vector<int> &gaps) {
    module.run(inputs, outputs);
    std::vector<Spread> in, out;
    dl::ModelContext context;
    module.m_inputs_index.clear();
    module.m_outputs_index.clear();
    for (size_t i = 0; i < inputs.size(); i++) {
        in.emplace_back(inputs[i], gaps[i]);
        module.m_inputs_index.push_back(context.push_back_tensor(in.back().spread.get()));
    }
    for (size_t i = 0; i < outputs.size(); i++) {
        out.emplace_back(outputs[i], gaps[inputs.size() + i]);
        memset(out.back().spread->data, 0, outputs[i]->shape.back() * outputs[i]->get_dtype_bytes());
        module.m_outputs_index.push_back(context.push_back_tensor(out.back().spread.get()));
    }
    ASSERT_EQ(module.check(&context), ESP_OK);
    ASSERT_EQ(module.prepare(&context), ESP_OK);
    dl::module::Fusible *fusible = module.fusible();
    ASSERT_NE(fusible, nullptr);
    for (size_t i = 0; i < inputs.size(); i++) {
        EXPECT_TRUE(fusible->set_input_pitch(i, inputs[i]->shape.back() + gaps[i]));
    }
    for (size_t i = 0; i < outputs.size(); i++) {
        EXPECT_TRUE(fusible->set_output_pitch(i, outputs[i]->shape.back() + gaps[inputs.size() + i]));
    }
    module.forward(&context);
    context.m_variables.assign(1, nullptr);
    for (const Spread &output : out) {
        output.expect_same(module.kernel_name());
    }
}

/** Gaps between rows: often none. */
inline std::vector<int> random_gaps(Random &random, size_t count) {
    std::vector<int> gaps;
    for (size_t i = 0; i < count; i++) {
        gaps.push_back(random.chance(0.4) ? random.integer(1, 70) : 0);
    }
    return gaps;
}

using Shape = std::vector<int>;

/** Where the flat index i lies. */
inline Shape coordinates(const Shape &shape, int i) {
    Shape at(shape.size());
    for (int axis = (int)shape.size() - 1; axis >= 0; axis--) {
        at[axis] = i % shape[axis];
        i /= shape[axis];
    }
    return at;
}

/** The opposite. */
inline int flat(const Shape &shape, const Shape &at) {
    int i = 0;
    for (size_t axis = 0; axis < shape.size(); axis++) {
        EXPECT_TRUE(at[axis] >= 0 && at[axis] < shape[axis]);
        i = i * shape[axis] + at[axis];
    }
    return i;
}

/** How many cases each kernel ran in. */
class KernelCases {
public:
    void add(const std::set<std::string> &kernels) {
        for (const std::string &kernel : kernels) {
            m_cases[kernel]++;
        }
    }
    /** Each optimized kernel in at least `cases`; and there are `kernels` of them, unless they were forbidden. */
    void expect(int cases, int kernels) const {
        int found = 0;
        for (const auto &[kernel, count] : m_cases) {
            if (kernel.find("reference") == std::string::npos) {
                found++;
                EXPECT_GE(count, share_of(cases)) << kernel;
            }
        }
        if (dl::base::isa_level() != dl::base::ISA_REFERENCE) {
            EXPECT_GE(found, kernels);
        }
    }

private:
    std::map<std::string, int> m_cases;
};

/** Offsets of the elements of a broadcast operand: index into `shape` for the flat index i of `out`. */
inline int broadcast_index(const std::vector<int> &shape, const std::vector<int> &out, int i) {
    int index = 0;
    int stride = 1;
    for (int axis = (int)out.size() - 1; axis >= 0; axis--) {
        const int at = i % out[axis];
        i /= out[axis];
        const int own = axis - (int)out.size() + (int)shape.size();
        if (own >= 0) {
            index += shape[own] == 1 ? 0 : at * stride;
            stride *= shape[own];
        }
    }
    return index;
}

}  // namespace op_test
