#include "dl_avx2_kernels.hpp"
#include "dl_simd_copy.hpp"

namespace dl {
namespace base {

void dl_avx2_x8_transpose_16x16(const CopyArgs &args, int begin, int end) {
    Transposition<uint8_t>::run(args, begin, end);
}

}  // namespace base
}  // namespace dl
