/**
 * @file dl_base_unary.hpp
 * Operations on one tensor, element by element: activations, mathematical functions, conversions between types and
 * exponents.
 */
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

/** Functions of a real number x. a and b are attributes. The definitions are ONNX's, computed in float. */
typedef enum {
    UNARY_IDENTITY = 0,  ///< also the conversions RequantizeLinear, QuantizeLinear, DequantizeLinear
    UNARY_ABS,
    UNARY_ATAN,
    UNARY_CEIL,
    UNARY_CLIP,  ///< min(max(x, a), b)
    UNARY_COS,
    UNARY_ELU,  ///< x < 0 ? a (e^x - 1) : x
    UNARY_ERF,
    UNARY_EXP,
    UNARY_FLOOR,
    UNARY_GELU,          ///< x/2 (1 + erf(x / sqrt 2))
    UNARY_HARD_SIGMOID,  ///< max(0, min(1, a x + b))
    UNARY_HARD_SWISH,    ///< x max(0, min(1, x/6 + 1/2))
    UNARY_LEAKY_RELU,    ///< x < 0 ? a x : x
    UNARY_LOG,
    UNARY_NEG,
    UNARY_NOT,  ///< x == 0
    UNARY_RECIPROCAL,
    UNARY_RELU,
    UNARY_ROUND,  ///< half to even, whatever the chip
    UNARY_SIGMOID,
    UNARY_SIGN,
    UNARY_SIN,
    UNARY_SOFTPLUS,  ///< log(1 + e^x)
    UNARY_SOFTSIGN,  ///< x / (1 + |x|)
    UNARY_SQRT,
    UNARY_SWISH,  ///< x sigmoid(x)
    UNARY_TAN,
    UNARY_TANH,
    UNARY_LUT,  ///< the table of the file
} unary_t;

struct UnaryArgs {
    static constexpr int BLOCK = 4096;  ///< elements of a unit at most

    unary_t op = UNARY_IDENTITY;
    float a = 0, b = 0;
    dtype_t in_type = DATA_TYPE_UNDEFINED;
    dtype_t out_type = DATA_TYPE_UNDEFINED;
    int in_exponent = 0;
    int out_exponent = 0;
    int size = 0;
    int units = 0;  ///< blocks of BLOCK elements
    const void *in = nullptr;
    void *out = nullptr;

    /** From int8 to int8, tensors may have gaps between rows. `row` is the number of elements that follow each other on
     * both sides; 0: all of them. A pitch is the number of elements from the beginning of one row to that of the next.
     * With rows, a unit is as many rows as a block holds, at least one. */
    int row = 0;
    int in_pitch = 0;
    int out_pitch = 0;

    /**
     * From int8 to int8: all 256 results, index x + 128. The kernel's prepare() computes them from the function, unless
     * has_table8 says that the table of the file is there.
     */
    alignas(64) std::array<int8_t, 256> table8 = {};
    bool has_table8 = false;

    /** From int16 to int16 by the table of the file: the result is entry round((x + 32768) / table16_step), without
     * interpolation. nullptr: the file has no table.
     */
    const int16_t *table16 = nullptr;
    int table16_step = 1;
    /** From int16 to int16: all 65536 results, index x + 32768, if a kernel has found them worth computing. Layers of
     * equal results may share it. */
    std::shared_ptr<const int16_t[]> all16;

    int unit_rows() const { return row < BLOCK ? BLOCK / row : 1; }
    /** Set row, pitches and units. With `elements` 0, all elements follow each other. */
    void set_rows(int elements, int in_row, int out_row) {
        row = elements;
        in_pitch = in_row;
        out_pitch = out_row;
        const int unit = row ? row * unit_rows() : BLOCK;
        units = static_cast<int>((static_cast<int64_t>(size) + unit - 1) / unit);
    }
    /** From int8 to int8: call f(input, output, number of elements) for each stretch of elements of the units [begin,
     * end) that follow each other. */
    template <typename F>
    inline __attribute__((always_inline)) void for_each_run(int begin, int end, F f) const {
        const int8_t *from = static_cast<const int8_t *>(in);
        int8_t *to = static_cast<int8_t *>(out);
        if (row == 0) {
            const int64_t first = static_cast<int64_t>(begin) * BLOCK;
            const int64_t last = std::min<int64_t>(size, static_cast<int64_t>(end) * BLOCK);
            f(from + first, to + first, last - first);
            return;
        }
        const int64_t first = static_cast<int64_t>(begin) * unit_rows();
        const int64_t last = std::min<int64_t>(size / row, static_cast<int64_t>(end) * unit_rows());
        const auto rows = [&](int64_t elements) __attribute__((always_inline)) {
            for (int64_t i = first; i < last; i++) {
                f(from + i * in_pitch, to + i * out_pitch, elements);
            }
        };
        // Short rows gain much from a length that the compiler knows.
        switch (row) {
            case 16:
                return rows(16);
            case 32:
                return rows(32);
            case 64:
                return rows(64);
            default:
                return rows(row);
        }
    }
};

/** The value of the function at x, in float. */
float unary_function(unary_t op, float x, float a, float b);

BoundKernel<UnaryArgs> select_unary(UnaryArgs &args);

}  // namespace base
}  // namespace dl
