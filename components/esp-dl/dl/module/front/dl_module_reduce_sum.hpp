/**
 * @file dl_module_reduce_sum.hpp
 * The operator ReduceSum; it is declared with its relatives.
 */
#pragma once

#include "dl_module_reduce.hpp"
