#include "board/faults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using hal::FaultKind;
using testing::HasSubstr;

TEST(Faults, EveryFormIsRead) {
    hal::Faults faults;
    EXPECT_EQ(faults.arm("alloc=3,psram-flip=0x48001000:5@7,flash-flip=10/99,sd-read-only,bandwidth"), "");
    const auto flips = faults.all(FaultKind::PSRAM_FLIP);
    ASSERT_EQ(flips.size(), 1u);
    EXPECT_EQ(flips[0].number, 0x48001000u);
    EXPECT_EQ(flips[0].second, 5u);
    EXPECT_EQ(flips[0].at, 7u);
    EXPECT_FALSE(flips[0].seeded);
    const auto flash = faults.all(FaultKind::FLASH_FLIP);
    ASSERT_EQ(flash.size(), 1u);
    EXPECT_TRUE(flash[0].seeded);
    EXPECT_EQ(flash[0].number, 10u);
    EXPECT_EQ(flash[0].second, 99u);
    EXPECT_TRUE(faults.armed(FaultKind::SD_READ_ONLY));
    EXPECT_TRUE(faults.armed(FaultKind::BANDWIDTH));
    EXPECT_FALSE(faults.armed(FaultKind::SD_PULL));
}

TEST(Faults, StrikesOnceAtItsOccasion) {
    hal::Faults faults;
    ASSERT_EQ(faults.arm("flash-read-error=2,flash-read-error=4"), "");
    std::vector<int> struck;
    for (int i = 1; i <= 6; ++i) {
        if (faults.strikes(FaultKind::FLASH_READ_ERROR, "a read")) {
            struck.push_back(i);
        }
        EXPECT_FALSE(faults.strikes(FaultKind::FLASH_POWER_LOSS, "a write"));
    }
    EXPECT_THAT(struck, testing::ElementsAre(2, 4));
    EXPECT_EQ(faults.occasions(FaultKind::FLASH_READ_ERROR), 6u);
    faults.clear();
    EXPECT_EQ(faults.occasions(FaultKind::FLASH_READ_ERROR), 0u);
    EXPECT_FALSE(faults.armed(FaultKind::FLASH_READ_ERROR));
}

TEST(Faults, APulledCardStaysAway) {
    hal::Faults faults;
    ASSERT_EQ(faults.arm("sd-pull=3"), "");
    EXPECT_FALSE(faults.strikes(FaultKind::SD_PULL, "an access"));
    EXPECT_FALSE(faults.strikes(FaultKind::SD_PULL, "an access"));
    EXPECT_TRUE(faults.strikes(FaultKind::SD_PULL, "an access"));
    EXPECT_TRUE(faults.strikes(FaultKind::SD_PULL, "an access"));
}

TEST(Faults, MistakesAreNamedAndNothingIsArmed) {
    const std::pair<const char *, const char *> cases[] = {
        {"lightning=1", "there is no such kind; known are:"},
        {"alloc", "lacks its value"},
        {"alloc=", "not a number from 1"},
        {"alloc=0", "not a number from 1"},
        {"alloc=-1", "not a number from 1"},
        {"alloc=3x", "not a number from 1"},
        {"sd-read-only=1", "takes no value"},
        {"psram-flip=0x48000000", "neither ADDR:BIT nor COUNT/SEED"},
        {"psram-flip=0x48000000:8", "a byte's bits are 0 to 7"},
        {"psram-flip=0x48000000:1@0", "what follows '@'"},
        {"flash-flip=0/1", "COUNT is 1 to"},
        {"alloc=1,,alloc=2", "there is no such kind"},
        {"alloc=18446744073709551616", "not a number from 1 to"},
        {"alloc=1000000000001", "not a number from 1 to"},
        {"psram-flip=0x48000000:1@1000000000001", "what follows '@'"},
        {"flash-flip=0x1000:1@3", "takes no '@'"},
        {"flash-flip=99999999999999999999:1", "neither ADDR:BIT nor COUNT/SEED"},
    };
    for (const auto &[spec, reason] : cases) {
        hal::Faults faults;
        EXPECT_THAT(faults.arm(spec), HasSubstr(reason)) << spec;
        EXPECT_FALSE(faults.armed(FaultKind::ALLOC)) << spec;
    }
    EXPECT_THAT(hal::Faults::help(), HasSubstr("sd-pull=N"));
}

}  // namespace
