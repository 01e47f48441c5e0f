// Every file with test values below the reference folders, within its tolerance. One test per folder and chip.

#include <algorithm>
#include <thread>

#include "conformance_test.hpp"
#include "log_capture.hpp"
#include "runner.hpp"

namespace {

struct Folder {
    const char *path;
    int files;  ///< there are at least as many
};

std::ostream &operator<<(std::ostream &stream, const Folder &folder) {
    return stream << folder.path;
}

class Conformance : public testing::TestWithParam<Folder> {};

TEST_P(Conformance, FilesReproduceTheirTestValues) {
    NEED_REFERENCE_DATA(GetParam().path);
    conformance::make_room();
    std::vector<std::string> files;
    std::string error;
    ASSERT_TRUE(espdl_tool::find_models({conformance::testdata() + "/" + GetParam().path}, files, error)) << error;
    EXPECT_GE((int)files.size(), GetParam().files);
    const int threads = (int)std::max(1u, std::thread::hardware_concurrency());
    int reported = 0;
    std::vector<espdl_tool::FileResult> results =
        espdl_tool::test_files(files, std::nullopt, {}, threads, [&](const espdl_tool::FileResult &result) {
            if ((result.status == espdl_tool::Status::Failed || result.status == espdl_tool::Status::NotLoaded) &&
                reported++ < 50) {
                ADD_FAILURE() << espdl_tool::result_line(result);
            }
        });
    printf("%s", espdl_tool::summary_table(espdl_tool::summarize(results)).c_str());
    if (reported > 50) {
        ADD_FAILURE() << "and " << reported - 50 << " more files";
    }
    // The rule for 8 bits has no exception: an integer output that passes is equal.
    for (const espdl_tool::FileResult &result : results) {
        for (const espdl_tool::TensorResult &tensor : result.tensors) {
            if (tensor.dtype == dl::DATA_TYPE_INT8) {
                EXPECT_EQ(tensor.differing, 0u) << result.path << ": " << tensor.name;
            }
        }
    }
}

/** DESKBOARD_UPSTREAM names a checkout of ESP-DL: whatever it publishes loads, and passes where it holds test values.
 */
TEST(Published, EveryFileLoads) {
    const char *upstream = getenv("DESKBOARD_UPSTREAM");
    if (!upstream || !std::filesystem::exists(upstream)) {
        GTEST_SKIP() << "DESKBOARD_UPSTREAM names no checkout of ESP-DL: nothing is tested";
    }
    conformance::make_room();
    std::vector<std::string> files;
    std::string error;
    ASSERT_TRUE(espdl_tool::find_models({upstream}, files, error)) << error;
    EXPECT_GE(files.size(), 60u);
    for (const espdl_tool::FileResult &result : espdl_tool::test_files(files, std::nullopt, {}, 1)) {
        EXPECT_NE(result.status, espdl_tool::Status::NotLoaded) << espdl_tool::result_line(result);
        EXPECT_NE(result.status, espdl_tool::Status::Failed) << espdl_tool::result_line(result);
    }
}

std::string name_of(const testing::TestParamInfo<Folder> &info) {
    std::string name = info.param.path;
    for (char &c : name) {
        c = c == '/' ? '_' : c;
    }
    return name;
}

INSTANTIATE_TEST_SUITE_P(Corpus, Conformance,
                         testing::Values(Folder{"corpus/ops/esp32p4", 1300}, Folder{"corpus/ops/esp32s3", 1300},
                                         Folder{"corpus/ops/c", 1300}, Folder{"corpus/ops_extra/esp32p4", 300},
                                         Folder{"corpus/ops_extra/esp32s3", 300}, Folder{"corpus/ops_extra/c", 300},
                                         Folder{"corpus/nets", 93}, Folder{"corpus/nets_debug", 54},
                                         Folder{"models/streaming", 4}, Folder{"models/tutorial", 2}),
                         name_of);

}  // namespace

int main(int argc, char **argv) {
    testing::InitGoogleTest(&argc, argv);
    espdl_tool::setup_log(false);
    return RUN_ALL_TESTS();
}
