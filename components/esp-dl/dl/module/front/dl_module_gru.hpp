/**
 * @file dl_module_gru.hpp
 * The operator GRU; it is declared with its relatives.
 */
#pragma once

#include "dl_module_rnn.hpp"
