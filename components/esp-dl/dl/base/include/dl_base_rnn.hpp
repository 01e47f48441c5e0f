/**
 * @file dl_base_rnn.hpp
 * GRU and LSTM, quantized and float.
 *
 * Quantized layers round the two products of a step to int16 at 2^gate_exponent, and add the biases there. The gates
 * are computed from the sum in float. The states that are fed back are the rounded ones.
 */
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

struct RnnPlan;

struct RnnArgs {
    const void *x = nullptr;  ///< [time, batch, input] or [batch, time, input], see x_*_stride
    const void *w = nullptr;  ///< [directions, gates * hidden, input]; gates: GRU z, r, h; LSTM i, o, f, c
    const void *r = nullptr;  ///< [directions, gates * hidden, hidden]
    const void *b = nullptr;  ///< [directions, 2 * gates * hidden], int16 at 2^gate_exponent or float; nullptr: 0
    const void *initial_h = nullptr;  ///< as y_h; nullptr: 0
    const void *initial_c = nullptr;  ///< as y_c; nullptr: 0
    void *y = nullptr;                ///< all states; nullptr: not wanted
    void *y_h = nullptr;              ///< last states, [directions, batch, hidden] or [batch, directions, hidden]
    void *y_c = nullptr;              ///< LSTM: last cell states, int16 or float, same shape
    int time = 1, batch = 1, input = 1, hidden = 1, directions = 1;
    bool batch_first = false;
    bool reverse = false;            ///< the first direction runs backward; a second one always does
    std::vector<int> lengths;        ///< time steps of each batch entry
    dtype_t dtype = DATA_TYPE_INT8;  ///< of all but b, initial_c and y_c
    int x_exponent = 0, w_exponent = 0, r_exponent = 0, b_exponent = 0, h_exponent = 0, c_exponent = 0;
    int initial_h_exponent = 0, initial_c_exponent = 0, y_h_exponent = 0;
    int gate_exponent = -9;
    bool constant = false;          ///< w and r are set when the kernel is chosen, and never change
    int units = 0;                  ///< directions * batch
    std::shared_ptr<RnnPlan> plan;  ///< what optimized kernels prepare
};

/** Choose the kernel of GRU: the variant "linear before reset", as PyTorch has it. */
BoundKernel<RnnArgs> select_gru(RnnArgs &args);
BoundKernel<RnnArgs> select_lstm(RnnArgs &args);

}  // namespace base
}  // namespace dl
