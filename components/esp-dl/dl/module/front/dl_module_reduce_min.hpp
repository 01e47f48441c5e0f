/**
 * @file dl_module_reduce_min.hpp
 * The operator ReduceMin; it is declared with its relatives.
 */
#pragma once

#include "dl_module_reduce.hpp"
