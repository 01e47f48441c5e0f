#include "dl_simd_pool.hpp"
#include "dl_pack_pool.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

static constexpr Kernel<PoolArgs> max_pool_rows[] = {
    DL_SIMD_EXACT_ROW(s8_max_pool, DL_SIMD_BYTES, fits_max_pool<int8_t>, nullptr, max_pool_of<int8_t>),
    DL_SIMD_EXACT_ROW(s16_max_pool, DL_SIMD_WORDS, fits_max_pool<int16_t>, nullptr, max_pool_of<int16_t>),
    DL_SIMD_EXACT_ROW(f32_max_pool, DL_SIMD_FLOATS, fits_f32_pool<DL_SIMD_FLOATS>, nullptr, max_pool_of_floats),
};
DL_SIMD_TABLE(PoolArgs, max_pool);

static constexpr Kernel<PoolArgs> average_pool_rows[] = {
    DL_SIMD_ROW(s8_average_pool, DL_SIMD_FLOATS, (fits_average_pool<int8_t, DL_SIMD_FLOATS>), nullptr,
                (average_pool_of<int8_t, RoundHalfUp>), (average_pool_of<int8_t, RoundHalfEven>)),
    DL_SIMD_ROW(s16_average_pool, DL_SIMD_FLOATS, (fits_average_pool<int16_t, DL_SIMD_FLOATS>), nullptr,
                (average_pool_of<int16_t, RoundHalfUp>), (average_pool_of<int16_t, RoundHalfEven>)),
    DL_SIMD_EXACT_ROW(f32_average_pool, DL_SIMD_FLOATS, fits_f32_pool<DL_SIMD_FLOATS>, nullptr,
                      (average_pool_of<float, RoundHalfEven>)),
};
DL_SIMD_TABLE(PoolArgs, average_pool);

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
