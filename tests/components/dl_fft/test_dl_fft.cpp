#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <thread>
#include <vector>

#include "board/board.hpp"
#include "dl_fft.hpp"

namespace {

using Complex = std::complex<double>;

// Powers of two, other even ones, odd ones, primes.
const std::vector<int> LENGTHS = {1, 2, 3, 4, 5, 6, 8, 12, 15, 16, 31, 64, 100, 127, 128, 400, 512, 1000, 1021};

std::vector<Complex> definition(const std::vector<Complex> &x, bool inverse) {
    const size_t n = x.size();
    std::vector<Complex> y(n);
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < n; i++) {
            y[k] += x[i] * std::polar(1.0, (inverse ? 2 : -2) * std::numbers::pi * double(k * i % n) / double(n));
        }
        y[k] /= inverse ? double(n) : 1.0;
    }
    return y;
}

std::vector<double> noise(size_t n, uint32_t seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<double> x(n);
    for (double &value : x) {
        value = uniform(random);
    }
    return x;
}

double decibels(const std::vector<double> &truth, const std::vector<double> &x) {
    double signal = 0, error = 1e-30;
    for (size_t i = 0; i < truth.size(); i++) {
        signal += truth[i] * truth[i];
        error += (truth[i] - x[i]) * (truth[i] - x[i]);
    }
    return 10 * std::log10(signal / error);
}

/** The half of the spectrum as dl_rfft.h lays it out. */
std::vector<double> half_of(const std::vector<Complex> &y) {
    const size_t n = y.size();
    std::vector<double> half = {y[0].real()};
    if (n % 2 == 0) {
        half.push_back(y[n / 2].real());
    }
    for (size_t k = 1; k < (n + 1) / 2; k++) {
        half.push_back(y[k].real());
        half.push_back(y[k].imag());
    }
    return half;
}

TEST(DlFft, ComplexFloat) {
    for (const int n : LENGTHS) {
        const std::vector<double> x = noise(2 * n, n);
        std::vector<Complex> pairs;
        std::vector<float> data(x.begin(), x.end());
        for (int i = 0; i < n; i++) {
            pairs.emplace_back(data[2 * i], data[2 * i + 1]);
        }
        dl_fft_f32_t *fft = dl_fft_f32_init(n, MALLOC_CAP_8BIT);
        ASSERT_NE(fft, nullptr) << n;
        for (const bool inverse : {false, true}) {
            std::vector<float> y = data;
            ASSERT_EQ((inverse ? dl_ifft_f32_run : dl_fft_f32_run)(fft, y.data()), ESP_OK);
            std::vector<double> truth;
            for (const Complex &value : definition(pairs, inverse)) {
                truth.push_back(value.real());
                truth.push_back(value.imag());
            }
            EXPECT_GT(decibels(truth, {y.begin(), y.end()}), 140) << n << " " << inverse;
        }
        dl_fft_f32_deinit(fft);
    }
}

TEST(DlFft, RealFloat) {
    for (const int n : LENGTHS) {
        const std::vector<double> x = noise(n, n);
        std::vector<float> data(x.begin(), x.end());
        const std::vector<double> truth = half_of(definition({data.begin(), data.end()}, false));
        dl_fft_f32_t *fft = dl_rfft_f32_init(n, MALLOC_CAP_8BIT);
        ASSERT_NE(fft, nullptr) << n;
        std::vector<float> y = data;
        ASSERT_EQ(dl_rfft_f32_run(fft, y.data()), ESP_OK);
        EXPECT_GT(decibels(truth, {y.begin(), y.end()}), 140) << n;
        ASSERT_EQ(dl_irfft_f32_run(fft, y.data()), ESP_OK);
        EXPECT_GT(decibels({data.begin(), data.end()}, {y.begin(), y.end()}), 130) << n;
        dl_rfft_f32_deinit(fft);
    }
}

/** Of int16: exponents, error against the definition, and the way back. */
void check_s16(int n, bool real, bool precise, double amplitude, double least_db) {
    SCOPED_TRACE(testing::Message() << n << (real ? " real" : " complex") << (precise ? " hp " : " ") << amplitude);
    const size_t size = real ? n : 2 * n;
    std::vector<int16_t> data;
    for (const double value : noise(size, n)) {
        data.push_back((int16_t)std::lround(value * amplitude));
    }
    std::vector<Complex> x;
    for (int i = 0; i < n; i++) {
        x.emplace_back(real ? Complex(data[i]) : Complex(data[2 * i], data[2 * i + 1]));
    }
    const std::vector<Complex> spectrum = definition(x, false);
    std::vector<double> truth = half_of(spectrum);
    if (!real) {
        truth.clear();
        for (const Complex &value : spectrum) {
            truth.push_back(value.real());
            truth.push_back(value.imag());
        }
    }
    dl_fft_s16_t *fft = (real ? dl_rfft_s16_init : dl_fft_s16_init)(n, MALLOC_CAP_8BIT);
    ASSERT_NE(fft, nullptr);
    std::vector<int16_t> y = data;
    int exponent = 99;
    const auto forward =
        real ? (precise ? dl_rfft_s16_hp_run : dl_rfft_s16_run) : (precise ? dl_fft_s16_hp_run : dl_fft_s16_run);
    const auto inverse =
        real ? (precise ? dl_irfft_s16_hp_run : dl_irfft_s16_run) : (precise ? dl_ifft_s16_hp_run : dl_ifft_s16_run);
    ASSERT_EQ(forward(fft, y.data(), -15, &exponent), ESP_OK);
    const int steps = (int)std::ceil(std::log2(n));
    if (precise) {
        EXPECT_GE(exponent, -15);
        EXPECT_LE(exponent, -15 + steps + 1);
    } else {
        EXPECT_EQ(exponent, -15 + steps);
    }
    std::vector<double> values;
    for (const int16_t value : y) {
        values.push_back(std::ldexp(value, exponent + 15));
    }
    EXPECT_GT(decibels(truth, values), least_db);
    int back = 99;
    ASSERT_EQ(inverse(fft, y.data(), exponent, &back), ESP_OK);
    if (!precise) {
        EXPECT_EQ(back, exponent);
    }
    values.clear();
    for (const int16_t value : y) {
        values.push_back(std::ldexp(value, back + 15));
    }
    EXPECT_GT(decibels({data.begin(), data.end()}, values), precise ? least_db - 6 : 10);
    (real ? dl_rfft_s16_deinit : dl_fft_s16_deinit)(fft);
}

TEST(DlFft, Int16) {
    for (const int n : {2, 3, 8, 15, 64, 128, 500, 512, 1024}) {
        for (const bool real : {false, true}) {
            check_s16(n, real, true, 32767, 70);
            check_s16(n, real, true, 100, 40);
            check_s16(n, real, false, 20000, 45);
        }
    }
}

TEST(DlFft, Int16DoesNotWrapAround) {
    // All at the limit: the constant part has n times that.
    std::vector<int16_t> data(128, -32768);
    dl_fft_s16_t *fft = dl_fft_s16_init(64, MALLOC_CAP_8BIT);
    int exponent;
    ASSERT_EQ(dl_fft_s16_run(fft, data.data(), 0, &exponent), ESP_OK);
    EXPECT_EQ(data[0], -32768);
    EXPECT_EQ(exponent, 6);
    data.assign(128, -32768);
    ASSERT_EQ(dl_fft_s16_hp_run(fft, data.data(), 0, &exponent), ESP_OK);
    EXPECT_EQ(std::ldexp(data[0], exponent), -32768.0 * 64);
    data.assign(128, 0);
    ASSERT_EQ(dl_fft_s16_hp_run(fft, data.data(), 3, &exponent), ESP_OK);
    EXPECT_EQ(exponent, 3);
    dl_fft_s16_deinit(fft);
}

TEST(DlFft, WhatCannotBeIsRefused) {
    for (const int n : {0, -1, -128, (1 << 20) + 1, INT32_MAX, INT32_MIN}) {
        EXPECT_EQ(dl_fft_f32_init(n, MALLOC_CAP_8BIT), nullptr);
        EXPECT_EQ(dl_rfft_s16_init(n, MALLOC_CAP_8BIT), nullptr);
    }
    float data[16] = {};
    int16_t words[16] = {};
    int exponent;
    dl_fft_f32_t *complex_fft = dl_fft_f32_init(8, MALLOC_CAP_8BIT);
    dl_fft_s16_t *real_fft = dl_rfft_s16_init(8, MALLOC_CAP_8BIT);
    EXPECT_EQ(dl_fft_f32_run(nullptr, data), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(dl_fft_f32_run(complex_fft, nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(dl_rfft_f32_run(complex_fft, data), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(dl_fft_s16_run(real_fft, words, 0, &exponent), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(dl_rfft_s16_run(real_fft, words, 0, nullptr), ESP_ERR_INVALID_ARG);
    dl_fft_f32_deinit(complex_fft);
    dl_rfft_s16_deinit(real_fft);
    dl_fft_f32_deinit(nullptr);
}

TEST(DlFft, MemoryIsTheBoards) {
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_8BIT);
    dl_fft_f32_t *fft = dl_fft_f32_init(1024, MALLOC_CAP_8BIT);
    EXPECT_LE(heap_caps_get_free_size(MALLOC_CAP_8BIT), before - 4096);
    dl_fft_f32_deinit(fft);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_8BIT), before);
    EXPECT_EQ(dl_fft_f32_init(1024, MALLOC_CAP_RTCRAM | MALLOC_CAP_SPIRAM), nullptr);
    for (int n = 1; n <= 3; n++) {
        hal::board().faults().arm("alloc=" + std::to_string(n));
        EXPECT_EQ(dl_rfft_f32_init(64, MALLOC_CAP_8BIT), nullptr) << n;
        hal::board().faults().clear();
        EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_8BIT), before) << n;
    }
}

TEST(DlFft, TheClassKeepsTransforms) {
    dl::FFT *fft = dl::FFT::get_instance();
    EXPECT_EQ(fft, dl::FFT::get_instance());
    fft->clear();
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_8BIT);
    std::vector<float> x(256, 1.f);
    std::vector<int16_t> words(256, 100);
    int exponent = 0;
    EXPECT_EQ(fft->fft(x.data(), 128), ESP_OK);
    EXPECT_EQ(fft->ifft(x.data(), 128), ESP_OK);
    EXPECT_EQ(fft->get_handle_count(), 1u);
    EXPECT_EQ(fft->rfft(x.data(), 128), ESP_OK);
    EXPECT_EQ(fft->irfft(x.data(), 64), ESP_OK);
    EXPECT_EQ(fft->fft(words.data(), 128, -15), ESP_OK);
    EXPECT_EQ(fft->ifft_hp(words.data(), 128, -15, &exponent), ESP_OK);
    EXPECT_EQ(fft->rfft_hp(words.data(), 128, -15, &exponent), ESP_OK);
    EXPECT_EQ(fft->irfft(words.data(), 128, -15, &exponent), ESP_OK);
    EXPECT_EQ(fft->get_handle_count(), 5u);
    EXPECT_EQ(fft->fft(x.data(), 0), ESP_FAIL);
    fft->clear();
    EXPECT_EQ(fft->get_handle_count(), 0u);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_8BIT), before);
}

TEST(DlFft, TasksShareTheClass) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++) {
        threads.emplace_back([] {
            for (int round = 0; round < 20; round++) {
                std::vector<float> x(30, 1.f);
                EXPECT_EQ(dl::FFT::get_instance()->fft(x.data(), 14 + round % 2), ESP_OK);
                EXPECT_FLOAT_EQ(x[0], 14.f + round % 2);
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    dl::FFT::get_instance()->clear();
}

TEST(DlFftBase, Numbers) {
    EXPECT_TRUE(dl_is_power_of_two(1) && dl_is_power_of_two(1024));
    EXPECT_FALSE(dl_is_power_of_two(0) || dl_is_power_of_two(-2) || dl_is_power_of_two(12));
    EXPECT_EQ(dl_power_of_two(1024), 10);
    EXPECT_EQ(dl_power_of_two(1023), 9);
    const int16_t words[] = {3, -300, 7};
    EXPECT_EQ(dl_reduce_abs_max_ansi(words, 3), 300);
    EXPECT_EQ(dl_array_max_q_s16(words, 3), 9);
    EXPECT_EQ(dl_array_max_q_s16(words, 0), 0);
    const int16_t least[] = {-32768};
    EXPECT_EQ(dl_reduce_abs_max_ansi(least, 1), 32767);
    EXPECT_EQ(dl_array_max_q_s16(least, 1), 15);
    float reals[3];
    EXPECT_EQ(dl_short_to_float(words, 3, -2, reals), reals);
    EXPECT_THAT(reals, testing::ElementsAre(0.75f, -75.f, 1.75f));
    const float values[] = {1.5f, -1.5f, 1e9f, -1e9f, NAN, 0.2f};
    int16_t rounded[6];
    EXPECT_EQ(dl_float_to_short(values, 6, rounded, 0), 0);
    EXPECT_THAT(rounded, testing::ElementsAre(2, -2, 32767, -32768, 0, 0));
}

}  // namespace
