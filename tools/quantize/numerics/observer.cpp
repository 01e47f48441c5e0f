#include "numerics/observer.hpp"

#include <algorithm>
#include <cmath>

#include "graph/graph.hpp"

namespace quantize {

namespace {

// Scales below this are none at all: the tensor is all zeros.
constexpr double SMALLEST_SCALE = 1e-8;

void check_finite(const torch::Tensor &x) {
    if (!torch::isfinite(x).all().item<bool>()) {
        throw Error("a tensor holds NaN or infinite values during calibration");
    }
}

}  // namespace

int exponent_of_range(double low, double high, int bits) {
    const double largest = std::max(std::fabs(std::min(low, 0.0)), std::fabs(std::max(high, 0.0)));
    const double scale = std::max(2 * largest / (std::ldexp(1.0, bits) - 1), SMALLEST_SCALE);
    return static_cast<int>(std::ceil(std::log2(scale)));
}

std::pair<float, float> percentile_range(const torch::Tensor &x) {
    constexpr double P = 0.9999;
    const torch::Tensor flat = x.to(torch::kFloat).contiguous().flatten();
    const int64_t n = flat.numel();
    const int64_t low = static_cast<int64_t>(static_cast<double>(n) * (1 - P)),
                  high = std::min(static_cast<int64_t>(static_cast<double>(n) * P), n - 1);
    std::vector<float> values(flat.data_ptr<float>(), flat.data_ptr<float>() + n);
    std::nth_element(values.begin(), values.begin() + low, values.end());
    const float at_low = values[low];
    std::nth_element(values.begin(), values.begin() + high, values.end());
    return {at_low, values[high]};
}

Observer::Observer(const std::string &method, int bits, int kl_bins, int mse_bins)
    : m_method(method), m_bits(bits), m_mse_bins(mse_bins) {
    if (method == "kl" || method == "auto") {
        m_histogram_bins = kl_bins;
        m_mse_bins = std::min(mse_bins, kl_bins);
    } else if (method == "mse") {
        m_histogram_bins = mse_bins;
    } else if (method != "minmax" && method != "percentile") {
        throw Error("observer '" + method + "' is unknown: kl, minmax, percentile, mse");
    }
}

void Observer::first(const torch::Tensor &x) {
    check_finite(x);
    if (x.numel() == 0) {
        return;
    }
    if (m_method == "percentile" || m_method == "auto") {
        const auto [low, high] = percentile_range(x);
        m_lows.push_back(low);
        m_highs.push_back(high);
    }
    if (m_method == "percentile") {
        return;
    }
    const float low = x.min().to(torch::kFloat).item<float>(), high = x.max().to(torch::kFloat).item<float>();
    m_low = m_seen ? std::min(m_low, low) : low;
    m_high = m_seen ? std::max(m_high, high) : high;
    m_seen = true;
}

void Observer::second(const torch::Tensor &x) {
    m_histogram.resize(m_histogram_bins);
    const float range = std::max(std::fabs(m_low), std::fabs(m_high));
    if (range == 0) {
        return;
    }
    const torch::Tensor flat = x.to(torch::kFloat).contiguous().flatten();
    const float *values = flat.data_ptr<float>();
    // The number of bins is a power of two, so the product is exact and the quotient alone is rounded.
    const float bins = static_cast<float>(m_histogram_bins);
    for (int64_t i = 0; i < flat.numel(); i++) {
        const int bin = static_cast<int>(std::fabs(values[i]) * bins / range);
        m_histogram[std::min(bin, m_histogram_bins - 1)]++;
    }
}

int Observer::exponent(const std::string &method) const {
    if (method == "percentile") {
        const torch::Tensor low = torch::tensor(m_lows).mean(), high = torch::tensor(m_highs).mean();
        return exponent_of_range(low.item<float>(), high.item<float>(), m_bits);
    }
    if (method == "kl") {
        return kl();
    }
    return method == "mse" ? mse() : exponent_of_range(m_low, m_high, m_bits);
}

int Observer::kl() const {
    const int bins = m_histogram_bins, levels = 1 << (m_bits - 1);
    const double range = std::max(std::fabs(m_low), std::fabs(m_high));
    auto rounded_log = [](double scale) {
        return static_cast<int>(std::floor(std::log2(std::max(scale, SMALLEST_SCALE)) + 0.5));
    };
    if (range == 0 || m_histogram.empty()) {
        return rounded_log(0);
    }
    // Nearly all of the million bins of 16 bits are empty: only the others are looked at. The many values near zero say
    // nothing about the range.
    struct Bin {
        int place;
        float count;
        double p, log_p;
    };
    const int ignored = static_cast<int>(bins * 0.002);
    std::vector<Bin> used = {{ignored, 1, 0, 0}};
    double sum = 1;
    for (int i = ignored + 1; i < bins; i++) {
        if (m_histogram[i]) {
            used.push_back({i, static_cast<float>(m_histogram[i]), 0, 0});
            sum += used.back().count;
        }
    }
    const float total = static_cast<float>(sum);
    auto log_of = [](float probability) { return std::log10(static_cast<double>(probability) + 1e-30); };
    for (Bin &bin : used) {
        bin.p = bin.count / total;
        bin.log_p = log_of(static_cast<float>(bin.p));
    }
    double best = INFINITY, inside = 0;  // inside: the values in bins below `width`
    int best_width = bins;
    size_t count = 0;  // of the used bins below `width`
    for (int width = levels; width <= bins; width += levels) {
        for (; count < used.size() && used[count].place < width; count++) {
            inside += used[count].count;
        }
        const int group = width / levels;
        const float tail = static_cast<float>(sum - inside);
        double divergence = 0;
        for (size_t from = 0, to; from < count; from = to) {
            // Each used bin of a group gets the group's mean.
            const int g = used[from].place / group;
            double members = 0;
            for (to = from; to < count && used[to].place / group == g; to++) {
                members += used[to].count;
            }
            const double log_q =
                log_of(static_cast<float>(members / static_cast<double>(to - from)) / static_cast<float>(inside));
            for (size_t i = from; i < to; i++) {
                if (used[i].place < width - 1) {
                    divergence += used[i].p * (used[i].log_p - log_q);
                } else {
                    const float p = (used[i].count + tail) / total;
                    divergence += p * (log_of(p) - log_q);
                }
            }
        }
        // What is cut off counts to the last bin, which nothing represents if it was empty.
        if (tail > 0 && (count == 0 || used[count - 1].place < width - 1)) {
            const float p = tail / total;
            divergence += p * (log_of(p) - log_of(0));
        }
        if (divergence < best) {
            best = divergence;
            best_width = width;
        }
    }
    return rounded_log(range * (static_cast<double>(best_width) / bins) / levels);
}

int Observer::mse() const {
    const int bins = m_mse_bins, levels = 1 << m_bits;
    const double range = std::max(std::fabs(m_low), std::fabs(m_high));
    if (range == 0 || m_histogram.empty()) {
        return exponent_of_range(0, 0, m_bits);
    }
    // Both numbers of bins are powers of two: a coarse bin is the sum of finer ones, exactly.
    std::vector<int32_t> histogram(bins);
    for (int i = 0; i < m_histogram_bins; i++) {
        histogram[i / (m_histogram_bins / bins)] += m_histogram[i];
    }
    std::vector<int> steps = {bins / levels + 1};
    for (int step = 1; step <= bins / levels; step++) {
        steps.push_back(step);
    }
    double total = 0;
    for (int32_t count : histogram) {
        total += count;
    }
    double best = INFINITY;
    int best_end = bins;
    for (int step : steps) {
        const int end = levels * step;
        if (end > bins + levels) {
            continue;
        }
        double loss = 0;
        for (int i = 0; i < bins; i++) {
            double error;
            if (i > end) {
                error = (i - end) + 0.5;
            } else {
                const int left = i % step, right = step - 1 - left;
                error = left == right ? left + 0.25 : std::min(left, right) + 0.5;
            }
            loss += histogram[i] * error * error / total;
        }
        if (loss < best) {
            best = loss;
            best_end = end;
        }
    }
    const double limit = best_end * (range / bins);
    return exponent_of_range(-limit, limit, m_bits);
}

}  // namespace quantize
