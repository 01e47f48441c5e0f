#include "board/profile.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdlib>
#include <initializer_list>

#include "board/chips.hpp"
#include "board/toml.hpp"
#include "esp_heap_caps.h"

namespace hal {
namespace {

struct CapName {
    const char *name;
    uint32_t bit;
};

constexpr CapName CAPS[] = {
    {"exec", MALLOC_CAP_EXEC},           {"32bit", MALLOC_CAP_32BIT},
    {"8bit", MALLOC_CAP_8BIT},           {"dma", MALLOC_CAP_DMA},
    {"internal", MALLOC_CAP_INTERNAL},   {"default", MALLOC_CAP_DEFAULT},
    {"iram_8bit", MALLOC_CAP_IRAM_8BIT}, {"retention", MALLOC_CAP_RETENTION},
    {"rtcram", MALLOC_CAP_RTCRAM},       {"tcm", MALLOC_CAP_TCM},
    {"simd", MALLOC_CAP_SIMD},
};

constexpr uint64_t MIN_REGION = 4096;
constexpr int64_t ADDRESS_SPACE = int64_t{1} << 32;

// Reads one file; remembers the first mistake and turns everything after it into nothing.
class Reader {
public:
    explicit Reader(const std::string &file) : m_file(file) {}

    const std::string &error() const { return m_error; }

    void fail(const toml::node *where, const std::string &reason) {
        fail_at(where ? where->source().begin.line : 1, reason);
    }

    void fail_at(uint32_t line, const std::string &reason) {
        if (m_error.empty()) {
            m_error = m_file + ":" + std::to_string(line) + ": " + reason;
        }
    }

    // No key but these: a misspelt one would silently leave a default.
    void only(const toml::table &table, const std::string &section, std::initializer_list<const char *> keys) {
        for (const auto &[key, node] : table) {
            const bool known =
                std::any_of(keys.begin(), keys.end(), [&, &k = key](const char *name) { return k == name; });
            if (!known) {
                fail_at(key.source().begin.line, "unknown key '" + path(section, std::string(key.str())) + "'");
            }
        }
    }

    const toml::table *section(const toml::table &table, const char *key) {
        const toml::node *node = table.get(key);
        if (node && !node->is_table()) {
            fail(node, std::string("'") + key + "' is not a section");
            return nullptr;
        }
        return node ? node->as_table() : nullptr;
    }

    std::string text(const toml::table &table, const std::string &section, const char *key, bool required) {
        const toml::node *node = get(table, section, key, required);
        if (!node) {
            return "";
        }
        if (!node->is_string() || node->as_string()->get().empty()) {
            fail(node, "'" + path(section, key) + "' is not a text in quotes");
            return "";
        }
        return node->as_string()->get();
    }

    int64_t integer(const toml::table &table, const std::string &section, const char *key, bool required, int64_t least,
                    int64_t most, int64_t otherwise) {
        const toml::node *node = get(table, section, key, required);
        if (!node) {
            return otherwise;
        }
        if (!node->is_integer() || node->as_integer()->get() < least || node->as_integer()->get() > most) {
            fail(node, "'" + path(section, key) + "' is not a whole number from " + std::to_string(least) + " to " +
                           std::to_string(most));
            return otherwise;
        }
        return node->as_integer()->get();
    }

    uint64_t size(const toml::table &table, const std::string &section, const char *key, bool required, uint64_t most) {
        const toml::node *node = get(table, section, key, required);
        return node ? size_of(*node, path(section, key), most) : 0;
    }

    uint64_t size_of(const toml::node &node, const std::string &name, uint64_t most) {
        uint64_t bytes = 0;
        bool good = false;
        if (node.is_integer()) {
            good = node.as_integer()->get() >= 0;
            bytes = static_cast<uint64_t>(node.as_integer()->get());
        } else if (node.is_string()) {
            good = parse_size(node.as_string()->get(), bytes);
        }
        if (!good) {
            fail(&node, "'" + name + "' is no size (examples: \"8M\", \"512K\", 0x1000)");
            return 0;
        }
        if (bytes > most) {
            fail(&node, "'" + name + "' is larger than " + std::to_string(most) + " bytes");
            return 0;
        }
        return bytes;
    }

    AddressRange range(const toml::table &table, const std::string &section, const char *key) {
        AddressRange result;
        const toml::node *node = get(table, section, key, false);
        if (!node) {
            return result;
        }
        const toml::array *array = node->as_array();
        const auto at = [&](size_t i) -> int64_t {
            const auto *value = array->get(i)->as_integer();
            return value ? value->get() : -1;
        };
        if (!array || array->size() != 2 || at(0) < 0 || at(0) >= at(1) || at(1) >= ADDRESS_SPACE) {
            fail(node, "'" + path(section, key) + "' is not [first address, address behind the last]");
            return result;
        }
        result.begin = static_cast<uint32_t>(at(0));
        result.end = static_cast<uint32_t>(at(1));
        return result;
    }

    static std::string path(const std::string &section, const std::string &key) {
        return section.empty() ? key : section + "." + key;
    }

private:
    const toml::node *get(const toml::table &table, const std::string &section, const char *key, bool required) {
        const toml::node *node = table.get(key);
        if (!node && required) {
            fail(&table, "'" + path(section, key) + "' is missing");
        }
        return node;
    }

    std::string m_file;
    std::string m_error;
};

void read_ram(Reader &reader, const toml::table &root, BoardProfile &out) {
    const toml::node *node = root.get("ram");
    const toml::array *list = node ? node->as_array() : nullptr;
    if (!list || list->empty()) {
        reader.fail(node, "there is no [[ram]] section: a chip has internal RAM");
        return;
    }
    for (const toml::node &entry : *list) {
        const toml::table *table = entry.as_table();
        if (!table) {
            reader.fail(&entry, "'ram' is not a list of [[ram]] sections");
            return;
        }
        reader.only(*table, "ram", {"name", "address", "size", "caps"});
        RamRegion region;
        region.name = reader.text(*table, "ram", "name", true);
        region.address =
            static_cast<uint32_t>(reader.integer(*table, "ram", "address", true, 0x1000, ADDRESS_SPACE - 1, 0x1000));
        region.size = static_cast<uint32_t>(reader.size(*table, "ram", "size", true, 64 << 20));
        if (!reader.error().empty()) {
            return;
        }
        if (region.size < MIN_REGION || (region.size & 3) != 0 || (region.address & 3) != 0 ||
            int64_t{region.address} + region.size > ADDRESS_SPACE) {
            reader.fail(&entry, "region '" + region.name +
                                    "': address and size are multiples of 4, the size is 4096 or "
                                    "more, and the region ends within 32-bit addresses");
            return;
        }
        const toml::node *caps_node = table->get("caps");
        const toml::array *caps = caps_node ? caps_node->as_array() : nullptr;
        if (!caps || caps->empty()) {
            reader.fail(caps_node ? caps_node : &entry, "region '" + region.name + "' has no list 'caps'");
            return;
        }
        for (const toml::node &cap : *caps) {
            const std::string name = cap.is_string() ? cap.as_string()->get() : "";
            const auto *known = std::find_if(std::begin(CAPS), std::end(CAPS),
                                             [&](const CapName &candidate) { return name == candidate.name; });
            if (known == std::end(CAPS)) {
                std::string all;
                for (const CapName &candidate : CAPS) {
                    all += std::string(all.empty() ? "" : ", ") + candidate.name;
                }
                reader.fail(&cap, "'" + name + "' is no capability; they are: " + all);
                return;
            }
            region.caps |= known->bit;
        }
        for (const RamRegion &other : out.ram) {
            if (region.address < other.address + other.size && other.address < region.address + region.size) {
                reader.fail(&entry, "region '" + region.name + "' overlaps region '" + other.name + "'");
                return;
            }
        }
        out.ram.push_back(region);
    }
}

void read_flash(Reader &reader, const toml::table &flash, BoardProfile &out) {
    reader.only(flash, "flash", {"size", "range", "read_bandwidth", "write_bandwidth", "erase_ms"});
    out.flash_size = reader.size(flash, "flash", "size", true, 1 << 30);
    if (reader.error().empty() && (out.flash_size < 0x10000 || out.flash_size % 0x10000 != 0)) {
        reader.fail(flash.get("size"), "'flash.size' is not a multiple of 64 KB");
    }
    out.flash_range = reader.range(flash, "flash", "range");
    out.flash_read_bandwidth = static_cast<uint32_t>(reader.size(flash, "flash", "read_bandwidth", false, UINT32_MAX));
    out.flash_write_bandwidth =
        static_cast<uint32_t>(reader.size(flash, "flash", "write_bandwidth", false, UINT32_MAX));
    out.flash_erase_ms = static_cast<uint32_t>(reader.integer(flash, "flash", "erase_ms", false, 0, 10000, 0));
}

void read_psram(Reader &reader, const toml::table &root, BoardProfile &out) {
    if (const toml::table *psram = reader.section(root, "psram")) {
        reader.only(*psram, "psram", {"size", "reserved", "mode", "mhz", "address"});
        out.psram_size = reader.size(*psram, "psram", "size", true, 1 << 30);
        out.psram_reserved = reader.size(*psram, "psram", "reserved", false, 1 << 30);
        out.psram_mode = reader.text(*psram, "psram", "mode", false);
        out.psram_mhz = static_cast<int>(reader.integer(*psram, "psram", "mhz", false, 1, 1000, 0));
        out.psram_address =
            static_cast<uint32_t>(reader.integer(*psram, "psram", "address", true, 0x1000, ADDRESS_SPACE - 1, 0x1000));
        if (reader.error().empty()) {
            if (out.psram_address % 0x10000 != 0) {
                reader.fail(psram->get("address"), "'psram.address' is not a multiple of 64 KB");
            }
            if (out.psram_size < 0x10000 || out.psram_size % 0x1000 != 0 || out.psram_reserved % 0x1000 != 0 ||
                out.psram_reserved + 0x10000 > out.psram_size) {
                reader.fail(psram,
                            "'psram.size' is 64 KB or more and larger than 'psram.reserved', both in 4 KB steps");
            }
            if (int64_t{out.psram_address} + static_cast<int64_t>(out.psram_size) > ADDRESS_SPACE) {
                reader.fail(psram, "PSRAM does not end within 32-bit addresses");
            }
        }
    }
}

void check_psram(Reader &reader, const toml::table &root, BoardProfile &out) {
    if (reader.error().empty() && out.psram_size != 0) {
        for (const RamRegion &region : out.ram) {
            if (region.address < out.psram_address + out.psram_size &&
                uint64_t{out.psram_address} < uint64_t{region.address} + region.size) {
                reader.fail(root.get("psram"), "PSRAM overlaps region '" + region.name + "'");
            }
        }
    }
}

void read_sdcard(Reader &reader, const toml::table &root, BoardProfile &out) {
    if (const toml::table *sdcard = reader.section(root, "sdcard")) {
        reader.only(*sdcard, "sdcard", {"slot", "capacity", "bandwidth"});
        const toml::node *slot = sdcard->get("slot");
        if (slot && !slot->is_boolean()) {
            reader.fail(slot, "'sdcard.slot' is neither true nor false");
        }
        out.sdcard = !slot || (slot->is_boolean() && slot->as_boolean()->get());
        out.sdcard_capacity = reader.size(*sdcard, "sdcard", "capacity", false, uint64_t{2} << 40);
        out.sdcard_bandwidth = static_cast<uint32_t>(reader.size(*sdcard, "sdcard", "bandwidth", false, UINT32_MAX));
    }
}

void read_profile(Reader &reader, const toml::table &root, BoardProfile &out) {
    reader.only(
        root, "",
        {"title", "chip", "cores", "cpu_mhz", "flash", "psram", "internal", "ram", "sdcard", "partition_table"});
    out.title = reader.text(root, "", "title", true);
    out.chip = reader.text(root, "", "chip", true);
    const Chip *chip = find_chip(out.chip);
    if (reader.error().empty() && !chip) {
        reader.fail(root.get("chip"), "'chip' is \"" + out.chip + "\"; known are " + chip_names());
    }
    const int cores = chip ? chip->cores : 2;
    out.cores = static_cast<int>(reader.integer(root, "", "cores", true, 1, cores, cores));
    out.cpu_mhz = static_cast<int>(reader.integer(root, "", "cpu_mhz", true, 1, 1000, 1));

    const toml::table *flash = reader.section(root, "flash");
    if (!flash) {
        reader.fail(root.get("flash"), "there is no [flash] section");
        return;
    }
    read_flash(reader, *flash, out);
    read_psram(reader, root, out);
    if (const toml::table *internal = reader.section(root, "internal")) {
        reader.only(*internal, "internal", {"range"});
        out.internal_range = reader.range(*internal, "internal", "range");
    }
    read_ram(reader, root, out);
    check_psram(reader, root, out);
    read_sdcard(reader, root, out);
    if (const toml::table *table = reader.section(root, "partition_table")) {
        reader.only(*table, "partition_table", {"offset", "csv"});
        out.partition_table = reader.text(*table, "partition_table", "csv", false);
        const uint64_t offset = reader.size(*table, "partition_table", "offset", true, UINT32_MAX);
        if (reader.error().empty() && (offset % 0x1000 != 0 || offset == 0 || offset + 0x1000 > out.flash_size)) {
            reader.fail(table->get("offset"), "'partition_table.offset' is not a multiple of 4 KB within the flash");
        }
        out.partition_table_offset = static_cast<uint32_t>(offset);
    }
}

}  // namespace

std::string load_board_profile(std::string_view text, const std::string &name, const std::string &file,
                               BoardProfile &out) {
    Reader reader(file);
    // Not a rule of TOML: the parser's look-up of Unicode white space (3.3.0) is undefined for some characters.
    uint32_t line = 1;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80) {
            reader.fail_at(line, "a character outside ASCII");
            return reader.error();
        }
        line += c == '\n' ? 1 : 0;
    }
    toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        reader.fail_at(parsed.error().source().begin.line, std::string(parsed.error().description()));
        return reader.error();
    }
    BoardProfile profile;
    profile.name = name;
    read_profile(reader, parsed.table(), profile);
    if (reader.error().empty()) {
        out = std::move(profile);
    }
    return reader.error();
}

bool parse_size(std::string_view text, uint64_t &out) {
    uint64_t factor = 1;
    if (!text.empty()) {
        switch (text.back()) {
            case 'k':
            case 'K':
                factor = 1024;
                break;
            case 'm':
            case 'M':
                factor = 1024 * 1024;
                break;
            case 'g':
            case 'G':
                factor = 1024 * 1024 * 1024;
                break;
            default:
                break;
        }
        if (factor != 1) {
            text.remove_suffix(1);
        }
    }
    if (text.empty() || text[0] < '0' || text[0] > '9') {
        return false;
    }
    const std::string copy(text);
    char *end = nullptr;
    const uint64_t value = strtoull(copy.c_str(), &end, 0);
    if (*end != '\0' || value > UINT64_MAX / 2 / factor) {
        return false;
    }
    out = value * factor;
    return true;
}

}  // namespace hal
