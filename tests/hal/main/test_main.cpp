#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

struct Outcome {
    std::string output;  // stdout and stderr
    int exit_code;
};

Outcome run(const std::string &action, const std::string &options = "", const std::string &environment = "") {
    const std::string command = environment + " START_APP_DO='" + action + "' " HAL_MAIN_APP " " + options + " 2>&1";
    FILE *pipe = popen(command.c_str(), "r");
    Outcome result{"", -1};
    std::array<char, 4096> buffer;
    size_t count;
    while ((count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
        result.output.append(buffer.data(), count);
    }
    const int status = pclose(pipe);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return result;
}

TEST(Start, LogsWhatABoardLogs) {
    const Outcome result = run("");
    EXPECT_EQ(result.exit_code, 0);
    const char *lines[] = {
        "esp_psram: Found 2MB PSRAM device\n",
        "heap_init: Initializing. RAM available for dynamic allocation:\n",
        "heap_init: At 3FC94628 len 000550E8 (340 KiB): RAM\n",
        "heap_init: At 3FCF0000 len 00008000 (32 KiB): DRAM\n",
        "esp_psram: Adding pool of 2048K of PSRAM memory to heap allocator\n",
        "main_task: Started on CPU0\n",
        "esp_psram: Reserving pool of 32K of internal memory for DMA/internal allocations\n",
        "main_task: Calling app_main()\n",
        "main_task: Returned from app_main()\n",
    };
    size_t at = 0;
    for (const char *line : lines) {
        const size_t found = result.output.find(line, at);
        ASSERT_NE(found, std::string::npos) << line << result.output;
        at = found;
    }
    EXPECT_THAT(result.output, ContainsRegex("^I \\([0-9]+\\) "));
    EXPECT_THAT(result.output, Not(HasSubstr("\033[")));  // no terminal, no colours
}

TEST(Start, RefusesFaultsThatCannotBe) {
    const std::pair<const char *, const char *> cases[] = {
        {"--fault flash-flip=0xFFFFFFFF:1", "the address is outside the flash, 0x00000000 to 0x"},
        {"--fault psram-flip=0x10:1", "the address is outside the PSRAM, 0x"},
        {"--psram 0 --fault psram-flip=5/5", "has no PSRAM"},
        {"--fault alloc=99999999999999999999", "not a number from 1 to"},
    };
    for (const auto &[options, reason] : cases) {
        const Outcome result = run("", options);
        EXPECT_EQ(result.exit_code, 2) << options << result.output;
        EXPECT_THAT(result.output, HasSubstr(reason)) << options;
    }
}

TEST(Start, WaitsForTheOtherTasks) {
    const Outcome result = run("task");
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_LT(result.output.find("Returned from app_main()"), result.output.find("the other task is done"));
}

TEST(Start, MallocIsTheChips) {
    const Outcome result = run("malloc");
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_THAT(result.output, HasSubstr("small internal 1, large external 1\n"));
    EXPECT_THAT(result.output, HasSubstr("cleared 1, grown external 1, strdup external 0\n"));
}

TEST(Start, PsramOfTheRun) {
    EXPECT_THAT(run("", "--psram 1M").output, HasSubstr("Adding pool of 1024K"));
    EXPECT_THAT(run("", "", "DESKBOARD_PSRAM=512K").output, HasSubstr("Adding pool of 512K"));
    const Outcome none = run("malloc", "--psram=0");
    EXPECT_THAT(none.output, Not(HasSubstr("esp_psram")));
    EXPECT_THAT(none.output, HasSubstr("large external 0"));
}

TEST(Start, ARefusedAllocationNamesTheFigures) {
    const Outcome result = run("big");
    EXPECT_THAT(result.output,
                ContainsRegex("W \\([0-9]+\\) heap: heap_caps_malloc: no 3145728 bytes with capabilities 0x00000400 "
                              "\\(SPIRAM\\): 209[0-9]+ bytes free, largest free block 20[0-9]+"));
    EXPECT_THAT(result.output, HasSubstr("got (nil)"));
}

TEST(Start, HeapReportNamesWhatIsAlive) {
    const Outcome result = run("leak", "--heap-report");
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.output, HasSubstr("Heap report\n"));
    EXPECT_THAT(result.output, ContainsRegex("4321 bytes in +1 blocks, RAM +by app_main\\+0x"));
    EXPECT_THAT(result.output, HasSubstr("The PC's own memory (not the board's)"));
    EXPECT_THAT(run("leak").output, Not(HasSubstr("Heap report")));
}

TEST(Start, PanicsEndWithExitCodeOne) {
    const Outcome aborted = run("abort");
    EXPECT_EQ(aborted.exit_code, 1);
    EXPECT_THAT(aborted.output, HasSubstr("abort() was called in task 'main'"));
    const Outcome checked = run("check");
    EXPECT_EQ(checked.exit_code, 1);
    EXPECT_THAT(checked.output, HasSubstr("ESP_ERROR_CHECK failed: esp_err_t 0x101 (ESP_ERR_NO_MEM)"));
}

/** Whether `function` of app.cpp, line and all, is decoded in the backtrace, and its caller after it. */
void expect_backtrace(const std::string &action, const std::string &function) {
    const Outcome result = run(action);
    EXPECT_EQ(result.exit_code, 1) << result.output;
    EXPECT_THAT(result.output, ContainsRegex("\nBacktrace:( 0x[0-9a-f]+:0x[0-9a-f]+)+\n--- 0x"));
    EXPECT_THAT(result.output, ContainsRegex("0x[0-9a-f]+: .*" + function +
                                             "\\(.*\\) at [^\n]*tests/hal/main/app.cpp:[0-9]+\n"
                                             "--- 0x[0-9a-f]+: app_main at [^\n]*tests/hal/main/app.cpp:[0-9]+\n"));
    EXPECT_THAT(result.output, ContainsRegex("main_task.* at [^\n]*hal/host/system/startup.cpp:[0-9]+\n"));
    EXPECT_THAT(result.output, HasSubstr("\nThe app has ended"));
}

TEST(Start, APanicNamesFunctionFileAndLine) {
    expect_backtrace("check", "check");
    expect_backtrace("assert", "fail_assertion");
#ifdef DESKBOARD_SANITIZE_ADDRESS
    GTEST_SKIP() << "AddressSanitizer reports the others itself";
#endif
    expect_backtrace("divide", "divide");
    expect_backtrace("nowhere", "write_nowhere");
}

TEST(Start, TheBacktraceOfACallToNothingHasTheCaller) {
#ifdef DESKBOARD_SANITIZE_ADDRESS
    GTEST_SKIP() << "AddressSanitizer reports it itself";
#endif
    const Outcome result = run("nothing");
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.output, ContainsRegex("Backtrace: 0x0:0x[0-9a-f]+ 0x"));
    EXPECT_THAT(result.output, ContainsRegex("call_nothing\\(\\) at [^\n]*tests/hal/main/app.cpp:[0-9]+\n"));
}

TEST(Start, TheHeapsOwnPanicsHaveABacktrace) {
    const Outcome result = run("heap");
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.output, ContainsRegex("is outside heap areas.*\n(.*\n)*--- 0x[0-9a-f]+: app_main at "));
}

TEST(Start, AnAppMayPrintItsBacktrace) {
    const Outcome result = run("print");
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.output, ContainsRegex("Backtrace:( 0x[0-9a-f]+:0x[0-9a-f]+){2} \\|<-CONTINUES\n"));
    EXPECT_THAT(result.output, ContainsRegex("print\\(\\) at [^\n]*app.cpp:[0-9]+\n--- 0x[0-9a-f]+: app_main at "));
    EXPECT_THAT(result.output, HasSubstr("esp_backtrace_print: 258, 0\n"));
}

TEST(Start, StackOverflowIsAPanic) {
#ifdef DESKBOARD_SANITIZE_ADDRESS
    GTEST_SKIP() << "AddressSanitizer reports it itself";
#endif
    const Outcome result = run("overflow");
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.output, HasSubstr("Guru Meditation Error: task 'main' panic'ed"));
    EXPECT_THAT(result.output, HasSubstr("stack overflow"));
    EXPECT_THAT(result.output, HasSubstr("|<-CONTINUES"));
    EXPECT_THAT(result.output, ContainsRegex("recurse\\(int\\) at [^\n]*app.cpp:[0-9]+\n"));
}

TEST(Start, RestartEndsTheApp) {
    const Outcome result = run("restart");
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.output, Not(HasSubstr("Returned from app_main()")));
}

TEST(Start, FaultsFromTheCommandLine) {
    // The main task's stack is the first allocation that can fail.
    const Outcome result = run("alloc", "--fault alloc=2");
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.output, HasSubstr("fault: alloc strikes: malloc (repeat with --fault alloc=2)"));
    EXPECT_THAT(result.output, HasSubstr("got (nil)"));
    const Outcome main_task = run("alloc", "--fault alloc=1");
    EXPECT_EQ(main_task.exit_code, 1);
    EXPECT_THAT(main_task.output, HasSubstr("no memory for the main task's stack"));
}

TEST(Start, WrongArgumentsAreExitCodeTwo) {
    const std::pair<const char *, const char *> cases[] = {
        {"--psram", "--psram lacks its value"},
        {"--psram much", "--psram: 'much' is no size"},
        {"--psram 4G", "--psram: 0, or 64K to 1G"},
        {"--fault lightning", "there is no such kind"},
        {"--log-level loud", "'loud' is none of"},
        {"--board-file /nowhere/board.toml", "the board profile '/nowhere/board.toml' cannot be opened"},
        {"--psrams 4M", "unknown argument '--psrams'"},
        {"picture.jpg", "unknown argument 'picture.jpg'"},
    };
    for (const auto &[options, reason] : cases) {
        const Outcome result = run("", options);
        EXPECT_EQ(result.exit_code, 2) << options;
        EXPECT_THAT(result.output, HasSubstr(std::string("Error: "))) << options;
        EXPECT_THAT(result.output, HasSubstr(reason)) << options;
        EXPECT_THAT(result.output, Not(HasSubstr("app_main()"))) << options;
    }
}

TEST(Start, HelpNamesTheOptions) {
    const Outcome result = run("", "--help");
    EXPECT_EQ(result.exit_code, 0);
    for (const char *option : {"--psram", "--flash-file", "--sdcard", "--fault", "--heap-report", "--log-level"}) {
        EXPECT_THAT(result.output, HasSubstr(option));
    }
}

TEST(Start, LogLevel) {
    EXPECT_THAT(run("", "--log-level error").output, Not(HasSubstr("main_task")));
}

TEST(Start, AnotherBoardFile) {
    const char *root = getenv("DESKBOARD_ROOT");
    if (root == nullptr) {
        GTEST_SKIP() << "DESKBOARD_ROOT is not set";
    }
    const Outcome result =
        run("", "--board-file " + std::string(root) + "/boards/esp32_p4_function_ev_board/board.toml");
    EXPECT_THAT(result.output, HasSubstr("heap_init: At 4FF40000 len 00060000 (384 KiB): RAM"));
}

}  // namespace
