#include "dl_simd_rnn.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

static constexpr Kernel<RnnArgs> gru_rows[] = {
    DL_SIMD_ROW(s8_gru, DL_SIMD_FLOATS, is_s8_rnn, prepare_gru, (run_gru<int8_t, RoundHalfUp>),
                (run_gru<int8_t, RoundHalfEven>)),
    DL_SIMD_ROW(s16_gru, DL_SIMD_FLOATS, is_s16_rnn, prepare_gru, (run_gru<int16_t, RoundHalfUp>),
                (run_gru<int16_t, RoundHalfEven>)),
};
static constexpr Kernel<RnnArgs> lstm_rows[] = {
    DL_SIMD_ROW(s8_lstm, DL_SIMD_FLOATS, is_s8_rnn, prepare_lstm, (run_lstm<int8_t, RoundHalfUp>),
                (run_lstm<int8_t, RoundHalfEven>)),
    DL_SIMD_ROW(s16_lstm, DL_SIMD_FLOATS, is_s16_rnn, prepare_lstm, (run_lstm<int16_t, RoundHalfUp>),
                (run_lstm<int16_t, RoundHalfEven>)),
};
DL_SIMD_TABLE(RnnArgs, gru);
DL_SIMD_TABLE(RnnArgs, lstm);

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
