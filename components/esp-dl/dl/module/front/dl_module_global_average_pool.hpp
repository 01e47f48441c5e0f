/**
 * @file dl_module_global_average_pool.hpp
 * The operator GlobalAveragePool; it is declared with its relatives.
 */
#pragma once

#include "dl_module_pool.hpp"
