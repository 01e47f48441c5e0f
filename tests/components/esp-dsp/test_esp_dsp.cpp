#include "esp_dsp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <vector>

#include "esp_heap_caps.h"

namespace {

using testing::ElementsAre;
using testing::FloatEq;
using Complex = std::complex<double>;
constexpr double PI = std::numbers::pi;

std::vector<float> noise(size_t n) {
    std::mt19937 random(n);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<float> x(n);
    for (float &value : x) {
        value = uniform(random);
    }
    return x;
}

std::vector<Complex> transform(const std::vector<Complex> &x) {
    const size_t n = x.size();
    std::vector<Complex> y(n);
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < n; i++) {
            y[k] += x[i] * std::polar(1.0, -2 * PI * double(k * i % n) / double(n));
        }
    }
    return y;
}

TEST(DotProduct, Sums) {
    const float a[] = {1, 2, 3, 4, 5, 6};
    const float b[] = {1, 1, 2, 2, 3, 3};
    float real = 0;
    EXPECT_EQ(dsps_dotprod_f32(a, b, &real, 6), ESP_OK);
    EXPECT_EQ(real, 1 + 2 + 6 + 8 + 15 + 18);
    dsps_dotprode_f32(a, b, &real, 3, 2, 1);
    EXPECT_EQ(real, 1 + 3 + 10);
    const int16_t x[] = {16384, 16384, -16384};
    const int16_t y[] = {16384, 8192, 16384};
    int16_t word = 0;
    EXPECT_EQ(dsps_dotprod_s16(x, y, &word, 3, 0), ESP_OK);
    EXPECT_EQ(word, 4096);
    dsps_dotprod_s16(x, y, &word, 3, 1);
    EXPECT_EQ(word, 8192);
    dsps_dotprod_s16(x, y, &word, 3, -2);
    EXPECT_EQ(word, 1024);
    const int8_t bytes[] = {-128, 127};
    int32_t sum = 0;
    dsps_dp_s8(bytes, bytes, &sum, 2);
    EXPECT_EQ(sum, 16384 + 16129);
}

TEST(Math, ElementByElement) {
    const float a[] = {1, 2, 3, 4};
    const float b[] = {5, 6, 7, 8};
    float out[4] = {};
    dsps_add_f32(a, b, out, 4, 1, 1, 1);
    EXPECT_THAT(out, ElementsAre(6, 8, 10, 12));
    dsps_sub_f32(a, b, out, 2, 2, 2, 2);
    EXPECT_THAT(out, ElementsAre(-4, 8, -4, 12));
    dsps_mul_f32(a, b, out, 4, 1, 1, 1);
    EXPECT_THAT(out, ElementsAre(5, 12, 21, 32));
    dsps_addc_f32(a, out, 4, 1, 1, 1);
    EXPECT_THAT(out, ElementsAre(2, 3, 4, 5));
    dsps_mulc_f32(a, out, 4, 2, 1, 1);
    EXPECT_THAT(out, ElementsAre(2, 4, 6, 8));
    dsps_sqrt_f32(a, out, 4);
    EXPECT_FLOAT_EQ(out[3], 2);
    EXPECT_EQ(dsps_add_f32(nullptr, b, out, 4, 1, 1, 1), ESP_ERR_DSP_PARAM_OUTOFRANGE);
    const int16_t x[] = {100, -3, 32767};
    int16_t y[3];
    dsps_add_s16(x, x, y, 3, 1, 1, 1, 1);
    EXPECT_THAT(y, ElementsAre(100, -3, 32767));
    dsps_mul_s16(x, x, y, 3, 1, 1, 1, 2);
    EXPECT_THAT(y, ElementsAre(2500, 2, (int16_t)(32767 * 32767 >> 2)));
    dsps_mulc_s16(x, y, 3, 16384, 1, 1);
    EXPECT_THAT(y, ElementsAre(50, -2, 16383));
    EXPECT_TRUE(dsp_is_power_of_two(64) && !dsp_is_power_of_two(0) && !dsp_is_power_of_two(3));
    EXPECT_EQ(dsp_power_of_two(1024), 10);
}

TEST(Matrices, Products) {
    const float a[] = {1, 2, 3, 4, 5, 6};  // 2 x 3
    const float b[] = {1, 0, 0, 1, 2, 2};  // 3 x 2
    float c[4] = {};
    EXPECT_EQ(dspm_mult_f32(a, b, c, 2, 3, 2), ESP_OK);
    EXPECT_THAT(c, ElementsAre(7, 8, 16, 17));
    float wide[6] = {};
    EXPECT_EQ(dspm_mult_ex_f32(a, b, wide, 2, 2, 2, 1, 0, 1), ESP_OK);
    EXPECT_THAT(wide, ElementsAre(1, 2, 0, 4, 5, 0));
    EXPECT_EQ(dspm_mult_f32(a, b, c, 0, 3, 2), ESP_ERR_DSP_INVALID_PARAM);
    const int16_t one[] = {16384, 0, 0, 16384};
    const int16_t two[] = {100, 200, 300, 400};
    int16_t out[4];
    EXPECT_EQ(dspm_mult_s16(one, two, out, 2, 2, 2, 1), ESP_OK);
    EXPECT_THAT(out, ElementsAre(100, 200, 300, 400));
    float sums[4];
    EXPECT_EQ(dspm_add_f32(a, a, sums, 2, 2, 1, 1, 0, 1, 1, 1), ESP_OK);
    EXPECT_THAT(sums, ElementsAre(2, 4, 8, 10));
    EXPECT_EQ(dspm_mulc_f32(a, sums, 3, 2, 2, 1, 0, 1, 1), ESP_OK);
    EXPECT_THAT(sums, ElementsAre(3, 6, 12, 15));
}

class Fft : public testing::Test {
protected:
    void TearDown() override {
        dsps_fft2r_deinit_fc32();
        dsps_fft2r_deinit_sc16();
        dsps_fft4r_deinit_fc32();
        EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_DEFAULT), m_before);
    }
    size_t m_before = heap_caps_get_free_size(MALLOC_CAP_DEFAULT);
};

TEST_F(Fft, Complex) {
    ASSERT_EQ(dsps_fft2r_init_fc32(nullptr, 1024), ESP_OK);
    ASSERT_EQ(dsps_fft4r_init_fc32(nullptr, 1024), ESP_OK);
    for (int n = 1; n <= 1024; n *= 2) {
        std::vector<float> data = noise(2 * n);
        std::vector<::Complex> x;
        for (int i = 0; i < n; i++) {
            x.emplace_back(data[2 * i], data[2 * i + 1]);
        }
        const std::vector<::Complex> y = transform(x);
        std::vector<float> other = data;
        ASSERT_EQ(dsps_fft2r_fc32(data.data(), n), ESP_OK);
        ASSERT_EQ(dsps_bit_rev_fc32(data.data(), n), ESP_OK);
        for (int k = 0; k < n; k++) {
            EXPECT_NEAR(data[2 * k], y[k].real(), 1e-4) << n << " " << k;
            EXPECT_NEAR(data[2 * k + 1], y[k].imag(), 1e-4) << n << " " << k;
        }
        if (dsp_power_of_two(n) % 2 == 0) {
            ASSERT_EQ(dsps_fft4r_fc32(other.data(), n), ESP_OK);
            ASSERT_EQ(dsps_bit_rev4r_fc32(other.data(), n), ESP_OK);
            EXPECT_EQ(other, data);
        } else {
            EXPECT_EQ(dsps_fft4r_fc32(other.data(), n), ESP_ERR_DSP_INVALID_LENGTH);
        }
    }
    std::vector<float> data(4096 * 2);
    EXPECT_EQ(dsps_fft2r_fc32(data.data(), 2048), ESP_ERR_DSP_INVALID_LENGTH) << "beyond the table";
    EXPECT_EQ(dsps_fft2r_fc32(data.data(), 12), ESP_ERR_DSP_INVALID_LENGTH);
}

TEST_F(Fft, RealSignals) {
    const int n = 64;  // pairs
    ASSERT_EQ(dsps_fft2r_init_fc32(nullptr, n), ESP_OK);
    std::vector<float> data = noise(2 * n);
    const std::vector<::Complex> y = transform({data.begin(), data.end()});
    std::vector<::Complex> first, second;
    for (int i = 0; i < n; i++) {
        first.emplace_back(data[2 * i]);
        second.emplace_back(data[2 * i + 1]);
    }
    dsps_fft2r_fc32(data.data(), n);
    dsps_bit_rev_fc32(data.data(), n);
    std::vector<float> two = data;
    ASSERT_EQ(dsps_cplx2real_fc32(data.data(), n), ESP_OK);
    EXPECT_NEAR(data[0], y[0].real(), 1e-4);
    EXPECT_NEAR(data[1], y[n].real(), 1e-4);
    for (int k = 1; k < n; k++) {
        EXPECT_NEAR(data[2 * k], y[k].real(), 1e-4) << k;
        EXPECT_NEAR(data[2 * k + 1], y[k].imag(), 1e-4) << k;
    }
    ASSERT_EQ(dsps_cplx2reC_fc32(two.data(), n), ESP_OK);
    const std::vector<::Complex> a = transform(first);
    const std::vector<::Complex> b = transform(second);
    for (int k = 0; k < n / 2; k++) {
        EXPECT_NEAR(two[2 * k], a[k].real(), 1e-4) << k;
        EXPECT_NEAR(two[2 * k + 1], a[k].imag(), 1e-4) << k;
        EXPECT_NEAR(two[n + 2 * k], b[k].real(), 1e-4) << k;
        EXPECT_NEAR(two[n + 2 * k + 1], b[k].imag(), 1e-4) << k;
    }
}

TEST_F(Fft, Int16) {
    const int n = 256;
    std::vector<int16_t> table(n);
    ASSERT_EQ(dsps_fft2r_init_sc16(table.data(), n), ESP_OK) << "in the caller's memory";
    std::vector<int16_t> data;
    std::vector<::Complex> x;
    for (const float value : noise(2 * n)) {
        data.push_back((int16_t)std::lround(value * 32767));
    }
    for (int i = 0; i < n; i++) {
        x.emplace_back(data[2 * i], data[2 * i + 1]);
    }
    ASSERT_EQ(dsps_fft2r_sc16(data.data(), n), ESP_OK);
    ASSERT_EQ(dsps_bit_rev_sc16(data.data(), n), ESP_OK);
    const std::vector<::Complex> y = transform(x);
    for (int k = 0; k < n; k++) {
        EXPECT_NEAR(data[2 * k], y[k].real() / n, 4) << k;
        EXPECT_NEAR(data[2 * k + 1], y[k].imag() / n, 4) << k;
    }
}

TEST_F(Fft, Refusals) {
    float data[8] = {};
    EXPECT_EQ(dsps_fft2r_fc32(data, 4), ESP_ERR_DSP_UNINITIALIZED);
    EXPECT_EQ(dsps_fft2r_init_fc32(nullptr, 8192), ESP_ERR_DSP_PARAM_OUTOFRANGE);
    EXPECT_EQ(dsps_fft2r_init_fc32(nullptr, 12), ESP_ERR_DSP_INVALID_LENGTH);
    EXPECT_EQ(dsps_fft2r_init_fc32(nullptr, 0), ESP_ERR_DSP_INVALID_LENGTH);
    EXPECT_EQ(dsps_bit_rev_fc32(data, 3), ESP_ERR_DSP_INVALID_LENGTH);
}

TEST(Windows, EndsAndMiddle) {
    float w[5];
    dsps_wind_hann_f32(w, 5);
    EXPECT_NEAR(w[0], 0, 1e-7);
    EXPECT_NEAR(w[1], 0.5, 1e-7);
    EXPECT_NEAR(w[2], 1, 1e-7);
    EXPECT_NEAR(w[4], 0, 1e-7);
    using Window = void (*)(float *, int);
    for (const Window window : {dsps_wind_blackman_f32, dsps_wind_blackman_harris_f32, dsps_wind_blackman_nuttall_f32,
                                dsps_wind_nuttall_f32, dsps_wind_flat_top_f32}) {
        window(w, 5);
        EXPECT_NEAR(w[2], 1, 1e-6);
        EXPECT_NEAR(w[0], 0, 1e-3);
        EXPECT_EQ(w[1], w[3]);
    }
}

TEST(Filters, Fir) {
    float coeffs[] = {0.5f, 0.25f, -1};
    float delay[3];
    fir_f32_t fir;
    ASSERT_EQ(dsps_fir_init_f32(&fir, coeffs, delay, 3), ESP_OK);
    const float x[] = {1, 0, 0, 2, 0, 0};
    float y[6];
    dsps_fir_f32(&fir, x, y, 3);
    dsps_fir_f32(&fir, x + 3, y + 3, 3);
    EXPECT_THAT(y, ElementsAre(0.5f, 0.25f, -1, 1, 0.5f, -2));
    ASSERT_EQ(dsps_fird_init_f32(&fir, coeffs, delay, 3, 2), ESP_OK);
    EXPECT_EQ(dsps_fird_f32(&fir, x, y, 3), 3);
    EXPECT_THAT(std::vector<float>(y, y + 3), ElementsAre(0.25f, 1, -2));
    EXPECT_EQ(dsps_fir_init_f32(&fir, nullptr, delay, 3), ESP_ERR_DSP_PARAM_OUTOFRANGE);
}

/** Magnitude of a biquad's response at a frequency. */
double response(const float *c, double f) {
    const ::Complex z = std::polar(1.0, -2 * PI * f);
    return std::abs((double(c[0]) + double(c[1]) * z + double(c[2]) * z * z) /
                    (1.0 + double(c[3]) * z + double(c[4]) * z * z));
}

TEST(Filters, Biquad) {
    float c[5];
    dsps_biquad_gen_lpf_f32(c, 0.1f, 0.7071068f);
    EXPECT_NEAR(response(c, 0), 1, 1e-5);
    EXPECT_NEAR(response(c, 0.1), std::sqrt(0.5), 1e-5);
    EXPECT_NEAR(response(c, 0.5), 0, 1e-5);
    dsps_biquad_gen_hpf_f32(c, 0.1f, 0.7071068f);
    EXPECT_NEAR(response(c, 0), 0, 1e-5);
    EXPECT_NEAR(response(c, 0.5), 1, 1e-5);
    dsps_biquad_gen_bpf0db_f32(c, 0.2f, 2);
    EXPECT_NEAR(response(c, 0.2), 1, 1e-5);
    dsps_biquad_gen_bpf_f32(c, 0.2f, 2);
    EXPECT_NEAR(response(c, 0.2), 2, 1e-5);
    dsps_biquad_gen_notch_f32(c, 0.2f, -40, 2);
    EXPECT_NEAR(response(c, 0.2), 0.01, 1e-4);
    dsps_biquad_gen_allpass360_f32(c, 0.2f, 2);
    EXPECT_NEAR(response(c, 0.13), 1, 1e-5);
    dsps_biquad_gen_lowShelf_f32(c, 0.1f, 6, 0.7f);
    EXPECT_NEAR(20 * std::log10(response(c, 0)), 6, 1e-3);
    EXPECT_NEAR(response(c, 0.5), 1, 1e-5);
    dsps_biquad_gen_highShelf_f32(c, 0.1f, 6, 0.7f);
    EXPECT_NEAR(20 * std::log10(response(c, 0.5)), 6, 1e-3);
    float w[2] = {}, w2[4] = {};
    const float x[] = {1, 0, 0};
    const float stereo[] = {1, 2, 0, 0, 0, 0};
    float y[3], both[6];
    dsps_biquad_f32(x, y, 3, c, w);
    EXPECT_FLOAT_EQ(y[0], c[0]);
    EXPECT_FLOAT_EQ(y[1], c[1] - c[0] * c[3]);
    dsps_biquad_sf32(stereo, both, 3, c, w2);
    EXPECT_FLOAT_EQ(both[2], y[1]);
    EXPECT_FLOAT_EQ(both[3], 2 * y[1]);
}

TEST(Convolution, Definitions) {
    const float x[] = {1, 2, 3, 4};
    const float h[] = {1, -1};
    float y[5];
    dsps_conv_f32(x, 4, h, 2, y);
    EXPECT_THAT(y, ElementsAre(1, 1, 1, 1, -4));
    float z[3];
    dsps_corr_f32(x, 4, h, 2, z);
    EXPECT_THAT(z, ElementsAre(-1, -1, -1));
    dsps_ccorr_f32(x, 4, h, 2, y);
    EXPECT_THAT(y, ElementsAre(-1, -1, -1, -1, 4));
    EXPECT_EQ(dsps_corr_f32(x, 1, h, 2, z), ESP_ERR_DSP_PARAM_OUTOFRANGE);
}

TEST(Signals, Generated) {
    float x[4];
    EXPECT_EQ(dsps_tone_gen_f32(x, 4, 2, 0.25f, 0), ESP_OK);
    EXPECT_NEAR(x[1], 2, 1e-6);
    EXPECT_NEAR(x[2], 0, 1e-6);
    EXPECT_EQ(dsps_tone_gen_f32(x, 4, 2, 1, 0), ESP_ERR_DSP_INVALID_PARAM);
    dsps_d_gen_f32(x, 4, 2);
    EXPECT_THAT(x, ElementsAre(0, 0, 1, 0));
    dsps_h_gen_f32(x, 4, 2);
    EXPECT_THAT(x, ElementsAre(0, 0, 1, 1));
}

}  // namespace
