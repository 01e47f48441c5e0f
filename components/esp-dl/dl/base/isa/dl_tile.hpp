/**
 * @file dl_tile.hpp
 * How a hand-written kernel is defined, declared, and put into its wing's table. A kernel named k is two functions, one
 * for each rounding rule: k_half_up() and k_half_even().
 */
#pragma once

#include <type_traits>

#include "dl_base_kernel.hpp"
#include "dl_rounding.hpp"

/** Define a kernel, in a file compiled with the instruction set's flags. The last argument is a call that computes the
 * units [begin, end) of `args` with the rounding rule `Rounding`. */
#define DL_TILE(Args, kernel, ...)                                  \
    void kernel##_half_up(const Args &args, int begin, int end) {   \
        using Rounding [[maybe_unused]] = RoundHalfUp;              \
        __VA_ARGS__;                                                \
    }                                                               \
    void kernel##_half_even(const Args &args, int begin, int end) { \
        using Rounding [[maybe_unused]] = RoundHalfEven;            \
        __VA_ARGS__;                                                \
    }

/** Inside DL_TILE(): the function of another kernel that has the same rounding rule. */
#define DL_TILE_OF(kernel) (std::is_same_v<Rounding, RoundHalfUp> ? kernel##_half_up : kernel##_half_even)

/** Declare a kernel. */
#define DL_DECLARE_TILE(Args, kernel)                            \
    void kernel##_half_up(const Args &args, int begin, int end); \
    void kernel##_half_even(const Args &args, int begin, int end)

/** The row of a kernel in its wing's table, see Kernel. */
#define DL_TILE_ROW(kernel, supports, prepare) \
    { #kernel, supports, prepare, kernel##_half_up, kernel##_half_even }
