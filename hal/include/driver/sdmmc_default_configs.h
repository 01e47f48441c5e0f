#pragma once

#include "driver/sdmmc_host.h"
