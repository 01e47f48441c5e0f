#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_assert.h"
#include "esp_attr.h"
#include "esp_bit_defs.h"
#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_ERR_FLASH_OP_FAIL (ESP_ERR_FLASH_BASE + 1)
#define ESP_ERR_FLASH_OP_TIMEOUT (ESP_ERR_FLASH_BASE + 2)

#define SPI_FLASH_SEC_SIZE 4096
#define SPI_FLASH_MMU_PAGE_SIZE 0x10000
#define SPI_FLASH_CACHE2PHYS_FAIL UINT32_MAX

typedef enum {
    SPI_FLASH_MMAP_DATA,
    SPI_FLASH_MMAP_INST,
} spi_flash_mmap_memory_t;

typedef uint32_t spi_flash_mmap_handle_t;

/** Maps flash from an address that is a multiple of 64 KB, read only.
 * @return ESP_ERR_INVALID_ARG for another address or one beyond the flash, ESP_ERR_NO_MEM without free MMU pages. */
esp_err_t spi_flash_mmap(size_t src_addr, size_t size, spi_flash_mmap_memory_t memory, const void **out_ptr,
                         spi_flash_mmap_handle_t *out_handle);

/** Maps 64 KB pages of the flash, given by number, one after another. */
esp_err_t spi_flash_mmap_pages(const int *pages, size_t page_count, spi_flash_mmap_memory_t memory,
                               const void **out_ptr, spi_flash_mmap_handle_t *out_handle);

void spi_flash_munmap(spi_flash_mmap_handle_t handle);

/** Prints the live mappings. */
void spi_flash_mmap_dump(void);

uint32_t spi_flash_mmap_get_free_pages(spi_flash_mmap_memory_t memory);

/** Flash address behind a mapped pointer, or SPI_FLASH_CACHE2PHYS_FAIL. */
size_t spi_flash_cache2phys(const void *cached);

/** Mapped pointer to a flash address, or NULL when that is not mapped. */
const void *spi_flash_phys2cache(size_t phys_offs, spi_flash_mmap_memory_t memory);

#ifdef __cplusplus
}
#endif
