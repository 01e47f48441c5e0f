// Pictures, input tensors and results against what boards showed.

#include <gtest/gtest.h>

#include <map>

#include "dl_detect_espdet_postprocessor.hpp"
#include "dl_detect_mnp_postprocessor.hpp"
#include "dl_detect_msr_postprocessor.hpp"
#include "dl_detect_yolo11_postprocessor.hpp"
#include "dl_image.hpp"
#include "dl_pose_yolo11_postprocessor.hpp"
#include "dl_seg_yolo11_postprocessor.hpp"
#include "esp_heap_caps.h"
#include "imagenet_cls_postprocessor.hpp"
#include "testdata.hpp"

namespace {

using dl::TensorBase;
using dl::image::ImagePreprocessor;

void set_target(const std::string &name) {
    dl::target_t target;
    ASSERT_TRUE(dl::target_from_name(name.c_str(), &target)) << name;
    dl::set_target(target);
}

struct Picture {
    dl::image::img_t img;
    explicit Picture(const std::string &path) : img(dl::image::read_image(path.c_str())) {}
    ~Picture() { heap_caps_free(img.data); }
    Picture(const Picture &) = delete;
};

// The preprocessing of each family of models.
std::unique_ptr<ImagePreprocessor> make_preprocessor(const std::string &model, TensorBase *input) {
    if (model.find("imagenet_cls") == 0) {
        return std::make_unique<ImagePreprocessor>(input, std::vector<float>{123.675f, 116.28f, 103.53f},
                                                   std::vector<float>{58.395f, 57.12f, 57.375f});
    }
    if (model.find("human_face_detect") == 0) {
        return std::make_unique<ImagePreprocessor>(input, std::vector<float>{0, 0, 0}, std::vector<float>{1, 1, 1},
                                                   true);
    }
    auto preprocessor =
        std::make_unique<ImagePreprocessor>(input, std::vector<float>{0, 0, 0}, std::vector<float>{255, 255, 255});
    preprocessor->enable_letterbox({114, 114, 114});
    return preprocessor;
}

std::vector<int> crop_of(const testdata::Case &c) {
    return c.json.contains("crop") && c.json["crop"].size() == 4 ? c.json["crop"].get<std::vector<int>>()
                                                                 : std::vector<int>{};
}

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
        EXPECT_EQ(testdata::sha256(input->data, input->get_bytes()), c.json["inputs"][0]["sha256"]);
    }
}

std::unique_ptr<dl::detect::DetectPostprocessor> make_postprocessor(const testdata::Case &c,
                                                                    const std::map<std::string, TensorBase *> &outputs,
                                                                    ImagePreprocessor *p) {
    using namespace dl::detect;
    const std::vector<anchor_point_stage_t> points = {{8, 8, 4, 4}, {16, 16, 8, 8}, {32, 32, 16, 16}};
    const float score = c.json.value("score_thr", 0.5f);
    const float nms = c.json.value("nms_thr", 0.5f);
    const int top_k = c.json.value("topk", 10);
    if (c.model.find("coco_detect") == 0) {
        return std::make_unique<yolo11PostProcessor>(outputs, p, score, nms, top_k, points);
    }
    if (c.model.find("coco_pose") == 0) {
        return std::make_unique<yolo11posePostProcessor>(outputs, p, score, nms, top_k, points);
    }
    if (c.model.find("coco_seg") == 0) {
        return std::make_unique<yolo11segPostProcessor>(outputs, p, score, nms, top_k, points);
    }
    if (c.model.find("espdet") == 0) {
        return std::make_unique<ESPDetPostProcessor>(outputs, p, score, nms, top_k, points);
    }
    if (c.model.find("human_face_detect_msr") == 0) {
        const std::vector<anchor_box_stage_t> stages = {{8, 8, 9, 9, {{16, 16}, {32, 32}}},
                                                        {16, 16, 9, 9, {{64, 64}, {128, 128}}}};
        return std::make_unique<MSRPostprocessor>(outputs, p, score, nms, top_k, stages);
    }
    const std::vector<anchor_box_stage_t> stages = {{1, 1, 0, 0, {{48, 48}}}};
    return std::make_unique<MNPPostprocessor>(outputs, p, score, nms, top_k, stages);
}

// Eight pixels a byte, first pixel in the highest bit, as the reference masks are stored.
std::vector<uint8_t> packed(const std::vector<uint8_t> &mask) {
    std::vector<uint8_t> bytes((mask.size() + 7) / 8);
    for (size_t i = 0; i < mask.size(); i++) {
        bytes[i / 8] |= (uint8_t)((mask[i] != 0) << (7 - i % 8));
    }
    return bytes;
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
        const auto &want = c.json["results"];
        if (c.model.find("imagenet_cls") == 0) {
            dl::cls::ImageNetClsPostprocessor postprocessor(outputs.begin()->second, 5, -1e30f, true);
            const auto &got = postprocessor.postprocess();
            ASSERT_EQ(got.size(), want.size());
            for (size_t i = 0; i < got.size(); i++) {
                EXPECT_EQ(got[i].cat_name, want[i]["name"].get<std::string>());
                EXPECT_EQ(std::to_string(got[i].score), std::to_string(want[i]["score"].get<float>()));
            }
            continue;
        }
        const Picture picture(testdata::image_path(c));
        auto input = testdata::make_tensor(c.json["inputs"][0]);
        auto preprocessor = make_preprocessor(c.model, input.get());
        ASSERT_EQ(preprocessor->preprocess(picture.img, crop_of(c)), ESP_OK);
        auto postprocessor = make_postprocessor(c, outputs, preprocessor.get());
        postprocessor->postprocess();
        const auto &got = postprocessor->get_result(picture.img.width, picture.img.height);
        ASSERT_EQ(got.size(), want.size());
        size_t i = 0;
        for (const dl::detect::result_t &result : got) {
            SCOPED_TRACE(i);
            EXPECT_EQ(result.category, want[i]["category"].get<int>());
            EXPECT_FLOAT_EQ(result.score, want[i]["score"].get<float>());
            EXPECT_EQ(std::to_string(result.score), std::to_string(want[i]["score"].get<float>()));
            EXPECT_EQ(result.box, want[i]["box"].get<std::vector<int>>());
            if (want[i].contains("keypoint")) {
                EXPECT_EQ(result.keypoint, want[i]["keypoint"].get<std::vector<int>>());
            }
            if (want[i].contains("mask_pixels")) {
                const testdata::Npy mask = testdata::read_npy(c.dir + "/mask_" + std::to_string(i) + ".npy");
                EXPECT_EQ(packed(result.mask), mask.data);
                EXPECT_EQ((int)result.mask.size(), want[i]["mask_pixels"].get<int>());
            }
            i++;
        }
    }
}

}  // namespace
