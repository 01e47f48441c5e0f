#include <immintrin.h>

#include <cstdint>

namespace dl {
namespace base {

int64_t dl_amx_s8_peak(int64_t rounds) {
    // Four tiles of sums from two tiles of each operand, as the convolution kernels have them. The configuration is
    // static, because the intrinsic tells the compiler of its first bytes only: of a local variable, it would drop the
    // other stores.
    static const struct alignas(64) {
        uint8_t palette = 1, start_row = 0;
        uint8_t reserved[14] = {};
        uint16_t bytes_per_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
        uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } config;
    _tile_loadconfig(&config);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    for (int64_t round = 0; round < rounds; round++) {
        _tile_dpbssd(0, 4, 6);
        _tile_dpbssd(1, 4, 7);
        _tile_dpbssd(2, 5, 6);
        _tile_dpbssd(3, 5, 7);
    }
    _tile_release();
    return rounds * 4 * 16 * 16 * 64;
}

}  // namespace base
}  // namespace dl
