/**
 * @file dl_module_equal.hpp
 * The operator Equal; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
