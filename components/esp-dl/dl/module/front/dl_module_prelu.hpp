/**
 * @file dl_module_prelu.hpp
 * The operator PRelu; it is declared with its relatives.
 */
#pragma once

#include "dl_module_elementwise.hpp"
