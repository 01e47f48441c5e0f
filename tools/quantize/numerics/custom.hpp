/**
 * @file custom.hpp
 * What stands in for the user's own operators.
 */
#pragma once

#include "numerics/functions.hpp"

namespace quantize {

/** Outputs by what the operator's declaration names: its body, recorded values, the identity. Throws Error. */
Inputs run_custom(const Op &op, const Inputs &in);

}  // namespace quantize
