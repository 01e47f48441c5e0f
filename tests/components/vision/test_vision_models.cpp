// From the picture to the result, with the networks that boards ran: every digit of chip.json.

#include "dl_model_base.hpp"
#include "pipeline.hpp"

namespace {

using namespace pipeline;

class VisionModels : public testing::TestWithParam<std::string> {};

testdata::Case case_of(const std::string &dir) {
    for (const testdata::Case &c : testdata::cases(true)) {
        if (c.dir == dir) {
            return c;
        }
    }
    return {};
}

TEST_P(VisionModels, EveryDigitOfTheChip) {
    SKIP_WITHOUT_TESTDATA();
    const testdata::Case c = case_of(GetParam());
    set_target(c.target);
    const std::string path = testdata::root() + "/" + c.json["model"].get<std::string>();
    dl::Model model(path.c_str(), fbs::MODEL_LOCATION_IN_SDCARD);
    ASSERT_TRUE(model.is_ready());
    const Picture picture(testdata::image_path(c));
    ASSERT_NE(picture.img.data, nullptr);
    auto preprocessor = make_preprocessor(c.model, model.get_inputs().begin()->second);
    ASSERT_EQ(preprocessor->preprocess(picture.img, crop_of(c)), ESP_OK);
    TensorBase *input = preprocessor->get_model_input();
    EXPECT_EQ(testdata::sha256(input->data, input->get_bytes()), c.json["inputs"][0]["sha256"].get<std::string>());
    model.run();
    for (const auto &info : c.json["outputs"]) {
        TensorBase *output = model.get_output(info["name"].get<std::string>());
        ASSERT_NE(output, nullptr) << info["name"];
        EXPECT_EQ(testdata::sha256(output->data, output->get_bytes()), info["sha256"].get<std::string>())
            << info["name"];
    }
    if (c.model.find("imagenet_cls") == 0) {
        dl::cls::ImageNetClsPostprocessor postprocessor(&model, 5, -1e30f, true);
        expect_equal(postprocessor.postprocess(), c);
        return;
    }
    auto postprocessor = make_postprocessor(c, model.get_outputs(), preprocessor.get());
    postprocessor->postprocess();
    expect_equal(postprocessor->get_result(picture.img.width, picture.img.height), c);
}

std::vector<std::string> dirs() {
    std::vector<std::string> all;
    for (const testdata::Case &c : testdata::cases(true)) {
        all.push_back(c.dir);
    }
    if (all.empty()) {
        all.push_back("no reference data");
    }
    return all;
}

std::string name(const testing::TestParamInfo<std::string> &info) {
    std::string text = info.param.substr(info.param.find("esp32") == std::string::npos ? 0 : info.param.find("esp32"));
    for (char &ch : text) {
        ch = std::isalnum((unsigned char)ch) ? ch : '_';
    }
    return text;
}

INSTANTIATE_TEST_SUITE_P(Golden, VisionModels, testing::ValuesIn(dirs()), name);

}  // namespace
