#include "nvs_handle.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "../storage_test.hpp"
#include "nvs_flash.h"

namespace {

enum class Mode : uint8_t { SLOW = 3, FAST = 9 };

class NvsHandle : public testing::Test {
protected:
    void SetUp() override {
        hal_test::start_board(m_dir / "flash.bin", "", hal_test::profile(1 << 20), {});
        hal_test::flash_table("nvs,data,nvs,0x9000,0x6000\n");
        ASSERT_EQ(nvs_flash_init(), ESP_OK);
    }
    hal_test::TempDir m_dir;
};

TEST_F(NvsHandle, KeepsItems) {
    esp_err_t err = ESP_FAIL;
    std::unique_ptr<nvs::NVSHandle> handle = nvs::open_nvs_handle("app", NVS_READWRITE, &err);
    ASSERT_EQ(err, ESP_OK);
    ASSERT_NE(handle, nullptr);
    EXPECT_EQ(handle->set_item("i8", int8_t{-8}), ESP_OK);
    EXPECT_EQ(handle->set_item("u64", UINT64_MAX), ESP_OK);
    EXPECT_EQ(handle->set_item("mode", Mode::FAST), ESP_OK);
    EXPECT_EQ(handle->set_string("text", "hello"), ESP_OK);
    EXPECT_EQ(handle->set_blob("blob", "\0\1\2", 3), ESP_OK);
    EXPECT_EQ(handle->commit(), ESP_OK);
    handle.reset();
    handle = nvs::open_nvs_handle("app", NVS_READONLY);
    ASSERT_NE(handle, nullptr);
    int8_t i8 = 0;
    uint64_t u64 = 0;
    Mode mode = Mode::SLOW;
    EXPECT_EQ(handle->get_item("i8", i8), ESP_OK);
    EXPECT_EQ(i8, -8);
    EXPECT_EQ(handle->get_item("u64", u64), ESP_OK);
    EXPECT_EQ(u64, UINT64_MAX);
    EXPECT_EQ(handle->get_item("mode", mode), ESP_OK);
    EXPECT_EQ(mode, Mode::FAST);
    uint16_t other = 77;
    EXPECT_EQ(handle->get_item("i8", other), ESP_ERR_NVS_NOT_FOUND) << "of another type";
    EXPECT_EQ(other, 77);
    size_t size = 0;
    EXPECT_EQ(handle->get_item_size(nvs::ItemType::SZ, "text", size), ESP_OK);
    EXPECT_EQ(size, 6u);
    EXPECT_EQ(handle->get_item_size(nvs::ItemType::BLOB, "blob", size), ESP_OK);
    EXPECT_EQ(size, 3u);
    EXPECT_EQ(handle->get_item_size(nvs::ItemType::U8, "mode", size), ESP_ERR_INVALID_ARG);
    char text[6];
    EXPECT_EQ(handle->get_string("text", text, 5), ESP_ERR_NVS_INVALID_LENGTH);
    EXPECT_EQ(handle->get_string("text", text, 6), ESP_OK);
    EXPECT_STREQ(text, "hello");
    nvs_type_t type;
    EXPECT_EQ(handle->find_key("u64", type), ESP_OK);
    EXPECT_EQ(type, NVS_TYPE_U64);
    EXPECT_EQ(handle->set_item("i8", int8_t{1}), ESP_ERR_NVS_READ_ONLY);
    size_t used = 0;
    EXPECT_EQ(handle->get_used_entry_count(used), ESP_OK);
    EXPECT_GE(used, 5u);
}

TEST_F(NvsHandle, ErasesAndRefuses) {
    std::unique_ptr<nvs::NVSHandle> handle = nvs::open_nvs_handle("app", NVS_READWRITE);
    ASSERT_NE(handle, nullptr);
    handle->set_item("a", 1);
    handle->set_item("b", 2);
    EXPECT_EQ(handle->erase_item("a"), ESP_OK);
    int value = 0;
    EXPECT_EQ(handle->get_item("a", value), ESP_ERR_NVS_NOT_FOUND);
    EXPECT_EQ(handle->erase_all(), ESP_OK);
    EXPECT_EQ(handle->get_item("b", value), ESP_ERR_NVS_NOT_FOUND);
    esp_err_t err = ESP_OK;
    EXPECT_EQ(nvs::open_nvs_handle("nobody", NVS_READONLY, &err), nullptr);
    EXPECT_EQ(err, ESP_ERR_NVS_NOT_FOUND);
    EXPECT_EQ(nvs::open_nvs_handle_from_partition("other", "app", NVS_READWRITE, &err), nullptr);
    EXPECT_EQ(err, ESP_ERR_NVS_PART_NOT_FOUND);
    EXPECT_EQ(nvs::open_nvs_handle(nullptr, NVS_READWRITE, &err), nullptr);
    EXPECT_EQ(err, ESP_ERR_INVALID_ARG);
}

}  // namespace
