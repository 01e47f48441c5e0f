#include "dl_pack_rnn.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "dl_base_rescale.hpp"
#include "dl_base_shared_tables.hpp"

namespace dl {
namespace base {

namespace {

/** Vector kernels read and write as many elements more than there are, at most. */
constexpr int SLACK = 32;
/** Steps whose inputs are multiplied at once: enough for the kernels, few enough for the cache. */
constexpr int MOST_COLUMNS = 64;

/** The table of rnn_tanh() or rnn_sigmoid() at an exponent, for integers up to `most` at least. Layers share it. */
RnnTable make_table(bool is_tanh, int exponent, int most) {
    static SharedTables<std::tuple<bool, int, int>, float> s_tables;
    // In float, e^104 is infinite, and 1 + e^-104 is 1; the hyperbolic tangent of 22 is 1.
    const double bound = is_tanh ? 22 : 104;
    const float scale = DL_SCALE(exponent);
    RnnTable table;
    table.limit = static_cast<int>(std::min<double>(most, std::ceil(bound / static_cast<double>(scale))));
    table.values = s_tables.get({is_tanh, exponent, table.limit}, [&] {
        std::shared_ptr<float[]> values(new float[2 * table.limit + 1]);
        for (int i = -table.limit; i <= table.limit; i++) {
            const float x = static_cast<float>(i) * scale;
            values[i + table.limit] = is_tanh ? rnn_tanh(x) : rnn_sigmoid(x);
        }
        return values;
    });
    table.centre = table.values.get() + table.limit;
    return table;
}

/** Prepare the product of `positions` rows of `columns` elements with the weights of a direction. */
bool prepare_product(const RnnArgs &args, const RnnPlan &plan, const void *weights, int direction, int columns,
                     int shift, int positions, int in_pitch, RnnProduct &product) {
    ConvArgs &conv = product.conv;
    conv.dtype = DATA_TYPE_INT16;
    conv.in_w = conv.out_w = positions;
    conv.in_c = columns;
    conv.in_pitch = in_pitch;
    conv.out_c = plan.rows;
    conv.out_pitch = plan.pitch;
    conv.shifts.assign(plan.rows, shift);
    conv.bias.assign(plan.rows, 0);
    const size_t size = static_cast<size_t>(plan.rows) * columns;
    conv.weights.resize(size * sizeof(int16_t));
    int16_t *words = reinterpret_cast<int16_t *>(conv.weights.data());
    if (args.dtype == DATA_TYPE_INT8) {
        std::copy_n(static_cast<const int8_t *>(weights) + direction * size, size, words);
    } else {
        std::copy_n(static_cast<const int16_t *>(weights) + direction * size, size, words);
    }
    product.kernel = select_conv(conv);
    return product.kernel && product.kernel.isa != ISA_REFERENCE;
}

/** The shift of a product's sums to the exponent of the gates. */
int x_shift(const RnnArgs &args) {
    return args.gate_exponent - args.x_exponent - args.w_exponent;
}
int h_shift(const RnnArgs &args) {
    return args.gate_exponent - args.h_exponent - args.r_exponent;
}

bool is_rnn(const RnnArgs &args) {
    const auto fits = [](int shift) { return shift >= 0 && shift <= 60; };
    return args.constant && args.input <= 1 << 16 && fits(x_shift(args)) && fits(h_shift(args));
}

bool prepare_rnn(RnnArgs &args, int gates) {
    args.plan = std::make_shared<RnnPlan>();
    RnnPlan &plan = *args.plan;
    plan.rows = gates * args.hidden;
    plan.pitch = plan.rows + SLACK;
    plan.columns = std::min(args.time, MOST_COLUMNS);
    const bool is_wide = args.dtype == DATA_TYPE_INT16;
    const int in_pitch = is_wide && !args.batch_first ? args.batch * args.input : args.input;
    plan.units.resize(args.units);
    for (int unit = 0; unit < args.units; unit++) {
        RnnUnit &own = plan.units[unit];
        const int direction = unit / args.batch;
        if (unit % args.batch == 0) {
            if (!prepare_product(args, plan, args.w, direction, args.input, x_shift(args), plan.columns, in_pitch,
                                 own.x) ||
                !prepare_product(args, plan, args.r, direction, args.hidden, h_shift(args), 1, args.hidden, own.h)) {
                args.plan.reset();
                return false;
            }
        } else {
            // The packed weights are shared.
            own.x = plan.units[unit - 1].x;
            own.h = plan.units[unit - 1].h;
        }
        own.wide_x.assign(is_wide ? 0 : static_cast<size_t>(plan.columns) * args.input, 0);
        own.from_x.assign(static_cast<size_t>(plan.columns) * plan.pitch, 0);
        for (HostBuffer<int16_t> *buffer : {&own.from_h, &own.x_bias, &own.h_bias}) {
            buffer->assign(plan.pitch, 0);
        }
        own.state.assign(args.hidden + SLACK, 0);
        own.cell.assign(args.hidden + SLACK, 0);
    }
    // Gates are sums of two int16.
    plan.sigmoid = make_table(false, args.gate_exponent, 1 << 16);
    plan.tanh = make_table(true, args.gate_exponent, 1 << 16);
    return true;
}

/** Begin with the states that are given, or with zeros. */
template <typename T, typename Rounding>
void begin_states(const RnnArgs &args, const RnnSequence &sequence, RnnUnit &own) {
    for (int i = 0; i < args.hidden; i++) {
        const int64_t at = sequence.state + i;
        own.state[i] = args.initial_h ? rescale<T, Rounding>(static_cast<const T *>(args.initial_h)[at],
                                                             args.initial_h_exponent, args.h_exponent)
                                      : 0;
        own.cell[i] = args.initial_c ? rescale<int16_t, Rounding>(static_cast<const int16_t *>(args.initial_c)[at],
                                                                  args.initial_c_exponent, args.c_exponent)
                                     : 0;
    }
}

/** Biases are rounded to the exponent of the gates. */
template <typename Rounding>
void begin_biases(const RnnArgs &args, const RnnSequence &sequence, RnnUnit &own) {
    if (!args.b) {
        return;
    }
    const int rows = args.plan->rows;
    const int shift = args.gate_exponent - args.b_exponent;
    const int16_t *b = static_cast<const int16_t *>(args.b) + static_cast<int64_t>(sequence.direction) * 2 * rows;
    for (int i = 0; i < rows; i++) {
        own.x_bias[i] = requantize<int16_t, Rounding>(b[i], shift);
        own.h_bias[i] = requantize<int16_t, Rounding>(b[rows + i], shift);
    }
}

/** Multiply the inputs from this time on. */
template <typename T>
void multiply_inputs(const RnnArgs &args, const RnnSequence &sequence, RnnUnit &own, int first) {
    const T *x = static_cast<const T *>(args.x);
    if constexpr (sizeof(T) == 2) {
        own.x.run(x + sequence.x_row(first) * args.input, own.from_x.data());
    } else {
        for (int i = 0; i < args.plan->columns; i++) {
            std::copy_n(x + sequence.x_row(first + i) * args.input, args.input,
                        own.wide_x.data() + static_cast<size_t>(i) * args.input);
        }
        own.x.run(own.wide_x.data(), own.from_x.data());
    }
}

template <typename T, typename Rounding>
void run_unit(const RnnArgs &args, int unit, RnnStepFunction step) {
    const RnnPlan &plan = *args.plan;
    RnnUnit &own = args.plan->units[unit];
    const RnnSequence sequence(args, unit);
    begin_states<T, Rounding>(args, sequence, own);
    begin_biases<Rounding>(args, sequence, own);
    const auto y_at = [&](int time) { return static_cast<T *>(args.y) + sequence.y_row(time) * args.hidden; };
    int first = -1;  // the time that from_x begins with
    for (int i = 0; i < sequence.length; i++) {
        const int time = sequence.time_of(i);
        if (first < 0 || time < first || time >= first + plan.columns) {
            first = sequence.backward ? std::max(time - plan.columns + 1, 0) : std::min(time, args.time - plan.columns);
            multiply_inputs<T>(args, sequence, own, first);
        }
        own.h.run(own.state.data(), own.from_h.data());
        step(args, plan,
             {own.from_x.data() + static_cast<int64_t>(time - first) * plan.pitch, own.x_bias.data(), own.from_h.data(),
              own.h_bias.data(), own.state.data(), own.cell.data()});
        if (args.y) {
            std::copy_n(own.state.begin(), args.hidden, y_at(time));
        }
    }
    for (int time = sequence.length; args.y && time < args.time; time++) {
        std::fill_n(y_at(time), args.hidden, T{});
    }
    for (int i = 0; args.y_h && i < args.hidden; i++) {
        static_cast<T *>(args.y_h)[sequence.state + i] =
            rescale<T, Rounding>(static_cast<T>(own.state[i]), args.h_exponent, args.y_h_exponent);
    }
    if (args.y_c) {
        std::copy_n(own.cell.begin(), args.hidden, static_cast<int16_t *>(args.y_c) + sequence.state);
    }
}

}  // namespace

void RnnProduct::run(const int16_t *input, int16_t *output) {
    conv.input = input;
    conv.output = output;
    kernel.run(conv, 0, conv.units);
}

bool is_s8_rnn(const RnnArgs &args) {
    return args.dtype == DATA_TYPE_INT8 && is_rnn(args);
}

bool is_s16_rnn(const RnnArgs &args) {
    return args.dtype == DATA_TYPE_INT16 && is_rnn(args);
}

bool prepare_gru(RnnArgs &args) {
    return prepare_rnn(args, 3);
}

bool prepare_lstm(RnnArgs &args) {
    if (!prepare_rnn(args, 4)) {
        return false;
    }
    args.plan->cell_tanh = make_table(true, args.c_exponent, 1 << 15);
    return true;
}

template <typename T, typename Rounding>
void run_rnn(const RnnArgs &args, int begin, int end, RnnStepFunction step) {
    for (int unit = begin; unit < end; unit++) {
        run_unit<T, Rounding>(args, unit, step);
    }
}
template void run_rnn<int8_t, RoundHalfUp>(const RnnArgs &, int, int, RnnStepFunction);
template void run_rnn<int8_t, RoundHalfEven>(const RnnArgs &, int, int, RnnStepFunction);
template void run_rnn<int16_t, RoundHalfUp>(const RnnArgs &, int, int, RnnStepFunction);
template void run_rnn<int16_t, RoundHalfEven>(const RnnArgs &, int, int, RnnStepFunction);

}  // namespace base
}  // namespace dl
