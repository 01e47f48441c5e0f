// Postprocessors on tensors made for the purpose: decoding, suppression, and outputs that do not fit.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "dl_cls_postprocessor.hpp"
#include "dl_detect_decode.hpp"
#include "dl_detect_espdet_postprocessor.hpp"
#include "dl_detect_mnp_postprocessor.hpp"
#include "dl_detect_msr_postprocessor.hpp"
#include "dl_detect_pico_postprocessor.hpp"
#include "dl_detect_yolo11_postprocessor.hpp"
#include "dl_pose_yolo11_postprocessor.hpp"
#include "dl_seg_yolo11_postprocessor.hpp"
#include "hand_gesture_category_name.hpp"
#include "hand_gesture_cls_postprocessor.hpp"
#include "imagenet_cls_postprocessor.hpp"

namespace {

using namespace dl::detect;
using dl::TensorBase;

// A 64x64 input that shows a picture of 128x64 pixels: scale 1/2, 16 rows of border above.
class Detectors : public testing::Test {
protected:
    Detectors()
        : m_pixels(128 * 64 * 3),
          m_input({1, 64, 64, 3}, nullptr, -7, dl::DATA_TYPE_INT8),
          m_preprocessor(&m_input, std::vector<float>{0, 0, 0}, std::vector<float>{255, 255, 255}) {
        m_preprocessor.enable_letterbox(114);
        EXPECT_EQ(m_preprocessor.preprocess({m_pixels.data(), 128, 64, dl::image::DL_IMAGE_PIX_TYPE_RGB888}), ESP_OK);
    }
    template <typename T = int8_t>
    T *add(const std::string &name, std::vector<int> shape, int exponent, int fill = 0) {
        auto tensor = std::make_unique<TensorBase>(shape, nullptr, exponent,
                                                   sizeof(T) == 1 ? dl::DATA_TYPE_INT8 : dl::DATA_TYPE_INT16);
        T *data = (T *)tensor->data;
        std::fill(data, data + tensor->size, (T)fill);
        m_outputs[name] = tensor.get();
        m_tensors.push_back(std::move(tensor));
        return data;
    }
    // One stage of 8x8 cells, stride 8.
    template <typename T = int8_t>
    void add_yolo(int classes) {
        m_score = add<T>("score0", {1, 8, 8, classes}, -4, -128);
        m_box = add<T>("box0", {1, 8, 8, 64}, -3, -128);
    }
    std::vector<uint8_t> m_pixels;
    TensorBase m_input;
    dl::image::ImagePreprocessor m_preprocessor;
    std::vector<std::unique_ptr<TensorBase>> m_tensors;
    std::map<std::string, TensorBase *> m_outputs;
    void *m_score = nullptr;
    void *m_box = nullptr;
    const std::vector<anchor_point_stage_t> m_stages = {{8, 8, 4, 4}};
};

// Only bin `bin` counts: 2^-3 * 255 above the others, exp(-31) is nothing to a float.
template <typename T>
void set_side(T *box, int cell, int side, int bin) {
    box[cell * 64 + side * 16 + bin] = 127;
}

TEST_F(Detectors, Yolo11DecodesACell) {
    add_yolo(3);
    int8_t *score = (int8_t *)m_score;
    int8_t *box = (int8_t *)m_box;
    const int cell = 4 * 8 + 3;  // centre 28, 36
    score[cell * 3 + 2] = 32;    // 2.0
    set_side(box, cell, 0, 1);
    set_side(box, cell, 1, 1);
    set_side(box, cell, 2, 2);
    set_side(box, cell, 3, 1);
    yolo11PostProcessor post(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
    post.postprocess();
    const auto &results = post.get_result(128, 64);
    ASSERT_EQ(results.size(), 1u);
    const result_t &r = results.front();
    EXPECT_EQ(r.category, 2);
    EXPECT_FLOAT_EQ(r.score, 1 / (1 + std::exp(-2.f)));
    EXPECT_EQ(r.box, (std::vector<int>{(28 - 8) * 2, (36 - 8 - 16) * 2, (28 + 16) * 2, (36 + 8 - 16) * 2}));
    EXPECT_EQ(r.box_area(), 48 * 32);
}

TEST_F(Detectors, ThresholdIsExclusiveForYolo11AndInclusiveForEspdet) {
    // quantize(log(0.25 / 0.75), -4) = round(-17.58) = -18 on both chips.
    for (int value : {-19, -18, -17}) {
        m_outputs.clear();
        add_yolo(1);
        ((int8_t *)m_score)[9] = (int8_t)value;
        yolo11PostProcessor yolo(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
        yolo.postprocess();
        EXPECT_EQ(yolo.get_result(128, 64).size(), value > -18 ? 1u : 0u);
        add("box0", {1, 8, 8, 4}, -2);
        ESPDetPostProcessor espdet(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
        espdet.postprocess();
        EXPECT_EQ(espdet.get_result(128, 64).size(), value >= -18 ? 1u : 0u);
    }
}

// As an app of ESP-DL 3.1 says where the picture lies: no preprocessor, but a scale.
TEST_F(Detectors, APictureMayLieWhereTheAppSays) {
    add_yolo(1);
    ((int8_t *)m_score)[4 * 8 + 3] = 32;  // centre 28, 36
    for (int side = 0; side < 4; ++side) {
        set_side((int8_t *)m_box, 4 * 8 + 3, side, 1);
    }
    yolo11PostProcessor post(m_outputs, nullptr, 0.25f, 0.7f, 10, m_stages);
    post.set_resize_scale_x(0.5f);
    post.set_resize_scale_y(0.25f);
    for (const float bad : {0.f, -1.f, std::nanf("")}) {
        post.set_resize_scale_x(bad);
    }
    post.postprocess();
    const auto &results = post.get_result(1000, 1000);
    ASSERT_EQ(results.size(), 1u);
    EXPECT_EQ(results.front().box, (std::vector<int>{(28 - 8) * 2, (36 - 8) * 4, (28 + 8) * 2, (36 + 8) * 4}));
}

TEST_F(Detectors, PicoDecodesACell) {
    int8_t *score = add("score0", {1, 8, 8, 2}, -7, -128);
    int8_t *box = add("bbox0", {1, 8, 8, 32}, -3, -128);
    const int cell = 4 * 8 + 3;  // centre 28, 36
    score[cell * 2 + 1] = 100;
    score[0] = 32;  // just the threshold: sqrt(32 / 128)
    const int bins[4] = {1, 2, 3, 7};
    for (int side = 0; side < 4; side++) {
        box[cell * 32 + side * 8 + bins[side]] = 127;
    }
    PicoPostprocessor post(m_outputs, &m_preprocessor, 0.5f, 0.5f, 10, m_stages);
    post.postprocess();
    const auto &results = post.get_result(128, 64);
    ASSERT_EQ(results.size(), 1u);
    const result_t &r = results.front();
    EXPECT_EQ(r.category, 1);
    EXPECT_FLOAT_EQ(r.score, std::sqrt(100 / 128.f));
    EXPECT_EQ(r.box, (std::vector<int>{(28 - 8) * 2, (36 - 16 - 16) * 2, (28 + 24) * 2, 63}));
    m_outputs.erase("bbox0");
    PicoPostprocessor none(m_outputs, &m_preprocessor, 0.5f, 0.5f, 10, m_stages);
    none.postprocess();
    EXPECT_TRUE(none.get_result(128, 64).empty());
}

// As an app writes one of its own.
class OwnPostprocessor : public AnchorPointDetectPostprocessor {
public:
    using AnchorPointDetectPostprocessor::AnchorPointDetectPostprocessor;
    void postprocess() override {
        EXPECT_EQ(m_model, nullptr);
        EXPECT_EQ(m_stages.size(), 1u);
        EXPECT_FLOAT_EQ(m_image_preprocessor->get_resize_scale_x(true), 2.f);
        m_box_list = m_candidates;
        nms();
    }
    std::list<result_t> m_candidates;
    int top_k() const { return m_top_k; }
};

TEST_F(Detectors, WhateverADerivedClassAddsIsOrdered) {
    OwnPostprocessor post(m_outputs, &m_preprocessor, 0.5f, 0.5f, 3, m_stages);
    EXPECT_EQ(post.top_k(), 3);
    const int far = std::numeric_limits<int>::max();
    post.m_candidates = {
        {0, 0.5f, {0, 0, 9, 9}, {}}, {1, std::nanf(""), {0, 0, 9, 9}, {}},  {2, 0.9f, {}, {}},
        {3, 0.9f, {1, 2, 3}, {}},    {4, 0.7f, {-far, -far, far, far}, {}}, {5, 0.6f, {9, 9, 0, 0}, {5}}};
    post.postprocess();
    const auto &results = post.get_result(128, 64);
    ASSERT_EQ(results.size(), 3u);
    EXPECT_EQ(results.front().category, 4);
    EXPECT_EQ(results.front().box, (std::vector<int>{0, 0, 127, 63}));
    for (int top_k : {0, -1}) {
        OwnPostprocessor none(m_outputs, &m_preprocessor, 0.5f, 0.5f, top_k, m_stages);
        none.m_candidates = post.m_candidates;
        none.postprocess();
        EXPECT_TRUE(none.get_result(128, 64).empty());
    }
    EXPECT_EQ((result_t{0, 0, {1, 2}, {}}).box_area(), 0);
}

TEST_F(Detectors, WithoutPreprocessorBoxesStayInTheInput) {
    add("box0", {1, 8, 8, 4}, -2, 4);
    ((int8_t *)add("score0", {1, 8, 8, 1}, -4, -128))[9] = 100;
    ESPDetPostProcessor post(m_outputs, nullptr, 0.5f, 0.7f, 10, m_stages);
    post.postprocess();
    ASSERT_EQ(post.get_result(64, 64).size(), 1u);
    EXPECT_EQ(post.get_result(64, 64).front().box, (std::vector<int>{4, 4, 20, 20}));
    add("box0", {1, 8, 8, 64}, -2);
    add("mc0", {1, 8, 8, 32}, -5);
    add("p", {1, 16, 16, 32}, -4);
    yolo11segPostProcessor seg(m_outputs, nullptr, 0.5f, 0.7f, 10, m_stages);
    seg.postprocess();
    EXPECT_TRUE(seg.get_result(64, 64).empty());
}

TEST_F(Detectors, ThresholdsBeyondReason) {
    add("box0", {1, 8, 8, 4}, -2);
    int8_t *score = add("score0", {1, 8, 8, 1}, -4, -128);
    score[5] = 126;
    for (float threshold : {2.f, 1.f, std::nanf(""), INFINITY}) {
        ESPDetPostProcessor post(m_outputs, &m_preprocessor, threshold, 0.7f, 10, m_stages);
        post.postprocess();
        EXPECT_TRUE(post.get_result(128, 64).empty()) << threshold;
    }
    for (float threshold : {0.f, -1.f, -INFINITY}) {
        ESPDetPostProcessor post(m_outputs, &m_preprocessor, threshold, std::nanf(""), 100, m_stages);
        post.postprocess();
        EXPECT_EQ(post.get_result(128, 64).size(), 64u) << threshold;
    }
}

TEST_F(Detectors, SixteenBits) {
    add_yolo<int16_t>(1);
    ((int16_t *)m_score)[63] = 300;
    yolo11PostProcessor post(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
    post.postprocess();
    ASSERT_EQ(post.get_result(128, 64).size(), 1u);
    EXPECT_FLOAT_EQ(post.get_result(128, 64).front().score, 1.f);
}

TEST_F(Detectors, SuppressionKeepsTheBestTen) {
    add_yolo(1);
    int8_t *score = (int8_t *)m_score;
    for (int cell = 0; cell < 64; cell++) {
        score[cell] = (int8_t)cell;
        for (int side = 0; side < 4; side++) {
            set_side((int8_t *)m_box, cell, side, 0);  // boxes without extent: nothing overlaps
        }
    }
    yolo11PostProcessor post(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
    post.postprocess();
    auto &results = post.get_result(128, 64);
    ASSERT_EQ(results.size(), 10u);
    EXPECT_FLOAT_EQ(results.front().score, 1 / (1 + std::exp(-63.f / 16)));
    for (auto it = results.begin(); std::next(it) != results.end(); ++it) {
        EXPECT_GE(it->score, std::next(it)->score);
    }
    // The same boxes, all as large as the picture: one is left.
    for (int cell = 0; cell < 64; cell++) {
        for (int side = 0; side < 4; side++) {
            ((int8_t *)m_box)[cell * 64 + side * 16] = -128;
            set_side((int8_t *)m_box, cell, side, 15);
        }
    }
    post.set_nms_thr(0.1f);
    post.clear_result();
    post.postprocess();
    EXPECT_EQ(post.get_result(128, 64).size(), 1u);
    post.set_score_thr(0.999f);
    post.clear_result();
    post.postprocess();
    EXPECT_EQ(post.get_result(128, 64).size(), 0u);
}

TEST_F(Detectors, Keypoints) {
    add_yolo(1);
    int8_t *kpt = add("kpt0", {1, 8, 8, 51}, -4);
    const int cell = 3 * 8 + 2;
    ((int8_t *)m_score)[cell] = 100;
    kpt[cell * 51 + 0] = 8;  // half a cell to the right of the corner (16, 24): 2 * 0.5 * 8 = 8
    kpt[cell * 51 + 1] = -8;
    kpt[cell * 51 + 2] = 8;  // 0.5: just seen
    kpt[cell * 51 + 3] = 8;
    kpt[cell * 51 + 5] = 7;  // not seen
    yolo11posePostProcessor post(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
    post.postprocess();
    const auto &results = post.get_result(128, 64);
    ASSERT_EQ(results.size(), 1u);
    std::vector<int> want(34, 0);
    want[0] = 48;
    want[1] = 0;  // (24 - 8 - 16) * 2
    EXPECT_EQ(results.front().keypoint, want);
}

TEST_F(Detectors, MaskCoversTheBox) {
    add_yolo(1);
    int8_t *mc = add("mc0", {1, 8, 8, 32}, -5);
    int8_t *p = add("p", {1, 16, 16, 32}, -4, 5);
    const int cell = 4 * 8 + 4;  // centre 36, 36: boxes of 16 pixels around it
    ((int8_t *)m_score)[cell] = 100;
    for (int side = 0; side < 4; side++) {
        set_side((int8_t *)m_box, cell, side, 1);
    }
    mc[cell * 32 + 7] = 32;
    for (int i = 0; i < 16 * 16; i++) {
        p[i * 32 + 7] = i % 16 < 9 ? -3 : 3;  // the right part belongs to it
    }
    yolo11segPostProcessor post(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
    post.postprocess();
    auto &results = post.get_result(128, 64);
    ASSERT_EQ(results.size(), 1u);
    const result_t &r = results.front();
    EXPECT_EQ(r.box, (std::vector<int>{56, 24, 88, 56}));
    ASSERT_EQ(r.mask.size(), 32u * 32u);
    // Columns 7 to 10 of the prototypes: two off, two on.
    for (int y = 0; y < 32; y++) {
        for (int x = 0; x < 32; x++) {
            EXPECT_EQ(r.mask[y * 32 + x], x < 16 ? 0 : 1);
        }
    }
}

TEST_F(Detectors, OutputsThatDoNotFitGiveNothing) {
    yolo11PostProcessor none({}, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
    none.postprocess();
    EXPECT_TRUE(none.get_result(128, 64).empty());
    add("score0", {1, 8, 8, 1}, -4, 127);
    for (const std::vector<int> &shape :
         std::vector<std::vector<int>>{{1, 8, 8, 63}, {1, 8, 7, 64}, {1, 4, 8, 64}, {8, 8, 64}, {2, 8, 8, 64}}) {
        add("box0", shape, -3);
        yolo11PostProcessor post(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
        post.postprocess();
        EXPECT_TRUE(post.get_result(128, 64).empty());
    }
    add<int16_t>("box0", {1, 8, 8, 64}, -3);
    yolo11PostProcessor mixed(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
    mixed.postprocess();
    EXPECT_TRUE(mixed.get_result(128, 64).empty());
    add("box0", {1, 8, 8, 64}, -3);
    yolo11posePostProcessor pose(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
    pose.postprocess();
    EXPECT_TRUE(pose.get_result(128, 64).empty());
    yolo11segPostProcessor seg(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
    seg.postprocess();
    EXPECT_TRUE(seg.get_result(128, 64).empty());
    MSRPostprocessor msr(m_outputs, &m_preprocessor, 0.5f, 0.5f, 10, {{8, 8, 9, 9, {}}});
    msr.postprocess();
    EXPECT_TRUE(msr.get_result(128, 64).empty());
    MNPPostprocessor mnp(m_outputs, &m_preprocessor, 0.5f, 0.5f, 10, {});
    mnp.postprocess();
    EXPECT_TRUE(mnp.get_result(128, 64).empty());
}

TEST_F(Detectors, ScalesBeyondReasonStayDefined) {
    for (int exponent : {-140, -30, 30, 140}) {
        m_outputs.clear();
        add("score0", {1, 8, 8, 1}, exponent, 127);
        add("box0", {1, 8, 8, 4}, exponent, 127);
        ESPDetPostProcessor post(m_outputs, &m_preprocessor, 0.25f, 0.7f, 10, m_stages);
        post.postprocess();
        for (const result_t &r : post.get_result(128, 64)) {
            EXPECT_GE(r.box[0], 0);
            EXPECT_LT(r.box[2], 128);
        }
    }
}

TEST(Search, FindsEveryCellInOrder) {
    std::vector<int8_t> values(1000, -5);
    std::vector<int> want;
    for (int i = 0; i < 1000; i += 1 + i % 17) {
        values[i] = (int8_t)(i % 3 ? 3 : 4);
        want.push_back(i);
    }
    std::vector<int> got;
    for_each_above<false>(values.data(), 1000, (int8_t)2, [&](int i) { got.push_back(i); });
    EXPECT_EQ(got, want);
    got.clear();
    for_each_above<true>(values.data(), 1000, (int8_t)3, [&](int i) { got.push_back(i); });
    EXPECT_EQ(got, want);
}

TEST(Classification, SoftmaxTopkAndThreshold) {
    const int8_t logits[4] = {0, 8, 16, -8};
    TensorBase output({1, 4}, logits, -3, dl::DATA_TYPE_INT8);
    dl::cls::ImageNetClsPostprocessor post(&output, 2, -1, true);
    const auto &results = post.postprocess();
    ASSERT_EQ(results.size(), 2u);
    EXPECT_STREQ(results[0].cat_name, "great_white_shark");
    const float sum = 1 + std::exp(1.f) + std::exp(2.f) + std::exp(-1.f);
    EXPECT_NEAR(results[0].score, std::exp(2.f) / sum, 1e-6);
    post.set_topk(10);
    post.set_score_thr(0.2f);
    EXPECT_EQ(post.postprocess().size(), 2u);
    post.set_topk(-1);
    EXPECT_EQ(post.postprocess().size(), 0u);

    const float large[3] = {1000, 999, -1000};
    TensorBase floats({3}, large, 0, dl::DATA_TYPE_FLOAT);
    dl::cls::ImageNetClsPostprocessor safe(&floats, 3, -1, true);
    EXPECT_NEAR(safe.postprocess()[0].score, 1 / (1 + std::exp(-1.f)), 1e-6);

    TensorBase wrong({3}, nullptr, 0, dl::DATA_TYPE_INT64);
    EXPECT_TRUE(dl::cls::ImageNetClsPostprocessor(&wrong, 3, -1, true).postprocess().empty());
    EXPECT_TRUE(dl::cls::ImageNetClsPostprocessor((TensorBase *)nullptr, 3, -1, true).postprocess().empty());
    const std::vector<int8_t> many(1001, 0);
    TensorBase wide({1001}, many.data(), 0, dl::DATA_TYPE_INT8);
    dl::cls::ImageNetClsPostprocessor beyond(&wide, 1001, -1, false);
    auto &all = beyond.postprocess();
    ASSERT_EQ(all.size(), 1001u);
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](auto &r) { return r.cat_name == std::string("unknown"); }));
    safe.set_score_thr(std::nanf(""));
    EXPECT_TRUE(safe.postprocess().empty());
}

// As an app writes one of its own.
const char *fruit_names[] = {"apple", "pear"};
class FruitPostprocessor : public dl::cls::ClsPostprocessor {
public:
    explicit FruitPostprocessor(TensorBase *output) : ClsPostprocessor(output, 2, -1, false) {
        m_cat_names = fruit_names;
    }
};

TEST(Classification, NamesOfADerivedClass) {
    const int8_t scores[2] = {8, 16};
    TensorBase output({1, 2}, scores, -3, dl::DATA_TYPE_INT8);
    FruitPostprocessor fruit(&output);
    ASSERT_EQ(fruit.postprocess().size(), 2u);
    EXPECT_STREQ(fruit.postprocess()[0].cat_name, "pear");
    EXPECT_STREQ(fruit.postprocess()[1].cat_name, "apple");
    dl::cls::ClsPostprocessor nameless(&output, 1, -1, false);
    EXPECT_STREQ(nameless.postprocess()[0].cat_name, "unknown");
    TensorBase gestures({1, 11}, nullptr, -3, dl::DATA_TYPE_INT8);
    ((int8_t *)gestures.data)[6] = 100;
    dl::cls::HandGestureClsPostprocessor hand(&gestures, 1, -1, true);
    EXPECT_STREQ(hand.postprocess()[0].cat_name, "ok");
    EXPECT_STREQ(hand_gesture_cat_names[10], "no_hand");
}

}  // namespace
