// The published models: all load, run in the documented order, and need the documented memory.

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "loader_test.hpp"

using namespace espdl_test;

namespace {

std::string testdata() {
    const char *path = getenv("DESKBOARD_TESTDATA");
    return path && *path && std::filesystem::is_directory(std::string(path) + "/golden") ? path : "";
}

#define NEED_TESTDATA()                                                                                           \
    if (testdata().empty()) {                                                                                     \
        GTEST_SKIP()                                                                                              \
            << "DESKBOARD_TESTDATA names no folder of models and reference outputs: published models not tested"; \
    }

std::unique_ptr<fbs::FbsModel> load(const std::string &path) {
    fbs::FbsLoader loader(path.c_str(), fbs::MODEL_LOCATION_IN_SDCARD);
    return std::unique_ptr<fbs::FbsModel>(loader.load());
}

TEST(PublishedModels, ParameterCopiesTakeTheDocumentedBytes) {
    NEED_TESTDATA();
    std::ifstream table(testdata() + "/spec/memory-plans.tsv");
    std::string line;
    std::getline(table, line);
    int models = 0;
    while (std::getline(table, line)) {
        std::istringstream fields(line);
        std::string path;
        size_t arena, documented, flatbuffer;
        fields >> path >> arena >> documented >> flatbuffer;
        if (!std::filesystem::exists(testdata() + "/" + path)) {
            continue;
        }
        std::unique_ptr<fbs::FbsModel> model = load(testdata() + "/" + path);
        ASSERT_NE(model, nullptr) << path;
        model->m_param_copy = true;
        size_t copied = 0;
        std::set<std::string> seen;
        auto take = [&](const std::string &name, dl::TensorBase *tensor) {
            if (tensor && tensor->auto_free && seen.insert(name).second) {
                copied += (size_t)tensor->get_aligned_bytes();
            }
            delete tensor;
        };
        for (const std::string &node : model->topological_sort()) {
            std::vector<std::string> inputs, outputs;
            model->get_operation_inputs_and_outputs(node, inputs, outputs);
            for (size_t i = 0; i < inputs.size(); i++) {
                take(inputs[i], model->get_operation_parameter(node, (int)i));
            }
            take(node + ".lut", model->get_operation_lut(node));
        }
        EXPECT_LE(copied, documented) << path;
        size_t internal, psram, rodata, flash;
        model->get_model_size(&internal, &psram, &rodata, &flash);
        EXPECT_EQ(internal + psram, flatbuffer) << path;
        models++;
    }
    EXPECT_GT(models, 20);
}

TEST(PublishedModels, NodesRunInTheDocumentedOrder) {
    NEED_TESTDATA();
    int cases = 0;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(testdata() + "/golden")) {
        if (entry.path().filename() != "nodes.json") {
            continue;
        }
        // golden/<target>/<model>/<case>/nodes.json
        const std::string name = entry.path().parent_path().parent_path().filename();
        const std::string target = entry.path().parent_path().parent_path().parent_path().filename();
        const std::string path = testdata() + "/models/" + (target == "esp32p4" ? "p4/" : "s3/") + name + ".espdl";
        if (!std::filesystem::exists(path)) {
            continue;
        }
        std::ifstream file(entry.path());
        const nlohmann::json nodes = nlohmann::json::parse(file, nullptr, false);
        ASSERT_TRUE(nodes.is_array()) << entry.path();
        std::vector<std::string> documented;
        for (const auto &node : nodes) {
            documented.push_back(node["name"]);
        }
        std::unique_ptr<fbs::FbsModel> model = load(path);
        ASSERT_NE(model, nullptr) << path;
        EXPECT_EQ(model->topological_sort(), documented) << path;
        cases++;
    }
    EXPECT_GT(cases, 20);
}

}  // namespace
