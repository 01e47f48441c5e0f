#pragma once

// What this board has; what its support package offers is in bsp/common.h.
#define BSP_BOARD_ESP32_S31_KORVO_1

#define BSP_CAPS_DISPLAY 1
#define BSP_CAPS_TOUCH 1
#define BSP_CAPS_BUTTONS 1
#define BSP_CAPS_AUDIO 1
#define BSP_CAPS_AUDIO_SPEAKER 1
#define BSP_CAPS_AUDIO_MIC 1
#define BSP_CAPS_SDCARD 1
#define BSP_CAPS_LED 1
#define BSP_CAPS_IMU 0
#define BSP_CAPS_CAMERA 1

#include "bsp/common.h"
