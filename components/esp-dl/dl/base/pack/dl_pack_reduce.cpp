#include "dl_pack_reduce.hpp"

namespace dl {
namespace base {

static bool is_column_sum(const ReduceArgs &args) {
    const bool is_sum =
        args.op == REDUCE_SUM || args.op == REDUCE_MEAN || args.op == REDUCE_LOG_SUM || args.op == REDUCE_L1;
    const ReduceArgs::Axis inner = args.kept.back();
    return is_sum && inner.stride == 1 && inner.extent >= 8 && !args.reduced.empty() && args.reduced.size() <= 2;
}

bool is_s8_column_sum(const ReduceArgs &args) {
    return args.in_type == DATA_TYPE_INT8 && is_column_sum(args);
}

bool is_s16_column_sum(const ReduceArgs &args) {
    return args.in_type == DATA_TYPE_INT16 && is_column_sum(args);
}

}  // namespace base
}  // namespace dl
