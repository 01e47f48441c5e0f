#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_assert.h"
#include "esp_attr.h"
#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_APP_DESC_MAGIC_WORD 0xABCD5432

/** What an app says of itself; it lies behind the header of the app's image in flash. */
typedef struct {
    uint32_t magic_word;
    uint32_t secure_version;
    uint32_t reserv1[2];
    char version[32];
    char project_name[32];
    char time[16];
    char date[16];
    char idf_ver[32];
    uint8_t app_elf_sha256[32];
    uint16_t min_efuse_blk_rev_full;
    uint16_t max_efuse_blk_rev_full;
    uint8_t mmu_page_size;  ///< as a power of two
    uint8_t reserv3[3];
    uint32_t reserv2[18];
} esp_app_desc_t;
ESP_STATIC_ASSERT(sizeof(esp_app_desc_t) == 256, "esp_app_desc_t lies so in flash");

/** Of the running app: what its image in flash says, or, where no image was flashed, its name alone. */
const esp_app_desc_t *esp_app_get_description(void);
/** The first characters of the SHA-256 as text, at most size - 1. @return characters written, with the zero */
int esp_app_get_elf_sha256(char *dst, size_t size);
char *esp_app_get_elf_sha256_str(void);

#ifdef __cplusplus
}
#endif
