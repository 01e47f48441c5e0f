#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "board/board.hpp"
#include "flash/flash.hpp"
#include "partition_table/partition_table.hpp"
#include "storage/sdcard.hpp"

namespace hal_test {

/** A folder of its own for one test, deleted with it. */
class TempDir {
public:
    TempDir() {
        std::string name = testing::TempDir() + "deskboard-XXXXXX";
        if (mkdtemp(name.data()) != nullptr) {
            m_path = std::filesystem::canonical(name);
        }
    }
    ~TempDir() {
        std::error_code error;
        std::filesystem::remove_all(m_path, error);
    }
    TempDir(const TempDir &) = delete;
    TempDir &operator=(const TempDir &) = delete;
    const std::string &path() const { return m_path; }
    std::string operator/(const std::string &name) const { return m_path + "/" + name; }

private:
    std::string m_path;
};

inline hal::BoardProfile profile(uint64_t flash_size = 4 << 20) {
    hal::BoardProfile out = hal::Board::built_in_profile();
    out.flash_size = flash_size;
    out.sdcard = true;
    out.sdcard_capacity = 0;
    return out;
}

/** A new board with this flash file ("" for memory) and this card ("" for none), as after power on. */
inline hal::Board &start_board(const std::string &flash_file = "", const std::string &card = "",
                               const hal::BoardProfile &board = profile(), std::vector<std::string> faults = {}) {
    hal::BoardOptions options;
    options.flash_file = flash_file;
    options.sdcard_dir = card;
    options.faults = std::move(faults);
    return hal::Board::reset_for_test(board, options);
}

/** Writes the table that a CSV describes into the board's flash. */
inline void flash_table(const std::string &csv) {
    hal::Flash *flash = hal::board().flash();
    ASSERT_NE(flash, nullptr);
    hal::PartitionRules rules;
    rules.table_offset = flash->config().partition_table_offset;
    hal::PartitionTable table;
    ASSERT_EQ(hal::parse_partition_csv(csv, rules, table), "");
    std::vector<uint8_t> binary;
    ASSERT_EQ(hal::write_partition_binary(table, binary), "");
    flash->flash_image(rules.table_offset, binary.data(), binary.size());
}

}  // namespace hal_test
