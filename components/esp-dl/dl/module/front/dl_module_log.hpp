/**
 * @file dl_module_log.hpp
 * The operator Log; it is declared with its relatives.
 */
#pragma once

#include "dl_module_unary.hpp"
