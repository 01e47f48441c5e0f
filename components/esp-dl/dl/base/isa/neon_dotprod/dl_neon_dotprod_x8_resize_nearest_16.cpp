#include "dl_neon_dotprod_kernels.hpp"
#include "dl_simd_copy.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_x8_resize_nearest_16(const ResizeArgs &args, int begin, int end) {
    resize_nearest(args, begin, end);
}

}  // namespace base
}  // namespace dl
