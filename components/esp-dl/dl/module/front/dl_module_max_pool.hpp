/**
 * @file dl_module_max_pool.hpp
 * The operator MaxPool; it is declared with its relatives.
 */
#pragma once

#include "dl_module_pool.hpp"
