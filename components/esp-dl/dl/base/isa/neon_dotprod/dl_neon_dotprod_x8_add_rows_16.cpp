#include <arm_neon.h>

#include "dl_neon_dotprod_kernels.hpp"
#include "dl_simd_add_rows.hpp"

namespace dl {
namespace base {
namespace {

struct Bytes {
    static constexpr int LANES = 16;
    static DL_INLINE void add(int8_t *out, const int8_t *add) {
        vst1q_s8(out, vqaddq_s8(vld1q_s8(out), vld1q_s8(add)));
    }
};

/** Two registers. */
struct WideBytes {
    static constexpr int LANES = 32;
    static DL_INLINE void add(int8_t *out, const int8_t *add) {
        Bytes::add(out, add);
        Bytes::add(out + 16, add + 16);
    }
};

struct HalfBytes {
    static constexpr int LANES = 8;
    static DL_INLINE void add(int8_t *out, const int8_t *add) { vst1_s8(out, vqadd_s8(vld1_s8(out), vld1_s8(add))); }
};

struct Words {
    static constexpr int LANES = 8;
    static DL_INLINE void add(int16_t *out, const int16_t *add) {
        vst1q_s16(out, vqaddq_s16(vld1q_s16(out), vld1q_s16(add)));
    }
};

struct WideWords {
    static constexpr int LANES = 16;
    static DL_INLINE void add(int16_t *out, const int16_t *add) {
        Words::add(out, add);
        Words::add(out + 8, add + 8);
    }
};

struct HalfWords {
    static constexpr int LANES = 4;
    static DL_INLINE void add(int16_t *out, const int16_t *add) {
        vst1_s16(out, vqadd_s16(vld1_s16(out), vld1_s16(add)));
    }
};

}  // namespace

void dl_neon_dotprod_x8_add_rows_16(const AddRowsArgs &args, int begin, int end) {
    if (args.dtype == DATA_TYPE_INT8) {
        add_rows<int8_t, WideBytes, Bytes, HalfBytes>(args, begin, end);
    } else {
        add_rows<int16_t, WideWords, Words, HalfWords>(args, begin, end);
    }
}

}  // namespace base
}  // namespace dl
