/**
 * @file dl_module_max.hpp
 * The operator Max; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
