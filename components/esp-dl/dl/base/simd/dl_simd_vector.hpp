/**
 * @file dl_simd_vector.hpp
 * A register of integers of one type, written with the compilers' vector extension: loads, stores, operators.
 */
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "dl_simd.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int REGISTER_BYTES = 64;
#elif defined(__AVX2__)
constexpr int REGISTER_BYTES = 32;
#else
constexpr int REGISTER_BYTES = 16;
#endif

template <typename T, int BYTES = REGISTER_BYTES>
struct Vector {
    static constexpr int LANES = BYTES / sizeof(T);
    typedef T V __attribute__((vector_size(BYTES)));
    V v;

    static DL_INLINE Vector load(const T *p) {
        Vector result;
        memcpy(&result.v, p, BYTES);
        return result;
    }
    static DL_INLINE Vector set(T x) { return {V{} + x}; }
    DL_INLINE void store(T *p) const { memcpy(p, &v, BYTES); }

    /** The difference. It may wrap around. */
    friend DL_INLINE Vector operator-(Vector a, Vector b) {
        typedef std::make_unsigned_t<T> U __attribute__((vector_size(BYTES)));
        return {reinterpret_cast<V>(reinterpret_cast<U>(a.v) - reinterpret_cast<U>(b.v))};
    }
    static DL_INLINE Vector max(Vector a, Vector b) { return {a.v > b.v ? a.v : b.v}; }
    static DL_INLINE Vector min(Vector a, Vector b) { return {a.v < b.v ? a.v : b.v}; }
    /** Combine all lanes into one element. @param op combines two vectors */
    template <typename Op>
    static DL_INLINE T reduce(Vector a, Op op) {
        constexpr auto half = std::make_index_sequence<LANES / 2>();
        if constexpr (BYTES > 16) {
            return Vector<T, BYTES / 2>::reduce({op(part<0>(a.v, half), part<LANES / 2>(a.v, half))}, op);
        } else {
            return fold<LANES / 2>(a.v, op)[0];
        }
    }

private:
    template <size_t FIRST, size_t... I>
    static DL_INLINE auto part(V v, std::index_sequence<I...>) {
        return __builtin_shufflevector(v, v, static_cast<int>((FIRST + I) % LANES)...);
    }
    /** Combine v with itself, rotated by BY lanes, by half of that, and so on. */
    template <size_t BY, typename Op>
    static DL_INLINE V fold(V v, Op op) {
        v = op(v, part<BY>(v, std::make_index_sequence<LANES>()));
        if constexpr (BY > 1) {
            v = fold<BY / 2>(v, op);
        }
        return v;
    }
};

/** Call block(i) for blocks of LANES elements, which cover all n elements. n is at least LANES. The last block may
 * overlap the one before it. */
template <int LANES, typename F>
DL_INLINE void for_each_block(int64_t n, F block) {
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        block(i);
    }
    if (i < n) {
        block(n - LANES);
    }
}

/** Find the least and the greatest of n elements. */
template <typename T, int BYTES = REGISTER_BYTES>
void find_extremes(const T *src, int64_t n, T *low, T *high) {
    using V = Vector<T, BYTES>;
    if (n >= V::LANES) {
        V lowest = V::load(src), highest = lowest;
        for_each_block<V::LANES>(n, [&](int64_t i) {
            const V x = V::load(src + i);
            lowest = V::min(lowest, x);
            highest = V::max(highest, x);
        });
        *low = V::reduce(lowest, [](auto a, auto b) { return a < b ? a : b; });
        *high = V::reduce(highest, [](auto a, auto b) { return a > b ? a : b; });
    } else if constexpr (BYTES > 16) {
        find_extremes<T, BYTES / 2>(src, n, low, high);
    } else {
        *low = *std::min_element(src, src + n);
        *high = *std::max_element(src, src + n);
    }
}

/** Call f(elements, index, count) for each LANES elements of a row; fewer than LANES are followed by zeros. */
template <int LANES, typename T, typename F>
DL_INLINE void for_each_register(const T *row, int64_t n, F f) {
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        f(row + i, i, LANES);
    }
    if (i < n) {
        T rest[LANES] = {};
        memcpy(rest, row + i, (n - i) * sizeof(T));
        f(rest, i, static_cast<int>(n - i));
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
