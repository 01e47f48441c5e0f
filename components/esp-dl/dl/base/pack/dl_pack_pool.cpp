#include "dl_pack_pool.hpp"

namespace dl {
namespace base {

template <typename T>
static bool is_all(const PoolArgs &args) {
    constexpr dtype_t dtype = sizeof(T) == 1 ? DATA_TYPE_INT8 : DATA_TYPE_INT16;
    return args.types.src_dtype == dtype && args.types.dst_dtype == dtype;
}

template <typename T>
bool fits_max_pool(const PoolArgs &args) {
    return is_all<T>(args) && args.types.is_plain() && args.c * sizeof(T) >= 16;
}

template <typename T, int CHANNELS>
bool fits_average_pool(const PoolArgs &args) {
    return is_all<T>(args) && args.c >= CHANNELS &&
           static_cast<int64_t>(args.kernel_h) * args.kernel_w <= 1 << (sizeof(T) == 1 ? 17 : 9);
}

template <int CHANNELS>
bool fits_f32_pool(const PoolArgs &args) {
    return args.types.src_dtype == DATA_TYPE_FLOAT && args.types.dst_dtype == DATA_TYPE_FLOAT && args.c >= CHANNELS;
}

template bool fits_f32_pool<8>(const PoolArgs &);
template bool fits_f32_pool<16>(const PoolArgs &);
template bool fits_max_pool<int8_t>(const PoolArgs &);
template bool fits_max_pool<int16_t>(const PoolArgs &);
template bool fits_average_pool<int8_t, 8>(const PoolArgs &);
template bool fits_average_pool<int16_t, 8>(const PoolArgs &);
template bool fits_average_pool<int8_t, 16>(const PoolArgs &);
template bool fits_average_pool<int16_t, 16>(const PoolArgs &);

}  // namespace base
}  // namespace dl
