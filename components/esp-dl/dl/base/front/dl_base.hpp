/**
 * @file dl_base.hpp
 * What the headers of this folder share. They offer the functions of ESP-DL's dl::base that an app's own modules call;
 * each gives the chip's results. The library's kernels are no part of it: modules (dl_module_*.hpp) call them.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#include <climits>
#include <cmath>
#include <functional>
#include <vector>

#include "dl_base_isa.hpp"
#include "dl_define.hpp"
#include "dl_tensor_base.hpp"
#include "dl_tool.hpp"
#include "esp_log.h"

namespace dl {
namespace base {

/** A function that computes one row: output, two inputs, the operation's arguments. */
template <typename out_feature_t, typename in0_feature_t = out_feature_t, typename in1_feature_t = in0_feature_t>
using ImplFunc_t = void (*)(out_feature_t *, in0_feature_t *, in1_feature_t *, void *);

}  // namespace base
}  // namespace dl
