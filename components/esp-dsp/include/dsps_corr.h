#pragma once

#include "dsps_conv.h"
