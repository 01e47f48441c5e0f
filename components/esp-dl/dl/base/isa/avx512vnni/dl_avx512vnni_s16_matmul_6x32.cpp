#include "dl_avx512vnni_tiles.hpp"
#include "dl_tile_matmul_words.hpp"

namespace dl {
namespace base {

DL_TILE(MatmulArgs, dl_avx512vnni_s16_matmul_6x32,
        matmul_words(args, begin, end, dl_avx512vnni_s16_conv_6x32_folds, DL_TILE_OF(dl_avx512vnni_s16_conv_6x32)))

}  // namespace base
}  // namespace dl
