#include "nvs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <set>

#include "../storage_test.hpp"
#include "esp_flash.h"
#include "nvs_flash.h"

namespace {

using hal_test::TempDir;

const char *const TABLE = "nvs,data,nvs,0x9000,0x6000\nmore,data,nvs,,0x3000\nfixed,data,nvs,,0x3000,readonly\n";

class Nvs : public testing::Test {
protected:
    void SetUp() override {
        boot();
        hal_test::flash_table(TABLE);
        ASSERT_EQ(nvs_flash_init(), ESP_OK);
    }
    void boot(std::vector<std::string> faults = {}) {
        hal_test::start_board(m_dir / "flash.bin", "", hal_test::profile(1 << 20), std::move(faults));
    }
    void restart() {
        boot();
        ASSERT_EQ(nvs_flash_init(), ESP_OK);
    }
    nvs_handle_t open(const char *name = "app", nvs_open_mode_t mode = NVS_READWRITE) {
        nvs_handle_t handle = 0;
        EXPECT_EQ(nvs_open(name, mode, &handle), ESP_OK);
        return handle;
    }
    TempDir m_dir;
};

TEST_F(Nvs, KeepsEveryTypeOverARestart) {
    nvs_handle_t h = open();
    EXPECT_EQ(nvs_set_i8(h, "i8", -8), ESP_OK);
    EXPECT_EQ(nvs_set_u8(h, "u8", 200), ESP_OK);
    EXPECT_EQ(nvs_set_i16(h, "i16", -1600), ESP_OK);
    EXPECT_EQ(nvs_set_u16(h, "u16", 60000), ESP_OK);
    EXPECT_EQ(nvs_set_i32(h, "i32", INT32_MIN), ESP_OK);
    EXPECT_EQ(nvs_set_u32(h, "u32", UINT32_MAX), ESP_OK);
    EXPECT_EQ(nvs_set_i64(h, "i64", INT64_MIN), ESP_OK);
    EXPECT_EQ(nvs_set_u64(h, "u64", UINT64_MAX), ESP_OK);
    EXPECT_EQ(nvs_set_str(h, "str", "hello"), ESP_OK);
    const uint8_t blob[5] = {1, 0, 255, 0, 7};
    EXPECT_EQ(nvs_set_blob(h, "blob", blob, 5), ESP_OK);
    EXPECT_EQ(nvs_commit(h), ESP_OK);
    nvs_close(h);
    restart();
    h = open("app", NVS_READONLY);
    int8_t i8 = 0;
    uint16_t u16 = 0;
    int32_t i32 = 0;
    uint64_t u64 = 0;
    EXPECT_EQ(nvs_get_i8(h, "i8", &i8), ESP_OK);
    EXPECT_EQ(i8, -8);
    EXPECT_EQ(nvs_get_u16(h, "u16", &u16), ESP_OK);
    EXPECT_EQ(u16, 60000);
    EXPECT_EQ(nvs_get_i32(h, "i32", &i32), ESP_OK);
    EXPECT_EQ(i32, INT32_MIN);
    EXPECT_EQ(nvs_get_u64(h, "u64", &u64), ESP_OK);
    EXPECT_EQ(u64, UINT64_MAX);
    size_t length = 0;
    EXPECT_EQ(nvs_get_str(h, "str", nullptr, &length), ESP_OK);
    EXPECT_EQ(length, 6u);
    char text[6];
    length = 5;
    EXPECT_EQ(nvs_get_str(h, "str", text, &length), ESP_ERR_NVS_INVALID_LENGTH);
    EXPECT_EQ(length, 6u);
    EXPECT_EQ(nvs_get_str(h, "str", text, &length), ESP_OK);
    EXPECT_STREQ(text, "hello");
    uint8_t got[8] = {};
    length = sizeof(got);
    EXPECT_EQ(nvs_get_blob(h, "blob", got, &length), ESP_OK);
    EXPECT_EQ(length, 5u);
    EXPECT_EQ(memcmp(got, blob, 5), 0);
    nvs_type_t type = NVS_TYPE_ANY;
    EXPECT_EQ(nvs_find_key(h, "blob", &type), ESP_OK);
    EXPECT_EQ(type, NVS_TYPE_BLOB);
}

TEST_F(Nvs, ErrorsAreTheDocumentedOnes) {
    nvs_handle_t h = 0;
    EXPECT_EQ(nvs_open("absent", NVS_READONLY, &h), ESP_ERR_NVS_NOT_FOUND);
    EXPECT_EQ(nvs_open("", NVS_READWRITE, &h), ESP_ERR_NVS_INVALID_NAME);
    EXPECT_EQ(nvs_open("sixteen_letters_", NVS_READWRITE, &h), ESP_ERR_NVS_INVALID_NAME);
    EXPECT_EQ(nvs_open("fifteen_letters", NVS_READWRITE, &h), ESP_OK);
    EXPECT_EQ(nvs_open_from_partition("more", "a", NVS_READWRITE, &h), ESP_ERR_NVS_PART_NOT_FOUND) << "not initialized";
    h = open();
    EXPECT_EQ(nvs_set_u8(h, "sixteen_letters_", 1), ESP_ERR_NVS_KEY_TOO_LONG);
    EXPECT_EQ(nvs_set_u8(h, "", 1), ESP_ERR_NVS_INVALID_NAME);
    EXPECT_EQ(nvs_set_u8(h, nullptr, 1), ESP_ERR_NVS_INVALID_NAME);
    EXPECT_EQ(nvs_set_u8(h + 100, "a", 1), ESP_ERR_NVS_INVALID_HANDLE);
    EXPECT_EQ(nvs_set_str(h, "long", std::string(4000, 'x').c_str()), ESP_ERR_NVS_VALUE_TOO_LONG);
    EXPECT_EQ(nvs_set_str(h, "long", std::string(3999, 'x').c_str()), ESP_OK);
    uint32_t value = 77;
    EXPECT_EQ(nvs_get_u32(h, "none", &value), ESP_ERR_NVS_NOT_FOUND);
    EXPECT_EQ(nvs_set_u8(h, "a", 1), ESP_OK);
    EXPECT_EQ(nvs_get_u32(h, "a", &value), ESP_ERR_NVS_NOT_FOUND) << "another type";
    EXPECT_EQ(value, 77u);
    EXPECT_EQ(nvs_erase_key(h, "none"), ESP_ERR_NVS_NOT_FOUND);
    EXPECT_EQ(nvs_erase_key(h, "a"), ESP_OK);
    const nvs_handle_t readonly = open("app", NVS_READONLY);
    EXPECT_EQ(nvs_set_u8(readonly, "a", 1), ESP_ERR_NVS_READ_ONLY);
    EXPECT_EQ(nvs_erase_all(readonly), ESP_ERR_NVS_READ_ONLY);
    EXPECT_EQ(nvs_commit(readonly), ESP_ERR_NVS_READ_ONLY);
    nvs_close(h);
    EXPECT_EQ(nvs_commit(h), ESP_ERR_NVS_INVALID_HANDLE);
    EXPECT_EQ(nvs_flash_init_partition("absent"), ESP_ERR_NOT_FOUND);
    EXPECT_EQ(nvs_flash_deinit(), ESP_OK);
    EXPECT_EQ(nvs_flash_deinit(), ESP_ERR_NVS_NOT_INITIALIZED);
    EXPECT_EQ(nvs_open("app", NVS_READWRITE, &h), ESP_ERR_NVS_NOT_INITIALIZED);
}

TEST_F(Nvs, NamespacesAndPartitionsAreApart) {
    nvs_handle_t a = open("a");
    nvs_handle_t b = open("b");
    EXPECT_EQ(nvs_flash_init_partition("more"), ESP_OK);
    nvs_handle_t c = 0;
    EXPECT_EQ(nvs_open_from_partition("more", "a", NVS_READWRITE, &c), ESP_OK);
    nvs_set_u8(a, "k", 1);
    nvs_set_u8(b, "k", 2);
    nvs_set_u8(c, "k", 3);
    EXPECT_EQ(nvs_erase_all(b), ESP_OK);
    uint8_t value = 0;
    EXPECT_EQ(nvs_get_u8(b, "k", &value), ESP_ERR_NVS_NOT_FOUND);
    EXPECT_EQ(nvs_get_u8(a, "k", &value), ESP_OK);
    EXPECT_EQ(value, 1);
    EXPECT_EQ(nvs_get_u8(c, "k", &value), ESP_OK);
    EXPECT_EQ(value, 3);
    EXPECT_EQ(nvs_flash_init_partition("fixed"), ESP_OK);
    EXPECT_EQ(nvs_open_from_partition("fixed", "a", NVS_READWRITE, &c), ESP_ERR_NOT_ALLOWED);
}

TEST_F(Nvs, UncommittedIsLost) {
    nvs_handle_t h = open();
    nvs_set_u8(h, "kept", 1);
    nvs_commit(h);
    nvs_set_u8(h, "kept", 2);
    nvs_set_u8(h, "new", 3);
    restart();
    h = open();
    uint8_t value = 0;
    EXPECT_EQ(nvs_get_u8(h, "kept", &value), ESP_OK);
    EXPECT_EQ(value, 1);
    EXPECT_EQ(nvs_get_u8(h, "new", &value), ESP_ERR_NVS_NOT_FOUND);
}

TEST_F(Nvs, EraseAndForeignContent) {
    nvs_handle_t h = open();
    nvs_set_u8(h, "a", 1);
    nvs_commit(h);
    EXPECT_EQ(nvs_flash_erase(), ESP_OK);
    EXPECT_EQ(nvs_commit(h), ESP_ERR_NVS_INVALID_HANDLE);
    EXPECT_EQ(nvs_flash_init(), ESP_OK);
    EXPECT_EQ(nvs_open("app", NVS_READONLY, &h), ESP_ERR_NVS_NOT_FOUND);
    nvs_flash_deinit();
    const uint8_t page_of_the_chip[4] = {0xFE, 0xFF, 0xFF, 0xFF};
    ASSERT_EQ(esp_flash_write(nullptr, page_of_the_chip, 0x9000, 4), ESP_OK);
    EXPECT_EQ(nvs_flash_init(), ESP_ERR_NVS_NO_FREE_PAGES);
    EXPECT_EQ(nvs_flash_erase(), ESP_OK);
    EXPECT_EQ(nvs_flash_init(), ESP_OK);
}

TEST_F(Nvs, IsFullAtTheEnd) {
    nvs_handle_t h = open();
    const std::vector<uint8_t> data(1000, 7);
    int stored = 0;
    while (stored < 100 &&
           nvs_set_blob(h, ("k" + std::to_string(stored)).c_str(), data.data(), data.size()) == ESP_OK) {
        stored++;
    }
    EXPECT_EQ(nvs_set_blob(h, "more", data.data(), data.size()), ESP_ERR_NVS_NOT_ENOUGH_SPACE);
    // 5 pages of 126 entries less one for the namespace; a blob takes 32, one for its index and one or two for chunks.
    EXPECT_EQ(stored, 18);
    EXPECT_EQ(nvs_commit(h), ESP_OK);
    restart();
    h = open();
    size_t length = 0;
    EXPECT_EQ(nvs_get_blob(h, "k17", nullptr, &length), ESP_OK);
    EXPECT_EQ(nvs_erase_key(h, "k17"), ESP_OK);
    EXPECT_EQ(nvs_set_blob(h, "more", data.data(), data.size()), ESP_OK);
    EXPECT_EQ(nvs_commit(h), ESP_OK);
}

TEST_F(Nvs, StatsCountAsTheChipDoes) {
    nvs_handle_t h = open();
    nvs_set_u8(h, "a", 1);
    nvs_set_str(h, "s", "1234567890123456789012345678901234");  // 35 bytes: one entry and two of data
    nvs_stats_t stats = {};
    EXPECT_EQ(nvs_get_stats(nullptr, &stats), ESP_OK);
    EXPECT_EQ(stats.total_entries, 6u * 126);
    EXPECT_EQ(stats.used_entries, 1u + 1 + 3);
    EXPECT_EQ(stats.free_entries, stats.total_entries - stats.used_entries);
    EXPECT_EQ(stats.namespace_count, 1u);
    size_t used = 0;
    EXPECT_EQ(nvs_get_used_entry_count(h, &used), ESP_OK);
    EXPECT_EQ(used, 4u);
}

// All but the page that is kept empty can be filled, and every value can still be changed then.
TEST_F(Nvs, TheWholeSizeIsUsable) {
    nvs_handle_t h = open();
    uint32_t stored = 0;
    while (nvs_set_u32(h, ("k" + std::to_string(stored)).c_str(), stored) == ESP_OK) {
        stored++;
    }
    EXPECT_EQ(stored, 5u * 126 - 1);
    nvs_stats_t stats = {};
    EXPECT_EQ(nvs_get_stats(nullptr, &stats), ESP_OK);
    EXPECT_EQ(stats.available_entries, 0u);
    EXPECT_EQ(nvs_set_u32(h, "k5", 0), ESP_ERR_NVS_NOT_ENOUGH_SPACE)
        << "the new one is written before the old is erased";
    EXPECT_EQ(nvs_erase_key(h, "k0"), ESP_OK);
    for (uint32_t i = 1; i < stored; i++) {
        ASSERT_EQ(nvs_set_u32(h, ("k" + std::to_string(i)).c_str(), i + 1), ESP_OK) << i;
    }
    EXPECT_EQ(nvs_commit(h), ESP_OK);
    restart();
    h = open();
    for (uint32_t i = 1; i < stored; i++) {
        uint32_t value = 0;
        ASSERT_EQ(nvs_get_u32(h, ("k" + std::to_string(i)).c_str(), &value), ESP_OK);
        ASSERT_EQ(value, i + 1);
    }
}

uint32_t crc(const uint8_t *data, size_t size) {
    uint32_t crc = 0;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
    }
    return ~crc;
}

/** A partition image as ESP-IDF's documentation describes it, made here byte by byte. */
class Image {
public:
    explicit Image(size_t pages) : m_bytes(pages * 4096, 0xFF) {
        for (size_t page = 0; page + 1 < pages; page++) {
            uint8_t *head = m_bytes.data() + page * 4096;
            put(head, page + 2 < pages ? 0xFFFFFFFC : 0xFFFFFFFE);
            put(head + 4, static_cast<uint32_t>(page));
            head[8] = 0xFE;
            put(head + 28, crc(head + 4, 24));
        }
    }
    /** @param value the last eight bytes, or data that follows */
    void add(size_t page, uint8_t name_space, uint8_t type, uint8_t chunk, const char *key,
             const std::vector<uint8_t> &value, bool data = false) {
        uint8_t *base = m_bytes.data() + page * 4096;
        const size_t span = data ? 1 + (value.size() + 31) / 32 : 1;
        uint8_t *entry = base + 64 + m_next[page] * 32;
        memset(entry + 8, 0, 16);
        entry[0] = name_space;
        entry[1] = type;
        entry[2] = static_cast<uint8_t>(span);
        entry[3] = chunk;
        memcpy(entry + 8, key, strlen(key));
        if (data) {
            entry[24] = static_cast<uint8_t>(value.size());
            entry[25] = static_cast<uint8_t>(value.size() >> 8);
            put(entry + 28, crc(value.data(), value.size()));
            std::copy(value.begin(), value.end(), entry + 32);
        } else {
            std::copy(value.begin(), value.end(), entry + 24);
        }
        std::vector<uint8_t> covered(entry, entry + 4);
        covered.insert(covered.end(), entry + 8, entry + 32);
        put(entry + 4, crc(covered.data(), covered.size()));
        for (size_t i = 0; i < span; i++, m_next[page]++) {
            base[32 + m_next[page] / 4] ^= static_cast<uint8_t>(1u << m_next[page] % 4 * 2);
        }
    }
    const std::vector<uint8_t> &bytes() const { return m_bytes; }

private:
    static void put(uint8_t *out, uint32_t value) { memcpy(out, &value, sizeof(value)); }
    std::vector<uint8_t> m_bytes;
    std::map<size_t, size_t> m_next;
};

TEST_F(Nvs, ReadsTheChipsFormat) {
    nvs_flash_deinit();
    Image image(6);
    image.add(0, 0, 0x01, 0xFF, "wifi", {1});
    image.add(0, 1, 0x14, 0xFF, "number", {0xFE, 0xFF, 0xFF, 0xFF});
    image.add(0, 1, 0x21, 0xFF, "ssid", {'h', 'o', 'm', 'e', 0}, true);
    image.add(0, 0, 0x01, 0xFF, "cal", {2});
    image.add(0, 1, 0x41, 0xFF, "old_blob", {9, 8, 7}, true);
    // In two pages, its index behind them.
    image.add(0, 2, 0x42, 0x80, "blob", std::vector<uint8_t>(3000, 5), true);
    image.add(1, 2, 0x42, 0x81, "blob", std::vector<uint8_t>(500, 6), true);
    image.add(1, 2, 0x48, 0xFF, "blob", {0xAC, 0x0D, 0, 0, 2, 0x80, 0xFF, 0xFF});
    // Without its chunk: it is not there.
    image.add(1, 2, 0x48, 0xFF, "lost", {1, 0, 0, 0, 1, 0x00, 0xFF, 0xFF});
    ASSERT_EQ(esp_flash_write(nullptr, image.bytes().data(), 0x9000, image.bytes().size()), ESP_OK);
    ASSERT_EQ(nvs_flash_init(), ESP_OK);
    nvs_handle_t wifi = open("wifi", NVS_READONLY), cal = open("cal");
    int32_t number = 0;
    EXPECT_EQ(nvs_get_i32(wifi, "number", &number), ESP_OK);
    EXPECT_EQ(number, -2);
    char ssid[8];
    size_t length = sizeof(ssid);
    EXPECT_EQ(nvs_get_str(wifi, "ssid", ssid, &length), ESP_OK);
    EXPECT_STREQ(ssid, "home");
    std::vector<uint8_t> blob(4000);
    length = blob.size();
    EXPECT_EQ(nvs_get_blob(cal, "blob", blob.data(), &length), ESP_OK);
    EXPECT_EQ(length, 3500u);
    EXPECT_EQ(blob[2999], 5);
    EXPECT_EQ(blob[3000], 6);
    length = blob.size();
    EXPECT_EQ(nvs_get_blob(wifi, "old_blob", blob.data(), &length), ESP_OK);
    EXPECT_EQ(length, 3u);
    EXPECT_EQ(nvs_get_blob(cal, "lost", nullptr, &length), ESP_ERR_NVS_NOT_FOUND);
    // It goes on from there.
    EXPECT_EQ(nvs_set_blob(cal, "blob", blob.data(), 4000), ESP_OK);
    EXPECT_EQ(nvs_commit(cal), ESP_OK);
    restart();
    cal = open("cal");
    EXPECT_EQ(nvs_get_blob(cal, "blob", nullptr, &length), ESP_OK);
    EXPECT_EQ(length, 4000u);
}

TEST_F(Nvs, WritesTheChipsFormat) {
    nvs_handle_t h = open("wifi");
    nvs_set_i32(h, "number", -2);
    nvs_set_str(h, "ssid", "home");
    nvs_set_blob(h, "blob", "abc", 3);
    ASSERT_EQ(nvs_commit(h), ESP_OK);
    Image image(3);
    image.add(0, 0, 0x01, 0xFF, "wifi", {1});
    image.add(0, 1, 0x14, 0xFF, "number", {0xFE, 0xFF, 0xFF, 0xFF});
    image.add(0, 1, 0x21, 0xFF, "ssid", {'h', 'o', 'm', 'e', 0}, true);
    image.add(0, 1, 0x42, 0x00, "blob", {'a', 'b', 'c'}, true);
    image.add(0, 1, 0x48, 0xFF, "blob", {3, 0, 0, 0, 1, 0, 0xFF, 0xFF});
    std::vector<uint8_t> page(4096);
    ASSERT_EQ(esp_flash_read(nullptr, page.data(), 0x9000, page.size()), ESP_OK);
    // The only page of settings is the active one; the image above has its first page of two full.
    page[0] = 0xFC;
    EXPECT_TRUE(std::equal(page.begin(), page.end(), image.bytes().begin()));
}

// Whatever lies in a partition: an error or an answer, and nothing read outside.
TEST_F(Nvs, DamagedPagesDoNoHarm) {
    nvs_handle_t h = open();
    for (int i = 0; i < 12; i++) {
        const std::vector<uint8_t> data(static_cast<size_t>(i) * 150, static_cast<uint8_t>(i));
        nvs_set_blob(h, ("b" + std::to_string(i)).c_str(), data.data(), data.size());
        nvs_set_str(h, ("s" + std::to_string(i)).c_str(), std::string(static_cast<size_t>(i) * 9, 'x').c_str());
    }
    ASSERT_EQ(nvs_commit(h), ESP_OK);
    std::vector<uint8_t> sound(0x6000);
    ASSERT_EQ(esp_flash_read(nullptr, sound.data(), 0x9000, sound.size()), ESP_OK);
    std::mt19937 random(3);
    for (int round = 0; round < 300; round++) {
        nvs_flash_deinit();
        std::vector<uint8_t> bytes = sound;
        for (int edits = 1 + static_cast<int>(random() % 20); edits > 0; edits--) {
            bytes[random() % 4 == 0 ? random() % 200 : random() % 0x3000] = static_cast<uint8_t>(random());
        }
        ASSERT_EQ(esp_flash_erase_region(nullptr, 0x9000, 0x6000), ESP_OK);
        ASSERT_EQ(esp_flash_write(nullptr, bytes.data(), 0x9000, bytes.size()), ESP_OK);
        if (nvs_flash_init() != ESP_OK) {
            ASSERT_EQ(nvs_flash_erase(), ESP_OK);
            ASSERT_EQ(nvs_flash_init(), ESP_OK);
        }
        h = open();
        ASSERT_EQ(nvs_set_u32(h, "new", static_cast<uint32_t>(round)), ESP_OK);
        ASSERT_EQ(nvs_commit(h), ESP_OK);
        ASSERT_EQ(nvs_flash_deinit(), ESP_OK);
        ASSERT_EQ(nvs_flash_init(), ESP_OK);
        h = open();
        uint32_t value = 0;
        ASSERT_EQ(nvs_get_u32(h, "new", &value), ESP_OK);
        ASSERT_EQ(value, static_cast<uint32_t>(round));
    }
}

TEST_F(Nvs, Iterates) {
    nvs_handle_t a = open("a");
    nvs_handle_t b = open("b");
    nvs_set_u8(a, "one", 1);
    nvs_set_str(a, "two", "2");
    nvs_set_u8(b, "three", 3);
    std::vector<std::string> found;
    nvs_iterator_t it = nullptr;
    esp_err_t err = nvs_entry_find("nvs", nullptr, NVS_TYPE_U8, &it);
    while (err == ESP_OK) {
        nvs_entry_info_t info;
        EXPECT_EQ(nvs_entry_info(it, &info), ESP_OK);
        found.push_back(std::string(info.namespace_name) + "/" + info.key);
        err = nvs_entry_next(&it);
    }
    EXPECT_EQ(err, ESP_ERR_NVS_NOT_FOUND);
    EXPECT_EQ(it, nullptr);
    EXPECT_THAT(found, testing::ElementsAre("a/one", "b/three"));
    EXPECT_EQ(nvs_entry_find_in_handle(b, NVS_TYPE_STR, &it), ESP_ERR_NVS_NOT_FOUND);
    nvs_release_iterator(nullptr);
}

TEST_F(Nvs, ManyCommitsAgreeWithAModel) {
    hal::board().flash()->set_refuse_setting_bits(true);  // nothing is written over what is not erased
    std::mt19937 random(1);
    std::map<std::string, std::vector<uint8_t>> model;
    nvs_handle_t h = open();
    for (int round = 0; round < 2000; round++) {
        const std::string key = "k" + std::to_string(random() % 20);
        if (random() % 5 == 0) {
            EXPECT_EQ(nvs_erase_key(h, key.c_str()), model.erase(key) != 0 ? ESP_OK : ESP_ERR_NVS_NOT_FOUND);
        } else {
            std::vector<uint8_t> data(random() % 400, static_cast<uint8_t>(round));
            ASSERT_EQ(nvs_set_blob(h, key.c_str(), data.data(), data.size()), ESP_OK);
            model[key] = data;
        }
        if (random() % 3 == 0) {
            ASSERT_EQ(nvs_commit(h), ESP_OK);
        }
        if (random() % 100 == 0) {
            ASSERT_EQ(nvs_commit(h), ESP_OK);
            ASSERT_EQ(nvs_flash_deinit(), ESP_OK);
            ASSERT_EQ(nvs_flash_init(), ESP_OK);
            h = open();
        }
    }
    for (int i = 0; i < 20; i++) {
        const std::string key = "k" + std::to_string(i);
        std::vector<uint8_t> got(400);
        size_t length = got.size();
        const esp_err_t err = nvs_get_blob(h, key.c_str(), got.data(), &length);
        ASSERT_EQ(err, model.count(key) != 0 ? ESP_OK : ESP_ERR_NVS_NOT_FOUND);
        if (err == ESP_OK) {
            got.resize(length);
            EXPECT_EQ(got, model[key]);
        }
    }
    EXPECT_GT(hal::board().flash()->erase_count(0x9000), 5u) << "the log went round";
}

/** Commits numbered 1, 2, ...: each changes two keys of two namespaces and a blob, and adds and erases one. */
void commit_number(uint32_t n) {
    nvs_handle_t a = 0;
    nvs_handle_t b = 0;
    nvs_open("a", NVS_READWRITE, &a);
    nvs_open("b", NVS_READWRITE, &b);
    nvs_set_u32(a, "first", n);
    nvs_set_u32(b, "second", n);
    const std::vector<uint8_t> blob(300 + n % 7, static_cast<uint8_t>(n));
    nvs_set_blob(a, "blob", blob.data(), blob.size());
    nvs_set_u8(b, ("n" + std::to_string(n)).c_str(), 1);
    nvs_erase_key(b, ("n" + std::to_string(n - 1)).c_str());
    nvs_commit(a);
    nvs_close(a);
    nvs_close(b);
}

/** Whether each key for itself shows what commit number `n` or the one after it wrote. `whole`: all the first. */
bool shows(uint32_t n, bool whole) {
    nvs_handle_t a = 0;
    nvs_handle_t b = 0;
    nvs_open("a", NVS_READONLY, &a);
    nvs_open("b", NVS_READONLY, &b);
    uint32_t first = 0;
    uint32_t second = 0;
    std::vector<uint8_t> blob(400);
    size_t length = blob.size();
    nvs_get_u32(a, "first", &first);
    nvs_get_u32(b, "second", &second);
    const uint32_t in_blob = nvs_get_blob(a, "blob", blob.data(), &length) != ESP_OK       ? 0
                             : length == 300 + n % 7 && blob[0] == static_cast<uint8_t>(n) ? n
                                                                                           : n + 1;
    const bool blob_is_whole =
        in_blob == 0 || (length == 300 + in_blob % 7 && blob[0] == static_cast<uint8_t>(in_blob) &&
                         blob[length - 1] == static_cast<uint8_t>(in_blob));
    std::set<std::string> marks;
    nvs_iterator_t it = nullptr;
    for (esp_err_t err = nvs_entry_find("nvs", "b", NVS_TYPE_U8, &it); err == ESP_OK; err = nvs_entry_next(&it)) {
        nvs_entry_info_t info;
        nvs_entry_info(it, &info);
        marks.insert(info.key);
    }
    nvs_close(a);
    nvs_close(b);
    const std::string mark = "n" + std::to_string(n), next = "n" + std::to_string(n + 1);
    const bool marked = n == 0 || marks.count(mark) != 0 || marks.count(next) != 0;
    marks.erase(mark);
    marks.erase(whole ? mark : next);
    // In the order in which they are written, so that what is not old is not followed by what is new.
    const std::vector<uint32_t> shown = {first, second, in_blob};
    bool good = blob_is_whole && marked && marks.empty() && std::is_sorted(shown.rbegin(), shown.rend());
    for (const uint32_t value : shown) {
        good = good && (value == n || (!whole && value == n + 1));
    }
    return good;
}

// A sanitizer slows each start of a board tenfold.
#if defined(DESKBOARD_SANITIZE_THREAD) || defined(DESKBOARD_SANITIZE_ADDRESS)
constexpr int EVERY = 7;
#else
constexpr int EVERY = 1;
#endif

/** Cuts the power at occasions of one kind, `step` apart, and looks at what is left. */
void power_loss_sweep(const std::string &fault, int commits, int step) {
    bool cut = true;
    for (int n = 1; cut; n += step * EVERY) {
        hal::BoardProfile profile = hal_test::profile(1 << 20);
        hal_test::start_board("", "", profile, {fault + "=" + std::to_string(n)});
        hal::Flash *flash = hal::board().flash();
        flash->set_power_loss(hal::Flash::PowerLoss::STAY_DEAD);
        flash->set_refuse_setting_bits(true);
        hal_test::flash_table(TABLE);
        ASSERT_EQ(nvs_flash_init(), ESP_OK);
        int done = 0;
        for (int i = 1; i <= commits && flash->powered(); i++) {
            commit_number(static_cast<uint32_t>(i));
            done = flash->powered() ? i : done;
        }
        cut = !flash->powered();
        nvs_flash_deinit();
        flash->restart();
        hal::board().faults().clear();
        ASSERT_EQ(nvs_flash_init(), ESP_OK) << fault << "=" << n;
        const auto last = static_cast<uint32_t>(done);
        ASSERT_TRUE(shows(last, false)) << fault << "=" << n << ": after " << done << " commits";
        // And it works on.
        commit_number(last + 1);
        commit_number(last + 2);
        nvs_flash_deinit();
        ASSERT_EQ(nvs_flash_init(), ESP_OK);
        ASSERT_TRUE(shows(last + 2, true)) << fault << "=" << n;
    }
}

TEST(NvsPowerLoss, AtEveryOperation) {
    power_loss_sweep("flash-power-loss", 70, 1);
}

TEST(NvsPowerLoss, AtEveryByte) {
    power_loss_sweep("flash-power-byte", 3, 1);
}

TEST(NvsPowerLoss, AtBytesOverTheWholeLog) {
    power_loss_sweep("flash-power-byte", 70, 197);
}

}  // namespace
