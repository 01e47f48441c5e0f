/**
 * @file dl_module_log_softmax.hpp
 * The operator LogSoftmax; it is declared with its relatives.
 */
#pragma once

#include "dl_module_softmax.hpp"
