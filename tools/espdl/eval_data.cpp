#include "eval_data.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "file_io.hpp"

namespace espdl_tool {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

bool is_picture(const fs::path &path) {
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
    return ending == ".jpg" || ending == ".jpeg" || ending == ".png" || ending == ".bmp";
}

/** Pictures below a folder, sorted by name in bytes. */
bool list_pictures(const fs::path &root, std::vector<std::string> &names, std::string &error) {
    std::error_code code;
    fs::recursive_directory_iterator it(root, fs::directory_options::follow_directory_symlink, code), end;
    for (; !code && it != end; it.increment(code)) {
        std::error_code status;
        if (is_picture(it->path()) && !it->is_directory(status)) {
            names.push_back(it->path().lexically_relative(root).generic_string());
        }
    }
    if (code) {
        error = "'" + root.string() + "': " + code.message();
        return false;
    }
    std::sort(names.begin(), names.end());
    return true;
}

bool open_folder(EvalTask task, EvalData &data, std::string &error) {
    std::vector<std::string> names;
    if (!list_pictures(data.path, names, error)) {
        return false;
    }
    data.images = data.path;
    std::set<std::string> classes;
    for (const std::string &name : names) {
        const size_t slash = name.find('/');
        if (slash != std::string::npos) {
            classes.insert(name.substr(0, slash));
        }
    }
    data.classes.assign(classes.begin(), classes.end());
    data.has_truth = task == EvalTask::Classify && !data.classes.empty();
    for (const std::string &name : names) {
        EvalItem item = {name, static_cast<int64_t>(data.items.size()) + 1, -1};
        const size_t slash = name.find('/');
        if (slash != std::string::npos) {
            const auto at = std::lower_bound(data.classes.begin(), data.classes.end(), name.substr(0, slash));
            item.label = static_cast<int>(at - data.classes.begin());
        }
        data.items.push_back(item);
    }
    if (task != EvalTask::Classify) {
        data.classes.clear();
    }
    return true;
}

bool open_coco(EvalTask task, EvalData &data, std::string &error) {
    std::vector<uint8_t> text;
    if (!read_file(data.path, text, error)) {
        return false;
    }
    const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
    if (json.is_discarded()) {
        error = "'" + data.path + "' is no JSON";
        return false;
    }
    if (task == EvalTask::Classify) {
        error = "'" + data.path +
                "': COCO's JSON is for detection, pose and segmentation; a classifier needs a folder "
                "or a .csv file";
        return false;
    }
    if (!coco::read_data_set(json, kinds_of(task), data.truth, error)) {
        error = "'" + data.path + "': " + error;
        return false;
    }
    std::sort(data.truth.categories.begin(), data.truth.categories.end(),
              [](const coco::Category &a, const coco::Category &b) { return a.id < b.id; });
    for (const coco::Category &category : data.truth.categories) {
        data.classes.push_back(category.name);
    }
    for (const coco::Picture &picture : data.truth.pictures) {
        if (picture.file.empty()) {
            error = "'" + data.path + "': picture " + std::to_string(picture.id) + " has no 'file_name'";
            return false;
        }
        data.items.push_back({picture.file, picture.id, -1});
    }
    std::sort(data.items.begin(), data.items.end(), [](const EvalItem &a, const EvalItem &b) { return a.id < b.id; });
    data.has_truth = true;
    return true;
}

bool parse_number(const std::string &text, double &value) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

/** The columns of a CSV file, by their headings. */
struct Columns {
    int file = -1, label = -1, x = -1, y = -1, width = -1, height = -1;

    static int find(const std::vector<std::string> &heading, const char *name) {
        const auto at = std::find(heading.begin(), heading.end(), name);
        return at == heading.end() ? -1 : static_cast<int>(at - heading.begin());
    }
    explicit Columns(const std::vector<std::string> &heading)
        : file(find(heading, "file")),
          label(find(heading, "label")),
          x(find(heading, "x")),
          y(find(heading, "y")),
          width(find(heading, "width")),
          height(find(heading, "height")) {}
    bool has_box() const { return x >= 0 && y >= 0 && width >= 0 && height >= 0; }
};

/** A row of a detection's CSV file. @return false if its numbers are none */
bool add_box(const Columns &columns, const std::vector<std::string> &row, int64_t picture, int label, EvalData &data) {
    coco::Object object;
    const int places[] = {columns.x, columns.y, columns.width, columns.height};
    for (size_t i = 0; i < 4; i++) {
        if (!parse_number(row[static_cast<size_t>(places[i])], object.box[i])) {
            return false;
        }
    }
    object.id = static_cast<int64_t>(data.truth.objects.size()) + 1;
    object.picture = picture;
    object.category = label + 1;
    object.area = object.box[2] * object.box[3];
    data.truth.objects.push_back(object);
    return true;
}

bool read_rows(const std::vector<std::vector<std::string>> &rows, const Columns &columns, EvalTask task, EvalData &data,
               std::string &error) {
    std::map<std::string, size_t> items;
    std::set<std::string> labels;
    for (size_t i = 1; i < rows.size(); i++) {
        if (!rows[i][static_cast<size_t>(columns.label)].empty()) {
            labels.insert(rows[i][static_cast<size_t>(columns.label)]);
        }
    }
    data.classes.assign(labels.begin(), labels.end());
    for (size_t i = 1; i < rows.size(); i++) {
        const std::string &name = rows[i][static_cast<size_t>(columns.file)],
                          &label = rows[i][static_cast<size_t>(columns.label)];
        const auto at = std::lower_bound(data.classes.begin(), data.classes.end(), label);
        const int index = label.empty() ? -1 : static_cast<int>(at - data.classes.begin());
        const auto [item, is_new] = items.emplace(name, data.items.size());
        if (!is_new && task == EvalTask::Classify) {
            error = "line " + std::to_string(i + 1) + ": '" + name + "' is there twice";
            return false;
        }
        if (is_new) {
            data.items.push_back(
                {name, static_cast<int64_t>(data.items.size()) + 1, task == EvalTask::Classify ? index : -1});
        }
        if (task == EvalTask::Detect && index >= 0 &&
            !add_box(columns, rows[i], data.items[item->second].id, index, data)) {
            error = "line " + std::to_string(i + 1) + ": x, y, width and height are needed as numbers";
            return false;
        }
    }
    return true;
}

bool open_csv(EvalTask task, EvalData &data, std::string &error) {
    std::vector<uint8_t> bytes;
    if (!read_file(data.path, bytes, error)) {
        return false;
    }
    std::vector<std::vector<std::string>> rows;
    if (!parse_csv(std::string(bytes.begin(), bytes.end()), rows, error)) {
        error = "'" + data.path + "': " + error;
        return false;
    }
    const Columns columns(rows.empty() ? std::vector<std::string>() : rows[0]);
    if (task != EvalTask::Classify && task != EvalTask::Detect) {
        error = "'" + data.path + "': a .csv file is for classification or detection; poses and masks need COCO's JSON";
        return false;
    }
    if (columns.file < 0 || columns.label < 0 || (task == EvalTask::Detect && !columns.has_box())) {
        error = "'" + data.path + "': the first line must name the columns file,label" +
                (task == EvalTask::Detect ? ",x,y,width,height" : "");
        return false;
    }
    if (!read_rows(rows, columns, task, data, error)) {
        error = "'" + data.path + "': " + error;
        return false;
    }
    if (task == EvalTask::Detect) {
        for (const EvalItem &item : data.items) {
            data.truth.pictures.push_back({item.id, item.name, 0, 0});
        }
        for (size_t i = 0; i < data.classes.size(); i++) {
            data.truth.categories.push_back({static_cast<int64_t>(i) + 1, data.classes[i]});
        }
    }
    data.has_truth = true;
    return true;
}

std::string list_some(const std::vector<std::string> &names) {
    std::string text;
    for (size_t i = 0; i < std::min<size_t>(names.size(), 3); i++) {
        text += (i ? ", '" : "'") + names[i] + "'";
    }
    return text + (names.size() > 3 ? ", ..." : "");
}

}  // namespace

const char *task_name(EvalTask task) {
    switch (task) {
        case EvalTask::Classify:
            return "classify";
        case EvalTask::Detect:
            return "detect";
        case EvalTask::Pose:
            return "pose";
        default:
            return "segment";
    }
}

bool task_from_name(const std::string &name, EvalTask &task) {
    for (EvalTask known : {EvalTask::Classify, EvalTask::Detect, EvalTask::Pose, EvalTask::Segment}) {
        if (name == task_name(known)) {
            task = known;
            return true;
        }
    }
    return false;
}

std::vector<coco::Kind> kinds_of(EvalTask task) {
    switch (task) {
        case EvalTask::Detect:
            return {coco::Kind::Box};
        case EvalTask::Pose:
            return {coco::Kind::Box, coco::Kind::Keypoints};
        case EvalTask::Segment:
            return {coco::Kind::Box, coco::Kind::Mask};
        default:
            return {};
    }
}

bool open_eval_data(const std::string &path, const std::string &images, EvalTask task, size_t limit, EvalData &data,
                    std::string &error) {
    std::error_code code;
    data.path = path;
    const fs::path parent = fs::path(path).parent_path();
    data.images = !images.empty() ? images : parent.empty() ? "." : parent.string();
    const std::string ending = fs::path(path).extension().string();
    bool opened;
    if (fs::is_directory(path, code)) {
        opened = open_folder(task, data, error);
    } else if (ending == ".csv") {
        opened = open_csv(task, data, error);
    } else if (ending == ".json") {
        opened = open_coco(task, data, error);
    } else {
        error = "--data: '" + path + "' is no folder, and its name ends neither in .json nor in .csv";
        return false;
    }
    if (opened && data.items.empty()) {
        error = "--data: '" + path + "' holds no pictures";
        return false;
    }
    if (limit > 0 && data.items.size() > limit) {
        data.items.resize(limit);
    }
    return opened;
}

bool map_classes(const std::vector<std::string> &names, size_t count, const EvalData &data, std::vector<int> &map,
                 std::string &error) {
    map.clear();
    if (!names.empty()) {
        std::map<std::string, int> known;
        for (size_t i = 0; i < data.classes.size(); i++) {
            known.emplace(data.classes[i], static_cast<int>(i));
        }
        std::set<int> met;
        for (const std::string &name : names) {
            const auto at = known.find(name);
            map.push_back(at == known.end() ? -1 : at->second);
            met.insert(map.back());
        }
        std::vector<std::string> missing;
        for (size_t i = 0; i < data.classes.size(); i++) {
            if (!met.count(static_cast<int>(i))) {
                missing.push_back(data.classes[i]);
            }
        }
        if (met.size() > (met.count(-1) ? 1u : 0u)) {
            return true;
        }
        error = "no class of the data set (" + list_some(missing) + ") is one of the model's (" + list_some(names) +
                "): --classes FILE names them, a line each, in the model's order";
        return false;
    }
    if (count != data.classes.size()) {
        error = "the model has " + std::to_string(count) + " classes without names, the data set has " +
                std::to_string(data.classes.size()) + ": --classes FILE names them, a line each, in the model's order";
        return false;
    }
    map.resize(count);
    std::iota(map.begin(), map.end(), 0);
    return true;
}

bool parse_csv(const std::string &text, std::vector<std::vector<std::string>> &rows, std::string &error) {
    std::vector<std::string> row(1);
    bool quoted = false;
    auto end_row = [&] {
        if (row.size() > 1 || !row[0].empty()) {
            rows.push_back(row);
        }
        row.assign(1, "");
    };
    size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // a byte order mark
    for (; at < text.size(); at++) {
        const char c = text[at];
        if (quoted) {
            if (c != '"') {
                row.back() += c;
            } else if (at + 1 < text.size() && text[at + 1] == '"') {
                row.back() += '"';
                at++;
            } else {
                quoted = false;
            }
        } else if (c == '"' && row.back().empty()) {
            quoted = true;
        } else if (c == ',') {
            row.emplace_back();
        } else if (c == '\n') {
            end_row();
        } else if (c != '\r') {
            row.back() += c;
        }
    }
    if (quoted) {
        error = "a quotation mark is not closed";
        return false;
    }
    end_row();
    for (size_t i = 1; i < rows.size(); i++) {
        if (rows[i].size() != rows[0].size()) {
            error = "row " + std::to_string(i + 1) + " has " + std::to_string(rows[i].size()) +
                    " fields, the heading " + std::to_string(rows[0].size());
            return false;
        }
    }
    return true;
}

}  // namespace espdl_tool
