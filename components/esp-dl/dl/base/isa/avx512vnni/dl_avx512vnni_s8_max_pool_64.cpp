#include "dl_avx512vnni_kernels.hpp"
#include "dl_simd_pool.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_s8_max_pool_64(const PoolArgs &args, int begin, int end) {
    max_pool<int8_t>(args, begin, end);
}

}  // namespace base
}  // namespace dl
