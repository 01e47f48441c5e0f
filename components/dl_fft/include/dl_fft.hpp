/**
 * @file dl_fft.hpp
 * Transforms without handles. The transforms of a length are made when they are first needed, and kept.
 */
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "dl_fft.h"
#include "dl_rfft.h"

namespace dl {

/**
 * A singleton, whose functions may be called from any task. Errors are those of dl_fft.h, and ESP_FAIL if a transform
 * cannot be made.
 */
class FFT {
public:
    static FFT *get_instance();

    /** Get or set the kind of memory for tables of transforms that are made from now on. */
    uint32_t get_caps() { return m_caps; }
    void set_caps(uint32_t caps) { m_caps = caps; }

    esp_err_t fft(float *data, int fft_length);
    esp_err_t ifft(float *data, int fft_length);
    esp_err_t rfft(float *data, int fft_length);
    esp_err_t irfft(float *data, int fft_length);

    /** @param out_exponent may be nullptr */
    esp_err_t fft(int16_t *data, int fft_length, int in_exponent = 0, int *out_exponent = nullptr);
    esp_err_t ifft(int16_t *data, int fft_length, int in_exponent = 0, int *out_exponent = nullptr);
    esp_err_t rfft(int16_t *data, int fft_length, int in_exponent = 0, int *out_exponent = nullptr);
    esp_err_t irfft(int16_t *data, int fft_length, int in_exponent = 0, int *out_exponent = nullptr);
    esp_err_t fft_hp(int16_t *data, int fft_length, int in_exponent = 0, int *out_exponent = nullptr);
    esp_err_t ifft_hp(int16_t *data, int fft_length, int in_exponent = 0, int *out_exponent = nullptr);
    esp_err_t rfft_hp(int16_t *data, int fft_length, int in_exponent = 0, int *out_exponent = nullptr);
    esp_err_t irfft_hp(int16_t *data, int fft_length, int in_exponent = 0, int *out_exponent = nullptr);

    /** Free all transforms. None may be running. */
    void clear();
    size_t get_handle_count();

private:
    FFT() = default;
    FFT(const FFT &) = delete;
    FFT &operator=(const FFT &) = delete;

    template <typename Handle>
    Handle *handle_of(std::map<int, Handle *> &handles, int fft_length, Handle *(*init)(int, uint32_t));
    template <typename Run>
    esp_err_t run_s16(std::map<int, dl_fft_s16_t *> &handles, dl_fft_s16_t *(*init)(int, uint32_t), Run run,
                      int16_t *data, int fft_length, int in_exponent, int *out_exponent);

    std::map<int, dl_fft_f32_t *> m_fft_f32;
    std::map<int, dl_fft_f32_t *> m_rfft_f32;
    std::map<int, dl_fft_s16_t *> m_fft_s16;
    std::map<int, dl_fft_s16_t *> m_rfft_s16;
    std::mutex m_mutex;
    uint32_t m_caps = MALLOC_CAP_8BIT;
};

}  // namespace dl
