/**
 * @file dl_module_div.hpp
 * The operator Div; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
