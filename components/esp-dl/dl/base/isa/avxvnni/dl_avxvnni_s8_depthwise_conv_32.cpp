#include "dl_avxvnni_depthwise.hpp"
#include "dl_avxvnni_tiles.hpp"

namespace dl {
namespace base {

DL_TILE(ConvArgs, dl_avxvnni_s8_depthwise_conv_32, vnni_depthwise_conv<AvxVnniDepthwise, Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
