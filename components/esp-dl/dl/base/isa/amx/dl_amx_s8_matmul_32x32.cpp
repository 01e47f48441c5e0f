#include "dl_amx_tiles.hpp"
#include "dl_avx512_matmul.hpp"

namespace dl {
namespace base {

DL_TILE(MatmulArgs, dl_amx_s8_matmul_32x32, avx512_matmul<false>(args, begin, end, DL_TILE_OF(dl_amx_s8_conv_32x32)))

}  // namespace base
}  // namespace dl
