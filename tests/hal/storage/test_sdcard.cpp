#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "../storage_test.hpp"
#include "esp_vfs_fat.h"
#include "sdmmc_cmd.h"

namespace {

namespace fs = std::filesystem;
using hal_test::TempDir;

class SdCardTest : public testing::Test {
protected:
    void TearDown() override { esp_vfs_fat_sdmmc_unmount(); }

    static esp_err_t mount(bool format = false, size_t unit = 4096) {
        const sdmmc_host_t host = SDMMC_HOST_DEFAULT();
        const sdmmc_slot_config_t slot = SDMMC_SLOT_CONFIG_DEFAULT();
        esp_vfs_fat_sdmmc_mount_config_t config = {};
        config.format_if_mount_failed = format;
        config.max_files = 5;
        config.allocation_unit_size = unit;
        sdmmc_card_t *card = nullptr;
        return esp_vfs_fat_sdmmc_mount("/sdcard", &host, &slot, &config, &card);
    }

    TempDir m_dir;
};

TEST_F(SdCardTest, MountSaysWhatIsWrong) {
    hal::BoardProfile no_slot = hal_test::profile();
    no_slot.sdcard = false;
    hal_test::start_board("", m_dir.path(), no_slot);
    EXPECT_EQ(mount(), ESP_ERR_NOT_SUPPORTED);
    hal_test::start_board();
    EXPECT_EQ(mount(), ESP_ERR_TIMEOUT) << "no card in the slot";
    hal_test::start_board("", m_dir / "new");
    EXPECT_EQ(mount(), ESP_FAIL) << "not formatted";
    EXPECT_EQ(mount(true), ESP_OK);
    EXPECT_TRUE(fs::is_directory(m_dir / "new"));
    EXPECT_EQ(mount(), ESP_ERR_INVALID_STATE) << "mounted already";
    EXPECT_EQ(esp_vfs_fat_sdmmc_unmount(), ESP_OK);
    EXPECT_EQ(esp_vfs_fat_sdmmc_unmount(), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(mount(), ESP_OK);
}

TEST_F(SdCardTest, MountPointsHaveALimit) {
    hal_test::start_board("", m_dir.path());
    const esp_vfs_fat_mount_config_t config = VFS_FAT_MOUNT_DEFAULT_CONFIG();
    for (const char *bad : {"sdcard", "/", "", "/sixteen-letters", "/sd/"}) {
        EXPECT_EQ(esp_vfs_fat_sdmmc_mount(bad, nullptr, nullptr, &config, nullptr), ESP_ERR_INVALID_ARG) << bad;
    }
    EXPECT_EQ(esp_vfs_fat_sdmmc_mount("/card", nullptr, nullptr, nullptr, nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_vfs_fat_sdmmc_mount("/card", nullptr, nullptr, &config, nullptr), ESP_OK);
    std::ofstream("/card/x") << "1";
    EXPECT_TRUE(fs::exists(m_dir / "x"));
}

TEST_F(SdCardTest, DescribesItself) {
    hal::BoardProfile profile = hal_test::profile();
    profile.sdcard_capacity = 64 << 20;
    hal_test::start_board("", m_dir.path(), profile);
    const esp_vfs_fat_mount_config_t config = VFS_FAT_MOUNT_DEFAULT_CONFIG();
    sdmmc_card_t *card = nullptr;
    ASSERT_EQ(esp_vfs_fat_sdmmc_mount("/sdcard", nullptr, nullptr, &config, &card), ESP_OK);
    ASSERT_NE(card, nullptr);
    EXPECT_EQ(card->csd.sector_size, 512);
    EXPECT_EQ(card->csd.capacity, (64 << 20) / 512);
    char *text = nullptr;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    sdmmc_card_print_info(stream, card);
    fclose(stream);
    EXPECT_THAT(text, testing::HasSubstr("Size: 64MB"));
    free(text);
    EXPECT_EQ(sdmmc_get_status(card), ESP_OK);
}

TEST_F(SdCardTest, FatFsFunctions) {
    hal_test::start_board("", m_dir.path());
    EXPECT_EQ(f_mkdir("folder"), FR_NOT_ENABLED);
    ASSERT_EQ(mount(), ESP_OK);
    EXPECT_EQ(f_mkdir("folder"), FR_OK);
    EXPECT_EQ(f_mkdir("0:/folder"), FR_EXIST);
    // From the drive's root: the mount point is no folder of it.
    EXPECT_EQ(f_mkdir("/sdcard/other"), FR_NO_PATH);
    EXPECT_EQ(f_mkdir("1:/folder"), FR_NOT_ENABLED);
    std::ofstream(m_dir / "folder/a.txt") << "12345";
    FILINFO info;
    ASSERT_EQ(f_stat("/folder/a.txt", &info), FR_OK);
    EXPECT_EQ(info.fsize, 5u);
    EXPECT_EQ(info.fattrib & AM_DIR, 0);
    EXPECT_STREQ(info.fname, "a.txt");
    EXPECT_EQ(f_stat("none", nullptr), FR_NO_FILE);
    EXPECT_EQ(f_rename("0:/folder/a.txt", "b.txt"), FR_OK);
    EXPECT_TRUE(fs::exists(m_dir / "b.txt"));
    EXPECT_EQ(f_unlink("b.txt"), FR_OK);
    EXPECT_EQ(f_unlink("folder"), FR_OK);
    DWORD free = 0;
    FATFS *volume = nullptr;
    ASSERT_EQ(f_getfree("0:", &free, &volume), FR_OK);
    uint64_t total_bytes = 0, free_bytes = 0;
    ASSERT_EQ(esp_vfs_fat_info("/sdcard", &total_bytes, &free_bytes), ESP_OK);
    EXPECT_EQ(static_cast<uint64_t>(free) * volume->csize * volume->ssize, free_bytes);
    EXPECT_EQ(static_cast<uint64_t>(volume->n_fatent - 2) * volume->csize * volume->ssize, total_bytes);
    ASSERT_EQ(esp_vfs_fat_sdmmc_unmount(), ESP_OK);
    EXPECT_EQ(f_stat("folder", nullptr), FR_NOT_ENABLED);
}

TEST_F(SdCardTest, IsFullAtItsCapacity) {
    hal::BoardProfile profile = hal_test::profile();
    profile.sdcard_capacity = 64 * 1024;
    hal_test::start_board("", m_dir.path(), profile);
    ASSERT_EQ(mount(), ESP_OK);
    FILE *f = fopen("/sdcard/big", "w");
    ASSERT_NE(f, nullptr);
    const std::string data(100 * 1024, 'x');
    errno = 0;
    const size_t wrote = fwrite(data.data(), 1, data.size(), f);
    EXPECT_LT(wrote, data.size());
    EXPECT_EQ(errno, ENOSPC);
    fclose(f);
    EXPECT_EQ(fs::file_size(m_dir / "big"), 64u * 1024);
    uint64_t total = 0;
    uint64_t left = 1;
    EXPECT_EQ(esp_vfs_fat_info("/sdcard", &total, &left), ESP_OK);
    EXPECT_EQ(total, 64u * 1024);
    EXPECT_EQ(left, 0u);
    EXPECT_EQ(fs::space("/sdcard").available, 0u);
    EXPECT_EQ(mkdir("/sdcard/dir", 0777), -1);
    EXPECT_EQ(errno, ENOSPC);
    ASSERT_EQ(unlink("/sdcard/big"), 0);
    EXPECT_EQ(fs::space("/sdcard").available, 64u * 1024);
    // A file takes whole clusters: 16 of one byte each fill 16 clusters of 4 KB.
    for (int i = 0; i < 16; i++) {
        std::ofstream out("/sdcard/f" + std::to_string(i));
        out << 'x';
        out.close();
        EXPECT_TRUE(out.good());
    }
    std::ofstream last("/sdcard/last");
    last << 'x';
    last.close();
    EXPECT_FALSE(last.good());
    const int fd = open("/sdcard/f0", O_RDWR);
    EXPECT_EQ(ftruncate(fd, 4096), 0) << "still the same cluster";
    EXPECT_EQ(ftruncate(fd, 4097), -1);
    EXPECT_EQ(errno, ENOSPC);
    close(fd);
}

TEST_F(SdCardTest, PulledItFailsFromThenOn) {
    std::ofstream(m_dir / "a") << std::string(10000, 'a');
    hal::Board &board = hal_test::start_board("", m_dir.path());
    ASSERT_EQ(mount(), ESP_OK);
    FILE *f = fopen("/sdcard/a", "r");
    ASSERT_NE(f, nullptr);
    char buffer[8192];
    EXPECT_EQ(fread(buffer, 1, 10, f), 10u);
    board.sdcard()->pull();
    errno = 0;
    EXPECT_LT(fread(buffer, 1, sizeof(buffer), f), sizeof(buffer));
    EXPECT_TRUE(ferror(f));
    EXPECT_EQ(errno, EIO);
    fclose(f);
    EXPECT_EQ(open("/sdcard/a", O_RDONLY), -1);
    EXPECT_EQ(errno, EIO);
    EXPECT_FALSE(std::ifstream("/sdcard/a").is_open());
    EXPECT_EQ(esp_vfs_fat_sdmmc_unmount(), ESP_OK);
    EXPECT_EQ(mount(), ESP_ERR_TIMEOUT);
    board.sdcard()->insert();
    EXPECT_EQ(mount(), ESP_OK);
    EXPECT_TRUE(std::ifstream("/sdcard/a").is_open());
}

TEST_F(SdCardTest, PulledAtTheNthAccess) {
    std::ofstream(m_dir / "a") << std::string(100, 'a');
    // mount 1, open 2, read 3, read 4
    hal_test::start_board("", m_dir.path(), hal_test::profile(), {"sd-pull=4"});
    ASSERT_EQ(mount(), ESP_OK);
    const int fd = open("/sdcard/a", O_RDONLY);
    ASSERT_GE(fd, 0);
    char buffer[10];
    EXPECT_EQ(read(fd, buffer, 10), 10);
    EXPECT_EQ(read(fd, buffer, 10), -1);
    EXPECT_EQ(errno, EIO);
    EXPECT_EQ(read(fd, buffer, 10), -1);
    close(fd);
    EXPECT_EQ(access("/sdcard/a", F_OK), -1);
}

TEST_F(SdCardTest, AReadErrorStrikesOnce) {
    std::ofstream(m_dir / "a") << std::string(100, 'a');
    hal_test::start_board("", m_dir.path(), hal_test::profile(), {"sd-read-error=2"});
    ASSERT_EQ(mount(), ESP_OK);
    const int fd = open("/sdcard/a", O_RDONLY);
    char buffer[10];
    EXPECT_EQ(read(fd, buffer, 10), 10);
    EXPECT_EQ(read(fd, buffer, 10), -1);
    EXPECT_EQ(read(fd, buffer, 10), 10);
    close(fd);
}

TEST_F(SdCardTest, WriteProtected) {
    std::ofstream(m_dir / "a") << "a";
    hal_test::start_board("", m_dir.path(), hal_test::profile(), {"sd-read-only"});
    ASSERT_EQ(mount(), ESP_OK);
    EXPECT_TRUE(std::ifstream("/sdcard/a").is_open());
    const auto expect_rofs = [](bool ok, const char *what) {
        EXPECT_FALSE(ok) << what;
        EXPECT_EQ(errno, EROFS) << what;
    };
    testing::internal::CaptureStdout();
    expect_rofs(fopen("/sdcard/b", "w") != nullptr, "fopen w");
    fflush(stdout);
    EXPECT_THAT(testing::internal::GetCapturedStdout(), testing::HasSubstr("(repeat with --fault sd-read-only)"));
    expect_rofs(open("/sdcard/a", O_RDWR) >= 0, "open");
    expect_rofs(mkdir("/sdcard/d", 0777) == 0, "mkdir");
    expect_rofs(unlink("/sdcard/a") == 0, "unlink");
    expect_rofs(rename("/sdcard/a", "/sdcard/b") == 0, "rename");
    expect_rofs(truncate("/sdcard/a", 0) == 0, "truncate");
    expect_rofs(access("/sdcard/a", W_OK) == 0, "access");
}

TEST_F(SdCardTest, FormatNeverDeletesTheUsersFiles) {
    std::ofstream(m_dir / "a") << "a";
    hal_test::start_board("", m_dir.path());
    const esp_vfs_fat_mount_config_t config = VFS_FAT_MOUNT_DEFAULT_CONFIG();
    sdmmc_card_t *card = nullptr;
    ASSERT_EQ(esp_vfs_fat_sdmmc_mount("/sdcard", nullptr, nullptr, &config, &card), ESP_OK);
    EXPECT_EQ(esp_vfs_fat_sdcard_format("/sdcard", card), ESP_ERR_NOT_SUPPORTED);
    EXPECT_TRUE(fs::exists(m_dir / "a"));
    fs::remove(m_dir / "a");
    EXPECT_EQ(esp_vfs_fat_sdcard_format("/sdcard", card), ESP_OK);
}

TEST_F(SdCardTest, BandwidthTakesTheCardsTime) {
    std::ofstream(m_dir / "a") << std::string(1 << 20, 'a');
    hal::BoardProfile profile = hal_test::profile();
    profile.sdcard_bandwidth = 4 << 20;
    hal_test::start_board("", m_dir.path(), profile, {"bandwidth"});
    ASSERT_EQ(mount(), ESP_OK);
    hal::clock().set_manual();
    const int64_t start = hal::clock().now_us();
    const int fd = open("/sdcard/a", O_RDONLY);
    std::vector<char> buffer(1 << 20);
    EXPECT_EQ(read(fd, buffer.data(), buffer.size()), 1 << 20);
    close(fd);
    EXPECT_EQ(hal::clock().now_us() - start, 250000);
}

}  // namespace
