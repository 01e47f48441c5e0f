/**
 * @file dl_define_private.hpp
 * What ESP-DL says of the chip that a project is built for, as macros. The library itself does not ask: its rounding is
 * chosen at run time (dl_target.hpp).
 */
#pragma once

#include "sdkconfig.h"

/** Type that sums of int16 products are kept in. */
#define DL_S16_BUFFER_TYPE int64_t

#define DL_LOG_DETECT_LATENCY 0 /**< 1: detectors print the latency of their parts */
#define DL_FAST_MATH 0          /**< 1: dl::math trades accuracy for speed */
#define CONFIG_ACCURATE_INFER 1

#if CONFIG_IDF_TARGET_ESP32P4 || CONFIG_IDF_TARGET_ESP32S31
#define CONFIG_ROUND_HALF_EVEN_ENABLED 1
#else
#define CONFIG_ROUND_HALF_EVEN_ENABLED 0
#endif

/** Which vector unit the chip has. What it computes comes out of plain C here; its assembly is not there to be called.
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
