/**
 * @file dl_base.hpp
 * What the operators' kernels share. The kernels themselves are reached by modules (dl_module_*.hpp); the headers
 * beside this one offer those functions of ESP-DL's dl::base that modules of an app call, with the chip's results.
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

/** A function of one stretch: output, two inputs, the operation's arguments. */
template <typename out_feature_t, typename in0_feature_t = out_feature_t, typename in1_feature_t = in0_feature_t>
using ImplFunc_t = void (*)(out_feature_t *, in0_feature_t *, in1_feature_t *, void *);

}  // namespace base
}  // namespace dl
