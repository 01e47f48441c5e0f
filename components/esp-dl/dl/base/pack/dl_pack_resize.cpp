#include "dl_pack_resize.hpp"

#include "dl_tool.hpp"

namespace dl {
namespace base {

bool is_short_nearest(const ResizeArgs &args) {
    return !args.is_linear && args.types.is_plain() && args.c * tool::dtype_size(args.types.src_dtype) < 128;
}

template <typename T, int CHANNELS>
bool is_linear_of(const ResizeArgs &args) {
    return args.is_linear && args.types.src_dtype == (sizeof(T) == 1 ? DATA_TYPE_INT8 : DATA_TYPE_INT16) &&
           args.c >= CHANNELS;
}

template bool is_linear_of<int8_t, 8>(const ResizeArgs &);
template bool is_linear_of<int16_t, 8>(const ResizeArgs &);
template bool is_linear_of<int8_t, 16>(const ResizeArgs &);
template bool is_linear_of<int16_t, 16>(const ResizeArgs &);

}  // namespace base
}  // namespace dl
