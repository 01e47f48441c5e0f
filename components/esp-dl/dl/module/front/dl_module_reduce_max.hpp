/**
 * @file dl_module_reduce_max.hpp
 * The operator ReduceMax; it is declared with its relatives.
 */
#pragma once

#include "dl_module_reduce.hpp"
