#include "dl_neon_dotprod_kernels.hpp"
#include "dl_simd_pool.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_s16_max_pool_8(const PoolArgs &args, int begin, int end) {
    max_pool<int16_t>(args, begin, end);
}

}  // namespace base
}  // namespace dl
