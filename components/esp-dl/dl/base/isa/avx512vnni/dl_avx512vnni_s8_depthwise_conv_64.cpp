#include "dl_avx512_depthwise.hpp"
#include "dl_avx512vnni_kernels.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_s8_depthwise_conv_64_half_up(const ConvArgs &args, int begin, int end) {
    vnni_depthwise_conv<Avx512Depthwise, RoundHalfUp>(args, begin, end);
}

void dl_avx512vnni_s8_depthwise_conv_64_half_even(const ConvArgs &args, int begin, int end) {
    vnni_depthwise_conv<Avx512Depthwise, RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
