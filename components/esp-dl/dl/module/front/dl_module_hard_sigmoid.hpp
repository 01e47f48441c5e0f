/**
 * @file dl_module_hard_sigmoid.hpp
 * The operator HardSigmoid; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
