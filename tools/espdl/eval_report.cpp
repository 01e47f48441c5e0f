#include "eval_report.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "file_io.hpp"

namespace espdl_tool {

namespace {

using Json = nlohmann::ordered_json;

bool write_text(const std::string &folder, const std::string &name, const std::string &text, std::string &error) {
    if (folder.empty()) {
        return true;
    }
    // Nothing is left half-written: a report that is there is whole.
    const std::string path = (std::filesystem::path(folder) / name).string(), part = path + ".part";
    std::error_code code;
    if (!write_file(part, {{text.data(), text.size()}}, error)) {
        return false;
    }
    std::filesystem::rename(part, path, code);
    if (code) {
        error = "'" + path + "': " + code.message();
    }
    return !code;
}

std::string dump(const Json &json, int indent) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string csv_field(const std::string &text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) {
        return text;
    }
    std::string quoted = "\"";
    for (char c : text) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + "\"";
}

/** A list with one element in a line: for people, and for tools that cut files. */
std::string lines_of(const std::vector<Json> &elements) {
    std::string text = "[";
    for (size_t i = 0; i < elements.size(); i++) {
        text += (i ? ",\n" : "\n") + dump(elements[i], -1);
    }
    return text + "\n]\n";
}

/** A classifier's outcomes. */
class Counts {
public:
    Counts(const EvalData &data, const std::vector<int> &map, int top_k) : m_data(data), m_map(map), m_top_k(top_k) {
        m_confusion.resize(data.classes.size() <= LARGEST_MATRIX ? data.classes.size() : 0);
        for (std::vector<size_t> &row : m_confusion) {
            row.resize(data.classes.size() + 1);  // the last one: none of the data set's
        }
        m_pictures.resize(data.classes.size());
        m_top1.resize(data.classes.size());
        m_top5.resize(data.classes.size());
    }

    void add(const EvalRecord &record) {
        const int label = m_data.items[record.item].label;
        if (label < 0) {
            return;
        }
        std::vector<int> answers;
        for (const auto &[index, score] : record.classes) {
            answers.push_back(index >= 0 && index < static_cast<int>(m_map.size()) ? m_map[static_cast<size_t>(index)]
                                                                                   : -1);
        }
        const size_t row = static_cast<size_t>(label);
        const int first = answers.empty() ? -1 : answers[0];
        m_pictures[row]++;
        m_top1[row] += first == label;
        answers.resize(std::min<size_t>(answers.size(), 5));
        m_top5[row] += std::find(answers.begin(), answers.end(), label) != answers.end();
        if (!m_confusion.empty()) {
            m_confusion[row][first < 0 ? m_data.classes.size() : static_cast<size_t>(first)]++;
        }
    }

    Json json() const {
        size_t pictures = 0, top1 = 0, top5 = 0;
        Json classes = Json::array();
        for (size_t i = 0; i < m_pictures.size(); i++) {
            pictures += m_pictures[i];
            top1 += m_top1[i];
            top5 += m_top5[i];
            classes.push_back({{"name", m_data.classes[i]},
                               {"pictures", m_pictures[i]},
                               {"top1", share(m_top1[i], m_pictures[i])},
                               {"top5", m_top_k < 5 ? Json(nullptr) : share(m_top5[i], m_pictures[i])}});
        }
        return {{"labelled", pictures},
                {"top1", share(top1, pictures)},
                {"top5", m_top_k < 5 ? Json(nullptr) : share(top5, pictures)},
                {"classes", classes}};
    }

    bool has_confusion() const { return !m_confusion.empty(); }
    std::string confusion() const {
        std::string text = "true\\said";
        for (const std::string &name : m_data.classes) {
            text += "," + csv_field(name);
        }
        text += ",other\n";
        for (size_t i = 0; i < m_confusion.size(); i++) {
            text += csv_field(m_data.classes[i]);
            for (size_t count : m_confusion[i]) {
                text += "," + std::to_string(count);
            }
            text += "\n";
        }
        return text;
    }

private:
    static constexpr size_t LARGEST_MATRIX = 4096;

    static Json share(size_t part, size_t whole) {
        return whole == 0 ? Json(nullptr) : Json(static_cast<double>(part) / static_cast<double>(whole));
    }
    const EvalData &m_data;
    const std::vector<int> &m_map;
    int m_top_k;
    std::vector<std::vector<size_t>> m_confusion;
    std::vector<size_t> m_pictures, m_top1, m_top5;
};

/** What is found, in the data set's categories. The firmware's other classes are left out. */
std::vector<coco::Object> detections(const EvalData &data, const std::vector<EvalRecord> &records,
                                     const std::vector<int> &map, coco::Kind kind) {
    std::vector<coco::Object> objects;
    for (const EvalRecord &record : records) {
        for (const Found &found : record.objects) {
            const bool known = found.category >= 0 && found.category < static_cast<int>(map.size());
            const int category = known ? map[static_cast<size_t>(found.category)] : -1;
            if (data.has_truth && category < 0) {
                continue;
            }
            coco::Object object;
            object.picture = data.items[record.item].id;
            object.category = data.has_truth ? data.truth.categories[static_cast<size_t>(category)].id : found.category;
            object.score = found.score;
            object.box = {static_cast<double>(found.box[0]), static_cast<double>(found.box[1]),
                          static_cast<double>(found.box[2]) - found.box[0],
                          static_cast<double>(found.box[3]) - found.box[1]};
            for (size_t i = 0; kind == coco::Kind::Keypoints && i + 1 < found.keypoints.size(); i += 2) {
                const int x = found.keypoints[i], y = found.keypoints[i + 1];
                object.keypoints.insert(object.keypoints.end(),
                                        {static_cast<double>(x), static_cast<double>(y), x || y ? 1.0 : 0.0});
            }
            if (kind == coco::Kind::Mask) {
                coco::rle_from_text(found.mask, static_cast<uint32_t>(record.height),
                                    static_cast<uint32_t>(record.width), object.mask);
            }
            coco::complete_detection(object, kind, kind == coco::Kind::Box, objects.size());
            objects.push_back(std::move(object));
        }
    }
    return objects;
}

bool report_classes(const EvalData &data, const std::vector<EvalRecord> &records, const std::vector<int> &map,
                    int top_k, const std::string &folder, Json &report, std::string &error) {
    std::vector<Json> results;
    for (const EvalRecord &record : records) {
        if (record.error.empty()) {
            results.push_back({{"file", data.items[record.item].name}, {"classes", record.classes}});
        }
    }
    if (!write_text(folder, "results_classes.json", lines_of(results), error)) {
        return false;
    }
    if (!data.has_truth) {
        return true;
    }
    Counts counts(data, map, top_k);
    for (const EvalRecord &record : records) {
        if (record.error.empty()) {
            counts.add(record);
        }
    }
    report["classification"] = counts.json();
    return !counts.has_confusion() || write_text(folder, "confusion.csv", counts.confusion(), error);
}

bool report_objects(EvalTask task, const EvalData &data, const std::vector<EvalRecord> &records,
                    const std::vector<int> &map, const std::string &folder, Json &report, std::string &error) {
    std::vector<int64_t> pictures;
    for (const EvalRecord &record : records) {
        if (record.error.empty()) {
            pictures.push_back(data.items[record.item].id);
        }
    }
    for (coco::Kind kind : kinds_of(task)) {
        const std::vector<coco::Object> objects = detections(data, records, map, kind);
        std::vector<Json> results;
        for (const coco::Object &object : objects) {
            results.push_back(coco::result_json(object, kind));
        }
        const std::string name = coco::kind_name(kind);
        if (!write_text(folder, "results_" + name + ".json", lines_of(results), error)) {
            return false;
        }
        if (data.has_truth) {
            report[name] = summary_json(coco::evaluate(data.truth, objects, kind, &pictures), data.truth);
        }
    }
    return true;
}

std::string percent(const Json &value) {
    if (!value.is_number() || value.get<double>() < 0) {
        return "-";
    }
    char text[32];
    snprintf(text, sizeof(text), "%.2f %%", 100 * value.get<double>());
    return text;
}

}  // namespace

bool parse_limit(const std::string &text, EvalLimit &limit) {
    const size_t equal = text.rfind('=');
    if (equal == std::string::npos || equal == 0) {
        return false;
    }
    limit.name = text.substr(0, equal);
    const char *end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data() + equal + 1, end, limit.least);
    return code == std::errc() && stop == end && std::isfinite(limit.least);
}

Json summary_json(const coco::Summary &summary, const coco::DataSet &truth) {
    Json json = Json::object();
    for (const coco::Measure &measure : summary.measures) {
        json[measure.name] = measure.value;
    }
    json["categories"] = Json::array();
    for (const coco::CategoryMeasure &category : summary.categories) {
        const auto at = std::find_if(truth.categories.begin(), truth.categories.end(),
                                     [&](const coco::Category &known) { return known.id == category.category; });
        json["categories"].push_back({{"id", category.category},
                                      {"name", at == truth.categories.end() ? "" : at->name},
                                      {"truths", category.truths},
                                      {"AP", category.precision},
                                      {"AP50", category.precision50}});
    }
    return json;
}

bool make_report(const Json &header, const EvalData &data, const std::vector<EvalRecord> &records,
                 const std::vector<std::string> &names, const std::string &folder, Json &report, std::string &error) {
    const Json &pipeline = header["pipeline"];
    EvalTask task = EvalTask::Classify;
    task_from_name(pipeline["task"].get<std::string>(), task);
    std::vector<int> map;
    if (data.has_truth) {
        const std::vector<std::string> own = names.empty() ? pipeline["names"].get<std::vector<std::string>>() : names;
        if (!map_classes(own, pipeline["classes"].get<size_t>(), data, map, error)) {
            return false;
        }
    }
    Json broken = Json::array();
    std::string broken_csv = "file,reason\n";
    for (const EvalRecord &record : records) {
        if (!record.error.empty()) {
            const std::string &file = data.items[record.item].name;
            broken.push_back({{"file", file}, {"reason", record.error}});
            broken_csv += csv_field(file) + "," + csv_field(record.error) + "\n";
        }
    }
    report = {{"data", data.path},
              {"model_sha256", header["model_sha256"]},
              {"target", header["target"]},
              {"pipeline", pipeline},
              {"pictures", records.size()},
              {"evaluated", records.size() - broken.size()},
              {"broken", broken}};
    const bool reported = task == EvalTask::Classify
                              ? report_classes(data, records, map, pipeline["top_k"].get<int>(), folder, report, error)
                              : report_objects(task, data, records, map, folder, report, error);
    return reported && write_text(folder, "broken.csv", broken_csv, error) &&
           write_text(folder, "report.json", dump(report, 2) + "\n", error);
}

void print_report(const Json &report) {
    if (report.contains("pipeline")) {
        const Json &pipeline = report["pipeline"];
        const std::string component = pipeline["component"].get<std::string>();
        printf("%s on %s: %s, %s%s, %zu of %zu pictures\n", report["data"].get<std::string>().c_str(),
               report["target"].get<std::string>().c_str(), pipeline["task"].get<std::string>().c_str(),
               pipeline["postprocessor"].get<std::string>().c_str(),
               component.empty() ? "" : (" of " + component).c_str(), report["evaluated"].get<size_t>(),
               report["pictures"].get<size_t>());
        const size_t shown = std::min<size_t>(report["broken"].size(), 20);
        for (size_t i = 0; i < shown; i++) {
            printf("  broken: %s: %s\n", report["broken"][i]["file"].get<std::string>().c_str(),
                   report["broken"][i]["reason"].get<std::string>().c_str());
        }
        if (report["broken"].size() > shown) {
            printf("  broken: %zu more\n", report["broken"].size() - shown);
        }
    }
    if (report.contains("classification")) {
        const Json &counts = report["classification"];
        printf("  top-1 %s, top-5 %s of %zu labelled pictures\n", percent(counts["top1"]).c_str(),
               percent(counts["top5"]).c_str(), counts["labelled"].get<size_t>());
        for (const Json &entry : counts["classes"]) {
            printf("    %-32s %8zu %10s %10s\n", entry["name"].get<std::string>().c_str(),
                   entry["pictures"].get<size_t>(), percent(entry["top1"]).c_str(), percent(entry["top5"]).c_str());
        }
    }
    for (coco::Kind kind : {coco::Kind::Box, coco::Kind::Mask, coco::Kind::Keypoints}) {
        const std::string name = coco::kind_name(kind);
        if (!report.contains(name)) {
            continue;
        }
        printf("  %s\n", name.c_str());
        for (const auto &[measure, value] : report[name].items()) {
            if (value.is_number()) {
                printf("    %-10s %10s\n", measure.c_str(), percent(value).c_str());
            }
        }
        for (const Json &category : report[name]["categories"]) {
            printf("    %-32s %8zu %10s %10s\n", category["name"].get<std::string>().c_str(),
                   category["truths"].get<size_t>(), percent(category["AP"]).c_str(),
                   percent(category["AP50"]).c_str());
        }
    }
}

std::vector<std::string> unmet_limits(const Json &report, const std::vector<EvalLimit> &limits) {
    std::vector<std::string> unmet;
    for (const EvalLimit &limit : limits) {
        const size_t dot = limit.name.find('.');
        const std::string part = dot == std::string::npos ? "classification" : limit.name.substr(0, dot);
        const std::string key = dot == std::string::npos ? limit.name : limit.name.substr(dot + 1);
        const bool has = report.contains(part) && report[part].contains(key) && report[part][key].is_number();
        if (!has || report[part][key].get<double>() < limit.least) {
            unmet.push_back(limit.name + " is " + (has ? dump(report[part][key], -1) : "not measured") + ", needed " +
                            dump(limit.least, -1));
        }
    }
    return unmet;
}

}  // namespace espdl_tool
