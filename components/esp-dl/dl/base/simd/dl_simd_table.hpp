/**
 * @file dl_simd_table.hpp
 * How one source becomes kernels of every instruction set. The build compiles each dl_simd_<op>.cpp once for each
 * instruction set, with the flags of that instruction set, and with DL_SIMD_ISA defined as its name. Everything in the
 * source is in the namespace dl::base::DL_SIMD_ISA, so it belongs to that instruction set alone. Its wing takes the
 * source's tables from there (DL_DECLARE_SIMD_TABLE).
 *
 * Such a source calls no inline functions that other files call, too; above all it uses no containers. The linker keeps
 * one copy of an inline function for the whole program, and that must not be the copy that only some processors can
 * execute.
 */
#pragma once

#include "dl_base_kernel.hpp"
#include "dl_rounding.hpp"

// The tiles in kernels' names: bytes, words (16 bits), floats and products that are computed at once, and bytes that
// are looked up at once.
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

/** The row of the kernel dl_<isa>_<kernel>_<tile>, where `kernel` is <type>_<operation>. The last arguments are the
 * functions for the two rounding rules; DL_SIMD_EXACT_ROW is for a kernel that rounds nothing, and takes one. */
#define DL_SIMD_ROW(kernel, tile, supports, prepare, half_up, half_even) \
    { "dl_" DL_SIMD_STRING(DL_SIMD_ISA) "_" #kernel "_" DL_SIMD_STRING(tile), supports, prepare, half_up, half_even }
#define DL_SIMD_EXACT_ROW(kernel, tile, supports, prepare, ...)                                                 \
    {                                                                                                           \
        "dl_" DL_SIMD_STRING(DL_SIMD_ISA) "_" #kernel "_" DL_SIMD_STRING(tile), supports, prepare, __VA_ARGS__, \
            __VA_ARGS__                                                                                         \
    }

// NOLINTBEGIN(bugprone-macro-parentheses): the name that is declared needs none.

/** Make a table, for the wing, of the array `<operation>_rows`. The kernel to prefer comes first. */
#define DL_SIMD_TABLE(Args, operation)        \
    extern const KernelTable<Args> operation; \
    constinit const KernelTable<Args> operation(operation##_rows)

/** Declare the table of an operation of an instruction set, for its wing. */
#define DL_DECLARE_SIMD_TABLE(isa, Args, operation) \
    namespace isa {                                 \
    extern const KernelTable<Args> operation;       \
    }

// NOLINTEND(bugprone-macro-parentheses)
