/**
 * @file dl_module_sqrt.hpp
 * The operator Sqrt; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
