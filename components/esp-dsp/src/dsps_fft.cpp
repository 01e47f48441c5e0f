// Fourier transforms of powers of two. A step takes each polynomial of the values modulo z^2m - c^2 to the two modulo
// z^m - c and z^m + c: the factor c belongs to the whole group, and its angle is the group's number read backwards, so
// that one table serves every length.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "dsp_common.h"
#include "dsps_fft2r.h"
#include "dsps_fft4r.h"
#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "esp_dsp";

namespace {

constexpr double PI = std::numbers::pi;

/** Binary digits of n behind the point, in reverse: 1 -> 0.1, 2 -> 0.01, 3 -> 0.11. */
double mirrored(unsigned n) {
    double value = 0;
    for (double digit = 0.5; n != 0; n >>= 1, digit /= 2) {
        value += (n & 1) * digit;
    }
    return value;
}

template <typename T>
esp_err_t fill(T *w, int N, double scale) {
    if (!dsp_is_power_of_two(N)) {
        return ESP_ERR_DSP_INVALID_LENGTH;
    }
    for (int group = 0; group < N / 2; group++) {
        const double angle = PI * mirrored(static_cast<unsigned>(group));
        w[2 * group] = static_cast<T>(std::lround(scale * std::cos(angle)));
        w[2 * group + 1] = static_cast<T>(std::lround(scale * std::sin(angle)));
    }
    return ESP_OK;
}

template <>
esp_err_t fill<float>(float *w, int N, double) {
    if (!dsp_is_power_of_two(N)) {
        return ESP_ERR_DSP_INVALID_LENGTH;
    }
    for (int group = 0; group < N / 2; group++) {
        const double angle = PI * mirrored(static_cast<unsigned>(group));
        w[2 * group] = static_cast<float>(std::cos(angle));
        w[2 * group + 1] = static_cast<float>(std::sin(angle));
    }
    return ESP_OK;
}

/** The program's table, in memory of its own or of the caller's. */
template <typename T>
esp_err_t init(T *buffer, int size, double scale, T *&table, int &table_size, uint8_t &initialized, bool &own) {
    if (initialized) {
        return ESP_OK;  // as the published one: the first table stays
    }
    if (size > CONFIG_DSP_MAX_FFT_SIZE) {
        ESP_LOGE(TAG, "a table for %d points: at most %d are possible", size, CONFIG_DSP_MAX_FFT_SIZE);
        return ESP_ERR_DSP_PARAM_OUTOFRANGE;
    }
    if (!dsp_is_power_of_two(size) || size < 2) {
        return ESP_ERR_DSP_INVALID_LENGTH;
    }
    own = !buffer;
    table = own ? static_cast<T *>(heap_caps_aligned_alloc(16, sizeof(T) * size, MALLOC_CAP_DEFAULT)) : buffer;
    if (!table) {
        return ESP_ERR_NO_MEM;
    }
    table_size = size;
    initialized = 1;
    return fill(table, size, scale);
}

template <typename T>
void deinit(T *&table, int &table_size, uint8_t &initialized, bool own) {
    if (own) {
        heap_caps_free(table);
    }
    table = nullptr;
    table_size = 0;
    initialized = 0;
}

template <typename T>
esp_err_t reorder(T *data, int N) {
    if (!dsp_is_power_of_two(N)) {
        return ESP_ERR_DSP_INVALID_LENGTH;
    }
    for (int i = 1, j = 0; i < N; i++) {
        int bit = N >> 1;
        for (; j & bit; bit >>= 1) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            std::swap(data[2 * i], data[2 * j]);
            std::swap(data[2 * i + 1], data[2 * j + 1]);
        }
    }
    return ESP_OK;
}

esp_err_t check(const void *data, int N, const void *table, int table_size) {
    if (!table) {
        return ESP_ERR_DSP_UNINITIALIZED;
    }
    return !data || !dsp_is_power_of_two(N) || (table_size != 0 && N > table_size) ? ESP_ERR_DSP_INVALID_LENGTH
                                                                                   : ESP_OK;
}

bool g_own_fc32 = false;
bool g_own_sc16 = false;
bool g_own_4r = false;

}  // namespace

extern "C" {

float *dsps_fft_w_table_fc32 = nullptr;
int dsps_fft_w_table_size = 0;
uint8_t dsps_fft2r_initialized = 0;
int16_t *dsps_fft_w_table_sc16 = nullptr;
int dsps_fft_w_table_sc16_size = 0;
uint8_t dsps_fft2r_sc16_initialized = 0;
float *dsps_fft4r_w_table_fc32 = nullptr;
int dsps_fft4r_w_table_size = 0;
uint8_t dsps_fft4r_initialized = 0;

esp_err_t dsps_gen_w_r2_fc32(float *w, int N) {
    return fill(w, N, 1.0);
}
esp_err_t dsps_gen_w_r2_sc16(int16_t *w, int N) {
    return fill(w, N, 32767.0);
}

esp_err_t dsps_fft2r_init_fc32(float *fft_table_buff, int table_size) {
    return init(fft_table_buff, table_size, 1.0, dsps_fft_w_table_fc32, dsps_fft_w_table_size, dsps_fft2r_initialized,
                g_own_fc32);
}
esp_err_t dsps_fft2r_init_sc16(int16_t *fft_table_buff, int table_size) {
    return init(fft_table_buff, table_size, 32767.0, dsps_fft_w_table_sc16, dsps_fft_w_table_sc16_size,
                dsps_fft2r_sc16_initialized, g_own_sc16);
}
esp_err_t dsps_fft4r_init_fc32(float *fft_table_buff, int max_fft_size) {
    return init(fft_table_buff, max_fft_size, 1.0, dsps_fft4r_w_table_fc32, dsps_fft4r_w_table_size,
                dsps_fft4r_initialized, g_own_4r);
}
void dsps_fft2r_deinit_fc32(void) {
    deinit(dsps_fft_w_table_fc32, dsps_fft_w_table_size, dsps_fft2r_initialized, g_own_fc32);
}
void dsps_fft2r_deinit_sc16(void) {
    deinit(dsps_fft_w_table_sc16, dsps_fft_w_table_sc16_size, dsps_fft2r_sc16_initialized, g_own_sc16);
}
void dsps_fft4r_deinit_fc32(void) {
    deinit(dsps_fft4r_w_table_fc32, dsps_fft4r_w_table_size, dsps_fft4r_initialized, g_own_4r);
}

esp_err_t dsps_fft2r_fc32_ansi_(float *data, int N, float *w) {
    const esp_err_t err = check(data, N, w, w == dsps_fft_w_table_fc32 ? dsps_fft_w_table_size : 0);
    if (err != ESP_OK) {
        return err;
    }
    for (int half = N / 2, groups = 1; half >= 1; half /= 2, groups *= 2) {
        for (int group = 0; group < groups; group++) {
            const float c = w[2 * group];
            const float s = w[2 * group + 1];
            float *a = data + 4 * half * group;
            float *b = a + 2 * half;
            for (int i = 0; i < 2 * half; i += 2) {
                const float re = c * b[i] + s * b[i + 1];
                const float im = c * b[i + 1] - s * b[i];
                b[i] = a[i] - re;
                b[i + 1] = a[i + 1] - im;
                a[i] += re;
                a[i + 1] += im;
            }
        }
    }
    return ESP_OK;
}

esp_err_t dsps_fft2r_sc16_ansi_(int16_t *data, int N, int16_t *w) {
    const esp_err_t err = check(data, N, w, w == dsps_fft_w_table_sc16 ? dsps_fft_w_table_sc16_size : 0);
    if (err != ESP_OK) {
        return err;
    }
    const auto narrowed = [](int64_t value) {
        return static_cast<int16_t>(std::clamp<int64_t>((value + 0x8000) >> 16, -32768, 32767));
    };
    for (int half = N / 2, groups = 1; half >= 1; half /= 2, groups *= 2) {
        for (int group = 0; group < groups; group++) {
            const int64_t c = w[2 * group];
            const int64_t s = w[2 * group + 1];
            int16_t *a = data + 4 * half * group;
            int16_t *b = a + 2 * half;
            for (int i = 0; i < 2 * half; i += 2) {
                const int64_t re = c * b[i] + s * b[i + 1];
                const int64_t im = c * b[i + 1] - s * b[i];
                const int64_t a_re = static_cast<int64_t>(a[i]) << 15;
                const int64_t a_im = static_cast<int64_t>(a[i + 1]) << 15;
                b[i] = narrowed(a_re - re);
                b[i + 1] = narrowed(a_im - im);
                a[i] = narrowed(a_re + re);
                a[i + 1] = narrowed(a_im + im);
            }
        }
    }
    return ESP_OK;
}

esp_err_t dsps_bit_rev_fc32_ansi(float *data, int N) {
    return reorder(data, N);
}
esp_err_t dsps_bit_rev_sc16_ansi(int16_t *data, int N) {
    return reorder(data, N);
}
esp_err_t dsps_bit_rev2r_fc32(float *data, int N) {
    return reorder(data, N);
}

esp_err_t dsps_cplx2reC_fc32_ansi(float *data, int N) {
    if (!data || !dsp_is_power_of_two(N) || N < 2) {
        return ESP_ERR_DSP_INVALID_LENGTH;
    }
    // Bins k and N - k say what bin k of both signals is; the second signal's takes the place of bin N - k, from
    // behind.
    for (int k = 1; k < N / 2; k++) {
        const float a = data[2 * k], b = data[2 * k + 1];
        const float c = data[2 * (N - k)], d = data[2 * (N - k) + 1];
        data[2 * k] = (a + c) / 2;
        data[2 * k + 1] = (b - d) / 2;
        data[2 * (N - k)] = (b + d) / 2;
        data[2 * (N - k) + 1] = (c - a) / 2;
    }
    const float second = data[1];
    data[1] = 0;
    // data[N] is the bin at half the rate, of which neither lower half has a place.
    for (int k = N / 2 + 1, j = N - 1; k < j; k++, j--) {
        std::swap(data[2 * k], data[2 * j]);
        std::swap(data[2 * k + 1], data[2 * j + 1]);
    }
    data[N] = second;
    data[N + 1] = 0;
    return ESP_OK;
}

esp_err_t dsps_fft4r_fc32_ansi_(float *data, int N, float *table, int table_size) {
    if (!table) {
        return ESP_ERR_DSP_UNINITIALIZED;
    }
    if (!dsp_is_power_of_two(N) || dsp_power_of_two(N) % 2 != 0 || N > table_size) {
        return ESP_ERR_DSP_INVALID_LENGTH;
    }
    return dsps_fft2r_fc32_ansi_(data, N, table);
}

esp_err_t dsps_bit_rev4r_fc32(float *data, int N) {
    return reorder(data, N);
}

esp_err_t dsps_cplx2real_fc32_ansi_(float *data, int N, float *, int) {
    if (!data || !dsp_is_power_of_two(N)) {
        return ESP_ERR_DSP_INVALID_LENGTH;
    }
    for (int k = 1; k <= N / 2; k++) {
        const double a = data[2 * k], b = data[2 * k + 1];
        const double c = data[2 * (N - k)], d = data[2 * (N - k) + 1];
        const double even_re = (a + c) / 2, even_im = (b - d) / 2;
        const double odd_re = (b + d) / 2, odd_im = (c - a) / 2;
        const double cosine = std::cos(PI * k / N), sine = std::sin(PI * k / N);
        const double re = odd_re * cosine + odd_im * sine;
        const double im = odd_im * cosine - odd_re * sine;
        data[2 * k] = static_cast<float>(even_re + re);
        data[2 * k + 1] = static_cast<float>(even_im + im);
        data[2 * (N - k)] = static_cast<float>(even_re - re);
        data[2 * (N - k) + 1] = static_cast<float>(im - even_im);
    }
    const float sum = data[0] + data[1];
    data[1] = data[0] - data[1];
    data[0] = sum;
    return ESP_OK;
}
}
