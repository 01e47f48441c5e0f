#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>

#include "../storage_test.hpp"
#include "bsp/esp-bsp.h"
#include "esp_partition.h"
#include "esp_rom_crc.h"
#include "esp_spiffs.h"

namespace {

namespace fs = std::filesystem;
using hal_test::TempDir;

const char *const TABLE =
    "storage,data,spiffs,0x10000,0x20000\nfat,data,fat,,0x20000\nfixed,data,fat,,0x10000,readonly\nsecret,data,fat,,"
    "0x10000,encrypted\n";

class FlashFolders : public testing::Test {
protected:
    void SetUp() override {
        boot();
        hal_test::flash_table(TABLE);
    }
    void boot() { hal_test::start_board(m_dir / "flash.bin", "", hal_test::profile(1 << 20)); }
    static esp_err_t spiffs(bool format, const char *label = nullptr) {
        const esp_vfs_spiffs_conf_t conf = {
            .base_path = "/spiffs", .partition_label = label, .max_files = 3, .format_if_mount_failed = format};
        return esp_vfs_spiffs_register(&conf);
    }
    static esp_err_t fat(bool format, wl_handle_t *handle, const char *label = "fat") {
        esp_vfs_fat_mount_config_t config = VFS_FAT_MOUNT_DEFAULT_CONFIG();
        config.format_if_mount_failed = format;
        return esp_vfs_fat_spiflash_mount_rw_wl("/flash", label, &config, handle);
    }
    TempDir m_dir;
};

TEST_F(FlashFolders, SpiffsKeepsFilesOverARestart) {
    EXPECT_EQ(spiffs(false), ESP_FAIL) << "never formatted";
    ASSERT_EQ(spiffs(true), ESP_OK);
    EXPECT_TRUE(esp_spiffs_mounted(nullptr));
    EXPECT_EQ(spiffs(true), ESP_ERR_INVALID_STATE);
    std::ofstream("/spiffs/hello.txt") << "hello";
    std::ofstream("/spiffs/dir/inner.txt") << "no folders needed";
    EXPECT_EQ(mkdir("/spiffs/d", 0777), -1);
    size_t total = 0;
    size_t used = 0;
    EXPECT_EQ(esp_spiffs_info(nullptr, &total, &used), ESP_OK);
    EXPECT_EQ(total, 0x20000u);
    EXPECT_GT(used, 0u);
    EXPECT_EQ(esp_vfs_spiffs_unregister(nullptr), ESP_OK);
    EXPECT_EQ(esp_vfs_spiffs_unregister(nullptr), ESP_ERR_INVALID_STATE);
    EXPECT_FALSE(fs::exists("/spiffs/hello.txt"));
    boot();
    ASSERT_EQ(bsp_spiffs_mount(), ESP_OK) << "label storage at /spiffs";
    std::string text;
    std::ifstream("/spiffs/hello.txt") >> text;
    EXPECT_EQ(text, "hello");
    EXPECT_FALSE(fs::exists("/spiffs/HELLO.TXT")) << "case matters here";
    EXPECT_EQ(fopen(("/spiffs/" + std::string(31, 'x')).c_str(), "w"), nullptr);
    EXPECT_EQ(errno, ENAMETOOLONG);
    EXPECT_EQ(esp_spiffs_format("storage"), ESP_OK);
    EXPECT_FALSE(fs::exists("/spiffs/hello.txt"));
    EXPECT_EQ(bsp_spiffs_unmount(), ESP_OK);
    EXPECT_EQ(bsp_spiffs_unmount(), ESP_ERR_INVALID_STATE);
}

/** An image as tools/fw/folder_image.py makes it. */
std::string image(const std::vector<std::pair<std::string, std::string>> &files) {
    auto u32 = [](size_t value) {
        std::string bytes;
        for (int i = 0; i < 4; i++) {
            bytes += (char)(value >> (8 * i));
        }
        return bytes;
    };
    std::string body;
    for (const auto &[name, data] : files) {
        body += u32(name.size()) + u32(data.size()) + name + data;
    }
    return std::string("Deskboard files\xff", 16) + u32(body.size()) +
           u32(esp_rom_crc32_le(0, (const uint8_t *)body.data(), (uint32_t)body.size())) + body;
}

void flash(const std::string &content) {
    const esp_partition_t *partition =
        esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "storage");
    ASSERT_NE(partition, nullptr);
    ASSERT_EQ(esp_partition_erase_range(partition, 0, partition->size), ESP_OK);
    ASSERT_EQ(esp_partition_write(partition, 0, content.data(), content.size()), ESP_OK);
}

std::string content_of(const char *path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(FlashFolders, AnImageIsWhatThePartitionHolds) {
    flash(image({{"a.txt", "first"}, {"sub/b.bin", std::string("\0\1", 2)}, {"empty", ""}}));
    ASSERT_EQ(spiffs(false), ESP_OK);
    EXPECT_EQ(content_of("/spiffs/a.txt"), "first");
    EXPECT_EQ(content_of("/spiffs/sub/b.bin"), std::string("\0\1", 2));
    EXPECT_TRUE(fs::exists("/spiffs/empty"));
    // What the app writes stays, until the partition is flashed again.
    std::ofstream("/spiffs/a.txt") << "second";
    std::ofstream("/spiffs/new.txt") << "new";
    EXPECT_EQ(esp_vfs_spiffs_unregister(nullptr), ESP_OK);
    boot();
    ASSERT_EQ(spiffs(false), ESP_OK);
    EXPECT_EQ(content_of("/spiffs/a.txt"), "second");
    EXPECT_EQ(esp_vfs_spiffs_unregister(nullptr), ESP_OK);
    flash(image({{"a.txt", "third"}}));
    ASSERT_EQ(spiffs(false), ESP_OK);
    EXPECT_EQ(content_of("/spiffs/a.txt"), "third");
    EXPECT_FALSE(fs::exists("/spiffs/new.txt"));
    EXPECT_EQ(esp_vfs_spiffs_unregister(nullptr), ESP_OK);
}

TEST_F(FlashFolders, WrongImagesAreRefused) {
    for (const char *name : {"../out", "a/../../out", "/out", "a//b", ".", "", "a/"}) {
        flash(image({{name, "x"}}));
        EXPECT_NE(spiffs(false), ESP_OK) << name;
        EXPECT_FALSE(fs::exists(m_dir / "out"));
    }
    const std::string good = image({{"a.txt", "first"}});
    for (size_t cut = 16; cut < good.size(); cut++) {
        flash(good.substr(0, cut));
        EXPECT_NE(spiffs(false), ESP_OK) << cut;
    }
    for (size_t at = 16; at < good.size(); at++) {
        std::string wrong = good;
        wrong[at] ^= 0x40;
        flash(wrong);
        EXPECT_NE(spiffs(false), ESP_OK) << at;
    }
    flash(good);
    EXPECT_EQ(spiffs(false), ESP_OK);
    EXPECT_EQ(esp_vfs_spiffs_unregister(nullptr), ESP_OK);
}

TEST_F(FlashFolders, FatIsLimitedToItsPartition) {
    wl_handle_t handle = WL_INVALID_HANDLE;
    ASSERT_EQ(fat(true, &handle), ESP_OK);
    EXPECT_NE(handle, WL_INVALID_HANDLE);
    std::ofstream big("/flash/big.bin");
    big << std::string(0x30000, 'x');
    big.close();
    EXPECT_FALSE(big.good());
    EXPECT_LE(fs::file_size("/flash/BIG.BIN"), 0x20000u);
    uint64_t total = 0;
    uint64_t free = 1;
    EXPECT_EQ(esp_vfs_fat_info("/flash", &total, &free), ESP_OK);
    EXPECT_EQ(total, 0x20000u);
    EXPECT_EQ(free, 0u);
    EXPECT_EQ(esp_vfs_fat_spiflash_unmount_rw_wl("/flash", handle + 1), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_vfs_fat_spiflash_unmount_rw_wl("/flash", handle), ESP_OK);
}

TEST_F(FlashFolders, ErasingThePartitionLosesTheFiles) {
    wl_handle_t handle = WL_INVALID_HANDLE;
    ASSERT_EQ(fat(true, &handle), ESP_OK);
    std::ofstream("/flash/a") << "a";
    ASSERT_EQ(esp_vfs_fat_spiflash_unmount_rw_wl("/flash", handle), ESP_OK);
    const esp_partition_t *partition =
        esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "fat");
    ASSERT_EQ(esp_partition_erase_range(partition, 0, partition->size), ESP_OK);
    EXPECT_EQ(fat(false, &handle), ESP_FAIL);
    ASSERT_EQ(fat(true, &handle), ESP_OK);
    EXPECT_FALSE(fs::exists("/flash/a"));
    EXPECT_EQ(esp_vfs_fat_spiflash_unmount_rw_wl("/flash", handle), ESP_OK);
}

TEST_F(FlashFolders, ErrorsNameTheCause) {
    wl_handle_t handle = 0;
    EXPECT_EQ(fat(true, &handle, "absent"), ESP_ERR_NOT_FOUND);
    EXPECT_EQ(fat(true, &handle, "secret"), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(fat(true, &handle, "fixed"), ESP_ERR_NOT_ALLOWED) << "cannot be formatted";
    EXPECT_EQ(spiffs(true, "fat"), ESP_ERR_NOT_FOUND);
    EXPECT_EQ(esp_vfs_spiffs_register(nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(handle, WL_INVALID_HANDLE);
}

TEST_F(FlashFolders, AFlashInMemoryHasAFolderOfItsOwn) {
    hal_test::start_board("", "", hal_test::profile(1 << 20));
    hal_test::flash_table(TABLE);
    ASSERT_EQ(spiffs(true), ESP_OK);
    std::ofstream("/spiffs/x") << "x";
    EXPECT_TRUE(fs::exists("/spiffs/x"));
    EXPECT_EQ(esp_vfs_spiffs_unregister("storage"), ESP_OK);
    // Another board starts empty, with whatever was still mounted gone.
    hal_test::start_board("", "", hal_test::profile(1 << 20));
    hal_test::flash_table(TABLE);
    EXPECT_EQ(spiffs(false), ESP_FAIL);
}

TEST_F(FlashFolders, WithoutPowerNothingAnswers) {
    hal::Board &board = hal_test::start_board("", "", hal_test::profile(1 << 20), {"flash-power-byte=1000"});
    hal_test::flash_table(TABLE);
    board.flash()->set_power_loss(hal::Flash::PowerLoss::STAY_DEAD);
    ASSERT_EQ(spiffs(true), ESP_OK);
    std::ofstream("/spiffs/x") << "x";
    EXPECT_TRUE(fs::exists("/spiffs/x"));
    const std::vector<uint8_t> zeros(2000, 0);
    EXPECT_NE(board.flash()->write(0x50000, zeros.data(), zeros.size()), ESP_OK);
    EXPECT_FALSE(std::ifstream("/spiffs/x").is_open());
    EXPECT_EQ(esp_vfs_spiffs_unregister(nullptr), ESP_OK);
}

}  // namespace
