/**
 * @file dl_module_reduce_mean.hpp
 * The operator ReduceMean; it is declared with its relatives.
 */
#pragma once

#include "dl_module_reduce.hpp"
