#include "dl_avx2_conv_kernels.hpp"
#include "dl_avx2_word_conv.hpp"

namespace dl {
namespace base {

void dl_avx2_s16_conv_6x16_folds(ConvArgs &args, int ranges) {
    mark_folds(args, ranges);
}

void dl_avx2_s16_conv_6x16_half_up(const ConvArgs &args, int begin, int end) {
    word_conv<RoundHalfUp>(args, begin, end);
}

void dl_avx2_s16_conv_6x16_half_even(const ConvArgs &args, int begin, int end) {
    word_conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
