/**
 * @file dl_module_reduce_log_sum.hpp
 * The operator ReduceLogSum; it is declared with its relatives.
 */
#pragma once

#include "dl_module_reduce.hpp"
