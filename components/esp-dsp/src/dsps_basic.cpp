// Sums of products, element-wise operations, matrices, windows, filters, test signals.
#include <cmath>
#include <cstring>
#include <numbers>

#include "esp_dsp.h"

namespace {

constexpr double PI = std::numbers::pi;

/** A sum of Q15 products as int16: rounded, shifted right by 15 - shift. */
int16_t narrowed(int64_t sum, int shift) {
    const int right = 15 - shift;
    if (right <= 0) {
        return static_cast<int16_t>(static_cast<uint64_t>(sum) << (right > -63 ? -right : 63));
    }
    return static_cast<int16_t>((sum + (right < 63 ? static_cast<int64_t>(0x7fff) >> (shift < 0 ? 0 : shift) : 0)) >>
                                (right < 63 ? right : 63));
}

template <typename T, typename Operation>
esp_err_t each(const T *input1, const T *input2, T *output, int len, int step1, int step2, int step_out,
               Operation operation) {
    if (!input1 || !input2 || !output) {
        return ESP_ERR_DSP_PARAM_OUTOFRANGE;
    }
    for (int i = 0; i < len; i++) {
        output[i * step_out] = operation(input1[i * step1], input2[i * step2]);
    }
    return ESP_OK;
}

template <typename Operation>
esp_err_t each(const float *input, float *output, int len, int step_in, int step_out, Operation operation) {
    if (!input || !output) {
        return ESP_ERR_DSP_PARAM_OUTOFRANGE;
    }
    for (int i = 0; i < len; i++) {
        output[i * step_out] = operation(input[i * step_in]);
    }
    return ESP_OK;
}

template <typename Operation>
esp_err_t each_row(const float *input1, const float *input2, float *output, int rows, int cols, int padd1, int padd2,
                   int padd_out, int step1, int step2, int step_out, Operation operation) {
    if (!input1 || !input2 || !output) {
        return ESP_ERR_DSP_PARAM_OUTOFRANGE;
    }
    if (rows <= 0 || cols <= 0 || padd1 < 0 || padd2 < 0 || padd_out < 0 || step1 <= 0 || step2 <= 0 || step_out <= 0) {
        return ESP_ERR_DSP_INVALID_PARAM;
    }
    for (int row = 0; row < rows; row++) {
        each(input1, input2, output, cols, step1, step2, step_out, operation);
        input1 += cols * step1 + padd1;
        input2 += cols * step2 + padd2;
        output += cols * step_out + padd_out;
    }
    return ESP_OK;
}

/** Sum of (-1)^k a[k] cos(2 pi k n / (len - 1)). */
template <size_t N>
void cosine_window(float *window, int len, const double (&a)[N]) {
    for (int n = 0; n < len; n++) {
        double value = 0;
        for (size_t k = 0; k < N; k++) {
            value += (k % 2 ? -a[k] : a[k]) * std::cos(2 * PI * static_cast<double>(k) * n / (len > 1 ? len - 1 : 1));
        }
        window[n] = static_cast<float>(value);
    }
}

/** b0, b1, b2, a1, a2 of a section whose a0 is not 1. */
esp_err_t section(float *coeffs, double b0, double b1, double b2, double a0, double a1, double a2) {
    const double values[] = {b0, b1, b2, a1, a2};
    for (int i = 0; i < 5; i++) {
        coeffs[i] = static_cast<float>(values[i] / a0);
    }
    return ESP_OK;
}

struct Angle {
    double cosine, alpha;
    Angle(float f, float q)
        : cosine(std::cos(2 * PI * f)), alpha(std::sin(2 * PI * f) / (2 * (q <= 0.0001f ? 0.0001 : q))) {}
};

}  // namespace

extern "C" {

bool dsp_is_power_of_two(int x) {
    return x > 0 && (x & (x - 1)) == 0;
}

int dsp_power_of_two(int x) {
    int power = 0;
    while (x > 1) {
        x >>= 1;
        power++;
    }
    return power;
}

esp_err_t dsps_dotprod_s16_ansi(const int16_t *src1, const int16_t *src2, int16_t *dest, int len, int8_t shift) {
    int64_t sum = 0;
    for (int i = 0; i < len; i++) {
        sum += static_cast<int32_t>(src1[i]) * src2[i];
    }
    *dest = narrowed(sum, shift);
    return ESP_OK;
}

esp_err_t dsps_dotprod_f32_ansi(const float *src1, const float *src2, float *dest, int len) {
    return dsps_dotprode_f32_ansi(src1, src2, dest, len, 1, 1);
}

esp_err_t dsps_dotprode_f32_ansi(const float *src1, const float *src2, float *dest, int len, int step1, int step2) {
    float sum = 0;
    for (int i = 0; i < len; i++) {
        sum += src1[i * step1] * src2[i * step2];
    }
    *dest = sum;
    return ESP_OK;
}

esp_err_t dsps_dp_s8_ansi(const int8_t *src1, const int8_t *src2, int32_t *dest, int len) {
    int32_t sum = 0;
    for (int i = 0; i < len; i++) {
        sum += src1[i] * src2[i];
    }
    *dest = sum;
    return ESP_OK;
}

#define DSP_ELEMENTWISE(name, sign)                                                                                  \
    esp_err_t dsps_##name##_f32_ansi(const float *input1, const float *input2, float *output, int len, int step1,    \
                                     int step2, int step_out) {                                                      \
        return each(input1, input2, output, len, step1, step2, step_out, [](float a, float b) { return a sign b; }); \
    }                                                                                                                \
    esp_err_t dsps_##name##_s16_ansi(const int16_t *input1, const int16_t *input2, int16_t *output, int len,         \
                                     int step1, int step2, int step_out, int shift) {                                \
        return each(input1, input2, output, len, step1, step2, step_out, [shift](int16_t a, int16_t b) {             \
            return static_cast<int16_t>((static_cast<int32_t>(a) sign b) >> shift);                                  \
        });                                                                                                          \
    }                                                                                                                \
    esp_err_t dsps_##name##_s8_ansi(const int8_t *input1, const int8_t *input2, int8_t *output, int len, int step1,  \
                                    int step2, int step_out, int shift) {                                            \
        return each(input1, input2, output, len, step1, step2, step_out, [shift](int8_t a, int8_t b) {               \
            return static_cast<int8_t>((static_cast<int32_t>(a) sign b) >> shift);                                   \
        });                                                                                                          \
    }
DSP_ELEMENTWISE(add, +)
DSP_ELEMENTWISE(sub, -)
DSP_ELEMENTWISE(mul, *)

esp_err_t dsps_addc_f32_ansi(const float *input, float *output, int len, float C, int step_in, int step_out) {
    return each(input, output, len, step_in, step_out, [C](float x) { return x + C; });
}
esp_err_t dsps_mulc_f32_ansi(const float *input, float *output, int len, float C, int step_in, int step_out) {
    return each(input, output, len, step_in, step_out, [C](float x) { return x * C; });
}
esp_err_t dsps_mulc_s16_ansi(const int16_t *input, int16_t *output, int len, int16_t C, int step_in, int step_out) {
    if (!input || !output) {
        return ESP_ERR_DSP_PARAM_OUTOFRANGE;
    }
    for (int i = 0; i < len; i++) {
        output[i * step_out] = static_cast<int16_t>((static_cast<int32_t>(input[i * step_in]) * C) >> 15);
    }
    return ESP_OK;
}
esp_err_t dsps_sqrt_f32_ansi(const float *input, float *output, int len) {
    return each(input, output, len, 1, 1, [](float x) { return std::sqrt(x); });
}
float dsps_sqrtf_f32_ansi(const float data) {
    return std::sqrt(data);
}
float dsps_inverted_sqrtf_f32_ansi(float data) {
    return 1.f / std::sqrt(data);
}

esp_err_t dspm_mult_f32_ansi(const float *A, const float *B, float *C, int m, int n, int k) {
    return dspm_mult_ex_f32_ansi(A, B, C, m, n, k, 0, 0, 0);
}

esp_err_t dspm_mult_ex_f32_ansi(const float *A, const float *B, float *C, int m, int n, int k, int A_padd, int B_padd,
                                int C_padd) {
    if (!A || !B || !C) {
        return ESP_ERR_DSP_PARAM_OUTOFRANGE;
    }
    if (m <= 0 || n <= 0 || k <= 0 || A_padd < 0 || B_padd < 0 || C_padd < 0) {
        return ESP_ERR_DSP_INVALID_PARAM;
    }
    for (int row = 0; row < m; row++) {
        for (int column = 0; column < k; column++) {
            dsps_dotprode_f32_ansi(A + row * (n + A_padd), B + column, C + row * (k + C_padd) + column, n, 1,
                                   k + B_padd);
        }
    }
    return ESP_OK;
}

esp_err_t dspm_mult_s16_ansi(const int16_t *A, const int16_t *B, int16_t *C, int m, int n, int k, int shift) {
    for (int row = 0; row < m; row++) {
        for (int column = 0; column < k; column++) {
            int64_t sum = 0;
            for (int i = 0; i < n; i++) {
                sum += static_cast<int32_t>(A[row * n + i]) * B[i * k + column];
            }
            C[row * k + column] = narrowed(sum, shift);
        }
    }
    return ESP_OK;
}

esp_err_t dspm_add_f32_ansi(const float *input1, const float *input2, float *output, int rows, int cols, int padd1,
                            int padd2, int padd_out, int step1, int step2, int step_out) {
    return each_row(input1, input2, output, rows, cols, padd1, padd2, padd_out, step1, step2, step_out,
                    [](float a, float b) { return a + b; });
}
esp_err_t dspm_sub_f32_ansi(const float *input1, const float *input2, float *output, int rows, int cols, int padd1,
                            int padd2, int padd_out, int step1, int step2, int step_out) {
    return each_row(input1, input2, output, rows, cols, padd1, padd2, padd_out, step1, step2, step_out,
                    [](float a, float b) { return a - b; });
}
esp_err_t dspm_addc_f32_ansi(const float *input, float *output, float C, int rows, int cols, int padd_in, int padd_out,
                             int step_in, int step_out) {
    return each_row(input, input, output, rows, cols, padd_in, padd_in, padd_out, step_in, step_in, step_out,
                    [C](float a, float) { return a + C; });
}
esp_err_t dspm_mulc_f32_ansi(const float *input, float *output, float C, int rows, int cols, int padd_in, int padd_out,
                             int step_in, int step_out) {
    return each_row(input, input, output, rows, cols, padd_in, padd_in, padd_out, step_in, step_in, step_out,
                    [C](float a, float) { return a * C; });
}

void dsps_wind_hann_f32(float *window, int len) {
    cosine_window(window, len, {0.5, 0.5});
}
void dsps_wind_blackman_f32(float *window, int len) {
    cosine_window(window, len, {0.42, 0.5, 0.08});
}
void dsps_wind_blackman_harris_f32(float *window, int len) {
    cosine_window(window, len, {0.35875, 0.48829, 0.14128, 0.01168});
}
void dsps_wind_blackman_nuttall_f32(float *window, int len) {
    cosine_window(window, len, {0.3635819, 0.4891775, 0.1365995, 0.0106411});
}
void dsps_wind_nuttall_f32(float *window, int len) {
    cosine_window(window, len, {0.355768, 0.487396, 0.144232, 0.012604});
}
void dsps_wind_flat_top_f32(float *window, int len) {
    cosine_window(window, len, {0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368});
}

esp_err_t dsps_conv_f32_ansi(const float *Signal, const int siglen, const float *Kernel, const int kernlen,
                             float *convout) {
    if (!Signal || !Kernel || !convout) {
        return ESP_ERR_DSP_PARAM_OUTOFRANGE;
    }
    for (int n = 0; n < siglen + kernlen - 1; n++) {
        float sum = 0;
        for (int k = n < kernlen ? 0 : n - kernlen + 1; k <= n && k < siglen; k++) {
            sum += Signal[k] * Kernel[n - k];
        }
        convout[n] = sum;
    }
    return ESP_OK;
}

esp_err_t dsps_corr_f32_ansi(const float *Signal, const int siglen, const float *Pattern, const int patlen,
                             float *dest) {
    if (!Signal || !Pattern || !dest || siglen < patlen) {
        return ESP_ERR_DSP_PARAM_OUTOFRANGE;
    }
    for (int n = 0; n <= siglen - patlen; n++) {
        dsps_dotprod_f32_ansi(Signal + n, Pattern, dest + n, patlen);
    }
    return ESP_OK;
}

esp_err_t dsps_ccorr_f32_ansi(const float *Signal, const int siglen, const float *Pattern, const int patlen,
                              float *corrout) {
    if (!Signal || !Pattern || !corrout) {
        return ESP_ERR_DSP_PARAM_OUTOFRANGE;
    }
    for (int n = 0; n < siglen + patlen - 1; n++) {
        float sum = 0;
        for (int k = n < patlen ? 0 : n - patlen + 1; k <= n && k < siglen; k++) {
            sum += Signal[k] * Pattern[patlen - 1 - n + k];
        }
        corrout[n] = sum;
    }
    return ESP_OK;
}

esp_err_t dsps_fir_init_f32(fir_f32_t *fir, float *coeffs, float *delay, int coeffs_len) {
    return dsps_fird_init_f32(fir, coeffs, delay, coeffs_len, 1);
}

esp_err_t dsps_fird_init_f32(fir_f32_t *fir, float *coeffs, float *delay, int N, int decim) {
    if (!fir || !coeffs || !delay || N <= 0 || decim <= 0) {
        return ESP_ERR_DSP_PARAM_OUTOFRANGE;
    }
    *fir = {coeffs, delay, N, 0, decim};
    memset(delay, 0, sizeof(float) * N);
    return ESP_OK;
}

esp_err_t dsps_fir_f32_ansi(fir_f32_t *fir, const float *input, float *output, int len) {
    for (int i = 0; i < len; i++) {
        fir->delay[fir->pos] = input[i];
        float sum = 0;
        for (int k = 0, at = fir->pos; k < fir->N; k++) {
            sum += fir->coeffs[k] * fir->delay[at];
            at = at == 0 ? fir->N - 1 : at - 1;
        }
        fir->pos = fir->pos + 1 == fir->N ? 0 : fir->pos + 1;
        output[i] = sum;
    }
    return ESP_OK;
}

int dsps_fird_f32_ansi(fir_f32_t *fir, const float *input, float *output, int len) {
    for (int i = 0; i < len; i++) {
        for (int sample = 0; sample < fir->decim; sample++) {
            dsps_fir_f32_ansi(fir, input++, &output[i], 1);
        }
    }
    return len;
}

esp_err_t dsps_biquad_f32_ansi(const float *input, float *output, int len, float *coef, float *w) {
    for (int i = 0; i < len; i++) {
        const float d0 = input[i] - coef[3] * w[0] - coef[4] * w[1];
        output[i] = coef[0] * d0 + coef[1] * w[0] + coef[2] * w[1];
        w[1] = w[0];
        w[0] = d0;
    }
    return ESP_OK;
}

esp_err_t dsps_biquad_sf32_ansi(const float *input, float *output, int len, float *coef, float *w) {
    for (int i = 0; i < len; i++) {
        dsps_biquad_f32_ansi(input + 2 * i, output + 2 * i, 1, coef, w);
        dsps_biquad_f32_ansi(input + 2 * i + 1, output + 2 * i + 1, 1, coef, w + 2);
    }
    return ESP_OK;
}

esp_err_t dsps_biquad_gen_lpf_f32(float *coeffs, float f, float qFactor) {
    const Angle w(f, qFactor);
    const double b = 1 - w.cosine;
    return section(coeffs, b / 2, b, b / 2, 1 + w.alpha, -2 * w.cosine, 1 - w.alpha);
}
esp_err_t dsps_biquad_gen_hpf_f32(float *coeffs, float f, float qFactor) {
    const Angle w(f, qFactor);
    const double b = 1 + w.cosine;
    return section(coeffs, b / 2, -b, b / 2, 1 + w.alpha, -2 * w.cosine, 1 - w.alpha);
}
esp_err_t dsps_biquad_gen_bpf_f32(float *coeffs, float f, float qFactor) {
    const Angle w(f, qFactor);
    const double s = std::sin(2 * PI * f);
    return section(coeffs, s / 2, 0, -s / 2, 1 + w.alpha, -2 * w.cosine, 1 - w.alpha);
}
esp_err_t dsps_biquad_gen_bpf0db_f32(float *coeffs, float f, float qFactor) {
    const Angle w(f, qFactor);
    return section(coeffs, w.alpha, 0, -w.alpha, 1 + w.alpha, -2 * w.cosine, 1 - w.alpha);
}
esp_err_t dsps_biquad_gen_notch_f32(float *coeffs, float f, float gain, float qFactor) {
    const Angle w(f, qFactor);
    const double a = std::pow(10.0, gain / 20.0);
    return section(coeffs, 1 + w.alpha * a, -2 * w.cosine, 1 - w.alpha * a, 1 + w.alpha, -2 * w.cosine, 1 - w.alpha);
}
esp_err_t dsps_biquad_gen_allpass360_f32(float *coeffs, float f, float qFactor) {
    const Angle w(f, qFactor);
    return section(coeffs, 1 - w.alpha, -2 * w.cosine, 1 + w.alpha, 1 + w.alpha, -2 * w.cosine, 1 - w.alpha);
}
esp_err_t dsps_biquad_gen_lowShelf_f32(float *coeffs, float f, float gain, float qFactor) {
    const Angle w(f, qFactor);
    const double a = std::pow(10.0, gain / 40.0);
    const double c = w.cosine;
    const double beta = 2 * std::sqrt(a) * w.alpha;
    return section(coeffs, a * (a + 1 - (a - 1) * c + beta), 2 * a * (a - 1 - (a + 1) * c),
                   a * (a + 1 - (a - 1) * c - beta), a + 1 + (a - 1) * c + beta, -2 * (a - 1 + (a + 1) * c),
                   a + 1 + (a - 1) * c - beta);
}
esp_err_t dsps_biquad_gen_highShelf_f32(float *coeffs, float f, float gain, float qFactor) {
    const Angle w(f, qFactor);
    const double a = std::pow(10.0, gain / 40.0);
    const double c = w.cosine;
    const double beta = 2 * std::sqrt(a) * w.alpha;
    return section(coeffs, a * (a + 1 + (a - 1) * c + beta), -2 * a * (a - 1 + (a + 1) * c),
                   a * (a + 1 + (a - 1) * c - beta), a + 1 - (a - 1) * c + beta, 2 * (a - 1 - (a + 1) * c),
                   a + 1 - (a - 1) * c - beta);
}

esp_err_t dsps_tone_gen_f32(float *output, int len, float Ampl, float freq, float phase) {
    if (freq >= 1 || freq <= -1) {
        return ESP_ERR_DSP_INVALID_PARAM;
    }
    for (int i = 0; i < len; i++) {
        output[i] = static_cast<float>(Ampl * std::sin(2 * PI * freq * i + phase / 180 * PI));
    }
    return ESP_OK;
}
esp_err_t dsps_d_gen_f32(float *output, int len, int pos) {
    for (int i = 0; i < len; i++) {
        output[i] = i == pos ? 1.f : 0.f;
    }
    return ESP_OK;
}
esp_err_t dsps_h_gen_f32(float *output, int len, int pos) {
    for (int i = 0; i < len; i++) {
        output[i] = i >= pos ? 1.f : 0.f;
    }
    return ESP_OK;
}
}
