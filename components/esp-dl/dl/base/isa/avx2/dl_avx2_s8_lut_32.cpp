#include "dl_avx2_kernels.hpp"
#include "dl_simd_lut.hpp"

namespace dl {
namespace base {

void dl_avx2_s8_lut_32(const UnaryArgs &args, int begin, int end) {
    look_up(args, begin, end);
}

}  // namespace base
}  // namespace dl
