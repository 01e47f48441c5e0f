#include "dl_avx512vnni_kernels.hpp"
#include "dl_simd_copy.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_x16_transpose_8x8(const CopyArgs &args, int begin, int end) {
    Transposition<uint16_t>::run(args, begin, end);
}

}  // namespace base
}  // namespace dl
