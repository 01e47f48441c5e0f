#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

using testing::HasSubstr;
using testing::Not;

struct Outcome {
    std::string output;
    int exit_code;
};

Outcome run(const std::string &environment, const std::string &options, const std::string &input) {
    const std::string command = "printf '" + input + "' | " + environment + " " HAL_UNITY_APP " " + options + " 2>&1";
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

TEST(UnityMenu, ListsAndRunsByNumber) {
    const Outcome result = run("", "", "\\n1\\n");
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_THAT(result.output, HasSubstr("(1)\t\"a sum is right\" [good][sum]\n"));
    EXPECT_THAT(result.output,
                HasSubstr("(5)\t\"two stages\" [good][multi_stage]\n\t(1)\t\"first\"\n\t(2)\t\"second\"\n"));
    EXPECT_THAT(result.output, HasSubstr("Running a sum is right...\n"));
    EXPECT_THAT(result.output, HasSubstr("app.cpp:33:a sum is right:PASS\n"));
    EXPECT_THAT(result.output, HasSubstr("1 Tests 0 Failures 0 Ignored \nOK\n"));
}

TEST(UnityMenu, RunsByTagNameAndFunction) {
    const Outcome tag = run("", "", "[sum]\\n");
    EXPECT_EQ(tag.exit_code, 1);
    EXPECT_THAT(tag.output, HasSubstr("app.cpp:39:a sum is <wrong>:FAIL: Expected 5 Was 4. arithmetic\n"));
    EXPECT_THAT(tag.output, HasSubstr("2 Tests 1 Failures 0 Ignored \nFAIL\n"));
    EXPECT_EQ(run("", "", "\"in C\"\\n").exit_code, 0);
    const Outcome inverted = run("", "", "![crash]\\n");
    EXPECT_THAT(inverted.output, HasSubstr("5 Tests 1 Failures 2 Ignored"));
    const Outcome stage = run("", "", "5,2\\n");
    EXPECT_EQ(stage.exit_code, 0);
    EXPECT_THAT(stage.output, HasSubstr("second function\n"));
    EXPECT_THAT(stage.output, Not(HasSubstr("first function\n")));
}

TEST(UnityMenu, WhatMeansNothingIsAFailure) {
    for (const char *command : {"99\\n", "\"nothing\"\\n", "[nothing]\\n", "5,3\\n", "what\\n"}) {
        const Outcome result = run("", "", command);
        EXPECT_EQ(result.exit_code, 1) << command;
        EXPECT_THAT(result.output, HasSubstr("No test case is meant by")) << command;
    }
}

TEST(UnityMenu, WithoutInputEverythingRuns) {
    const Outcome result = run("", "", "");
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.output, HasSubstr("Running takes the app down...\n"));
    EXPECT_THAT(result.output, HasSubstr("abort() was called in task 'main'"));
}

TEST(UnityOptions, CommandAndList) {
    EXPECT_EQ(run("", "--unity '\"in C\"'", "[bad]\\n").exit_code, 0);
    EXPECT_EQ(run("DESKBOARD_UNITY='[bad]'", "", "").exit_code, 1);
    const Outcome list = run("", "--unity-list", "");
    EXPECT_EQ(list.exit_code, 0);
    EXPECT_THAT(list.output, HasSubstr("not today\t[good]\n"));
    EXPECT_THAT(list.output, HasSubstr("in C\t[c]\n"));
}

TEST(UnityOptions, AppsThatChooseThemselvesAreLimited) {
    const Outcome all = run("UNITY_APP_DO=all", "--unity '[sum]'", "");
    EXPECT_EQ(all.exit_code, 1);
    EXPECT_THAT(all.output, HasSubstr("2 Tests 1 Failures 0 Ignored"));
    EXPECT_THAT(run("UNITY_APP_DO=tag", "", "").output, HasSubstr("3 Tests 0 Failures 2 Ignored"));
    EXPECT_THAT(run("UNITY_APP_DO='not crash'", "", "").output, HasSubstr("5 Tests 1 Failures 2 Ignored"));
    EXPECT_EQ(run("UNITY_APP_DO=name", "", "").exit_code, 0);
}

std::string junit(const std::string &options) {
    const std::string path = testing::TempDir() + "unity_results.xml";
    run("", options + " --unity-junit " + path, "");
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    std::filesystem::remove(path);
    return text.str();
}

TEST(UnityResults, JUnit) {
    const std::string text = junit("--unity '![crash]'");
    EXPECT_THAT(text,
                HasSubstr("<testsuite name=\"unity_app\" tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"2\">"));
    EXPECT_THAT(text, HasSubstr("name=\"a sum is &lt;wrong&gt;\""));
    EXPECT_THAT(text, HasSubstr("app.cpp:39: Expected 5 Was 4. arithmetic\"/></testcase>"));
    EXPECT_THAT(text, HasSubstr("<skipped message="));
    EXPECT_THAT(text, HasSubstr(": tomorrow\"/></testcase>"));
    EXPECT_THAT(text, HasSubstr("</testsuite>"));
}

TEST(UnityOptions, SeveralCommands) {
    const Outcome two = run("", "--unity '\"in C\"' --unity 1", "");
    EXPECT_EQ(two.exit_code, 0);
    EXPECT_THAT(two.output, HasSubstr("2 Tests 0 Failures 0 Ignored"));
    const Outcome limited = run("UNITY_APP_DO=all DESKBOARD_UNITY='[bad]'", "--unity '\"in C\"' --unity 1", "");
    EXPECT_EQ(limited.exit_code, 0);
    EXPECT_THAT(limited.output, HasSubstr("2 Tests 0 Failures 0 Ignored"));
}

TEST(UnityResults, FunctionsOfRunTest) {
    const std::string path = testing::TempDir() + "unity_functions.xml";
    EXPECT_EQ(run("UNITY_APP_DO=functions", "--unity-junit " + path, "").exit_code, 1);
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    std::filesystem::remove(path);
    EXPECT_THAT(text.str(), HasSubstr("tests=\"2\" failures=\"1\""));
    EXPECT_THAT(text.str(), HasSubstr("name=\"first\""));
    EXPECT_THAT(text.str(), HasSubstr("as it should"));
}

TEST(UnityResults, ACrashIsInTheFile) {
    const std::string text = junit("--unity '[crash]'");
    EXPECT_THAT(text, HasSubstr("errors=\"1\""));
    EXPECT_THAT(text, HasSubstr("the app ended in this test"));
}

}  // namespace
