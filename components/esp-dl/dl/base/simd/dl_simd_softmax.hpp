/**
 * @file dl_simd_softmax.hpp
 * Softmax and LogSoftmax of int8 and int16. The order in which exponentials are added along the axis is fixed, so
 * several rows are summed side by side, or the columns of a register. An int8 row has at most as many different
 * quotients as there are values between its extremes: each is computed once.
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

/** Along the last axis. */
template <typename In, typename Out, typename Rounding>
class SoftmaxRows {
public:
    explicit SoftmaxRows(const SoftmaxArgs &args)
        : m_args(args), m_table(args.exp_table.get()), m_inv_scale(Real::set(DL_RESCALE(args.types.dst_exponent))) {}

    void run(int begin, int end) {
        for (int row = begin; row < end; row += ROWS) {
            compute(row, std::min(end - row, ROWS));
        }
    }

private:
    static constexpr int ROWS = 8;
    static constexpr int COLUMNS = 512;
    using Index = std::make_unsigned_t<In>;
    using V = Vector<In>;

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

/** Along any other axis: its elements lie `inner` apart, and those of the columns beside each other. */
template <typename In, typename Out, typename Rounding>
class SoftmaxColumns {
public:
    explicit SoftmaxColumns(const SoftmaxArgs &args)
        : m_args(args), m_table(args.exp_table.get()), m_inv_scale(Real::set(DL_RESCALE(args.types.dst_exponent))) {}

    void run(int begin, int end) {
        for (int64_t unit = begin, n = 0; unit < end; unit += n) {
            const int64_t column = unit % m_args.inner;
            n = std::min<int64_t>(std::min<int64_t>(COLUMNS, m_args.inner - column), end - unit);
            const int64_t offset = (unit - column) * m_args.length + column;
            m_src = static_cast<const In *>(m_args.src) + offset;
            m_dst = static_cast<Out *>(m_args.dst) + offset;
            m_count = static_cast<int>(n);
            compute();
        }
    }

private:
    static constexpr int COLUMNS = 64;
    static constexpr int ROWS = 32;  ///< along the axis, whose exponentials are at hand
    static constexpr int LANES = Real::LANES;
    using Index = std::make_unsigned_t<In>;
    using V = Vector<In, LANES *static_cast<int>(sizeof(In))>;

    /** Compute the m_count columns that begin at m_src. */
    void compute() {
        find_zeros();
        Real sums[COLUMNS / LANES];
        for_each_part([&](int k, int) { sums[k / LANES] = Real::set(0); });
        for (int64_t i = 0; i < m_args.length; i += ROWS) {
            const int rows = look_up(i);
            for_each_part([&](int k, int) {
                Real sum = sums[k / LANES];
                for (int r = 0; r < rows; r++) {
                    sum = sum + Real::load(m_exponentials[r] + k);
                }
                sums[k / LANES] = sum;
            });
        }
        m_args.is_log ? take_logarithms(sums) : divide(sums);
    }

    /** Call f(column, count) for each LANES columns, or fewer. */
    template <typename F>
    DL_INLINE void for_each_part(F f) const {
        for (int k = 0; k < m_count; k += LANES) {
            f(k, std::min(m_count - k, LANES));
        }
    }

    /** Row i. Where there are fewer than COLUMNS columns, the others are 0. */
    DL_INLINE const In *row(int64_t i) {
        const In *src = m_src + i * m_args.inner;
        if (m_count == COLUMNS) {
            return src;
        }
        memcpy(m_row, src, m_count * sizeof(In));
        return m_row;
    }

    /** Find the value of each column whose exponential is the table's first. */
    void find_zeros() {
        memset(m_row, 0, sizeof m_row);
        const In lowest = std::numeric_limits<In>::min(), highest = std::numeric_limits<In>::max();
        std::fill_n(m_zeros, COLUMNS, m_args.subtract_max ? lowest : highest);
        for (int64_t i = 0; m_args.subtract_max && i < m_args.length; i++) {
            const In *src = row(i);
            for_each_part([&](int k, int) { V::max(V::load(m_zeros + k), V::load(src + k)).store(m_zeros + k); });
        }
    }

    /** Look up the exponentials of ROWS rows from row i on, or of all that are left. @return how many these are */
    int look_up(int64_t i) {
        const int rows = static_cast<int>(std::min<int64_t>(m_args.length - i, ROWS));
        for (int r = 0; r < rows; r++) {
            const In *src = row(i + r);
            Index index[COLUMNS];
            for_each_part([&](int k, int) {
                (V::load(m_zeros + k) - V::load(src + k)).store(reinterpret_cast<In *>(index + k));
            });
            for_each_part([&](int first, int) {
                DL_UNROLL
                for (int k = 0; k < LANES; k++) {
                    size_t at = index[first + k];
                    __asm__("" : "+r"(at));  // one by one: a vector of addresses is taken apart again
                    m_exponentials[r][first + k] = m_table[at];
                }
            });
        }
        return rows;
    }

    void divide(const Real *sums) {
        for (int64_t i = 0; i < m_args.length; i += ROWS) {
            const int rows = m_args.length > ROWS ? look_up(i) : static_cast<int>(m_args.length);
            for (int r = 0; r < rows; r++) {
                for_each_part([&](int k, int count) {
                    const Real quotient = Real::load(m_exponentials[r] + k) / sums[k / LANES];
                    store(quotient, i + r, k, count);
                });
            }
        }
    }

    /** The distance from the largest element, less the logarithm of the sum. */
    void take_logarithms(const Real *sums) {
        const Real scale = Real::set(DL_SCALE(m_args.types.src_exponent));
        float logarithms[COLUMNS];
        for_each_part([&](int k, int count) {
            sums[k / LANES].store(logarithms + k);
            for (int c = k; c < k + count; c++) {
                logarithms[c] = softmax_log(logarithms[c]);
            }
        });
        for (int64_t i = 0; i < m_args.length; i++) {
            const In *src = row(i);
            for_each_part([&](int k, int count) {
                const Real distance = Real::load(src + k) - Real::load(m_zeros + k);
                store(distance * scale - Real::load(logarithms + k), i, k, count);
            });
        }
    }

    DL_INLINE void store(Real x, int64_t i, int column, int count) const {
        store_first(quantize_real<Out, Rounding>(x, m_inv_scale), m_dst + i * m_args.inner + column, count);
    }

    const SoftmaxArgs &m_args;
    const float *m_table;
    Real m_inv_scale;
    const In *m_src = nullptr;
    Out *m_dst = nullptr;
    int m_count = 0;
    In m_row[COLUMNS];
    In m_zeros[COLUMNS];
    float m_exponentials[ROWS][COLUMNS];
};

template <template <typename, typename, typename> class Walk, typename In, typename Rounding>
void softmax_of(const SoftmaxArgs &args, int begin, int end) {
    switch (args.types.dst_dtype) {
        case DATA_TYPE_INT8:
            return Walk<In, int8_t, Rounding>(args).run(begin, end);
        case DATA_TYPE_INT16:
            return Walk<In, int16_t, Rounding>(args).run(begin, end);
        default:
            return Walk<In, float, Rounding>(args).run(begin, end);
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
