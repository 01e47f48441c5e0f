/**
 * @file dl_module_layer_normalization.hpp
 * The operator LayerNormalization; it is declared with its relatives.
 */
#pragma once

#include "dl_module_normalization.hpp"
