#pragma once

#include "esp_cache.h"
