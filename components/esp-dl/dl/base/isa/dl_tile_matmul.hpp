/**
 * @file dl_tile_matmul.hpp
 * A product of two variables is computed as convolutions whose weights are B. This file has what all instruction sets
 * need for it.
 */
#pragma once

#include "dl_base_matmul.hpp"
#include "dl_pack_conv.hpp"

namespace dl {
namespace base {
namespace {

/** Compute all products with the batches [begin, end) of B. @param convolve runs the convolution kernel @param pack
 * called as pack(b, conv): packs the B of one batch as the weights of `conv` */
template <typename T = int8_t, typename Pack>
inline void multiply_batches(const MatmulArgs &args, int begin, int end, void (*convolve)(const ConvArgs &, int, int),
                             Pack pack) {
    for (int batch = begin; batch < end; batch++) {
        ConvArgs &conv = args.convs[batch];
        pack(static_cast<const T *>(args.b) + static_cast<size_t>(batch) * args.n * args.k, conv);
        for (size_t i = 0; i < args.b_batch.size(); i++) {
            if (args.b_batch[i] == batch) {
                conv.input = static_cast<const T *>(args.a) + static_cast<size_t>(args.a_batch[i]) * args.m * args.k;
                conv.output = static_cast<T *>(args.output) + i * args.m * args.n;
                convolve(conv, 0, conv.units);
            }
        }
    }
}

/**
 * Pack the B of one batch as [block of 16 columns][run_padded / GROUP][column][GROUP]. The rows beyond k are zeros
 * since prepare_convs(), and stay so.
 * @param pack_rows called as pack_rows(from, rows, to): interleaves up to GROUP rows of 16 columns
 */
template <int GROUP, typename PackRows>
inline void pack_columns(const MatmulArgs &args, const int8_t *b, ConvArgs &conv, PackRows pack_rows) {
    const int n = args.n, k = args.k;
    const int whole = args.layout == WEIGHT_LAYOUT_BLOCKED ? n / 16 * 16 : 0;
    const size_t block_bytes = static_cast<size_t>(state_of<TiledConv>(conv).plan.run_padded) * 16;
    for (int column = 0; column < whole; column += 16) {
        const int8_t *from = b + static_cast<size_t>(column) * k;
        uint8_t *to = state_of<TiledConv>(conv).packed.data() + column / 16 * block_bytes;
        for (int i = 0; i < k; i += GROUP, from += 16 * GROUP, to += 16 * GROUP) {
            pack_rows(from, k - i < GROUP ? k - i : GROUP, to);
        }
    }
    for (int column = whole; column < n; column++) {
        const int8_t *from = b + static_cast<size_t>(column) * k;
        uint8_t *to = state_of<TiledConv>(conv).packed.data() + column / 16 * block_bytes + column % 16 * GROUP;
        int i = 0;
        for (; i + GROUP <= k; i += GROUP, to += 16 * GROUP) {
            __builtin_memcpy(to, from + i, GROUP);
        }
        for (int j = 0; i + j < k; j++) {
            to[j] = static_cast<uint8_t>(from[i + j]);
        }
    }
}

}  // namespace
}  // namespace base
}  // namespace dl
