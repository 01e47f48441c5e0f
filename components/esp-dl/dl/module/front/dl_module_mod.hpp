/**
 * @file dl_module_mod.hpp
 * The operator Mod; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
