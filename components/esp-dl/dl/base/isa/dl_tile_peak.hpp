/**
 * @file dl_tile_peak.hpp
 * How fast a processor can multiply and add: a loop of its best instruction for int8 on registers.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace dl {
namespace base {
namespace {

/** Independent sums hide the latency. Unrolled by the template, so that they stay in registers. */
template <typename Dot, size_t... I>
void run_dots(int64_t rounds, std::index_sequence<I...>) {
    typename Dot::Vector sums[sizeof...(I)] = {Dot::set((int)I)...};
    const typename Dot::Vector a = Dot::set(3), b = Dot::set(-5);
    for (int64_t round = 0; round < rounds; round++) {
        (Dot::add(sums[I], a, b), ...);
    }
}

/**
 * @tparam Dot  Vector; set(int); add(sum, a, b) of volatile assembly, which compilers neither drop nor move
 * @tparam SUMS as many as the registers allow
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
