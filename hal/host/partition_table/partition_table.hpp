#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hal {

/** The binary table: at most 95 entries of 32 bytes and one of the same size that carries the MD5 of those before it.
 */
inline constexpr uint32_t PARTITION_ENTRY_SIZE = 32;
inline constexpr uint32_t PARTITION_TABLE_BINARY_SIZE = 0xC00;
inline constexpr uint32_t PARTITION_TABLE_MAX_ENTRIES = 95;
inline constexpr uint32_t PARTITION_TABLE_SECTOR = 0x1000;  ///< what the table occupies in flash
inline constexpr uint32_t PARTITION_TABLE_DEFAULT_OFFSET = 0x8000;

inline constexpr uint8_t PARTITION_TYPE_APP = 0x00;
inline constexpr uint8_t PARTITION_TYPE_DATA = 0x01;
inline constexpr uint8_t PARTITION_TYPE_BOOTLOADER = 0x02;
inline constexpr uint8_t PARTITION_TYPE_PARTITION_TABLE = 0x03;

inline constexpr uint8_t PARTITION_SUBTYPE_DATA_OTA = 0x00;
inline constexpr uint8_t PARTITION_SUBTYPE_DATA_UNDEFINED = 0x06;

inline constexpr uint32_t PARTITION_FLAG_ENCRYPTED = 1u << 0;
inline constexpr uint32_t PARTITION_FLAG_READONLY = 1u << 1;

/** One line of a partition table. */
struct PartitionEntry {
    std::string label;  ///< at most 16 bytes
    uint8_t type = 0;
    uint8_t subtype = 0;
    uint32_t offset = 0;
    uint32_t size = 0;
    uint32_t flags = 0;
    int line = 0;  ///< where the CSV names it; 0: not from a CSV

    bool encrypted() const { return (flags & PARTITION_FLAG_ENCRYPTED) != 0; }
    bool readonly() const { return (flags & PARTITION_FLAG_READONLY) != 0; }
    uint64_t end() const { return static_cast<uint64_t>(offset) + size; }
};

using PartitionTable = std::vector<PartitionEntry>;

/** What a table is checked against. */
struct PartitionRules {
    std::string file = "partitions.csv";                     ///< what messages name as the file
    uint32_t table_offset = PARTITION_TABLE_DEFAULT_OFFSET;  ///< where the table itself lies in flash
    uint64_t flash_size = 0;                                 ///< 0: unknown, not checked
};

/** Reads a table in CSV form, fills blank offsets and negative sizes, and checks it (check_partition_table).
 * @param warnings if not null, gets what is legal but probably a mistake, one line each.
 * @return empty and `out` filled, or "file:line: partition 'x': reason". */
std::string parse_partition_csv(std::string_view text, const PartitionRules &rules, PartitionTable &out,
                                std::vector<std::string> *warnings = nullptr);

/** Alignment, unique names, no overlap, nothing below the end of the table, otadata, the size of the flash.
 * @return empty, or the first rule that the table breaks. */
std::string check_partition_table(const PartitionTable &table, const PartitionRules &rules);

/** @return empty and `out` holding PARTITION_TABLE_BINARY_SIZE bytes, or why the table cannot be written. */
std::string write_partition_binary(const PartitionTable &table, std::vector<uint8_t> &out);

/** Reads the binary form. What follows the end marker is ignored; after 95 entries and the MD5 the end of the table's
 * 0xC00 bytes is the end marker.
 * @param require_md5 refuse a table without an MD5 entry, as the bootloader does.
 * @return empty and `out` filled, or the reason. */
std::string read_partition_binary(const uint8_t *data, size_t size, PartitionTable &out, bool require_md5 = false);

/** True when the bytes begin as a binary table does. */
bool is_partition_binary(const uint8_t *data, size_t size);

/** The table as CSV, which parse_partition_csv reads back to the same table.
 * @return empty and `out` filled, or which label cannot be written in a CSV. */
std::string write_partition_csv(const PartitionTable &table, std::string &out);

/** The verdict on a binary that is to go into one of the partitions of a type. */
struct PartitionSizeCheck {
    bool fits = false;    ///< it goes into at least one of them
    std::string message;  ///< one or more lines, without the last newline
};

/** Compares a binary with every partition of `type`, in the words of ESP-IDF's build. */
PartitionSizeCheck check_binary_size(const PartitionTable &table, uint8_t type, const std::string &binary_name,
                                     uint64_t binary_size);

/** "app", "data", ... or "0x40" for a number without a name. */
std::string partition_type_name(uint8_t type);
/** "factory", "ota_3", "nvs", ... or "0x40". */
std::string partition_subtype_name(uint8_t type, uint8_t subtype);
/** The reverse of the two above; numbers in any C base too. @return false when the text is neither. */
bool parse_partition_type(std::string_view text, uint8_t &out);
bool parse_partition_subtype(uint8_t type, std::string_view text, uint8_t &out);

/** A number in any C base with an optional K or M. @return false when it is none or exceeds 64 bits. */
bool parse_partition_number(std::string_view text, int64_t &out);

}  // namespace hal
