/**
 * @file dl_define.hpp
 * Macros of the public dl:: API, and the enumerations that every layer shares.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "dl_define_private.hpp"
#include "sdkconfig.h"
#include "soc/soc_caps.h"

/** Tag of the library's log lines, for a project that writes such lines of its own. */
#define DL_LOG_TAG "esp-dl"

/** Switches that a project sets with -D, or defines in front of the first include. */
#ifndef DL_LOG_MODULE_NAME
#define DL_LOG_MODULE_NAME 0 /**< 1: modules keep their names */
#endif
#ifndef DL_LOG_LATENCY_UNIT
#define DL_LOG_LATENCY_UNIT 0 /**< what dl::tool::Latency counts: 0: microseconds, 1: processor cycles */
#endif
#ifndef DL_LOG_INFER_LATENCY
#define DL_LOG_INFER_LATENCY 0 /**< 1: DL_LOG_INFER_LATENCY_* measure and print, 0: they expand to nothing */
#endif
#ifndef DL_LOG_CACHE_COUNT
#define DL_LOG_CACHE_COUNT 0 /**< counters of a chip's cache; the PC counts nothing */
#endif

#if CONFIG_SPIRAM_SUPPORT || CONFIG_SPIRAM
#define DL_SPIRAM_SUPPORT 1
#else
#define DL_SPIRAM_SUPPORT 0
#endif

/** The cores that share an operator's work when the caller names none. */
#define CONFIG_DEFAULT_ASSIGN_CORE \
    {}

/** Scale of a quantized value: value = q * DL_SCALE(exponent). The scale is exact wherever a float can hold it. */
#define DL_SCALE(exponent) (::dl::exp2_int(exponent))
/** Inverse scale, as dl::quantize() takes it. */
#define DL_RESCALE(exponent) (::dl::exp2_int(-(exponent)))

#define DL_EQUAL(x, y) (((x) == (y)) ? (1) : (0))
#define DL_MAX(x, y) (((x) < (y)) ? (y) : (x))
#define DL_MIN(x, y) (((x) < (y)) ? (x) : (y))
#define DL_CLIP(x, low, high) ((x) < (low)) ? (low) : (((x) > (high)) ? (high) : (x))
#define DL_ABS(x) ((x) < 0 ? (-(x)) : (x))
#define DL_CEIL(x, y) (((x) + (y)-1) / (y))

/** Integers shifted without rounding: x * 2^-shift and x * 2^shift. A negative shift goes in the opposite direction. */
#define DL_RIGHT_SHIFT(x, shift) (((shift) > 0) ? ((x) >> (shift)) : ((x) << -(shift)))
#define DL_LEFT_SHIFT(x, shift) (((shift) > 0) ? ((x) << (shift)) : ((x) >> -(shift)))

#define DL_QUANT8_MIN (-128)
#define DL_QUANT8_MAX (127)
#define DL_QUANT16_MIN (-32768)
#define DL_QUANT16_MAX (32767)
#define DL_QUANT32_MIN (-2147483647 - 1)
#define DL_QUANT32_MAX (2147483647)

/** An operator with a quantized input. QIQO: the output is quantized, too. QIFO: the output is float. */
#define QIQO 0
#define QIFO 1

namespace dl {

/** Return 2^exponent as a float: 0 or infinity where a float cannot hold it. */
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

/** The number format that an operator computes in: attribute `quant_type` of a node. */
typedef enum {
    QUANT_TYPE_NONE = 0,
    QUANT_TYPE_FLOAT32 = 1,
    QUANT_TYPE_SYMM_8BIT = 2,
    QUANT_TYPE_SYMM_16BIT = 3,
    QUANT_TYPE_SYMM_32BIT = 4,
} quant_type_t;

/** The activation that an operator applies to its own output: attribute `activation` of a node. */
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

/** How a convolution or a pool chooses its amount of padding. */
typedef enum {
    PADDING_NOT_SET = 0,
    PADDING_VALID = 1,       ///< none
    PADDING_SAME_BEGIN = 2,  ///< as many as keep ceil(input / stride) outputs; an odd one goes in front
    PADDING_SAME_END = 3,    ///< as many as keep ceil(input / stride) outputs; an odd one goes behind
} padding_type_t;

/** Where the operator Pad takes the new elements from. */
typedef enum {
    PADDING_EMPTY = 0,     ///< nothing
    PADDING_CONSTANT = 1,  ///< one value
    PADDING_EDGE = 2,      ///< the outermost element
    PADDING_REFLECT = 3,   ///< the tensor, mirrored at its outermost element
    PADDING_WRAP = 4,      ///< the tensor's other end
} padding_mode_t;

/** The kind of memory that an address lies in. */
typedef enum {
    MEMORY_ADDR_TCM = 0,
    MEMORY_ADDR_FLASH = 1,
    MEMORY_ADDR_PSRAM = 2,
    MEMORY_ADDR_INTERNAL = 3,
    MEMORY_ADDR_UKN = 4,
} memory_addr_type_t;

/** How many cores an inference may use. AUTO is SINGLE_CORE. */
typedef enum {
    RUNTIME_MODE_AUTO = 0,
    RUNTIME_MODE_SINGLE_CORE = 1,
    RUNTIME_MODE_MULTI_CORE = 2,
} runtime_mode_t;

/** Numbers of bytes, one for each kind of memory. */
typedef struct mem_info_s {
    size_t psram;
    size_t internal;
    size_t flash;

    mem_info_s operator+(const mem_info_s &other) const { return mem_info_s(*this) += other; }
    mem_info_s operator-(const mem_info_s &other) const { return mem_info_s(*this) -= other; }
    mem_info_s &operator+=(const mem_info_s &other) {
        psram += other.psram;
        internal += other.internal;
        flash += other.flash;
        return *this;
    }
    mem_info_s &operator-=(const mem_info_s &other) {
        psram -= other.psram;
        internal -= other.internal;
        flash -= other.flash;
        return *this;
    }
} mem_info_t;

/** A module's operator, and how long its last forward() took. */
typedef struct {
    std::string type;  ///< name of the operator
    uint32_t latency;  ///< microseconds
} module_info;

}  // namespace dl
