#pragma once

// No graphics library comes with the emulated board.
#define BSP_CONFIG_NO_GRAPHIC_LIB (1)
