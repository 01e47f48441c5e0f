#pragma once

#if __has_include("sdkconfig.h")
#include "sdkconfig.h"
#endif

#ifdef CONFIG_ESP_ROM_HAS_JPEG_DECODE
#define ESP_ROM_HAS_JPEG_DECODE 1
#endif
