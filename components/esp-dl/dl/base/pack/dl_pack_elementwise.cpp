#include "dl_pack_elementwise.hpp"

#include <algorithm>
#include <cstdlib>

namespace dl {
namespace base {

bool fits_real(const ElementwiseArgs &args) {
    switch (args.op) {
        case ELEMENTWISE_ADD:
        case ELEMENTWISE_SUB:
        case ELEMENTWISE_MUL:
        case ELEMENTWISE_DIV:
        case ELEMENTWISE_MAX:
        case ELEMENTWISE_MIN:
        case ELEMENTWISE_PRELU:
            break;
        default:
            return false;
    }
    const dtype_t dtype = args.out.dtype;
    if (dtype != DATA_TYPE_INT8 && dtype != DATA_TYPE_INT16 && dtype != DATA_TYPE_FLOAT) {
        return false;
    }
    int low = args.in[0].exponent, high = low;
    for (const ElementwiseOperand &in : args.in) {
        if (in.dtype != dtype) {
            return false;
        }
        low = std::min(low, in.exponent);
        high = std::max(high, in.exponent);
    }
    if (dtype == DATA_TYPE_FLOAT || (args.op != ELEMENTWISE_ADD && args.op != ELEMENTWISE_SUB)) {
        return true;
    }
    const int64_t largest = static_cast<int64_t>(args.in.size())
                            << std::min(high - low, 30) << (dtype == DATA_TYPE_INT8 ? 7 : 15);
    return largest <= 1 << 24;
}

static bool fits_saturating_add(const ElementwiseArgs &args, dtype_t dtype) {
    bool fits = (args.op == ELEMENTWISE_ADD || args.op == ELEMENTWISE_SUB) && args.in.size() == 2;
    for (const ElementwiseOperand &in : args.in) {
        fits = fits && in.dtype == dtype && in.exponent == args.out.exponent;
    }
    return fits && args.out.dtype == dtype;
}

bool fits_s8_add(const ElementwiseArgs &args) {
    return fits_saturating_add(args, DATA_TYPE_INT8);
}

bool fits_s16_add(const ElementwiseArgs &args) {
    return fits_saturating_add(args, DATA_TYPE_INT16);
}

bool is_s8_add_rows(const AddRowsArgs &args) {
    return args.dtype == DATA_TYPE_INT8;
}

bool is_s16_add_rows(const AddRowsArgs &args) {
    return args.dtype == DATA_TYPE_INT16;
}

bool fits_s8_mul(const ElementwiseArgs &args) {
    if (args.op != ELEMENTWISE_MUL) {
        return false;
    }
    const int shift = args.out.exponent - args.in[0].exponent - args.in[1].exponent;
    return args.in[0].dtype == DATA_TYPE_INT8 && args.in[1].dtype == DATA_TYPE_INT8 &&
           args.out.dtype == DATA_TYPE_INT8 && shift >= 0 && shift <= 14;
}

bool fits_s16_mul(const ElementwiseArgs &args) {
    if (args.op != ELEMENTWISE_MUL) {
        return false;
    }
    const int product = args.in[0].exponent + args.in[1].exponent;
    return args.in[0].dtype == DATA_TYPE_INT16 && args.in[1].dtype == DATA_TYPE_INT16 &&
           args.out.dtype == DATA_TYPE_INT16 && std::abs(product) <= 64 && std::abs(args.out.exponent) <= 64;
}

}  // namespace base
}  // namespace dl
