/**
 * @file dl_module_add.hpp
 * The operator Add; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
