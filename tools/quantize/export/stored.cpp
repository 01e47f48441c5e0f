#include "export/stored.hpp"

namespace quantize {

espdl::TensorDataType data_type(torch::ScalarType type) {
    switch (type) {
        case torch::kFloat:
            return espdl::TensorDataType::FLOAT;
        case torch::kDouble:
            return espdl::TensorDataType::DOUBLE;
        case torch::kByte:
            return espdl::TensorDataType::UINT8;
        case torch::kChar:
            return espdl::TensorDataType::INT8;
        case torch::kShort:
            return espdl::TensorDataType::INT16;
        case torch::kInt:
            return espdl::TensorDataType::INT32;
        case torch::kLong:
            return espdl::TensorDataType::INT64;
        case torch::kBool:
            return espdl::TensorDataType::BOOL;
        default:
            throw Error("a tensor is of a type that the file cannot hold");
    }
}

torch::ScalarType stored_type(const Var *var, Record *config) {
    if (!config) {
        return var->dtype == torch::kDouble ? torch::kFloat : var->dtype;
    }
    return config->bits <= 8 ? torch::kChar : config->bits <= 16 ? torch::kShort : torch::kInt;
}

std::vector<int64_t> exponents_of(Record *config) {
    if (!config) {
        return {0};
    }
    const std::vector<int> &exponents = config->scale_exponents();
    return std::vector<int64_t>(exponents.begin(), exponents.end());
}

}  // namespace quantize
