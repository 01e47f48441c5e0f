/**
 * @file dl_module_sigmoid.hpp
 * The operator Sigmoid; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
