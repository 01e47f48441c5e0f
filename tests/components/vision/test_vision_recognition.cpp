// Features and their database: the file byte by byte, power lost at any moment, files that are none of ours.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "dl_feat_base.hpp"
#include "dl_recognition_database.hpp"

namespace {

using dl::TensorBase;
using dl::recognition::DataBase;

constexpr int LEN = 4;
constexpr size_t RECORD = 2 + 4 * LEN;

class Database : public testing::Test {
protected:
    void SetUp() override {
        m_dir = std::filesystem::temp_directory_path() / ("recognition_" + std::to_string(getpid()));
        std::filesystem::create_directories(m_dir);
        m_path = m_dir / "face.db";
    }
    void TearDown() override { std::filesystem::remove_all(m_dir); }

    std::vector<uint8_t> read() const {
        std::ifstream file(m_path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }
    void write(const std::vector<uint8_t> &bytes) const {
        std::ofstream file(m_path, std::ios::binary);
        file.write((const char *)bytes.data(), (std::streamsize)bytes.size());
    }
    esp_err_t enroll(DataBase &db, std::array<float, LEN> values) const {
        TensorBase feat({1, LEN}, values.data(), 0, dl::DATA_TYPE_FLOAT);
        return db.enroll_feat(&feat);
    }
    std::vector<dl::recognition::result_t> query(DataBase &db, std::array<float, LEN> values, float thr = -2,
                                                 int top_k = 100) const {
        TensorBase feat({LEN}, values.data(), 0, dl::DATA_TYPE_FLOAT);
        return db.query_feat(&feat, thr, top_k);
    }
    // The numbers in the database, in the order of the first axis' similarity.
    std::vector<int> ids(DataBase &db) const {
        std::vector<int> all;
        for (const auto &result : query(db, {1, 0, 0, 0})) {
            all.push_back(result.id);
        }
        return all;
    }
    // Three features, of which 1 resembles the first axis most.
    void fill() const {
        DataBase db(m_path, LEN);
        ASSERT_EQ(enroll(db, {1, 0, 0, 0}), ESP_OK);
        ASSERT_EQ(enroll(db, {0.6f, 0.8f, 0, 0}), ESP_OK);
        ASSERT_EQ(enroll(db, {0, 1, 0, 0}), ESP_OK);
    }

    std::filesystem::path m_dir;
    std::string m_path;
};

TEST_F(Database, FileIsTheChips) {
    fill();
    std::vector<uint8_t> want = {3, 0, 3, 0, LEN, 0};
    const float feats[3][LEN] = {{1, 0, 0, 0}, {0.6f, 0.8f, 0, 0}, {0, 1, 0, 0}};
    for (int i = 0; i < 3; i++) {
        want.push_back((uint8_t)(i + 1));
        want.push_back(0);
        const uint8_t *bytes = (const uint8_t *)feats[i];
        want.insert(want.end(), bytes, bytes + sizeof(feats[i]));
    }
    EXPECT_EQ(read(), want);
    DataBase db(m_path, LEN);
    EXPECT_EQ(db.get_num_feats(), 3);
    ASSERT_EQ(db.delete_feat(2), ESP_OK);
    want[2] = 2;
    want[6 + RECORD] = 0;
    EXPECT_EQ(read(), want);
    ASSERT_EQ(db.clear_all_feats(), ESP_OK);
    EXPECT_EQ(read(), (std::vector<uint8_t>{0, 0, 0, 0, LEN, 0}));
}

TEST_F(Database, QueryOrdersLimitsAndFilters) {
    fill();
    DataBase db(m_path, LEN);
    auto results = query(db, {1, 0, 0, 0});
    ASSERT_EQ(results.size(), 3u);
    EXPECT_EQ(results[0].id, 1);
    EXPECT_FLOAT_EQ(results[0].similarity, 1);
    EXPECT_EQ(results[1].id, 2);
    EXPECT_FLOAT_EQ(results[1].similarity, 0.6f);
    EXPECT_EQ(results[2].id, 3);
    EXPECT_EQ(query(db, {1, 0, 0, 0}, 0.6f).size(), 1u);
    EXPECT_EQ(query(db, {1, 0, 0, 0}, 0.5f, 1).size(), 1u);
    EXPECT_EQ(query(db, {1, 0, 0, 0}, -2, 0).size(), 0u);
    EXPECT_EQ(query(db, {1, 0, 0, 0}, -2, -5).size(), 0u);
    EXPECT_EQ(query(db, {1, 0, 0, 0}, std::nanf("")).size(), 0u);
}

TEST_F(Database, NumbersAreNotGivenTwice) {
    fill();
    {
        DataBase db(m_path, LEN);
        EXPECT_EQ(db.delete_last_feat(), ESP_OK);
        EXPECT_EQ(db.delete_feat(1), ESP_OK);
        EXPECT_EQ(db.delete_feat(1), ESP_FAIL);
        EXPECT_EQ(db.delete_feat(0), ESP_FAIL);
        EXPECT_EQ(db.delete_feat(77), ESP_FAIL);
        EXPECT_EQ(db.get_num_feats(), 1);
        EXPECT_EQ(enroll(db, {0, 0, 1, 0}), ESP_OK);
        EXPECT_EQ(ids(db), (std::vector<int>{2, 4}));
    }
    DataBase again(m_path, LEN);
    EXPECT_EQ(ids(again), (std::vector<int>{2, 4}));
    EXPECT_EQ(again.delete_last_feat(), ESP_OK);
    EXPECT_EQ(again.delete_last_feat(), ESP_OK);
    EXPECT_EQ(again.delete_last_feat(), ESP_FAIL);
    again.print();
    EXPECT_EQ(again.clear_all_feats(), ESP_OK);
    EXPECT_EQ(enroll(again, {1, 0, 0, 0}), ESP_OK);
    EXPECT_EQ(ids(again), (std::vector<int>{1}));
}

TEST_F(Database, WhatIsNoFeatureIsRefused) {
    fill();
    const std::vector<uint8_t> before = read();
    DataBase db(m_path, LEN);
    EXPECT_EQ(db.enroll_feat(nullptr), ESP_FAIL);
    TensorBase longer({LEN + 1}, nullptr, 0, dl::DATA_TYPE_FLOAT);
    TensorBase bytes({LEN}, nullptr, 0, dl::DATA_TYPE_INT8);
    EXPECT_EQ(db.enroll_feat(&longer), ESP_FAIL);
    EXPECT_EQ(db.enroll_feat(&bytes), ESP_FAIL);
    EXPECT_TRUE(db.query_feat(nullptr, 0, 1).empty());
    EXPECT_TRUE(db.query_feat(&bytes, 0, 1).empty());
    EXPECT_EQ(enroll(db, {std::nanf(""), 0, 0, 0}), ESP_FAIL);
    EXPECT_EQ(enroll(db, {std::numeric_limits<float>::infinity(), 0, 0, 0}), ESP_FAIL);
    EXPECT_EQ(read(), before);
    for (int len : {0, -1, 65536}) {
        DataBase none(m_dir / "none.db", len);
        EXPECT_EQ(none.clear_all_feats(), ESP_FAIL);
        EXPECT_FALSE(std::filesystem::exists(m_dir / "none.db"));
    }
}

// Power is lost after any number of bytes of a record, or between the record and the header.
TEST_F(Database, PowerLostWhileEnrolling) {
    fill();
    const std::vector<uint8_t> before = read();
    {
        DataBase db(m_path, LEN);
        ASSERT_EQ(enroll(db, {0.5f, 0, 0.5f, 0}), ESP_OK);
    }
    const std::vector<uint8_t> after = read();
    ASSERT_EQ(after.size(), before.size() + RECORD);
    for (size_t cut = 0; cut <= RECORD; cut++) {
        std::vector<uint8_t> bytes = before;
        bytes.insert(bytes.end(), after.begin() + (long)before.size(), after.begin() + (long)(before.size() + cut));
        write(bytes);
        DataBase db(m_path, LEN);
        EXPECT_EQ(ids(db), (std::vector<int>{1, 2, 3})) << cut;
        // The next feature takes the place of the part.
        ASSERT_EQ(enroll(db, {0.5f, 0, 0.5f, 0}), ESP_OK);
        EXPECT_EQ(read(), after);
        EXPECT_EQ(ids(db), (std::vector<int>{1, 2, 4, 3}));
    }
    // Other writers count first.
    for (size_t cut = 0; cut < RECORD; cut++) {
        write({after.begin(), after.begin() + (long)(before.size() + cut)});
        DataBase db(m_path, LEN);
        EXPECT_EQ(ids(db), (std::vector<int>{1, 2, 3})) << cut;
    }
}

TEST_F(Database, PowerLostWhileDeletingOrClearing) {
    fill();
    std::vector<uint8_t> bytes = read();
    bytes[6 + RECORD] = 0;  // the number of the second is gone, the header still counts it
    write(bytes);
    DataBase db(m_path, LEN);
    EXPECT_EQ(ids(db), (std::vector<int>{1, 3}));
    EXPECT_EQ(db.get_num_feats(), 2);
    EXPECT_EQ(enroll(db, {0, 0, 1, 0}), ESP_OK);
    bytes = read();
    EXPECT_EQ(bytes[0], 4);
    EXPECT_EQ(bytes[2], 3);
    write({});
    DataBase cleared(m_path, LEN);
    EXPECT_EQ(cleared.get_num_feats(), 0);
    EXPECT_EQ(enroll(cleared, {1, 0, 0, 0}), ESP_OK);
    EXPECT_EQ(read().size(), 6 + RECORD);
}

TEST_F(Database, WhatIsNotCountedIsNotThere) {
    fill();
    const std::vector<uint8_t> good = read();
    for (int counted = 0; counted <= 3; counted++) {
        std::vector<uint8_t> bytes = good;
        bytes[0] = (uint8_t)counted;
        write(bytes);
        DataBase db(m_path, LEN);
        EXPECT_EQ(db.get_num_feats(), counted);
        EXPECT_EQ(enroll(db, {1, 0, 0, 0}), ESP_OK);
        EXPECT_EQ(DataBase(m_path, LEN).get_num_feats(), counted + 1);
    }
}

TEST_F(Database, HostileFilesAreRefusedAndLeftAlone) {
    fill();
    const std::vector<uint8_t> good = read();
    std::vector<std::vector<uint8_t>> hostile;
    hostile.push_back({1, 0, 1});                                  // no header
    hostile.push_back({255, 255, 255, 255, LEN, 0});               // counts what is not there
    hostile.push_back({good.begin(), good.begin() + 6 + RECORD});  // two are missing
    hostile.push_back(good);
    hostile.back()[4] = LEN - 1;  // features of another length
    hostile.push_back(good);
    hostile.back()[6 + 2 * RECORD] = 1;  // a number twice
    hostile.push_back(good);
    std::memset(&hostile.back()[6 + RECORD + 2], 0xFF, 4);  // not a number
    for (const std::vector<uint8_t> &bytes : hostile) {
        SCOPED_TRACE(bytes.size());
        write(bytes);
        DataBase db(m_path, LEN);
        EXPECT_EQ(db.get_num_feats(), 0);
        EXPECT_TRUE(query(db, {1, 0, 0, 0}).empty());
        EXPECT_EQ(enroll(db, {1, 0, 0, 0}), ESP_FAIL);
        EXPECT_EQ(db.delete_feat(1), ESP_FAIL);
        EXPECT_EQ(db.delete_last_feat(), ESP_FAIL);
        EXPECT_EQ(read(), bytes);
        EXPECT_EQ(db.clear_all_feats(), ESP_OK);
        EXPECT_EQ(enroll(db, {1, 0, 0, 0}), ESP_OK);
        EXPECT_EQ(ids(db), (std::vector<int>{1}));
    }
    DataBase folder(m_dir, LEN);
    EXPECT_EQ(enroll(folder, {1, 0, 0, 0}), ESP_FAIL);
    EXPECT_EQ(folder.clear_all_feats(), ESP_FAIL);
    DataBase nowhere(m_dir / "no folder" / "face.db", LEN);
    EXPECT_EQ(enroll(nowhere, {1, 0, 0, 0}), ESP_FAIL);
}

TEST_F(Database, AFileThatShrinksMeanwhileIsNotWrittenTo) {
    fill();
    DataBase db(m_path, LEN);
    const std::vector<uint8_t> cut(7, 0);
    write(cut);
    EXPECT_EQ(enroll(db, {1, 0, 0, 0}), ESP_FAIL);
    EXPECT_EQ(db.delete_feat(3), ESP_FAIL);
    EXPECT_EQ(read(), cut);
    EXPECT_EQ(db.get_num_feats(), 3);  // in memory, as before
    EXPECT_EQ(ids(db), (std::vector<int>{1, 2, 3}));
}

TEST_F(Database, TheLastNumber) {
    // Deleted records up to one before the last possible.
    std::vector<uint8_t> bytes = {0xFE, 0xFF, 0, 0, 1, 0};
    bytes.resize(6 + 65534 * 6);
    write(bytes);
    DataBase db(m_path, 1);
    float one = 1;
    TensorBase feat({1}, &one, 0, dl::DATA_TYPE_FLOAT);
    EXPECT_EQ(db.enroll_feat(&feat), ESP_OK);
    EXPECT_EQ(db.enroll_feat(&feat), ESP_FAIL);
    DataBase again(m_path, 1);
    EXPECT_EQ(again.get_num_feats(), 1);
    EXPECT_EQ(again.query_feat(&feat, 0, 1)[0].id, 65535);
}

TEST(Feature, HasLengthOne) {
    const int8_t values[3] = {3, 0, -4};
    TensorBase output({1, 3}, values, -1, dl::DATA_TYPE_INT8);
    dl::feat::FeatPostprocessor post(&output);
    EXPECT_EQ(post.get_feat_len(), 3);
    TensorBase *feat = post.postprocess();
    ASSERT_NE(feat, nullptr);
    EXPECT_EQ(feat->shape, output.shape);
    const float *got = (const float *)feat->data;
    EXPECT_FLOAT_EQ(got[0], 0.6f);
    EXPECT_FLOAT_EQ(got[1], 0.f);
    EXPECT_FLOAT_EQ(got[2], -0.8f);
    std::memset(output.data, 0, 3);
    EXPECT_FLOAT_EQ(((const float *)post.postprocess()->data)[2], 0.f);

    const int16_t wide[2] = {300, 400};
    TensorBase words({2}, wide, -8, dl::DATA_TYPE_INT16);
    EXPECT_FLOAT_EQ(((const float *)dl::feat::FeatPostprocessor(&words).postprocess()->data)[1], 0.8f);

    TensorBase wrong({2}, nullptr, 0, dl::DATA_TYPE_INT64);
    EXPECT_EQ(dl::feat::FeatPostprocessor(&wrong).postprocess(), nullptr);
    EXPECT_EQ(dl::feat::FeatPostprocessor((TensorBase *)nullptr).postprocess(), nullptr);
    EXPECT_EQ(dl::feat::FeatPostprocessor((dl::Model *)nullptr).postprocess(), nullptr);
}

// A picture in which each pixel says where it is; landmarks turned by 90 degrees, twice as large, and moved.
TEST(Alignment, TurnsScalesAndMoves) {
    constexpr int SIZE = 256;
    std::vector<uint8_t> pixels(SIZE * SIZE * 3);
    for (int y = 0; y < SIZE; y++) {
        for (int x = 0; x < SIZE; x++) {
            pixels[(y * SIZE + x) * 3] = (uint8_t)x;
            pixels[(y * SIZE + x) * 3 + 1] = (uint8_t)y;
        }
    }
    const dl::image::img_t img = {pixels.data(), SIZE, SIZE, dl::image::DL_IMAGE_PIX_TYPE_RGB888};
    TensorBase input({1, 112, 112, 3}, nullptr, 0, dl::DATA_TYPE_FLOAT);
    dl::image::FeatImagePreprocessor aligned(&input, {0, 0, 0}, {1, 1, 1});
    const float std_landmarks[10] = {38.2946f, 51.6963f, 41.5493f, 92.3655f, 56.0252f,
                                     71.7366f, 73.5318f, 51.5014f, 70.7299f, 92.2041f};
    // (x, y) of the input is shown at (240 - 2 y, 20 + 2 x).
    std::vector<int> landmarks;
    for (int i = 0; i < 5; i++) {
        landmarks.push_back((int)std::lround(240 - 2 * std_landmarks[2 * i + 1]));
        landmarks.push_back((int)std::lround(20 + 2 * std_landmarks[2 * i]));
    }
    ASSERT_EQ(aligned.preprocess(img, landmarks), ESP_OK);
    const float *got = (const float *)input.data;
    for (int y = 4; y < 112; y += 9) {
        for (int x = 4; x < 112; x += 9) {
            EXPECT_NEAR(got[(y * 112 + x) * 3], 240 - 2 * y, 3) << x << ", " << y;
            EXPECT_NEAR(got[(y * 112 + x) * 3 + 1], 20 + 2 * x, 3) << x << ", " << y;
        }
    }
    EXPECT_EQ(aligned.preprocess(img, {}), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(aligned.preprocess(img, std::vector<int>(12, 5)), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(aligned.preprocess(img, std::vector<int>(10, 5)), ESP_ERR_INVALID_ARG);
    EXPECT_NE(aligned.preprocess({nullptr, 10, 10, dl::image::DL_IMAGE_PIX_TYPE_RGB888}, landmarks), ESP_OK);
    for (int far : {1 << 30, -(1 << 30)}) {
        std::vector<int> beyond = landmarks;
        beyond[3] = far;
        aligned.preprocess(img, beyond);  // whatever it shows: no byte outside the picture
    }
    TensorBase shapeless({5}, nullptr, 0, dl::DATA_TYPE_INT8);
    dl::image::FeatImagePreprocessor none(&shapeless, {0, 0, 0}, {1, 1, 1});
    EXPECT_EQ(none.preprocess(img, landmarks), ESP_ERR_INVALID_STATE);
}

class NoFeat : public dl::feat::FeatWrapper {
    void load_model() override { m_model = new dl::feat::FeatImpl; }
};

TEST(Feature, WithoutModelThereIsNone) {
    NoFeat feat;
    EXPECT_EQ(feat.get_feat_len(), 0);
    EXPECT_EQ(feat.get_raw_model(), nullptr);
    EXPECT_EQ(feat.run({nullptr, 1, 1, dl::image::DL_IMAGE_PIX_TYPE_RGB888}, {}), nullptr);
}

}  // namespace
