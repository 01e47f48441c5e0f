/**
 * @file dl_module_tanh.hpp
 * The operator Tanh; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
