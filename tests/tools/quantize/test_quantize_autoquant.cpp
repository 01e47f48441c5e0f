// espdl autoquant: a search as a user runs it, also one that is killed.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

class AutoQuantTest : public QuantizeTest {
protected:
    void SetUp() override {
        QuantizeTest::SetUp();
        write_model(small_model());
        write_text("space.toml", "observer = ['minmax', 'kl']\nint16-layers = [0, 1]\n");
    }
    std::string arguments(const std::string &folder, const std::string &more = "") {
        return "autoquant '" + (m_dir / "model.onnx") + "' --calib '" + (m_dir / "calib.npy") + "' -o '" +
               (m_dir / folder) + "' --space '" + (m_dir / "space.toml") + "' " + more;
    }
    std::string text(const std::string &folder, const std::string &file) { return read(m_dir / (folder + "/" + file)); }
    bool exists(const std::string &file) { return std::filesystem::exists(m_dir / file); }

    /** Starts the search. @return its process */
    pid_t start(const std::string &folder) {
        const std::string command = std::string("exec '") + ESPDL_PROGRAM + "' " + arguments(folder, "--jobs 1");
        const pid_t child = fork();
        if (child == 0) {
            const int nothing = open("/dev/null", O_WRONLY);
            dup2(nothing, STDOUT_FILENO);
            dup2(nothing, STDERR_FILENO);
            execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
            _exit(127);
        }
        return child;
    }
};

TEST_F(AutoQuantTest, LeavesTheBestAndHowToMakeIt) {
    const std::string sample = "--test-input '" + (m_dir / "calib.npy") + "'";
    const Outcome found = run(arguments("search", "--jobs 2 --target esp32s3 " + sample));
    ASSERT_EQ(found.code, 0) << found.out << found.error;
    EXPECT_THAT(found.out, HasSubstr("best.espdl written, verified, and the same bytes from"));
    const auto summary = nlohmann::json::parse(text("search", "summary.json"));
    ASSERT_EQ(summary["trials"].size(), 4u);
    double best = -1e9;
    for (const auto &trial : summary["trials"]) {
        EXPECT_GT(trial["predicted_ms"].get<double>(), 0);
        EXPECT_GT(trial["ram_bytes"].get<int>(), 0);
        EXPECT_TRUE(exists("search/" + trial["trial"].get<std::string>() + "/model.espdl"));
        best = std::max(best, trial["metric"].get<double>());
    }
    const auto candidates = nlohmann::json::parse(text("search", "candidates.json"));
    EXPECT_EQ(candidates[0]["metric"].get<double>(), best);
    EXPECT_THAT(text("search", "topk_report.md"), HasSubstr("## Fastest first"));
    EXPECT_THAT(text("search", "pareto.svg"), HasSubstr("<polyline"));
    EXPECT_EQ(run("test '" + (m_dir / "search/best.espdl") + "' --target esp32s3").code, 0);
    const std::string bytes = text("search", "best.espdl"),
                      place = "search/" + candidates[0]["trial"].get<std::string>();
    EXPECT_EQ(bytes, text(place, "model.espdl"));
    std::filesystem::remove(m_dir / (place + "/model.espdl"));
    ASSERT_EQ(run("quantize --quiet --config '" + (m_dir / (place + "/model.toml")) + "'").code, 0);
    EXPECT_EQ(text(place, "model.espdl"), bytes);
}

TEST_F(AutoQuantTest, RulesForOutputsAreThoseOfEveryTrial) {
    const std::string rule = "output=softmax";
    const Outcome found = run(arguments("search", "--trials 2 --output-loss " + rule));
    ASSERT_EQ(found.code, 0) << found.out << found.error;
    const auto trials = nlohmann::json::parse(text("search", "summary.json"))["trials"];
    for (const auto &trial : trials) {
        EXPECT_THAT(text("search/" + trial["trial"].get<std::string>(), "model.toml"),
                    HasSubstr("\noutput-loss = ['" + rule + "']\n"));
    }
    EXPECT_THAT(text("search", "best.toml"), HasSubstr("\noutput-loss = ['" + rule + "']\n"));
}

TEST_F(AutoQuantTest, GoesOnAfterKill) {
    ASSERT_EQ(run(arguments("whole", "--jobs 2")).code, 0);
    const pid_t search = start("killed");
    for (int i = 0; i < 6000 && !exists("killed/trials/0001"); i++) {
        usleep(10000);
    }
    kill(search, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(search, &status, 0), search);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_TRUE(exists("killed/trials/0001/result.json"));
    EXPECT_FALSE(exists("killed/best.espdl"));
    const auto made = std::filesystem::last_write_time(m_dir / "killed/trials/0001/result.json");

    const Outcome rest = run(arguments("killed", "--jobs 2"));
    ASSERT_EQ(rest.code, 0) << rest.error;
    EXPECT_EQ(std::filesystem::last_write_time(m_dir / "killed/trials/0001/result.json"), made);
    for (const char *file : {"summary.json", "candidates.json", "topk_report.md", "pareto.svg", "best.espdl"}) {
        EXPECT_EQ(text("killed", file), text("whole", file)) << file;
    }
    for (const std::string &path : files()) {
        EXPECT_THAT(path, Not(HasSubstr(".part"))) << path;
    }
    const Outcome other = run(arguments("killed", "--target esp32s3"));
    EXPECT_EQ(other.code, 2);
    EXPECT_THAT(other.error, HasSubstr("holds another search (options differs)"));
}

TEST_F(AutoQuantTest, TheUsersMeasureAndBudgetDecide) {
    write_text("space.toml", "bits = [16, 8]\n");
    write_text("size.sh",
               "echo measuring\necho \"{\\\"top1\\\": 0.5, \\\"size\\\": {\\\"bytes\\\": $(wc -c < \"$1\")}}\"");
    const std::string evaluate = "--evaluate 'sh \"" + (m_dir / "size.sh") + "\" {model}' --less-is-better --metric ";
    const Outcome found = run(arguments("search", evaluate + "size.bytes"));
    ASSERT_EQ(found.code, 0) << found.out << found.error;
    const auto trials = nlohmann::json::parse(text("search", "summary.json"))["trials"];
    EXPECT_LT(trials[1]["metric"].get<int>(), trials[0]["metric"].get<int>());
    EXPECT_EQ((size_t)trials[1]["metric"].get<int>(), text("search", "best.espdl").size());
    EXPECT_EQ(text("search", "best.espdl"), text("search/trials/0001", "model.espdl"));

    const Outcome nothing = run(arguments("none", "--trials 1 --max-size 1K"));
    EXPECT_EQ(nothing.code, 1);
    EXPECT_THAT(nothing.error, HasSubstr("no trial keeps the budget; the nearest one is trials/0000"));
    EXPECT_FALSE(exists("none/best.espdl"));
    const Outcome silent = run(arguments("silent", "--trials 1 " + evaluate + "top5"));
    EXPECT_EQ(silent.code, 2);
    EXPECT_THAT(silent.error, HasSubstr("the evaluation failed: it prints no number 'top5'"));
}

TEST_F(AutoQuantTest, WrongOptionsAreTold) {
    const std::pair<const char *, const char *> cases[] = {
        {"--space /nonexistent.toml", "--space: cannot read"},
        {"--max-size big", "--max-size: 'big' is no size"},
        {"--board nonesuch", "--board: 'nonesuch' is no known board"},
        {"--eval '--data x'", "--eval: --metric has to name"},
        {"--eval x --evaluate y --metric z", "only one of them"},
        {"--target esp8266", "--target: 'esp8266' is unknown"},
    };
    for (const auto &[option, reason] : cases) {
        const Outcome outcome = run("autoquant '" + (m_dir / "model.onnx") + "' --calib '" + (m_dir / "calib.npy") +
                                    "' -o '" + (m_dir / "search") + "' " + option);
        expect_told(outcome, reason);
    }
    write_text("space.toml", "observe = ['kl']\n");
    expect_told(run(arguments("search")), "'observe': there is no such option; did you mean 'observer'?");
    write_text("space.toml", "observer = 'kl'\n");
    expect_told(run(arguments("search")), "a list of text, numbers, true or false is needed");
    write_text("space.toml", "int16-layers = [0, -1]\n");
    expect_told(run(arguments("search")), "numbers of layers are needed");
    EXPECT_FALSE(exists("search"));
}

}  // namespace
