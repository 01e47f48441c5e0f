/**
 * @file dl_module_relu.hpp
 * The operator Relu; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
