/**
 * @file dl_simd_reduce.hpp
 * Sums of columns of int8 and int16: a register of neighbouring results at a time. A float holds the sum of some
 * hundred elements exactly; from there on, sums go on in 64 bits.
 */
#pragma once

#include <algorithm>
#include <cstring>

#include "dl_base_reduce_reference.hpp"
#include "dl_simd.hpp"
#include "dl_simd_real.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

/** Elements whose sum stays within 2^24, whatever they are. */
template <typename T>
constexpr int EXACT_TERMS = 1 << (25 - 8 * sizeof(T));

/** Sums of Real::LANES columns, of which `count` exist. */
template <typename T>
class ColumnSums {
public:
    ColumnSums(bool magnitudes, int count) : m_magnitudes(magnitudes), m_count(count) {}

    /** Add `rows` elements of each column, which lie `stride` elements apart. */
    void add(const T *column, int rows, int64_t stride) {
        while (rows > 0) {
            const int n = std::min(rows, EXACT_TERMS<T> - m_terms);
            Real sum = m_sum;
            for (int i = 0; i < n; i++, column += stride) {
                Real x = load(column);
                if (m_magnitudes) {
                    x = Real::choose(x < Real::set(0), Real::set(0) - x, x);
                }
                sum = sum + x;
            }
            m_sum = sum;
            m_terms += n;
            rows -= n;
            if (m_terms == EXACT_TERMS<T>) {
                flush();
            }
        }
    }

    /** Store the sums of the columns that exist. */
    void store(float *to) {
        flush();
        for (int i = 0; i < m_count; i++) {
            to[i] = static_cast<float>(m_total[i]);
        }
    }

private:
    DL_INLINE Real load(const T *column) const {
        if (m_count == Real::LANES) {
            return Real::load(column);
        }
        T part[Real::LANES] = {};
        memcpy(part, column, m_count * sizeof(T));
        return Real::load(part);
    }

    void flush() {
        float lanes[Real::LANES];
        m_sum.store(lanes);
        for (int i = 0; i < Real::LANES; i++) {
            m_total[i] += static_cast<int64_t>(lanes[i]);
        }
        m_sum = Real::set(0);
        m_terms = 0;
    }

    bool m_magnitudes;
    int m_count;
    int m_terms = 0;  ///< elements in m_sum
    Real m_sum = Real::set(0);
    int64_t m_total[Real::LANES] = {};
};

template <typename T, typename Rounding>
void sum_columns(const ReduceArgs &args, int begin, int end) {
    const ReduceArgs::Axis *axes = &args.reduced[0];
    const bool is_nested = args.reduced.size() == 2;
    const ReduceArgs::Axis outer = is_nested ? axes[0] : ReduceArgs::Axis{1, 0};
    const ReduceArgs::Axis inner = is_nested ? axes[1] : axes[0];
    const int extent = args.kept[args.kept.size() - 1].extent;
    for (int unit = begin; unit < end; unit++) {
        const int start = unit % args.tiles * ReduceArgs::TILE;
        const int n = std::min(ReduceArgs::TILE, extent - start);
        const int64_t row = unit / args.tiles;
        const T *in = static_cast<const T *>(args.in) + reduce_row_offset(args, row) + start;
        float sums[ReduceArgs::TILE];
        for (int i = 0; i < n; i += Real::LANES) {
            ColumnSums<T> columns(args.op == REDUCE_L1, std::min(Real::LANES, n - i));
            for (int k = 0; k < outer.extent; k++) {
                columns.add(in + i + k * outer.stride, inner.extent, inner.stride);
            }
            columns.store(sums + i);
        }
        store_reduced_sums<Rounding>(args, sums, n, row * extent + start);
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
