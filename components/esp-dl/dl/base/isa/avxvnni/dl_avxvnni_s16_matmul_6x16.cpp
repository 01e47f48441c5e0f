#include "avx2/dl_avx2_tiles.hpp"
#include "dl_avxvnni_tiles.hpp"
#include "dl_tile_matmul_words.hpp"

namespace dl {
namespace base {

DL_TILE(MatmulArgs, dl_avxvnni_s16_matmul_6x16,
        matmul_words(args, begin, end, dl_avx2_s16_conv_6x16_folds, DL_TILE_OF(dl_avxvnni_s16_conv_6x16)))

}  // namespace base
}  // namespace dl
