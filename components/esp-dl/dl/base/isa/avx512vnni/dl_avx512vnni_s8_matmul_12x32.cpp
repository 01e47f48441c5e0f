#include "dl_avx512_matmul.hpp"
#include "dl_avx512vnni_tiles.hpp"

namespace dl {
namespace base {

DL_TILE(MatmulArgs, dl_avx512vnni_s8_matmul_12x32,
        avx512_matmul<true>(args, begin, end, DL_TILE_OF(dl_avx512vnni_s8_conv_12x32)))

}  // namespace base
}  // namespace dl
