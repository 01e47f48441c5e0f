#include "dl_neon_dotprod_kernels.hpp"
#include "dl_neon_lanes.hpp"
#include "dl_simd_add.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_s8_add_16(const ElementwiseArgs &args, int begin, int end) {
    add_tensors<NeonLanes>(args, begin, end);
}

}  // namespace base
}  // namespace dl
