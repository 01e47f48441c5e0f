#include "flash/boot.hpp"

#include <cinttypes>
#include <string>

#include "board/board.hpp"
#include "esp_log.h"
#include "flash/flash.hpp"

namespace hal {
namespace {

const char *const TAG = "boot";

/** What the bootloader calls a partition's use. */
std::string usage(const PartitionEntry &entry) {
    if (entry.type == PARTITION_TYPE_APP) {
        return entry.subtype == 0x00            ? "factory app"
               : entry.subtype == 0x20          ? "test app"
               : (entry.subtype & 0xF0) == 0x10 ? "OTA app"
                                                : "Unknown app";
    }
    if (entry.type != PARTITION_TYPE_DATA) {
        return "";
    }
    switch (entry.subtype) {
        case 0x00:
            return "OTA data";
        case 0x01:
            return "RF data";
        case 0x02:
            return "WiFi data";
        case 0x04:
            return "NVS keys";
        case 0x05:
            return "efuse";
        default:
            return "Unknown data";
    }
}

}  // namespace

void boot_from_flash() {
    if (board().options().flash_file.empty()) {
        return;
    }
    Flash *flash = board().flash();  // says why when it cannot
    if (!flash) {
        refuse_start("the board cannot start without its flash");
    }
    const PartitionTable *table = flash->table();
    if (!table) {
        ESP_LOGE(TAG, "load partition table error!");
        char text[32];
        snprintf(text, sizeof(text), "0x%" PRIx32, flash->config().partition_table_offset);
        refuse_start("the partition table at " + std::string(text) + " of " + flash->config().file +
                     " is refused: " + flash->table_error());
    }
    ESP_LOGI(TAG, "Partition Table:");
    ESP_LOGI(TAG, "## Label            Usage          Type ST Offset   Length");
    int number = 0;
    for (const PartitionEntry &entry : *table) {
        ESP_LOGI(TAG, "%2d %-16s %-16s %02x %02x %08" PRIx32 " %08" PRIx32, number++, entry.label.c_str(),
                 usage(entry).c_str(), entry.type, entry.subtype, entry.offset, entry.size);
    }
    ESP_LOGI(TAG, "End of partition table");
}

}  // namespace hal
