/**
 * @file dl_simd_table.hpp
 * How one source becomes the kernels of every instruction set. The build compiles each dl_simd_<op>.cpp once per
 * instruction set, with its flags and with DL_SIMD_ISA as its name: everything in it is in the namespace
 * dl::base::DL_SIMD_ISA and belongs to that instruction set alone. The source's tables, rows of constants, are what its
 * wing takes from there (DL_DECLARE_SIMD_TABLE).
 *
 * Such a source calls nothing that is inline and shared with other files, containers above all: the linker keeps one
 * copy of it for the whole program, and it would not do to keep the one that only some processors execute.
 */
#pragma once

#include "dl_base_kernel.hpp"
#include "dl_rounding.hpp"

// What kernels are named after: bytes, words (16 bits) and floats that are computed at once, and bytes looked up at
// once.
#if defined(__AVX512F__)
#define DL_SIMD_BYTES 64
#define DL_SIMD_WORDS 32
#define DL_SIMD_FLOATS 16
#define DL_SIMD_PRODUCTS 32
#define DL_SIMD_LOOKUPS 64
#elif defined(__AVX2__)
#define DL_SIMD_BYTES 32
#define DL_SIMD_WORDS 16
#define DL_SIMD_FLOATS 8
#define DL_SIMD_PRODUCTS 16
#define DL_SIMD_LOOKUPS 32
#else
#define DL_SIMD_BYTES 16
#define DL_SIMD_WORDS 8
#define DL_SIMD_FLOATS 8
#define DL_SIMD_PRODUCTS 16
#define DL_SIMD_LOOKUPS 64
#endif

#define DL_SIMD_STRING_OF(text) #text
#define DL_SIMD_STRING(text) DL_SIMD_STRING_OF(text)

/** A row: dl_<isa>_<kernel>_<tile>. The functions for both rounding rules are the last arguments; one where nothing is
 * rounded. */
#define DL_SIMD_ROW(kernel, tile, supports, prepare, half_up, half_even) \
    { "dl_" DL_SIMD_STRING(DL_SIMD_ISA) "_" #kernel "_" DL_SIMD_STRING(tile), supports, prepare, half_up, half_even }
#define DL_SIMD_EXACT_ROW(kernel, tile, supports, prepare, ...)                                                 \
    {                                                                                                           \
        "dl_" DL_SIMD_STRING(DL_SIMD_ISA) "_" #kernel "_" DL_SIMD_STRING(tile), supports, prepare, __VA_ARGS__, \
            __VA_ARGS__                                                                                         \
    }

/** Make a table of `<operation>_rows`, an array in order of preference, for the wing. */
#define DL_SIMD_TABLE(Args, operation)        \
    extern const KernelTable<Args> operation; \
    constinit const KernelTable<Args> operation(operation##_rows)

/** Declare the table of an instruction set, for its wing. */
#define DL_DECLARE_SIMD_TABLE(isa, Args, operation) \
    namespace isa {                                 \
    extern const KernelTable<Args> operation;       \
    }
