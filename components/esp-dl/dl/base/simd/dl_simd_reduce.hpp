/**
 * @file dl_simd_reduce.hpp
 * Reductions of int8 and int16. By columns, a register has neighbouring results; by rows, neighbouring elements of one
 * result. A float holds the sum of some hundred elements of a column exactly; from there on, sums go on in 64 bits.
 */
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>

#include "dl_pack_reduce.hpp"
#include "dl_simd_real.hpp"
#include "dl_simd_sums.hpp"

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
    DL_INLINE void add(const T *column, int rows, int64_t stride) {
        while (rows > 0) {
            const int n = std::min(rows, EXACT_TERMS<T> - m_terms);
            Real sum = m_sum;
            if (m_count == Real::LANES && !m_magnitudes) {  // the most frequent case has a loop of its own
                for (int i = 0; i < n; i++, column += stride) {
                    sum = sum + Real::load(column);
                }
            } else {
                for (int i = 0; i < n; i++, column += stride) {
                    const Real x = load(column);
                    sum = sum + (m_magnitudes ? Real::choose(x < Real::set(0), Real::set(0) - x, x) : x);
                }
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

/** The walk through the elements of a result: `outer.extent` stretches of `inner.extent` elements. */
struct ReducedAxes {
    ReduceArgs::Axis outer = {1, 0}, inner;

    explicit ReducedAxes(const ReduceArgs &args) : inner(args.reduced[args.reduced.size() - 1]) {
        if (args.reduced.size() == 2) {
            outer = args.reduced[0];
        }
    }
};

/** Call f(first element of the first result, number of results, index of the first result) for each unit. */
template <typename T, typename F>
DL_INLINE void for_each_unit(const ReduceArgs &args, int begin, int end, F f) {
    const ReduceArgs::Axis inner = args.kept[args.kept.size() - 1];
    for (int unit = begin; unit < end; unit++) {
        const int start = unit % args.tiles * ReduceArgs::TILE;
        const int64_t row = unit / args.tiles;
        f(static_cast<const T *>(args.in) + reduce_row_offset(args, row) + start * inner.stride,
          std::min(ReduceArgs::TILE, inner.extent - start), row * inner.extent + start);
    }
}

template <typename T, typename Rounding>
void sum_columns(const ReduceArgs &args, int begin, int end) {
    const ReducedAxes axes(args);
    for_each_unit<T>(args, begin, end, [&](const T *in, int n, int64_t at) {
        float sums[ReduceArgs::TILE];
        for (int i = 0; i < n; i += Real::LANES) {
            ColumnSums<T> columns(args.op == REDUCE_L1, std::min(Real::LANES, n - i));
            for (int k = 0; k < axes.outer.extent; k++) {
                columns.add(in + i + k * axes.outer.stride, axes.inner.extent, axes.inner.stride);
            }
            columns.store(sums + i);
        }
        store_reduced_sums<Rounding>(args, sums, n, at);
    });
}

/** The sum that the operation takes of a row. */
template <typename T>
int64_t sum_of_row(reduce_t op, const T *row, int64_t n) {
    int64_t total = 0;
    for (int64_t i = 0; i < n; i += RowSums::MAX_ELEMENTS) {
        RowSums sums;
        const auto over_part = [&](auto add) {
            RowSums::for_row(row + i, std::min(n - i, RowSums::MAX_ELEMENTS), add);
        };
        switch (op) {
            case REDUCE_L1:
                over_part([&](RowSums::V x) { sums.add_magnitudes(x); });
                total += sums.magnitudes();
                break;
            case REDUCE_L2:
            case REDUCE_SUM_SQUARE:
                over_part([&](RowSums::V x) { sums.add_squares(x); });
                total += sums.squares();
                break;
            default:
                over_part([&](RowSums::V x) { sums.add(x); });
                total += sums.sum();
        }
    }
    return total;
}

template <typename T, typename Rounding>
void sum_rows(const ReduceArgs &args, int begin, int end) {
    const ReducedAxes axes(args);
    const int64_t stride = args.kept[args.kept.size() - 1].stride;
    for_each_unit<T>(args, begin, end, [&](const T *in, int n, int64_t at) {
        float sums[ReduceArgs::TILE];
        for (int i = 0; i < n; i++) {
            int64_t sum = 0;
            for (int k = 0; k < axes.outer.extent; k++) {
                sum += sum_of_row(args.op, in + i * stride + k * axes.outer.stride, axes.inner.extent);
            }
            sums[i] = static_cast<float>(sum);
        }
        store_reduced_sums<Rounding>(args, sums, n, at);
    });
}

/** Find the extremes of n <= TILE columns, in registers that they fill, of 16 bytes at least. */
template <typename T, int BYTES = REGISTER_BYTES>
void column_extremes(const ReducedAxes &axes, const T *in, int n, bool is_max, T *results) {
    using V = Vector<T, BYTES>;
    if constexpr (BYTES > 16) {
        if (n < V::LANES) {
            return column_extremes<T, BYTES / 2>(axes, in, n, is_max, results);
        }
    }
    const auto load = [&](const T *p) {
        T first[V::LANES] = {};
        if (n < V::LANES) {
            memcpy(first, p, n * sizeof(T));
            p = first;
        }
        return V::load(p);
    };
    for_each_block<V::LANES>(std::max(n, V::LANES), [&](int64_t i) {
        V best = load(in + i);
        for (int k = 0; k < axes.outer.extent; k++) {
            const T *column = in + i + k * axes.outer.stride;
            for (int row = 0; row < axes.inner.extent; row++, column += axes.inner.stride) {
                best = is_max ? V::max(best, load(column)) : V::min(best, load(column));
            }
        }
        best.store(results + i);
    });
}

/** Find the extremes of n rows, or of as many groups of rows. */
template <typename T>
void row_extremes(const ReducedAxes &axes, const T *in, int64_t stride, int n, bool is_max, T *results) {
    for (int i = 0; i < n; i++, in += stride) {
        T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::lowest();
        for (int k = 0; k < axes.outer.extent; k++) {
            T least, greatest;
            find_extremes(in + k * axes.outer.stride, axes.inner.extent, &least, &greatest);
            low = std::min(low, least);
            high = std::max(high, greatest);
        }
        results[i] = is_max ? high : low;
    }
}

/** A scale is a power of two, so that it changes nothing about which element is the extreme one. */
template <typename T, typename Rounding>
void extremes(const ReduceArgs &args, int begin, int end) {
    const ReducedAxes axes(args);
    const bool by_rows = has_rows(args), is_max = args.op == REDUCE_MAX;
    const int64_t stride = args.kept[args.kept.size() - 1].stride;
    const float scale = DL_SCALE(args.in_exponent);
    for_each_unit<T>(args, begin, end, [&](const T *in, int n, int64_t at) {
        T found[ReduceArgs::TILE];
        if (by_rows) {
            row_extremes(axes, in, stride, n, is_max, found);
        } else {
            column_extremes(axes, in, n, is_max, found);
        }
        float results[ReduceArgs::TILE];
        for (int i = 0; i < n; i++) {
            results[i] = static_cast<float>(found[i]) * scale;
        }
        store_reduced<Rounding>(args, results, n, at);
    });
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
