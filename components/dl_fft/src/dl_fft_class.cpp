#include "dl_fft.hpp"

namespace dl {

FFT *FFT::get_instance() {
    static FFT instance;
    return &instance;
}

template <typename Handle>
Handle *FFT::handle_of(std::map<int, Handle *> &handles, int fft_length, Handle *(*init)(int, uint32_t)) {
    std::lock_guard<std::mutex> guard(m_mutex);
    const auto found = handles.find(fft_length);
    if (found != handles.end()) {
        return found->second;
    }
    Handle *handle = init(fft_length, m_caps);
    if (handle) {
        handles[fft_length] = handle;
    }
    return handle;
}

esp_err_t FFT::fft(float *data, int fft_length) {
    dl_fft_f32_t *handle = handle_of(m_fft_f32, fft_length, dl_fft_f32_init);
    return handle ? dl_fft_f32_run(handle, data) : ESP_FAIL;
}

esp_err_t FFT::ifft(float *data, int fft_length) {
    dl_fft_f32_t *handle = handle_of(m_fft_f32, fft_length, dl_fft_f32_init);
    return handle ? dl_ifft_f32_run(handle, data) : ESP_FAIL;
}

esp_err_t FFT::rfft(float *data, int fft_length) {
    dl_fft_f32_t *handle = handle_of(m_rfft_f32, fft_length, dl_rfft_f32_init);
    return handle ? dl_rfft_f32_run(handle, data) : ESP_FAIL;
}

esp_err_t FFT::irfft(float *data, int fft_length) {
    dl_fft_f32_t *handle = handle_of(m_rfft_f32, fft_length, dl_rfft_f32_init);
    return handle ? dl_irfft_f32_run(handle, data) : ESP_FAIL;
}

template <typename Run>
esp_err_t FFT::run_s16(std::map<int, dl_fft_s16_t *> &handles, dl_fft_s16_t *(*init)(int, uint32_t), Run run,
                       int16_t *data, int fft_length, int in_exponent, int *out_exponent) {
    dl_fft_s16_t *handle = handle_of(handles, fft_length, init);
    int unused = 0;
    return handle ? run(handle, data, in_exponent, out_exponent ? out_exponent : &unused) : ESP_FAIL;
}

esp_err_t FFT::fft(int16_t *data, int fft_length, int in_exponent, int *out_exponent) {
    return run_s16(m_fft_s16, dl_fft_s16_init, dl_fft_s16_run, data, fft_length, in_exponent, out_exponent);
}
esp_err_t FFT::ifft(int16_t *data, int fft_length, int in_exponent, int *out_exponent) {
    return run_s16(m_fft_s16, dl_fft_s16_init, dl_ifft_s16_run, data, fft_length, in_exponent, out_exponent);
}
esp_err_t FFT::rfft(int16_t *data, int fft_length, int in_exponent, int *out_exponent) {
    return run_s16(m_rfft_s16, dl_rfft_s16_init, dl_rfft_s16_run, data, fft_length, in_exponent, out_exponent);
}
esp_err_t FFT::irfft(int16_t *data, int fft_length, int in_exponent, int *out_exponent) {
    return run_s16(m_rfft_s16, dl_rfft_s16_init, dl_irfft_s16_run, data, fft_length, in_exponent, out_exponent);
}
esp_err_t FFT::fft_hp(int16_t *data, int fft_length, int in_exponent, int *out_exponent) {
    return run_s16(m_fft_s16, dl_fft_s16_init, dl_fft_s16_hp_run, data, fft_length, in_exponent, out_exponent);
}
esp_err_t FFT::ifft_hp(int16_t *data, int fft_length, int in_exponent, int *out_exponent) {
    return run_s16(m_fft_s16, dl_fft_s16_init, dl_ifft_s16_hp_run, data, fft_length, in_exponent, out_exponent);
}
esp_err_t FFT::rfft_hp(int16_t *data, int fft_length, int in_exponent, int *out_exponent) {
    return run_s16(m_rfft_s16, dl_rfft_s16_init, dl_rfft_s16_hp_run, data, fft_length, in_exponent, out_exponent);
}
esp_err_t FFT::irfft_hp(int16_t *data, int fft_length, int in_exponent, int *out_exponent) {
    return run_s16(m_rfft_s16, dl_rfft_s16_init, dl_irfft_s16_hp_run, data, fft_length, in_exponent, out_exponent);
}

void FFT::clear() {
    std::lock_guard<std::mutex> guard(m_mutex);
    for (const auto &[length, handle] : m_fft_f32) {
        dl_fft_f32_deinit(handle);
    }
    for (const auto &[length, handle] : m_rfft_f32) {
        dl_rfft_f32_deinit(handle);
    }
    for (const auto &[length, handle] : m_fft_s16) {
        dl_fft_s16_deinit(handle);
    }
    for (const auto &[length, handle] : m_rfft_s16) {
        dl_rfft_s16_deinit(handle);
    }
    m_fft_f32.clear();
    m_rfft_f32.clear();
    m_fft_s16.clear();
    m_rfft_s16.clear();
}

size_t FFT::get_handle_count() {
    std::lock_guard<std::mutex> guard(m_mutex);
    return m_fft_f32.size() + m_rfft_f32.size() + m_fft_s16.size() + m_rfft_s16.size();
}

}  // namespace dl
