#include "dl_pack_normalization.hpp"

namespace dl {
namespace base {

/** A lane gets two elements, of at most 2^15 each, of every 8 at least. */
static bool has_short_rows(const NormArgs &args) {
    return args.inner == 1 && args.length <= 1 << 16;
}

bool is_s8_norm_rows(const NormArgs &args) {
    return args.types.src_dtype == DATA_TYPE_INT8 && has_short_rows(args);
}

bool is_s16_norm_rows(const NormArgs &args) {
    return args.types.src_dtype == DATA_TYPE_INT16 && has_short_rows(args);
}

}  // namespace base
}  // namespace dl
