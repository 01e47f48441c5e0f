/**
 * @file dl_module_leaky_relu.hpp
 * The operator LeakyRelu; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
