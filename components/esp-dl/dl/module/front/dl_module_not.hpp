/**
 * @file dl_module_not.hpp
 * The operator Not; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
