#include "dl_avx2_kernels.hpp"
#include "dl_simd_copy.hpp"

namespace dl {
namespace base {

void dl_avx2_x8_resize_nearest_32(const ResizeArgs &args, int begin, int end) {
    resize_nearest(args, begin, end);
}

}  // namespace base
}  // namespace dl
