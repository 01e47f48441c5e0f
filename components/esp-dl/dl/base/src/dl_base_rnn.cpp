#include "dl_base_rnn_reference.hpp"

#include <cmath>

#include "dl_base_rescale.hpp"
#include "dl_base_wing.hpp"

namespace dl {
namespace base {

float rnn_sigmoid(float x) {
    return 1.0f / (1.0f + std::exp(-x));
}

float rnn_tanh(float x) {
    return std::tanh(x);
}

RnnSequence::RnnSequence(const RnnArgs &args, int unit)
    : direction(unit / args.batch),
      entry(unit % args.batch),
      length(args.lengths[entry]),
      backward(args.reverse || direction == 1),
      state((args.batch_first ? static_cast<int64_t>(entry) * args.directions + direction : unit) * args.hidden),
      m_args(args) {}

int64_t RnnSequence::x_row(int time) const {
    return m_args.batch_first ? static_cast<int64_t>(entry) * m_args.time + time
                              : static_cast<int64_t>(time) * m_args.batch + entry;
}

int64_t RnnSequence::y_row(int time) const {
    return m_args.batch_first ? x_row(time) * m_args.directions + direction
                              : (static_cast<int64_t>(time) * m_args.directions + direction) * m_args.batch + entry;
}

namespace {

/** What differs between element types: gates are int32, in units of 2^gate_exponent, or float; cell states are int16 or
 * float. */
template <typename T>
struct Types {
    using Gate = int32_t;
    using Cell = int16_t;
};
template <>
struct Types<float> {
    using Gate = float;
    using Cell = float;
};

/** out[i] = sum(weights[i, :] * v) + bias[i]. */
template <typename T, typename Rounding>
void project(const T *weights, const T *v, const typename Types<T>::Cell *bias, int rows, int columns, int shift,
             int bias_shift, typename Types<T>::Gate *out) {
    for (int i = 0; i < rows; i++) {
        const T *row = weights + static_cast<int64_t>(i) * columns;
        if constexpr (std::is_same_v<T, float>) {
            float sum = 0;
            for (int k = 0; k < columns; k++) {
                sum += row[k] * v[k];
            }
            out[i] = sum + (bias ? bias[i] : 0);
        } else {
            int64_t sum = 0;
            for (int k = 0; k < columns; k++) {
                sum += static_cast<int32_t>(row[k]) * v[k];
            }
            out[i] = requantize<int16_t, Rounding>(sum, shift);
            if (bias) {
                out[i] = saturate<int16_t>(static_cast<int64_t>(out[i]) +
                                           requantize<int16_t, Rounding>(bias[i], bias_shift));
            }
        }
    }
}

/** Compute one direction of one batch entry. Step is called with the gates of the input and of the state, and updates
 * the states. */
template <typename T, typename Rounding, typename Step>
void run_sequence(const RnnArgs &args, int unit, int gates, Step step) {
    using Gate = typename Types<T>::Gate;
    using Cell = typename Types<T>::Cell;
    const RnnSequence sequence(args, unit);
    const int direction = sequence.direction;
    const int64_t state = sequence.state;
    const int hidden = args.hidden;
    const int rows = gates * hidden;
    const T *w = static_cast<const T *>(args.w) + static_cast<int64_t>(direction) * rows * args.input;
    const T *r = static_cast<const T *>(args.r) + static_cast<int64_t>(direction) * rows * hidden;
    const Cell *b = args.b ? static_cast<const Cell *>(args.b) + static_cast<int64_t>(direction) * 2 * rows : nullptr;

    std::vector<T> h(hidden, 0);
    std::vector<Cell> c(hidden, 0);
    if (args.initial_h) {
        for (int i = 0; i < hidden; i++) {
            h[i] = rescale<T, Rounding>(static_cast<const T *>(args.initial_h)[state + i], args.initial_h_exponent,
                                        args.h_exponent);
        }
    }
    if (args.initial_c) {
        for (int i = 0; i < hidden; i++) {
            c[i] = rescale<Cell, Rounding>(static_cast<const Cell *>(args.initial_c)[state + i],
                                           args.initial_c_exponent, args.c_exponent);
        }
    }
    std::vector<Gate> from_x(rows);
    std::vector<Gate> from_h(rows);
    auto y_at = [&](int time) { return static_cast<T *>(args.y) + sequence.y_row(time) * hidden; };
    for (int i = 0; i < sequence.length; i++) {
        const int time = sequence.time_of(i);
        const int64_t row = sequence.x_row(time);
        project<T, Rounding>(w, static_cast<const T *>(args.x) + row * args.input, b, rows, args.input,
                             args.gate_exponent - args.x_exponent - args.w_exponent,
                             args.gate_exponent - args.b_exponent, from_x.data());
        project<T, Rounding>(r, h.data(), b ? b + rows : nullptr, rows, hidden,
                             args.gate_exponent - args.h_exponent - args.r_exponent,
                             args.gate_exponent - args.b_exponent, from_h.data());
        step(from_x.data(), from_h.data(), h.data(), c.data());
        if (args.y) {
            std::copy(h.begin(), h.end(), y_at(time));
        }
    }
    for (int time = sequence.length; args.y && time < args.time; time++) {
        std::fill_n(y_at(time), hidden, T{});
    }
    for (int i = 0; args.y_h && i < hidden; i++) {
        static_cast<T *>(args.y_h)[state + i] = rescale<T, Rounding>(h[i], args.h_exponent, args.y_h_exponent);
    }
    for (int i = 0; args.y_c && i < hidden; i++) {
        static_cast<Cell *>(args.y_c)[state + i] = c[i];
    }
}

template <typename Rounding>
void dl_reference_any_gru(const RnnArgs &args, int begin, int end) {
    with_quantized_dtype(args.dtype, [&](auto type) {
        using T = decltype(type);
        constexpr bool is_float = std::is_same_v<T, float>;
        const int hidden = args.hidden;
        const float gate_scale = is_float ? 1.0f : DL_SCALE(args.gate_exponent);
        const float h_scale = is_float ? 1.0f : DL_SCALE(args.h_exponent);
        const float h_inv_scale = is_float ? 1.0f : DL_RESCALE(args.h_exponent);
        for (int unit = begin; unit < end; unit++) {
            run_sequence<T, Rounding>(args, unit, 3, [&](const auto *x, const auto *r, T *h, auto *) {
                for (int i = 0; i < hidden; i++) {
                    const float update = rnn_sigmoid(static_cast<float>(x[i] + r[i]) * gate_scale);
                    const float reset = rnn_sigmoid(static_cast<float>(x[hidden + i] + r[hidden + i]) * gate_scale);
                    float sum = static_cast<float>(x[2 * hidden + i]) + reset * static_cast<float>(r[2 * hidden + i]);
                    if (!is_float) {
                        sum = Rounding::round(sum);
                    }
                    const float candidate = rnn_tanh(sum * gate_scale);
                    const float next = (1.0f - update) * candidate + update * (static_cast<float>(h[i]) * h_scale);
                    h[i] = quantize_real<T, Rounding>(next * h_inv_scale);
                }
            });
        }
    });
}

template <typename Rounding>
void dl_reference_any_lstm(const RnnArgs &args, int begin, int end) {
    with_quantized_dtype(args.dtype, [&](auto type) {
        using T = decltype(type);
        using Cell = typename Types<T>::Cell;
        constexpr bool is_float = std::is_same_v<T, float>;
        const int hidden = args.hidden;
        const float gate_scale = is_float ? 1.0f : DL_SCALE(args.gate_exponent);
        const float c_scale = is_float ? 1.0f : DL_SCALE(args.c_exponent);
        const float c_inv_scale = is_float ? 1.0f : DL_RESCALE(args.c_exponent);
        const float h_inv_scale = is_float ? 1.0f : DL_RESCALE(args.h_exponent);
        for (int unit = begin; unit < end; unit++) {
            run_sequence<T, Rounding>(args, unit, 4, [&](const auto *x, const auto *r, T *h, Cell *c) {
                for (int i = 0; i < hidden; i++) {
                    auto gate = [&](int g) {
                        return static_cast<float>(x[g * hidden + i] + r[g * hidden + i]) * gate_scale;
                    };
                    const float in = rnn_sigmoid(gate(0));
                    const float out = rnn_sigmoid(gate(1));
                    const float forget = rnn_sigmoid(gate(2));
                    const float candidate = rnn_tanh(gate(3));
                    const float cell = forget * (static_cast<float>(c[i]) * c_scale) + in * candidate;
                    c[i] = quantize_real<Cell, Rounding>(cell * c_inv_scale);
                    h[i] = quantize_real<T, Rounding>(out * rnn_tanh(static_cast<float>(c[i]) * c_scale) * h_inv_scale);
                }
            });
        }
    });
}

const Kernel<RnnArgs> s_gru_kernels[] = {
    {"dl_reference_any_gru", nullptr, nullptr, dl_reference_any_gru<RoundHalfUp>, dl_reference_any_gru<RoundHalfEven>},
};
const Kernel<RnnArgs> s_lstm_kernels[] = {
    {"dl_reference_any_lstm", nullptr, nullptr, dl_reference_any_lstm<RoundHalfUp>,
     dl_reference_any_lstm<RoundHalfEven>},
};

}  // namespace

BoundKernel<RnnArgs> select_gru(RnnArgs &args) {
    return select_kernel<RnnArgs>(&Wing::gru, s_gru_kernels, args);
}
BoundKernel<RnnArgs> select_lstm(RnnArgs &args) {
    return select_kernel<RnnArgs>(&Wing::lstm, s_lstm_kernels, args);
}

}  // namespace base
}  // namespace dl
