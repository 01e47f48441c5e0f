#include "dl_audio_common.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "esp_log.h"

static const char *TAG = "dl_audio_common";

namespace dl {
namespace audio {

namespace {

constexpr double PI = 3.14159265358979323846;

struct WindowName {
    WinType type;
    const char *name;
};
constexpr WindowName WINDOW_NAMES[] = {
    {WinType::HANNING, "hanning"},         {WinType::HANN, "hann"},   {WinType::SINE, "sine"},
    {WinType::HAMMING, "hamming"},         {WinType::POVEY, "povey"}, {WinType::BLACKMAN, "blackman"},
    {WinType::RECTANGULAR, "rectangular"},
};

float window_value(WinType type, double turn, double blackman) {
    switch (type) {
        case WinType::HANNING:
        case WinType::HANN:
            return static_cast<float>(0.5 - 0.5 * std::cos(turn));
        case WinType::SINE:
            return static_cast<float>(std::sin(0.5 * turn));
        case WinType::HAMMING:
            return static_cast<float>(0.54 - 0.46 * std::cos(turn));
        case WinType::POVEY:
            return static_cast<float>(std::pow(0.5 - 0.5 * std::cos(turn), 0.85));
        case WinType::BLACKMAN:
            return static_cast<float>(blackman - 0.5 * std::cos(turn) + (0.5 - blackman) * std::cos(2 * turn));
        default:
            return 1.f;
    }
}

}  // namespace

float *win_func_init(WinType win_type, int win_len, uint32_t caps, float blackman_coeff) {
    if (win_len <= 0 || win_type == WinType::NONE) {
        return nullptr;
    }
    float *window = static_cast<float *>(heap_caps_malloc(sizeof(float) * win_len, caps));
    if (!window) {
        return nullptr;
    }
    const double step = 2 * PI / (win_type == WinType::HANN ? win_len : std::max(win_len - 1, 1));
    for (int i = 0; i < win_len; i++) {
        window[i] = window_value(win_type, step * i, blackman_coeff);
    }
    return window;
}

WinType win_type_from_string(const char *str) {
    for (const WindowName &window : WINDOW_NAMES) {
        if (str && std::strcmp(str, window.name) == 0) {
            return window.type;
        }
    }
    return WinType::NONE;
}

const char *win_type_to_string(WinType win_type) {
    for (const WindowName &window : WINDOW_NAMES) {
        if (window.type == win_type) {
            return window.name;
        }
    }
    return "none";
}

int get_frame_num(int input_len, int win_len, int win_step) {
    return win_len > 0 && win_step > 0 && input_len >= win_len ? 1 + (input_len - win_len) / win_step : 0;
}

uint32_t next_power_of_2(uint32_t x) {
    uint32_t power = 1;
    while (power < x && power < (1u << 31)) {
        power <<= 1;
    }
    return power;
}

void remove_dc_offset(float *x, int n) {
    float sum = 0;
    for (int i = 0; i < n; i++) {
        sum += x[i];
    }
    const float mean = n > 0 ? sum / n : 0;
    for (int i = 0; i < n; i++) {
        x[i] -= mean;
    }
}

float compute_energy(const float *x, int len, float epsilon) {
    float sum = 0;
    for (int i = 0; i < len; i++) {
        sum += x[i] * x[i];
    }
    return std::log(std::max(sum, epsilon));
}

float *apply_preemphasis(float *x, int win_len, float preemphasis_coeff, float prev) {
    for (int i = 0; i < win_len; i++) {
        const float sample = x[i];
        x[i] = sample - preemphasis_coeff * prev;
        prev = sample;
    }
    return x;
}

float *apply_window(float *x, int win_len, const float *win_func) {
    for (int i = 0; win_func && i < win_len; i++) {
        x[i] *= win_func[i];
    }
    return x;
}

float hz2mel(float x) {
    return static_cast<float>(1127.0 * std::log(1.0 + x / 700.0));
}
float mel2hz(float x) {
    return static_cast<float>(700.0 * (std::exp(x / 1127.0) - 1.0));
}

mel_filter_t *mel_filter_init(int nfft, int nfilter, int low_freq, int high_freq, int sample_rate, uint32_t caps) {
    if (nfft < 2 || nfilter < 1 || sample_rate < 2 || low_freq < 0 || low_freq >= sample_rate / 2) {
        ESP_LOGE(TAG, "mel filter: %d filters from %d to %d Hz over %d points at %d Hz", nfilter, low_freq, high_freq,
                 nfft, sample_rate);
        return nullptr;
    }
    if (high_freq <= low_freq) {
        high_freq = sample_rate / 2;
    }
    const float low = hz2mel(static_cast<float>(low_freq));
    const float spacing = (hz2mel(static_cast<float>(high_freq)) - low) / (nfilter + 1);
    std::vector<float> coeff;
    std::vector<int> positions;
    for (int filter = 0; filter < nfilter; filter++) {
        const float left = low + filter * spacing;
        const float centre = left + spacing;
        const float right = centre + spacing;
        int first = -1;
        int last = -2;
        for (int bin = 1; bin <= nfft / 2; bin++) {  // no filter has the constant part
            const float mel = hz2mel(static_cast<float>(static_cast<double>(bin) * sample_rate / nfft));
            const float weight = std::min((mel - left) / (centre - left), (right - mel) / (right - centre));
            if (weight > 0) {
                first = first < 0 ? bin : first;
                last = bin;
                coeff.push_back(weight);
            }
        }
        positions.push_back(first);
        positions.push_back(last);
    }
    mel_filter_t *filter =
        static_cast<mel_filter_t *>(heap_caps_aligned_calloc(alignof(mel_filter_t), 1, sizeof(mel_filter_t), caps));
    float *coeff_memory =
        static_cast<float *>(heap_caps_malloc(sizeof(float) * std::max<size_t>(coeff.size(), 1), caps));
    int *position_memory = static_cast<int *>(heap_caps_malloc(sizeof(int) * positions.size(), caps));
    if (!filter || !coeff_memory || !position_memory) {
        ESP_LOGE(TAG, "mel filter: no memory for %zu weights", coeff.size());
        heap_caps_free(filter);
        heap_caps_free(coeff_memory);
        heap_caps_free(position_memory);
        return nullptr;
    }
    std::copy(coeff.begin(), coeff.end(), coeff_memory);
    std::copy(positions.begin(), positions.end(), position_memory);
    *filter = {coeff_memory, position_memory, nfilter};
    return filter;
}

void mel_filter_deinit(mel_filter_t *mel_filter) {
    if (mel_filter) {
        heap_caps_free(mel_filter->coeff);
        heap_caps_free(mel_filter->bank_pos);
        heap_caps_free(mel_filter);
    }
}

float *mel_dotprod(const float *x, const mel_filter_t *mel_filter, float *output) {
    const float *weight = mel_filter->coeff;
    for (int filter = 0; filter < mel_filter->nfilter; filter++) {
        float sum = 0;
        for (int bin = mel_filter->bank_pos[2 * filter]; bin <= mel_filter->bank_pos[2 * filter + 1]; bin++) {
            sum += *weight++ * x[bin];
        }
        output[filter] = sum;
    }
    return output;
}

float *compute_spectrum(float *x, int n, bool use_power) {
    const float last = x[1] * x[1];
    x[0] *= x[0];
    for (int bin = 1; bin < n / 2; bin++) {
        x[bin] = x[2 * bin] * x[2 * bin] + x[2 * bin + 1] * x[2 * bin + 1];
    }
    x[n / 2] = last;
    for (int bin = 0; !use_power && bin <= n / 2; bin++) {
        x[bin] = std::sqrt(x[bin]);
    }
    return x;
}

}  // namespace audio
}  // namespace dl
