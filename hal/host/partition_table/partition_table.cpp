#include "partition_table/partition_table.hpp"

#include <mbedtls/md.h>

#include <algorithm>
#include <cctype>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

namespace hal {
namespace {

constexpr uint8_t ENTRY_MAGIC[2] = {0xAA, 0x50};
constexpr uint8_t MD5_MAGIC[2] = {0xEB, 0xEB};
constexpr size_t LABEL_SIZE = 16;
constexpr uint32_t OTADATA_SIZE = 0x2000;
constexpr uint32_t NVS_MIN_SIZE = 0x3000;

struct Name {
    const char *text;
    uint8_t value;
};

constexpr Name TYPES[] = {{"app", PARTITION_TYPE_APP},
                          {"data", PARTITION_TYPE_DATA},
                          {"bootloader", PARTITION_TYPE_BOOTLOADER},
                          {"partition_table", PARTITION_TYPE_PARTITION_TABLE}};

constexpr Name APP_SUBTYPES[] = {{"factory", 0x00}, {"test", 0x20}};
constexpr Name DATA_SUBTYPES[] = {{"ota", 0x00},      {"phy", 0x01},    {"nvs", 0x02},       {"coredump", 0x03},
                                  {"nvs_keys", 0x04}, {"efuse", 0x05},  {"undefined", 0x06}, {"esphttpd", 0x80},
                                  {"fat", 0x81},      {"spiffs", 0x82}, {"littlefs", 0x83}};
constexpr Name BOOTLOADER_SUBTYPES[] = {{"primary", 0x00}, {"ota", 0x01}, {"recovery", 0x02}};
constexpr Name TABLE_SUBTYPES[] = {{"primary", 0x00}, {"ota", 0x01}};
constexpr uint8_t OTA_FIRST = 0x10;
constexpr int OTA_COUNT = 16;

std::string format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

std::string format(const char *pattern, ...) {
    char buffer[512];
    va_list args;
    va_start(args, pattern);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): the line above starts it.
    vsnprintf(buffer, sizeof(buffer), pattern, args);
    va_end(args);
    return buffer;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char &c : out) {
        c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
    }
    return out;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && isspace(static_cast<unsigned char>(text.front()))) {
        text.remove_prefix(1);
    }
    while (!text.empty() && isspace(static_cast<unsigned char>(text.back()))) {
        text.remove_suffix(1);
    }
    return text;
}

/** Calls f(name, value) for every subtype keyword of a type, until it returns true. */
template <typename F>
bool any_subtype(uint8_t type, F f) {
    const auto scan = [&f](const Name *names, size_t count) {
        return std::any_of(names, names + count,
                           [&f](const Name &name) { return f(std::string(name.text), name.value); });
    };
    switch (type) {
        case PARTITION_TYPE_APP:
            if (scan(APP_SUBTYPES, std::size(APP_SUBTYPES))) {
                return true;
            }
            for (int i = 0; i < OTA_COUNT; i++) {
                if (f("ota_" + std::to_string(i), static_cast<uint8_t>(OTA_FIRST + i))) {
                    return true;
                }
            }
            return false;
        case PARTITION_TYPE_DATA:
            return scan(DATA_SUBTYPES, std::size(DATA_SUBTYPES));
        case PARTITION_TYPE_BOOTLOADER:
            return scan(BOOTLOADER_SUBTYPES, std::size(BOOTLOADER_SUBTYPES));
        case PARTITION_TYPE_PARTITION_TABLE:
            return scan(TABLE_SUBTYPES, std::size(TABLE_SUBTYPES));
        default:
            return false;
    }
}

bool is_system_type(uint8_t type) {
    return type == PARTITION_TYPE_BOOTLOADER || type == PARTITION_TYPE_PARTITION_TABLE;
}

/** Keywords of a type's subtypes for a message: "factory, test, ota_0..ota_15". */
std::string known_subtypes(uint8_t type) {
    std::string out;
    any_subtype(type, [&out](const std::string &name, uint8_t) {
        if (name.rfind("ota_", 0) != 0) {
            out += (out.empty() ? "" : ", ") + name;
        }
        return false;
    });
    return type == PARTITION_TYPE_APP ? out + ", ota_0..ota_15" : out;
}

uint32_t offset_alignment(uint8_t type) {
    return type == PARTITION_TYPE_APP ? 0x10000 : 0x1000;
}

/** Replaces $NAME and ${NAME} by the environment's value. @return empty, or which variable is unknown. */
std::string expand_variables(std::string_view line, std::string &out) {
    out.clear();
    for (size_t i = 0; i < line.size();) {
        if (line[i] != '$') {
            out += line[i++];
            continue;
        }
        size_t begin = i + 1;
        const bool braces = begin < line.size() && line[begin] == '{';
        begin += braces ? 1 : 0;
        size_t end = begin;
        while (end < line.size() && (isalnum(static_cast<unsigned char>(line[end])) || line[end] == '_')) {
            end++;
        }
        const std::string name(line.substr(begin, end - begin));
        if (name.empty() || isdigit(static_cast<unsigned char>(name[0])) ||
            (braces && (end == line.size() || line[end] != '}'))) {
            out += line[i++];
            continue;
        }
        const char *value = getenv(name.c_str());
        if (!value) {
            return "unknown variable '" + name + "'";
        }
        out += value;
        i = end + (braces ? 1 : 0);
    }
    return "";
}

/** An entry as the CSV gives it, before blanks are filled. */
struct Line {
    PartitionEntry entry;
    bool has_offset = false;
    int64_t size = 0;  // negative: up to that address
};

std::string where(const PartitionRules &rules, int line, const std::string &label) {
    std::string out = rules.file + ":";
    if (line > 0) {
        out += std::to_string(line) + ":";
    }
    return out + " partition '" + label + "': ";
}

std::string where(const PartitionRules &rules, const PartitionEntry &entry) {
    return where(rules, entry.line, entry.label);
}

/** Fields of one line into `out`. @return empty, or the reason without file and line. */
std::string parse_line(std::string_view text, Line &out, std::string *warning) {
    std::string fields[6];
    size_t count = 0;
    for (size_t begin = 0; begin <= text.size();) {
        const size_t comma = std::min(text.find(',', begin), text.size());
        const std::string_view field = trim(text.substr(begin, comma - begin));
        if (count < std::size(fields)) {
            fields[count++] = std::string(field);
        } else if (!field.empty()) {
            return "more than 6 columns (Name, Type, SubType, Offset, Size, Flags)";
        }
        begin = comma + 1;
    }

    PartitionEntry &entry = out.entry;
    entry.label = fields[0];
    if (entry.label.find('\0') != std::string::npos) {
        return "the name contains a zero byte";
    }
    if (entry.label.size() > LABEL_SIZE) {
        *warning = "the name is longer than 16 characters and is cut";
        entry.label.resize(LABEL_SIZE);
    }

    if (fields[1].empty()) {
        return "field 'type' can't be left empty";
    }
    if (!parse_partition_type(fields[1], entry.type)) {
        return "invalid type '" + fields[1] + "': app, data, bootloader, partition_table, or 0x40 to 0xFE";
    }
    if (fields[2].empty()) {
        if (entry.type == PARTITION_TYPE_APP) {
            return "an app partition cannot have an empty subtype";
        }
        if (is_system_type(entry.type)) {
            return "a " + partition_type_name(entry.type) + " partition cannot have an empty subtype";
        }
        entry.subtype = PARTITION_SUBTYPE_DATA_UNDEFINED;
    } else if (!parse_partition_subtype(entry.type, fields[2], entry.subtype)) {
        const std::string known = known_subtypes(entry.type);
        return "invalid subtype '" + fields[2] + "': " + (known.empty() ? "" : known + ", or ") + "0 to 0xFE";
    }

    if (!fields[3].empty()) {
        int64_t value = 0;
        if (!parse_partition_number(fields[3], value)) {
            return "invalid offset '" + fields[3] + "'";
        }
        if (value < 0 || value > UINT32_MAX) {
            return "offset '" + fields[3] + "' is out of range";
        }
        entry.offset = static_cast<uint32_t>(value);
        out.has_offset = true;
    }
    if (fields[4].empty()) {
        return "size field can't be empty";
    }
    if (!parse_partition_number(fields[4], out.size)) {
        return "invalid size '" + fields[4] + "'";
    }
    if (out.size > UINT32_MAX || out.size < -static_cast<int64_t>(UINT32_MAX)) {
        return "size '" + fields[4] + "' is out of range";
    }

    const std::string_view flags = fields[5];
    for (size_t begin = 0; begin <= flags.size();) {
        const size_t colon = std::min(flags.find(':', begin), flags.size());
        const std::string flag = lower(trim(flags.substr(begin, colon - begin)));
        if (flag == "encrypted") {
            entry.flags |= PARTITION_FLAG_ENCRYPTED;
        } else if (flag == "readonly") {
            entry.flags |= PARTITION_FLAG_READONLY;
        } else if (!flag.empty()) {
            return "flag column contains unknown flag '" + flag + "': encrypted, readonly";
        }
        begin = colon + 1;
    }
    return "";
}

/** What is legal but looks like a slip of the pen. */
void collect_warnings(const PartitionEntry &entry, const PartitionRules &rules, std::vector<std::string> &out) {
    const std::string name = lower(entry.label);
    for (const Name &type : TYPES) {
        if (name == type.text && entry.type != type.value) {
            out.push_back(where(rules, entry) + "the name is that of a partition type, but the type is " +
                          partition_type_name(entry.type));
        }
    }
    bool known = false;
    for (const uint8_t type : {PARTITION_TYPE_APP, PARTITION_TYPE_DATA}) {
        known = known || any_subtype(type, [&name](const std::string &text, uint8_t) { return text == name; });
    }
    const bool same = any_subtype(
        entry.type, [&](const std::string &text, uint8_t value) { return text == name && value == entry.subtype; });
    if (known && !same) {
        out.push_back(where(rules, entry) + "the name is that of a partition subtype, but type and subtype are " +
                      partition_type_name(entry.type) + ", " + partition_subtype_name(entry.type, entry.subtype));
    }
    if (entry.type == PARTITION_TYPE_DATA && entry.size % 0x1000 != 0) {
        out.push_back(where(rules, entry) +
                      format("the size 0x%" PRIx32 " is not a multiple of the flash sector (0x1000)", entry.size));
    }
    if (entry.encrypted()) {
        out.push_back(where(rules, entry) +
                      "flash encryption is not emulated: every access at run time is refused with "
                      "ESP_ERR_NOT_SUPPORTED");
    }
}

void md5(const uint8_t *data, size_t size, uint8_t digest[16]) {
    mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_MD5), data, size, digest);
}

void put_u32(uint8_t *out, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        out[i] = static_cast<uint8_t>(value >> (8 * i));
    }
}

uint32_t get_u32(const uint8_t *in) {
    return in[0] | in[1] << 8 | in[2] << 16 | static_cast<uint32_t>(in[3]) << 24;
}

std::string hex(const uint8_t *data, size_t size) {
    std::string out;
    for (size_t i = 0; i < size; i++) {
        out += format("%02x", data[i]);
    }
    return out;
}

std::string short_size(uint32_t value) {
    if (value != 0 && value % 0x100000 == 0) {
        return std::to_string(value / 0x100000) + "M";
    }
    if (value != 0 && value % 0x400 == 0) {
        return std::to_string(value / 0x400) + "K";
    }
    return format("0x%" PRIx32, value);
}

/** The lines that describe partitions. @return why not; "": done */
std::string read_lines(std::string_view text, const PartitionRules &rules, std::vector<Line> &lines,
                       std::vector<std::string> *warnings) {
    int number = 0;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view raw = trim(text.substr(begin, end - begin));
        begin = end + 1;
        number++;
        if (raw.empty() || raw[0] == '#') {
            continue;
        }
        std::string expanded;
        std::string reason = expand_variables(raw, expanded);
        const std::string_view line_text = trim(expanded);
        Line line;
        line.entry.line = number;
        std::string warning;
        if (reason.empty()) {
            reason = parse_line(line_text, line, &warning);
        }
        if (!reason.empty()) {
            const std::string label(trim(raw.substr(0, raw.find(','))));
            return where(rules, number, label) + reason;
        }
        if (!warning.empty() && warnings) {
            warnings->push_back(where(rules, line.entry) + warning);
        }
        lines.push_back(std::move(line));
    }
    return "";
}

/** Gives a partition the offset that its line leaves out, behind the one before it. @return why not; "": done */
std::string place(const Line &line, const PartitionRules &rules, uint64_t last_end, bool first, PartitionEntry &entry) {
    if (is_system_type(entry.type)) {
        // These lie below the table, outside the row of partitions that follow each other.
        if (!line.has_offset) {
            if (entry.type != PARTITION_TYPE_PARTITION_TABLE || entry.subtype != 0) {
                return where(rules, entry) + "a " + partition_type_name(entry.type) + " partition needs an offset";
            }
            entry.offset = rules.table_offset;
        }
    } else if (line.has_offset && entry.offset < last_end) {
        return where(rules, entry) + (first ? format("partitions overlap: it begins at 0x%" PRIx32
                                                     ", but the partition table occupies 0x%" PRIx32 "-0x%" PRIx64
                                                     "; use 0x%" PRIx64 " or higher",
                                                     entry.offset, rules.table_offset, last_end - 1, last_end)
                                            : format("partitions overlap: it begins at 0x%" PRIx32
                                                     ", the previous partition ends at 0x%" PRIx64,
                                                     entry.offset, last_end));
    } else if (!line.has_offset) {
        const uint64_t align = offset_alignment(entry.type);
        const uint64_t offset = (last_end + align - 1) / align * align;
        if (offset > UINT32_MAX) {
            return where(rules, entry) + "there is no address left for it below 4 GB";
        }
        entry.offset = static_cast<uint32_t>(offset);
    }
    return "";
}

/** What NVS and the choice of an app need of their partitions. @return what is wrong; "": nothing */
std::string check_data_partition(const PartitionEntry &entry, const PartitionRules &rules) {
    const bool always_written = entry.subtype == PARTITION_SUBTYPE_DATA_OTA || entry.subtype == 0x03;
    if (always_written && entry.readonly()) {
        return where(rules, entry) + "a partition of subtype " + partition_subtype_name(entry.type, entry.subtype) +
               " cannot be readonly";
    }
    if (entry.subtype == 0x02 && entry.size < NVS_MIN_SIZE && !entry.readonly()) {
        return where(rules, entry) + format("an nvs partition that is written needs at least 0x%" PRIx32
                                            " bytes, it has 0x%" PRIx32,
                                            NVS_MIN_SIZE, entry.size);
    }
    return "";
}

}  // namespace

bool parse_partition_number(std::string_view text, int64_t &out) {
    text = trim(text);
    const bool negative = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        text.remove_prefix(1);
    }
    int64_t factor = 1;
    if (!text.empty() && (text.back() == 'k' || text.back() == 'K')) {
        factor = 1024;
    } else if (!text.empty() && (text.back() == 'm' || text.back() == 'M')) {
        factor = 1024 * 1024;
    }
    if (factor != 1) {
        text.remove_suffix(1);
    }
    int base = 10;
    if (text.size() > 1 && text[0] == '0') {
        const char second = static_cast<char>(tolower(static_cast<unsigned char>(text[1])));
        base = second == 'x' ? 16 : second == 'b' ? 2 : 8;
        text.remove_prefix(second == 'x' || second == 'b' || second == 'o' ? 2 : 1);
    }
    if (text.empty()) {
        return false;
    }
    int64_t value = 0;
    for (const char c : text) {
        const int lower_case = tolower(static_cast<unsigned char>(c));
        const int digit = isdigit(static_cast<unsigned char>(c))   ? c - '0'
                          : lower_case >= 'a' && lower_case <= 'f' ? lower_case - 'a' + 10
                                                                   : 99;
        if (digit >= base || value > (INT64_MAX >> 22) / base) {
            return false;
        }
        value = value * base + digit;
    }
    out = value * factor * (negative ? -1 : 1);
    return true;
}

std::string partition_type_name(uint8_t type) {
    for (const Name &name : TYPES) {
        if (name.value == type) {
            return name.text;
        }
    }
    return format("0x%02x", type);
}

std::string partition_subtype_name(uint8_t type, uint8_t subtype) {
    std::string out;
    any_subtype(type, [&](const std::string &name, uint8_t value) {
        if (value == subtype) {
            out = name;
        }
        return value == subtype;
    });
    return out.empty() ? format("0x%02x", subtype) : out;
}

bool parse_partition_type(std::string_view text, uint8_t &out) {
    const std::string name = lower(trim(text));
    for (const Name &type : TYPES) {
        if (name == type.text) {
            out = type.value;
            return true;
        }
    }
    int64_t value = 0;
    if (!parse_partition_number(name, value) || value < 0 || value > 0xFE ||
        (value > PARTITION_TYPE_PARTITION_TABLE && value < 0x40)) {
        return false;
    }
    out = static_cast<uint8_t>(value);
    return true;
}

bool parse_partition_subtype(uint8_t type, std::string_view text, uint8_t &out) {
    const std::string name = lower(trim(text));
    if (any_subtype(type, [&](const std::string &known, uint8_t value) {
            out = known == name ? value : out;
            return known == name;
        })) {
        return true;
    }
    int64_t value = 0;
    if (!parse_partition_number(name, value) || value < 0 || value > 0xFE) {
        return false;
    }
    out = static_cast<uint8_t>(value);
    return true;
}

std::string parse_partition_csv(std::string_view text, const PartitionRules &rules, PartitionTable &out,
                                std::vector<std::string> *warnings) {
    out.clear();
    if (text.substr(0, 3) == "\xEF\xBB\xBF") {
        text.remove_prefix(3);
    }

    std::vector<Line> lines;
    std::string reason = read_lines(text, rules, lines, warnings);
    if (!reason.empty()) {
        return reason;
    }
    uint64_t last_end = static_cast<uint64_t>(rules.table_offset) + PARTITION_TABLE_SECTOR;
    bool first = true;
    for (Line &line : lines) {
        PartitionEntry &entry = line.entry;
        reason = place(line, rules, last_end, first, entry);
        if (!reason.empty()) {
            return reason;
        }
        int64_t size = line.size;
        if (size < 0) {
            size = -size - entry.offset;
            if (size <= 0) {
                return where(rules, entry) + format("its size says that it ends at 0x%" PRIx64
                                                    ", but it begins at 0x%" PRIx32,
                                                    static_cast<uint64_t>(-line.size), entry.offset);
            }
        }
        entry.size = static_cast<uint32_t>(size);
        if (!is_system_type(entry.type)) {
            last_end = entry.end();
            first = false;
        }
        out.push_back(entry);
    }

    reason = check_partition_table(out, rules);
    if (reason.empty() && warnings) {
        for (const PartitionEntry &entry : out) {
            collect_warnings(entry, rules, *warnings);
        }
    }
    return reason;
}

std::string check_partition_table(const PartitionTable &table, const PartitionRules &rules) {
    if (table.size() > PARTITION_TABLE_MAX_ENTRIES) {
        return where(rules, table[PARTITION_TABLE_MAX_ENTRIES]) +
               format("the table has %zu partitions, at most %" PRIu32 " fit", table.size(),
                      PARTITION_TABLE_MAX_ENTRIES);
    }

    std::set<std::string> names;
    const PartitionEntry *otadata = nullptr;
    for (const PartitionEntry &entry : table) {
        const uint32_t align = offset_alignment(entry.type);
        if (entry.offset % align != 0) {
            return where(rules, entry) +
                   format("offset 0x%" PRIx32 " is not aligned to 0x%" PRIx32, entry.offset, align);
        }
        if (entry.size == 0) {
            return where(rules, entry) + "the size is 0";
        }
        if (entry.type == PARTITION_TYPE_APP && entry.size % 0x1000 != 0) {
            return where(rules, entry) + format("size 0x%" PRIx32 " is not aligned to 0x1000", entry.size);
        }
        if (entry.end() > UINT32_MAX) {
            return where(rules, entry) + "it ends above 4 GB";
        }
        if (!names.insert(entry.label).second) {
            return where(rules, entry) + "partition names must be unique";
        }
        if (entry.type != PARTITION_TYPE_DATA) {
            continue;
        }
        std::string reason = check_data_partition(entry, rules);
        if (!reason.empty()) {
            return reason;
        }
        if (entry.subtype == PARTITION_SUBTYPE_DATA_OTA) {
            if (otadata) {
                return where(rules, entry) + "found multiple otadata partitions ('" + otadata->label +
                       "' is one already); only one may have type data and subtype ota";
            }
            otadata = &entry;
            if (entry.size != OTADATA_SIZE) {
                return where(rules, entry) +
                       format("an otadata partition must have size 0x2000, it has 0x%" PRIx32, entry.size);
            }
        }
    }

    std::vector<const PartitionEntry *> sorted;
    for (const PartitionEntry &entry : table) {
        sorted.push_back(&entry);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const PartitionEntry *a, const PartitionEntry *b) { return a->offset < b->offset; });
    const uint64_t table_end = static_cast<uint64_t>(rules.table_offset) + PARTITION_TABLE_SECTOR;
    const PartitionEntry *last = nullptr;
    for (const PartitionEntry *entry : sorted) {
        if (entry->offset < table_end && !is_system_type(entry->type)) {
            return where(rules, *entry) + format("partition offset 0x%" PRIx32 " is below 0x%" PRIx64
                                                 ", the end of the partition table",
                                                 entry->offset, table_end);
        }
        if (last && entry->offset < last->end()) {
            return where(rules, *entry) + format("partition at 0x%" PRIx32 " overlaps '%s' at 0x%" PRIx32 "-0x%" PRIx64,
                                                 entry->offset, last->label.c_str(), last->offset, last->end() - 1);
        }
        last = entry;
    }
    if (rules.flash_size != 0 && last && last->end() > rules.flash_size) {
        return where(rules, *last) + format("the partitions occupy %.1fMB of flash (%" PRIu64
                                            " bytes), which does not fit the flash of %.4gMB; this one "
                                            "ends at 0x%" PRIx64 ", the flash at 0x%" PRIx64,
                                            static_cast<double>(last->end()) / (1024 * 1024), last->end(),
                                            static_cast<double>(rules.flash_size) / (1024 * 1024), last->end(),
                                            rules.flash_size);
    }
    return "";
}

std::string write_partition_binary(const PartitionTable &table, std::vector<uint8_t> &out) {
    out.clear();
    if (table.size() > PARTITION_TABLE_MAX_ENTRIES) {
        return format("binary partition table length (%zu) longer than max (%" PRIu32
                      "): %zu partitions, at most %" PRIu32 " fit",
                      (table.size() + 1) * PARTITION_ENTRY_SIZE, PARTITION_TABLE_BINARY_SIZE, table.size(),
                      PARTITION_TABLE_MAX_ENTRIES);
    }
    out.assign(PARTITION_TABLE_BINARY_SIZE, 0xFF);
    uint8_t *position = out.data();
    for (const PartitionEntry &entry : table) {
        memset(position, 0, PARTITION_ENTRY_SIZE);
        memcpy(position, ENTRY_MAGIC, sizeof(ENTRY_MAGIC));
        position[2] = entry.type;
        position[3] = entry.subtype;
        put_u32(position + 4, entry.offset);
        put_u32(position + 8, entry.size);
        // NOLINTNEXTLINE(bugprone-not-null-terminated-result): a label of full length has no zero behind it.
        memcpy(position + 12, entry.label.data(), std::min(entry.label.size(), LABEL_SIZE));
        put_u32(position + 28, entry.flags);
        position += PARTITION_ENTRY_SIZE;
    }
    memcpy(position, MD5_MAGIC, sizeof(MD5_MAGIC));  // the other 14 bytes of its head stay FF
    md5(out.data(), static_cast<size_t>(position - out.data()), position + 16);
    return "";
}

bool is_partition_binary(const uint8_t *data, size_t size) {
    return size >= sizeof(ENTRY_MAGIC) && memcmp(data, ENTRY_MAGIC, sizeof(ENTRY_MAGIC)) == 0;
}

std::string read_partition_binary(const uint8_t *data, size_t size, PartitionTable &out, bool require_md5) {
    out.clear();
    bool md5_seen = false;
    for (size_t at = 0; at < size; at += PARTITION_ENTRY_SIZE) {
        if (at == PARTITION_TABLE_BINARY_SIZE && md5_seen) {
            return "";
        }
        if (size - at < PARTITION_ENTRY_SIZE) {
            return format("partition table length must be a multiple of 32 bytes, it is %zu", size);
        }
        const uint8_t *entry = data + at;
        if (std::all_of(entry, entry + PARTITION_ENTRY_SIZE, [](uint8_t byte) { return byte == 0xFF; })) {
            return require_md5 && !md5_seen
                       ? std::string(at == 0 ? "there is no partition table (the flash is erased there)"
                                             : "no MD5 found in partition table")
                       : "";
        }
        if (memcmp(entry, MD5_MAGIC, sizeof(MD5_MAGIC)) == 0) {
            uint8_t digest[16];
            md5(data, at, digest);
            if (memcmp(digest, entry + 16, sizeof(digest)) != 0) {
                return "MD5 checksums don't match (computed: 0x" + hex(digest, 16) + ", parsed: 0x" +
                       hex(entry + 16, 16) + ")";
            }
            if (md5_seen) {
                return "there are two MD5 entries";
            }
            md5_seen = true;
            continue;
        }
        if (md5_seen) {
            return format("entry %zu follows the MD5", at / PARTITION_ENTRY_SIZE);
        }
        if (memcmp(entry, ENTRY_MAGIC, sizeof(ENTRY_MAGIC)) != 0) {
            return format("invalid magic bytes (%02x %02x) for partition definition %zu", entry[0], entry[1],
                          at / PARTITION_ENTRY_SIZE);
        }
        if (out.size() == PARTITION_TABLE_MAX_ENTRIES) {
            return format("more than %" PRIu32 " entries", PARTITION_TABLE_MAX_ENTRIES);
        }
        PartitionEntry parsed;
        parsed.type = entry[2];
        parsed.subtype = entry[3];
        parsed.offset = get_u32(entry + 4);
        parsed.size = get_u32(entry + 8);
        const char *label = reinterpret_cast<const char *>(entry + 12);
        parsed.label.assign(label, strnlen(label, LABEL_SIZE));
        parsed.flags = get_u32(entry + 28);
        out.push_back(std::move(parsed));
    }
    return md5_seen && size == PARTITION_TABLE_BINARY_SIZE ? "" : "partition table is missing an end-of-table marker";
}

std::string write_partition_csv(const PartitionTable &table, std::string &out) {
    out = "# Deskboard partition table\n# Name, Type, SubType, Offset, Size, Flags\n";
    for (const PartitionEntry &entry : table) {
        const bool printable = std::all_of(entry.label.begin(), entry.label.end(), [](char c) {
            return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && c != ',' && c != '$';
        });
        if (!printable || trim(entry.label) != entry.label || entry.label.substr(0, 1) == "#" ||
            entry.label.substr(0, 3) == "\xEF\xBB\xBF") {
            return "the label of the partition at " + format("0x%" PRIx32, entry.offset) +
                   " cannot be written in a CSV";
        }
        if (entry.flags & ~(PARTITION_FLAG_ENCRYPTED | PARTITION_FLAG_READONLY)) {
            return "partition '" + entry.label + "': flags " + format("0x%" PRIx32, entry.flags) + " have no name";
        }
        std::string flags;
        if (entry.encrypted()) {
            flags = "encrypted";
        }
        if (entry.readonly()) {
            flags += flags.empty() ? "readonly" : ":readonly";
        }
        out += entry.label + "," + partition_type_name(entry.type) + "," +
               partition_subtype_name(entry.type, entry.subtype) + "," + format("0x%" PRIx32, entry.offset) + "," +
               short_size(entry.size) + "," + flags + "\n";
    }
    return "";
}

PartitionSizeCheck check_binary_size(const PartitionTable &table, uint8_t type, const std::string &binary_name,
                                     uint64_t binary_size) {
    const std::string noun = partition_type_name(type);
    std::vector<const PartitionEntry *> partitions;
    std::vector<const PartitionEntry *> too_small;
    uint32_t smallest = UINT32_MAX;
    for (const PartitionEntry &entry : table) {
        if (entry.type == type) {
            partitions.push_back(&entry);
            smallest = std::min(smallest, entry.size);
            if (entry.size < binary_size) {
                too_small.push_back(&entry);
            }
        }
    }
    if (partitions.empty()) {
        return {false, "Error: there is no " + noun + " partition for binary " + binary_name + "."};
    }
    if (too_small.empty()) {
        const uint64_t free_size = smallest - binary_size;
        const double percent = 100.0 * static_cast<double>(free_size) / smallest;
        std::string message = format("%s binary size 0x%" PRIx64 " bytes. Smallest %s partition is 0x%" PRIx32
                                     " bytes. 0x%" PRIx64 " bytes (%.0f%%) free.",
                                     binary_name.c_str(), binary_size, noun.c_str(), smallest, free_size, percent);
        if (percent < 5) {
            message += format("\nWarning: The smallest %s partition is nearly full (%.0f%% free space left)!",
                              noun.c_str(), percent);
        }
        return {true, message};
    }
    const bool fits = too_small.size() < partitions.size();
    std::string message = fits ? "Warning: " + std::to_string(too_small.size()) + "/" +
                                     std::to_string(partitions.size()) + " " + noun + " partitions are"
                          : partitions.size() == 1 ? "Error: " + noun + " partition is"
                                                   : "Error: All " + noun + " partitions are";
    message += " too small for binary " + binary_name + format(" size 0x%" PRIx64 ":", binary_size);
    for (const PartitionEntry *entry : too_small) {
        message += format("\n  - Part '%s' %u/%u @ 0x%" PRIx32 " size 0x%" PRIx32 " (overflow 0x%" PRIx64 ")",
                          entry->label.c_str(), entry->type, entry->subtype, entry->offset, entry->size,
                          binary_size - entry->size);
    }
    return {fits, message};
}

}  // namespace hal
