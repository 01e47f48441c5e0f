/**
 * @file dl_module_reduce_sum_square.hpp
 * The operator ReduceSumSquare; it is declared with its relatives.
 */
#pragma once

#include "dl_module_reduce.hpp"
