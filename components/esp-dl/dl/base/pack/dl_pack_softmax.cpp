#include "dl_pack_softmax.hpp"

namespace dl {
namespace base {

bool is_s8_rows(const SoftmaxArgs &args) {
    return args.types.src_dtype == DATA_TYPE_INT8 && args.inner == 1 && args.length >= 16;
}

bool is_s16_rows(const SoftmaxArgs &args) {
    return args.types.src_dtype == DATA_TYPE_INT16 && args.inner == 1 && args.length * args.units >= 2048;
}

bool make_s16_exp_table(SoftmaxArgs &args) {
    make_exp_table(args);
    fill_exp_table<int16_t>(args);
    return true;
}

}  // namespace base
}  // namespace dl
