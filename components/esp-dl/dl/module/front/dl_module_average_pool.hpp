/**
 * @file dl_module_average_pool.hpp
 * The operator AveragePool; it is declared with its relatives.
 */
#pragma once

#include "dl_module_pool.hpp"
