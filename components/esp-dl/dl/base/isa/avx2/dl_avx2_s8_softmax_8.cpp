// int8 rows that lie one after the other: eight sums grow side by side, each in the order of its row, and a row's
// quotients, of which there are 256 at most, are computed once.
#include <immintrin.h>

#include "dl_avx2_kernels.hpp"

namespace dl {
namespace base {

namespace {

constexpr int ROWS = 8;

/** The largest of n elements. */
int row_max(const int8_t *row, int64_t n) {
    int64_t i = 0;
    int max = row[0];
    if (n >= 32) {
        __m256i best = _mm256_loadu_si256((const __m256i *)row);
        for (i = 32; i + 32 <= n; i += 32) {
            best = _mm256_max_epi8(best, _mm256_loadu_si256((const __m256i *)(row + i)));
        }
        best = _mm256_max_epi8(best, _mm256_loadu_si256((const __m256i *)(row + n - 32)));
        alignas(32) int8_t lanes[32];
        _mm256_store_si256((__m256i *)lanes, best);
        for (int8_t lane : lanes) {
            max = lane > max ? lane : max;
        }
        return max;
    }
    for (; i < n; i++) {
        max = row[i] > max ? row[i] : max;
    }
    return max;
}

/** Sums of COUNT rows. top[r] is the table's entry of x = 0: the others lie x below it. */
template <int COUNT>
void sum_rows(const int8_t *src, int64_t n, const float *const *top, float *sums) {
    float sum[COUNT] = {};
    for (int64_t i = 0; i < n; i++) {
        for (int r = 0; r < COUNT; r++) {
            sum[r] += top[r][-src[r * n + i]];
        }
    }
    for (int r = 0; r < COUNT; r++) {
        sums[r] = sum[r];
    }
}

}  // namespace

void dl_avx2_s8_softmax_8(const SoftmaxArgs &args, int begin, int end) {
    const int64_t n = args.length;
    const float *table = args.exp_table.data();
    alignas(32) float quotients[256];
    for (int row = begin; row < end; row += ROWS) {
        const int count = end - row < ROWS ? end - row : ROWS;
        const int8_t *src = static_cast<const int8_t *>(args.src) + row * n;
        float *dst = static_cast<float *>(args.dst) + row * n;
        int max[ROWS];
        const float *top[ROWS];
        float sums[ROWS];
        for (int r = 0; r < count; r++) {
            max[r] = args.subtract_max ? row_max(src + r * n, n) : INT8_MAX;
            top[r] = table + max[r];
        }
        if (count == ROWS) {
            sum_rows<ROWS>(src, n, top, sums);
        } else {
            for (int r = 0; r < count; r++) {
                sum_rows<1>(src + r * n, n, top + r, sums + r);
            }
        }
        for (int r = 0; r < count; r++) {
            const __m256 sum = _mm256_set1_ps(sums[r]);
            for (int k = 0; k < 256; k += 8) {
                _mm256_store_ps(quotients + k, _mm256_div_ps(_mm256_loadu_ps(table + k), sum));
            }
            const float *first = quotients + max[r];
            for (int64_t i = 0; i < n; i++) {
                dst[r * n + i] = first[-src[r * n + i]];
            }
        }
    }
}

}  // namespace base
}  // namespace dl
