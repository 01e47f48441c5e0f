#include "dl_neon_dotprod_kernels.hpp"
#include "dl_simd_copy.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_x8_copy_16(const CopyArgs &args, int begin, int end) {
    copy_runs(args, begin, end);
}

}  // namespace base
}  // namespace dl
