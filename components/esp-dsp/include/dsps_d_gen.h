#pragma once

#include "dsps_tone_gen.h"
