#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>

#include "board/board.hpp"
#include "esp_app_desc.h"
#include "esp_camera.h"
#include "esp_crc.h"
#include "esp_intr_alloc.h"
#include "esp_mac.h"
#include "esp_ota_ops.h"
#include "esp_pthread.h"
#include "esp_sleep.h"
#include "freertos/FreeRTOS.h"

namespace {

const auto *const CHECK = reinterpret_cast<const uint8_t *>("123456789");

// The published check values of each kind, of the text "123456789".
TEST(Crc, CheckValues) {
    EXPECT_EQ(esp_rom_crc32_le(0, CHECK, 9), 0xCBF43926u);                        // CRC-32
    EXPECT_EQ(esp_rom_crc32_be(0, CHECK, 9), 0xFC891918u);                        // CRC-32/BZIP2
    EXPECT_EQ(esp_rom_crc16_le(0, CHECK, 9), 0x906E);                             // CRC-16/IBM-SDLC
    EXPECT_EQ(esp_rom_crc16_be(0, CHECK, 9), 0xD64E);                             // CRC-16/GENIBUS
    EXPECT_EQ((uint16_t)~esp_rom_crc16_be((uint16_t)~0xFFFF, CHECK, 9), 0x29B1);  // CRC-16/IBM-3740
    EXPECT_EQ((uint16_t)~esp_rom_crc16_be((uint16_t)~0, CHECK, 9), 0x31C3);       // CRC-16/XMODEM
    EXPECT_EQ((uint8_t)~esp_rom_crc8_be((uint8_t)~0, CHECK, 9), 0xF4);            // CRC-8/SMBUS
    EXPECT_EQ((uint8_t)~esp_rom_crc8_le((uint8_t)~0xFF, CHECK, 9), 0xD0);         // CRC-8/ROHC
    EXPECT_EQ(esp_crc32_le(0, CHECK, 0), 0u);
}

TEST(Crc, InParts) {
    EXPECT_EQ(esp_rom_crc32_le(esp_rom_crc32_le(0, CHECK, 4), CHECK + 4, 5), 0xCBF43926u);
    EXPECT_EQ(esp_rom_crc16_be(esp_rom_crc16_be(0, CHECK, 4), CHECK + 4, 5), 0xD64E);
}

TEST(Mac, AddressesOfTheInterfaces) {
    uint8_t base[6], mac[8], again[6];
    ASSERT_EQ(esp_efuse_mac_get_default(base), ESP_OK);
    EXPECT_EQ(base[0] & 3, 2) << "administered locally, not multicast";
    EXPECT_EQ(esp_read_mac(again, ESP_MAC_EFUSE_FACTORY), ESP_OK);
    EXPECT_EQ(memcmp(base, again, 6), 0);
    EXPECT_EQ(esp_base_mac_addr_get(again), ESP_ERR_INVALID_MAC);
    EXPECT_EQ(esp_efuse_mac_get_custom(again), ESP_ERR_INVALID_MAC);
    const esp_mac_type_t types[] = {ESP_MAC_WIFI_STA, ESP_MAC_WIFI_SOFTAP, ESP_MAC_BT, ESP_MAC_ETH};
    for (int i = 0; i < 4; ++i) {
        ASSERT_EQ(esp_read_mac(mac, types[i]), ESP_OK);
        EXPECT_EQ(mac[5], base[5] + i);
        EXPECT_EQ(memcmp(mac, base, 5), 0);
    }
    ASSERT_EQ(esp_read_mac(mac, ESP_MAC_IEEE802154), ESP_OK);
    EXPECT_EQ(mac[3], 0xff);
    EXPECT_EQ(mac[4], 0xfe);
    EXPECT_EQ(mac[7], base[5]);
    EXPECT_EQ(esp_mac_addr_len_get(ESP_MAC_IEEE802154), 8u);
    EXPECT_EQ(esp_mac_addr_len_get((esp_mac_type_t)99), 0u);

    const uint8_t own[] = {0x10, 2, 3, 4, 5, 6};
    const uint8_t multicast[] = {0x11, 2, 3, 4, 5, 6};
    EXPECT_EQ(esp_base_mac_addr_set(multicast), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_base_mac_addr_set(nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_iface_mac_addr_set(own, ESP_MAC_EFUSE_FACTORY), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(esp_base_mac_addr_set(own), ESP_OK);
    EXPECT_EQ(esp_read_mac(mac, ESP_MAC_BT), ESP_OK);
    EXPECT_EQ(mac[0], 0x10);
    EXPECT_EQ(mac[5], 8);
    EXPECT_EQ(esp_iface_mac_addr_set(base, ESP_MAC_ETH), ESP_OK);
    EXPECT_EQ(esp_read_mac(mac, ESP_MAC_ETH), ESP_OK);
    EXPECT_EQ(memcmp(mac, base, 6), 0);
    EXPECT_EQ(esp_read_mac(mac, (esp_mac_type_t)-1), ESP_ERR_INVALID_ARG);

    EXPECT_EQ(esp_derive_local_mac(mac, own), ESP_OK);
    EXPECT_EQ(mac[0], 0x12);
    EXPECT_EQ(esp_derive_local_mac(mac, base), ESP_OK);
    EXPECT_NE(mac[0], base[0]);
}

TEST(AppDescription, WithoutAnImageItIsTheName) {
    const esp_app_desc_t *description = esp_app_get_description();
    EXPECT_EQ(description->magic_word, ESP_APP_DESC_MAGIC_WORD);
    EXPECT_STREQ(description->project_name, hal::app_name());
    char text[100];
    EXPECT_EQ(esp_app_get_elf_sha256(text, 9), 9);
    EXPECT_EQ(strlen(text), 8u);
    EXPECT_EQ(esp_app_get_elf_sha256(text, sizeof(text)), 65);
    EXPECT_EQ(esp_app_get_elf_sha256(nullptr, 9), 0);
    esp_app_desc_t other;
    EXPECT_EQ(esp_ota_get_partition_description(nullptr, &other), ESP_ERR_INVALID_ARG);
}

TEST(Interrupts, ThereIsNone) {
    intr_handle_t handle = nullptr;
    EXPECT_EQ(esp_intr_alloc(
                  3, ESP_INTR_FLAG_LEVEL1, [](void *) {}, nullptr, &handle),
              ESP_ERR_NOT_FOUND);
    EXPECT_EQ(esp_intr_alloc(3, 0, nullptr, nullptr, &handle), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(handle, nullptr);
    EXPECT_EQ(esp_intr_free(handle), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_intr_flags_to_level(ESP_INTR_FLAG_LEVEL3), 3);
    EXPECT_EQ(esp_intr_level_to_flags(2), ESP_INTR_FLAG_LEVEL2);
}

TEST(Sleep, IsRefused) {
    EXPECT_EQ(esp_sleep_enable_timer_wakeup(1000), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(esp_light_sleep_start(), ESP_ERR_SLEEP_REJECT);
    EXPECT_EQ(esp_sleep_get_wakeup_cause(), ESP_SLEEP_WAKEUP_UNDEFINED);
    EXPECT_EXIT(esp_deep_sleep_start(), testing::ExitedWithCode(0), "");
}

TEST(Camera, ThereIsNone) {
    const camera_config_t config = {};
    EXPECT_EQ(esp_camera_init(&config), ESP_ERR_CAMERA_NOT_DETECTED);
    EXPECT_EQ(esp_camera_init(nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_camera_fb_get(), nullptr);
    EXPECT_EQ(esp_camera_sensor_get(), nullptr);
    esp_camera_fb_return(nullptr);
    EXPECT_EQ(esp_camera_deinit(), ESP_ERR_INVALID_STATE);
}

TEST(Pthread, SettingsAreOfAThread) {
    esp_pthread_cfg_t config;
    EXPECT_EQ(esp_pthread_get_cfg(&config), ESP_ERR_NOT_FOUND);
    EXPECT_EQ(config.stack_size, 3072u);
    config.stack_size = 8192;
    config.thread_name = "worker";
    config.pin_to_core = 0;
    EXPECT_EQ(esp_pthread_set_cfg(&config), ESP_OK);
    esp_pthread_cfg_t read = {};
    EXPECT_EQ(esp_pthread_get_cfg(&read), ESP_OK);
    EXPECT_EQ(read.stack_size, 8192u);
    EXPECT_STREQ(read.thread_name, "worker");
    std::thread([] {
        esp_pthread_cfg_t other;
        EXPECT_EQ(esp_pthread_get_cfg(&other), ESP_ERR_NOT_FOUND);
    }).join();
    config.stack_size = 100;
    EXPECT_EQ(esp_pthread_set_cfg(&config), ESP_ERR_INVALID_ARG);
    config.stack_size = 8192;
    config.pin_to_core = 17;
    EXPECT_EQ(esp_pthread_set_cfg(&config), ESP_ERR_INVALID_ARG);
    config.pin_to_core = tskNO_AFFINITY;
    config.prio = 25;
    EXPECT_EQ(esp_pthread_set_cfg(&config), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_pthread_set_cfg(nullptr), ESP_ERR_INVALID_ARG);
}

}  // namespace
