// The search of espdl autoquant, on results that are made up.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "search/search.hpp"
#include "search/search_report.hpp"

namespace {

using namespace quantize;

/** Values whose best ones help each other. */
const Space s_space = {{"a", {"0", "1", "2", "3"}},
                       {"b", {"false", "true"}},
                       {"c", {"'x'", "'y'", "'z'"}},
                       {"d", {"0", "1", "2", "3", "4"}},
                       {INT16_COUNT, {"0", "1", "2", "4"}}};

/** As if measured: more of `d` and of the layers is better and slower. */
void fill(Trial &trial) {
    auto number = [&](const char *option) {
        const auto found = trial.config.find(option);
        return found == trial.config.end() ? 0 : std::stoi(found->second);
    };
    const bool b = trial.config.count("b"), z = trial.config.count("c") && trial.config["c"] == "'z'";
    const int d = number("d"), layers = number(INT16_COUNT);
    trial.metric = trial.db = 20 - std::abs(number("a") - 2) + (b ? 1 : 0) + (z ? (b ? 3 : -1) : 0) + d + layers;
    trial.file = 1000 + 100 * layers;
    trial.ms = 1 + d + 0.5 * layers;
    if (number("a") == 3 && d == 4) {
        trial.failure = "made to fail";
    }
}

std::vector<Trial> search(SearchSettings settings, size_t sensitive = 9) {
    settings.space = settings.space.empty() ? s_space : settings.space;
    return Search(
               settings, [](std::vector<Trial> &trials) { std::for_each(trials.begin(), trials.end(), fill); },
               [=] { return sensitive; })
        .run();
}

const Trial &best(const std::vector<Trial> &trials, const Budget &budget = {}) {
    return *std::min_element(trials.begin(), trials.end(),
                             [&](const Trial &a, const Trial &b) { return better(a, b, budget); });
}

TEST(Search, TriesAllIfThatIsFewEnough) {
    SearchSettings settings;
    settings.trials = size_of(s_space);
    EXPECT_EQ(settings.trials, 4u * 2 * 3 * 5 * 4);
    const std::vector<Trial> trials = search(settings);
    std::set<std::string> configs;
    for (size_t i = 0; i < trials.size(); i++) {
        EXPECT_EQ(trials[i].number, (int)i);
        configs.insert(text_of(trials[i].config));
    }
    EXPECT_EQ(trials.size(), settings.trials);
    EXPECT_EQ(configs.size(), trials.size());
    EXPECT_EQ(best(trials).metric, 32);
}

TEST(Search, FindsTheBestOfManyInFewTrials) {
    for (uint32_t seed = 0; seed < 5; seed++) {
        SearchSettings settings;
        settings.trials = 80;
        settings.seed = seed;
        const std::vector<Trial> trials = search(settings);
        EXPECT_LE(trials.size(), 80u);
        EXPECT_GE(best(trials).metric, 31) << seed;
        EXPECT_EQ(text_of(trials[0].config), "a = 0, c = 'x', d = 0");
    }
}

TEST(Search, TheSeedAndTheResultsDecide) {
    auto configs = [](uint32_t seed) {
        SearchSettings settings;
        settings.trials = 60;
        settings.seed = seed;
        std::string text;
        for (const Trial &trial : search(settings)) {
            text += text_of(trial.config) + "\n";
        }
        return text;
    };
    EXPECT_EQ(configs(1), configs(1));
    EXPECT_NE(configs(1), configs(2));
}

TEST(Search, KeepsTheBudget) {
    SearchSettings settings;
    settings.trials = 80;
    settings.budget.ms = 3.2;
    const std::vector<Trial> trials = search(settings);
    const Trial &found = best(trials, settings.budget);
    EXPECT_LE(*found.ms, 3.2);
    EXPECT_GE(found.metric, 27);  // 28 is the most within it
    for (size_t i : best_of(trials, settings.budget, 5)) {
        EXPECT_EQ(excess(trials[i], settings.budget), 0);
    }
    settings.budget = Budget();
    settings.budget.metric = 24;
    const Trial &enough = best(search(settings), settings.budget);
    EXPECT_GE(enough.metric, 24);
    EXPECT_EQ(*enough.ms, 1);  // nothing slower is needed
}

TEST(Search, FewLayersAreSensitive) {
    SearchSettings settings;
    settings.trials = 1000;
    const std::vector<Trial> trials = search(settings, 2);
    EXPECT_EQ(trials.size(), size_of(s_space) / 4 * 3);  // 4 layers are 2
    for (const Trial &trial : trials) {
        EXPECT_TRUE(!trial.config.count(INT16_COUNT) || trial.config.at(INT16_COUNT) <= "2");
    }
}

TEST(Search, OptionsOfWhatIsNotUsedAreLeftOut) {
    const Space space = {{"train", {"''", "'tqt'"}}, {"train-rate", {"1e-3", "1e-4"}}, {"equalize-level", {"1", "2"}}};
    EXPECT_EQ(text_of(config_at(space, {0, 1, 1}, 0)), "defaults");
    EXPECT_EQ(text_of(config_at(space, {1, 1, 0}, 0)), "train = 'tqt', train-rate = 1e-4");
    SearchSettings settings;
    settings.space = space;
    EXPECT_EQ(search(settings).size(), 3u);
}

TEST(Search, BetterIsAnOrder) {
    SearchSettings settings;
    settings.trials = 400;
    const std::vector<Trial> trials = search(settings);
    for (const std::optional<double> &goal : {std::optional<double>(), std::optional<double>(25)}) {
        Budget budget;
        budget.metric = goal;
        budget.ms = 5;
        for (size_t i = 0; i < trials.size(); i += 7) {
            EXPECT_FALSE(better(trials[i], trials[i], budget));
            for (size_t k = 0; k < trials.size(); k += 11) {
                EXPECT_TRUE(i == k || better(trials[i], trials[k], budget) != better(trials[k], trials[i], budget));
                for (size_t m = 0; m < trials.size(); m += 13) {
                    EXPECT_FALSE(better(trials[i], trials[k], budget) && better(trials[k], trials[m], budget) &&
                                 better(trials[m], trials[i], budget));
                }
            }
        }
    }
}

TEST(Search, NothingIsBetterThanTheFrontInBoth) {
    SearchSettings settings;
    settings.trials = 60;
    const std::vector<Trial> trials = search(settings);
    const std::vector<size_t> front = pareto(trials);
    ASSERT_FALSE(front.empty());
    for (size_t i = 0; i < trials.size(); i++) {
        if (!trials[i].worked()) {
            continue;
        }
        const bool in_front = std::count(front.begin(), front.end(), i) > 0;
        bool beaten = false;
        for (const Trial &other : trials) {
            beaten = beaten || (other.worked() && other.metric >= trials[i].metric && *other.ms <= *trials[i].ms &&
                                (other.metric > trials[i].metric || *other.ms < *trials[i].ms));
        }
        EXPECT_FALSE(in_front && beaten) << i;
        EXPECT_TRUE(in_front || beaten ||
                    std::any_of(front.begin(), front.end(),
                                [&](size_t k) {
                                    return trials[k].metric == trials[i].metric && *trials[k].ms == *trials[i].ms;
                                }))
            << i;
    }
}

TEST(Search, TheReportLeavesAChoice) {
    SearchSettings settings;
    settings.trials = 400;
    const std::vector<Trial> trials = search(settings);
    int plain = 0;
    const std::vector<size_t> chosen = best_of(trials, {}, 6);
    EXPECT_EQ(chosen.size(), 6u);
    for (size_t i : chosen) {
        plain += !trials[i].config.count(INT16_COUNT);
    }
    EXPECT_EQ(plain, 3);
    SearchFacts facts;
    facts.model = "m.onnx";
    facts.metric = "dB";
    const std::string report = top_report(trials, facts), svg = pareto_svg(trials, facts);
    EXPECT_NE(report.find("## Failed"), std::string::npos);
    size_t circles = 0, worked = 0;
    for (size_t at = 0; (at = svg.find("<circle", at)) != std::string::npos; at++) {
        circles++;
    }
    for (const Trial &trial : trials) {
        worked += trial.worked();
    }
    EXPECT_EQ(circles, worked);
}

}  // namespace
