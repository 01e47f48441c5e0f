/**
 * @file dl_module_hard_swish.hpp
 * The operator HardSwish; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
