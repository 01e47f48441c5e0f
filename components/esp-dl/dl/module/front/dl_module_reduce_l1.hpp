/**
 * @file dl_module_reduce_l1.hpp
 * The operator ReduceL1; it is declared with its relatives.
 */
#pragma once

#include "dl_module_reduce.hpp"
