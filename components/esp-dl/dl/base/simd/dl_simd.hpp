/**
 * @file dl_simd.hpp
 * What the sources that are compiled with an instruction set's flags ask of the compiler.
 */
#pragma once

#define DL_INLINE inline __attribute__((always_inline))
// Before a loop with constant bounds: unroll it all, so that arrays indexed by its counter become registers.
#ifdef __clang__
#define DL_UNROLL _Pragma("unroll")
#else
#define DL_UNROLL _Pragma("GCC unroll 32")
#endif
