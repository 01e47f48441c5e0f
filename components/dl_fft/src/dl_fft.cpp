// KISS FFT computes every transform in double. The result is rounded once, to float or to int16. A chip rounds in each
// step, in an order of its own. A result that is nearest to the true value is, on the average, nearest to that of every
// chip.
#include "dl_fft.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <kissfft/kissfft.hh>
#include <mutex>
#include <numbers>
#include <vector>

#include "dl_rfft.h"

static const char *TAG = "dl_fft";

namespace {

using Complex = std::complex<double>;
constexpr int LONGEST = 1 << 20;
constexpr uint32_t COMPLEX_MARK = 0xF0F7C001;
constexpr uint32_t REAL_MARK = 0xF0F7EA01;

/** What a transform needs on the PC. It does not lie in the board's memory. */
class Plan {
public:
    explicit Plan(int length) : m_length(length), m_forward(length, false), m_inverse(length, true) {}

    /** Compute the transform. The inverse one is not divided by the length. */
    std::vector<Complex> run(const std::vector<Complex> &x, bool inverse) {
        std::vector<Complex> y(m_length);
        std::lock_guard<std::mutex> guard(m_mutex);  // KISS FFT keeps a buffer of its own
        (inverse ? m_inverse : m_forward).transform(x.data(), y.data());
        return y;
    }

private:
    int m_length;
    kissfft<double> m_forward;
    kissfft<double> m_inverse;
    std::mutex m_mutex;
};

/** A handle: what the public header shows, and what lies behind that. */
template <typename Shown>
struct Handle {
    Shown shown;
    uint32_t mark;
    Plan *plan;
};

template <typename T>
void fill_table(T *table, int values, int length, double scale) {
    for (int i = 0; i + 1 < values; i += 2) {
        const double angle = 2 * std::numbers::pi * (i / 2) / length;
        table[i] = static_cast<T>(scale * std::cos(angle));
        table[i + 1] = static_cast<T>(scale * std::sin(angle));
    }
}

/**
 * Make a handle with tables of the chip's sizes. A complex transform has twiddle factors. A real one has those of half
 * the length, and the factors that combine the two halves.
 */
template <typename Shown, typename T>
Shown *make(int fft_point, uint32_t caps, uint32_t mark, double scale) {
    if (fft_point < 1 || fft_point > LONGEST) {
        ESP_LOGE(TAG, "a transform has 1 to %d points, not %d", LONGEST, fft_point);
        return nullptr;
    }
    const bool real = mark == REAL_MARK;
    const int fft_values = std::max(real ? fft_point / 2 : fft_point, 2);
    const int rfft_values = real ? std::max(fft_point / 2, 2) : 0;
    // The heap aligns to a chip's word, which is narrower than a PC's pointers.
    auto *handle =
        static_cast<Handle<Shown> *>(heap_caps_aligned_calloc(alignof(Handle<Shown>), 1, sizeof(Handle<Shown>), caps));
    T *fft_table = static_cast<T *>(heap_caps_aligned_alloc(16, fft_values * sizeof(T), caps));
    T *rfft_table = real ? static_cast<T *>(heap_caps_aligned_alloc(16, rfft_values * sizeof(T), caps)) : nullptr;
    if (!handle || !fft_table || (real && !rfft_table)) {
        ESP_LOGE(TAG, "no memory for a transform of %d points", fft_point);
        heap_caps_free(handle);
        heap_caps_free(fft_table);
        heap_caps_free(rfft_table);
        return nullptr;
    }
    fill_table(fft_table, fft_values, std::max(real ? fft_point / 2 : fft_point, 1), scale);
    if (real) {
        fill_table(rfft_table, rfft_values, fft_point, scale);
    }
    handle->shown.fft_point = fft_point;
    handle->shown.log2n = dl_power_of_two(static_cast<uint32_t>(fft_point));
    handle->shown.fft_table = fft_table;
    handle->shown.rfft_table = rfft_table;
    handle->mark = mark;
    handle->plan = new Plan(fft_point);
    return &handle->shown;
}

template <typename Shown>
void free_handle(Shown *shown) {
    if (!shown) {
        return;
    }
    auto *handle = reinterpret_cast<Handle<Shown> *>(shown);
    delete handle->plan;
    handle->mark = 0;
    heap_caps_free(shown->fft_table);
    heap_caps_free(shown->rfft_table);
    heap_caps_free(handle);
}

/** Return the plan of a handle. If the handle is missing or of another kind, log a line and return nullptr. */
template <typename Shown>
Plan *plan_of(Shown *shown, const void *data, uint32_t mark) {
    if (!shown || !data || reinterpret_cast<Handle<Shown> *>(shown)->mark != mark) {
        ESP_LOGE(TAG, "%s", !shown ? "no handle" : !data ? "no data" : "the handle is of another kind of transform");
        return nullptr;
    }
    return reinterpret_cast<Handle<Shown> *>(shown)->plan;
}

template <typename T>
std::vector<Complex> read_pairs(const T *data, int length) {
    std::vector<Complex> x(length);
    for (int i = 0; i < length; i++) {
        x[i] = {static_cast<double>(data[2 * i]), static_cast<double>(data[2 * i + 1])};
    }
    return x;
}

template <typename T>
std::vector<Complex> read_real(const T *data, int length) {
    return std::vector<Complex>(data, data + length);
}

/** Return the whole spectrum of real values, from the half that dl_rfft.h describes. */
template <typename T>
std::vector<Complex> read_half(const T *data, int length) {
    std::vector<Complex> x(length);
    x[0] = static_cast<double>(data[0]);
    const bool even = length % 2 == 0;
    if (even) {
        x[length / 2] = static_cast<double>(data[1]);
    }
    for (int k = 1; k < (length + 1) / 2; k++) {
        const int at = even ? 2 * k : 2 * k - 1;
        x[k] = {static_cast<double>(data[at]), static_cast<double>(data[at + 1])};
        x[length - k] = std::conj(x[k]);
    }
    return x;
}

/** Return the real and imaginary parts in the order in which they lie in memory. */
std::vector<double> pairs(const std::vector<Complex> &y) {
    std::vector<double> values;
    for (const Complex &value : y) {
        values.push_back(value.real());
        values.push_back(value.imag());
    }
    return values;
}

std::vector<double> real_parts(const std::vector<Complex> &y) {
    std::vector<double> values;
    for (const Complex &value : y) {
        values.push_back(value.real());
    }
    return values;
}

std::vector<double> half(const std::vector<Complex> &y) {
    const size_t length = y.size();
    std::vector<double> values = {y[0].real()};
    if (length % 2 == 0) {
        values.push_back(y[length / 2].real());
    }
    for (size_t k = 1; k < (length + 1) / 2; k++) {
        values.push_back(y[k].real());
        values.push_back(y[k].imag());
    }
    return values;
}

void write(const std::vector<double> &values, double scale, float *data) {
    std::transform(values.begin(), values.end(), data,
                   [scale](double value) { return static_cast<float>(value * scale); });
}

/** Round values * 2^in_exponent / divisor to int16. @return the exponent of the result */
int write(const std::vector<double> &values, int length, bool inverse, bool high_precision, int in_exponent,
          int16_t *data) {
    const int steps = dl_is_power_of_two(length) ? dl_power_of_two(static_cast<uint32_t>(length))
                                                 : dl_power_of_two(static_cast<uint32_t>(length)) + 1;
    // All steps halve; the division of the inverse form is then done, but for what a length lacks to a power of two.
    int shift = steps;
    const double divisor = inverse ? std::ldexp(static_cast<double>(length), -steps) : 1.0;
    if (high_precision) {
        double largest = 0;
        for (const double value : values) {
            largest = std::max(largest, std::fabs(value) / divisor);
        }
        shift = 0;
        while (std::floor(std::ldexp(largest, -shift) + 0.5) > 32767) {
            shift++;
        }
    }
    const double scale = std::ldexp(1.0, -shift) / divisor;
    std::transform(values.begin(), values.end(), data, [scale](double value) {
        return static_cast<int16_t>(std::clamp(std::floor(value * scale + 0.5), -32768.0, 32767.0));
    });
    return in_exponent + shift - (inverse ? steps : 0);
}

esp_err_t run_s16(dl_fft_s16_t *handle, int16_t *data, uint32_t mark, bool inverse, bool high_precision,
                  int in_exponent, int *out_exponent) {
    Plan *plan = plan_of(handle, data, mark);
    if (!plan || !out_exponent) {
        return ESP_ERR_INVALID_ARG;
    }
    const int length = handle->fft_point;
    std::vector<double> values;
    if (mark == COMPLEX_MARK) {
        values = pairs(plan->run(read_pairs(data, length), inverse));
    } else if (inverse) {
        values = real_parts(plan->run(read_half(data, length), true));
    } else {
        values = half(plan->run(read_real(data, length), false));
    }
    *out_exponent = write(values, length, inverse, high_precision, in_exponent, data);
    return ESP_OK;
}

}  // namespace

extern "C" {

dl_fft_f32_t *dl_fft_f32_init(int fft_point, uint32_t caps) {
    return make<dl_fft_f32_t, float>(fft_point, caps, COMPLEX_MARK, 1.0);
}
void dl_fft_f32_deinit(dl_fft_f32_t *handle) {
    free_handle(handle);
}

esp_err_t dl_fft_f32_run(dl_fft_f32_t *handle, float *data) {
    Plan *plan = plan_of(handle, data, COMPLEX_MARK);
    if (!plan) {
        return ESP_ERR_INVALID_ARG;
    }
    write(pairs(plan->run(read_pairs(data, handle->fft_point), false)), 1.0, data);
    return ESP_OK;
}

esp_err_t dl_ifft_f32_run(dl_fft_f32_t *handle, float *data) {
    Plan *plan = plan_of(handle, data, COMPLEX_MARK);
    if (!plan) {
        return ESP_ERR_INVALID_ARG;
    }
    write(pairs(plan->run(read_pairs(data, handle->fft_point), true)), 1.0 / handle->fft_point, data);
    return ESP_OK;
}

dl_fft_f32_t *dl_rfft_f32_init(int fft_point, uint32_t caps) {
    return make<dl_fft_f32_t, float>(fft_point, caps, REAL_MARK, 1.0);
}
void dl_rfft_f32_deinit(dl_fft_f32_t *handle) {
    free_handle(handle);
}

esp_err_t dl_rfft_f32_run(dl_fft_f32_t *handle, float *data) {
    Plan *plan = plan_of(handle, data, REAL_MARK);
    if (!plan) {
        return ESP_ERR_INVALID_ARG;
    }
    write(half(plan->run(read_real(data, handle->fft_point), false)), 1.0, data);
    return ESP_OK;
}

esp_err_t dl_irfft_f32_run(dl_fft_f32_t *handle, float *data) {
    Plan *plan = plan_of(handle, data, REAL_MARK);
    if (!plan) {
        return ESP_ERR_INVALID_ARG;
    }
    write(real_parts(plan->run(read_half(data, handle->fft_point), true)), 1.0 / handle->fft_point, data);
    return ESP_OK;
}

dl_fft_s16_t *dl_fft_s16_init(int fft_point, uint32_t caps) {
    return make<dl_fft_s16_t, int16_t>(fft_point, caps, COMPLEX_MARK, 32767.0);
}
void dl_fft_s16_deinit(dl_fft_s16_t *handle) {
    free_handle(handle);
}
dl_fft_s16_t *dl_rfft_s16_init(int fft_point, uint32_t caps) {
    return make<dl_fft_s16_t, int16_t>(fft_point, caps, REAL_MARK, 32767.0);
}
void dl_rfft_s16_deinit(dl_fft_s16_t *handle) {
    free_handle(handle);
}

esp_err_t dl_fft_s16_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent) {
    return run_s16(handle, data, COMPLEX_MARK, false, false, in_exponent, out_exponent);
}
esp_err_t dl_ifft_s16_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent) {
    return run_s16(handle, data, COMPLEX_MARK, true, false, in_exponent, out_exponent);
}
esp_err_t dl_fft_s16_hp_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent) {
    return run_s16(handle, data, COMPLEX_MARK, false, true, in_exponent, out_exponent);
}
esp_err_t dl_ifft_s16_hp_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent) {
    return run_s16(handle, data, COMPLEX_MARK, true, true, in_exponent, out_exponent);
}
esp_err_t dl_rfft_s16_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent) {
    return run_s16(handle, data, REAL_MARK, false, false, in_exponent, out_exponent);
}
esp_err_t dl_irfft_s16_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent) {
    return run_s16(handle, data, REAL_MARK, true, false, in_exponent, out_exponent);
}
esp_err_t dl_rfft_s16_hp_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent) {
    return run_s16(handle, data, REAL_MARK, false, true, in_exponent, out_exponent);
}
esp_err_t dl_irfft_s16_hp_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent) {
    return run_s16(handle, data, REAL_MARK, true, true, in_exponent, out_exponent);
}
}
