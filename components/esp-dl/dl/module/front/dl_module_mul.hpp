/**
 * @file dl_module_mul.hpp
 * The operator Mul; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
