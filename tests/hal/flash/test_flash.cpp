#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "../storage_test.hpp"
#include "flash/flash.hpp"
#include "spi_flash_mmap.h"

namespace {

using hal::Faults;
using hal::Flash;
using hal::FlashConfig;
using hal_test::TempDir;
using testing::HasSubstr;

constexpr uint64_t SIZE = 1 << 20;

std::shared_ptr<Flash> open_flash(const std::string &file, std::string *error = nullptr, uint64_t size = SIZE,
                                  Faults *faults = nullptr) {
    FlashConfig config;
    config.file = file;
    config.size = size;
    std::string text;
    auto flash = Flash::open(config, faults, nullptr, text);
    if (error != nullptr) {
        *error = text;
    }
    return flash;
}

std::string content(const std::string &file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(FlashFile, IsMadeErasedAndKeepsWhatIsWritten) {
    TempDir dir;
    const std::string file = dir / "deep/er/flash.bin";
    {
        auto flash = open_flash(file);
        ASSERT_NE(flash, nullptr);
        EXPECT_EQ(content(file), std::string(SIZE, '\xFF'));
        ASSERT_EQ(flash->write(0x1234, "hello", 5), ESP_OK);
        ASSERT_EQ(flash->erase(0x2000, 0x2000), ESP_OK);
        ASSERT_EQ(flash->erase(0x2000, 0x1000), ESP_OK);
    }
    auto flash = open_flash(file);
    ASSERT_NE(flash, nullptr);
    char text[6] = {};
    ASSERT_EQ(flash->read(0x1234, text, 5), ESP_OK);
    EXPECT_STREQ(text, "hello");
    EXPECT_EQ(flash->erase_count(0x2FFF), 2u);
    EXPECT_EQ(flash->erase_count(0x3000), 1u);
    EXPECT_EQ(flash->erase_count(0x4000), 0u);
}

TEST(FlashFile, OfAnotherSizeIsRefused) {
    TempDir dir;
    open_flash(dir / "f.bin");
    std::string error;
    EXPECT_EQ(open_flash(dir / "f.bin", &error, 2 * SIZE), nullptr);
    EXPECT_THAT(error, HasSubstr("has 1 MB, the board has a flash of 2 MB"));
    EXPECT_EQ(open_flash(dir.path(), &error), nullptr) << "a folder";
}

// A full disk, or an end at any moment, while the file is made: the next one to come makes it, none finds it cut short.
TEST(FlashFile, IsThereCompletelyOrNotAtAll) {
    TempDir dir;
    FlashConfig config;
    config.file = dir / "flash.bin";
    config.size = 4 << 20;
    for (rlim_t limit : {rlim_t{0}, rlim_t{1}, rlim_t{1 << 20}, rlim_t{3 << 20}, rlim_t{(4 << 20) - 1}}) {
        const pid_t child = fork();
        if (child == 0) {
            signal(SIGXFSZ, SIG_IGN);
            const rlimit size = {limit, limit};
            setrlimit(RLIMIT_FSIZE, &size);
            std::string error;
            _exit(Flash::open(config, nullptr, nullptr, error) == nullptr ? 7 : 0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        EXPECT_EQ(WEXITSTATUS(status), 7);
        EXPECT_FALSE(std::filesystem::exists(dir / "flash.bin.new"));
        EXPECT_EQ(std::filesystem::file_size(dir / "flash.bin"), 0u);
    }
    for (int round = 0; round < 40; round++) {
        const pid_t child = fork();
        if (child == 0) {
            std::string error;
            Flash::open(config, nullptr, nullptr, error);
            _exit(0);
        }
        usleep(round * 150);
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        const uintmax_t size =
            std::filesystem::exists(dir / "flash.bin") ? std::filesystem::file_size(dir / "flash.bin") : 0;
        EXPECT_TRUE(size == 0 || size == config.size) << size;
        std::string error;
        EXPECT_NE(Flash::open(config, nullptr, nullptr, error), nullptr) << error;
        std::filesystem::remove(dir / "flash.bin");
    }
}

TEST(FlashFile, ALinkStaysOne) {
    TempDir dir;
    std::filesystem::create_symlink("far.bin", dir / "flash.bin");
    ASSERT_NE(open_flash(dir / "flash.bin"), nullptr);
    EXPECT_TRUE(std::filesystem::is_symlink(dir / "flash.bin"));
    EXPECT_EQ(std::filesystem::file_size(dir / "far.bin"), SIZE);
}

TEST(FlashFile, BelongsToOneAtATime) {
    TempDir dir;
    const std::string file = dir / "f.bin";
    auto flash = open_flash(file);
    std::string error;
    EXPECT_EQ(open_flash(file, &error), nullptr);
    EXPECT_THAT(error, HasSubstr("in use by another process"));
    const pid_t child = fork();
    if (child == 0) {
        _exit(open_flash(file) == nullptr ? 7 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 7);
    flash.reset();
    EXPECT_NE(open_flash(file), nullptr);
}

TEST(FlashChip, RefusesWhatLiesOutside) {
    auto flash = open_flash("");
    uint8_t byte = 0;
    EXPECT_EQ(flash->read(SIZE, &byte, 1), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(flash->read(UINT64_MAX, &byte, 2), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(flash->write(SIZE - 1, "ab", 2), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(flash->erase(0x800, 0x1000), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(flash->erase(0, 0x800), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(flash->erase(SIZE, 0x1000), ESP_ERR_INVALID_ARG);
}

TEST(FlashChip, SettingABitIsAnErrorOnRequest) {
    auto flash = open_flash("");
    const uint8_t first = 0xF0;
    const uint8_t second = 0xF1;
    ASSERT_EQ(flash->write(0, &first, 1), ESP_OK);
    EXPECT_EQ(flash->write(0, &second, 1), ESP_OK);
    flash->set_refuse_setting_bits(true);
    EXPECT_EQ(flash->write(0, &second, 1), ESP_ERR_FLASH_OP_FAIL);
    EXPECT_EQ(flash->mapped()[0], 0xF0);
}

TEST(FlashChip, FlashImageWritesOnlyWhatDiffers) {
    auto flash = open_flash("");
    std::vector<uint8_t> image(5 * 0x1000 + 100, 0x5A);
    EXPECT_EQ(flash->flash_image(0x10000, image.data(), image.size()), 6u);
    EXPECT_EQ(flash->flash_image(0x10000, image.data(), image.size()), 0u);
    image[0x2000] = 0xFF;
    EXPECT_EQ(flash->flash_image(0x10000, image.data(), image.size()), 1u);
    EXPECT_EQ(flash->mapped()[0x12000], 0xFF) << "sets bits too: the sector is erased";
    EXPECT_EQ(flash->erase_count(0x12000), 2u);
    EXPECT_EQ(flash->erase_count(0x11000), 1u);
    EXPECT_EQ(flash->mapped()[0x10000 + image.size()], 0xFF);
}

TEST(FlashChip, LiesAtTheChipsAddressWhereThatIsFree) {
    FlashConfig config;
    config.size = SIZE;
    config.window = {0x3C000000, 0x3E000000};
    std::string error;
    auto first = Flash::open(config, nullptr, nullptr, error);
    ASSERT_NE(first, nullptr);
    auto second = Flash::open(config, nullptr, nullptr, error);
    ASSERT_NE(second, nullptr) << "another place when it is taken";
    EXPECT_FALSE(second->at_chip_address());
    EXPECT_EQ(first->at_chip_address(), reinterpret_cast<uintptr_t>(first->mapped()) == 0x3C000000u);
}

TEST(FlashFaults, PowerLossCutsTheNthOperationAndEverythingAfter) {
    Faults faults;
    ASSERT_EQ(faults.arm("flash-power-loss=3"), "");
    auto flash = open_flash("", nullptr, SIZE, &faults);
    flash->set_power_loss(Flash::PowerLoss::STAY_DEAD);
    const std::vector<uint8_t> zeros(16, 0);
    EXPECT_EQ(flash->write(0, zeros.data(), 16), ESP_OK);
    EXPECT_EQ(flash->erase(0x1000, 0x1000), ESP_OK);
    EXPECT_EQ(flash->write(0x100, zeros.data(), 16), ESP_ERR_FLASH_OP_FAIL);
    EXPECT_EQ(flash->mapped()[0x107], 0);
    EXPECT_EQ(flash->mapped()[0x108], 0xFF);
    uint8_t byte = 0;
    EXPECT_EQ(flash->write(0x200, zeros.data(), 1), ESP_ERR_FLASH_OP_FAIL);
    EXPECT_EQ(flash->erase(0, 0x1000), ESP_ERR_FLASH_OP_FAIL);
    EXPECT_EQ(flash->read(0, &byte, 1), ESP_ERR_FLASH_OP_FAIL);
    EXPECT_FALSE(flash->powered());
    flash->restart();
    EXPECT_EQ(flash->read(0x100, &byte, 1), ESP_OK);
    EXPECT_EQ(flash->write(0x200, zeros.data(), 1), ESP_OK);
}

TEST(FlashFaults, PowerLossAtAByte) {
    for (int n = 1; n <= 20; n++) {
        Faults faults;
        ASSERT_EQ(faults.arm("flash-power-byte=" + std::to_string(n)), "");
        auto flash = open_flash("", nullptr, SIZE, &faults);
        flash->set_power_loss(Flash::PowerLoss::STAY_DEAD);
        const std::vector<uint8_t> zeros(10, 0);
        flash->write(0, zeros.data(), 10);
        flash->write(10, zeros.data(), 10);
        EXPECT_EQ(std::count(flash->mapped(), flash->mapped() + 32, 0), n - 1);
        EXPECT_FALSE(flash->powered());
    }
}

TEST(FlashFaults, PowerLossEndsTheProcessAndPersists) {
    TempDir dir;
    const std::string file = dir / "f.bin";
    const pid_t child = fork();
    if (child == 0) {
        Faults faults;
        faults.arm("flash-power-loss=2");
        auto flash = open_flash(file, nullptr, SIZE, &faults);
        flash->write(0, "first", 5);
        flash->write(0x100, "12345678", 8);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 1);
    auto flash = open_flash(file);
    ASSERT_NE(flash, nullptr);
    EXPECT_EQ(memcmp(flash->mapped(), "first", 5), 0);
    EXPECT_EQ(memcmp(flash->mapped() + 0x100, "1234\xFF\xFF\xFF\xFF", 8), 0);
}

TEST(FlashFaults, ReadErrorAndFlippedBits) {
    Faults faults;
    ASSERT_EQ(faults.arm("flash-read-error=2,flash-flip=0x1000:3"), "");
    auto flash = open_flash("", nullptr, SIZE, &faults);
    uint8_t byte = 0;
    EXPECT_EQ(flash->read(0x1000, &byte, 1), ESP_OK);
    EXPECT_EQ(byte, 0xF7);
    EXPECT_EQ(flash->read(0x1000, &byte, 1), ESP_ERR_FLASH_OP_FAIL);
    EXPECT_EQ(flash->read(0x1000, &byte, 1), ESP_OK);

    auto damaged = [] {
        Faults random;
        EXPECT_EQ(random.arm("flash-flip=100/42"), "");
        auto chip = open_flash("", nullptr, SIZE, &random);
        return std::vector<uint8_t>(chip->mapped(), chip->mapped() + SIZE);
    };
    const std::vector<uint8_t> once = damaged();
    EXPECT_EQ(once, damaged()) << "the seed repeats it";
    EXPECT_NE(std::count(once.begin(), once.end(), 0xFF), static_cast<std::ptrdiff_t>(SIZE));
}

TEST(FlashFaults, BandwidthTakesTheChipsTime) {
    hal::BoardProfile profile = hal_test::profile(SIZE);
    profile.flash_read_bandwidth = 1 << 20;
    profile.flash_write_bandwidth = 1 << 19;
    profile.flash_erase_ms = 45;
    hal::Board &board = hal_test::start_board("", "", profile, {"bandwidth"});
    hal::clock().set_manual();
    std::vector<uint8_t> data(1 << 18);
    const int64_t start = hal::clock().now_us();
    ASSERT_EQ(board.flash()->read(0, data.data(), data.size()), ESP_OK);
    const int64_t read = hal::clock().now_us();
    EXPECT_EQ(read - start, 250000);
    ASSERT_EQ(board.flash()->write(0, data.data(), data.size()), ESP_OK);
    const int64_t written = hal::clock().now_us();
    EXPECT_EQ(written - read, 500000);
    ASSERT_EQ(board.flash()->erase(0, 0x2000), ESP_OK);
    EXPECT_EQ(hal::clock().now_us() - written, 90000);
}

}  // namespace
