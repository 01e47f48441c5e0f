// Scales and weights trained against the float network.

#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

class QuantizeTraining : public QuantizeTest {
protected:
    void SetUp() override {
        write_calibration({16, 3, 8, 8});
        write_model(small_model());
    }
    struct Gain {
        int steps = 0;
        double before = 0, after = 0;
    };
    /** What the run says of its training. */
    Gain train(const std::string &options) {
        std::string command = arguments(options);
        command.erase(command.find("--quiet"), strlen("--quiet"));
        const Outcome made = run(command);
        EXPECT_EQ(made.code, 0) << made.error;
        Gain gain;
        const size_t line = made.out.find("training (");
        EXPECT_NE(line, std::string::npos) << made.out;
        if (line != std::string::npos) {
            EXPECT_EQ(sscanf(made.out.c_str() + line, "training (%*[a-z]): %d steps, %lf dB before, %lf dB after",
                             &gain.steps, &gain.before, &gain.after),
                      3)
                << made.out;
        }
        return gain;
    }
};

TEST_F(QuantizeTraining, TheOutputsComeNearerToFloat) {
    for (const char *target : {"esp32p4", "esp32s3"}) {
        for (const char *method : {"tqt", "lsq", "adaround"}) {
            const Gain gain = train(std::string("--train ") + method + " --target " + target + " --test-input '" +
                                    (m_dir / "calib.npy") + "'");
            EXPECT_GT(gain.after, gain.before + 0.5) << target << " " << method;
            EXPECT_EQ(run("test '" + (m_dir / "out.espdl") + "' --target " + target).code, 0);
        }
    }
}

TEST_F(QuantizeTraining, TqtMovesScalesAndLsqLeavesThem) {
    // A Relu's output far below its scale: hardly a bit of it is left.
    const std::string wrong = "--observer minmax --scale /relu=2^0 ";
    ASSERT_EQ(run(arguments(wrong)).code, 0);
    const std::string before = read(m_dir / "out.json");
    EXPECT_EQ(exponent("/conv", "relu"), 0);
    train(wrong + "--train lsq");
    EXPECT_EQ(read(m_dir / "out.json"), before);
    const Gain gain = train(wrong + "--train tqt --train-scale-rate 0.05");
    EXPECT_LT(exponent("/conv", "relu"), -1);
    EXPECT_GT(gain.after, gain.before + 10);
}

TEST_F(QuantizeTraining, TheSeedDecides) {
    auto bytes = [&](const std::string &options) {
        train("--train tqt --train-steps 60 " + options);
        return read(m_dir / "out.espdl");
    };
    const std::string first = bytes("--seed 3");
    EXPECT_EQ(bytes("--seed 3"), first);
    EXPECT_NE(bytes("--seed 4"), first);
}

/** What makes it worse is taken back, and ends early. */
TEST_F(QuantizeTraining, NeverWorseThanBefore) {
    const Gain gain = train("--train tqt --train-rate 50 --train-scale-rate 5 --train-steps 400");
    EXPECT_GE(gain.after, gain.before);
    EXPECT_LT(gain.steps, 400);
}

TEST_F(QuantizeTraining, WrongOptionsAreTold) {
    EXPECT_EQ(run(arguments("--train sgd")).code, 2);
    EXPECT_EQ(run(arguments("--train tqt --train-steps 0")).code, 2);
    EXPECT_EQ(run(arguments("--train tqt --train-rate -1")).code, 2);
}

}  // namespace
