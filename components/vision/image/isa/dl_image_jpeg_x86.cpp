#include "dl_base_kernel.hpp"
#include "dl_image_jpeg_avx2.hpp"

namespace dl {
namespace image {
namespace jpeg_chip {

const ScanKernels *scan_kernels() {
    if (base::isa_level() == base::ISA_REFERENCE) {
        return nullptr;
    }
    return base::isa_enabled(base::ISA_AVX2) ? &avx2_scan_kernels : &portable_scan_kernels;
}

}  // namespace jpeg_chip
}  // namespace image
}  // namespace dl
