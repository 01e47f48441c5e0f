/**
 * @file dl_module_exp.hpp
 * The operator Exp; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
