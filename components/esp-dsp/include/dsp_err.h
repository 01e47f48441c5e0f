#pragma once

#include <stdint.h>

#include "dsp_err_codes.h"
#include "esp_err.h"
