/**
 * @file dl_module_elu.hpp
 * The operator Elu; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
