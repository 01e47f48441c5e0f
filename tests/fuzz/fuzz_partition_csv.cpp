// Any text is a table or an error; a table goes through the binary form and back unchanged.

#include <cstdlib>
#include <string_view>

#include "partition_table/partition_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    hal::PartitionRules rules;
    rules.table_offset = (data[0] & 1) != 0 ? 0x9000 : 0x8000;
    rules.flash_size = (data[0] & 2) != 0 ? 16 << 20 : 0;
    const std::string_view text(reinterpret_cast<const char *>(data) + 1, size - 1);
    hal::PartitionTable table;
    std::vector<std::string> warnings;
    if (!hal::parse_partition_csv(text, rules, table, &warnings).empty()) {
        return 0;
    }
    std::vector<uint8_t> binary;
    hal::PartitionTable back;
    if (!hal::write_partition_binary(table, binary).empty() ||
        !hal::read_partition_binary(binary.data(), binary.size(), back, true).empty() || back.size() != table.size()) {
        abort();
    }
    for (size_t i = 0; i < table.size(); i++) {
        if (back[i].label != table[i].label || back[i].offset != table[i].offset || back[i].size != table[i].size ||
            back[i].type != table[i].type || back[i].subtype != table[i].subtype || back[i].flags != table[i].flags ||
            (rules.flash_size != 0 && back[i].end() > rules.flash_size)) {
            abort();
        }
    }
    std::string csv;
    hal::PartitionTable again;
    if (hal::write_partition_csv(back, csv).empty() &&
        (!hal::parse_partition_csv(csv, rules, again).empty() || again.size() != table.size())) {
        abort();
    }
    return 0;
}
