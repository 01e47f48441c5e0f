// The published models against reference runs: outputs byte for byte, and every node's output by its sha256. A
// difference names the first node that differs, because all later ones follow from it.

#include <mbedtls/md.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "conformance_test.hpp"
#include "dl_tool.hpp"
#include "log_capture.hpp"
#include "npy.hpp"
#include "runner.hpp"

namespace {

using espdl_tool::ModelFile;
using espdl_tool::NpyArray;
using espdl_tool::Value;
using nlohmann::json;

struct Case {
    std::string folder;
    std::string target;
    std::string name;
};

std::vector<Case> find_cases() {
    std::vector<Case> cases;
    const std::string golden = conformance::testdata() + "/golden";
    std::error_code code;
    if (conformance::testdata().empty()) {
        return {{"", "", "no_reference_data"}};
    }
    for (const char *target : {"esp32p4", "esp32s3"}) {
        for (const auto &model : std::filesystem::directory_iterator(golden + "/" + target, code)) {
            for (const auto &entry : std::filesystem::directory_iterator(model.path(), code)) {
                if (std::filesystem::exists(entry.path() / "case.json")) {
                    cases.push_back({entry.path().string(), target,
                                     std::string(target) + "_" + model.path().filename().string() + "_" +
                                         entry.path().filename().string()});
                }
            }
        }
    }
    std::sort(cases.begin(), cases.end(), [](const Case &a, const Case &b) { return a.name < b.name; });
    return cases;
}

json read_json(const std::string &path) {
    std::ifstream file(path);
    return json::parse(file, nullptr, false);
}

std::string sha256(const std::vector<uint8_t> &data) {
    uint8_t hash[32];
    mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), data.data(), data.size(), hash);
    std::string hex;
    for (uint8_t byte : hash) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
}

/** Where the case's model lies; "" if it is not there. */
std::string model_path(const Case &test, const json &info) {
    const std::string folder = test.target == "esp32p4" ? "p4" : "s3";
    std::string path = conformance::testdata() + "/";
    if (info.contains("model") && info["model"].is_string()) {
        path += info["model"].get<std::string>();
        if (!path.ends_with(".espdl")) {
            path += ".espdl";
        }
    }
    if (!std::filesystem::is_regular_file(path)) {
        path = conformance::testdata() + "/models/" + folder + "/" +
               std::filesystem::path(test.folder).parent_path().filename().string() + ".espdl";
    }
    return std::filesystem::is_regular_file(path) ? path : "";
}

double element(const Value &value, size_t i) {
    switch (value.dtype) {
        case dl::DATA_TYPE_INT8:
            return ((const int8_t *)value.data.data())[i];
        case dl::DATA_TYPE_INT16:
            return ((const int16_t *)value.data.data())[i];
        case dl::DATA_TYPE_FLOAT:
            return ((const float *)value.data.data())[i];
        default:
            return value.data[i];
    }
}

std::ostream &operator<<(std::ostream &stream, const Case &test) {
    return stream << test.name;
}

class Golden : public testing::TestWithParam<Case> {
protected:
    /** @return false if the test is over: skipped or failed */
    bool open() {
        if (GetParam().folder.empty()) {
            m_skip = "DESKBOARD_TESTDATA names no folder of reference data: nothing is tested";
            return false;
        }
        conformance::make_room();
        m_info = read_json(GetParam().folder + "/case.json");
        const std::string path = model_path(GetParam(), m_info);
        if (path.empty()) {
            m_skip = "the case's model is not there";
            return false;
        }
        dl::target_t target;
        EXPECT_TRUE(dl::target_from_name(GetParam().target.c_str(), &target));
        dl::set_target(target);
        std::string error;
        m_file = ModelFile::open(path, {}, error);
        EXPECT_NE(m_file, nullptr) << error;
        if (!m_file) {
            return false;
        }
        m_model = std::make_unique<dl::Model>(&m_file->model());
        EXPECT_TRUE(m_model->is_ready());
        return m_model->is_ready();
    }

    void check_streaming();
    void check_nodes(const std::map<std::string, Value> &values);

    std::string m_skip;
    json m_info;
    std::unique_ptr<ModelFile> m_file;
    std::unique_ptr<dl::Model> m_model;
};

/** frames.npy holds chunk after chunk, output.npy what came out after each. */
void Golden::check_streaming() {
    NpyArray frames, expected;
    std::string error;
    ASSERT_TRUE(espdl_tool::read_npy(GetParam().folder + "/frames.npy", frames, error)) << error;
    ASSERT_TRUE(espdl_tool::read_npy(GetParam().folder + "/output.npy", expected, error)) << error;
    dl::TensorBase *input = m_model->get_input();
    dl::TensorBase *output = m_model->get_output();
    ASSERT_NE(input, nullptr);
    ASSERT_NE(output, nullptr);
    const size_t steps = m_info["steps"];
    ASSERT_EQ(frames.data.size(), steps * (size_t)input->get_bytes());
    ASSERT_EQ(expected.data.size(), steps * (size_t)output->get_bytes());
    for (int round = 0; round < 2; round++) {
        m_model->reset();
        for (size_t step = 0; step < steps; step++) {
            dl::TensorBase chunk(input->shape, frames.data.data() + step * input->get_bytes(), (int)input->exponent,
                                 input->dtype, false);
            m_model->run(&chunk);
            ASSERT_EQ(memcmp(output->get_element_ptr(), expected.data.data() + step * output->get_bytes(),
                             (size_t)output->get_bytes()),
                      0)
                << "step " << step << (round ? " after reset()" : "");
        }
    }
}

void Golden::check_nodes(const std::map<std::string, Value> &values) {
    // Floats between quantized operators (Softmax) may differ in the last bits: of them the reference holds a few
    // elements.
    const json nodes = read_json(GetParam().folder + "/nodes.json");
    ASSERT_TRUE(nodes.is_array());
    EXPECT_EQ(nodes.size(), m_file->model().topological_sort().size());
    for (const json &node : nodes) {
        for (const json &out : node["outs"]) {
            const std::string name = out["name"];
            const auto found = values.find(name);
            ASSERT_NE(found, values.end()) << "tensor '" << name << "' of node '" << node["name"] << "' is missing";
            const Value &value = found->second;
            if (sha256(value.data) == out["sha256"].get<std::string>()) {
                continue;
            }
            double largest = 0;
            std::string have;
            for (size_t i = 0; i < out["first8"].size(); i++) {
                if (!out["first8"][i].is_number()) {
                    continue;
                }
                largest = std::max(largest, std::fabs(element(value, i) - out["first8"][i].get<double>()));
                have += (i ? ", " : "") + std::to_string(element(value, i));
            }
            if (value.dtype == dl::DATA_TYPE_FLOAT && value.exponent == out["exponent"] &&
                json(value.shape) == out["shape"] && largest <= 5e-7) {
                continue;
            }
            FAIL() << "The first node that differs is number " << node["i"] << ", " << node["name"] << " ("
                   << node["op"] << "): its output '" << name << "', " << dl::tool::dtype_to_string(value.dtype)
                   << dl::tool::shape_to_string(value.shape) << " 2^" << value.exponent << ", needed " << out["dtype"]
                   << out["shape"] << " 2^" << out["exponent"] << "; the largest difference in the first "
                   << out["first8"].size() << " elements is " << largest << " (" << have << "; needed " << out["first8"]
                   << ")";
        }
    }
}

TEST_P(Golden, OutputsAndNodesAreEqual) {
    if (!open()) {
        if (!m_skip.empty()) {
            GTEST_SKIP() << m_skip;
        }
        return;
    }
    if (m_info.contains("steps")) {
        check_streaming();
        return;
    }
    std::string error;
    std::map<std::string, Value> inputs;
    for (size_t i = 0; i < m_info["inputs"].size(); i++) {
        const json &input = m_info["inputs"][i];
        NpyArray array;
        ASSERT_TRUE(espdl_tool::read_npy(GetParam().folder + "/input_" + std::to_string(i) + ".npy", array, error))
            << error;
        inputs[input["name"]] = {input["name"], array.dtype, array.shape, input["exponent"], array.data};
    }
    const std::vector<std::string> all = espdl_tool::variables_in_order(m_file->model());
    std::map<std::string, Value> values;
    ASSERT_TRUE(espdl_tool::run_model(*m_model, inputs, all, values, error)) << error;
    check_nodes(values);

    // As an app runs it: only the outputs are asked for, operators may work together, memory is shared.
    std::map<std::string, Value> outputs;
    const std::vector<std::string> names = m_file->model().get_graph_outputs();
    ASSERT_TRUE(espdl_tool::run_model(*m_model, inputs, names, outputs, error)) << error;
    for (size_t i = 0; i < m_info["outputs"].size(); i++) {
        const json &output = m_info["outputs"][i];
        NpyArray expected;
        ASSERT_TRUE(espdl_tool::read_npy(GetParam().folder + "/output_" + std::to_string(i) + ".npy", expected, error))
            << error;
        const std::string name = output["name"];
        ASSERT_TRUE(outputs.count(name)) << name;
        EXPECT_EQ(outputs[name].exponent, output["exponent"]) << name;
        const espdl_tool::TensorResult result = espdl_tool::compare_values(
            {name, expected.dtype, expected.shape, outputs[name].exponent, expected.data}, outputs[name], 0);
        EXPECT_EQ(outputs[name].data, expected.data) << "output '" << name << "': " << result.differing
                                                     << " elements differ, by at most " << result.max_difference;
        dl::TensorBase *tensor = m_model->get_output(name);
        ASSERT_NE(tensor, nullptr) << name;
        EXPECT_EQ(memcmp(tensor->get_element_ptr(), expected.data.data(), expected.data.size()), 0)
            << "output '" << name << "' in the model's own memory";
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(find_cases()),
                         [](const testing::TestParamInfo<Case> &info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Golden);

}  // namespace

int main(int argc, char **argv) {
    testing::InitGoogleTest(&argc, argv);
    espdl_tool::setup_log(false);
    return RUN_ALL_TESTS();
}
