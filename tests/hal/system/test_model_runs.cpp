// The hooks of dl::Model on the PC: how long models have run, and --chip-speed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "../storage_test.hpp"
#include "board/clock.hpp"
#include "dl_model_hooks.h"
#include "system/json_text.hpp"
#include "system/model_runs.hpp"

namespace {

using testing::HasSubstr;

class ModelRuns : public testing::Test {
protected:
    void SetUp() override {
        hal::reset_model_runs();
        hal::clock().set_manual();
    }
    void TearDown() override { hal::clock().restart(); }

    std::string write(const std::string &text) {
        std::ofstream(m_dir / "speed.txt") << text;
        return m_dir / "speed.txt";
    }

    // What a run of nodes first to last - 1 takes on the board's clock, of which the PC computes `computes_us`.
    static int64_t run(const char *name, size_t nodes, size_t first, size_t last, int64_t computes_us) {
        const dl_model_run_t run = {name, nodes, first, last};
        const int64_t begin = hal::clock().now_us();
        EXPECT_FALSE(dl_hook_run_begins(&run));
        hal::clock().advance_us(computes_us);
        dl_hook_run_ends(&run);
        return hal::clock().now_us() - begin;
    }

    static std::string report() {
        char *text = nullptr;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        hal::print_model_runs(out);
        fclose(out);
        const std::string result(text, size);
        free(text);
        return result;
    }

    hal_test::TempDir m_dir;
};

TEST_F(ModelRuns, EachModelHasItsRunsAndItsTimes) {
    EXPECT_EQ(report(), "[]");
    run("a", 2, 0, 2, 3000);
    run("a", 2, 0, 2, 1000);
    run("a", 3, 0, 3, 500);
    EXPECT_THAT(report(), HasSubstr("{\"name\": \"a\", \"nodes\": 2, \"runs\": 2, \"mean_ms\": 2.000, "
                                    "\"shortest_ms\": 1.000, \"chip_speed\": false}"));
    EXPECT_THAT(report(), HasSubstr("\"nodes\": 3, \"runs\": 1"));
}

TEST_F(ModelRuns, ARunLastsAsLongAsTheChips) {
    ASSERT_EQ(hal::load_chip_speed(write("model 3 my net\n1000\n20000.5\n300\nmodel 1 other\n7\n")), "");
    EXPECT_EQ(run("my net", 3, 0, 3, 40), 21300);
    // A stage takes what its nodes take.
    EXPECT_EQ(run("my net", 3, 0, 1, 40), 1000);
    EXPECT_EQ(run("my net", 3, 1, 3, 40), 20300);
    // Never shorter than the PC; what is not known is the PC's.
    EXPECT_EQ(run("my net", 3, 0, 3, 50000), 50000);
    EXPECT_EQ(run("my net", 2, 0, 2, 40), 40);
    EXPECT_EQ(run("other", 1, 0, 1, 0), 7);
    EXPECT_THAT(report(), HasSubstr("\"name\": \"other\", \"nodes\": 1, \"runs\": 1, \"mean_ms\": 0.000, "
                                    "\"shortest_ms\": 0.000, \"chip_speed\": true"));
}

TEST_F(ModelRuns, AFileThatIsNoPredictionIsRefused) {
    for (const char *text :
         {"hello\n", "12\n", "model 0 a\n", "model 2 a\n1\n", "model 2 a\n1\nmodel 1 b\n1\n", "model 1 a\n-1\n",
          "model 1 a\nnan\n", "model 1 a\n1e300\n", "model 1 a\n1\n2\n", "model 99999999999 a\n1\n", "model\n1\n"}) {
        EXPECT_THAT(hal::load_chip_speed(write(text)), HasSubstr("speed.txt")) << text;
    }
    EXPECT_THAT(hal::load_chip_speed(m_dir / "none"), HasSubstr("cannot be read"));
    EXPECT_EQ(run("a", 1, 0, 1, 5), 5);
}

TEST_F(ModelRuns, AnyNameGivesValidJson) {
    EXPECT_EQ(hal::json_text("a\"b\\c\n\x01\xff</script>"), "\"a\\u0022b\\u005cc\\u000a\\u0001\\u00ff</script>\"");
    run("two\nlines\"", 1, 0, 1, 1);
    EXPECT_THAT(report(), HasSubstr("\"name\": \"two?lines\\u0022\""));
}

}  // namespace
