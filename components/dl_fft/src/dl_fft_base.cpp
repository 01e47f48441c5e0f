#include "dl_fft_base.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

bool dl_is_power_of_two(int x) {
    return x > 0 && std::has_single_bit(static_cast<unsigned>(x));
}

int dl_power_of_two(uint32_t n) {
    return n == 0 ? 0 : std::bit_width(n) - 1;
}

float *dl_short_to_float(const int16_t *x, int len, int exponent, float *y) {
    const float scale = std::ldexp(1.f, exponent);
    for (int i = 0; i < len; i++) {
        y[i] = x[i] * scale;
    }
    return y;
}

int dl_float_to_short(const float *x, int len, int16_t *y, int out_exponent) {
    const float scale = std::ldexp(1.f, -out_exponent);
    for (int i = 0; i < len; i++) {
        const float value = std::round(x[i] * scale);
        y[i] = std::isnan(value) ? 0 : static_cast<int16_t>(std::clamp(value, -32768.f, 32767.f));
    }
    return out_exponent;
}

int16_t dl_reduce_abs_max_ansi(const int16_t *x, int size) {
    int largest = 0;
    for (int i = 0; i < size; i++) {
        largest = std::max(largest, std::abs(static_cast<int>(x[i])));
    }
    return static_cast<int16_t>(std::min(largest, 32767));
}

int16_t dl_array_max_q_s16(const int16_t *x, int size) {
    return static_cast<int16_t>(std::bit_width(static_cast<unsigned>(dl_reduce_abs_max_ansi(x, size))));
}
