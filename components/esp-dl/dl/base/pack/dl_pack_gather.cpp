#include "dl_pack_gather.hpp"

#include "dl_tool.hpp"

namespace dl {
namespace base {

bool is_short_gather(const GatherArgs &args) {
    return args.types.is_plain() && args.run * static_cast<int64_t>(tool::dtype_size(args.types.src_dtype)) < 256;
}

bool is_plain_pad(const PadArgs &args) {
    return args.types.is_plain();
}

bool find_pad_stretches(PadArgs &args) {
    const int64_t bytes = args.run * static_cast<int64_t>(tool::dtype_size(args.types.src_dtype));
    args.stretches.clear();
    for (int source : args.source.back()) {
        const int64_t from = source < 0 ? -1 : source * bytes;
        if (!args.stretches.empty()) {
            PadArgs::Stretch &last = args.stretches.back();
            if (from < 0 ? last.from < 0 : last.from >= 0 && last.from + last.length == from) {
                last.length += bytes;
                continue;
            }
        }
        args.stretches.push_back({from, bytes});
    }
    return true;
}

}  // namespace base
}  // namespace dl
