#include "dl_avx2_word_conv.hpp"
#include "dl_avxvnni_kernels.hpp"

namespace dl {
namespace base {

void dl_avxvnni_s16_conv_6x16_half_up(const ConvArgs &args, int begin, int end) {
    word_conv<RoundHalfUp>(args, begin, end);
}

void dl_avxvnni_s16_conv_6x16_half_even(const ConvArgs &args, int begin, int end) {
    word_conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
