#include "dl_neon_dotprod_kernels.hpp"
#include "dl_simd_copy.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_x32_transpose_4x4(const CopyArgs &args, int begin, int end) {
    Transposition<uint32_t>::run(args, begin, end);
}

}  // namespace base
}  // namespace dl
