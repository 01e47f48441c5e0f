/**
 * @file dl_module_reduce_l2.hpp
 * The operator ReduceL2; it is declared with its relatives.
 */
#pragma once

#include "dl_module_reduce.hpp"
