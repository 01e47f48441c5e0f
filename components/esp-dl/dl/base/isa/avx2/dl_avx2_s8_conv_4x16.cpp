// int8 convolution of 4 positions by 16 channels, with sums of 32 bits in registers. It serves units whose input is
// nowhere below ConvBytes::low, as behind ReLU and Swish. There, vpmaddubsw multiplies bytes, and four products are
// added in 16 bits: pack_conv_bytes() has made sure that they fit. Other units are left to dl_avx2_s8_conv_6x16.

#include "dl_avx2_epilogue.hpp"
#include "dl_avx2_tiles.hpp"

namespace dl {
namespace base {
namespace {

constexpr int M = 4;

/** Staging that subtracts ConvBytes::low, which makes the bytes unsigned. */
struct Shifted {
    using T = int8_t;
    using U = uint8_t;
    static DL_INLINE void copy(uint8_t *to, const int8_t *from, size_t n) {
        size_t i = 0;
        for (; i + 32 <= n; i += 32) {
            const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + i));
            _mm256_storeu_si256(reinterpret_cast<__m256i *>(to + i),
                                _mm256_sub_epi8(bytes, _mm256_set1_epi8(ConvBytes::low)));
        }
        for (; i < n; i++) {
            to[i] = static_cast<uint8_t>(from[i] - ConvBytes::low);
        }
    }
    static DL_INLINE void fill(uint8_t *to, size_t n) { __builtin_memset(to, -ConvBytes::low, n); }
};

/** Is none of n values below ConvBytes::low? */
bool never_low(const int8_t *values, size_t n) {
    size_t i = 0;
    // Look after every kilobyte: where the answer is no, an early value shows it most of the time.
    while (i + 32 <= n) {
        const size_t end = i + 1024 < n ? i + 1024 : n;
        __m256i lowest = _mm256_setzero_si256();
        for (; i + 32 <= end; i += 32) {
            lowest = _mm256_min_epi8(lowest, _mm256_loadu_si256(reinterpret_cast<const __m256i *>(values + i)));
        }
        if (_mm256_movemask_epi8(_mm256_cmpgt_epi8(_mm256_set1_epi8(ConvBytes::low), lowest))) {
            return false;
        }
    }
    for (; i < n; i++) {
        if (values[i] < ConvBytes::low) {
            return false;
        }
    }
    return true;
}

/** Is no input element of part `index` below ConvBytes::low? */
bool never_low(const ConvArgs &args, int index, const ConvUnit &unit) {
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
    if (args.in_pitch == args.in_c) {
        return never_low(input + first * args.in_c, pixels * args.in_c);
    }
    for (size_t i = 0; i < pixels; i++) {
        if (!never_low(input + (first + i) * args.in_pitch, args.in_c)) {
            return false;
        }
    }
    return true;
}

alignas(32) constexpr int16_t ONES[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

// A step for one position: eight of its elements by those of 16 channels.
#define DL_POSITION(first_address, last_address, low, high) \
    "vpbroadcastd " first_address                           \
    ", %%ymm13\n\t"                                         \
    "vpbroadcastd " last_address                            \
    ", %%ymm15\n\t"                                         \
    "vpmaddubsw %%ymm8, %%ymm13, %%ymm14\n\t"               \
    "vpmaddubsw %%ymm9, %%ymm13, %%ymm13\n\t"               \
    "vpmaddubsw %%ymm10, %%ymm15, %%ymm12\n\t"              \
    "vpmaddubsw %%ymm11, %%ymm15, %%ymm15\n\t"              \
    "vpaddw %%ymm12, %%ymm14, %%ymm14\n\t"                  \
    "vpaddw %%ymm15, %%ymm13, %%ymm13\n\t"                  \
    "vpmaddwd %[ones], %%ymm14, %%ymm14\n\t"                \
    "vpmaddwd %[ones], %%ymm13, %%ymm13\n\t"                \
    "vpaddd %%ymm14, %[" low "], %[" low                    \
    "]\n\t"                                                 \
    "vpaddd %%ymm13, %[" high "], %[" high "]\n\t"

/** The runs, weights and biases of a block of channels. */
struct Block {
    const int32_t *runs;  ///< offset, steps
    int64_t count;        ///< of the runs
    const uint8_t *weights;
    size_t bytes;  ///< size of the weights, behind which the next block's begin
    const int32_t *bias;

    DL_INLINE Block(const ConvBytes &conv, int block) {
        const int32_t *at = conv.blocks.data() + 2 * block;
        runs = conv.runs.data() + 2 * at[0];
        count = at[2] - at[0];
        weights = conv.packed.data() + static_cast<size_t>(at[1]) * 128;
        bytes = static_cast<size_t>(at[3] - at[1]) * 128;
        bias = conv.bias.data() + 16 * block;
    }
};

/** Set `sum` to the bias and the products of four positions, from `a` on, by 16 channels. Assembly, for the reason that
 * DL_ADD_PRODUCTS_6X16 gives. */
DL_INLINE void add_products(const Block &block, size_t position, const uint8_t *a, __m256i (&sum)[4][2]) {
    const int32_t *runs = block.runs;
    int64_t count = block.count;
    const uint8_t *b = block.weights;
    const uint8_t *row_0, *row_3;
    int64_t left;
    __asm__ volatile(
        "vmovdqu (%[bias]), %[s00]\n\t"
        "vmovdqu 32(%[bias]), %[s01]\n\t"
        "vmovdqa %[s00], %[s10]\n\t"
        "vmovdqa %[s01], %[s11]\n\t"
        "vmovdqa %[s00], %[s20]\n\t"
        "vmovdqa %[s01], %[s21]\n\t"
        "vmovdqa %[s00], %[s30]\n\t"
        "vmovdqa %[s01], %[s31]\n\t"
        "1:\n\t"
        "movslq (%[runs]), %[r0]\n\t"
        "movslq 4(%[runs]), %[k]\n\t"
        "add $8, %[runs]\n\t"
        "add %[a], %[r0]\n\t"
        "lea (%[r0],%[p],2), %[r3]\n\t"
        "add %[p], %[r3]\n\t"
        ".p2align 4\n"
        "2:\n\t"
        "vmovdqa (%[b]), %%ymm8\n\t"
        "vmovdqa 32(%[b]), %%ymm9\n\t"
        "vmovdqa 64(%[b]), %%ymm10\n\t"
        "vmovdqa 96(%[b]), %%ymm11\n\t" 
        "prefetcht1 (%[b],%[block])\n\t"
        "prefetcht1 64(%[b],%[block])\n\t"
        DL_POSITION("(%[r0])", "4(%[r0])", "s00", "s01")
        DL_POSITION("(%[r0],%[p])", "4(%[r0],%[p])", "s10", "s11")
        DL_POSITION("(%[r0],%[p],2)", "4(%[r0],%[p],2)", "s20", "s21")
        DL_POSITION("(%[r3])", "4(%[r3])", "s30", "s31")
        "add $8, %[r0]\n\t"
        "add $8, %[r3]\n\t"
        "sub $-128, %[b]\n\t"
        "dec %[k]\n\t"
        "jnz 2b\n\t"
        "dec %[count]\n\t"
        "jnz 1b"
        : [s00] "=&x"(sum[0][0]), [s01] "=&x"(sum[0][1]), [s10] "=&x"(sum[1][0]), [s11] "=&x"(sum[1][1]),
          [s20] "=&x"(sum[2][0]), [s21] "=&x"(sum[2][1]), [s30] "=&x"(sum[3][0]), [s31] "=&x"(sum[3][1]),
          [r0] "=&r"(row_0), [r3] "=&r"(row_3), [k] "=&r"(left), [b] "+r"(b), [runs] "+r"(runs), [count] "+r"(count)
        : [a] "r"(a), [p] "r"(position), [block] "r"(block.bytes), [bias] "r"(block.bias), [ones] "m"(ONES)
        : "memory", "cc", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

/** The same for fewer positions, with intrinsics: there are registers to spare. */
template <int N>
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
        for (int left = block.runs[2 * run + 1]; left > 0; left--, at += 8, b += 128) {
            DL_UNROLL
            for (int i = 0; i < 2 * N; i++) {
                int32_t four[2];
                __builtin_memcpy(four, at + i / 2 * position, 8);
                const uint8_t *low = b + 32 * (i % 2), *high = low + 64;
                const __m256i words = _mm256_add_epi16(_mm256_maddubs_epi16(_mm256_set1_epi32(four[0]), load(low)),
                                                       _mm256_maddubs_epi16(_mm256_set1_epi32(four[1]), load(high)));
                sum[i / 2][i % 2] = _mm256_add_epi32(sum[i / 2][i % 2], _mm256_madd_epi16(words, ones));
            }
        }
    }
}

template <int N, typename Epilogue>
__attribute__((noinline)) void tile(const ConvArgs &args, const Epilogue &epilogue, const uint8_t *a, int block,
                                    ConvCursor &cursor) {
    __m256i sum[N][2];
    add_products(Block(state_of<Int8Conv>(args).bytes, block), state_of<Int8Conv>(args).bytes.plan.position_bytes, a,
                 sum);
    epilogue.write(args, sum, block * 16, cursor);
}

/** Compute the units [begin, end). @param other kernel for units with input elements below ConvBytes::low */
template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end, void (*other)(const ConvArgs &, int, int)) {
    const ConvPlan &units = state_of<TiledConv>(args).plan, &plan = state_of<Int8Conv>(args).bytes.plan;
    with_avx2_epilogue<Rounding>(args, [&](const auto &epilogue) {
        for (int i = begin, next; i < end; i = next) {
            const int index = ConvPart(units, i).index;
            next = (index + 1) * units.groups < end ? (index + 1) * units.groups : end;
            ConvUnit unit = conv_unit(args, index, 1);
            if (!never_low(args, index, unit)) {
                other(args, i, next);
                continue;
            }
            // The last tile reads up to 3 positions and one padded run beyond the last position.
            uint8_t *scratch = host_scratch(plan.scratch_bytes + M * plan.position_bytes + plan.run_padded + 64);
            conv_stage<Shifted>(args, plan, index, unit, scratch);
            unit.base = scratch;
            const int blocks_end = ConvPart(units, next - 1).end;
            for (int block = ConvPart(units, i).begin; block < blocks_end; block++) {
                conv_tiles<M>(unit, plan.position_bytes, [&]<int N>(const uint8_t *a, ConvCursor &cursor) {
                    tile<N>(args, epilogue, a, block, cursor);
                });
            }
        }
    });
}

}  // namespace

DL_TILE(ConvArgs, dl_avx2_s8_conv_4x16, conv<Rounding>(args, begin, end, DL_TILE_OF(dl_avx2_s8_conv_6x16)))

}  // namespace base
}  // namespace dl
