/**
 * @file dl_define.hpp
 * Macros of the public dl:: API and the enumerations every layer shares.
 */
#pragma once

#include <cstddef>
#include <cstdint>

/** Scale of a power-of-two quantized value: value = q * DL_SCALE(exponent). Exact for exponents of a float. */
#define DL_SCALE(exponent) (::dl::exp2_int(exponent))
/** Inverse scale, as dl::quantize() takes it. */
#define DL_RESCALE(exponent) (::dl::exp2_int(-(exponent)))

#define DL_MAX(x, y) (((x) < (y)) ? (y) : (x))
#define DL_MIN(x, y) (((x) < (y)) ? (x) : (y))
#define DL_CLIP(x, low, high) ((x) < (low)) ? (low) : (((x) > (high)) ? (high) : (x))
#define DL_ABS(x) ((x) < 0 ? (-(x)) : (x))
#define DL_CEIL(x, y) (((x) + (y)-1) / (y))

#define DL_Q16_MIN (-32768)
#define DL_Q16_MAX (32767)
#define DL_Q8_MIN (-128)
#define DL_Q8_MAX (127)

namespace dl {

/** 2^exponent as a float; 0 or infinity outside the range of float. */
float exp2_int(int exponent);

/** Element types, numbered as in the .espdl file (TensorDataType). */
typedef enum {
    DATA_TYPE_UNDEFINED = 0,
    DATA_TYPE_FLOAT = 1,
    DATA_TYPE_UINT8 = 2,
    DATA_TYPE_INT8 = 3,
    DATA_TYPE_UINT16 = 4,
    DATA_TYPE_INT16 = 5,
    DATA_TYPE_INT32 = 6,
    DATA_TYPE_INT64 = 7,
    DATA_TYPE_STRING = 8,
    DATA_TYPE_BOOL = 9,
    DATA_TYPE_FLOAT16 = 10,
    DATA_TYPE_DOUBLE = 11,
    DATA_TYPE_UINT32 = 12,
    DATA_TYPE_UINT64 = 13,
    DATA_TYPE_MIN = DATA_TYPE_UNDEFINED,
    DATA_TYPE_MAX = DATA_TYPE_UINT64 + 1,
} dtype_t;

/** What an operator computes in: the attribute `quant_type` of a node. */
typedef enum {
    QUANT_TYPE_NONE = 0,
    QUANT_TYPE_FLOAT32 = 1,
    QUANT_TYPE_SYMM_8BIT = 2,
    QUANT_TYPE_SYMM_16BIT = 3,
    QUANT_TYPE_SYMM_32BIT = 4,
} quant_type_t;

/** Activation fused into an operator: the attribute `activation` of a node. */
typedef enum {
    Linear = 0,
    ReLU = 1,
    LeakyReLU = 2,
    PReLU = 3,
} activation_type_t;

typedef enum {
    RESIZE_NEAREST = 0,
    RESIZE_LINEAR = 1,
    RESIZE_CUBIC = 2,
} resize_mode_t;

typedef enum {
    PADDING_NOT_SET = 0,
    PADDING_VALID = 1,
    PADDING_SAME_BEGIN = 2,
    PADDING_SAME_END = 3,
    PADDING_CONSTANT = 4,
    PADDING_REFLECT = 5,
    PADDING_EDGE = 6,
} padding_mode_t;

/** How many cores an inference may use. AUTO means SINGLE_CORE unless the caller sets up more. */
typedef enum {
    RUNTIME_MODE_AUTO = 0,
    RUNTIME_MODE_SINGLE_CORE = 1,
    RUNTIME_MODE_MULTI_CORE = 2,
} runtime_mode_t;

/** Bytes by memory kind. */
typedef struct {
    size_t internal;
    size_t psram;
    size_t flash;
} mem_info_t;

}  // namespace dl
