/**
 * @file dl_module_or.hpp
 * The operator Or; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
