/**
 * @file dl_base_normalization_reference.hpp
 * What a row of integers is normalized by, which the vector kernels share with the reference kernel.
 */
#pragma once

#include "dl_base_normalization.hpp"

namespace dl {
namespace base {

/** LAYER and RMS: y = (x - mean) * factor. L1 and L2: y = x / factor. */
struct NormFactors {
    float mean = 0;
    float factor = 0;
};

/**
 * The factors of a row of integers, from its exact sums in units of the input's scale.
 * @param sum    of the elements; only LAYER needs it
 * @param second sum of the squares; L1: of the magnitudes
 */
NormFactors norm_factors(const NormArgs &args, int64_t sum, int64_t second);

}  // namespace base
}  // namespace dl
