/**
 * @file dl_module_xor.hpp
 * The operator Xor; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
