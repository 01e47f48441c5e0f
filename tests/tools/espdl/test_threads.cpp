// `espdl` with several threads: what it prints is the same in every run, line by line, whatever the order in which
// threads come. Under the thread sanitizer the command is built with it, too, and ends with code 66 if it sees a race.
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "../command_test.hpp"

using namespace espdl_test;

namespace {

#if defined(DESKBOARD_SANITIZE_THREAD) || defined(DESKBOARD_SANITIZE_ADDRESS)
constexpr int ROUNDS = 3, MODEL_ROUNDS = 1;
#else
constexpr int ROUNDS = 25, MODEL_ROUNDS = 3;
#endif

class EspdlThreads : public CommandTest {
protected:
    static std::string root() {
        const char *root = getenv("DESKBOARD_ROOT");
        return root ? root : ".";
    }

    void expect_same_output(const std::string &arguments, int code) {
        const Outcome first = run(arguments);
        EXPECT_EQ(first.code, code) << arguments << "\n" << first.out << first.error;
        EXPECT_FALSE(first.out.empty());
        for (int round = 1; round < ROUNDS; round++) {
            const Outcome outcome = run(arguments);
            ASSERT_EQ(outcome.code, code) << arguments << ", run " << round << "\n" << outcome.out << outcome.error;
            ASSERT_EQ(outcome.out, first.out) << arguments << ", run " << round;
            ASSERT_EQ(outcome.error, first.error) << arguments << ", run " << round;
        }
    }
};

TEST_F(EspdlThreads, TestPrintsTheSame) {
    // Few, small files and as many threads: all load their first model at once.
    for (int copy = 0; copy < 8; copy++) {
        for (const char *name : {"p4", "p4_16", "s3"}) {
            std::filesystem::copy(root() + "/tests/fuzz/corpus/espdl/" + name + ".espdl",
                                  m_dir / (std::string(name) + "_" + std::to_string(copy) + ".espdl"));
        }
    }
    write("wrong.espdl", {'E', 'D', 'L', '2'});
    expect_same_output("test '" + m_dir.path() + "' --threads 8", 2);
}

TEST_F(EspdlThreads, TestPrintsTheSameForReferenceFiles) {
    const char *data = getenv("DESKBOARD_TESTDATA");
    const std::string folder = std::string(data ? data : "") + "/corpus/ops/esp32p4/s8";
    if (!std::filesystem::exists(folder)) {
        GTEST_SKIP() << "DESKBOARD_TESTDATA names no folder with 'corpus': nothing is tested";
    }
    for (const char *op : {"Add", "Conv", "Softmax", "Sigmoid"}) {
        expect_same_output("test '" + folder + "/" + op + "' --threads 8", 0);
    }
}

TEST_F(EspdlThreads, EvalAndAuditReportTheSame) {
    for (const char *component : {"imagenet_cls", "coco_pose"}) {
        const std::string models = root() + "/components/" + component + "/models";
        const std::string model =
            models + (strcmp(component, "coco_pose") == 0 ? "/p4/shapes_pose_yolo11_s8.espdl"
                                                          : "/p4/shapes_cls_mobilenetv2_s8.espdl");
        for (const std::string &arguments : {"eval '" + model + "' --data '" + models + "/calibration' --json --out '" +
                                                 m_dir.path() + "/" + component + "'",
                                             "audit '" + model + "' --images '" + models + "/calibration' --json"}) {
            const Outcome first = run(arguments + " --threads 1");
            EXPECT_NE(first.code, 2) << first.error;
            for (int round = 0; round < MODEL_ROUNDS; round++) {
                std::filesystem::remove_all(m_dir / component);
                const Outcome outcome = run(arguments + " --threads 6");
                ASSERT_EQ(outcome.code, first.code) << outcome.error;
                ASSERT_EQ(outcome.out, first.out);
            }
        }
    }
}

TEST_F(EspdlThreads, Bench) {
    const std::string model = root() + "/components/coco_detect/models/p4/shapes_detect_yolo11_s8.espdl";
    for (int round = 0; round < 2; round++) {
        const Outcome outcome = run("bench '" + model + "' --threads 2 --runs 2 --streams 3");
        EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.error;
    }
}

}  // namespace
