/**
 * @file dl_simd.hpp
 * Attributes for sources that are compiled with an instruction set's flags.
 */
#pragma once

#define DL_INLINE inline __attribute__((always_inline))
// DL_UNROLL before a loop with constant bounds unrolls it wholly, so that arrays indexed by its counter become
// registers.
#ifdef __clang__
#define DL_UNROLL _Pragma("unroll")
#else
#define DL_UNROLL _Pragma("GCC unroll 32")
#endif
