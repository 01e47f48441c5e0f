/**
 * @file dl_module_reduce_prod.hpp
 * The operator ReduceProd; it is declared with its relatives.
 */
#pragma once

#include "dl_module_reduce.hpp"
