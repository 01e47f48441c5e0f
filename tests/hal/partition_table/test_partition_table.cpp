#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "partition_table/partition_table.hpp"

namespace {

using hal::PartitionEntry;
using hal::PartitionRules;
using hal::PartitionTable;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

PartitionRules rules(uint32_t offset = 0x8000, uint64_t flash = 0) {
    return {"p.csv", offset, flash};
}

PartitionTable parsed(const std::string &csv, PartitionRules r = rules()) {
    PartitionTable table;
    EXPECT_EQ(hal::parse_partition_csv(csv, r, table), "");
    return table;
}

std::string error(const std::string &csv, PartitionRules r = rules()) {
    PartitionTable table;
    return hal::parse_partition_csv(csv, r, table);
}

const char *const TYPICAL =
    "# Name,   Type, SubType, Offset,  Size, Flags\n"
    "nvs,      data, nvs,     0x9000,  0x6000,\n"
    "phy_init, data, phy,     0xf000,  0x1000,\n"
    "factory,  app,  factory, 0x10000, 8M,\n"
    "model,    data, spiffs,  ,        0x400000, readonly\n";

TEST(PartitionCsv, ReadsATypicalTable) {
    const PartitionTable table = parsed(TYPICAL);
    ASSERT_EQ(table.size(), 4u);
    EXPECT_EQ(table[0].label, "nvs");
    EXPECT_EQ(table[0].type, 1);
    EXPECT_EQ(table[0].subtype, 2);
    EXPECT_EQ(table[0].line, 2);
    EXPECT_EQ(table[2].size, 8u << 20);
    EXPECT_EQ(table[3].offset, 0x810000u);
    EXPECT_EQ(table[3].subtype, 0x82);
    EXPECT_TRUE(table[3].readonly());
    EXPECT_FALSE(table[3].encrypted());
}

TEST(PartitionCsv, FillsBlankOffsetsByType) {
    const PartitionTable table = parsed("a,data,nvs,,0x4000\nb,app,factory,,64K\nc,data,,,1\nd,data,,,0x1000\n");
    EXPECT_EQ(table[0].offset, 0x9000u);
    EXPECT_EQ(table[1].offset, 0x10000u);
    EXPECT_EQ(table[2].offset, 0x20000u);
    EXPECT_EQ(table[2].subtype, 6) << "empty data subtype is undefined";
    EXPECT_EQ(table[3].offset, 0x21000u);
    EXPECT_EQ(parsed("a,data,nvs,,0x4000\n", rules(0x9000))[0].offset, 0xA000u);
}

TEST(PartitionCsv, ReadsNumbersInEveryBaseAndSuffix) {
    EXPECT_EQ(parsed("a,1,2,36864,16k")[0].size, 0x4000u);
    EXPECT_EQ(parsed("a,0x1,0x2,0x9000,0x10K")[0].size, 0x4000u);
    EXPECT_EQ(parsed("a,data,nvs,0110000,040000")[0].offset, 0x9000u);
    EXPECT_EQ(parsed("a,data,nvs,0X9000,0X4000")[0].offset, 0x9000u);
    EXPECT_EQ(parsed("a,data,nvs,,1M")[0].size, 0x100000u);
    EXPECT_EQ(parsed("a,0x40,7,,1m")[0].type, 0x40);
    for (const char *bad : {"0x", "K", "-", "1G", "0x1G", "08", "12 34", "99999999999999999999999", "0b12", "1KK"}) {
        EXPECT_THAT(error(std::string("a,data,nvs,,") + bad), HasSubstr("invalid size")) << bad;
    }
    EXPECT_THAT(error("a,data,nvs,,5000M"), HasSubstr("out of range"));
    EXPECT_THAT(error("a,data,nvs,-0x9000,16K"), HasSubstr("out of range"));
}

TEST(PartitionCsv, NegativeSizeEndsAtThatAddress) {
    EXPECT_EQ(parsed("a,app,factory,0x10000,-0x100000")[0].size, 0xF0000u);
    EXPECT_EQ(parsed("a,app,factory,,-1M")[0].size, 0xF0000u);
    EXPECT_THAT(error("a,app,factory,0x110000,-0x100000"), HasSubstr("ends at 0x100000"));
}

TEST(PartitionCsv, TakesVariablesFromTheEnvironment) {
    setenv("DESKBOARD_TEST_SIZE", "0x5000", 1);
    EXPECT_EQ(parsed("a,data,nvs,,$DESKBOARD_TEST_SIZE")[0].size, 0x5000u);
    EXPECT_EQ(parsed("a,data,nvs,,${DESKBOARD_TEST_SIZE}")[0].size, 0x5000u);
    EXPECT_EQ(error("a,data,nvs,,$DESKBOARD_TEST_NONE"),
              "p.csv:1: partition 'a': unknown variable 'DESKBOARD_TEST_NONE'");
    EXPECT_EQ(error("# $DESKBOARD_TEST_NONE in a comment\n"), "");
}

TEST(PartitionCsv, ToleratesByteOrderMarkCaseBlanksAndLineEnds) {
    const PartitionTable table =
        parsed("\xEF\xBB\xBF# comment\r\n\r\n  a , DATA , NVS , , 0x4000 , \r\nb,App,OTA_15,,64k");
    ASSERT_EQ(table.size(), 2u);
    EXPECT_EQ(table[1].subtype, 0x1F);
    EXPECT_EQ(table[1].line, 4);
    EXPECT_TRUE(parsed("").empty());
}

TEST(PartitionCsv, ErrorsNameFileLineAndPartition) {
    EXPECT_EQ(error("\nmodel,data,spiffs,0x10000,"), "p.csv:2: partition 'model': size field can't be empty");
    EXPECT_THAT(error("a,,nvs,,4K"), HasSubstr("'type' can't be left empty"));
    EXPECT_THAT(error("a,app,,,64K"), HasSubstr("cannot have an empty subtype"));
    EXPECT_THAT(error("a,foo,nvs,,4K"), HasSubstr("invalid type 'foo'"));
    EXPECT_THAT(error("a,0x20,nvs,,4K"), HasSubstr("invalid type '0x20'"));
    EXPECT_THAT(error("a,0xFF,0,,4K"), HasSubstr("invalid type"));
    EXPECT_THAT(error("a,data,ota_1,,4K"), HasSubstr("invalid subtype 'ota_1'"));
    EXPECT_THAT(error("a,app,ota_16,,64K"), HasSubstr("invalid subtype"));
    EXPECT_THAT(error("a,data,nvs,zero,4K"), HasSubstr("invalid offset 'zero'"));
    EXPECT_THAT(error("a,data,nvs,,16K,secret"), HasSubstr("unknown flag 'secret'"));
    EXPECT_THAT(error("a,data,nvs,,16K,,extra"), HasSubstr("more than 6 columns"));
    EXPECT_THAT(error("a,data,fat,,0"), HasSubstr("size is 0"));
}

TEST(PartitionCsv, ReadsFlags) {
    EXPECT_EQ(parsed("a,data,nvs,,16K,encrypted:readonly")[0].flags, 3u);
    EXPECT_EQ(parsed("a,data,nvs,,16K,ReadOnly")[0].flags, 2u);
}

TEST(PartitionRulesTest, RefusesWhatOverlaps) {
    EXPECT_THAT(
        error("a,data,fat,0x10000,0x2000\nb,data,fat,0x11000,0x1000"),
        AllOf(StartsWith("p.csv:2: partition 'b': partitions overlap"), HasSubstr("0x11000"), HasSubstr("0x12000")));
    EXPECT_THAT(error("a,data,fat,0x8000,0x1000"),
                AllOf(HasSubstr("partitions overlap"), HasSubstr("0x8000-0x8fff"), HasSubstr("use 0x9000 or higher")));
    EXPECT_THAT(error("a,data,fat,0x9000,0x1000", rules(0x9000)), HasSubstr("use 0xa000 or higher"));

    PartitionTable table = parsed(TYPICAL);
    table[1].offset = 0xE000;  // into nvs; out of order, as only a binary table can have it
    EXPECT_THAT(hal::check_partition_table(table, rules()), HasSubstr("overlaps 'nvs' at 0x9000-0xefff"));
    table[1].offset = 0x7000;
    EXPECT_THAT(hal::check_partition_table(table, rules()), HasSubstr("is below 0x9000"));
}

TEST(PartitionRulesTest, RefusesWhatIsMisaligned) {
    EXPECT_THAT(error("a,app,factory,0x11000,64K"), HasSubstr("offset 0x11000 is not aligned to 0x10000"));
    EXPECT_THAT(error("a,data,fat,0x9100,4K"), HasSubstr("offset 0x9100 is not aligned to 0x1000"));
    EXPECT_THAT(error("a,app,factory,0x10000,0x10001"), HasSubstr("size 0x10001 is not aligned to 0x1000"));
}

TEST(PartitionRulesTest, RefusesDoubleNamesAndOtadata) {
    EXPECT_THAT(error("a,data,fat,,4K\na,data,fat,,4K"),
                HasSubstr("p.csv:2: partition 'a': partition names must be unique"));
    EXPECT_EQ(error("o,data,ota,,0x2000"), "");
    EXPECT_THAT(error("o,data,ota,,0x1000"), HasSubstr("must have size 0x2000"));
    EXPECT_THAT(error("o,data,ota,,0x2000\np,data,ota,,0x2000"), HasSubstr("multiple otadata"));
    EXPECT_THAT(error("o,data,ota,,0x2000,readonly"), HasSubstr("cannot be readonly"));
    EXPECT_THAT(error("n,data,nvs,,0x2000"), HasSubstr("at least 0x3000"));
    EXPECT_EQ(error("n,data,nvs,,0x2000,readonly"), "");
}

TEST(PartitionRulesTest, ChecksTheFlashSize) {
    const std::string csv = "app,app,factory,,1M\nmodel,data,spiffs,,15M\n";
    EXPECT_THAT(error(csv, rules(0x8000, 16 << 20)),
                AllOf(StartsWith("p.csv:2: partition 'model'"), HasSubstr("does not fit the flash of 16MB"),
                      HasSubstr("16.1MB")));
    EXPECT_EQ(error(csv, rules(0x8000, 32 << 20)), "");
    EXPECT_EQ(error("app,app,factory,,-16M", rules(0x8000, 16 << 20)), "");
}

std::string many(int count) {
    std::string csv;
    for (int i = 0; i < count; i++) {
        csv += "p" + std::to_string(i) + ",data,fat,,4K\n";
    }
    return csv;
}

TEST(PartitionRulesTest, Takes95Partitions) {
    for (const uint32_t offset : {0x8000u, 0x9000u}) {
        const PartitionTable table = parsed(many(95), rules(offset, 16 << 20));
        std::vector<uint8_t> binary;
        ASSERT_EQ(hal::write_partition_binary(table, binary), "");
        ASSERT_EQ(binary.size(), 0xC00u);
        PartitionTable back;
        EXPECT_EQ(hal::read_partition_binary(binary.data(), binary.size(), back), "");
        EXPECT_EQ(back.size(), 95u);
        binary.resize(0x1000, 0xFF);
        EXPECT_EQ(hal::read_partition_binary(binary.data(), binary.size(), back, true), "");
        EXPECT_EQ(back.size(), 95u);
    }
    EXPECT_THAT(error(many(96)), AllOf(StartsWith("p.csv:96: partition 'p95'"), HasSubstr("at most 95")));
}

TEST(PartitionBinary, HasTheDocumentedLayout) {
    std::vector<uint8_t> binary;
    ASSERT_EQ(hal::write_partition_binary(parsed(TYPICAL), binary), "");
    ASSERT_EQ(binary.size(), 0xC00u);
    const uint8_t nvs[32] = {0xAA, 0x50, 1, 2, 0x00, 0x90, 0, 0, 0x00, 0x60, 0, 0, 'n', 'v', 's'};
    EXPECT_EQ(memcmp(binary.data(), nvs, 32), 0);
    EXPECT_EQ(binary[3 * 32 + 28], 2) << "readonly is bit 1";
    const uint8_t *md5 = binary.data() + 4 * 32;
    EXPECT_EQ(md5[0], 0xEB);
    EXPECT_EQ(md5[1], 0xEB);
    EXPECT_EQ(md5[15], 0xFF);
    // md5sum of the 128 bytes above, from coreutils.
    EXPECT_EQ(binary[5 * 32], 0xFF);
    EXPECT_EQ(binary.back(), 0xFF);
}

TEST(PartitionBinary, EmptyTableCarriesTheMd5OfNothing) {
    std::vector<uint8_t> binary;
    ASSERT_EQ(hal::write_partition_binary({}, binary), "");
    const uint8_t digest[16] = {0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0x00, 0xb2, 0x04,
                                0xe9, 0x80, 0x09, 0x98, 0xec, 0xf8, 0x42, 0x7e};
    EXPECT_EQ(memcmp(binary.data() + 16, digest, 16), 0);
}

TEST(PartitionBinary, RefusesWhatIsDamaged) {
    std::vector<uint8_t> good;
    ASSERT_EQ(hal::write_partition_binary(parsed(TYPICAL), good), "");
    PartitionTable table;

    std::vector<uint8_t> bad = good;
    bad[40] ^= 1;
    EXPECT_THAT(hal::read_partition_binary(bad.data(), bad.size(), table), HasSubstr("MD5 checksums don't match"));
    bad = good;
    bad[32] = 0;
    EXPECT_THAT(hal::read_partition_binary(bad.data(), bad.size(), table), HasSubstr("invalid magic bytes"));
    EXPECT_THAT(hal::read_partition_binary(good.data(), 100, table), HasSubstr("multiple of 32"));
    EXPECT_THAT(hal::read_partition_binary(good.data(), 4 * 32, table), HasSubstr("missing an end-of-table marker"));
    EXPECT_THAT(hal::read_partition_binary(good.data(), 5 * 32, table), HasSubstr("missing an end-of-table marker"));
    EXPECT_EQ(hal::read_partition_binary(good.data(), 6 * 32, table), "");

    bad.assign(good.begin(), good.begin() + 4 * 32);
    bad.resize(0xC00, 0xFF);
    EXPECT_EQ(hal::read_partition_binary(bad.data(), bad.size(), table), "") << "a tool accepts a table without MD5";
    EXPECT_THAT(hal::read_partition_binary(bad.data(), bad.size(), table, true), HasSubstr("no MD5"));
    bad.assign(0xC00, 0xFF);
    EXPECT_THAT(hal::read_partition_binary(bad.data(), bad.size(), table, true),
                HasSubstr("there is no partition table"));
}

TEST(PartitionBinary, CsvBinaryCsvKeepsEverything) {
    for (const char *csv :
         {TYPICAL, "a,0x40,9,,5\nsixteen_letters_,0xFE,0xFE,,0x2001,encrypted\n,data,undefined,,1M\n",
          "boot,bootloader,primary,0,0x8000\ntab,partition_table,primary,,0x1000\nn,data,nvs,,24K\n"}) {
        const PartitionTable table = parsed(csv);
        std::vector<uint8_t> binary;
        ASSERT_EQ(hal::write_partition_binary(table, binary), "");
        PartitionTable back;
        ASSERT_EQ(hal::read_partition_binary(binary.data(), binary.size(), back, true), "");
        std::string text;
        ASSERT_EQ(hal::write_partition_csv(back, text), "");
        const PartitionTable again = parsed(text);
        ASSERT_EQ(again.size(), table.size());
        for (size_t i = 0; i < table.size(); i++) {
            EXPECT_EQ(again[i].label, table[i].label);
            EXPECT_EQ(again[i].type, table[i].type);
            EXPECT_EQ(again[i].subtype, table[i].subtype);
            EXPECT_EQ(again[i].offset, table[i].offset);
            EXPECT_EQ(again[i].size, table[i].size);
            EXPECT_EQ(again[i].flags, table[i].flags);
        }
    }
}

TEST(PartitionBinary, ALabelThatNoCsvCanHoldIsRefused) {
    std::string text;
    EXPECT_THAT(hal::write_partition_csv({{"a,b", 1, 0x81, 0x9000, 0x1000, 0, 0}}, text), HasSubstr("0x9000"));
    EXPECT_NE(hal::write_partition_csv({{"a\n", 1, 0x81, 0x9000, 0x1000, 0, 0}}, text), "");
    EXPECT_NE(hal::write_partition_csv({{"a", 1, 0x81, 0x9000, 0x1000, 4, 0}}, text), "");
}

TEST(PartitionWarnings, NameWhatLooksLikeASlip) {
    std::vector<std::string> warnings;
    PartitionTable table;
    EXPECT_EQ(hal::parse_partition_csv("app,data,fat,,4K\nphy,data,nvs,,16K\nx,data,fat,,5,encrypted\n"
                                       "a_name_of_twenty_chr,data,fat,,4K\n",
                                       rules(), table, &warnings),
              "");
    ASSERT_EQ(warnings.size(), 5u);
    EXPECT_THAT(warnings[0], HasSubstr("longer than 16"));
    EXPECT_THAT(warnings[1], HasSubstr("p.csv:1: partition 'app'"));
    EXPECT_THAT(warnings[2], HasSubstr("name is that of a partition subtype"));
    EXPECT_THAT(warnings[3], HasSubstr("not a multiple of the flash sector"));
    EXPECT_THAT(warnings[4], HasSubstr("ESP_ERR_NOT_SUPPORTED"));
    EXPECT_EQ(table[3].label, "a_name_of_twenty");
}

TEST(BinarySizeCheck, SaysWhatTheBuildSays) {
    const PartitionTable one = parsed("factory,app,factory,,1M");
    EXPECT_EQ(hal::check_binary_size(one, 0, "app.bin", 0x80000).message,
              "app.bin binary size 0x80000 bytes. Smallest app partition is 0x100000 bytes. 0x80000 bytes (50%) free.");
    EXPECT_TRUE(hal::check_binary_size(one, 0, "app.bin", 0x100000).fits);
    EXPECT_THAT(hal::check_binary_size(one, 0, "app.bin", 0xFF000).message,
                HasSubstr("Warning: The smallest app partition is nearly full (0%"));
    const hal::PartitionSizeCheck too_big = hal::check_binary_size(one, 0, "app.bin", 0x1c1740);
    EXPECT_FALSE(too_big.fits);
    EXPECT_EQ(too_big.message,
              "Error: app partition is too small for binary app.bin size 0x1c1740:\n"
              "  - Part 'factory' 0/0 @ 0x10000 size 0x100000 (overflow 0xc1740)");
    const PartitionTable two = parsed("factory,app,factory,,1M\nota_0,app,ota_0,,2M");
    const hal::PartitionSizeCheck one_of_two = hal::check_binary_size(two, 0, "a", 0x180000);
    EXPECT_TRUE(one_of_two.fits);
    EXPECT_THAT(one_of_two.message,
                StartsWith("Warning: 1/2 app partitions are too small for binary a size 0x180000:\n"));
    EXPECT_THAT(hal::check_binary_size(two, 0, "a", 0x280000).message,
                StartsWith("Error: All app partitions are too small"));
    EXPECT_FALSE(hal::check_binary_size({}, 0, "a", 1).fits);
}

}  // namespace
