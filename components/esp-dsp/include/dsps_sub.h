#pragma once

#include "dsps_math.h"
