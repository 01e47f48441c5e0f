/**
 * @file dl_module_rms_normalization.hpp
 * The operator RMSNormalization; it is declared with its relatives.
 */
#pragma once

#include "dl_module_normalization.hpp"
