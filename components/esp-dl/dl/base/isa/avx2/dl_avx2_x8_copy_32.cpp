#include "dl_avx2_kernels.hpp"
#include "dl_simd_copy.hpp"

namespace dl {
namespace base {

void dl_avx2_x8_copy_32(const CopyArgs &args, int begin, int end) {
    copy_runs(args, begin, end);
}

}  // namespace base
}  // namespace dl
