/**
 * @file dl_module_pow.hpp
 * The operator Pow; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
