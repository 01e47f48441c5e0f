/**
 * @file dl_module_lut.hpp
 * The operator LUT; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
