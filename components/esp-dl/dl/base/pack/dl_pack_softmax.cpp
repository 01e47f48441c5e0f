#include "dl_pack_softmax.hpp"

namespace dl {
namespace base {

bool is_s8_rows(const SoftmaxArgs &args) {
    return args.types.src_dtype == DATA_TYPE_INT8 && args.inner == 1 && args.length >= 16;
}

/** Is this Softmax or LogSoftmax of int16 of a tensor that is large enough for a table of all 65536 exponentials? */
static bool is_worth_s16_table(const SoftmaxArgs &args) {
    return args.types.src_dtype == DATA_TYPE_INT16 && args.length * args.units >= 2048;
}

bool is_s16_rows(const SoftmaxArgs &args) {
    return is_worth_s16_table(args) && args.inner == 1;
}

bool is_s8_columns(const SoftmaxArgs &args) {
    return args.types.src_dtype == DATA_TYPE_INT8 && args.inner >= 16;
}

bool is_s16_columns(const SoftmaxArgs &args) {
    return is_worth_s16_table(args) && args.inner >= 16;
}

bool make_s16_exp_table(SoftmaxArgs &args) {
    make_exp_table(args);
    fill_exp_table<int16_t>(args);
    return true;
}

}  // namespace base
}  // namespace dl
