#include "dl_base_kernel.hpp"
#include "dl_image_jpeg_scan.hpp"

namespace dl {
namespace image {
namespace jpeg_chip {

const ScanKernels *scan_kernels() {
    return base::isa_level() == base::ISA_REFERENCE ? nullptr : &portable_scan_kernels;
}

}  // namespace jpeg_chip
}  // namespace image
}  // namespace dl
