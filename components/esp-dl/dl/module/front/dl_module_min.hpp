/**
 * @file dl_module_min.hpp
 * The operator Min; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
