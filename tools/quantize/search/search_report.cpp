#include "search/search_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace quantize {

namespace {

using Json = nlohmann::ordered_json;

std::string number(const char *format, double value) {
    char text[64];
    snprintf(text, sizeof(text), format, value);
    return text;
}

/** As the user's evaluation says it. */
double shown(double metric, const SearchFacts &facts) {
    return facts.less_is_better ? -metric : metric;
}

std::string kilobytes(int64_t bytes) {
    return number("%.1f", static_cast<double>(bytes) / 1024);
}

Json describe(const Trial &trial, const SearchFacts &facts) {
    Json config = Json::object();
    for (const auto &[option, value] : trial.config) {
        config[option] = value;
    }
    Json json = {{"trial", trial_name(trial)}, {"config", config}};
    if (!trial.worked()) {
        json["failure"] = trial.failure;
        return json;
    }
    json.update(Json{{"metric", shown(trial.metric, facts)},
                     {"signal_to_noise_db", trial.db},
                     {"file_bytes", trial.file},
                     {"ram_bytes", trial.ram},
                     {"predicted_ms", trial.ms ? Json(*trial.ms) : Json()},
                     {"within_budget", excess(trial, facts.budget) == 0}});
    if (!trial.measures.is_null()) {
        json["measures"] = trial.measures;
    }
    return json;
}

std::string dumped(const Json &json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/** With what Markdown would take for its own. */
std::string in_cell(const std::string &text) {
    std::string out;
    for (char c : text) {
        out += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
    }
    return out;
}

std::string table(const std::vector<Trial> &trials, const std::vector<size_t> &rows, const SearchFacts &facts) {
    std::string text = "| trial | " + in_cell(facts.metric) +
                       " | KB of file | KB of RAM | predicted ms | options |\n|---|---|---|---|---|---|\n";
    for (size_t i : rows) {
        const Trial &trial = trials[i];
        text += "| " + trial_name(trial) + " | " + number("%.4g", shown(trial.metric, facts)) + " | " +
                kilobytes(trial.file) + " | " + kilobytes(trial.ram) + " | " +
                (trial.ms ? number("%.2f", *trial.ms) : "unknown") + " | " + in_cell(text_of(trial.config)) + " |\n";
    }
    return text;
}

std::string budget_text(const SearchFacts &facts) {
    std::string text;
    auto add = [&](const std::string &limit) { text += (text.empty() ? "" : ", ") + limit; };
    if (facts.budget.file) {
        add("file of at most " + kilobytes(*facts.budget.file) + " KB");
    }
    if (facts.budget.ram) {
        add("at most " + kilobytes(*facts.budget.ram) + " KB of RAM");
    }
    if (facts.budget.ms) {
        add("at most " + number("%g", *facts.budget.ms) + " ms");
    }
    if (facts.budget.metric) {
        add(facts.metric + (facts.less_is_better ? " of at most " : " of at least ") +
            number("%g", shown(*facts.budget.metric, facts)));
    }
    return text.empty() ? "none" : text;
}

/** One axis of the picture. */
struct Axis {
    double low = 0, high = 1;
    double from, to;  ///< in pixels

    Axis(const std::vector<double> &values, double from, double to) : from(from), to(to) {
        if (!values.empty()) {
            low = *std::min_element(values.begin(), values.end());
            high = *std::max_element(values.begin(), values.end());
        }
        const double margin = std::max((high - low) * 0.08, std::max(std::fabs(high) * 1e-3, 1e-9));
        low -= margin;
        high += margin;
    }
    double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

std::string escaped(const std::string &text) {
    std::string out;
    for (char c : text) {
        out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return out;
}

/** Lines, numbers and names of both axes. */
std::string grid(const Axis &x, const Axis &y, const std::string &x_name, const std::string &y_name) {
    std::string svg;
    for (int i = 0; i <= 4; i++) {
        const double px = x.from + (x.to - x.from) * i / 4, py = y.from + (y.to - y.from) * i / 4;
        svg += "<line class=\"g\" x1=\"" + number("%.1f", px) + "\" x2=\"" + number("%.1f", px) + "\" y1=\"" +
               number("%.1f", y.from) + "\" y2=\"" + number("%.1f", y.to) + "\"/><text x=\"" + number("%.1f", px) +
               "\" y=\"" + number("%.1f", y.from + 18) + "\" text-anchor=\"middle\">" +
               number("%.4g", x.low + (x.high - x.low) * i / 4) + "</text>\n<line class=\"g\" x1=\"" +
               number("%.1f", x.from) + "\" x2=\"" + number("%.1f", x.to) + "\" y1=\"" + number("%.1f", py) +
               "\" y2=\"" + number("%.1f", py) + "\"/><text x=\"" + number("%.1f", x.from - 6) + "\" y=\"" +
               number("%.1f", py + 4) + "\" text-anchor=\"end\">" + number("%.4g", y.low + (y.high - y.low) * i / 4) +
               "</text>\n";
    }
    return svg + "<text x=\"" + number("%.1f", (x.from + x.to) / 2) + "\" y=\"" + number("%.1f", y.from + 38) +
           "\" text-anchor=\"middle\">" + escaped(x_name) + "</text>\n<text x=\"12\" y=\"" + number("%.1f", y.to - 10) +
           "\">" + escaped(y_name) + "</text>\n";
}

}  // namespace

std::string trial_name(const Trial &trial) {
    return number("trials/%04.0f", trial.number);
}

std::string result_text(const Trial &trial, const SearchFacts &facts) {
    return number("%.4g ", shown(trial.metric, facts)) + facts.metric + ", " + kilobytes(trial.file) + " KB, " +
           kilobytes(trial.ram) + " KB of RAM" + (trial.ms ? ", " + number("%.2f ms", *trial.ms) : "");
}

std::string summary_json(const std::vector<Trial> &trials, const SearchFacts &facts) {
    Json list = Json::array();
    for (const Trial &trial : trials) {
        list.push_back(describe(trial, facts));
    }
    return dumped({{"model", facts.model},
                   {"target", facts.target},
                   {"board", facts.board},
                   {"metric", facts.metric},
                   {"budget", budget_text(facts)},
                   {"trials", list}});
}

std::string candidates_json(const std::vector<Trial> &trials, const SearchFacts &facts) {
    Json list = Json::array();
    for (size_t i : best_of(trials, facts.budget, facts.top)) {
        list.push_back(describe(trials[i], facts));
    }
    return dumped(list);
}

std::string top_report(const std::vector<Trial> &trials, const SearchFacts &facts) {
    std::vector<size_t> best = best_of(trials, facts.budget, facts.top);
    std::string text = "# " + facts.model + " for " + facts.target + "\n\n" + std::to_string(trials.size()) +
                       " trials. Budget: " + budget_text(facts) + "." +
                       (facts.board.empty() ? "" : " Times are predicted for " + facts.board + ".") +
                       "\n\n`espdl quantize --config trials/NNNN/model.toml` repeats one.\n\n";
    if (best.empty()) {
        text += "None keeps the budget.\n\n";
    } else {
        text += "## Best first\n\n" + table(trials, best, facts);
        std::stable_sort(best.begin(), best.end(), [&](size_t a, size_t b) {
            return trials[a].ms && trials[b].ms ? *trials[a].ms < *trials[b].ms : trials[a].file < trials[b].file;
        });
        text += "\n## Fastest first\n\n" + table(trials, best, facts);
    }
    text += "\n## None is better and faster\n\n" + table(trials, pareto(trials), facts) +
            "\n![trials by time and metric](pareto.svg)\n";
    std::string failed;
    for (const Trial &trial : trials) {
        if (!trial.worked()) {
            failed += "- " + trial_name(trial) + " (" + text_of(trial.config) + "): " + trial.failure + "\n";
        }
    }
    return text + (failed.empty() ? "" : "\n## Failed\n\n" + failed);
}

std::string pareto_svg(const std::vector<Trial> &trials, const SearchFacts &facts) {
    const bool timed = std::all_of(trials.begin(), trials.end(), [](const Trial &t) { return !t.worked() || t.ms; });
    auto cost = [&](const Trial &trial) { return timed ? *trial.ms : static_cast<double>(trial.file) / 1024; };
    std::vector<double> costs, metrics;
    for (const Trial &trial : trials) {
        if (trial.worked()) {
            costs.push_back(cost(trial));
            metrics.push_back(shown(trial.metric, facts));
        }
    }
    const Axis x(costs, 70, 610), y(metrics, 350, 40);
    std::string svg =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"400\" font-family=\"sans-serif\" "
        "font-size=\"12\"><style>.g{stroke:#ddd}.t{fill:#8ac}.o{fill:#c66}.p{fill:#147}.l{fill:none;stroke:#147}"
        "</style><rect width=\"640\" height=\"400\" fill=\"#fff\"/>\n" +
        grid(x, y, timed ? "predicted ms" : "KB of file", facts.metric);
    std::string line;
    const std::vector<size_t> front = pareto(trials);
    for (size_t i : front) {
        line += number("%.1f,", x.at(cost(trials[i]))) + number("%.1f ", y.at(shown(trials[i].metric, facts)));
    }
    svg += "<polyline class=\"l\" points=\"" + line + "\"/>\n";
    for (size_t i = 0; i < trials.size(); i++) {
        const Trial &trial = trials[i];
        if (trial.worked()) {
            const bool best = std::count(front.begin(), front.end(), i) > 0;
            svg += std::string("<circle class=\"") +
                   (excess(trial, facts.budget) > 0 ? "o"
                    : best                          ? "p"
                                                    : "t") +
                   "\" r=\"" + (best ? "5" : "4") + "\" cx=\"" + number("%.1f", x.at(cost(trial))) + "\" cy=\"" +
                   number("%.1f", y.at(shown(trial.metric, facts))) + "\"><title>" + trial_name(trial) + ": " +
                   escaped(text_of(trial.config) + ": " + result_text(trial, facts)) + "</title></circle>\n";
        }
    }
    return svg + "</svg>\n";
}

}  // namespace quantize
