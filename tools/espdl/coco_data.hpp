/**
 * @file coco_data.hpp
 * Data sets and results in COCO's JSON.
 */
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "coco_rle.hpp"

namespace espdl_tool::coco {

/** What is compared when a detection is held against the truth. */
enum class Kind { Box, Mask, Keypoints };
/** "bbox", "segm", "keypoints" */
const char *kind_name(Kind kind);

struct Picture {
    int64_t id = 0;
    std::string file;
    uint32_t width = 0, height = 0;  ///< 0: not known
};

struct Category {
    int64_t id = 0;
    std::string name;
};

/** A truth or a detection. */
struct Object {
    int64_t id = 0;
    int64_t picture = 0, category = 0;
    double score = 0;                  ///< of a detection
    double area = 0;                   ///< that decides which range of sizes it belongs to
    std::array<double, 4> box = {};    ///< x, y, width, height
    std::vector<double> keypoints;     ///< x, y, visibility of each
    std::optional<int> keypoints_set;  ///< "num_keypoints" of a truth
    Rle mask;
    bool crowd = false;
};

struct DataSet {
    std::vector<Picture> pictures;
    std::vector<Category> categories;
    std::vector<Object> objects;
};

/**
 * Read a data set.
 * @param kinds what will be compared: masks and keypoints are read where they are needed
 */
bool read_data_set(const nlohmann::ordered_json &json, const std::vector<Kind> &kinds, DataSet &data,
                   std::string &error);

/**
 * Read results, a list of detections. What a detection's area is follows COCO's tools: that of the box if the first
 * result has one, else that of the mask, else that of the rectangle around the keypoints.
 */
bool read_results(const nlohmann::ordered_json &json, Kind kind, const DataSet &data, std::vector<Object> &objects,
                  std::string &error);

/** Area, box and number of a detection, from what it has. @param has_box as read_results() says */
void complete_detection(Object &object, Kind kind, bool has_box, size_t index);

/** A detection as COCO's results have it. */
nlohmann::ordered_json result_json(const Object &object, Kind kind);

}  // namespace espdl_tool::coco
