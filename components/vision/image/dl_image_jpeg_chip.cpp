#include "dl_image_jpeg_chip.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace dl {
namespace image {
namespace jpeg_chip {

namespace {

// Four columns that are computed at a time. GCC and Clang turn the vectors into SSE2 or NEON registers, or into plain
// code. Lanes are unsigned, because sums of damaged data overflow, and the chip's registers wrap around.
typedef uint32_t Lanes __attribute__((vector_size(16)));
typedef int32_t SignedLanes __attribute__((vector_size(16)));

inline Lanes shift_right(Lanes x, int s) {
    return reinterpret_cast<Lanes>(reinterpret_cast<SignedLanes>(x) >> s);
}
inline Lanes times(Lanes x, uint32_t constant) {
    return shift_right(x * constant, 8);
}

// Do the Arai-Agui-Nakajima butterfly over x[0], x[stride], ..., in place. Its constants have 8 fractional bits.
inline __attribute__((always_inline)) void butterfly(Lanes *x, int stride) {
    const Lanes x0 = x[0 * stride], x1 = x[1 * stride], x2 = x[2 * stride], x3 = x[3 * stride];
    const Lanes x4 = x[4 * stride], x5 = x[5 * stride], x6 = x[6 * stride], x7 = x[7 * stride];

    const Lanes t0 = x0 + x4;
    const Lanes t1 = x0 - x4;
    const Lanes t3 = x2 + x6;
    const Lanes t2 = times(x2 - x6, 362) - t3;
    const Lanes e0 = t0 + t3;
    const Lanes e3 = t0 - t3;
    const Lanes e1 = t1 + t2;
    const Lanes e2 = t1 - t2;

    const Lanes z13 = x5 + x3;
    const Lanes z10 = x5 - x3;
    const Lanes z11 = x1 + x7;
    const Lanes z12 = x1 - x7;
    const Lanes o7 = z11 + z13;
    const Lanes t11 = times(z11 - z13, 362);
    const Lanes z5 = times(z10 + z12, 473);
    const Lanes t10 = z5 - times(z12, 277);
    const Lanes t12 = z5 - times(z10, 669);
    const Lanes o6 = t12 - o7;
    const Lanes o5 = t11 - o6;
    const Lanes o4 = t10 - o5;

    x[0 * stride] = e0 + o7;
    x[7 * stride] = e0 - o7;
    x[1 * stride] = e1 + o6;
    x[6 * stride] = e1 - o6;
    x[2 * stride] = e2 + o5;
    x[5 * stride] = e2 - o5;
    x[3 * stride] = e3 + o4;
    x[4 * stride] = e3 - o4;
}

// A block of 8x8 values. Each row is two vectors.
struct Block {
    alignas(16) uint32_t value[64];
};

inline void transform_columns(Block &block) {
    Lanes lanes[16];
    std::memcpy(lanes, block.value, sizeof(lanes));
    butterfly(lanes, 2);
    butterfly(lanes + 1, 2);
    std::memcpy(block.value, lanes, sizeof(lanes));
}

inline void transpose(const Block &in, Block &out) {
    for (int i = 0; i < 8; i++) {
        for (int j = 0; j < 8; j++) {
            out.value[j * 8 + i] = in.value[i * 8 + j];
        }
    }
}

inline uint8_t clip8(int32_t v) {
    return static_cast<uint8_t>(std::clamp<int32_t>(v, 0, 255));
}

inline uint8_t sample(uint32_t y) {
    return clip8((static_cast<int32_t>(y) >> 5) + 128);
}

bool only_dc(const int16_t *coefficients) {
    uint64_t words[16];
    std::memcpy(words, coefficients, sizeof(words));
    int16_t first[4];
    std::memcpy(first, words, sizeof(first));
    first[0] = 0;
    uint64_t any;
    std::memcpy(&any, first, sizeof(any));
    for (int i = 1; i < 16; i++) {
        any |= words[i];
    }
    return any == 0;
}

}  // namespace

QuantTable scale_quant_table(const uint16_t *quant) {
    static const double AAN[8] = {1.0, 1.387039845, 1.306562965, 1.175875602,
                                  1.0, 0.785694958, 0.541196100, 0.275899379};
    QuantTable table;
    table.is_narrow = true;
    for (int u = 0; u < 8; u++) {
        for (int v = 0; v < 8; v++) {
            const uint32_t scale = static_cast<uint32_t>(std::lround(16384.0 * AAN[u] * AAN[v]));
            const int32_t value = static_cast<int32_t>(quant[u * 8 + v] * scale + 2048) >> 12;
            table.value[u * 8 + v] = value;
            table.is_narrow = table.is_narrow && value >= 0 && value < 1 << 15;
        }
    }
    return table;
}

void inverse_dct(const int16_t *coefficients, const QuantTable &table, uint8_t *out, size_t stride) {
    if (only_dc(coefficients)) {
        // If only the first value is not 0, the butterflies copy it to all others.
        const uint8_t flat = sample(static_cast<uint32_t>(coefficients[0]) * static_cast<uint32_t>(table.value[0]));
        for (int y = 0; y < 8; y++) {
            std::memset(out + y * stride, flat, 8);
        }
        return;
    }
    Block block;
    for (int i = 0; i < 64; i++) {
        block.value[i] = static_cast<uint32_t>(coefficients[i]) * static_cast<uint32_t>(table.value[i]);
    }
    Block turned;
    transform_columns(block);
    transpose(block, turned);
    transform_columns(turned);
    for (int y = 0; y < 8; y++) {
        for (int x = 0; x < 8; x++) {
            out[y * stride + x] = sample(turned.value[x * 8 + y]);
        }
    }
}

namespace {

struct Offsets {
    int red;
    int green;
    int blue;
};

template <bool P4>
inline Offsets offsets(uint8_t cb, uint8_t cr) {
    const int b = cb - 128;
    const int r = cr - 128;
    const int green = P4 ? -((1409 * b + 2925 * r) >> 12) : (-1409 * b - 2925 * r) >> 12;
    return {(5742 * r) >> 12, green, (7258 * b) >> 12};
}

inline void put(uint8_t *rgb, int y, const Offsets &add) {
    rgb[0] = clip8(y + add.red);
    rgb[1] = clip8(y + add.green);
    rgb[2] = clip8(y + add.blue);
}

template <bool P4>
void convert(const uint8_t *y, const ChromaRow &chroma, int n, uint8_t *rgb) {
    // Pixels that share a chroma sample are a run.
    const int run = chroma.shift < 0 ? 2 : 1 << chroma.shift;
    const int step = chroma.shift < 0 ? 2 : 1;
    const uint8_t *cb = chroma.cb;
    const uint8_t *cr = chroma.cr;
    int x = 0;
    for (; x + run <= n; x += run, cb += step, cr += step) {
        const Offsets add = offsets<P4>(*cb, *cr);
        for (int i = 0; i < run; i++, rgb += 3) {
            put(rgb, y[x + i], add);
        }
    }
    if (x < n) {
        const Offsets add = offsets<P4>(*cb, *cr);
        for (; x < n; x++, rgb += 3) {
            put(rgb, y[x], add);
        }
    }
}

}  // namespace

void ycc_to_rgb(const uint8_t *y, const ChromaRow &chroma, int n, target_t target, uint8_t *rgb) {
    if (target == TARGET_ESP32P4) {
        convert<true>(y, chroma, n, rgb);
    } else {
        convert<false>(y, chroma, n, rgb);
    }
}

}  // namespace jpeg_chip
}  // namespace image
}  // namespace dl
