#pragma once

#if __has_include("sdkconfig.h")
#include "sdkconfig.h"
#endif

/** The few capabilities of a chip that firmware of this kind asks for. What the HAL does not emulate (the JPEG codec,
 * the pixel accelerator) is absent, so that firmware takes its software path. */

#if defined(CONFIG_IDF_TARGET_ESP32S2) || defined(CONFIG_IDF_TARGET_ESP32C3) || defined(CONFIG_IDF_TARGET_ESP32C5) || \
    defined(CONFIG_IDF_TARGET_ESP32C6)
#define SOC_CPU_CORES_NUM 1
#else
#define SOC_CPU_CORES_NUM 2
#define SOC_SDMMC_HOST_SUPPORTED 1
#define SOC_CPU_HAS_FPU 1
#endif
#if !defined(CONFIG_IDF_TARGET_ESP32C3) && !defined(CONFIG_IDF_TARGET_ESP32C6)
#define SOC_SPIRAM_SUPPORTED 1
#endif
#if defined(CONFIG_IDF_TARGET_ESP32S3) || defined(CONFIG_IDF_TARGET_ESP32P4) || defined(CONFIG_IDF_TARGET_ESP32S31)
#define SOC_SIMD_INSTRUCTION_SUPPORTED 1
#endif
