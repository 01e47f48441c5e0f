/**
 * @file coco_eval.hpp
 * Average precision and recall by COCO's definition: the numbers of its evaluation program, crowds, ranges of areas,
 * limits of detections and ties included.
 */
#pragma once

#include <string>
#include <vector>

#include "coco_data.hpp"

namespace espdl_tool::coco {

/** One number of the summary; -1 where there is nothing to measure. */
struct Measure {
    std::string name;    ///< "AP", "AP50", "ARlarge", ...
    bool is_precision;   ///< else recall
    double overlap;      ///< 0: mean over 0.50 to 0.95
    std::string area;    ///< "all", "small", "medium", "large"
    int max_detections;  ///< per picture and category
    double value = -1;
};

struct CategoryMeasure {
    int64_t category = 0;
    double precision = -1;    ///< AP over 0.50 to 0.95, all areas
    double precision50 = -1;  ///< AP at 0.50
    size_t truths = 0;        ///< that count
};

struct Summary {
    std::vector<Measure> measures;
    std::vector<CategoryMeasure> categories;  ///< by id
};

/**
 * Hold detections against the truth.
 * @param pictures only these; nullptr: all of the data set
 * @param detections in the order of the results file, which decides between equal scores
 */
Summary evaluate(const DataSet &truth, const std::vector<Object> &detections, Kind kind,
                 const std::vector<int64_t> *pictures = nullptr);

}  // namespace espdl_tool::coco
