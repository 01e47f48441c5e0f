/**
 * @file dl_module_neg.hpp
 * The operator Neg; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
