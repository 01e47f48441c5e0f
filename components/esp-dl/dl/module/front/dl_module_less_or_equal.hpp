/**
 * @file dl_module_less_or_equal.hpp
 * The operator LessOrEqual; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
