// Calibration from .npz files and from folders of arrays.

#include <zip.h>

#include "import/npz.hpp"
#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

std::string npy(const std::vector<int> &shape, const std::vector<float> &data) {
    return espdl_tool::npy_header(dl::DATA_TYPE_FLOAT, shape) +
           std::string((const char *)data.data(), data.size() * sizeof(float));
}

/** An archive as np.savez() and np.savez_compressed() write it. */
void write_zip(const std::string &path, const std::vector<std::pair<std::string, std::string>> &entries, bool deflate) {
    int code = 0;
    zip_t *archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    ASSERT_NE(archive, nullptr) << code;
    for (const auto &[name, bytes] : entries) {
        zip_source_t *source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
        const zip_int64_t index = zip_file_add(archive, name.c_str(), source, 0);
        ASSERT_GE(index, 0) << zip_strerror(archive);
        zip_set_file_compression(archive, (zip_uint64_t)index, deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
    }
    ASSERT_EQ(zip_close(archive), 0) << zip_strerror(archive);
}

class QuantizeArraysTest : public QuantizeTest {
protected:
    static constexpr size_t SAMPLE = 3 * 8 * 8;

    void SetUp() override {
        QuantizeTest::SetUp();
        m_data = values(4 * SAMPLE, 1.0f, 3);  // what calib.npy holds
        write_model(small_model());
        ASSERT_EQ(run(arguments()).code, 0);
        m_wanted = read(m_dir / "out.espdl");
        ASSERT_FALSE(m_wanted.empty());
    }
    /** Samples `first` to `last` - 1. */
    std::string part(size_t first, size_t last) const {
        return npy({(int)(last - first), 3, 8, 8},
                   {m_data.begin() + (long)(first * SAMPLE), m_data.begin() + (long)(last * SAMPLE)});
    }
    Outcome quantize(const std::string &calib) {
        std::filesystem::remove(m_dir / "out.espdl");
        return run("quantize '" + (m_dir / "model.onnx") + "' --calib '" + calib + "' -o '" + (m_dir / "out.espdl") +
                   "' --quiet --threads 1");
    }
    /** The same samples make the same file. */
    void expect_same(const std::string &calib) {
        const Outcome made = quantize(calib);
        EXPECT_EQ(made.code, 0) << made.error;
        EXPECT_EQ(read(m_dir / "out.espdl"), m_wanted) << calib;
    }
    void refuses(const std::string &calib, const std::string &reason) { expect_told(quantize(calib), reason); }

    std::vector<float> m_data;
    std::string m_wanted;
};

TEST_F(QuantizeArraysTest, OneArrayOfAnyNameOrThatOfTheInput) {
    for (const bool deflate : {false, true}) {
        write_zip(m_dir / "one.npz", {{"arr_0.npy", part(0, 4)}}, deflate);
        expect_same(m_dir / "one.npz");
        write_zip(m_dir / "two.npz",
                  {{"labels.npy", npy({4}, {0, 1, 2, 3})}, {"input.npy", part(0, 4)}, {"readme.txt", "no array"}},
                  deflate);
        expect_same(m_dir / "two.npz");
        expect_same("input=" + (m_dir / "two.npz"));
    }
}

TEST_F(QuantizeArraysTest, FoldersFileByFile) {
    std::filesystem::create_directories(m_dir / "npz");
    write_zip(m_dir / "npz/b.npz", {{"input.npy", part(3, 4)}}, true);
    write_zip(m_dir / "npz/a.npz", {{"input.npy", part(0, 3)}}, false);
    expect_same(m_dir / "npz");
    std::filesystem::create_directories(m_dir / "npy");
    for (size_t i = 0; i < 4; i++) {
        write_text("npy/sample_" + std::to_string(i) + ".npy", part(i, i + 1));
    }
    expect_same(m_dir / "npy");
}

TEST_F(QuantizeArraysTest, OneFileForAllInputs) {
    onnx::ModelProto model = empty_model({1, 4, 6, 6}, {1, 4, 6, 6});
    set_shape(model.mutable_graph()->add_input(), "other", {1, 4, 6, 6});
    add_node(model.mutable_graph(), "Add", {"input", "other"}, "output");
    write_model(model);
    const std::string first = npy({2, 4, 6, 6}, values(288, 1, 1)), second = npy({2, 4, 6, 6}, values(288, 4, 2));
    write_text("input.npy", first);
    write_text("other.npy", second);
    const Outcome separate =
        run("quantize '" + (m_dir / "model.onnx") + "' --calib 'input=" + (m_dir / "input.npy") +
            "' 'other=" + (m_dir / "other.npy") + "' -o '" + (m_dir / "out.espdl") + "' --quiet --threads 1");
    ASSERT_EQ(separate.code, 0) << separate.error;
    m_wanted = read(m_dir / "out.espdl");
    write_zip(m_dir / "both.npz", {{"other.npy", second}, {"input.npy", first}}, true);
    expect_same(m_dir / "both.npz");
    write_zip(m_dir / "both.npz", {{"input.npy", first}}, true);
    refuses(m_dir / "both.npz", "both.npz' has no array 'other'; it has input");
}

TEST_F(QuantizeArraysTest, WhatIsWrongIsNamed) {
    refuses(m_dir / "absent.npz", "absent.npz' does not exist");
    write_text("no.npz", "this is no archive");
    refuses(m_dir / "no.npz", "no.npz' cannot be read as .npz file");
    write_zip(m_dir / "bad.npz", {{"x.npy", part(0, 2)}, {"y.npy", part(0, 2)}}, true);
    refuses(m_dir / "bad.npz", "has no array 'input'; it has x, y");
    write_zip(m_dir / "bad.npz", {{"readme.txt", "hello"}}, true);
    refuses(m_dir / "bad.npz", "has no array 'input', nor any other");
    write_zip(m_dir / "bad.npz", {{"input.npy", "hello"}}, true);
    refuses(m_dir / "bad.npz", "array 'input': it is no .npy file");
    write_zip(m_dir / "bad.npz", {{"input.npy", npy({4, 3, 8, 9}, values(864, 1, 1))}}, true);
    refuses(m_dir / "bad.npz", "array 'input', has shape [4, 3, 8, 9], input 'input' reads [1, 3, 8, 8]");
    write_zip(m_dir / "bad.npz", {{"input.npy", npy({1, 3, 8, 8}, std::vector<float>(SAMPLE, NAN))}}, true);
    refuses(m_dir / "bad.npz", "holds NaN");
    std::filesystem::create_directories(m_dir / "empty");
    refuses(m_dir / "empty", "holds neither input.npy nor pictures (.jpg, .png, .bmp) nor .npz files");
}

/** Reads everything that a damaged archive still has: values or a reason, and nothing else happens. */
void read_all(const std::string &path, size_t &arrays) {
    std::string error;
    const std::unique_ptr<quantize::NpzFile> file = quantize::NpzFile::open(path, error);
    if (!file) {
        EXPECT_FALSE(error.empty());
        return;
    }
    for (const std::string &name : file->names()) {
        espdl_tool::NpyArray array;
        std::string reason;
        const bool good = file->read(name, array, reason);
        EXPECT_NE(good, !reason.empty());
        arrays += good;
    }
}

TEST_F(QuantizeArraysTest, DamagedArchives) {
    for (const bool deflate : {false, true}) {
        write_zip(m_dir / "whole.npz", {{"a.npy", npy({2, 3}, {1, 2, 3, 4, 5, 6})}, {"b.npy", npy({1}, {7})}}, deflate);
        const std::string whole = read(m_dir / "whole.npz");
        size_t arrays = 0;
        read_all(m_dir / "whole.npz", arrays);
        EXPECT_EQ(arrays, 2u);
        for (size_t at = 0; at < whole.size(); at++) {
            std::string damaged = whole;
            for (const char flip : {(char)0x01, (char)0x80, (char)0xff}) {
                damaged[at] = (char)(whole[at] ^ flip);
                write_text("damaged.npz", damaged);
                read_all(m_dir / "damaged.npz", arrays);
            }
            write_text("damaged.npz", whole.substr(0, at));
            read_all(m_dir / "damaged.npz", arrays);
        }
        // A changed value does not pass: the archive has a checksum.
        std::string changed = whole;
        const size_t value = changed.find(std::string("\0\0\x80\x3f", 4));
        if (!deflate) {
            ASSERT_NE(value, std::string::npos);
            changed[value + 2] ^= 1;
            write_text("damaged.npz", changed);
            arrays = 0;
            read_all(m_dir / "damaged.npz", arrays);
            EXPECT_EQ(arrays, 1u);
        }
    }
}

TEST_F(QuantizeArraysTest, AnArchiveTakesNoMoreMemoryThanItUnpacks) {
    // 64 MB of zeros in 64 KB: more than its header needs, which is refused as .npy file.
    write_zip(m_dir / "bomb.npz",
              {{"input.npy", npy({1, 3, 8, 8}, m_data).substr(0, 128) + std::string(64 << 20, '\0')}}, true);
    EXPECT_LT(std::filesystem::file_size(m_dir / "bomb.npz"), 1u << 20);
    refuses(m_dir / "bomb.npz", "bytes of data");
}

}  // namespace
