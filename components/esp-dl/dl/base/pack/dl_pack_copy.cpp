#include "dl_pack_copy.hpp"

#include <algorithm>

#include "dl_tool.hpp"

namespace dl {
namespace base {

bool is_short_run(const CopyArgs &args) {
    const CopyArgs::Loop &inner = args.loops.back();
    const int64_t bytes = inner.extent * static_cast<int64_t>(tool::dtype_size(args.types.src_dtype));
    return args.types.is_plain() && inner.src_stride == 1 && inner.dst_stride == 1 && bytes > 0 && bytes < 1024;
}

template <int SIZE>
bool is_transposition(const CopyArgs &args) {
    return args.types.is_plain() && tool::dtype_size(args.types.src_dtype) == SIZE &&
           args.loops.back().dst_stride == 1 && args.loops.back().src_stride != 1;
}

template <int SIZE>
bool split_into_strips(CopyArgs &args) {
    const size_t last = args.loops.size() - 1;
    for (size_t i = 0; i < last; i++) {
        if (args.loops[i].src_stride == 1 && args.loops[i].extent >= 16 / SIZE) {
            const CopyArgs::Loop rows = args.loops[i];
            CopyArgs::Loop *const loops = args.loops.data();
            std::rotate(loops + i, loops + i + 1, loops + last);
            args.units = static_cast<int>((rows.extent * SIZE + 63) / 64);
            for (size_t k = 0; k + 1 < last; k++) {
                args.units *= static_cast<int>(args.loops[k].extent);
            }
            return true;
        }
    }
    return false;
}

template bool is_transposition<1>(const CopyArgs &);
template bool is_transposition<2>(const CopyArgs &);
template bool is_transposition<4>(const CopyArgs &);
template bool split_into_strips<1>(CopyArgs &);
template bool split_into_strips<2>(CopyArgs &);
template bool split_into_strips<4>(CopyArgs &);

}  // namespace base
}  // namespace dl
