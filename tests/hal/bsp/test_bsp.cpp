#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "../storage_test.hpp"
#include "bsp/esp-bsp.h"
#include "driver/spi_common.h"
#include "sd_pwr_ctrl_by_on_chip_ldo.h"
#include "sdmmc_cmd.h"

namespace {

using hal_test::TempDir;

TEST(Bsp, SdCardAsTheTutorialsUseIt) {
    TempDir card;
    std::ofstream(card / "model.espdl") << "EDL2";
    hal_test::start_board("", card.path());
    ASSERT_EQ(bsp_sdcard_mount(), ESP_OK);
    ASSERT_NE(bsp_sdcard, nullptr);
    EXPECT_EQ(bsp_sdcard_get_handle(), bsp_sdcard);
    FILE *f = fopen(BSP_SD_MOUNT_POINT "/model.espdl", "rb");
    ASSERT_NE(f, nullptr);
    fclose(f);
    EXPECT_EQ(bsp_sdcard_mount(), ESP_ERR_INVALID_STATE);
    ASSERT_EQ(bsp_sdcard_unmount(), ESP_OK);
    EXPECT_EQ(fopen(BSP_SD_MOUNT_POINT "/model.espdl", "rb"), nullptr);
    EXPECT_EQ(bsp_sdcard_unmount(), ESP_ERR_INVALID_STATE);
}

TEST(Bsp, SdCardWithAConfigurationOfOnesOwn) {
    TempDir card;
    hal_test::start_board("", card / "blank");
    EXPECT_EQ(bsp_sdcard_mount(), ESP_FAIL) << "not formatted";
    esp_vfs_fat_sdmmc_mount_config_t mount = {.format_if_mount_failed = true,
                                              .max_files = 2,
                                              .allocation_unit_size = 16 * 1024,
                                              .disk_status_check_enable = false,
                                              .use_one_fat = false};
    bsp_sdcard_cfg_t config = {};
    config.mount = &mount;
    ASSERT_EQ(bsp_sdcard_sdmmc_mount(&config), ESP_OK);
    std::ofstream a("/sdcard/a");
    std::ofstream b("/sdcard/b");
    std::ofstream c("/sdcard/c");
    EXPECT_TRUE(a.is_open() && b.is_open());
    EXPECT_FALSE(c.is_open());
    a.close();
    b.close();
    EXPECT_EQ(bsp_sdcard_unmount(), ESP_OK);
}

TEST(Bsp, WithoutACard) {
    hal_test::start_board();
    EXPECT_EQ(bsp_sdcard_mount(), ESP_ERR_TIMEOUT);
    EXPECT_EQ(bsp_sdcard, nullptr);
}

TEST(Bsp, WhatIsNotEmulatedSaysSo) {
    EXPECT_EQ(bsp_leds_init(), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(bsp_i2c_init(), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(BSP_CAPS_SDCARD, 1);
}

TEST(Bsp, WhatCodeAroundACardCalls) {
    spi_bus_config_t bus = {};
    EXPECT_EQ(spi_bus_initialize(SPI2_HOST, &bus, SPI_DMA_CH_AUTO), ESP_OK);
    sd_pwr_ctrl_ldo_config_t ldo = {.ldo_chan_id = 4};
    sd_pwr_ctrl_handle_t power = nullptr;
    EXPECT_EQ(sd_pwr_ctrl_new_on_chip_ldo(&ldo, &power), ESP_OK);
    EXPECT_NE(power, nullptr);
    EXPECT_EQ(gpio_set_level(GPIO_NUM_5, 1), ESP_OK);
    EXPECT_EQ(gpio_get_level(GPIO_NUM_5), 1);
    EXPECT_EQ(gpio_set_level(GPIO_NUM_NC, 1), ESP_ERR_INVALID_ARG);
}

}  // namespace
