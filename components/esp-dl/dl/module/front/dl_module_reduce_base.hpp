/**
 * @file dl_module_reduce_base.hpp
 * What all reductions share; it is declared with its relatives.
 */
#pragma once

#include "dl_module_reduce.hpp"
