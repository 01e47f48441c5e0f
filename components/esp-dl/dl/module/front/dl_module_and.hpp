/**
 * @file dl_module_and.hpp
 * The operator And; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
