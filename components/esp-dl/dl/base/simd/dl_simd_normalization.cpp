#include "dl_simd_normalization.hpp"
#include "dl_pack_normalization.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

static constexpr Kernel<NormArgs> normalization_rows[] = {
    DL_SIMD_ROW(s8_normalization, DL_SIMD_FLOATS, is_s8_norm_rows, nullptr, (normalize_rows<RoundHalfUp, int8_t>),
                (normalize_rows<RoundHalfEven, int8_t>)),
    DL_SIMD_ROW(s16_normalization, DL_SIMD_FLOATS, is_s16_norm_rows, nullptr, (normalize_rows<RoundHalfUp, int16_t>),
                (normalize_rows<RoundHalfEven, int16_t>)),
};
DL_SIMD_TABLE(NormArgs, normalization);

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
