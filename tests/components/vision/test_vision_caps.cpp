// The flags of ESP-DL 3.0 to 3.2: apps written against those versions compile and get the same pixels as with 3.3's
// types.

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <type_traits>

#include "dl_cls_base.hpp"
#include "dl_detect_base.hpp"
#include "dl_detect_yolo11_postprocessor.hpp"
#include "dl_feat_base.hpp"
#include "dl_feat_image_preprocessor.hpp"
#include "dl_image.hpp"
#include "esp_heap_caps.h"

namespace {

using namespace dl::image;

constexpr int WIDTH = 9, HEIGHT = 5;

std::vector<uint8_t> noise(pix_type_t type, uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<uint8_t> bytes(WIDTH * HEIGHT * get_pix_byte_size(type));
    for (uint8_t &b : bytes) {
        b = (uint8_t)random();
    }
    return bytes;
}

std::vector<uint8_t> transformed(pix_type_t src_type, pix_type_t dst_type, uint32_t caps, bool caps_first) {
    std::vector<uint8_t> src = noise(src_type, 1);
    std::vector<uint8_t> dst = noise(dst_type, 2);
    ImageTransformer transformer;
    if (caps_first) {
        transformer.set_caps(caps);
    }
    transformer.set_src_img({src.data(), WIDTH, HEIGHT, src_type}).set_dst_img({dst.data(), WIDTH, HEIGHT, dst_type});
    if (!caps_first) {
        transformer.set_caps(caps);
    }
    EXPECT_EQ(transformer.transform(), ESP_OK);
    return dst;
}

struct Meaning {
    pix_type_t src, dst;
    uint32_t caps;
    pix_type_t src_is, dst_is;
};

const Meaning MEANINGS[] = {
    {DL_IMAGE_PIX_TYPE_RGB565, DL_IMAGE_PIX_TYPE_RGB888, 0, DL_IMAGE_PIX_TYPE_RGB565LE, DL_IMAGE_PIX_TYPE_RGB888},
    {DL_IMAGE_PIX_TYPE_RGB565, DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_CAP_RGB565_BIG_ENDIAN, DL_IMAGE_PIX_TYPE_RGB565BE,
     DL_IMAGE_PIX_TYPE_RGB888},
    {DL_IMAGE_PIX_TYPE_RGB565, DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_CAP_RGB565_BIG_ENDIAN | DL_IMAGE_CAP_RGB_SWAP,
     DL_IMAGE_PIX_TYPE_RGB565BE, DL_IMAGE_PIX_TYPE_BGR888},
    {DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_RGB565, DL_IMAGE_CAP_RGB565_BIG_ENDIAN, DL_IMAGE_PIX_TYPE_RGB888,
     DL_IMAGE_PIX_TYPE_RGB565BE},
    // Between pictures without 565 pixels, these flags say nothing.
    {DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_GRAY, DL_IMAGE_CAP_RGB565_BIG_ENDIAN | DL_IMAGE_CAP_RGB565_BYTE_SWAP,
     DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_GRAY},
    {DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_GRAY, DL_IMAGE_CAP_RGB_SWAP, DL_IMAGE_PIX_TYPE_BGR888,
     DL_IMAGE_PIX_TYPE_GRAY},
    {DL_IMAGE_PIX_TYPE_RGB565, DL_IMAGE_PIX_TYPE_RGB565, DL_IMAGE_CAP_RGB565_BYTE_SWAP, DL_IMAGE_PIX_TYPE_RGB565LE,
     DL_IMAGE_PIX_TYPE_RGB565BE},
    {DL_IMAGE_PIX_TYPE_RGB565, DL_IMAGE_PIX_TYPE_RGB565,
     DL_IMAGE_CAP_RGB565_BYTE_SWAP | DL_IMAGE_CAP_RGB565_BIG_ENDIAN | DL_IMAGE_CAP_RGB_SWAP, DL_IMAGE_PIX_TYPE_RGB565BE,
     DL_IMAGE_PIX_TYPE_BGR565LE},
};

TEST(Caps, TransformerReadsAndWritesWhatTheFlagsSay) {
    for (const Meaning &m : MEANINGS) {
        const std::vector<uint8_t> expected = transformed(m.src_is, m.dst_is, 0, true);
        for (bool caps_first : {true, false}) {
            EXPECT_EQ(transformed(m.src, m.dst, m.caps, caps_first), expected)
                << pix_type2str(m.src) << " to " << pix_type2str(m.dst) << ", flags " << m.caps;
        }
    }
}

TEST(Caps, ResetForgetsThem) {
    std::vector<uint8_t> src = noise(DL_IMAGE_PIX_TYPE_RGB888, 1), dst = src;
    ImageTransformer transformer;
    transformer.set_caps(DL_IMAGE_CAP_RGB_SWAP).reset();
    transformer.set_src_img({src.data(), WIDTH, HEIGHT, DL_IMAGE_PIX_TYPE_RGB888});
    transformer.set_dst_img({dst.data(), WIDTH, HEIGHT, DL_IMAGE_PIX_TYPE_RGB888});
    ASSERT_EQ(transformer.transform(), ESP_OK);
    EXPECT_EQ(src, dst);
}

template <typename Order>
std::vector<int8_t> preprocessed(Order order, pix_type_t type) {
    std::vector<uint8_t> src = noise(type, 3);
    dl::TensorBase input({1, HEIGHT, WIDTH, 3}, nullptr, 0, dl::DATA_TYPE_INT8);
    const std::vector<float> mean = {1, 2, 3}, std = {2, 2, 2};
    ImagePreprocessor preprocessor(&input, mean, std, order);
    EXPECT_EQ(preprocessor.preprocess({src.data(), WIDTH, HEIGHT, type}), ESP_OK);
    const int8_t *data = (const int8_t *)input.data;
    return {data, data + input.get_size()};
}

TEST(Caps, PreprocessorTakesABoolOrFlags) {
    const std::vector<int8_t> rgb = preprocessed(false, DL_IMAGE_PIX_TYPE_RGB565BE);
    const std::vector<int8_t> bgr = preprocessed(true, DL_IMAGE_PIX_TYPE_RGB565BE);
    EXPECT_NE(rgb, bgr);
    const uint32_t variable = DL_IMAGE_CAP_RGB565_BIG_ENDIAN;
    EXPECT_EQ(preprocessed(DL_IMAGE_CAP_RGB565_BIG_ENDIAN, DL_IMAGE_PIX_TYPE_RGB565), rgb);
    EXPECT_EQ(preprocessed(variable, DL_IMAGE_PIX_TYPE_RGB565), rgb);
    EXPECT_EQ(preprocessed(DL_IMAGE_CAP_RGB565_BIG_ENDIAN | DL_IMAGE_CAP_RGB_SWAP, DL_IMAGE_PIX_TYPE_RGB565), bgr);
    EXPECT_EQ(preprocessed(0, DL_IMAGE_PIX_TYPE_RGB565LE), preprocessed(false, DL_IMAGE_PIX_TYPE_RGB565LE));
    EXPECT_EQ(preprocessed(1, DL_IMAGE_PIX_TYPE_RGB565LE), preprocessed(true, DL_IMAGE_PIX_TYPE_RGB565LE));
}

// As apps write them, with braces and names of 3.2.
using Three = const std::array<float, 3> &;
static_assert(std::is_constructible_v<ImagePreprocessor, dl::Model *, Three, Three, img_cap_t>);
static_assert(std::is_constructible_v<ImagePreprocessor, dl::Model *, Three, Three, uint32_t, const char *>);
static_assert(std::is_constructible_v<ImagePreprocessor, dl::Model *, Three, Three, bool, const char *>);
static_assert(std::is_constructible_v<ImagePreprocessor, dl::Model *, std::vector<float>, std::vector<float>, int>);
static_assert(std::is_constructible_v<FeatImagePreprocessor, dl::Model *, Three, Three, img_cap_t>);
static_assert(!std::is_constructible_v<ImagePreprocessor, dl::Model *, Three, Three, const char *>);

TEST(Caps, JpegsAreDecodedAndEncodedWithThem) {
    std::vector<uint8_t> pixels = noise(DL_IMAGE_PIX_TYPE_RGB565, 4);
    const img_t big = {pixels.data(), WIDTH, HEIGHT, DL_IMAGE_PIX_TYPE_RGB565BE};
    const img_t old = {pixels.data(), WIDTH, HEIGHT, DL_IMAGE_PIX_TYPE_RGB565};
    auto bytes = [](const jpeg_img_t &jpeg) {
        const std::string s((const char *)jpeg.data, jpeg.data_len);
        heap_caps_free(jpeg.data);
        return s;
    };
    const jpeg_img_t jpeg = sw_encode_jpeg(big, 90);
    ASSERT_NE(jpeg.data, nullptr);
    const std::string expected((const char *)jpeg.data, jpeg.data_len);
    EXPECT_EQ(bytes(sw_encode_jpeg(old, DL_IMAGE_CAP_RGB565_BIG_ENDIAN, 90)), expected);
    EXPECT_EQ(bytes(sw_encode_jpeg(old, DL_IMAGE_CAP_RGB565_BIG_ENDIAN)), bytes(sw_encode_jpeg(big)));
    EXPECT_NE(bytes(sw_encode_jpeg(old, 0, 90)), expected);

    const img_t decoded = sw_decode_jpeg(jpeg, DL_IMAGE_PIX_TYPE_RGB565BE);
    const img_t flagged = sw_decode_jpeg(jpeg, DL_IMAGE_PIX_TYPE_RGB565, DL_IMAGE_CAP_RGB565_BIG_ENDIAN);
    ASSERT_EQ(flagged.bytes(), decoded.bytes());
    EXPECT_EQ(memcmp(flagged.data, decoded.data, decoded.bytes()), 0);
    heap_caps_free(decoded.data);
    heap_caps_free(flagged.data);
    heap_caps_free(jpeg.data);
}

// A detector as apps derived it up to 3.1: flags without a namespace, a postprocessor without a preprocessor.
class Detector : public dl::detect::DetectImpl {
public:
    Detector(const std::string &path, bool old) {
        const std::vector<dl::detect::anchor_point_stage_t> stages = {{8, 8, 4, 4}, {16, 16, 8, 8}, {32, 32, 16, 16}};
        m_model = new dl::Model(path.c_str(), fbs::MODEL_LOCATION_IN_SDCARD);
        if (old) {
            m_image_preprocessor = new ImagePreprocessor(m_model, {0, 0, 0}, {255, 255, 255}, ::DL_IMAGE_CAP_PPA);
            m_postprocessor = new dl::detect::yolo11PostProcessor(m_model, 0.25f, 0.7f, 10, stages);
        } else {
            m_image_preprocessor = new ImagePreprocessor(m_model, {0, 0, 0}, {255, 255, 255});
            m_postprocessor =
                new dl::detect::yolo11PostProcessor(m_model, m_image_preprocessor, 0.25f, 0.7f, 10, stages);
        }
    }
};

TEST(OldApi, AnImplementationNamesItsPreprocessor) {
    const char *root = getenv("DESKBOARD_ROOT");
    ASSERT_NE(root, nullptr);
    const std::string models = std::string(root) + "/components/coco_detect/models/";
    const img_t picture = read_image((models + "calibration/00.jpg").c_str());
    ASSERT_NE(picture.data, nullptr);
    // Twice the size: boxes in the model's pixels would differ.
    std::vector<uint8_t> pixels((size_t)picture.width * picture.height * 12);
    const img_t large = {pixels.data(), (uint16_t)(picture.width * 2), (uint16_t)(picture.height * 2),
                         DL_IMAGE_PIX_TYPE_RGB888};
    ASSERT_EQ(resize(picture, large, DL_IMAGE_INTERPOLATE_NEAREST), ESP_OK);
    heap_caps_free(picture.data);
    Detector now(models + "p4/shapes_detect_yolo11_s8.espdl", false),
        old(models + "p4/shapes_detect_yolo11_s8.espdl", true);
    const auto &expected = now.run(large);
    const auto &found = old.run(large);
    ASSERT_FALSE(expected.empty());
    ASSERT_EQ(found.size(), expected.size());
    for (auto a = expected.begin(), b = found.begin(); a != expected.end(); ++a, ++b) {
        EXPECT_EQ(a->box, b->box);
        EXPECT_EQ(a->score, b->score);
    }
}

// A wrapper as up to 3.1: the constructor makes the model, and run() is all that an implementation must have.
class Counter : public dl::detect::Detect {
public:
    std::list<dl::detect::result_t> &run(const img_t &) override {
        ++runs;
        return results;
    }
    int runs = 0;
    std::list<dl::detect::result_t> results;
};

class Wrapper : public dl::detect::DetectWrapper {
public:
    explicit Wrapper(Counter *counter) { m_model = counter; }
};

class ClsCounter : public dl::cls::Cls {
public:
    std::vector<dl::cls::result_t> &run(const img_t &, dl::runtime_mode_t) override { return results; }
    std::vector<dl::cls::result_t> results = {{"cat", 1.f}};
};

class ClsWrapper : public dl::cls::ClsWrapper {
public:
    explicit ClsWrapper(dl::cls::Cls *cls) { m_model = cls; }
};

class Extractor : public dl::feat::Feat {
public:
    Extractor() { m_feat_len = 3; }
    dl::TensorBase *run(const img_t &, const std::vector<int> &) override { return nullptr; }
};

class FeatWrapper : public dl::feat::FeatWrapper {
public:
    explicit FeatWrapper(dl::feat::Feat *feat) { m_model = feat; }
};

TEST(OldApi, AWrapperMakesItsModelInTheConstructor) {
    auto *counter = new Counter;
    Wrapper detector(counter);
    detector.run({});
    detector.set_score_thr(0.5f).set_nms_thr(0.5f, 1);
    EXPECT_EQ(counter->runs, 1);
    EXPECT_EQ(detector.get_raw_model(), nullptr);
    ClsWrapper classifier(new ClsCounter);
    classifier.set_topk(1).set_score_thr(0.5f);
    EXPECT_EQ(classifier.run({}).size(), 1u);
    EXPECT_EQ(classifier.get_raw_model(), nullptr);
    FeatWrapper extractor(new Extractor);
    EXPECT_EQ(extractor.get_feat_len(), 3);
    EXPECT_EQ(extractor.run({}, {}), nullptr);
    EXPECT_EQ(extractor.get_raw_model(), nullptr);
}

TEST(OldApi, AWrapperWithoutModelFindsNothing) {
    EXPECT_TRUE(Wrapper(nullptr).run({}).empty());
    EXPECT_TRUE(ClsWrapper(nullptr).run({}).empty());
    EXPECT_EQ(FeatWrapper(nullptr).get_feat_len(), 0);
}

}  // namespace
