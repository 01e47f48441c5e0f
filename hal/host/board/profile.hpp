#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hal {

/** A piece of internal RAM that the chip's heap_init hands to the heap (what static data and code left over). */
struct RamRegion {
    std::string name;  ///< as heap_init prints it: "RAM", "RTCRAM", "TCM", "DRAM", "D/IRAM"
    uint32_t address = 0;
    uint32_t size = 0;
    uint32_t caps = 0;  ///< MALLOC_CAP_* bits
};

/** A span of addresses of the chip's bus. */
struct AddressRange {
    uint32_t begin = 0;
    uint32_t end = 0;  ///< one past the last
};

/** What a board is, read from boards/<board>/board.toml. All sizes in bytes, bandwidths in bytes per second. */
struct BoardProfile {
    std::string name;   ///< folder name: "esp32_p4_function_ev_board"
    std::string title;  ///< for people: "ESP32-P4-Function-EV-Board"
    std::string chip;   ///< "esp32p4", "esp32s3", ...: one of board/chips.hpp
    int cores = 2;
    int cpu_mhz = 360;

    uint64_t flash_size = 0;
    uint32_t flash_read_bandwidth = 0;   ///< 0: unknown, not limited
    uint32_t flash_write_bandwidth = 0;  ///< 0: unknown, not limited
    uint32_t flash_erase_ms = 0;         ///< one 4 KB sector

    uint64_t psram_size = 0;  ///< 0: none
    int psram_mhz = 0;
    std::string psram_mode;       ///< "quad", "octal", "hex"
    uint32_t psram_address = 0;   ///< first address of the heap's part
    uint64_t psram_reserved = 0;  ///< bytes at its start that the heap never gets (code and rodata copied there)

    std::vector<RamRegion> ram;   ///< in the order of preference
    AddressRange internal_range;  ///< all of the chip's data RAM
    AddressRange flash_range;     ///< where flash is mapped for data

    bool sdcard = false;
    uint64_t sdcard_capacity = 0;
    uint32_t sdcard_bandwidth = 0;

    uint32_t partition_table_offset = 0x8000;
    std::string partition_table;  ///< file of the default table: beside the profile or in partitions/
};

/** Reads a profile's text. @param name the board's folder name, @param file what messages name as the file.
 * @return empty and `out` filled, or "file:line: reason". */
std::string load_board_profile(std::string_view text, const std::string &name, const std::string &file,
                               BoardProfile &out);

/** "8M", "512K", "0x1000", "4096" -> bytes. @return false when it is no size. */
bool parse_size(std::string_view text, uint64_t &out);

}  // namespace hal
