// Containers and places: where a model can be, and what is said when it is not there.

#include <fstream>

#include "../../hal/storage_test.hpp"
#include "container.hpp"
#include "loader_test.hpp"

using namespace espdl_test;
using espdl_tool::AesKey;
using espdl_tool::make_edl;
using espdl_tool::make_package;
using testing::HasSubstr;

namespace {

constexpr AesKey KEY = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

ModelSpec named(const std::string &graph_name) {
    ModelSpec spec = small_model();
    spec.graph_name = graph_name;
    return spec;
}

std::vector<uint8_t> package(int version, const AesKey *key = nullptr) {
    std::vector<uint8_t> bytes;
    std::string error;
    const std::vector<espdl_tool::PackageModel> models = {
        {"first.espdl", make_edl(build_flatbuffer(named("one")), version == 1 ? 1 : 2, key)},
        {"second.espdl", make_edl(build_flatbuffer(named("two")), version == 1 ? 1 : 2, key)}};
    EXPECT_TRUE(make_package(models, version, version == 3 ? "v1.2" : "", bytes, error)) << error;
    return bytes;
}

std::string graph_name(fbs::FbsModel *model) {
    const std::string name = model ? model->get_model_name() : "(none)";
    delete model;
    return name;
}

void write(const std::string &path, const std::vector<uint8_t> &bytes) {
    std::ofstream(path, std::ios::binary).write((const char *)bytes.data(), (std::streamsize)bytes.size());
}

class FbsLoaderTest : public testing::Test {
protected:
    LogRecorder m_log;
    const std::string &log() { return LogRecorder::text(); }
};

TEST_F(FbsLoaderTest, SingleModelOfBothVersions) {
    for (int version : {1, 2}) {
        const Image image(make_edl(build_flatbuffer(named("one")), version, nullptr));
        fbs::FbsLoader loader(image.data(), image.size());
        EXPECT_EQ(loader.get_status(), ESP_OK) << log();
        EXPECT_EQ(loader.get_model_num(), 1);
        EXPECT_EQ(graph_name(loader.load()), "one");
        EXPECT_EQ(graph_name(loader.load(0)), "one");
        EXPECT_EQ(graph_name(loader.load("whatever.espdl")), "one") << "stands in for a package";
        EXPECT_EQ(loader.load(1), nullptr);
        EXPECT_STREQ(loader.get_format(), version == 1 ? "EDL1" : "EDL2");
    }
}

// ESP-DL 3.0 wrote raw data as bytes, at any address, and numbers of eight bits also as one of 32.
TEST_F(FbsLoaderTest, RawDataOfTheFirstVersion) {
    ModelSpec spec = small_model();
    spec.initializers[0].dims = {1, 331};
    spec.initializers[0].raw.resize(331);
    for (size_t i = 0; i < spec.initializers[0].raw.size(); i++) {
        spec.initializers[0].raw[i] = static_cast<uint8_t>(i * 7);
    }
    spec.initializers[0].raw_is_bytes = true;
    TensorSpec limit = spec.initializers[0];
    limit.name = "limit";
    limit.dims = {1};
    limit.int32_data = {-96};
    spec.initializers.push_back(limit);
    spec.nodes[1].inputs.push_back("limit");
    spec.test_inputs.clear();
    spec.test_outputs.clear();
    const Image image(make_edl(build_flatbuffer(spec), 1, nullptr));
    fbs::FbsLoader loader(image.data(), image.size());
    std::unique_ptr<fbs::FbsModel> model(loader.load());
    ASSERT_NE(model, nullptr) << log();
    std::unique_ptr<dl::TensorBase> weights(model->get_operation_parameter("add", 1));
    ASSERT_NE(weights, nullptr) << log();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(weights->data) % 16, 0u);
    EXPECT_EQ(memcmp(weights->data, spec.initializers[0].raw.data(), 331), 0);
    std::unique_ptr<dl::TensorBase> clip(model->get_operation_parameter("add", 2));
    ASSERT_NE(clip, nullptr) << log();
    EXPECT_EQ(clip->get_element<int8_t>(0), -96);
}

TEST_F(FbsLoaderTest, RawDataOfTheFirstVersionIsChecked) {
    ModelSpec spec = small_model();
    spec.initializers[0].raw_is_bytes = true;
    spec.initializers[0].dims = {1, 332};
    spec.initializers[0].raw.assign(331, 1);
    const Image image(make_edl(build_flatbuffer(spec), 1, nullptr));
    fbs::FbsLoader loader(image.data(), image.size());
    EXPECT_EQ(loader.load(), nullptr);
    EXPECT_THAT(log(), testing::HasSubstr("needs 332 bytes, the file holds 331"));
}

TEST_F(FbsLoaderTest, RodataNeedsNoSize) {
    const Image image(build_edl2(named("one")));
    fbs::FbsLoader loader((const char *)image.data());
    std::unique_ptr<fbs::FbsModel> model(loader.load());
    ASSERT_NE(model, nullptr) << log();
    EXPECT_TRUE(model->m_param_copy);
    EXPECT_TRUE(model->is_in_flash());
    size_t internal = 1, psram = 1, rodata = 1, flash = 1;
    model->get_model_size(&internal, &psram, &rodata, &flash);
    EXPECT_EQ(internal + psram + rodata, 0u);
    EXPECT_EQ(flash, image.size() - 16);
    EXPECT_STREQ(loader.get_model_location_string(), "FLASH rodata");
}

TEST_F(FbsLoaderTest, PackagesByNumberAndName) {
    for (int version : {1, 2, 3}) {
        const Image image(package(version));
        fbs::FbsLoader loader(image.data(), image.size());
        ASSERT_EQ(loader.get_model_num(), 2) << log();
        EXPECT_EQ(loader.get_model_name(1), "second.espdl");
        EXPECT_EQ(graph_name(loader.load()), "one");
        EXPECT_EQ(graph_name(loader.load(1)), "two");
        EXPECT_EQ(graph_name(loader.load("second.espdl")), "two");
        EXPECT_EQ(graph_name(loader.load("second")), "two");
        EXPECT_EQ(loader.load("third.espdl"), nullptr);
        EXPECT_THAT(log(), HasSubstr("no model 'third.espdl', only first.espdl, second.espdl"));
        EXPECT_EQ(loader.load(2), nullptr);
        EXPECT_EQ(loader.load(-1), nullptr);
        loader.list_models();
        EXPECT_THAT(log(), HasSubstr("second.espdl"));
        EXPECT_EQ(loader.get_package_version(), version == 3 ? "v1.2" : "");
    }
}

TEST_F(FbsLoaderTest, PackageThatIsDamagedAnywhereIsRefused) {
    const std::vector<uint8_t> good = package(3);
    for (size_t i = 4; i < good.size(); i += i < 200 ? 1 : 61) {
        std::vector<uint8_t> bad = good;
        bad[i] ^= 0x10;
        const Image image(bad);
        fbs::FbsLoader loader(image.data(), image.size());
        EXPECT_EQ(loader.get_model_num(), 0) << "byte " << i;
        EXPECT_EQ(loader.load(), nullptr);
    }
    EXPECT_THAT(log(), HasSubstr("sha256"));
}

TEST_F(FbsLoaderTest, PackageEntriesStayInside) {
    for (int version : {1, 2}) {
        const std::vector<uint8_t> good = package(version);
        for (size_t at = 4; at < 4 + 4 + 24; at++) {
            for (uint8_t value : {0x00, 0x7f, 0xff}) {
                std::vector<uint8_t> bad = good;
                bad[at] = value;
                const Image image(bad);
                fbs::FbsLoader loader(image.data(), image.size());
                for (int i = 0; i < loader.get_model_num() && i < 4; i++) {
                    delete loader.load(i);
                }
            }
        }
    }
}

TEST_F(FbsLoaderTest, EncryptedModelNeedsItsKey) {
    const Image image(make_edl(build_flatbuffer(named("secret")), 2, &KEY));
    fbs::FbsLoader loader(image.data(), image.size());
    EXPECT_EQ(loader.load(), nullptr);
    EXPECT_THAT(log(), HasSubstr("is encrypted: a 16-byte key is needed"));
    AesKey wrong = KEY;
    wrong[3] ^= 1;
    EXPECT_EQ(loader.load(wrong.data()), nullptr);
    EXPECT_THAT(log(), HasSubstr("the key is wrong"));
    std::unique_ptr<fbs::FbsModel> model(loader.load(KEY.data()));
    ASSERT_NE(model, nullptr) << log();
    EXPECT_EQ(model->get_model_name(), "secret");
    EXPECT_FALSE(model->m_param_copy) << "it is in RAM already";
    size_t flash = 1, psram = 0, internal = 0;
    model->get_model_size(&internal, &psram, nullptr, &flash);
    EXPECT_EQ(flash, 0u);
    EXPECT_EQ(psram + internal, image.size() - 16);
}

// The cipher itself, against a known answer: NIST SP 800-38A has no such counter, so AES-128 of the first counter block
// 10 11 .. 1f under the key 00 01 .. 0f, computed with OpenSSL.
TEST_F(FbsLoaderTest, CipherIsAes128Ctr) {
    const std::vector<uint8_t> zeros(16, 0);
    const std::vector<uint8_t> file = make_edl(zeros, 2, &KEY);
    const std::vector<uint8_t> expected = {0x07, 0xfe, 0xef, 0x74, 0xe1, 0xd5, 0x03, 0x6e,
                                           0x90, 0x0e, 0xee, 0x11, 0x8e, 0x94, 0x92, 0x93};
    EXPECT_EQ(std::vector<uint8_t>(file.begin() + 16, file.end()), expected);
}

TEST_F(FbsLoaderTest, MisalignedRodataIsCopied) {
    const Image image(build_edl2(named("one")), 8);
    fbs::FbsLoader loader((const char *)image.data());
    std::unique_ptr<fbs::FbsModel> model(loader.load());
    ASSERT_NE(model, nullptr);
    EXPECT_THAT(log(), HasSubstr("not 16-byte aligned"));
    EXPECT_FALSE(model->is_in_flash());
}

TEST_F(FbsLoaderTest, NoContainer) {
    EXPECT_EQ(fbs::FbsLoader().get_model_num(), 0);
    EXPECT_THAT(log(), HasSubstr("null pointer"));
    EXPECT_EQ(fbs::FbsLoader(nullptr, fbs::MODEL_LOCATION_IN_FLASH_PARTITION).load(), nullptr);
    EXPECT_EQ(fbs::FbsLoader(nullptr, fbs::MODEL_LOCATION_IN_SDCARD).load(), nullptr);

    std::vector<uint8_t> file = build_edl2(small_model());
    file[3] = '9';
    const Image image(file);
    EXPECT_EQ(fbs::FbsLoader(image.data(), image.size()).get_model_num(), 0);
    EXPECT_THAT(log(), HasSubstr("'EDL9'"));
    const Image empty(std::vector<uint8_t>{});
    EXPECT_EQ(fbs::FbsLoader(empty.data(), 0).load(), nullptr);
}

TEST_F(FbsLoaderTest, WrongSizeField) {
    const std::vector<uint8_t> good = build_edl2(small_model());
    const uint32_t size = (uint32_t)good.size() - 16;
    for (uint32_t wrong :
         {0u, size - 16, size - 1, size + 1, size + 16, 0x7ffffff0u, 0x80000000u, 0xfffffff0u, 0xffffffffu}) {
        std::vector<uint8_t> bad = good;
        memcpy(bad.data() + 8, &wrong, 4);
        const Image image(bad);
        LogRecorder::text().clear();
        EXPECT_EQ(fbs::FbsLoader(image.data(), image.size()).get_model_num(), 0) << wrong;
        EXPECT_THAT(log(), HasSubstr("size field")) << wrong;
    }
}

TEST_F(FbsLoaderTest, UnknownEncryptionMode) {
    std::vector<uint8_t> bad = build_edl2(small_model());
    bad[4] = 2;
    const Image image(bad);
    EXPECT_EQ(fbs::FbsLoader(image.data(), image.size()).get_model_num(), 0);
    EXPECT_THAT(log(), HasSubstr("encryption mode 2"));
}

TEST_F(FbsLoaderTest, File) {
    hal_test::TempDir dir;
    write(dir / "a.espdl", build_edl2(named("from file")));
    write(dir / "package.espdl", package(3));
    fbs::FbsLoader loader((dir / "a.espdl").c_str(), fbs::MODEL_LOCATION_IN_SDCARD);
    EXPECT_STREQ(loader.get_model_location_string(), "SD card");
    std::unique_ptr<fbs::FbsModel> model(loader.load());
    ASSERT_NE(model, nullptr) << log();
    EXPECT_EQ(model->get_model_name(), "from file");
    EXPECT_FALSE(model->m_param_copy) << "parameters are used where they were read";
    std::unique_ptr<dl::TensorBase> w(model->get_operation_parameter("add", 1));
    ASSERT_NE(w, nullptr);
    EXPECT_FALSE(w->auto_free);
    EXPECT_EQ(w->data, model->get_tensor_raw_data("w"));
    EXPECT_EQ((uintptr_t)w->data % 16, 0u);

    EXPECT_EQ(graph_name(fbs::FbsLoader((dir / "package.espdl").c_str(), fbs::MODEL_LOCATION_IN_SDCARD).load("second")),
              "two");
}

TEST_F(FbsLoaderTest, FileThatIsNotThere) {
    hal_test::TempDir dir;
    EXPECT_EQ(fbs::FbsLoader((dir / "none.espdl").c_str(), fbs::MODEL_LOCATION_IN_SDCARD).load(), nullptr);
    EXPECT_THAT(log(), HasSubstr("No such file"));
    EXPECT_EQ(fbs::FbsLoader(dir.path().c_str(), fbs::MODEL_LOCATION_IN_SDCARD).load(), nullptr);
    EXPECT_THAT(log(), HasSubstr("it is no file"));
    EXPECT_EQ(fbs::FbsLoader("/sdcard/model.espdl", fbs::MODEL_LOCATION_IN_SDCARD).load(), nullptr);
    EXPECT_THAT(log(), HasSubstr("nothing is mounted at /sdcard"));
}

TEST_F(FbsLoaderTest, FileThatIsTooLargeForTheMemory) {
    hal_test::TempDir dir;
    hal::BoardProfile board = hal_test::profile();
    board.psram_size = 1 << 20;
    hal_test::start_board("", "", board);
    ModelSpec spec = small_model();
    spec.initializers.push_back({"large", {3 << 20}, espdl::TensorDataType::INT8, std::vector<uint8_t>(3 << 20)});
    write(dir / "large.espdl", build_edl2(spec));
    EXPECT_EQ(fbs::FbsLoader((dir / "large.espdl").c_str(), fbs::MODEL_LOCATION_IN_SDCARD).load(), nullptr);
    EXPECT_THAT(log(), HasSubstr("no memory for its"));
    hal_test::start_board();
}

TEST_F(FbsLoaderTest, Partition) {
    hal_test::start_board();
    hal_test::flash_table(
        "model,data,spiffs,0x10000,64K,\nempty,data,spiffs,0x20000,64K,\nsmall,data,spiffs,0x30000,4K,\n");
    const std::vector<uint8_t> file = build_edl2(named("in flash"));
    hal::board().flash()->flash_image(0x10000, file.data(), file.size());
    ModelSpec large = small_model();
    large.initializers.push_back({"large", {8192}, espdl::TensorDataType::INT8, std::vector<uint8_t>(8192)});
    const std::vector<uint8_t> large_file = build_edl2(large);
    hal::board().flash()->flash_image(0x30000, large_file.data(), 4096);

    std::unique_ptr<fbs::FbsModel> model;
    {
        fbs::FbsLoader loader("model", fbs::MODEL_LOCATION_IN_FLASH_PARTITION);
        EXPECT_STREQ(loader.get_model_location_string(), "FLASH partition");
        model.reset(loader.load());
    }
    ASSERT_NE(model, nullptr) << log();
    EXPECT_EQ(model->get_model_name(), "in flash") << "the mapping outlives the loader";
    EXPECT_TRUE(model->m_param_copy);
    model.reset();

    EXPECT_EQ(fbs::FbsLoader("none", fbs::MODEL_LOCATION_IN_FLASH_PARTITION).load(), nullptr);
    EXPECT_THAT(log(), HasSubstr("no partition 'none'"));
    EXPECT_EQ(fbs::FbsLoader("empty", fbs::MODEL_LOCATION_IN_FLASH_PARTITION).load(), nullptr);
    EXPECT_THAT(log(), HasSubstr("partition 'empty' is erased"));
    EXPECT_EQ(fbs::FbsLoader("small", fbs::MODEL_LOCATION_IN_FLASH_PARTITION).load(), nullptr);
    EXPECT_THAT(log(), HasSubstr("partition 'small': the size field asks for " + std::to_string(large_file.size()) +
                                 " bytes, there are 4096"));
}

}  // namespace
