/**
 * @file dl_module_clip.hpp
 * The operator Clip; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
