#pragma once

// What this board has; what its support package offers is in bsp/common.h.
#define BSP_BOARD_ESP32_S3_EYE

#define BSP_CAPS_DISPLAY 1
#define BSP_CAPS_TOUCH 0
#define BSP_CAPS_BUTTONS 1
#define BSP_CAPS_AUDIO 1
#define BSP_CAPS_AUDIO_SPEAKER 0
#define BSP_CAPS_AUDIO_MIC 1
#define BSP_CAPS_SDCARD 1
#define BSP_CAPS_LED 1
#define BSP_CAPS_IMU 1
#define BSP_CAPS_CAMERA 1

#define BSP_SD_D0 (GPIO_NUM_40)
#define BSP_SD_CMD (GPIO_NUM_38)
#define BSP_SD_CLK (GPIO_NUM_39)

#include "bsp/common.h"
