/**
 * @file dl_simd_vector.hpp
 * A register of integers of one type, written with the compilers' vector extension: loads, stores, operators.
 */
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

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
    /** Combine all lanes into one element. @param op combines two elements, and two vectors */
    template <typename Op>
    static DL_INLINE T reduce(Vector a, Op op) {
        typedef T Part __attribute__((vector_size(16)));
        Part parts[BYTES / 16];
        memcpy(parts, &a.v, BYTES);
        for (int i = 1; i < BYTES / 16; i++) {
            parts[0] = op(parts[0], parts[i]);
        }
        T result = parts[0][0];
        for (size_t i = 1; i < 16 / sizeof(T); i++) {
            result = op(result, static_cast<T>(parts[0][i]));
        }
        return result;
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

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
