// The model components without a model: this build expects it on the SD card, and there is none. (tests/apps runs them
// with models.)

#include <gtest/gtest.h>

#include <vector>

#include "coco_detect.hpp"
#include "coco_pose.hpp"
#include "dl_model_component.hpp"
#include "imagenet_cls.hpp"

namespace {

class WithoutModel : public testing::Test {
protected:
    std::vector<uint8_t> m_pixels = std::vector<uint8_t>(8 * 8 * 3);
    dl::image::img_t m_img = {m_pixels.data(), 8, 8, dl::image::DL_IMAGE_PIX_TYPE_RGB888};
};

TEST_F(WithoutModel, DetectionFindsNothing) {
    for (bool lazy : {true, false}) {
        COCODetect detect(COCODetect::YOLO11N_320_S8_V1, lazy);
        detect.set_score_thr(0.5f).set_nms_thr(0.5f, 0);
        detect.set_runtime_mode(dl::RUNTIME_MODE_MULTI_CORE);
        EXPECT_EQ(detect.get_raw_model(), nullptr);
        EXPECT_TRUE(detect.run(m_img).empty());
        EXPECT_TRUE(detect.run(m_img).empty());
    }
    COCOPose pose(COCOPose::CUSTOM);
    EXPECT_TRUE(pose.run(m_img).empty());
    EXPECT_EQ(pose.get_raw_model(), nullptr);
}

TEST_F(WithoutModel, ClassificationSaysNothing) {
    ImageNetCls cls;
    cls.set_topk(3).set_score_thr(0.1f);
    EXPECT_TRUE(cls.run(m_img).empty());
    EXPECT_EQ(cls.get_raw_model(), nullptr);
    EXPECT_EQ(ImageNetCls((ImageNetCls::model_type_t)77).get_raw_model(), nullptr);
}

#define TEST_SYMBOL_SET 1
static_assert(DL_CONFIG_IS_SET(TEST_SYMBOL_SET) == 1);
static_assert(DL_CONFIG_IS_SET(TEST_SYMBOL_NOT_SET) == 0);

TEST(ModelTable, SelectsWhatTheConfigurationNames) {
    static constexpr dl::ModelFile FILES[] = {
        {3, "a.espdl", true}, {5, "b.espdl", false}, {7, "own.espdl", true, true}};
    dl::ModelComponent models = {.tag = "test",
                                 .location = fbs::MODEL_LOCATION_IN_FLASH_PARTITION,
                                 .package = nullptr,
                                 .partition = "nowhere",
                                 .sdcard_dir = "models",
                                 .demonstration = nullptr,
                                 .psram_for_copy = 0,
                                 .files = FILES};
    EXPECT_STREQ(models.file(3), "a.espdl");
    EXPECT_EQ(models.file(5), nullptr);
    EXPECT_EQ(models.file(4), nullptr);
    EXPECT_EQ(models.load("a.espdl"), nullptr);
    EXPECT_EQ(models.load(nullptr), nullptr);
    models.demonstration = "small.espdl";
    EXPECT_STREQ(models.file(3), "small.espdl");
    EXPECT_STREQ(models.file(7), "own.espdl");
    models.location = fbs::MODEL_LOCATION_IN_SDCARD;
    models.demonstration = nullptr;
    EXPECT_STREQ(models.file(5), "b.espdl");
    EXPECT_EQ(models.load("b.espdl"), nullptr);
}

TEST(CocoDetect, CategoryNames) {
    EXPECT_STREQ(coco_detect::category_name(0), "person");
    EXPECT_STREQ(coco_detect::category_name(5), "bus");
    EXPECT_STREQ(coco_detect::category_name(15), "cat");
    EXPECT_STREQ(coco_detect::category_name(79), "toothbrush");
    EXPECT_STREQ(coco_detect::category_name(80), "unknown");
    EXPECT_STREQ(coco_detect::category_name(-1), "unknown");
}

}  // namespace
