/**
 * @file dl_module_sub.hpp
 * The operator Sub; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
