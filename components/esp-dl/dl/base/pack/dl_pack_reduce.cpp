#include "dl_pack_reduce.hpp"

namespace dl {
namespace base {

template <typename T>
static bool has_type(const ReduceArgs &args) {
    return args.in_type == (sizeof(T) == 1 ? DATA_TYPE_INT8 : DATA_TYPE_INT16);
}

/** Is there a walk of at most two loops through the elements of a result? */
static bool is_short_walk(const ReduceArgs &args) {
    return !args.reduced.empty() && args.reduced.size() <= 2;
}

static bool has_columns(const ReduceArgs &args) {
    const ReduceArgs::Axis inner = args.kept.back();
    return is_short_walk(args) && inner.stride == 1 && inner.extent >= 8;
}

static bool has_rows_of(const ReduceArgs &args, int length) {
    return is_short_walk(args) && args.reduced.back().stride == 1 && args.reduced.back().extent >= length;
}

bool has_rows(const ReduceArgs &args) {
    return has_rows_of(args, 8);
}

template <typename T>
bool is_column_sum(const ReduceArgs &args) {
    const bool is_sum =
        args.op == REDUCE_SUM || args.op == REDUCE_MEAN || args.op == REDUCE_LOG_SUM || args.op == REDUCE_L1;
    return has_type<T>(args) && is_sum && has_columns(args);
}

template <typename T, int LENGTH>
bool is_row_sum(const ReduceArgs &args) {
    switch (args.op) {
        case REDUCE_L1:
        case REDUCE_L2:
        case REDUCE_LOG_SUM:
        case REDUCE_MEAN:
        case REDUCE_SUM:
        case REDUCE_SUM_SQUARE:
            return has_type<T>(args) && has_rows_of(args, LENGTH);
        default:
            return false;
    }
}

template <typename T>
bool is_extreme(const ReduceArgs &args) {
    return has_type<T>(args) && (args.op == REDUCE_MAX || args.op == REDUCE_MIN) &&
           (has_rows(args) || has_columns(args));
}

template bool is_column_sum<int8_t>(const ReduceArgs &);
template bool is_column_sum<int16_t>(const ReduceArgs &);
template bool is_row_sum<int8_t, 8>(const ReduceArgs &);
template bool is_row_sum<int16_t, 8>(const ReduceArgs &);
template bool is_row_sum<int8_t, 16>(const ReduceArgs &);
template bool is_row_sum<int16_t, 16>(const ReduceArgs &);
template bool is_row_sum<int8_t, 32>(const ReduceArgs &);
template bool is_row_sum<int16_t, 32>(const ReduceArgs &);
template bool is_extreme<int8_t>(const ReduceArgs &);
template bool is_extreme<int16_t>(const ReduceArgs &);

}  // namespace base
}  // namespace dl
