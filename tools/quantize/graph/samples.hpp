/**
 * @file samples.hpp
 * What a network is fed with for calibration, measurements and test values.
 */
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "graph/graph.hpp"

namespace quantize {

/** One calibration batch: a tensor for every graph input, in the graph's order. */
using Batch = std::vector<torch::Tensor>;

/** Batches that are made when their turn comes: a folder of pictures need not fit into memory. */
class Samples {
public:
    Samples() = default;
    Samples(size_t count, std::function<Batch(size_t)> load) : m_count(count), m_load(std::move(load)) {}
    size_t size() const { return m_count; }
    Batch operator[](size_t i) const { return m_load(i); }

private:
    size_t m_count = 0;
    std::function<Batch(size_t)> m_load;
};

}  // namespace quantize
