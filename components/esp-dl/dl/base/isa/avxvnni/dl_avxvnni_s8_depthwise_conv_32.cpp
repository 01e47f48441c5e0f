#include "dl_avxvnni_depthwise.hpp"
#include "dl_avxvnni_kernels.hpp"

namespace dl {
namespace base {

void dl_avxvnni_s8_depthwise_conv_32_half_up(const ConvArgs &args, int begin, int end) {
    vnni_depthwise_conv<AvxVnniDepthwise, RoundHalfUp>(args, begin, end);
}

void dl_avxvnni_s8_depthwise_conv_32_half_even(const ConvArgs &args, int begin, int end) {
    vnni_depthwise_conv<AvxVnniDepthwise, RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
