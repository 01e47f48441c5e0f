/**
 * @file stored.hpp
 * How variables and constants are stored in a file.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "espdl_generated.h"
#include "graph/graph.hpp"

namespace quantize {

espdl::TensorDataType data_type(torch::ScalarType type);
/** The type that a variable has in the file: its record decides, else the float graph. */
torch::ScalarType stored_type(const Var *var, Record *config);
std::vector<int64_t> exponents_of(Record *config);

}  // namespace quantize
