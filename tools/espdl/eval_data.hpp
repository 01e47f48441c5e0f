/**
 * @file eval_data.hpp
 * Data sets that a firmware path is measured on: folders of pictures by class, COCO's JSON, CSV files.
 */
#pragma once

#include <string>
#include <vector>

#include "coco_data.hpp"

namespace espdl_tool {

/** What a model tells about a picture. */
enum class EvalTask { Classify, Detect, Pose, Segment };
/** "classify", "detect", "pose", "segment" */
const char *task_name(EvalTask task);
bool task_from_name(const std::string &name, EvalTask &task);
/** What is measured for a task of detection; the last one is what it is about. */
std::vector<coco::Kind> kinds_of(EvalTask task);

struct EvalItem {
    std::string name;  ///< below the folder of pictures, with '/'
    int64_t id = 0;    ///< COCO's number of the picture
    int label = -1;    ///< classification: index of the class; -1: not known
};

struct EvalData {
    std::string path, images;  ///< as given; images: the folder that names are relative to
    std::vector<EvalItem> items;
    std::vector<std::string> classes;  ///< names, in the order of `label`, or of truth.categories
    coco::DataSet truth;               ///< detection
    bool has_truth = false;

    std::string path_of(const EvalItem &item) const { return images + "/" + item.name; }
};

/**
 * Open a data set: a folder (each folder in it is a class; pictures directly in it have none), a .json file (COCO), or
 * a .csv file with a heading: `file,label` for classification, `file,label,x,y,width,height` for detection, a row for
 * each object and one with an empty label for a picture without objects.
 * @param images folder that the names in a file are relative to; "": the file's own
 * @param limit only so many pictures, the first ones; 0: all
 */
bool open_eval_data(const std::string &path, const std::string &images, EvalTask task, size_t limit, EvalData &data,
                    std::string &error);

/**
 * Which class of the data set is meant by each class of the model: those of the same name if the model's are known,
 * else those in the same place if there are as many.
 * @param names of the model's classes; {}: not known
 * @param count of the model's classes; 0: not known
 * @param map index of the data set's class for each of the model's; -1: none
 */
bool map_classes(const std::vector<std::string> &names, size_t count, const EvalData &data, std::vector<int> &map,
                 std::string &error);

/** Rows of fields of a CSV file (RFC 4180). */
bool parse_csv(const std::string &text, std::vector<std::vector<std::string>> &rows, std::string &error);

}  // namespace espdl_tool
