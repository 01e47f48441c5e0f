// Any bytes are a table or an error; a table is written back to the same bytes up to its end.

#include <cstdlib>
#include <cstring>

#include "partition_table/partition_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hal::PartitionTable table;
    const bool with_md5 = hal::read_partition_binary(data, size, table, true).empty();
    if (!with_md5 && !hal::read_partition_binary(data, size, table).empty()) {
        return 0;
    }
    hal::check_partition_table(table, {});
    hal::check_binary_size(table, hal::PARTITION_TYPE_APP, "app.bin", size);
    std::string csv;
    hal::write_partition_csv(table, csv);
    std::vector<uint8_t> binary;
    if (!hal::write_partition_binary(table, binary).empty()) {
        abort();
    }
    // A label may carry anything behind its terminating zero, which is not kept; the rest must be the same.
    for (size_t i = 0; i < table.size(); i++) {
        if (memcmp(binary.data() + i * 32, data + i * 32, 12) != 0 ||
            memcmp(binary.data() + i * 32 + 28, data + i * 32 + 28, 4) != 0) {
            abort();
        }
    }
    return 0;
}
