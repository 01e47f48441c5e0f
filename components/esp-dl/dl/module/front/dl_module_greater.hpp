/**
 * @file dl_module_greater.hpp
 * The operator Greater; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
