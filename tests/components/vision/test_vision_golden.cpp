// Pictures, input tensors and results against what boards showed.

#include "pipeline.hpp"

namespace {

using namespace pipeline;

class VisionGolden : public testing::Test {
protected:
    void SetUp() override { SKIP_WITHOUT_TESTDATA(); }
    void TearDown() override { dl::image::set_jpeg_decoder(dl::image::JPEG_DECODER_CHIP); }
};

TEST_F(VisionGolden, DecodedPicturesEqualTheChips) {
    int compared = 0;
    for (const char *target : {"esp32p4", "esp32s3"}) {
        set_target(target);
        for (const auto &entry : std::filesystem::directory_iterator(testdata::root() + "/golden/jpeg/" + target)) {
            const testdata::Npy want = testdata::read_npy(entry.path());
            const Picture got(testdata::root() + "/images/" + entry.path().stem().string() + ".jpg");
            ASSERT_NE(got.img.data, nullptr) << entry.path();
            ASSERT_EQ(want.shape, (std::vector<int>{got.img.height, got.img.width, 3})) << entry.path();
            EXPECT_EQ(std::memcmp(got.img.data, want.data.data(), want.data.size()), 0) << entry.path();
            compared++;
        }
    }
    EXPECT_GE(compared, 8);
}

TEST_F(VisionGolden, InputTensorsWithLibjpeg) {
    dl::image::set_jpeg_decoder(dl::image::JPEG_DECODER_LIBJPEG);
    const std::vector<testdata::Case> cases = testdata::cases(false);
    EXPECT_GE(cases.size(), 20u);
    for (const testdata::Case &c : cases) {
        SCOPED_TRACE(c.dir);
        set_target(c.target);
        const Picture picture(testdata::image_path(c));
        auto input = testdata::make_tensor(c.json["inputs"][0]);
        auto preprocessor = make_preprocessor(c.model, input.get());
        ASSERT_EQ(preprocessor->preprocess(picture.img, crop_of(c)), ESP_OK);
        const testdata::Npy want = testdata::read_npy(c.dir + "/input_0.npy");
        ASSERT_EQ((size_t)input->get_bytes(), want.data.size());
        EXPECT_EQ(std::memcmp(input->data, want.data.data(), want.data.size()), 0);
    }
}

TEST_F(VisionGolden, InputTensorsWithTheChipsDecoder) {
    const std::vector<testdata::Case> cases = testdata::cases(true);
    EXPECT_GE(cases.size(), 20u);
    for (const testdata::Case &c : cases) {
        SCOPED_TRACE(c.dir);
        set_target(c.target);
        const Picture picture(testdata::image_path(c));
        auto input = testdata::make_tensor(c.json["inputs"][0]);
        auto preprocessor = make_preprocessor(c.model, input.get());
        ASSERT_EQ(preprocessor->preprocess(picture.img, crop_of(c)), ESP_OK);
        EXPECT_EQ(testdata::sha256(input->data, input->get_bytes()), c.json["inputs"][0]["sha256"].get<std::string>());
    }
}

TEST_F(VisionGolden, ResultsFromOutputTensors) {
    for (const testdata::Case &c : testdata::cases(false)) {
        SCOPED_TRACE(c.dir);
        set_target(c.target);
        std::vector<std::unique_ptr<TensorBase>> tensors;
        std::map<std::string, TensorBase *> outputs;
        for (const auto &info : c.json["outputs"]) {
            const testdata::Npy npy = testdata::read_npy(c.dir + "/" + info["npz_key"].get<std::string>() + ".npy");
            ASSERT_EQ(npy.shape, info["shape"].get<std::vector<int>>());
            tensors.push_back(testdata::make_tensor(info, npy.data.data()));
            outputs[info["name"]] = tensors.back().get();
        }
        if (c.model.find("imagenet_cls") == 0) {
            dl::cls::ImageNetClsPostprocessor postprocessor(outputs.begin()->second, 5, -1e30f, true);
            expect_equal(postprocessor.postprocess(), c);
            continue;
        }
        const Picture picture(testdata::image_path(c));
        auto input = testdata::make_tensor(c.json["inputs"][0]);
        auto preprocessor = make_preprocessor(c.model, input.get());
        ASSERT_EQ(preprocessor->preprocess(picture.img, crop_of(c)), ESP_OK);
        auto postprocessor = make_postprocessor(c, outputs, preprocessor.get());
        postprocessor->postprocess();
        expect_equal(postprocessor->get_result(picture.img.width, picture.img.height), c);
    }
}

}  // namespace
