/**
 * @file dl_image_jpeg_avx2.hpp
 * The JPEG decoder's kernels with AVX2 and BMI2.
 */
#pragma once

#include "dl_image_jpeg_scan.hpp"

namespace dl {
namespace image {
namespace jpeg_chip {

extern const ScanKernels avx2_scan_kernels;

}  // namespace jpeg_chip
}  // namespace image
}  // namespace dl
