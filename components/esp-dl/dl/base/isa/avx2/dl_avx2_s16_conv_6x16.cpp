#include "dl_avx2_tiles.hpp"
#include "dl_avx2_word_conv.hpp"

namespace dl {
namespace base {

void dl_avx2_s16_conv_6x16_folds(ConvArgs &args) {
    mark_folds(args);
}

DL_TILE(ConvArgs, dl_avx2_s16_conv_6x16, word_conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
