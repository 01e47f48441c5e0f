#pragma once

#include "dspm_matrix.h"
