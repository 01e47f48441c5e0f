#include "dl_pack_resize.hpp"

#include "dl_tool.hpp"

namespace dl {
namespace base {

bool is_short_nearest(const ResizeArgs &args) {
    return !args.is_linear && args.types.is_plain() && args.c * tool::dtype_size(args.types.src_dtype) < 128;
}

}  // namespace base
}  // namespace dl
