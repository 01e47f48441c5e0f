/**
 * @file dl_tile_peak.hpp
 * The peak of an instruction set: a loop of its best int8 instruction on registers, without memory.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace dl {
namespace base {
namespace {

/** Multiply and add to independent sums, which hide the latency. The template unrolls the loop over sums, so that they
 * stay in registers. */
template <typename Dot, size_t... I>
void run_dots(int64_t rounds, std::index_sequence<I...>) {
    typename Dot::Vector sums[sizeof...(I)] = {Dot::set(static_cast<int>(I))...};
    const typename Dot::Vector a = Dot::set(3), b = Dot::set(-5);
    for (int64_t round = 0; round < rounds; round++) {
        (Dot::add(sums[I], a, b), ...);
    }
}

/**
 * @tparam Dot Vector: a register. set(int): one filled with a number. add(sum, a, b): the instruction, as volatile
 * assembly, which compilers neither drop nor move
 * @tparam SUMS number of sums: as many as the registers allow
 * @return multiply-accumulates that were done
 */
template <typename Dot, int SUMS>
int64_t run_dot_peak(int64_t rounds) {
    run_dots<Dot>(rounds, std::make_index_sequence<SUMS>());
    return rounds * SUMS * sizeof(typename Dot::Vector);
}

}  // namespace
}  // namespace base
}  // namespace dl
