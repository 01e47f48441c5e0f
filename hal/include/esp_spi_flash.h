#pragma once

// The older name of the mapping functions.
#include "spi_flash_mmap.h"
