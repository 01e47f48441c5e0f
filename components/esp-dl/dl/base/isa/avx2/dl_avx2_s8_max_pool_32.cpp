#include "dl_avx2_kernels.hpp"
#include "dl_simd_pool.hpp"

namespace dl {
namespace base {

void dl_avx2_s8_max_pool_32(const PoolArgs &args, int begin, int end) {
    max_pool<int8_t>(args, begin, end);
}

}  // namespace base
}  // namespace dl
