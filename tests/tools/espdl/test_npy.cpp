// .npy files: what NumPy writes is read, what it would not write is refused.

#include "npy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "../../hal/storage_test.hpp"
#include "container.hpp"
#include "dl_tool.hpp"

using espdl_tool::NpyArray;
using testing::HasSubstr;

namespace {

std::vector<uint8_t> file_of(const std::string &dict, const std::string &data, char version = 1) {
    std::string text("\x93NUMPY", 6);
    text += version;
    text += '\0';
    text += (char)(dict.size() & 0xff);
    text += (char)(dict.size() >> 8);
    if (version > 1) {
        text += std::string(2, '\0');
    }
    text += dict + data;
    return {text.begin(), text.end()};
}

std::string error_of(const std::vector<uint8_t> &file) {
    NpyArray array;
    std::string error;
    return espdl_tool::parse_npy(file, array, error) ? "(read)" : error;
}

TEST(Npy, ReadsWhatNumpyWrites) {
    NpyArray array;
    std::string error;
    ASSERT_TRUE(espdl_tool::parse_npy(file_of("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }          \n",
                                              std::string("\1\0\2\0\3\0\4\0\5\0\6\0", 12)),
                                      array, error))
        << error;
    EXPECT_EQ(array.dtype, dl::DATA_TYPE_INT16);
    EXPECT_EQ(array.shape, (std::vector<int>{2, 3}));
    EXPECT_EQ(array.data[10], 6);
    ASSERT_TRUE(espdl_tool::parse_npy(file_of("{'descr': '|i1', 'fortran_order': False, 'shape': (1,), }\n", "a", 2),
                                      array, error));
    EXPECT_EQ(array.shape, (std::vector<int>{1}));
    ASSERT_TRUE(espdl_tool::parse_npy(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", "abcd", 3),
                                      array, error));
    EXPECT_TRUE(array.shape.empty());
    ASSERT_TRUE(espdl_tool::parse_npy(file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 7), }\n", ""),
                                      array, error));
    EXPECT_TRUE(array.data.empty());
}

TEST(Npy, RoundTrip) {
    hal_test::TempDir dir;
    for (dl::dtype_t dtype :
         {dl::DATA_TYPE_INT8, dl::DATA_TYPE_INT16, dl::DATA_TYPE_FLOAT, dl::DATA_TYPE_BOOL, dl::DATA_TYPE_INT64}) {
        for (const std::vector<int> &shape : {std::vector<int>{}, {3}, {2, 2}, {1, 1, 1, 0}}) {
            std::vector<uint8_t> data(8 * 4, 0x5a);
            std::string error;
            const std::string path = dir / "a.npy";
            ASSERT_TRUE(espdl_tool::write_npy(path, dtype, shape, data.data(), error)) << error;
            NpyArray array;
            ASSERT_TRUE(espdl_tool::read_npy(path, array, error)) << error;
            EXPECT_EQ(array.dtype, dtype);
            EXPECT_EQ(array.shape, shape);
            EXPECT_EQ((int64_t)array.data.size(), (int64_t)dl::tool::dtype_size(dtype) * dl::tool::shape_size(shape));
        }
    }
    EXPECT_EQ(espdl_tool::npy_header(dl::DATA_TYPE_INT8, {1, 2}).size() % 64, 0u);
    EXPECT_EQ(espdl_tool::npy_header(dl::DATA_TYPE_STRING, {1}), "");
}

TEST(Npy, RefusesEverythingElse) {
    EXPECT_EQ(error_of({}), "it is no .npy file");
    EXPECT_EQ(error_of(std::vector<uint8_t>(100, 'x')), "it is no .npy file");
    const std::string good = "{'descr': '|i1', 'fortran_order': False, 'shape': (4,), }\n";
    ASSERT_EQ(error_of(file_of(good, "abcd")), "(read)");
    EXPECT_THAT(error_of(file_of(good, "abcd", 9)), HasSubstr("version 9"));
    EXPECT_THAT(error_of(file_of(good, "abc")), HasSubstr("does not fit the 3 bytes"));
    EXPECT_THAT(error_of(file_of(good, "abcde")), HasSubstr("does not fit the 5 bytes"));
    EXPECT_THAT(error_of(file_of("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", "abcd")),
                HasSubstr("'>i2' is not supported"));
    EXPECT_THAT(error_of(file_of("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "abcd")),
                HasSubstr("'|O' is not supported"));
    EXPECT_THAT(error_of(file_of("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 2), }", "abcd")),
                HasSubstr("Fortran order"));
    EXPECT_THAT(error_of(file_of("{'descr': '|i1', 'fortran_order': False, 'shape': (-4,), }", "abcd")),
                HasSubstr("'shape'"));
    EXPECT_THAT(error_of(file_of("{'descr': '|i1', 'fortran_order': False, 'shape': (99999999999999999999,), }", "")),
                HasSubstr("'shape'"));
    EXPECT_THAT(error_of(file_of("{'descr': '|i1', 'fortran_order': False, 'shape': (65536, 65536, 65536), }", "")),
                HasSubstr("does not fit"));
    EXPECT_THAT(error_of(file_of("{'descr': '|i1', 'shape': (4,), }", "abcd")), HasSubstr("lacks"));
    EXPECT_THAT(error_of(file_of("{'descr': '|i1', 'descr': '|i1', 'fortran_order': False, 'shape': (4,)}", "abcd")),
                HasSubstr("'descr'"));
    EXPECT_THAT(error_of(file_of("no dictionary", "abcd")), HasSubstr("no dictionary"));
    EXPECT_THAT(error_of(file_of("{'descr': '|i1'", "")), HasSubstr("damaged"));
    EXPECT_THAT(error_of(file_of(good.substr(0, good.size() - 1) + "x\n", "abcd")), HasSubstr("other text"));
    std::vector<uint8_t> cut = file_of(good, "");
    cut.resize(30);
    EXPECT_THAT(error_of(cut), HasSubstr("ends inside the header"));
}

TEST(Npy, SurvivesDamage) {
    const unsigned seed = 4711;
    RecordProperty("seed", (int)seed);
    std::mt19937 random(seed);
    const std::vector<uint8_t> good =
        file_of("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }  \n", std::string(12, '\1'));
    for (int round = 0; round < 5000; round++) {
        std::vector<uint8_t> bad = good;
        for (unsigned n = 1 + random() % 4; n > 0; n--) {
            bad[random() % bad.size()] = (uint8_t)random();
        }
        bad.resize(random() % 4 ? bad.size() : random() % bad.size());
        error_of(bad);
    }
}

TEST(Key, Texts) {
    const espdl_tool::AesKey expected = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};
    EXPECT_EQ(espdl_tool::parse_key("000102030405060708090a0b0c0d0eFF"), expected);
    EXPECT_EQ(espdl_tool::parse_key("{0x00, 0x01, 2, 3, 4, 5, 6, 7, 8, 9, 0xA, 0x0b, 12, 13, 14, 255}"), expected);
    EXPECT_FALSE(espdl_tool::parse_key(""));
    EXPECT_FALSE(espdl_tool::parse_key("0001"));
    EXPECT_FALSE(espdl_tool::parse_key("000102030405060708090a0b0c0d0eFG"));
    EXPECT_FALSE(espdl_tool::parse_key("0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 256"));
    EXPECT_FALSE(espdl_tool::parse_key("0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"));
    EXPECT_FALSE(espdl_tool::parse_key("0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 -1"));
}

}  // namespace
