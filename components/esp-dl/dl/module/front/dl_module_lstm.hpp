/**
 * @file dl_module_lstm.hpp
 * The operator LSTM; it is declared with its relatives.
 */
#pragma once

#include "dl_module_rnn.hpp"
