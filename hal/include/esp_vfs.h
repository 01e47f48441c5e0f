#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "esp_err.h"

#define ESP_VFS_PATH_MAX 15  ///< longest mount point, without the terminating zero
