// Every optimized kernel of the convolution family, bit for bit against the reference: shapes at and beside every block
// size, pitches, strides, pads, dilations, tensors at odd addresses, extreme values, both rounding rules.

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "dl_base_conv.hpp"
#include "dl_base_matmul.hpp"
#include "op_test.hpp"

using namespace dl;
using namespace dl::base;
using namespace op_test;

namespace {

/** What a Swish leaves is not below this value. */
constexpr int SWISH_LOW = -12;

constexpr int SHAPES = 2000;  ///< at least so many for every kernel

/** Memory of exactly this many bytes, one element behind an aligned address (of int8: an odd one). Nothing beyond them
 * belongs to it, which AddressSanitizer watches. */
class Odd {
public:
    explicit Odd(size_t bytes, size_t element = 1)
        : m_bytes(bytes), m_element(element), m_memory(static_cast<uint8_t *>(malloc(bytes + element))) {
        memset(data(), 0x5a, bytes);
    }
    ~Odd() { free(m_memory); }
    uint8_t *data() { return m_memory + m_element; }
    size_t size() const { return m_bytes; }

private:
    size_t m_bytes;
    size_t m_element;
    uint8_t *m_memory;
};

/** RANGES: at and beside powers of two. WEIGHTS: mostly small, some extreme. LIMITED: up to a limit, mostly at it.
 * BEHIND_SWISH: hardly negative. ALMOST: the same but for one value. EXTENT: any least value, and a greatest one so far
 * above it that AVX2 just may, or may not, multiply bytes. */
enum Values { RANDOM, LOWEST, HIGHEST, ENDS, SMALL, RANGES, WEIGHTS, LIMITED, BEHIND_SWISH, ALMOST, EXTENT };

void fill(Random &random, uint8_t *to, size_t elements, dtype_t dtype, Values values) {
    int low = (int)lowest(dtype), high = (int)highest(dtype);
    if (values == RANGES) {
        // Kernels may make use of how far activations range: at and beside such limits.
        const int step = (high + 1) / 16;
        const int positive = step * random.integer(1, 16);
        const int negative = random.chance(0.5) ? positive : step * random.integer(0, 16);
        low = std::max(low, -negative - random.integer(0, 1));
        high = std::min(high, positive + random.integer(0, 1));
    }
    if (values == LIMITED) {
        high = random.integer(16, high);
        low = -high;
    }
    if (values == EXTENT) {
        low = -random.integer(0, 128);
        const int limit = random.pick({139, 144, 160, 176, 192, 208, 224, 240, 254});
        high = std::clamp(low + (random.chance(0.7) ? limit + random.integer(0, 1) : random.integer(60, 255)), 0, high);
    }
    const bool between = values == RANGES || values == LIMITED || values == EXTENT;
    for (size_t i = 0; i < elements; i++) {
        int v = values == LOWEST ? low : high;
        if (values == ENDS || (between && random.engine()() % 4)) {
            v = random.engine()() & 1 ? low : high;
        } else if (values == RANDOM || between) {
            v = low + (int)(random.engine()() % (unsigned)(high - low + 1));
        } else if (values == SMALL) {
            v = (int)(random.engine()() % 33) - 16;
        } else if (values == WEIGHTS) {
            v = random.engine()() % 50 ? (int)(random.engine()() % 61) - 30 : random.engine()() & 1 ? low : high;
        } else if (values == BEHIND_SWISH || values == ALMOST) {
            v = std::max((int)(random.engine()() % 256) - 128, random.engine()() & 1 ? 127 : SWISH_LOW);
        }
        if (dtype == DATA_TYPE_INT8) {
            to[i] = (uint8_t)v;
        } else {
            const int16_t word = (int16_t)v;
            memcpy(to + 2 * i, &word, 2);
        }
    }
    if (values == ALMOST) {
        to[random.engine()() % elements] = (uint8_t)random.integer(-128, SWISH_LOW - 1);
    }
}

/** Channels of int8 without weights, as published files have them, whose bias is next to a tie. */
bool is_dead(dtype_t dtype, int seed, int channel) {
    return dtype == DATA_TYPE_INT8 && seed % 3 == 0 && channel % 5 == 2;
}

ConvArgs random_conv(Random &random, dtype_t dtype, bool depthwise, int seed) {
    ConvArgs args;
    args.dtype = dtype;
    args.batch = random.integer(1, 2);
    args.in_c = random.chance(0.15) ? random.integer(60, 200) : random.integer(1, 67);
    args.out_c = depthwise ? args.in_c : (random.chance(0.1) ? random.integer(60, 150) : random.integer(1, 67));
    args.group = depthwise ? args.in_c : 1;
    const int kind = seed % 4;
    args.kernel_h = kind == 0 ? 1 : (kind == 1 ? 3 : random.integer(1, 5));
    args.kernel_w = kind == 0 ? 1 : (kind == 1 ? 3 : random.integer(1, 5));
    if (random.chance(0.5)) {
        args.stride_h = random.integer(1, 3);
        args.stride_w = random.integer(1, 3);
    }
    if (random.chance(0.3)) {
        args.dilation_h = random.integer(1, 3);
        args.dilation_w = random.integer(1, 3);
    }
    if (depthwise && seed % 2) {
        // There are kernels for 3 columns side by side.
        args.kernel_h = random.integer(1, 4);
        args.kernel_w = 3;
        args.stride_w = random.chance(0.3) ? 2 : 1;
        args.dilation_w = 1;
    }
    int bottom = 0, right = 0;
    if (random.chance(0.6)) {
        args.pad_top = random.integer(0, 3);
        args.pad_left = random.integer(0, 3);
        bottom = random.integer(0, 3);
        right = random.integer(0, 3);
    }
    const int window_h = (args.kernel_h - 1) * args.dilation_h + 1,
              window_w = (args.kernel_w - 1) * args.dilation_w + 1;
    // Where a pixel is much work there are few of them: an emulator has to do it, too.
    const int64_t pixels = 2000000 / (args.depth() * args.out_c) * args.stride_h * args.stride_w;
    const int width = random.integer(1, (int)std::clamp<int64_t>(pixels, 8, 70));
    const int height = random.integer(1, (int)std::clamp<int64_t>(pixels / width, 1, 9));
    args.in_h = std::max(height, window_h - args.pad_top - bottom);
    args.in_w = std::max(width, window_w - args.pad_left - right);
    args.in_h = std::max(args.in_h, 1);
    args.in_w = std::max(args.in_w, 1);
    args.out_h = (args.in_h + args.pad_top + bottom - window_h) / args.stride_h + 1;
    args.out_w = (args.in_w + args.pad_left + right - window_w) / args.stride_w + 1;
    args.in_pitch = args.in_c + (random.chance(0.2) ? random.integer(1, 9) : 0);
    args.out_pitch = args.out_c + (random.chance(0.2) ? random.integer(1, 9) : 0);
    args.relu = random.chance(0.4);
    // Sums of int8 products wrap around at 32 bits.
    const bool extreme = random.chance(0.2);
    // Kernels have a way of their own where all shifts are those of usual networks.
    const bool usual = random.chance(0.6);
    // No file has such shifts, but some kernels compute them.
    const bool any_shift = !usual && random.chance(0.05);
    for (int o = 0; o < args.out_c; o++) {
        const bool is_int8 = dtype == DATA_TYPE_INT8;
        args.shifts.push_back(usual                ? (is_int8 ? random.integer(0, 17) : random.integer(8, 22))
                              : any_shift          ? random.integer(-40, 70)
                              : random.chance(0.3) ? random.integer(0, 31)
                                                   : random.integer(4, is_int8 ? 14 : 24));
        int64_t bias = random.integer(-200000, 200000) * (is_int8 ? INT64_C(1) : INT64_C(100000));
        if (extreme && !is_int8 && usual) {
            bias *= 1000;
        } else if (extreme && usual) {
            // Where single precision ends being exact, and where it ends being enough.
            bias += random.pick({-(1 << 24), 1 << 24, INT32_MIN + 400000, INT32_MAX - 400000});
        } else if (extreme && is_int8) {
            bias = random.pick({INT32_MIN, INT32_MAX, INT32_MIN + 1000, INT32_MAX - 1000});
        }
        if (is_dead(dtype, seed, o)) {
            const int shift = args.shifts.back() = random.integer(1, 31);
            const int64_t tie = (int64_t)((uint64_t)random.integer(-200, 200) << shift) + (INT64_C(1) << (shift - 1));
            bias = (int32_t)(uint32_t)(uint64_t)(tie + random.integer(-1, 1));
        }
        args.bias.push_back(bias);
    }
    return args;
}

/** Run all instruction sets on `cases` random convolutions and count how often each kernel ran. */
void compare_convolutions(dtype_t dtype, bool depthwise, int cases, std::map<std::string, int> &runs) {
    const size_t element = dtype == DATA_TYPE_INT8 ? 1 : 2;
    for_each_case(
        [&, seed = 0](Random &random) mutable {
            seed++;
            const ConvArgs args = random_conv(random, dtype, depthwise, seed);
            const Values values =
                seed % 5 == 0 ? random.pick({LOWEST, HIGHEST, ENDS}) : random.pick({RANDOM, SMALL, RANGES});
            // Such that bytes are multiplied as they are.
            const bool as_bytes = dtype == DATA_TYPE_INT8 && !depthwise && random.chance(0.5);
            HostBuffer<uint8_t> weights(args.depth() * args.out_c * element);
            // All weights -32768 would leave no room for a single int16 product: then there is only the reference.
            const Values weight_values = as_bytes ? random.pick({WEIGHTS, LIMITED})
                                         : values == LOWEST && dtype == DATA_TYPE_INT16 && random.chance(0.8) ? HIGHEST
                                         : values == RANGES ? random.pick({RANDOM, ENDS})
                                                            : values;
            fill(random, weights.data(), args.depth() * args.out_c, dtype, weight_values);
            for (int64_t k = 0; k < args.depth() * args.out_c; k++) {
                if (is_dead(dtype, seed, (int)(depthwise ? k % args.out_c : k / args.depth()))) {
                    weights[k] = 0;
                }
            }
            int8_t lut[256];
            fill(random, reinterpret_cast<uint8_t *>(lut), 256, DATA_TYPE_INT8, RANDOM);
            const bool with_lut = dtype == DATA_TYPE_INT8 && random.chance(0.5);
            const size_t pixels_in = (size_t)args.batch * args.in_h * args.in_w;
            const size_t pixels_out = (size_t)args.batch * args.out_h * args.out_w;
            Odd input(((pixels_in - 1) * args.in_pitch + args.in_c) * element, element);
            fill(random, input.data(), input.size() / element, dtype,
                 as_bytes ? random.pick({BEHIND_SWISH, EXTENT, EXTENT, EXTENT, HIGHEST, ALMOST, RANDOM}) : values);

            std::unique_ptr<Odd> reference;
            for_each_isa([&] {
                ConvArgs own = args;
                own.weights = weights;
                own.lut = with_lut ? lut : nullptr;
                const BoundKernel<ConvArgs> kernel = depthwise ? select_depthwise_conv(own) : select_conv(own);
                auto output =
                    std::make_unique<Odd>(((pixels_out - 1) * args.out_pitch + args.out_c) * element, element);
                own.input = input.data();
                own.output = output->data();
                // As several threads would: in pieces.
                for (int unit = 0; unit < own.units;) {
                    const int end = random.integer(unit + 1, own.units);
                    kernel.run(own, unit, end);
                    unit = end;
                }
                runs[kernel.name]++;
                EXPECT_TRUE(isa_enabled(kernel.isa)) << kernel.name;
                EXPECT_TRUE(op_test::name_has_type(kernel.name, args.dtype));
                if (!reference) {
                    reference = std::move(output);
                } else {
                    EXPECT_EQ(memcmp(reference->data(), output->data(), output->size()), 0)
                        << kernel.name << ": " << args.in_h << "x" << args.in_w << "x" << args.in_c << " to "
                        << args.out_h << "x" << args.out_w << "x" << args.out_c << ", kernel " << args.kernel_h << "x"
                        << args.kernel_w << ", stride " << args.stride_h << "x" << args.stride_w << ", dilation "
                        << args.dilation_h << "x" << args.dilation_w << ", pads " << args.pad_top << " "
                        << args.pad_left;
                }
            });
        },
        cases);
}

/** Every kernel that ran did so often enough, and those of each of `isas` that is there, and NEON's, were among them.
 */
void expect_tested(const std::map<std::string, int> &runs, const std::vector<isa_t> &isas, size_t neon_kernels,
                   size_t i8mm_kernels = 0) {
    for (isa_t isa : isas) {
        const std::string prefix = std::string("dl_") + isa_name(isa) + "_";
        const auto first = runs.lower_bound(prefix);
        EXPECT_TRUE(!isa_supported(isa) || (first != runs.end() && first->first.starts_with(prefix)))
            << prefix << ": no kernel was chosen";
    }
    for (const auto &[name, count] : runs) {
        EXPECT_GE(count, share_of(SHAPES)) << name << " was hardly tested";
    }
    if (isa_supported(ISA_NEON_DOTPROD)) {
        EXPECT_EQ(runs.size(), 1 + neon_kernels + (isa_supported(ISA_NEON_I8MM) ? i8mm_kernels : 0))
            << testing::PrintToString(runs);
    }
}

TEST(ConvKernels, Int8) {
    std::map<std::string, int> runs;
    compare_convolutions(DATA_TYPE_INT8, false, SHAPES * 3, runs);
    expect_tested(runs, {ISA_AVX2, ISA_AVXVNNI, ISA_AVX512VNNI}, 1, 1);
}

TEST(ConvKernels, Int16) {
    std::map<std::string, int> runs;
    compare_convolutions(DATA_TYPE_INT16, false, SHAPES * 3 / 2, runs);
    expect_tested(runs, {ISA_AVX2, ISA_AVXVNNI, ISA_AVX512VNNI}, 1);
}

TEST(DepthwiseConvKernels, Int8) {
    std::map<std::string, int> runs;
    compare_convolutions(DATA_TYPE_INT8, true, SHAPES * 4, runs);
    expect_tested(runs, {ISA_AVX2, ISA_AVXVNNI, ISA_AVX512VNNI}, 2);
}

TEST(DepthwiseConvKernels, Int16) {
    std::map<std::string, int> runs;
    compare_convolutions(DATA_TYPE_INT16, true, SHAPES * 3 / 2, runs);
    expect_tested(runs, {ISA_AVX2, ISA_AVX512VNNI}, 1);
}

/** Products of two variables: all instruction sets against the reference. */
void compare_products(dtype_t dtype) {
    const int element = dtype == DATA_TYPE_INT8 ? 1 : 2;
    std::map<std::string, int> runs;
    for_each_case(
        [&](Random &random) {
            const int m = random.integer(1, 70), n = random.integer(1, 67),
                      k = random.chance(0.2) ? random.integer(140, 400) : random.integer(1, 140);
            const int a_batches = random.integer(1, 3), b_batches = random.integer(1, 3);
            std::vector<int> a_batch, b_batch;
            for (int i = random.integer(1, 4); i > 0; i--) {
                a_batch.push_back(random.integer(0, a_batches - 1));
                b_batch.push_back(random.integer(0, b_batches - 1));
            }
            const int shift = random.chance(0.1)        ? random.integer(-5, 70)
                              : dtype == DATA_TYPE_INT8 ? random.integer(0, 14)
                                                        : random.integer(8, 22);
            const bool relu = random.chance(0.3);
            const weight_layout_t layout = random.pick({WEIGHT_LAYOUT_BLOCKED, WEIGHT_LAYOUT_PLAIN});
            Odd a((size_t)a_batches * m * k * element, element), b((size_t)b_batches * n * k * element, element);
            fill(random, a.data(), a.size() / element, dtype, random.pick({RANDOM, RANDOM, LOWEST, HIGHEST, ENDS}));
            fill(random, b.data(), b.size() / element, dtype, random.pick({RANDOM, RANDOM, LOWEST, HIGHEST, ENDS}));
            std::unique_ptr<Odd> reference;
            for_each_isa([&] {
                MatmulArgs args;
                args.dtype = dtype;
                args.m = m;
                args.n = n;
                args.k = k;
                args.a_batch = a_batch;
                args.b_batch = b_batch;
                args.layout = layout;
                args.shift = shift;
                args.relu = relu;
                const BoundKernel<MatmulArgs> kernel = select_matmul(args);
                auto output = std::make_unique<Odd>(a_batch.size() * m * n * element, element);
                args.a = a.data();
                args.b = b.data();
                args.output = output->data();
                for (int unit = 0; unit < args.units; unit++) {
                    kernel.run(args, unit, unit + 1);
                }
                runs[kernel.name]++;
                EXPECT_TRUE(op_test::name_has_type(kernel.name, args.dtype));
                if (!reference) {
                    reference = std::move(output);
                } else {
                    EXPECT_EQ(memcmp(reference->data(), output->data(), output->size()), 0)
                        << kernel.name << ": " << m << "x" << k << " by " << n;
                }
            });
        },
        SHAPES * 5 / 4);
    expect_tested(runs, {ISA_AVX2, ISA_AVXVNNI, ISA_AVX512VNNI}, 1, dtype == DATA_TYPE_INT8 ? 1 : 0);
}

TEST(MatmulKernels, Int8) {
    compare_products(DATA_TYPE_INT8);
}

TEST(MatmulKernels, Int16) {
    compare_products(DATA_TYPE_INT16);
}

}  // namespace
