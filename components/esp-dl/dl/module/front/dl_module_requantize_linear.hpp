/**
 * @file dl_module_requantize_linear.hpp
 * The operator RequantizeLinear; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
