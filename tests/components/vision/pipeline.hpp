/**
 * @file pipeline.hpp
 * Before and after each family of models, as the golden cases were made.
 */
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>

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

namespace pipeline {

using dl::TensorBase;
using dl::image::ImagePreprocessor;

inline void set_target(const std::string &name) {
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
inline std::unique_ptr<ImagePreprocessor> make_preprocessor(const std::string &model, TensorBase *input) {
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

inline std::vector<int> crop_of(const testdata::Case &c) {
    return c.json.contains("crop") && c.json["crop"].size() == 4 ? c.json["crop"].get<std::vector<int>>()
                                                                 : std::vector<int>{};
}

inline std::unique_ptr<dl::detect::DetectPostprocessor> make_postprocessor(
    const testdata::Case &c, const std::map<std::string, TensorBase *> &outputs, ImagePreprocessor *p) {
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
inline std::vector<uint8_t> packed(const std::vector<uint8_t> &mask) {
    std::vector<uint8_t> bytes((mask.size() + 7) / 8);
    for (size_t i = 0; i < mask.size(); i++) {
        bytes[i / 8] |= (uint8_t)((mask[i] != 0) << (7 - i % 8));
    }
    return bytes;
}

inline void expect_equal(const std::list<dl::detect::result_t> &got, const testdata::Case &c) {
    const auto &want = c.json["results"];
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
            EXPECT_EQ((int)result.mask.size(), want[i]["mask_pixels"].get<int>());
            EXPECT_EQ(std::count(result.mask.begin(), result.mask.end(), 1), want[i]["mask_on"].get<int>());
            if (!c.chip) {
                const testdata::Npy mask = testdata::read_npy(c.dir + "/mask_" + std::to_string(i) + ".npy");
                EXPECT_EQ(packed(result.mask), mask.data);
            }
        }
        i++;
    }
}

inline void expect_equal(const std::vector<dl::cls::result_t> &got, const testdata::Case &c) {
    const auto &want = c.json["results"];
    ASSERT_EQ(got.size(), want.size());
    for (size_t i = 0; i < got.size(); i++) {
        EXPECT_EQ(got[i].cat_name, want[i]["name"].get<std::string>());
        EXPECT_EQ(std::to_string(got[i].score), std::to_string(want[i]["score"].get<float>()));
    }
}

}  // namespace pipeline
