// report.html: the same for people.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "report/report.hpp"

namespace quantize {

namespace {

std::string escaped(const std::string &text) {
    std::string out;
    for (char c : text) {
        out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return out;
}

std::string number(const char *format, double value) {
    char text[48];
    snprintf(text, sizeof(text), format, value);
    return text;
}

std::string percent(double share) {
    return number("%.3f%%", 100 * share);
}

std::string cell(const std::string &text) {
    return "<td class=n>" + text;
}

std::string list_section(const std::string &heading, const std::vector<std::string> &lines) {
    std::string html = lines.empty() ? "" : "<h2>" + heading + "</h2><ul>";
    for (const std::string &line : lines) {
        html += "<li>" + escaped(line);
    }
    return html + (lines.empty() ? "" : "</ul>");
}

std::string run_section(const RunFacts &facts) {
    std::string html = "<p>" + escaped(facts.verification.text) + "</p><table><tr><td>bits" +
                       cell(std::to_string(facts.bits)) + "<tr><td>observer" + cell(escaped(facts.observer)) +
                       "<tr><td>file" + cell(number("%.1f KB", static_cast<double>(facts.cost.file) / 1024)) +
                       "<tr><td>RAM for tensors" +
                       cell(number("%.1f KB", static_cast<double>(facts.cost.arena) / 1024));
    if (facts.cost.ms) {
        html += "<tr><td>predicted on " + escaped(facts.board) + cell(number("%.2f ms", *facts.cost.ms));
    }
    for (const auto &[name, value] : facts.options) {
        html += "<tr><td>" + escaped(name) + "<td>" + escaped(value);
    }
    return html + "</table>";
}

std::string output_section(const Report &report, const Quality &quality) {
    const bool rules = std::any_of(quality.outputs.begin(), quality.outputs.end(),
                                   [](const OutputFacts &output) { return output.behind.has_value(); });
    std::string html = "<h2>Outputs</h2><table><tr><th>output<th>signal to noise<th>cosine<th>L1<th>L2<th>Chebyshev";
    html += rules ? "<th>behind the function<th>rule" : "";
    for (const OutputError &error : report.outputs) {
        const auto known = std::find_if(quality.outputs.begin(), quality.outputs.end(),
                                        [&](const OutputFacts &output) { return output.name == error.name; });
        html += "<tr><td>" + escaped(error.name) +
                cell(known == quality.outputs.end() ? "" : number("%.1f dB", known->db)) +
                cell(number("%.6f", error.cosine)) + cell(number("%.6g", error.l1)) + cell(number("%.6g", error.l2)) +
                cell(number("%.6g", error.chebyshev));
        if (known != quality.outputs.end() && known->behind) {
            html += cell(number("%.1f dB", *known->behind)) + "<td>" + escaped(known->rule);
        }
    }
    return html + "</table>";
}

std::string pass_section(const std::vector<PassGain> &passes) {
    std::string html =
        passes.empty() ? "" : "<h2>Passes</h2><table><tr><th>pass<th>dB before<th>dB after<th>measured on";
    for (const PassGain &pass : passes) {
        html += "<tr><td>" + escaped(pass.pass + (pass.details.empty() ? "" : ": " + pass.details)) +
                cell(number("%.1f", pass.before)) + cell(number("%.1f", pass.after)) + "<td>" + escaped(pass.samples);
    }
    return html + (passes.empty() ? "" : "</table>");
}

std::string layer_section(const std::vector<LayerFacts> &layers) {
    std::string html =
        "<h2>Layers</h2><table><tr><th>layer<th>type<th>bits<th>scale of its output<th>of its weights<th>beyond the "
        "scale";
    for (const LayerFacts &layer : layers) {
        auto power = [](int exponent) { return "2^" + std::to_string(exponent); };
        std::string weights = layer.weights ? power(layer.weights->first) : "";
        if (layer.weights && layer.weights->first != layer.weights->second) {
            weights += " to " + power(layer.weights->second);
        }
        html += "<tr><td>" + escaped(layer.name) + "<td>" + escaped(layer.type) +
                cell(layer.bits ? std::to_string(layer.bits) : "float") +
                cell(layer.exponent ? power(*layer.exponent) : "") + cell(weights) +
                cell(layer.clipped > 0 ? percent(layer.clipped) : "");
    }
    return html + "</table>";
}

std::string error_section(const std::string &heading, const std::vector<LayerError> &errors) {
    if (errors.empty()) {
        return "";
    }
    const std::vector<LayerError> sorted = worst_first(errors);
    const double most = std::max(1e-12, sorted[0].ratio);
    std::string html = "<h2>" + heading + "</h2><table>";
    for (const LayerError &error : sorted) {
        html += "<tr><td>" + escaped(error.name) +
                "<td><svg width=300 height=12><rect height=12 width=" + std::to_string(300 * error.ratio / most) +
                " /></svg>" + cell(percent(error.ratio));
    }
    return html + "</table>";
}

std::string histogram_section(const std::vector<Report::Layer> &layers) {
    std::string html =
        "<h2>Values of the ten worst layers</h2><p>Float values of the first batch; the lines are the ends of the "
        "scale.</p>";
    for (const Report::Layer &layer : layers) {
        const double most = std::max(1.0, *std::max_element(layer.histogram.begin(), layer.histogram.end()));
        html += "<h3>" + escaped(layer.name) + ", scale 2^" + std::to_string(layer.exponent) +
                "</h3><svg width=640 height=100>";
        for (size_t i = 0; i < layer.histogram.size(); i++) {
            const double h = 98 * std::log1p(layer.histogram[i]) / std::log1p(most);
            html += "<rect x=" + std::to_string(i * 10) + " y=" + std::to_string(100 - h) +
                    " width=9 height=" + std::to_string(h) + " />";
        }
        for (double end : {layer.low, layer.high}) {
            const double x = 320 + 320 * end / layer.limit;
            html += "<line stroke=#c00 x1=" + std::to_string(x) + " x2=" + std::to_string(x) + " y1=0 y2=100 />";
        }
        html += "</svg>";
    }
    return html;
}

}  // namespace

std::string report_html(const Report &report, const RunFacts &facts) {
    const std::string title = escaped(facts.model + ", " + facts.target);
    std::vector<std::string> suggestions;
    for (const Suggestion &suggestion : facts.suggestions.list) {
        suggestions.push_back(suggestion_text(suggestion));
    }
    return "<!doctype html><meta charset=utf-8><title>" + title +
           "</title><style>body{font:14px sans-serif;margin:2em;max-width:70em}td,th{padding:2px 8px;text-align:left}"
           "td.n{text-align:right;font-variant-numeric:tabular-nums}rect{fill:#47a}svg{background:#f4f4f4}</"
           "style><h1>" +
           title + "</h1>" + run_section(facts) + output_section(report, facts.quality) +
           list_section("Warnings", facts.warnings) + list_section("Suggestions", suggestions) +
           pass_section(facts.passes) + error_section("Noise to signal, everything quantized", report.graphwise) +
           error_section("Noise to signal of the outputs, one layer quantized", report.layerwise) +
           layer_section(facts.quality.layers) + histogram_section(report.worst) + "\n";
}

}  // namespace quantize
