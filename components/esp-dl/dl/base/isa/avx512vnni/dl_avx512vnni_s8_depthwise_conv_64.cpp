#include "dl_avx512_depthwise.hpp"
#include "dl_avx512vnni_tiles.hpp"

namespace dl {
namespace base {

DL_TILE(ConvArgs, dl_avx512vnni_s8_depthwise_conv_64, vnni_depthwise_conv<Avx512Depthwise, Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
