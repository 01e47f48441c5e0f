/**
 * @file dl_module_greater_or_equal.hpp
 * The operator GreaterOrEqual; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
