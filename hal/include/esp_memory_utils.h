#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "esp_attr.h"
#include "soc/soc_caps.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where a pointer points, told by the address ranges of the board's memories. */

bool esp_ptr_external_ram(const void *p);  ///< PSRAM
bool esp_ptr_internal(const void *p);      ///< RAM inside the chip
bool esp_ptr_in_dram(const void *p);       ///< the chip's data RAM
bool esp_ptr_in_diram_dram(const void *p);
bool esp_ptr_in_iram(const void *p);
bool esp_ptr_in_drom(const void *p);  ///< constants in mapped flash
bool esp_ptr_in_tcm(const void *p);
bool esp_ptr_in_rtc_dram_fast(const void *p);
bool esp_ptr_dma_capable(const void *p);
bool esp_ptr_dma_ext_capable(const void *p);
bool esp_ptr_byte_accessible(const void *p);
bool esp_ptr_word_aligned(const void *p);
bool esp_ptr_executable(const void *p);
bool esp_stack_ptr_in_dram(uint32_t sp);

#ifdef __cplusplus
}
#endif
