#include "dl_avx512vnni_kernels.hpp"
#include "dl_simd_lut.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_s8_lut_64(const UnaryArgs &args, int begin, int end) {
    look_up(args, begin, end);
}

}  // namespace base
}  // namespace dl
