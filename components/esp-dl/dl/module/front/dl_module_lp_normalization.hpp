/**
 * @file dl_module_lp_normalization.hpp
 * The operator LpNormalization; it is declared with its relatives.
 */
#pragma once

#include "dl_module_normalization.hpp"
