/**
 * @file dl_module_swish.hpp
 * The operator Swish; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
