#pragma once

#include "sd_protocol_types.h"
