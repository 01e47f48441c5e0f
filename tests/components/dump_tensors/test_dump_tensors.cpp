// dump_tensors: what it writes is what `espdl run --all` would, whatever memory it may take at once.

#include <gmock/gmock.h>

#include <filesystem>

#include "../../hal/storage_test.hpp"
#include "dl_dump_tensors.hpp"
#include "espdl_builder.hpp"
#include "fbs_loader.hpp"
#include "recording.hpp"

namespace {

using espdl_test::small_model;

class DumpTensorsTest : public testing::TestWithParam<size_t> {
protected:
    DumpTensorsTest() {
        m_file = espdl_test::build_edl2(small_model());
        m_aligned.resize(m_file.size() + 16);
        uint8_t *at = (uint8_t *)(((uintptr_t)m_aligned.data() + 15) & ~(uintptr_t)15);
        memcpy(at, m_file.data(), m_file.size());
        m_model = std::make_unique<dl::Model>((const char *)at, fbs::MODEL_LOCATION_IN_FLASH_RODATA);
    }
    std::vector<uint8_t> m_file, m_aligned;
    std::unique_ptr<dl::Model> m_model;
    hal_test::TempDir m_dir;
};

TEST_P(DumpTensorsTest, WritesInputsAndEveryNodesOutput) {
    ASSERT_TRUE(m_model->is_ready());
    dl::TensorBase *input = m_model->get_inputs().begin()->second;
    const int8_t values[4] = {-3, 5, 0, 7};
    memcpy(input->get_element_ptr(), values, sizeof(values));
    const std::string folder = m_dir / "dump";
    std::filesystem::create_directory(folder);
    ASSERT_EQ(dl::dump_tensors(m_model.get(), folder.c_str(), GetParam()), ESP_OK);
    EXPECT_EQ(memcmp(input->get_element_ptr(), values, sizeof(values)), 0);

    espdl_tool::Recording dumped, expected;
    std::string error;
    ASSERT_TRUE(espdl_tool::load_recording(folder, dumped, error)) << error;
    std::map<std::string, espdl_tool::Value> inputs;
    inputs["x"] = {"x", dl::DATA_TYPE_INT8, {1, 4}, 0, espdl_test::bytes_of(std::vector<int8_t>(values, values + 4))};
    ASSERT_TRUE(espdl_tool::record_model(*m_model->get_fbs_model(), inputs, expected, error)) << error;
    ASSERT_EQ(dumped.tensors.size(), expected.tensors.size());
    for (size_t i = 0; i < dumped.tensors.size(); i++) {
        const espdl_tool::Value &have = dumped.tensors[i].value, &want = expected.tensors[i].value;
        EXPECT_EQ(have.name, want.name);
        EXPECT_EQ(have.data, want.data) << have.name;
        EXPECT_EQ(have.shape, want.shape) << have.name;
        EXPECT_EQ(have.exponent, want.exponent) << have.name;
        EXPECT_EQ(dumped.tensors[i].is_output, expected.tensors[i].is_output) << have.name;
    }
}

TEST_P(DumpTensorsTest, RefusesWhatItCannotWrite) {
    EXPECT_EQ(dl::dump_tensors(nullptr, "/tmp"), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(dl::dump_tensors(m_model.get(), nullptr), ESP_ERR_INVALID_ARG);
    const std::string absent = m_dir / "absent";
    EXPECT_EQ(dl::dump_tensors(m_model.get(), absent.c_str()), ESP_FAIL);
    EXPECT_FALSE(std::filesystem::exists(absent));
}

INSTANTIATE_TEST_SUITE_P(Bytes, DumpTensorsTest, testing::Values(0, 1, 5, 1 << 20));

}  // namespace
