// int8 convolution of 4 positions by 16 channels, with sums of 32 bits in registers. vpmaddubsw multiplies bytes, and
// four products are added in 16 bits: pack_conv_bytes() has made sure that they fit, for input that ranges over little
// enough. Units whose input ranges over more are left to dl_avx2_s8_conv_6x16.

#include "dl_avx2_epilogue.hpp"
#include "dl_avx2_tiles.hpp"

namespace dl {
namespace base {
namespace {

constexpr int M = 4;

/** The least and the greatest of some input elements, and of 0, which the padding has. */
struct Extent {
    int least = 0;
    int greatest = 0;

    DL_INLINE int range() const { return greatest - least; }
};

/** Finds the extent of what it is shown. */
class ExtentFinder {
public:
    DL_INLINE void show(const int8_t *values, size_t n) {
        size_t i = 0;
        for (; i + 32 <= n; i += 32) {
            add(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(values + i)));
        }
        // What is missing of a vector is 0, which counts anyway.
        if (n & 16) {
            add(_mm256_zextsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i *>(values + i))));
            i += 16;
        }
        if (n & 8) {
            add(_mm256_zextsi128_si256(_mm_loadl_epi64(reinterpret_cast<const __m128i *>(values + i))));
            i += 8;
        }
        uint64_t rest = 0;
        for (; i < n; i++) {
            rest = rest << 8 | static_cast<uint8_t>(values[i]);
        }
        add(_mm256_zextsi128_si256(_mm_cvtsi64_si128(static_cast<int64_t>(rest))));
    }

    DL_INLINE Extent extent() const {
        // -1 - x of the greatest elements is found as their least one.
        const __m256i ones = _mm256_set1_epi8(-1);
        return {least(m_low), -1 - least(_mm256_sub_epi8(ones, m_high))};
    }

private:
    __m256i m_low = _mm256_setzero_si256();
    __m256i m_high = _mm256_setzero_si256();

    DL_INLINE void add(__m256i bytes) {
        m_low = _mm256_min_epi8(m_low, bytes);
        m_high = _mm256_max_epi8(m_high, bytes);
    }
    static DL_INLINE int least(__m256i bytes) {
        __m128i least = _mm_min_epi8(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
        least = _mm_min_epi8(least, _mm_srli_si128(least, 8));
        least = _mm_min_epi8(least, _mm_srli_si128(least, 4));
        least = _mm_min_epi8(least, _mm_srli_si128(least, 2));
        least = _mm_min_epi8(least, _mm_srli_si128(least, 1));
        return static_cast<int8_t>(_mm_cvtsi128_si32(least));
    }
};

/** Staging that subtracts the least element, which makes the bytes unsigned. */
struct Shifted {
    using T = int8_t;
    using U = uint8_t;
    int least = 0;

    DL_INLINE void copy(uint8_t *to, const int8_t *from, size_t n) const {
        const __m256i by = _mm256_set1_epi8(static_cast<int8_t>(least));
        size_t i = 0;
        for (; i + 32 <= n; i += 32) {
            const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + i));
            _mm256_storeu_si256(reinterpret_cast<__m256i *>(to + i), _mm256_sub_epi8(bytes, by));
        }
        for (; i < n; i++) {
            to[i] = static_cast<uint8_t>(from[i] - least);
        }
    }
    DL_INLINE void fill(uint8_t *to, size_t n) const { __builtin_memset(to, -least, n); }
};

/** The extent of the input of part `index`. Elements are no longer looked at when it is wider than `limit`. */
Extent input_extent(const ConvArgs &args, int index, const ConvUnit &unit, int limit) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const int8_t *input = static_cast<const int8_t *>(args.input);
    size_t first, pixels;
    if (plan.is_matrix) {
        first = static_cast<size_t>(index) * plan.unit_rows;
        pixels = unit.width;
    } else {
        const int per_image = (args.out_h + plan.unit_rows - 1) / plan.unit_rows;
        const int top = index % per_image * plan.unit_rows * args.stride_h - args.pad_top;
        const int bottom = top + (unit.rows - 1) * args.stride_h + (args.kernel_h - 1) * args.dilation_h + 1;
        const int begin = top > 0 ? top : 0, end = bottom < args.in_h ? bottom : args.in_h;
        first = (static_cast<size_t>(index / per_image) * args.in_h + begin) * args.in_w;
        pixels = end > begin ? static_cast<size_t>(end - begin) * args.in_w : 0;
    }
    input += first * args.in_pitch;
    // Look after about every kilobyte: where the answer is no, early values show it most of the time.
    const bool dense = args.in_pitch == args.in_c;
    const size_t length = dense ? pixels * args.in_c : args.in_c, pitch = dense ? 1024 : args.in_pitch;
    const size_t stretch = dense && length > 1024 ? 1024 : length;
    const size_t stretches = dense ? (length + 1023) / 1024 : pixels, look_after = dense ? 1 : 32;
    ExtentFinder finder;
    Extent extent;
    for (size_t i = 0; i < stretches && extent.range() <= limit;) {
        const size_t end = i + look_after < stretches ? i + look_after : stretches;
        for (; i < end; i++) {
            finder.show(input + i * pitch, dense && i + 1 == stretches ? length - i * pitch : stretch);
        }
        extent = finder.extent();
    }
    return extent;
}

alignas(32) constexpr int16_t ONES[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

// A step of the plain packing for one position: eight of its elements by those of 16 channels.
#define DL_PLAIN_POSITION(first_address, last_address, low, high) \
    "vpbroadcastd " first_address                                 \
    ", %%ymm13\n\t"                                               \
    "vpbroadcastd " last_address                                  \
    ", %%ymm15\n\t"                                               \
    "vpmaddubsw %%ymm8, %%ymm13, %%ymm14\n\t"                     \
    "vpmaddubsw %%ymm9, %%ymm13, %%ymm13\n\t"                     \
    "vpmaddubsw %%ymm10, %%ymm15, %%ymm12\n\t"                    \
    "vpmaddubsw %%ymm11, %%ymm15, %%ymm15\n\t"                    \
    "vpaddw %%ymm12, %%ymm14, %%ymm14\n\t"                        \
    "vpaddw %%ymm15, %%ymm13, %%ymm13\n\t"                        \
    "vpmaddwd %[ones], %%ymm14, %%ymm14\n\t"                      \
    "vpmaddwd %[ones], %%ymm13, %%ymm13\n\t"                      \
    "vpaddd %%ymm14, %[" low "], %[" low                          \
    "]\n\t"                                                       \
    "vpaddd %%ymm13, %[" high "], %[" high "]\n\t"

// A step of the centred packing. Each sum of four products gets the centre's share, wrapping around.
#define DL_CENTRED_POSITION(first_address, last_address, low, high) \
    "vpbroadcastd " first_address                                   \
    ", %%ymm13\n\t"                                                 \
    "vpbroadcastd " last_address                                    \
    ", %%ymm15\n\t"                                                 \
    "vpmaddubsw %%ymm8, %%ymm13, %%ymm14\n\t"                       \
    "vpmaddubsw %%ymm9, %%ymm13, %%ymm13\n\t"                       \
    "vpmaddubsw %%ymm10, %%ymm15, %%ymm12\n\t"                      \
    "vpmaddubsw %%ymm11, %%ymm15, %%ymm15\n\t"                      \
    "vpaddw 128(%[b]), %%ymm14, %%ymm14\n\t"                        \
    "vpaddw 160(%[b]), %%ymm13, %%ymm13\n\t"                        \
    "vpaddw %%ymm12, %%ymm14, %%ymm14\n\t"                          \
    "vpaddw %%ymm15, %%ymm13, %%ymm13\n\t"                          \
    "vpmaddwd %[ones], %%ymm14, %%ymm14\n\t"                        \
    "vpmaddwd %[ones], %%ymm13, %%ymm13\n\t"                        \
    "vpaddd %%ymm14, %[" low "], %[" low                            \
    "]\n\t"                                                         \
    "vpaddd %%ymm13, %[" high "], %[" high "]\n\t"

// Set `sum` to the bias and the products of four positions, from `a` on, by 16 channels. Assembly, for the reason that
// DL_ADD_PRODUCTS_6X16 gives.
#define DL_ADD_PRODUCTS_4X16(POSITION, NEXT_STEP) \
    __asm__ volatile(                                                                                                 \
        "vmovdqu (%[bias]), %[s00]\n\t"                                                                               \
        "vmovdqu 32(%[bias]), %[s01]\n\t"                                                                             \
        "vmovdqa %[s00], %[s10]\n\t"                                                                                  \
        "vmovdqa %[s01], %[s11]\n\t"                                                                                  \
        "vmovdqa %[s00], %[s20]\n\t"                                                                                  \
        "vmovdqa %[s01], %[s21]\n\t"                                                                                  \
        "vmovdqa %[s00], %[s30]\n\t"                                                                                  \
        "vmovdqa %[s01], %[s31]\n\t"                                                                                  \
        "1:\n\t"                                                                                                      \
        "movslq (%[runs]), %[r0]\n\t"                                                                                 \
        "movslq 4(%[runs]), %[k]\n\t"                                                                                 \
        "add $8, %[runs]\n\t"                                                                                         \
        "add %[a], %[r0]\n\t"                                                                                         \
        "lea (%[r0],%[p],2), %[r3]\n\t"                                                                               \
        "add %[p], %[r3]\n\t"                                                                                         \
        ".p2align 4\n"                                                                                                \
        "2:\n\t"                                                                                                      \
        "vmovdqa (%[b]), %%ymm8\n\t"                                                                                  \
        "vmovdqa 32(%[b]), %%ymm9\n\t"                                                                                \
        "vmovdqa 64(%[b]), %%ymm10\n\t"                                                                               \
        "vmovdqa 96(%[b]), %%ymm11\n\t"                                                                               \
        "prefetcht1 (%[b],%[block])\n\t"                                                                              \
        "prefetcht1 64(%[b],%[block])\n\t"                                                                            \
        POSITION("(%[r0])", "4(%[r0])", "s00", "s01")                                                                 \
        POSITION("(%[r0],%[p])", "4(%[r0],%[p])", "s10", "s11")                                                       \
        POSITION("(%[r0],%[p],2)", "4(%[r0],%[p],2)", "s20", "s21")                                                   \
        POSITION("(%[r3])", "4(%[r3])", "s30", "s31")                                                                 \
        "add $8, %[r0]\n\t"                                                                                           \
        "add $8, %[r3]\n\t"                                                                                           \
        NEXT_STEP                                                                                                     \
        "dec %[k]\n\t"                                                                                                \
        "jnz 2b\n\t"                                                                                                  \
        "dec %[count]\n\t"                                                                                            \
        "jnz 1b"                                                                                                      \
        : [s00] "=&x"(sum[0][0]), [s01] "=&x"(sum[0][1]), [s10] "=&x"(sum[1][0]), [s11] "=&x"(sum[1][1]),             \
          [s20] "=&x"(sum[2][0]), [s21] "=&x"(sum[2][1]), [s30] "=&x"(sum[3][0]), [s31] "=&x"(sum[3][1]),             \
          [r0] "=&r"(row_0), [r3] "=&r"(row_3), [k] "=&r"(left), [b] "+r"(b), [runs] "+r"(runs), [count] "+r"(count)  \
        : [a] "r"(a), [p] "r"(position), [block] "r"(block.bytes), [bias] "r"(block.bias), [ones] "m"(ONES)           \
        : "memory", "cc", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15")

/** The runs, weights and biases of a block of channels. */
struct Block {
    const int32_t *runs;  ///< offset, steps
    int64_t count;        ///< of the runs
    const uint8_t *weights;
    size_t bytes;  ///< size of the weights, behind which the next block's begin
    const int32_t *bias;

    DL_INLINE Block(const ConvBytes &conv, int block, const int32_t *biases) {
        const int32_t *at = conv.blocks.data() + 2 * block;
        runs = conv.runs.data() + 2 * at[0];
        count = at[2] - at[0];
        weights = conv.packed.data() + static_cast<size_t>(at[1]) * conv.step_bytes();
        bytes = static_cast<size_t>(at[3] - at[1]) * conv.step_bytes();
        bias = biases + 16 * block;
    }
};

template <bool CENTRED>
DL_INLINE void add_products(const Block &block, size_t position, const uint8_t *a, __m256i (&sum)[4][2]) {
    const int32_t *runs = block.runs;
    int64_t count = block.count;
    const uint8_t *b = block.weights;
    const uint8_t *row_0, *row_3;
    int64_t left;
    if constexpr (CENTRED) {
        DL_ADD_PRODUCTS_4X16(DL_CENTRED_POSITION, "add $192, %[b]\n\t");
    } else {
        DL_ADD_PRODUCTS_4X16(DL_PLAIN_POSITION, "sub $-128, %[b]\n\t");
    }
}

/** The same for fewer positions, with intrinsics: there are registers to spare. */
template <bool CENTRED, int N>
DL_INLINE void add_products(const Block &block, size_t position, const uint8_t *a, __m256i (&sum)[N][2]) {
    const __m256i ones = _mm256_set1_epi16(1);
    const uint8_t *b = block.weights;
    auto load = [](const void *from) { return _mm256_loadu_si256(static_cast<const __m256i *>(from)); };
    DL_UNROLL
    for (int i = 0; i < 2 * N; i++) {
        sum[i / 2][i % 2] = load(block.bias + 8 * (i % 2));
    }
    for (int64_t run = 0; run < block.count; run++) {
        const uint8_t *at = a + block.runs[2 * run];
        for (int left = block.runs[2 * run + 1]; left > 0; left--, at += 8, b += CENTRED ? 192 : 128) {
            DL_UNROLL
            for (int i = 0; i < 2 * N; i++) {
                int32_t four[2];
                __builtin_memcpy(four, at + i / 2 * position, 8);
                const uint8_t *low = b + 32 * (i % 2), *high = low + 64;
                __m256i words = _mm256_add_epi16(_mm256_maddubs_epi16(_mm256_set1_epi32(four[0]), load(low)),
                                                 _mm256_maddubs_epi16(_mm256_set1_epi32(four[1]), load(high)));
                if (CENTRED) {
                    words = _mm256_add_epi16(words, load(high + 64));
                }
                sum[i / 2][i % 2] = _mm256_add_epi32(sum[i / 2][i % 2], _mm256_madd_epi16(words, ones));
            }
        }
    }
}

template <bool CENTRED, int N, typename Epilogue>
__attribute__((noinline)) void tile(const ConvArgs &args, const Epilogue &epilogue, const Block &block,
                                    const uint8_t *a, int channel, ConvCursor &cursor) {
    __m256i sum[N][2];
    add_products<CENTRED>(block, state_of<Int8Conv>(args).bytes[CENTRED].plan.position_bytes, a, sum);
    epilogue.write(args, sum, channel, cursor);
}

/** Compute the blocks [begin, end) of a unit that has been staged. */
template <bool CENTRED, typename Epilogue>
void unit_blocks(const ConvArgs &args, const Epilogue &epilogue, const ConvUnit &unit, const int32_t *biases, int begin,
                 int end) {
    const ConvBytes &bytes = state_of<Int8Conv>(args).bytes[CENTRED];
    for (int i = begin; i < end; i++) {
        const Block block(bytes, i, biases);
        conv_tiles<M>(unit, bytes.plan.position_bytes, [&]<int N>(const uint8_t *a, ConvCursor &cursor) {
            tile<CENTRED, N>(args, epilogue, block, a, i * 16, cursor);
        });
    }
}

/** What the sums of the blocks [begin, end) begin with, if the input is `less` smaller than it ought to be. */
void correct_bias(const Int8Conv &state, int less, int begin, int end, int32_t *biases) {
    for (int i = begin * 16; i < end * 16; i += 8) {
        const __m256i bias = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(state.bias.data() + i));
        const __m256i sums = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(state.weight_sums.data() + i));
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(biases + i),
                            _mm256_add_epi32(bias, _mm256_mullo_epi32(sums, _mm256_set1_epi32(less))));
    }
}

/** Compute the units [begin, end). @param other kernel for units whose input ranges over too much */
template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end, void (*other)(const ConvArgs &, int, int)) {
    const Int8Conv &state = state_of<Int8Conv>(args);
    const ConvPlan &units = state.plan;
    const int plain = state.bytes[0].range, centred = state.bytes[1].range, widest = plain > centred ? plain : centred;
    with_avx2_epilogue<Rounding>(args, [&](const auto &epilogue) {
        for (int i = begin, next; i < end; i = next) {
            const int index = ConvPart(units, i).index;
            next = (index + 1) * units.groups < end ? (index + 1) * units.groups : end;
            ConvUnit unit = conv_unit(args, index, 1);
            const Extent extent = input_extent(args, index, unit, widest);
            if (extent.range() > widest) {
                other(args, i, next);
                continue;
            }
            const ConvBytes &bytes = state.bytes[plain == 0 || extent.range() > plain];
            // The last tile reads up to 3 positions and one padded run beyond the last position.
            const size_t input_bytes =
                bytes.plan.scratch_bytes + M * bytes.plan.position_bytes + bytes.plan.run_padded + 64;
            const size_t biases_at = (input_bytes + 63) / 64 * 64;
            uint8_t *scratch = host_scratch(biases_at + static_cast<size_t>(units.blocks) * 64);
            int32_t *biases = reinterpret_cast<int32_t *>(scratch + biases_at);
            conv_stage(args, bytes.plan, index, unit, scratch, Shifted{extent.least});
            unit.base = scratch;
            const int first = ConvPart(units, i).begin, last = ConvPart(units, next - 1).end;
            correct_bias(state, extent.least + bytes.centre, first, last, biases);
            if (bytes.centre) {
                unit_blocks<true>(args, epilogue, unit, biases, first, last);
            } else {
                unit_blocks<false>(args, epilogue, unit, biases, first, last);
            }
        }
    });
}

}  // namespace

DL_TILE(ConvArgs, dl_avx2_s8_conv_4x16, conv<Rounding>(args, begin, end, DL_TILE_OF(dl_avx2_s8_conv_6x16)))

}  // namespace base
}  // namespace dl
