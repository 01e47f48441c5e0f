#include "dl_avx2_word_conv.hpp"
#include "dl_avxvnni_tiles.hpp"

namespace dl {
namespace base {

DL_TILE(ConvArgs, dl_avxvnni_s16_conv_6x16, word_conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
