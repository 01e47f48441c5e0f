// Any content of the flash: the table is found or refused, and what firmware does with the partitions stays within
// bounds. The input is what lies from the table's offset on.

#include <cstdlib>
#include <vector>

#include "board/board.hpp"
#include "esp_log.h"
#include "esp_partition.h"
#include "flash/flash.hpp"
#include "nvs_flash.h"

namespace {

constexpr uint32_t FLASH_SIZE = 0x20000;

hal::Flash &flash() {
    static hal::Flash *const chip = [] {
        hal::BoardProfile profile = hal::Board::built_in_profile();
        profile.flash_size = FLASH_SIZE;
        profile.partition_table_offset = 0x8000;
        hal::Board::reset_for_test(profile);
        esp_log_level_set("*", ESP_LOG_NONE);
        return hal::board().flash();
    }();
    return *chip;
}

void use_settings(const esp_partition_t *partition) {
    if (nvs_flash_init_partition_ptr(partition) != ESP_OK) {
        return;
    }
    nvs_iterator_t iterator = nullptr;
    for (esp_err_t err = nvs_entry_find(partition->label, nullptr, NVS_TYPE_ANY, &iterator); err == ESP_OK;
         err = nvs_entry_next(&iterator)) {
        nvs_entry_info_t info;
        nvs_entry_info(iterator, &info);
    }
    nvs_handle_t handle = 0;
    if (nvs_open_from_partition(partition->label, "fuzz", NVS_READWRITE, &handle) == ESP_OK) {
        nvs_set_u32(handle, "key", 1);
        nvs_commit(handle);
    }
    nvs_flash_deinit_partition(partition->label);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const std::vector<uint8_t> erased(FLASH_SIZE, 0xFF);
    hal::Flash &chip = flash();
    chip.flash_image(0, erased.data(), erased.size());
    chip.flash_image(0x8000, data, size < FLASH_SIZE - 0x8000 ? size : FLASH_SIZE - 0x8000);
    esp_partition_unload_all();
    for (esp_partition_iterator_t it = esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, nullptr);
         it != nullptr; it = esp_partition_next(it)) {
        const esp_partition_t *partition = esp_partition_get(it);
        if (static_cast<uint64_t>(partition->address) + partition->size > FLASH_SIZE) {
            abort();
        }
        uint8_t bytes[64];
        esp_partition_read(partition, partition->size / 2, bytes, sizeof(bytes));
        esp_partition_get_sha256(partition, bytes);
        const void *mapped = nullptr;
        esp_partition_mmap_handle_t handle = 0;
        if (esp_partition_mmap(partition, 0, partition->size, ESP_PARTITION_MMAP_DATA, &mapped, &handle) == ESP_OK) {
            volatile uint8_t last = static_cast<const uint8_t *>(mapped)[partition->size - 1];
            (void)last;
            esp_partition_munmap(handle);
        }
        if (partition->type == ESP_PARTITION_TYPE_DATA && partition->subtype == ESP_PARTITION_SUBTYPE_DATA_NVS) {
            use_settings(partition);
        }
    }
    return 0;
}
