/**
 * @file search_report.hpp
 * What a search has found: for programs, for people, and as a picture.
 */
#pragma once

#include <string>
#include <vector>

#include "search/search.hpp"

namespace quantize {

/** What the reports say beside the trials. */
struct SearchFacts {
    std::string model, target, board;  ///< board: that times are predicted for
    std::string metric;                ///< what trials are compared by: "dB"
    bool less_is_better = false;
    Budget budget;
    size_t top = 5;
};

/** All trials, by number. */
std::string summary_json(const std::vector<Trial> &trials, const SearchFacts &facts);
/** The best ones. */
std::string candidates_json(const std::vector<Trial> &trials, const SearchFacts &facts);
/** The best ones, by metric and by time, and what failed. */
std::string top_report(const std::vector<Trial> &trials, const SearchFacts &facts);
/** All trials by time and metric, with a line along those that none is better than: an SVG picture. */
std::string pareto_svg(const std::vector<Trial> &trials, const SearchFacts &facts);
/** "42.1 dB, 12.3 KB, 4.5 KB of RAM, 1.23 ms" */
std::string result_text(const Trial &trial, const SearchFacts &facts);
/** "trials/0007" */
std::string trial_name(const Trial &trial);

}  // namespace quantize
