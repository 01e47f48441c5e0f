/**
 * @file dl_define_private.hpp
 * Macros by which ESP-DL describes the chip that a project is built for. The library itself reads none of them: it
 * chooses its rounding rule at run time (dl_target.hpp).
 */
#pragma once

#include "sdkconfig.h"

/** The type of a sum of int16 products. */
#define DL_S16_BUFFER_TYPE int64_t

#define DL_LOG_DETECT_LATENCY 0 /**< 1: detectors print the latency of their parts */
#define DL_FAST_MATH 0          /**< 1: dl::math trades accuracy for speed */
#define CONFIG_ACCURATE_INFER 1

#if CONFIG_IDF_TARGET_ESP32P4 || CONFIG_IDF_TARGET_ESP32S31
#define CONFIG_ROUND_HALF_EVEN_ENABLED 1
#else
#define CONFIG_ROUND_HALF_EVEN_ENABLED 0
#endif

/**
 * Which vector unit the chip has. The library computes the vector unit's results on the PC; the assembly functions of
 * ESP-DL do not exist here.
 */
#if CONFIG_IDF_TARGET_ESP32 || CONFIG_IDF_TARGET_ESP32S3
#define CONFIG_XTENSA_BOOST 1
#else
#define CONFIG_XTENSA_BOOST 0
#endif
#if CONFIG_IDF_TARGET_ESP32S3
#define CONFIG_PIE_V1_BOOST 1
#else
#define CONFIG_PIE_V1_BOOST 0
#endif
#if CONFIG_IDF_TARGET_ESP32P4 || CONFIG_IDF_TARGET_ESP32S31
#define CONFIG_PIE_V2_BOOST 1
#else
#define CONFIG_PIE_V2_BOOST 0
#endif
