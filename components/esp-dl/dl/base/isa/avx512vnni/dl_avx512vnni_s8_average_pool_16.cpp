#include "dl_avx512vnni_kernels.hpp"
#include "dl_simd_pool.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_s8_average_pool_16_half_up(const PoolArgs &args, int begin, int end) {
    average_pool<int8_t, RoundHalfUp>(args, begin, end);
}
void dl_avx512vnni_s8_average_pool_16_half_even(const PoolArgs &args, int begin, int end) {
    average_pool<int8_t, RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
