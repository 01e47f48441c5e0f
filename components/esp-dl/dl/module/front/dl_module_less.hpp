/**
 * @file dl_module_less.hpp
 * The operator Less; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
