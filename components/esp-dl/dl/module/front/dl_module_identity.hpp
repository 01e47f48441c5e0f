/**
 * @file dl_module_identity.hpp
 * The operator Identity; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
