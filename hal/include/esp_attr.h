#pragma once

#include "esp_assert.h"

/** Section attributes of the chip. Where code and data lie is the PC's business, so they place nothing. */

#define IRAM_ATTR
#define DRAM_ATTR
#define IRAM_DATA_ATTR
#define IRAM_BSS_ATTR
#define COREDUMP_IRAM_DATA_ATTR
#define TCM_IRAM_ATTR
#define TCM_DRAM_ATTR
#define RTC_IRAM_ATTR
#define RTC_DATA_ATTR
#define RTC_RODATA_ATTR
#define RTC_SLOW_ATTR
#define RTC_FAST_ATTR
#define RTC_NOINIT_ATTR
#define __NOINIT_ATTR
#define EXT_RAM_ATTR
#define EXT_RAM_BSS_ATTR
#define EXT_RAM_NOINIT_ATTR
#define SPIRAM_DATA_ATTR
#define FLASH_ATTR
#define COREDUMP_DRAM_ATTR

#if __has_include("sdkconfig.h")
#include "sdkconfig.h"
#endif

#define WORD_ALIGNED_ATTR __attribute__((aligned(4)))
#define DMA_ATTR WORD_ALIGNED_ATTR DRAM_ATTR
#define DRAM_STR(str) (str)
#define NOINLINE_ATTR __attribute__((noinline))
#define FORCE_INLINE_ATTR static inline __attribute__((always_inline))
#define PACKED_ATTR __attribute__((packed))
#define IDF_DEPRECATED(reason) __attribute__((deprecated(reason)))
