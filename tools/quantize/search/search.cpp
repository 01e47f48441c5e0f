#include "search/search.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace quantize {

namespace {

constexpr size_t ROUND = 8;         // trials that are chosen at once
constexpr int MOST_ATTEMPTS = 400;  // to find a configuration that is new

double beyond(const std::optional<double> &value, const std::optional<double> &limit) {
    return value && limit && *value > *limit ? *value / std::max(*limit, 1e-9) - 1 : 0;
}

std::optional<double> as_double(const std::optional<int64_t> &value) {
    return value ? std::optional<double>(static_cast<double>(*value)) : std::nullopt;
}

/** Less is better: time, where it is known. */
double cost_of(const Trial &trial) {
    return trial.ms ? *trial.ms : static_cast<double>(trial.file);
}

}  // namespace

/** The same numbers from every library. */
class Random {
public:
    explicit Random(uint32_t seed) : m_engine(seed) {}
    size_t below(size_t limit) { return m_engine() % limit; }
    /** Smaller ones more often. */
    size_t small(size_t limit) { return std::min(below(limit), below(limit)); }

private:
    std::mt19937 m_engine;
};

double excess(const Trial &trial, const Budget &budget) {
    return beyond(static_cast<double>(trial.file), as_double(budget.file)) +
           beyond(static_cast<double>(trial.ram), as_double(budget.ram)) + beyond(trial.ms, budget.ms);
}

bool better(const Trial &a, const Trial &b, const Budget &budget) {
    if (a.worked() != b.worked()) {
        return a.worked();
    }
    const double over_a = excess(a, budget), over_b = excess(b, budget);
    if (over_a != over_b) {
        return over_a < over_b;
    }
    const bool enough_a = budget.metric && a.metric >= *budget.metric;
    const bool enough_b = budget.metric && b.metric >= *budget.metric;
    if (enough_a != enough_b) {
        return enough_a;
    }
    if (!enough_a && a.metric != b.metric) {
        return a.metric > b.metric;
    }
    if (cost_of(a) != cost_of(b)) {
        return cost_of(a) < cost_of(b);
    }
    if (a.file != b.file) {
        return a.file < b.file;
    }
    return a.metric != b.metric ? a.metric > b.metric : a.number < b.number;
}

std::vector<size_t> pareto(const std::vector<Trial> &trials) {
    std::vector<size_t> order, front;
    for (size_t i = 0; i < trials.size(); i++) {
        if (trials[i].worked()) {
            order.push_back(i);
        }
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return cost_of(trials[a]) != cost_of(trials[b]) ? cost_of(trials[a]) < cost_of(trials[b])
                                                        : trials[a].metric > trials[b].metric;
    });
    double most = -INFINITY;
    for (size_t i : order) {
        if (trials[i].metric > most) {
            most = trials[i].metric;
            front.push_back(i);
        }
    }
    std::reverse(front.begin(), front.end());
    return front;
}

std::vector<size_t> best_of(const std::vector<Trial> &trials, const Budget &budget, size_t count) {
    std::vector<size_t> order;
    for (size_t i = 0; i < trials.size(); i++) {
        if (trials[i].worked() && excess(trials[i], budget) == 0) {
            order.push_back(i);
        }
    }
    auto by_quality = [&](size_t a, size_t b) { return better(trials[a], trials[b], budget); };
    std::stable_sort(order.begin(), order.end(), by_quality);
    std::vector<size_t> chosen;
    auto take = [&](size_t limit, auto wanted) {
        for (size_t i : order) {
            if (chosen.size() < limit && wanted(trials[i]) && !std::count(chosen.begin(), chosen.end(), i)) {
                chosen.push_back(i);
            }
        }
    };
    auto is_mixed = [](const Trial &trial) { return trial.config.count(INT16_COUNT) || trial.config.count("int16"); };
    take(count / 2, [&](const Trial &trial) { return !is_mixed(trial); });
    take(count, is_mixed);
    take(count, [](const Trial &) { return true; });
    std::stable_sort(chosen.begin(), chosen.end(), by_quality);
    return chosen;
}

/** @return false: such a trial there is, or the round is full */
bool Search::add(const Choice &choice, std::vector<Choice> &round) {
    if (m_trials.size() + round.size() >= m_settings.trials ||
        !m_known.insert(text_of(config_at(m_settings.space, choice, m_sensitive()))).second) {
        return false;
    }
    round.push_back(choice);
    return true;
}

void Search::make(const std::vector<Choice> &round) {
    std::vector<Trial> trials;
    for (const Choice &choice : round) {
        Trial trial;
        trial.number = static_cast<int>(m_trials.size() + trials.size());
        trial.config = config_at(m_settings.space, choice, m_sensitive());
        trials.push_back(trial);
    }
    m_run(trials);
    m_trials.insert(m_trials.end(), trials.begin(), trials.end());
    m_choices.insert(m_choices.end(), round.begin(), round.end());
}

std::vector<Choice> Search::all_choices() const {
    std::vector<Choice> all;
    Choice choice(m_settings.space.size(), 0);
    for (bool more = true; more;) {
        all.push_back(choice);
        more = false;
        for (size_t i = choice.size(); i-- > 0 && !more;) {
            more = ++choice[i] < m_settings.space[i].values.size();
            choice[i] = more ? choice[i] : 0;
        }
    }
    return all;
}

std::vector<Choice> Search::single_changes() const {
    std::vector<Choice> changes;
    for (size_t i = 0; i < m_settings.space.size(); i++) {
        for (size_t value = 1; value < m_settings.space[i].values.size(); value++) {
            changes.push_back(Choice(m_settings.space.size(), 0));
            changes.back()[i] = value;
        }
    }
    return changes;
}

/** Of each option the value that was best alone. */
Choice Search::best_together() const {
    Choice best(m_settings.space.size(), 0);
    for (size_t i = 0; i < best.size(); i++) {
        size_t winner = 0;  // the first trial: nothing changed
        for (size_t t = 1; t < m_trials.size(); t++) {
            const Choice &choice = m_choices[t];
            const bool alone = std::accumulate(choice.begin(), choice.end(), size_t(0)) == choice[i];
            if (alone && better(m_trials[t], m_trials[winner], m_settings.budget)) {
                winner = t;
            }
        }
        best[i] = m_choices[winner][i];
    }
    return best;
}

/** A change of one or two values of a good one, or a mixture of two. @param order best first */
Choice Search::change(const std::vector<size_t> &order, Random &random) const {
    const size_t among = std::max<size_t>(1, std::min<size_t>(order.size(), 10));
    Choice choice = m_choices[order[random.small(among)]];
    if (random.below(3) == 0) {
        const Choice &other = m_choices[order[random.small(among)]];
        for (size_t i = 0; i < choice.size(); i++) {
            choice[i] = random.below(2) ? choice[i] : other[i];
        }
    }
    for (size_t changes = 1 + random.below(2); changes > 0; changes--) {
        const size_t i = random.below(choice.size());
        choice[i] = random.below(m_settings.space[i].values.size());
    }
    return choice;
}

std::vector<Trial> Search::run() {
    std::vector<Choice> round;
    add(Choice(m_settings.space.size(), 0), round);
    make(round);
    round.clear();
    const bool all = size_of(m_settings.space) <= m_settings.trials;
    for (const Choice &choice : all ? all_choices() : single_changes()) {
        add(choice, round);
    }
    make(round);
    Random random(m_settings.seed);
    for (bool first = true; !all && m_trials.size() < m_settings.trials; first = false) {
        round.clear();
        if (first) {
            add(best_together(), round);
        }
        std::vector<size_t> order(m_trials.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(),
                         [&](size_t a, size_t b) { return better(m_trials[a], m_trials[b], m_settings.budget); });
        for (int attempt = 0; attempt < MOST_ATTEMPTS && round.size() < ROUND; attempt++) {
            add(change(order, random), round);
        }
        if (round.empty()) {
            break;  // everything near the best is tried
        }
        make(round);
    }
    return m_trials;
}

}  // namespace quantize
