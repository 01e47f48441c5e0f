#include "esp_app_desc.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "board/board.hpp"
#include "esp_idf_version.h"
#include "esp_ota_ops.h"
#include "esp_system.h"

namespace {

constexpr size_t DESCRIPTOR_OFFSET = 24 + 8;  // behind the headers of the image and of its first segment

esp_app_desc_t describe() {
    esp_app_desc_t description = {};
    const esp_partition_t *running = esp_ota_get_running_partition();
    if (running && esp_ota_get_partition_description(running, &description) == ESP_OK) {
        return description;
    }
    description = {};
    description.magic_word = ESP_APP_DESC_MAGIC_WORD;
    snprintf(description.version, sizeof(description.version), "1");
    snprintf(description.project_name, sizeof(description.project_name), "%s", hal::app_name());
    snprintf(description.idf_ver, sizeof(description.idf_ver), "%s", esp_get_idf_version());
    description.mmu_page_size = 16;
    return description;
}

}  // namespace

esp_err_t esp_ota_get_partition_description(const esp_partition_t *partition, esp_app_desc_t *app_desc) {
    if (!partition || !app_desc || partition->type != ESP_PARTITION_TYPE_APP) {
        return ESP_ERR_INVALID_ARG;
    }
    if (esp_partition_read(partition, DESCRIPTOR_OFFSET, app_desc, sizeof(*app_desc)) != ESP_OK) {
        return ESP_ERR_INVALID_SIZE;
    }
    return app_desc->magic_word == ESP_APP_DESC_MAGIC_WORD ? ESP_OK : ESP_ERR_NOT_FOUND;
}

const esp_app_desc_t *esp_app_get_description(void) {
    static const esp_app_desc_t description = describe();
    return &description;
}

int esp_app_get_elf_sha256(char *dst, size_t size) {
    if (!dst || size == 0) {
        return 0;
    }
    char text[65];
    for (size_t i = 0; i < 32; ++i) {
        snprintf(text + 2 * i, 3, "%02x", esp_app_get_description()->app_elf_sha256[i]);
    }
    const size_t length = std::min<size_t>(size - 1, 64);
    memcpy(dst, text, length);
    dst[length] = '\0';
    return static_cast<int>(length + 1);
}

char *esp_app_get_elf_sha256_str(void) {
    static char text[10];  // as long as CONFIG_APP_RETRIEVE_LEN_ELF_SHA is by default
    esp_app_get_elf_sha256(text, sizeof(text));
    return text;
}
