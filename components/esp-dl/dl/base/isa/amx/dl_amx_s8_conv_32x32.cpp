// int8 convolution of 32 positions by 32 channels, or 64 by 16, with sums of 32 bits in four tiles of 16 by 16. A tile
// of input is 16 positions by 64 elements: its rows begin where the positions do.

#include "dl_amx_config.hpp"
#include "dl_amx_tiles.hpp"
#include "dl_avx512_epilogue.hpp"
#include "dl_conv_stage.hpp"

namespace dl {
namespace base {
namespace {

/** Sums of 32 positions by 32 channels, in tiles 0 to 3. */
DL_INLINE void multiply_2x2(const ConvArgs &args, const uint8_t *a, int block) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const size_t position = plan.position_bytes;
    const size_t block_bytes = static_cast<size_t>(plan.runs) * plan.run_padded * 16;
    const uint8_t *b = state_of<TiledConv>(args).packed.data() + block * block_bytes;
    const int32_t *bias = state_of<Int8Conv>(args).bias.data() + block * 16;
    _tile_loadd(0, bias, 0);
    _tile_loadd(1, bias + 16, 0);
    _tile_loadd(2, bias, 0);
    _tile_loadd(3, bias + 16, 0);
    for (int run = 0; run < plan.runs; run++) {
        const uint8_t *from = a + plan.run_offsets[run];
        for (int k = 0; k < plan.run_padded; k += 64) {
            _tile_loadd(4, from, position);
            _tile_loadd(6, b, 64);
            _tile_loadd(7, b + block_bytes, 64);
            _tile_dpbssd(0, 4, 6);
            _tile_dpbssd(1, 4, 7);
            _tile_loadd(5, from + 16 * position, position);
            _tile_dpbssd(2, 5, 6);
            _tile_dpbssd(3, 5, 7);
            from += 64;
            b += 1024;
        }
    }
}

/** Sums of 16 positions by 32 channels, in tiles 0 and 1. */
DL_INLINE void multiply_1x2(const ConvArgs &args, const uint8_t *a, int block) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const size_t block_bytes = static_cast<size_t>(plan.runs) * plan.run_padded * 16;
    const uint8_t *b = state_of<TiledConv>(args).packed.data() + block * block_bytes;
    const int32_t *bias = state_of<Int8Conv>(args).bias.data() + block * 16;
    _tile_loadd(0, bias, 0);
    _tile_loadd(1, bias + 16, 0);
    for (int run = 0; run < plan.runs; run++) {
        const uint8_t *from = a + plan.run_offsets[run];
        for (int k = 0; k < plan.run_padded; k += 64) {
            _tile_loadd(4, from, plan.position_bytes);
            _tile_loadd(6, b, 64);
            _tile_dpbssd(0, 4, 6);
            _tile_loadd(7, b + block_bytes, 64);
            _tile_dpbssd(1, 4, 7);
            from += 64;
            b += 1024;
        }
    }
}

/** Sums of 64 positions by 16 channels, in tiles 0 to 3. */
DL_INLINE void multiply_4x1(const ConvArgs &args, const uint8_t *a, int block) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const size_t position = plan.position_bytes;
    const uint8_t *b =
        state_of<TiledConv>(args).packed.data() + static_cast<size_t>(block) * plan.runs * plan.run_padded * 16;
    const int32_t *bias = state_of<Int8Conv>(args).bias.data() + block * 16;
    _tile_loadd(0, bias, 0);
    _tile_loadd(1, bias, 0);
    _tile_loadd(2, bias, 0);
    _tile_loadd(3, bias, 0);
    for (int run = 0; run < plan.runs; run++) {
        const uint8_t *from = a + plan.run_offsets[run];
        for (int k = 0; k < plan.run_padded; k += 64) {
            _tile_loadd(6, b, 64);
            _tile_loadd(4, from, position);
            _tile_dpbssd(0, 4, 6);
            _tile_loadd(5, from + 16 * position, position);
            _tile_dpbssd(1, 5, 6);
            _tile_loadd(4, from + 32 * position, position);
            _tile_dpbssd(2, 4, 6);
            _tile_loadd(5, from + 48 * position, position);
            _tile_dpbssd(3, 5, 6);
            from += 64;
            b += 1024;
        }
    }
}

/** Sums of 16 positions by 16 channels, in tile 0. */
DL_INLINE void multiply_1x1(const ConvArgs &args, const uint8_t *a, int block) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const uint8_t *b =
        state_of<TiledConv>(args).packed.data() + static_cast<size_t>(block) * plan.runs * plan.run_padded * 16;
    _tile_loadd(0, state_of<Int8Conv>(args).bias.data() + block * 16, 0);
    for (int run = 0; run < plan.runs; run++) {
        const uint8_t *from = a + plan.run_offsets[run];
        for (int k = 0; k < plan.run_padded; k += 64) {
            _tile_loadd(6, b, 64);
            _tile_loadd(4, from, plan.position_bytes);
            _tile_dpbssd(0, 4, 6);
            from += 64;
            b += 1024;
        }
    }
}

/** Sums in memory that are not outputs yet: of `positions` positions by N blocks of 16 channels. */
template <typename Rounding, int N>
struct Pending {
    const Avx512Epilogue<Rounding> &epilogue;
    const int channel;
    const int left;
    ConvCursor cursor;
    const int32_t *sums;
    int positions;

    DL_INLINE void finish() {
        // Finish four vectors of sums at a time. The local copies stay in registers: a store of bytes could change a
        // member, as far as the compiler knows.
        constexpr int ROWS = 4 / N;
        const Avx512Epilogue<Rounding> own = epilogue;
        const Avx512Channels<Rounding, N> channels = own.template channels<N>(channel);
        ConvCursor local = cursor;
        const int32_t *from = sums;
        for (int m = 0; m < positions; m += ROWS, from += 64) {
            __m512i sum[ROWS][N];
            DL_UNROLL
            for (int i = 0; i < 4; i++) {
                sum[i / N][i % N] = _mm512_load_si512(from + 16 * i);
            }
            avx512_store<Rounding, ROWS, N>(own, channels, sum, channel, left, local);
        }
        cursor = local;
        positions = 0;
    }
};

/**
 * Compute all positions of a unit for N blocks of channels. While the tiles multiply, the vector unit finishes the sums
 * of the positions before them.
 * @param sums room for twice 1024 sums
 */
template <typename Rounding, int N>
__attribute__((noinline)) void blocks(const ConvArgs &args, const Avx512Epilogue<Rounding> &epilogue,
                                      const ConvUnit &unit, int block, int32_t *sums) {
    constexpr int WHOLE = 64 / N;
    const size_t position = state_of<TiledConv>(args).plan.position_bytes;
    const int count = unit.positions();
    Pending<Rounding, N> pending{epilogue, block * 16, args.out_c - block * 16, ConvCursor(unit), nullptr, 0};
    int side = 0;
    for (int p = 0; p < count;) {
        const uint8_t *a = unit.base + p * position;
        int32_t *to = sums + side * 1024;
        const bool whole = count - p > WHOLE - 16;
        if (N == 2) {
            if (whole) {
                multiply_2x2(args, a, block);
            } else {
                multiply_1x2(args, a, block);
            }
        } else {
            if (whole) {
                multiply_4x1(args, a, block);
            } else {
                multiply_1x1(args, a, block);
            }
        }
        pending.finish();
        if (N == 2) {
            _tile_stored(0, to, 128);
            _tile_stored(1, to + 16, 128);
            if (whole) {
                _tile_stored(2, to + 512, 128);
                _tile_stored(3, to + 528, 128);
            }
        } else {
            _tile_stored(0, to, 64);
            if (whole) {
                _tile_stored(1, to + 256, 64);
                _tile_stored(2, to + 512, 64);
                _tile_stored(3, to + 768, 64);
            }
        }
        pending.sums = to;
        pending.positions = whole ? WHOLE : 16;
        side ^= 1;
        p += pending.positions;
    }
    pending.finish();
}

/**
 * Gather: copy the window of every position into 64 bytes of its own, run after run. A copy may write beyond its run;
 * the next copy overwrites that. What remains behind the last run is multiplied by weights of zero.
 */
template <int RUNS>
void gather_runs(const ConvPlan &plan, const uint8_t *rows, int positions, uint8_t *to) {
    const size_t position = plan.gather_position;
    const int elements = plan.gather_elements;
    int32_t offsets[RUNS];
    for (int run = 0; run < RUNS; run++) {
        offsets[run] = plan.gather_offsets[run];
    }
    for (int p = 0; p < positions; p++, rows += position, to += 64) {
        DL_UNROLL
        for (int run = 0; run < RUNS; run++) {
            const __m128i *from = reinterpret_cast<const __m128i *>(rows + offsets[run]);
            __m128i *at = reinterpret_cast<__m128i *>(to + run * elements);
            _mm_storeu_si128(at, _mm_loadu_si128(from));
            if (elements > 16) {
                _mm_storeu_si128(at + 1, _mm_loadu_si128(from + 1));
            }
        }
    }
}

void gather(const ConvPlan &plan, const uint8_t *rows, int positions, uint8_t *to) {
    switch (plan.gather_offsets.size()) {
        case 2:
            gather_runs<2>(plan, rows, positions, to);
            break;
        case 3:
            gather_runs<3>(plan, rows, positions, to);
            break;
        case 4:
            gather_runs<4>(plan, rows, positions, to);
            break;
        default:
            gather_runs<5>(plan, rows, positions, to);
            break;
    }
}

template <typename Rounding>
void all_blocks(const ConvArgs &args, const Avx512Epilogue<Rounding> &epilogue, const ConvUnit &unit,
                const ConvPart &part, int32_t *sums) {
    int block = part.begin;
    for (; block + 2 <= part.end; block += 2) {
        blocks<Rounding, 2>(args, epilogue, unit, block, sums);
    }
    if (block < part.end) {
        blocks<Rounding, 1>(args, epilogue, unit, block, sums);
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const Avx512Epilogue<Rounding> epilogue(args);
    alignas(64) int32_t sums[2 * 1024];
    configure_tiles();
    // Tiles read up to 63 positions and one padded run beyond the last position.
    uint8_t *scratch = host_scratch(64 + plan.scratch_bytes + 64 * plan.position_bytes + plan.run_padded + 64) + 64;
    const bool in_place = plan.is_matrix && args.in_pitch == args.in_c;
    const int total = args.batch * args.out_h * args.out_w;
    // In place, tiles may reach over the end of a position, but not over the end of the input.
    const int reach = in_place ? 63 + (plan.run_padded + args.in_c - 1) / args.in_c : 0;
    int staged = -1;
    for (int i = begin; i < end; i++) {
        const ConvPart part(plan, i);
        ConvUnit unit = conv_unit(args, part.index, 1);
        if (in_place && part.index * plan.unit_rows + unit.width + reach <= total) {
            unit.base =
                static_cast<const uint8_t *>(args.input) + static_cast<size_t>(part.index) * plan.unit_rows * args.in_c;
        } else {
            const bool gathered = !plan.gather_offsets.empty();
            if (part.index != staged) {
                conv_stage<Avx512Stage<Avx512Copy>>(args, part.index, unit, scratch);
                if (gathered) {
                    gather(plan, scratch, unit.positions(), scratch + plan.gather_at);
                }
                staged = part.index;
            }
            unit.base = gathered ? scratch + plan.gather_at : scratch;
        }
        all_blocks(args, epilogue, unit, part, sums);
    }
    _tile_release();
}

}  // namespace

DL_TILE(ConvArgs, dl_amx_s8_conv_32x32, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
