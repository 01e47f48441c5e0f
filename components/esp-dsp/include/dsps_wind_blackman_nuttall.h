#pragma once

#include "dsps_wind.h"
