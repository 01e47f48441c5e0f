#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <numeric>
#include <set>

#include "../storage_test.hpp"
#include "esp_flash.h"
#include "esp_ota_ops.h"
#include "esp_partition.h"
#include "spi_flash_mmap.h"

namespace {

const char *const TABLE =
    "nvs,data,nvs,0x9000,0x6000\n"
    "factory,app,factory,0x10000,0x100000\n"
    "ota_1,app,ota_1,,0x10000\n"
    "model,data,spiffs,0x120000,0x40000\n"
    "model2,data,spiffs,,0x40000\n"
    "secret,data,fat,,0x10000,encrypted\n"
    "fixed,data,fat,,0x10000,readonly\n"
    "mine,0x40,0x07,,0x20000\n";

class EspPartition : public testing::Test {
protected:
    void SetUp() override {
        hal_test::start_board();
        hal_test::flash_table(TABLE);
    }
    static const esp_partition_t *find(const char *label) {
        return esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, label);
    }
};

TEST_F(EspPartition, FindsByTypeSubtypeAndLabel) {
    const esp_partition_t *model =
        esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_SPIFFS, nullptr);
    ASSERT_NE(model, nullptr);
    EXPECT_STREQ(model->label, "model");
    EXPECT_EQ(model->address, 0x120000u);
    EXPECT_EQ(model->size, 0x40000u);
    EXPECT_EQ(model->erase_size, 0x1000u);
    EXPECT_EQ(model->flash_chip, esp_flash_default_chip);
    EXPECT_FALSE(model->encrypted);
    EXPECT_FALSE(model->readonly);
    EXPECT_TRUE(find("secret")->encrypted);
    EXPECT_TRUE(find("fixed")->readonly);
    EXPECT_EQ(find("mine")->type, 0x40);
    EXPECT_EQ(find("nothing"), nullptr);
    EXPECT_EQ(esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_ANY, "model"), nullptr);
    EXPECT_EQ(esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_DATA_FAT, nullptr), nullptr)
        << "any type asks for any subtype";
    EXPECT_EQ(find("model"), model) << "the pointer stays the same";
}

TEST_F(EspPartition, IteratesInTableOrder) {
    std::vector<std::string> labels;
    esp_partition_iterator_t it = esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, nullptr);
    for (; it != nullptr; it = esp_partition_next(it)) {
        labels.push_back(esp_partition_get(it)->label);
    }
    EXPECT_THAT(labels, testing::ElementsAre("nvs", "factory", "ota_1", "model", "model2", "secret", "fixed", "mine"));
    esp_partition_iterator_release(nullptr);
    it = esp_partition_find(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_SPIFFS, nullptr);
    it = esp_partition_next(it);
    EXPECT_STREQ(esp_partition_get(it)->label, "model2");
    esp_partition_iterator_release(it);
}

TEST_F(EspPartition, BoundsAreTheDocumentedErrors) {
    const esp_partition_t *p = find("model");
    uint8_t buffer[32] = {};
    EXPECT_EQ(esp_partition_read(p, 0x40000, buffer, 0), ESP_OK);
    EXPECT_EQ(esp_partition_read(p, 0x40001, buffer, 0), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_partition_read(p, 0x40000, buffer, 1), ESP_ERR_INVALID_SIZE);
    EXPECT_EQ(esp_partition_read(p, 0x3FFF0, buffer, 17), ESP_ERR_INVALID_SIZE);
    EXPECT_EQ(esp_partition_read(p, 1, buffer, SIZE_MAX), ESP_ERR_INVALID_SIZE);
    EXPECT_EQ(esp_partition_write(p, 0x40001, buffer, 1), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_partition_write(p, 0x3FFF0, buffer, 17), ESP_ERR_INVALID_SIZE);
    EXPECT_EQ(esp_partition_write_raw(p, 0x3FFF0, buffer, 17), ESP_ERR_INVALID_SIZE);
    EXPECT_EQ(esp_partition_read_raw(p, 0x40001, buffer, 1), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_partition_erase_range(p, 0x41000, 0x1000), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_partition_erase_range(p, 0x3F000, 0x2000), ESP_ERR_INVALID_SIZE);
    EXPECT_EQ(esp_partition_erase_range(p, 0, 0x1001), ESP_ERR_INVALID_SIZE);
    EXPECT_EQ(esp_partition_erase_range(p, 1, 0x1000), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_partition_read(nullptr, 0, buffer, 1), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_partition_read(p, 0, nullptr, 1), ESP_ERR_INVALID_ARG);
}

TEST_F(EspPartition, WritesOnlyClearBits) {
    const esp_partition_t *p = find("model");
    const uint8_t first[4] = {0xF0, 0x0F, 0xAA, 0x00};
    const uint8_t second[4] = {0x3C, 0xFF, 0x55, 0xFF};
    uint8_t got[4];
    ASSERT_EQ(esp_partition_read(p, 0x100, got, 4), ESP_OK);
    EXPECT_EQ(got[0], 0xFF);
    ASSERT_EQ(esp_partition_write(p, 0x100, first, 4), ESP_OK);
    ASSERT_EQ(esp_partition_write(p, 0x100, second, 4), ESP_OK);
    ASSERT_EQ(esp_partition_read(p, 0x100, got, 4), ESP_OK);
    EXPECT_THAT(got, testing::ElementsAre(0x30, 0x0F, 0x00, 0x00));
    ASSERT_EQ(esp_partition_erase_range(p, 0, 0x1000), ESP_OK);
    ASSERT_EQ(esp_partition_read(p, 0x100, got, 4), ESP_OK);
    EXPECT_THAT(got, testing::Each(0xFF));
    EXPECT_EQ(hal::board().flash()->erase_count(p->address), 1u);
    EXPECT_EQ(hal::board().flash()->erase_count(p->address + 0x1000), 0u);
}

TEST_F(EspPartition, ReadonlyAndEncryptedAreRefused) {
    uint8_t buffer[16] = {};
    const void *pointer = nullptr;
    esp_partition_mmap_handle_t handle = 0;
    EXPECT_EQ(esp_partition_write(find("fixed"), 0, buffer, 16), ESP_ERR_NOT_ALLOWED);
    EXPECT_EQ(esp_partition_write_raw(find("fixed"), 0, buffer, 16), ESP_ERR_NOT_ALLOWED);
    EXPECT_EQ(esp_partition_erase_range(find("fixed"), 0, 0x1000), ESP_ERR_NOT_ALLOWED);
    EXPECT_EQ(esp_partition_read(find("fixed"), 0, buffer, 16), ESP_OK);
    EXPECT_EQ(esp_partition_read(find("secret"), 0, buffer, 16), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(esp_partition_write(find("secret"), 0, buffer, 16), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(esp_partition_mmap(find("secret"), 0, 16, ESP_PARTITION_MMAP_DATA, &pointer, &handle),
              ESP_ERR_NOT_SUPPORTED);
}

TEST_F(EspPartition, MmapShowsTheFlashAndCannotBeWritten) {
    const esp_partition_t *p = find("model");
    std::vector<uint8_t> data(100000);
    std::iota(data.begin(), data.end(), 1);
    ASSERT_EQ(esp_partition_write(p, 5, data.data(), data.size()), ESP_OK);
    const void *pointer = nullptr;
    esp_partition_mmap_handle_t handle = 0;
    const uint32_t free_before = spi_flash_mmap_get_free_pages(SPI_FLASH_MMAP_DATA);
    ASSERT_EQ(esp_partition_mmap(p, 5, data.size(), ESP_PARTITION_MMAP_DATA, &pointer, &handle), ESP_OK);
    EXPECT_EQ(memcmp(pointer, data.data(), data.size()), 0);
    EXPECT_EQ(spi_flash_mmap_get_free_pages(SPI_FLASH_MMAP_DATA), free_before - 2) << "100005 bytes lie in two pages";
    EXPECT_EQ(spi_flash_cache2phys(pointer), p->address + 5);
    EXPECT_EQ(spi_flash_phys2cache(p->address + 5, SPI_FLASH_MMAP_DATA), pointer);
    // A later write is seen through the mapping.
    const uint8_t zero = 0;
    ASSERT_EQ(esp_partition_write(p, 5, &zero, 1), ESP_OK);
    EXPECT_EQ(*static_cast<const uint8_t *>(pointer), 0);
    EXPECT_EXIT(
        {
            signal(SIGSEGV, SIG_DFL);
            *const_cast<volatile uint8_t *>(static_cast<const uint8_t *>(pointer)) = 1;
        },
        testing::KilledBySignal(SIGSEGV), "");
    esp_partition_munmap(handle);
    EXPECT_EQ(spi_flash_mmap_get_free_pages(SPI_FLASH_MMAP_DATA), free_before);
    EXPECT_EQ(spi_flash_phys2cache(p->address, SPI_FLASH_MMAP_DATA), nullptr);
    EXPECT_EQ(esp_partition_mmap(p, 0x40001, 1, ESP_PARTITION_MMAP_DATA, &pointer, &handle), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_partition_mmap(p, 0, 0x40001, ESP_PARTITION_MMAP_DATA, &pointer, &handle), ESP_ERR_INVALID_SIZE);
}

TEST_F(EspPartition, SpiFlashMmapNeedsWholePages) {
    const void *pointer = nullptr;
    spi_flash_mmap_handle_t handle = 0;
    EXPECT_EQ(spi_flash_mmap(0x1000, 16, SPI_FLASH_MMAP_DATA, &pointer, &handle), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(spi_flash_mmap(4 << 20, 16, SPI_FLASH_MMAP_DATA, &pointer, &handle), ESP_ERR_INVALID_ARG);
    ASSERT_EQ(spi_flash_mmap(0x120000, 16, SPI_FLASH_MMAP_DATA, &pointer, &handle), ESP_OK);
    spi_flash_munmap(handle);
    const uint8_t mark[2] = {1, 2};
    ASSERT_EQ(esp_flash_write(nullptr, &mark[0], 0x120000, 1), ESP_OK);
    ASSERT_EQ(esp_flash_write(nullptr, &mark[1], 0x150000, 1), ESP_OK);
    const int pages[2] = {0x15, 0x12};
    ASSERT_EQ(spi_flash_mmap_pages(pages, 2, SPI_FLASH_MMAP_DATA, &pointer, &handle), ESP_OK);
    EXPECT_EQ(static_cast<const uint8_t *>(pointer)[0], 2);
    EXPECT_EQ(static_cast<const uint8_t *>(pointer)[0x10000], 1);
    spi_flash_munmap(handle);
    EXPECT_EQ(spi_flash_mmap_pages(pages, 0, SPI_FLASH_MMAP_DATA, &pointer, &handle), ESP_ERR_INVALID_ARG);
    const int beyond = 64;
    EXPECT_EQ(spi_flash_mmap_pages(&beyond, 1, SPI_FLASH_MMAP_DATA, &pointer, &handle), ESP_ERR_INVALID_ARG);
}

TEST(EspPartitionMmu, RunsOutOfPagesAsASmallWindowDoes) {
    hal::BoardProfile small = hal_test::profile(8 << 20);
    small.flash_range = {0x3F400000, 0x3F800000};  // a plain ESP32: 4 MB
    small.psram_size = 0;
    hal_test::start_board("", "", small);
    hal_test::flash_table("big,data,spiffs,,6M\n");
    const esp_partition_t *p = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "big");
    ASSERT_NE(p, nullptr);
    const void *pointer = nullptr;
    esp_partition_mmap_handle_t handle = 0;
    EXPECT_EQ(esp_partition_mmap(p, 0, 5 << 20, ESP_PARTITION_MMAP_DATA, &pointer, &handle), ESP_ERR_NO_MEM);
    EXPECT_EQ(pointer, nullptr);
    EXPECT_EQ(esp_partition_mmap(p, 0, 3 << 20, ESP_PARTITION_MMAP_DATA, &pointer, &handle), ESP_OK);
    esp_partition_munmap(handle);
}

TEST_F(EspPartition, Sha256AndIdentity) {
    uint8_t digest[32];
    const esp_partition_t *a = find("model");
    const esp_partition_t *b = find("model2");
    ASSERT_EQ(esp_partition_get_sha256(a, digest), ESP_OK);
    const uint8_t erased[4] = {digest[0], digest[1], digest[2], digest[3]};
    EXPECT_TRUE(esp_partition_check_identity(a, b));
    const uint8_t zero = 0;
    ASSERT_EQ(esp_partition_write(b, 1000, &zero, 1), ESP_OK);
    EXPECT_FALSE(esp_partition_check_identity(a, b));
    ASSERT_EQ(esp_partition_get_sha256(b, digest), ESP_OK);
    EXPECT_NE(memcmp(erased, digest, 4), 0);
    EXPECT_EQ(esp_partition_get_sha256(find("factory"), digest), 0x2002) << "no app image there";
    EXPECT_EQ(esp_partition_get_sha256(a, nullptr), ESP_ERR_INVALID_ARG);
}

TEST_F(EspPartition, VerifyGivesTheTablesOwnEntry) {
    const esp_partition_t *p = find("model");
    esp_partition_t copy = *p;
    EXPECT_EQ(esp_partition_verify(&copy), p);
    copy.size -= 0x1000;
    EXPECT_EQ(esp_partition_verify(&copy), nullptr);
    EXPECT_EQ(esp_partition_verify(nullptr), nullptr);
}

TEST_F(EspPartition, RegistersAndDeregisters) {
    const esp_partition_t *added = nullptr;
    const auto type = static_cast<esp_partition_type_t>(0x41);
    const auto subtype = static_cast<esp_partition_subtype_t>(1);
    EXPECT_EQ(esp_partition_register_external(nullptr, 0x130000, 0x1000, "x", type, subtype, &added),
              ESP_ERR_INVALID_ARG);
    EXPECT_EQ(added, nullptr);
    EXPECT_EQ(esp_partition_register_external(nullptr, 0x3FF000, 0x2000, "x", type, subtype, &added),
              ESP_ERR_INVALID_SIZE);
    ASSERT_EQ(esp_partition_register_external(esp_flash_default_chip, 0x300000, 0x2000, "x", type, subtype, &added),
              ESP_OK);
    EXPECT_EQ(find("x"), added);
    const uint8_t byte = 7;
    EXPECT_EQ(esp_partition_write(added, 0, &byte, 1), ESP_OK);
    EXPECT_EQ(esp_partition_deregister_external(find("model")), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_partition_deregister_external(added), ESP_OK);
    EXPECT_EQ(find("x"), nullptr);
    esp_partition_t foreign = {};
    EXPECT_EQ(esp_partition_deregister_external(&foreign), ESP_ERR_NOT_FOUND);
    EXPECT_EQ(esp_partition_register_external(nullptr, 0x300000, 0x2000, "y", type, subtype, nullptr), ESP_OK);
}

TEST_F(EspPartition, UnloadReadsTheTableAgain) {
    ASSERT_NE(find("model"), nullptr);
    hal_test::flash_table("other,data,fat,,64K\n");
    esp_partition_unload_all();
    EXPECT_EQ(find("model"), nullptr);
    EXPECT_NE(find("other"), nullptr);
}

TEST_F(EspPartition, ACorruptTableIsRefused) {
    esp_partition_unload_all();
    const uint8_t zero = 0;
    ASSERT_EQ(esp_flash_write(nullptr, &zero, 0x8000 + 44, 1), ESP_OK);
    EXPECT_EQ(esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, nullptr), nullptr);
    EXPECT_THAT(hal::board().flash()->table_error(), testing::HasSubstr("MD5"));
}

TEST(EspPartitionTable, IsReadAtTheBoardsOffset) {
    hal::BoardProfile profile = hal_test::profile(16 << 20);
    profile.partition_table_offset = 0x9000;
    hal_test::start_board("", "", profile);
    EXPECT_EQ(esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, nullptr), nullptr)
        << "erased flash";
    hal_test::flash_table("nvs,data,nvs,,24K\nmodel,data,spiffs,,8M\n");
    esp_partition_unload_all();
    const esp_partition_t *p = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "nvs");
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(p->address, 0xA000u);
}

TEST(EspPartitionTable, With95PartitionsOnALargeFlash) {
    for (const uint64_t size : {16u << 20, 32u << 20}) {
        hal_test::start_board("", "", hal_test::profile(size));
        std::string csv;
        for (int i = 0; i < 94; i++) {
            csv += "p" + std::to_string(i) + ",data,fat,,4K\n";
        }
        csv += "last,data,fat," + std::to_string(size - 0x10000) + ",64K\n";
        hal_test::flash_table(csv);
        int count = 0;
        for (esp_partition_iterator_t it =
                 esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, nullptr);
             it != nullptr; it = esp_partition_next(it)) {
            count++;
        }
        EXPECT_EQ(count, 95);
        const esp_partition_t *last =
            esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "last");
        ASSERT_NE(last, nullptr);
        EXPECT_EQ(last->address, size - 0x10000);
        const uint8_t byte = 0x42;
        EXPECT_EQ(esp_partition_write(last, 0xFFFF, &byte, 1), ESP_OK);
        const void *pointer = nullptr;
        esp_partition_mmap_handle_t handle = 0;
        ASSERT_EQ(esp_partition_mmap(last, 0, last->size, ESP_PARTITION_MMAP_DATA, &pointer, &handle), ESP_OK);
        EXPECT_EQ(static_cast<const uint8_t *>(pointer)[0xFFFF], 0x42);
        esp_partition_munmap(handle);
        uint32_t chip_size = 0;
        EXPECT_EQ(esp_flash_get_size(nullptr, &chip_size), ESP_OK);
        EXPECT_EQ(chip_size, size);
    }
}

TEST(EspPartitionTable, OneThatExceedsTheFlashIsRefused) {
    hal_test::start_board("", "", hal_test::profile(4 << 20));
    hal_test::flash_table("model,data,spiffs,,8M\n");
    EXPECT_EQ(esp_partition_find(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, nullptr), nullptr);
    EXPECT_THAT(hal::board().flash()->table_error(), testing::HasSubstr("'model'"));
}

TEST_F(EspPartition, OtaKnowsTheRunningApp) {
    EXPECT_STREQ(esp_ota_get_running_partition()->label, "factory");
    EXPECT_STREQ(esp_ota_get_next_update_partition(nullptr)->label, "ota_1");
    EXPECT_EQ(esp_ota_get_app_partition_count(), 1);
}

}  // namespace
