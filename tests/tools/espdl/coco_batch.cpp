// Measures of many small sets in one process, for test_coco.py: a line of JSON in, {"kind": ..., "data": ...,
// "results": ...}, a line out with the measures.

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "coco_data.hpp"
#include "coco_eval.hpp"

using namespace espdl_tool::coco;
using Json = nlohmann::ordered_json;

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        const Json set = Json::parse(line, nullptr, false);
        Json answer;
        std::string error;
        for (Kind kind : {Kind::Box, Kind::Mask, Kind::Keypoints}) {
            if (!set.is_object() || set["kind"] != kind_name(kind)) {
                continue;
            }
            DataSet data;
            std::vector<Object> objects;
            if (!read_data_set(set["data"], {kind}, data, error) ||
                !read_results(set["results"], kind, data, objects, error)) {
                answer = {{"error", error}};
                break;
            }
            for (const Measure &measure : evaluate(data, objects, kind).measures) {
                answer[measure.name] = measure.value;
            }
        }
        printf("%s\n", answer.dump().c_str());
    }
    return 0;
}
