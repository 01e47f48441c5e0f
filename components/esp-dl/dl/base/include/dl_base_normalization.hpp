/**
 * @file dl_base_normalization.hpp
 * LayerNormalization, RMSNormalization and LpNormalization: rows made comparable.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_base_copy.hpp"
#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

typedef enum { NORM_LAYER, NORM_RMS, NORM_L1, NORM_L2 } norm_t;

struct NormArgs {
    const void *src = nullptr;
    void *dst = nullptr;
    norm_t kind = NORM_LAYER;
    int64_t length = 1;  ///< elements of a row
    int64_t inner = 1;   ///< elements between neighbours of a row: 1 but for the Lp norms
    float epsilon = 0;
    std::vector<float> scale;  ///< one per element of the row; {}: 1
    std::vector<float> bias;   ///< {}: 0
    CopyTypes types;
    int units = 0;  ///< rows
};

/**
 * x and y are real values; y is rounded once.
 *  LAYER  y = (x - mean) / sqrt(variance + epsilon) * scale + bias
 *  RMS    y = x / sqrt(mean(x^2) + epsilon) * scale
 *  L1, L2 y = x / max(norm, 1e-12), norm = sum(|x|) or sqrt(sum(x^2)): a row of zeros stays one
 * Sums of integers are exact, so that their order does not matter; those of floats are formed in double, in the row's
 * order. Mean and factor are computed from them in double and rounded to float; the rest is float.
 */
BoundKernel<NormArgs> select_normalization(NormArgs &args);

}  // namespace base
}  // namespace dl
