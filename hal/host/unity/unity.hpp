#pragma once

#include <string>
#include <vector>

namespace hal {

/** What the command line says about an app's test cases. */
struct UnityOptions {
    std::vector<std::string>
        commands;            ///< of the menu, instead of standard input; they also limit unity_run_all_tests()
    std::string junit_file;  ///< results as JUnit's XML
};

UnityOptions &unity_options();

/** What the last failed or ignored test has said, with file and line. */
std::string &unity_last_message();

/** Around each test, those of RUN_TEST() and those of TEST_CASE(): for the results. */
void unity_test_starts(const char *name, const char *file, int line);
void unity_test_ends();

}  // namespace hal

extern "C" {
/** Defined where an app uses Unity; main() asks. */
void deskboard_unity_list(void) __attribute__((weak));
int deskboard_unity_exit_code(void) __attribute__((weak));
}
