#include "dl_neon_dotprod_kernels.hpp"
#include "dl_simd_pool.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_s16_average_pool_8_half_up(const PoolArgs &args, int begin, int end) {
    average_pool<int16_t, RoundHalfUp>(args, begin, end);
}
void dl_neon_dotprod_s16_average_pool_8_half_even(const PoolArgs &args, int begin, int end) {
    average_pool<int16_t, RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
