#pragma once

// A development kit without display, card slot and codec; what its support package offers is in bsp/common.h.
#define BSP_BOARD_ESP_BSP_GENERIC

#define BSP_CAPS_DISPLAY 0
#define BSP_CAPS_TOUCH 0
#define BSP_CAPS_BUTTONS 1
#define BSP_CAPS_AUDIO 0
#define BSP_CAPS_AUDIO_SPEAKER 0
#define BSP_CAPS_AUDIO_MIC 0
#define BSP_CAPS_SDCARD 0
#define BSP_CAPS_LED 0
#define BSP_CAPS_IMU 0
#define BSP_CAPS_CAMERA 0

#include "bsp/common.h"
