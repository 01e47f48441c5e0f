/**
 * @file dl_simd_softmax.hpp
 * Softmax and LogSoftmax of int8 and int16 rows that follow each other. The order in which a row's exponentials are
 * added is fixed, so several rows are summed side by side. An int8 row has at most as many different quotients as there
 * are values between its extremes: each is computed once.
 */
#pragma once

#include <type_traits>

#include "dl_base_softmax_reference.hpp"
#include "dl_simd_lut.hpp"
#include "dl_simd_real.hpp"
#include "dl_simd_vector.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

#if defined(__ARM_NEON)
#define DL_KEEP_IN_REGISTER(x) __asm__("" : "+w"(x))
#else
#define DL_KEEP_IN_REGISTER(x) __asm__("" : "+x"(x))
#endif

template <typename In, typename Out, typename Rounding>
class SoftmaxRows {
public:
    explicit SoftmaxRows(const SoftmaxArgs &args)
        : m_args(args), m_table(args.exp_table.get()), m_inv_scale(Real::set(DL_RESCALE(args.types.dst_exponent))) {}

    /** Compute the rows [first, first + count), count <= ROWS. */
    void compute(int first, int count) {
        const int64_t n = m_args.length;
        const In *src = static_cast<const In *>(m_args.src) + first * n;
        Out *dst = static_cast<Out *>(m_args.dst) + first * n;
        int zero[ROWS];  // the value whose exponential is the table's first
        In lowest[ROWS];
        for (int r = 0; r < count; r++) {
            In highest;
            find_extremes(src + r * n, n, lowest + r, &highest);
            zero[r] = m_args.subtract_max ? highest : std::numeric_limits<In>::max();
        }
        float sums[ROWS] = {};
        for (int64_t i = 0; i < n; i += COLUMNS) {
            const int m = static_cast<int>(n - i < COLUMNS ? n - i : COLUMNS);
            for (int r = 0; r < count; r++) {
                index_row(src + r * n + i, m, zero[r], m_index[r]);
            }
            add_columns(m, sums);
        }
        for (int r = 0; r < count; r++) {
            if (m_args.is_log) {
                take_logarithms(src + r * n, zero[r], softmax_log(sums[r]), dst + r * n);
            } else if constexpr (sizeof(In) == 1) {
                divide_entries(zero[r] - lowest[r], sums[r]);
                for (int64_t i = 0; i < n; i += COLUMNS) {
                    const int m = static_cast<int>(n - i < COLUMNS ? n - i : COLUMNS);
                    look_up_quotients(src + r * n + i, m, zero[r], dst + r * n + i);
                }
            } else {
                for (int64_t i = 0; i < n; i += Real::LANES) {
                    divide(src + r * n + i, n - i, zero[r], sums[r], dst + r * n + i);
                }
            }
        }
    }

    static constexpr int ROWS = 8;

private:
    static constexpr int COLUMNS = 512;
    using Index = std::make_unsigned_t<In>;
    using V = Vector<In>;

    /** index[i] = zero - src[i] */
    static void index_row(const In *src, int n, int zero, Index *index) {
        if (n >= V::LANES) {
            const V from = V::set(static_cast<In>(zero));
            for_each_block<V::LANES>(
                n, [&](int64_t i) { (from - V::load(src + i)).store(reinterpret_cast<In *>(index + i)); });
        } else {
            for (int i = 0; i < n; i++) {
                index[i] = static_cast<Index>(zero - src[i]);
            }
        }
    }

    /** Add up the exponentials of n columns for all ROWS rows, also for those that do not exist. */
    void add_columns(int n, float (&sums)[ROWS]) const {
        float sum[ROWS];
        DL_UNROLL
        for (int r = 0; r < ROWS; r++) {
            sum[r] = sums[r];
        }
        for (int i = 0; i < n; i++) {
            DL_UNROLL
            for (int r = 0; r < ROWS; r++) {
                float s = sum[r] + m_table[m_index[r][i]];
                DL_KEEP_IN_REGISTER(s);  // to collect them in a vector takes longer than the additions
                sum[r] = s;
            }
        }
        DL_UNROLL
        for (int r = 0; r < ROWS; r++) {
            sums[r] = sum[r];
        }
    }

    Real quotient(Real exponential, Real sum) const {
        return quantize_real<Out, Rounding>(exponential / sum, m_inv_scale);
    }

    /** Compute the quotients of the table's entries 0 to `last`. */
    void divide_entries(int last, float sum) {
        for (int k = 0; k <= last; k += Real::LANES) {
            quotient(Real::load(m_table + k), Real::set(sum)).store(m_quotients + k);
        }
    }

    void look_up_quotients(const In *src, int n, int zero, Out *dst) {
        Index *index = m_index[0];
        if constexpr (sizeof(Out) == 1) {
            index_row(src, n, zero - 128, index);  // as look_up() expects it
            with_lut(m_quotients,
                     [&](const ByteLut &lut) { look_up(lut, reinterpret_cast<const int8_t *>(index), dst, n); });
        } else {
            index_row(src, n, zero, index);
            for (int i = 0; i < n; i++) {
                size_t at = index[i];
                __asm__("" : "+r"(at));  // one by one: a vector of addresses is taken apart again
                dst[i] = m_quotients[at];
            }
        }
    }

    /** Divide Real::LANES elements, or `left` if that is less. */
    void divide(const In *src, int64_t left, int zero, float sum, Out *dst) const {
        constexpr int LANES = Real::LANES;
        float exponentials[LANES] = {};
        const int n = left < LANES ? static_cast<int>(left) : LANES;
        for (int i = 0; i < n; i++) {
            size_t at = static_cast<Index>(zero - src[i]);
            __asm__("" : "+r"(at));
            exponentials[i] = m_table[at];
        }
        store_first(quotient(Real::load(exponentials), Real::set(sum)), dst, n);
    }

    /** LogSoftmax of a row: the distance from the largest element, less the logarithm of the sum. */
    void take_logarithms(const In *src, int zero, float log_sum, Out *dst) const {
        const Real scale = Real::set(DL_SCALE(m_args.types.src_exponent));
        const Real highest = Real::set(static_cast<float>(zero));
        for_each_register<Real::LANES>(src, m_args.length, [&](const In *x, int64_t i, int count) {
            const Real result = (Real::load(x) - highest) * scale - Real::set(log_sum);
            store_first(quantize_real<Out, Rounding>(result, m_inv_scale), dst + i, count);
        });
    }

    const SoftmaxArgs &m_args;
    const float *m_table;
    Real m_inv_scale;
    Index m_index[ROWS][COLUMNS] = {};
    Out m_quotients[256];
};

template <typename In, typename Out, typename Rounding>
void softmax_to(const SoftmaxArgs &args, int begin, int end) {
    using Rows = SoftmaxRows<In, Out, Rounding>;
    Rows rows(args);
    for (int row = begin; row < end; row += Rows::ROWS) {
        rows.compute(row, std::min(end - row, Rows::ROWS));
    }
}

template <typename In, typename Rounding>
void softmax_of(const SoftmaxArgs &args, int begin, int end) {
    switch (args.types.dst_dtype) {
        case DATA_TYPE_INT8:
            return softmax_to<In, int8_t, Rounding>(args, begin, end);
        case DATA_TYPE_INT16:
            return softmax_to<In, int16_t, Rounding>(args, begin, end);
        default:
            return softmax_to<In, float, Rounding>(args, begin, end);
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
