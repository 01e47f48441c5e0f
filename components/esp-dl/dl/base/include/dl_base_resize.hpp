/**
 * @file dl_base_resize.hpp
 * Resize over NHWC (1-D: NWC, with h = 1): nearest and linear, from tables made once.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_base_copy.hpp"
#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

struct ResizeArgs {
    /** Where an output pixel comes from along one axis: low * weight_low + high * weight_high. Nearest uses `low` only.
     */
    struct Tap {
        int low;
        int high;
        float weight_low;
        float weight_high;
    };

    const void *src = nullptr;  ///< [n, h, w, c]
    void *dst = nullptr;        ///< [n, out_h, out_w, c]
    int n = 1, h = 1, w = 1, c = 1;
    int out_h = 1, out_w = 1;
    int src_pitch = 1;        ///< elements from one input pixel to the next, at least c
    int dst_pitch = 1;        ///< elements from one output pixel to the next, at least c
    std::vector<Tap> taps_y;  ///< one per output row
    std::vector<Tap> taps_x;  ///< one per output column
    bool is_linear = false;
    CopyTypes types;
    int units = 0;  ///< output rows: n * out_h
};

/**
 * Choose the kernel. Nearest takes an element and rescales it. Linear computes along x, then along y, in float, and
 * rounds once.
 */
BoundKernel<ResizeArgs> select_resize(ResizeArgs &args);

}  // namespace base
}  // namespace dl
