#include <cmath>

#include "tiny_jpeg.hpp"

namespace tiny_jpeg {

const uint8_t zigzag[64] = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
                            41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
                            30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

uint32_t scale_factor(int i) {
    static const double AAN[8] = {1.0, 1.387039845, 1.306562965, 1.175875602,
                                  1.0, 0.785694958, 0.541196100, 0.275899379};
    // The decoder's table has five decimals, rounded up, of which 13 bits are cut off.
    const double factor = std::ceil(AAN[i / 8] * AAN[i % 8] * 100000.0) / 100000.0;
    return static_cast<uint32_t>(factor * 8192.0);
}

namespace {

// Registers of 32 bits that wrap: damaged data overflow them.
using Word = uint32_t;

// Fractions of 12 bits.
constexpr Word SQRT_2 = 5792;
constexpr Word C_1_082 = 4433;
constexpr Word C_1_848 = 7568;
constexpr Word C_2_613 = 10703;

Word times(Word value, Word constant) {
    return static_cast<Word>(static_cast<int32_t>(value * constant) >> 12);
}

// The transform of Arai, Agui and Nakajima over x[0], x[step], ..., in place.
void transform_8(Word *x, int step) {
    Word &x0 = x[0 * step], &x1 = x[1 * step], &x2 = x[2 * step], &x3 = x[3 * step];
    Word &x4 = x[4 * step], &x5 = x[5 * step], &x6 = x[6 * step], &x7 = x[7 * step];

    const Word sum_26 = x2 + x6;
    const Word difference_26 = times(x2 - x6, SQRT_2) - sum_26;
    const Word even_0 = x0 + x4 + sum_26;
    const Word even_3 = x0 + x4 - sum_26;
    const Word even_1 = x0 - x4 + difference_26;
    const Word even_2 = x0 - x4 - difference_26;

    const Word sum_17 = x1 + x7, difference_17 = x1 - x7;
    const Word sum_53 = x5 + x3, difference_53 = x5 - x3;
    const Word rotated = times(difference_17 + difference_53, C_1_848);
    const Word odd_0 = sum_17 + sum_53;
    const Word odd_1 = rotated - times(difference_53, C_2_613) - odd_0;
    const Word odd_2 = times(sum_17 - sum_53, SQRT_2) - odd_1;
    const Word odd_3 = rotated - times(difference_17, C_1_082) - odd_2;

    x0 = even_0 + odd_0;
    x7 = even_0 - odd_0;
    x1 = even_1 + odd_1;
    x6 = even_1 - odd_1;
    x2 = even_2 + odd_2;
    x5 = even_2 - odd_2;
    x3 = even_3 + odd_3;
    x4 = even_3 - odd_3;
}

}  // namespace

void inverse_dct(const int32_t *coefficients, int32_t *samples) {
    Word block[64];
    for (int i = 0; i < 64; i++) {
        block[i] = static_cast<Word>(coefficients[i]);
    }
    for (int column = 0; column < 8; column++) {
        transform_8(block + column, 8);
    }
    for (int row = 0; row < 8; row++) {
        block[row * 8] += 128 << 8;
        transform_8(block + row * 8, 1);
    }
    for (int i = 0; i < 64; i++) {
        samples[i] = static_cast<int32_t>(block[i]) >> 8;
    }
}

}  // namespace tiny_jpeg
