#include "dl_neon_dotprod_kernels.hpp"
#include "dl_neon_lanes.hpp"
#include "dl_simd_add.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_x8_add_rows_16(const AddRowsArgs &args, int begin, int end) {
    add_rows<NeonPair, NeonLanes, NeonHalf>(args, begin, end);
}

}  // namespace base
}  // namespace dl
