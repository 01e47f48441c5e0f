/**
 * @file dl_pack_rnn.hpp
 * GRU and LSTM of integers by convolution kernels and tables. The products of all steps' inputs are one matrix product,
 * those of the states one with a single row for each step. Both are 1x1 convolutions of int16, whose kernels round and
 * saturate to int16 as gates ask for; int8 is widened. What is left of a step is done by a vector kernel, with the
 * gates' functions from tables.
 */
#pragma once

#include <memory>
#include <vector>

#include "dl_base_conv.hpp"
#include "dl_base_host_buffer.hpp"
#include "dl_base_rnn_reference.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {

/** A function of an integer's real value. Beyond -limit and limit, it has the values that it has there. */
struct RnnTable {
    std::shared_ptr<const float[]> values;  ///< of -limit to limit
    const float *centre = nullptr;          ///< the value of 0
    int limit = 0;
};

/** A matrix product of int16. */
struct RnnProduct {
    ConvArgs conv;
    BoundKernel<ConvArgs> kernel;

    void run(const int16_t *input, int16_t *output);
};

/** What a unit works with. Behind the elements that count, buffers have a register's length of others. */
struct RnnUnit {
    RnnProduct x, h;
    HostBuffer<int16_t> wide_x;  ///< int8: the rows that the product takes
    HostBuffer<int16_t> from_x;  ///< results of some steps' inputs, `pitch` apart
    HostBuffer<int16_t> from_h;
    HostBuffer<int16_t> x_bias, h_bias;  ///< at 2^gate_exponent
    HostBuffer<int16_t> state, cell;
};

struct RnnPlan {
    int rows = 0;     ///< gates * hidden
    int pitch = 0;    ///< elements from one step's results to the next
    int columns = 0;  ///< steps whose inputs are multiplied at once
    std::vector<RnnUnit> units;
    RnnTable sigmoid, tanh;  ///< at 2^gate_exponent
    RnnTable cell_tanh;      ///< LSTM: at 2^c_exponent
};

/** What a step reads and changes: products, and the biases that are added to them with saturation; states. */
struct RnnStep {
    const int16_t *x, *x_bias;
    const int16_t *h, *h_bias;
    int16_t *state, *cell;
};

/** Are these int8 (int16) with weights that are known, of sizes that the convolution kernels take? */
bool is_s8_rnn(const RnnArgs &args);
bool is_s16_rnn(const RnnArgs &args);
/** Make args.plan. @return false if there is no fast kernel for the products */
bool prepare_gru(RnnArgs &args);
bool prepare_lstm(RnnArgs &args);

/** Computes new states. */
typedef void (*RnnStepFunction)(const RnnArgs &args, const RnnPlan &plan, const RnnStep &step);

/** Compute the units [begin, end). @tparam T int8_t or int16_t */
template <typename T, typename Rounding>
void run_rnn(const RnnArgs &args, int begin, int end, RnnStepFunction step);
extern template void run_rnn<int8_t, RoundHalfUp>(const RnnArgs &, int, int, RnnStepFunction);
extern template void run_rnn<int8_t, RoundHalfEven>(const RnnArgs &, int, int, RnnStepFunction);
extern template void run_rnn<int16_t, RoundHalfUp>(const RnnArgs &, int, int, RnnStepFunction);
extern template void run_rnn<int16_t, RoundHalfEven>(const RnnArgs &, int, int, RnnStepFunction);

}  // namespace base
}  // namespace dl
