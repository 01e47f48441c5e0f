/**
 * @file search.hpp
 * Which trials a search makes, and which one of them is the best.
 */
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "search/space.hpp"

namespace quantize {

/** What one trial has given. */
struct Trial {
    int number = 0;
    Config config;
    std::string failure;              ///< why there is no result; "": there is one
    double metric = 0;                ///< what trials are compared by; more is better
    double db = 0;                    ///< signal to noise, the mean over the outputs
    int64_t file = 0, ram = 0;        ///< bytes
    std::optional<double> ms;         ///< predicted
    nlohmann::ordered_json measures;  ///< what an evaluation printed; null without one

    bool worked() const { return failure.empty(); }
};

/** Limits that the result has to keep; nothing: none. */
struct Budget {
    std::optional<int64_t> file, ram;  ///< bytes
    std::optional<double> ms;
    /** What is enough: of all that reach it the fastest is the best, and the smallest of equally fast ones. */
    std::optional<double> metric;
};

/** 0: it keeps all limits; else the sum of the shares by which it is beyond them. */
double excess(const Trial &trial, const Budget &budget);
/** Whether `a` is the better one. Never true for both orders. */
bool better(const Trial &a, const Trial &b, const Budget &budget);
/** Places of those that none is better than in both metric and time (size, where no times are known); slowest first. */
std::vector<size_t> pareto(const std::vector<Trial> &trials);
/**
 * Places of the best ones within the budget: half of them from those without layers of 16 bits, which are the fastest,
 * so that there is a choice.
 */
std::vector<size_t> best_of(const std::vector<Trial> &trials, const Budget &budget, size_t count);

struct SearchSettings {
    Space space;
    Budget budget;
    size_t trials = 40;  ///< at most
    uint32_t seed = 0;
};

/**
 * Makes trials: the space's first values, then all of the others if they are few enough. Else each of them alone, then
 * the best ones together, then changes and mixtures of the best so far. Which ones depends on the results of whole
 * rounds alone, not on the order in which they come.
 */
class Search {
public:
    /** Makes trials, some at a time, and fills in what they give. */
    using Run = std::function<void(std::vector<Trial> &)>;
    /** How many layers are known to gain from 16 bits, after the first round. */
    using Sensitive = std::function<size_t()>;

    Search(const SearchSettings &settings, Run run, Sensitive sensitive)
        : m_settings(settings), m_run(std::move(run)), m_sensitive(std::move(sensitive)) {}
    std::vector<Trial> run();

private:
    bool add(const Choice &choice, std::vector<Choice> &round);
    void make(const std::vector<Choice> &round);
    std::vector<Choice> all_choices() const;
    std::vector<Choice> single_changes() const;
    Choice best_together() const;
    Choice change(const std::vector<size_t> &order, class Random &random) const;

    SearchSettings m_settings;
    Run m_run;
    Sensitive m_sensitive;
    std::vector<Trial> m_trials;
    std::vector<Choice> m_choices;  ///< of the trials
    std::set<std::string> m_known;  ///< configurations that are tried
};

}  // namespace quantize
