#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "board/board.hpp"
#include "board/chips.hpp"
#include "esp_chip_info.h"
#include "esp_heap_caps.h"
#include "heap/heap.hpp"

namespace {

using testing::HasSubstr;

constexpr const char *GOOD = R"(title = "Test board"
chip = "esp32s3"
cores = 2
cpu_mhz = 240

[flash]
size = "8M"
range = [0x3C000000, 0x3C800000]
read_bandwidth = "20M"

[psram]
size = "8M"
mode = "octal"
mhz = 80
address = 0x3C800000

[internal]
range = [0x3FC88000, 0x3FD00000]

[[ram]]
name = "RAM"
address = 0x3FC94628
size = 0x550E8
caps = ["default", "internal", "dma", "8bit", "32bit"]

[[ram]]
name = "RTCRAM"
address = 0x600FE010
size = "8K"
caps = ["internal", "rtcram"]

[sdcard]
capacity = "32G"

[partition_table]
offset = 0x9000
csv = "partitions.csv"
)";

std::string load(const std::string &text, hal::BoardProfile &out) {
    return hal::load_board_profile(text, "test", "board.toml", out);
}

// The text with one line's beginning replaced.
std::string with(const std::string &from, const std::string &to) {
    std::string text = GOOD;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(Profile, IsReadCompletely) {
    hal::BoardProfile profile;
    ASSERT_EQ(load(GOOD, profile), "");
    EXPECT_EQ(profile.name, "test");
    EXPECT_EQ(profile.title, "Test board");
    EXPECT_EQ(profile.chip, "esp32s3");
    EXPECT_EQ(profile.cores, 2);
    EXPECT_EQ(profile.cpu_mhz, 240);
    EXPECT_EQ(profile.flash_size, 8u << 20);
    EXPECT_EQ(profile.flash_read_bandwidth, 20u << 20);
    EXPECT_EQ(profile.flash_range.begin, 0x3C000000u);
    EXPECT_EQ(profile.flash_range.end, 0x3C800000u);
    EXPECT_EQ(profile.psram_size, 8u << 20);
    EXPECT_EQ(profile.psram_mode, "octal");
    EXPECT_EQ(profile.psram_mhz, 80);
    EXPECT_EQ(profile.psram_address, 0x3C800000u);
    ASSERT_EQ(profile.ram.size(), 2u);
    EXPECT_EQ(profile.ram[0].address, 0x3FC94628u);
    EXPECT_EQ(profile.ram[0].size, 0x550E8u);
    EXPECT_EQ(profile.ram[0].caps, static_cast<uint32_t>(MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL | MALLOC_CAP_DMA |
                                                         MALLOC_CAP_8BIT | MALLOC_CAP_32BIT));
    EXPECT_EQ(profile.ram[1].size, 8192u);
    EXPECT_EQ(profile.ram[1].caps, static_cast<uint32_t>(MALLOC_CAP_INTERNAL | MALLOC_CAP_RTCRAM));
    EXPECT_TRUE(profile.sdcard);
    EXPECT_EQ(profile.sdcard_capacity, uint64_t{32} << 30);
    EXPECT_EQ(profile.partition_table_offset, 0x9000u);
    EXPECT_EQ(profile.partition_table, "partitions.csv");
}

struct Mistake {
    const char *from;
    const char *to;
    const char *line;
    const char *reason;
};

class ProfileMistake : public testing::TestWithParam<Mistake> {};

TEST_P(ProfileMistake, IsRefusedWithLineAndReason) {
    hal::BoardProfile profile;
    profile.title = "untouched";
    const std::string reason = load(with(GetParam().from, GetParam().to), profile);
    EXPECT_THAT(reason, testing::StartsWith(std::string("board.toml:") + GetParam().line + ": "));
    EXPECT_THAT(reason, HasSubstr(GetParam().reason));
    EXPECT_EQ(profile.title, "untouched");
}

INSTANTIATE_TEST_SUITE_P(
    All, ProfileMistake,
    testing::Values(
        Mistake{"title = \"Test board\"", "title = Test board", "1", "parsing"},
        Mistake{"title = \"Test board\"", "title = 5", "1", "'title' is not a text in quotes"},
        Mistake{"chip = \"esp32s3\"", "chip = \"esp32c7\"", "2",
                "known are esp32, esp32c3, esp32c5, esp32c6, esp32p4, esp32s2, esp32s3 and esp32s31"},
        Mistake{"chip = \"esp32s3\"", "chp = \"esp32s3\"", "2", "unknown key 'chp'"},
        Mistake{"chip = \"esp32s3\"\n", "", "1", "'chip' is missing"},
        Mistake{"cores = 2", "cores = 3", "3", "'cores' is not a whole number from 1 to 2"},
        Mistake{"cpu_mhz = 240", "cpu_mhz = \"fast\"", "4", "'cpu_mhz' is not a whole number"},
        Mistake{"[flash]\nsize = \"8M\"", "[flash]\nsize = \"8Q\"", "7", "'flash.size' is no size"},
        Mistake{"[flash]\nsize = \"8M\"", "[flash]\nsize = \"100\"", "7", "multiple of 64 KB"},
        Mistake{"range = [0x3C000000, 0x3C800000]", "range = [0x3C800000, 0x3C000000]", "8", "'flash.range'"},
        Mistake{"range = [0x3C000000, 0x3C800000]", "range = [1, \"x\"]", "8", "'flash.range'"},
        Mistake{"read_bandwidth", "read_bandwith", "9", "unknown key 'flash.read_bandwith'"},
        Mistake{"[psram]\nsize = \"8M\"", "[psram]\nsize = -1", "12", "'psram.size' is no size"},
        Mistake{"mhz = 80\naddress = 0x3C800000", "mhz = 80", "11", "'psram.address' is missing"},
        Mistake{"address = 0x3C800000", "address = 0x3C800001", "15", "multiple of 64 KB"},
        Mistake{"address = 0x3C800000", "address = 0x3F800000", "11", "PSRAM overlaps region 'RAM'"},
        Mistake{"address = 0x600FE010", "address = 0x3FC94700", "26", "region 'RTCRAM' overlaps region 'RAM'"},
        Mistake{"size = 0x550E8", "size = 0x550E9", "20", "multiples of 4"},
        Mistake{"size = 0x550E8", "size = 16", "20", "4096 or more"},
        Mistake{"address = 0x600FE010", "address = 0xFFFFFFF0", "26", "within 32-bit addresses"},
        Mistake{"\"dma\", \"8bit\"", "\"dma\", \"9bit\"", "24", "'9bit' is no capability"},
        Mistake{"caps = [\"internal\", \"rtcram\"]", "caps = []", "30", "has no list 'caps'"},
        Mistake{"capacity = \"32G\"", "slot = 1", "33", "'sdcard.slot' is neither true nor false"},
        Mistake{"offset = 0x9000", "offset = 0x9001", "36", "multiple of 4 KB within the flash"},
        Mistake{"offset = 0x9000", "offset = \"8M\"", "36", "multiple of 4 KB within the flash"},
        Mistake{"[partition_table]", "[partition_tabel]", "35", "unknown key 'partition_tabel'"}));

TEST(Profile, SectionsThatMustBeThere) {
    hal::BoardProfile profile;
    EXPECT_THAT(load("", profile), testing::StartsWith("board.toml:1: "));
    EXPECT_THAT(load("title = \"x\"\nchip = \"esp32\"\ncores = 2\ncpu_mhz = 1\n", profile), HasSubstr("no [flash]"));
    EXPECT_THAT(load("title = \"x\"\nchip = \"esp32\"\ncores = 2\ncpu_mhz = 1\n[flash]\nsize = \"4M\"\n", profile),
                HasSubstr("no [[ram]]"));
    EXPECT_THAT(load("title = \"x\"\nchip = \"esp32\"\ncores = 2\ncpu_mhz = 1\nflash = 5\n", profile),
                testing::StartsWith("board.toml:5: 'flash' is not a section"));
    EXPECT_NE(load(std::string("title = \"\xff\xfe\"\0", 14), profile), "");
}

TEST(Profile, TruncatedAnywhereIsRefusedOrRead) {
    const std::string text = GOOD;
    for (size_t length = 0; length < text.size(); length += 3) {
        hal::BoardProfile profile;
        load(text.substr(0, length), profile);  // must return
    }
}

TEST(Profile, Sizes) {
    uint64_t bytes = 0;
    EXPECT_TRUE(hal::parse_size("8M", bytes));
    EXPECT_EQ(bytes, 8u << 20);
    EXPECT_TRUE(hal::parse_size("512k", bytes));
    EXPECT_EQ(bytes, 512u << 10);
    EXPECT_TRUE(hal::parse_size("0x1000", bytes));
    EXPECT_EQ(bytes, 0x1000u);
    EXPECT_TRUE(hal::parse_size("2G", bytes));
    EXPECT_EQ(bytes, uint64_t{2} << 30);
    for (const char *bad :
         {"", "M", "-1", "8MB", "8 M", "x", "1.5M", "99999999999999999999", "18446744073709551615G"}) {
        EXPECT_FALSE(hal::parse_size(bad, bytes)) << bad;
    }
}

class ShippedBoard : public testing::TestWithParam<const char *> {};

TEST_P(ShippedBoard, LoadsAndGivesItsMemory) {
    const char *root = getenv("DESKBOARD_ROOT");
    if (root == nullptr) {
        GTEST_SKIP() << "DESKBOARD_ROOT is not set";
    }
    hal::BoardProfile profile;
    ASSERT_EQ(hal::load_board_file(std::string(root) + "/boards/" + GetParam() + "/board.toml", profile), "");
    EXPECT_EQ(profile.name, GetParam());
    hal::Board::reset_for_test(profile);
    EXPECT_EQ(heap_caps_get_total_size(MALLOC_CAP_SPIRAM), profile.psram_size);
    EXPECT_GT(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), 150u * 1024);
    // Regions lie where the chip has them.
    for (const hal::Heap::RegionView &region : hal::board().heap().regions()) {
        EXPECT_TRUE(hal::board().heap().owns(reinterpret_cast<const void *>(uintptr_t{region.chip_address})))
            << region.name;
    }
    esp_chip_info_t info;
    esp_chip_info(&info);
    EXPECT_EQ(info.cores, profile.cores);
    const hal::Chip *chip = hal::find_chip(profile.chip);
    ASSERT_NE(chip, nullptr);
    EXPECT_EQ(info.model, chip->model);
    EXPECT_EQ(heap_caps_get_total_size(MALLOC_CAP_SIMD) > 0, chip->simd);
    EXPECT_EQ(profile.cores, chip->cores);
    hal::Board::reset_for_test(hal::Board::built_in_profile());
}

INSTANTIATE_TEST_SUITE_P(All, ShippedBoard,
                         testing::Values("esp32_p4_function_ev_board", "esp32_p4_eye", "esp32_s3_eye",
                                         "esp32_s3_korvo_2", "esp_box_3", "esp32_devkitc", "esp32_c3_devkitm_1",
                                         "esp32_c5_devkitc_1", "esp32_c6_devkitc_1", "esp32_s2_devkitc_1",
                                         "esp32_s31_korvo_1"));

TEST(Options, EnvironmentIsRead) {
    setenv("DESKBOARD_PSRAM", "4M", 1);
    setenv("DESKBOARD_SDCARD", "/tmp/card", 1);
    setenv("DESKBOARD_FAULT", "alloc=3", 1);
    setenv("DESKBOARD_HEAP_REPORT", "1", 1);
    setenv("DESKBOARD_HEAP_POISONING", "0", 1);
    setenv("DESKBOARD_LOG_LEVEL", "debug", 1);
    hal::BoardOptions options;
    EXPECT_EQ(hal::read_environment(options), "");
    EXPECT_EQ(options.psram_size, 4u << 20);
    EXPECT_EQ(options.sdcard_dir, "/tmp/card");
    EXPECT_THAT(options.faults, testing::ElementsAre("alloc=3"));
    EXPECT_TRUE(options.heap_report);
    EXPECT_FALSE(options.heap_poisoning);
    EXPECT_EQ(options.log_level, 4);
    setenv("DESKBOARD_PSRAM", "much", 1);
    EXPECT_THAT(hal::read_environment(options), HasSubstr("DESKBOARD_PSRAM: 'much' is no size"));
    unsetenv("DESKBOARD_PSRAM");
    setenv("DESKBOARD_LOG_LEVEL", "loud", 1);
    EXPECT_THAT(hal::read_environment(options), HasSubstr("DESKBOARD_LOG_LEVEL: 'loud' is none of"));
    for (const char *name : {"SDCARD", "FAULT", "HEAP_REPORT", "HEAP_POISONING", "LOG_LEVEL"}) {
        unsetenv((std::string("DESKBOARD_") + name).c_str());
    }
}

}  // namespace
