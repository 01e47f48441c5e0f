/**
 * @file observer.hpp
 * Find a power-of-two scale for what a tensor holds.
 */
#pragma once

// Clang needs IValue whole before types.h.
#include <ATen/core/ivalue.h>
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace quantize {

/** Exponent of the symmetric scale that holds [low, high]: ceil(log2(2 max(|low|, |high|) / (qmax - qmin))). */
int exponent_of_range(double low, double high, int bits);
/** Elements p from either end of the sorted values (p = 0.9999), as floats. */
std::pair<float, float> percentile_range(const torch::Tensor &x);

/** What an observer may be. */
inline constexpr const char *OBSERVERS[] = {"kl", "minmax", "percentile", "mse"};

/** Collects one tensor over all batches. kl and mse take two passes over the data: the range first, then a histogram.
 */
class Observer {
public:
    /**
     * @param method one of OBSERVERS, or "auto" for all of them
     * @param kl_bins, mse_bins of the histogram; "auto" has one for both, of kl_bins, a multiple of mse_bins
     */
    Observer(const std::string &method, int bits, int kl_bins, int mse_bins);
    bool wants_second_pass() const { return m_histogram_bins > 0; }
    void first(const torch::Tensor &x);
    void second(const torch::Tensor &x);
    /** What a method finds: the observer's own, or any if that is "auto". */
    int exponent(const std::string &method) const;

private:
    int kl() const;
    int mse() const;

    std::string m_method;
    int m_bits;
    int m_histogram_bins = 0, m_mse_bins;
    bool m_seen = false;
    float m_low = 0, m_high = 0;
    std::vector<float> m_lows, m_highs;
    std::vector<int32_t> m_histogram;
};

}  // namespace quantize
