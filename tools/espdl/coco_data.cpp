#include "coco_data.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace espdl_tool::coco {

namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t LARGEST_SIDE = 65535;

bool get_integer(const Json &object, const char *key, int64_t &value) {
    const auto it = object.find(key);
    if (it == object.end() || !it->is_number()) {
        return false;
    }
    if (it->is_number_integer()) {
        value = it->get<int64_t>();
        return true;
    }
    const double number = it->get<double>();  // some tools write 17.0
    if (!(std::fabs(number) < 9e15) || number != std::floor(number)) {
        return false;
    }
    value = static_cast<int64_t>(number);
    return true;
}

bool get_number(const Json &object, const char *key, double &value) {
    const auto it = object.find(key);
    if (it == object.end() || !it->is_number()) {
        return false;
    }
    value = it->get<double>();
    return std::isfinite(value);
}

bool get_numbers(const Json &list, std::vector<double> &values) {
    if (!list.is_array()) {
        return false;
    }
    values.clear();
    for (const Json &entry : list) {
        if (!entry.is_number() || !std::isfinite(entry.get<double>())) {
            return false;
        }
        values.push_back(entry.get<double>());
    }
    return true;
}

bool get_box(const Json &object, std::array<double, 4> &box) {
    std::vector<double> values;
    const auto it = object.find("bbox");
    if (it == object.end() || !get_numbers(*it, values) || values.size() != 4) {
        return false;
    }
    std::copy(values.begin(), values.end(), box.begin());
    return true;
}

bool get_keypoints(const Json &object, std::vector<double> &keypoints) {
    const auto it = object.find("keypoints");
    return it != object.end() && get_numbers(*it, keypoints) && !keypoints.empty() && keypoints.size() % 3 == 0;
}

/** A list of polygons; or run lengths, as text or as a list. */
bool get_mask(const Json &object, const Picture &picture, Rle &mask) {
    const auto it = object.find("segmentation");
    if (it == object.end()) {
        return false;
    }
    uint32_t height = picture.height, width = picture.width;
    if (it->is_object()) {
        std::vector<double> size, counts;
        if (it->contains("size") && get_numbers((*it)["size"], size) && size.size() == 2) {
            if (!(size[0] >= 0 && size[0] <= LARGEST_SIDE && size[1] >= 0 && size[1] <= LARGEST_SIDE)) {
                return false;
            }
            height = static_cast<uint32_t>(size[0]);
            width = static_cast<uint32_t>(size[1]);
        }
        if (!it->contains("counts")) {
            return false;
        }
        const Json &runs = (*it)["counts"];
        if (runs.is_string()) {
            return rle_from_text(runs.get<std::string>(), height, width, mask);
        }
        mask = {height, width, {}};
        if (!get_numbers(runs, counts)) {
            return false;
        }
        for (double count : counts) {
            if (!(count >= 0 && count <= UINT32_MAX)) {
                return false;
            }
            mask.counts.push_back(static_cast<uint32_t>(count));
        }
        return rle_is_complete(mask);
    }
    if (!it->is_array() || width == 0 || height == 0) {
        return false;
    }
    std::vector<Rle> parts;
    for (const Json &polygon : *it) {
        std::vector<double> xy;
        if (!get_numbers(polygon, xy)) {
            return false;
        }
        if (xy.size() == 4) {  // a rectangle
            const double x = xy[0], y = xy[1], right = x + xy[2], bottom = y + xy[3];
            xy = {x, y, x, bottom, right, bottom, right, y};
        }
        parts.emplace_back();
        if (!rle_from_polygon(xy, height, width, parts.back())) {
            return false;
        }
    }
    mask = parts.empty() ? Rle{height, width, {height * width}} : rle_union(parts);
    return true;
}

bool read_picture(const Json &entry, Picture &picture) {
    int64_t width = 0, height = 0;
    if (!entry.is_object() || !get_integer(entry, "id", picture.id)) {
        return false;
    }
    if (entry.contains("width") && entry.contains("height") &&
        (!get_integer(entry, "width", width) || !get_integer(entry, "height", height) || width < 0 || height < 0 ||
         width > LARGEST_SIDE || height > LARGEST_SIDE)) {
        return false;
    }
    picture.width = static_cast<uint32_t>(width);
    picture.height = static_cast<uint32_t>(height);
    if (entry.contains("file_name") && entry["file_name"].is_string()) {
        picture.file = entry["file_name"].get<std::string>();
    }
    return true;
}

bool needs(const std::vector<Kind> &kinds, Kind kind) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/** @return what is wrong with it; "" */
std::string read_truth(const Json &entry, const std::vector<Kind> &kinds, const Picture &picture, Object &object) {
    if (!get_number(entry, "area", object.area)) {
        return "'area' is no number";
    }
    int64_t flag = 0;
    object.crowd = entry.contains("iscrowd") && get_integer(entry, "iscrowd", flag) && flag != 0;
    const bool has_box = get_box(entry, object.box);
    if (!has_box && (needs(kinds, Kind::Box) || needs(kinds, Kind::Keypoints))) {
        return "'bbox' is no list of four numbers";
    }
    if (needs(kinds, Kind::Mask) && !get_mask(entry, picture, object.mask)) {
        return "'segmentation' is neither polygons nor run lengths that fit the picture";
    }
    if (needs(kinds, Kind::Keypoints)) {
        int64_t set = 0;
        if (!get_keypoints(entry, object.keypoints) || !get_integer(entry, "num_keypoints", set)) {
            return "'keypoints' and 'num_keypoints' are needed";
        }
        object.keypoints_set = static_cast<int>(std::clamp<int64_t>(set, 0, INT32_MAX));
    }
    return "";
}

/** The element that `entry` names by `key`; nullptr if there is none. */
template <typename T>
const T *find(const std::map<int64_t, const T *> &known, const Json &entry, const char *key) {
    int64_t id;
    if (!entry.is_object() || !get_integer(entry, key, id)) {
        return nullptr;
    }
    const auto it = known.find(id);
    return it == known.end() ? nullptr : it->second;
}

template <typename T>
std::map<int64_t, const T *> by_id(const std::vector<T> &elements) {
    std::map<int64_t, const T *> result;
    for (const T &element : elements) {
        result[element.id] = &element;
    }
    return result;
}

}  // namespace

const char *kind_name(Kind kind) {
    return kind == Kind::Box ? "bbox" : kind == Kind::Mask ? "segm" : "keypoints";
}

bool read_data_set(const Json &json, const std::vector<Kind> &kinds, DataSet &data, std::string &error) {
    for (const char *key : {"images", "annotations", "categories"}) {
        if (!json.is_object() || !json.contains(key) || !json[key].is_array()) {
            error = std::string("a list '") + key + "' is needed";
            return false;
        }
    }
    std::set<int64_t> seen;
    for (const Json &entry : json["images"]) {
        Picture picture;
        if (!read_picture(entry, picture)) {
            error = "images: number " + std::to_string(data.pictures.size() + 1) +
                    ": needed an 'id', and a size from 0 to 65535 if there is one";
            return false;
        }
        if (!seen.insert(picture.id).second) {
            error = "images: id " + std::to_string(picture.id) + " is there twice";
            return false;
        }
        data.pictures.push_back(std::move(picture));
    }
    seen.clear();
    for (const Json &entry : json["categories"]) {
        Category category;
        if (!entry.is_object() || !get_integer(entry, "id", category.id) || !seen.insert(category.id).second) {
            error = "categories: each needs an 'id' of its own";
            return false;
        }
        category.name = entry.contains("name") && entry["name"].is_string() ? entry["name"].get<std::string>()
                                                                            : std::to_string(category.id);
        data.categories.push_back(std::move(category));
    }
    const auto pictures = by_id(data.pictures);
    const auto categories = by_id(data.categories);
    for (const Json &entry : json["annotations"]) {
        Object object;
        const Picture *picture = find(pictures, entry, "image_id");
        const Category *category = find(categories, entry, "category_id");
        const std::string number = "annotations: number " + std::to_string(data.objects.size() + 1) + ": ";
        if (!picture || !category || !get_integer(entry, "id", object.id)) {
            error = number + "'id', and 'image_id' and 'category_id' of the file's own are needed";
            return false;
        }
        object.picture = picture->id;
        object.category = category->id;
        const std::string wrong = read_truth(entry, kinds, *picture, object);
        if (!wrong.empty()) {
            error = number + "(id " + std::to_string(object.id) + "): " + wrong;
            return false;
        }
        data.objects.push_back(std::move(object));
    }
    return true;
}

void complete_detection(Object &object, Kind kind, bool has_box, size_t index) {
    object.id = static_cast<int64_t>(index) + 1;
    if (has_box) {
        object.area = object.box[2] * object.box[3];
        return;
    }
    if (kind == Kind::Mask) {
        object.area = static_cast<double>(rle_area(object.mask));
        const RleBox box = rle_box(object.mask);
        object.box = {box.x, box.y, box.width, box.height};
    } else if (kind == Kind::Keypoints && !object.keypoints.empty()) {
        double x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
        for (size_t i = 0; i + 1 < object.keypoints.size(); i += 3) {
            x0 = std::min(x0, object.keypoints[i]);
            x1 = std::max(x1, object.keypoints[i]);
            y0 = std::min(y0, object.keypoints[i + 1]);
            y1 = std::max(y1, object.keypoints[i + 1]);
        }
        object.area = (x1 - x0) * (y1 - y0);
        object.box = {x0, y0, x1 - x0, y1 - y0};
    }
}

bool read_results(const Json &json, Kind kind, const DataSet &data, std::vector<Object> &objects, std::string &error) {
    if (!json.is_array()) {
        error = "a list of results is needed";
        return false;
    }
    const auto pictures = by_id(data.pictures);
    const bool has_box = !json.empty() && json[0].is_object() && json[0].contains("bbox") && !json[0]["bbox"].empty();
    for (const Json &entry : json) {
        Object object;
        const std::string number = "result number " + std::to_string(objects.size() + 1) + ": ";
        const Picture *picture = find(pictures, entry, "image_id");
        if (!picture || !get_integer(entry, "category_id", object.category) ||
            !get_number(entry, "score", object.score)) {
            error = number + "'image_id' of the data set, 'category_id' and 'score' are needed";
            return false;
        }
        object.picture = picture->id;
        if ((has_box || kind == Kind::Box) && !get_box(entry, object.box)) {
            error = number + "'bbox' is no list of four numbers";
            return false;
        }
        if (kind == Kind::Keypoints && !get_keypoints(entry, object.keypoints)) {
            error = number + "'keypoints' is no list of x, y and visibility";
            return false;
        }
        if (kind == Kind::Mask && !get_mask(entry, *picture, object.mask)) {
            error = number + "'segmentation' is neither polygons nor run lengths that fit the picture";
            return false;
        }
        complete_detection(object, kind, has_box, objects.size());
        objects.push_back(std::move(object));
    }
    return true;
}

Json result_json(const Object &object, Kind kind) {
    Json result = {{"image_id", object.picture}, {"category_id", object.category}};
    switch (kind) {
        case Kind::Box:
            result["bbox"] = object.box;
            break;
        case Kind::Mask:
            result["segmentation"] = {{"size", {object.mask.height, object.mask.width}},
                                      {"counts", rle_to_text(object.mask)}};
            break;
        case Kind::Keypoints:
            result["keypoints"] = object.keypoints;
            break;
    }
    result["score"] = object.score;
    return result;
}

}  // namespace espdl_tool::coco
