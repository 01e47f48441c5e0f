#include <arm_neon.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace dl {
namespace base {

namespace {

// The compiler must not see that nobody reads the value.
inline __attribute__((always_inline)) void keep(int32x4_t &value) {
    __asm__ volatile("" : "+w"(value));
}

// Independent sums hide the latency. Unrolled by the template, so that they stay in registers.
template <size_t... I>
void run(int64_t rounds, std::index_sequence<I...>) {
    int32x4_t sums[sizeof...(I)] = {vdupq_n_s32((int)I)...};
    int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(-5);
    for (int64_t round = 0; round < rounds; round++) {
        // Nor that the operands stay the same.
        __asm__ volatile("" : "+w"(a), "+w"(b));
        ((sums[I] = vdotq_s32(sums[I], a, b)), ...);
        (keep(sums[I]), ...);
    }
}

}  // namespace

int64_t dl_neon_dotprod_s8_peak(int64_t rounds) {
    constexpr int SUMS = 16;
    run(rounds, std::make_index_sequence<SUMS>());
    return rounds * SUMS * 16;
}

}  // namespace base
}  // namespace dl
