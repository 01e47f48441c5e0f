/**
 * @file macs.hpp
 * How much a node computes.
 */
#pragma once

#include "dl_model_base.hpp"

namespace espdl_tool {

/** Multiply-accumulates of a module: outputs times what each of them sums; 0 for operators without weights. */
double count_macs(dl::module::Module *module, dl::ModelContext *context);

}  // namespace espdl_tool
