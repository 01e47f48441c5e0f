#pragma once

// The board's own header. An app's build names the board; a program without one gets the chip's development board.
#if __has_include("sdkconfig.h")
#include "sdkconfig.h"
#endif

#if defined(CONFIG_BSP_BOARD_ESP32_P4_EYE)
#include "bsp/esp32_p4_eye.h"
#elif defined(CONFIG_BSP_BOARD_ESP_BOX_3)
#include "bsp/esp_box_3.h"
#elif defined(CONFIG_BSP_BOARD_ESP32_S3_KORVO_2)
#include "bsp/esp32_s3_korvo_2.h"
#elif defined(CONFIG_BSP_BOARD_ESP32_S3_EYE) || defined(CONFIG_IDF_TARGET_ESP32S3)
#include "bsp/esp32_s3_eye.h"
#elif defined(CONFIG_BSP_BOARD_ESP32_DEVKITC) || defined(CONFIG_IDF_TARGET_ESP32)
#include "bsp/esp32_devkitc.h"
#elif defined(CONFIG_BSP_BOARD_ESP32_S31_KORVO_1) || defined(CONFIG_IDF_TARGET_ESP32S31)
#include "bsp/esp32_s31_korvo_1.h"
#elif defined(CONFIG_BSP_BOARD_GENERIC)
#include "bsp/esp_bsp_generic.h"
#else
#include "bsp/esp32_p4_function_ev_board.h"
#endif
