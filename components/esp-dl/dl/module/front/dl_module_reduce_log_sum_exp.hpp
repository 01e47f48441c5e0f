/**
 * @file dl_module_reduce_log_sum_exp.hpp
 * The operator ReduceLogSumExp; it is declared with its relatives.
 */
#pragma once

#include "dl_module_reduce.hpp"
