/**
 * @file dl_base_rnn_reference.hpp
 * What the reference kernels of GRU and LSTM share with the vector kernels: where a sequence lies, and its functions.
 */
#pragma once

#include "dl_base_rnn.hpp"

namespace dl {
namespace base {

/** The functions of the gates. Tables are filled by them, so that every kernel has the same values. */
float rnn_sigmoid(float x);
float rnn_tanh(float x);

/** What a unit computes: one direction of one batch entry. */
class RnnSequence {
public:
    RnnSequence(const RnnArgs &args, int unit);

    /** The time that step `i` reads and writes. */
    int time_of(int i) const { return backward ? length - 1 - i : i; }
    /** Rows of args.input elements of x, and of args.hidden elements of y. */
    int64_t x_row(int time) const;
    int64_t y_row(int time) const;

    int direction, entry;
    int length;     ///< steps
    bool backward;  ///< from the last step to the first
    int64_t state;  ///< offset of its elements in the states

private:
    const RnnArgs &m_args;
};

}  // namespace base
}  // namespace dl
