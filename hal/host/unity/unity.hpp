#pragma once

#include <string>

namespace hal {

/// What the command line says about an app's test cases.
struct UnityOptions {
    std::string command;     ///< of the menu, instead of standard input; it also limits unity_run_all_tests()
    std::string junit_file;  ///< results as JUnit's XML
};

UnityOptions &unity_options();

}  // namespace hal

extern "C" {
/// Defined where an app uses Unity; main() asks.
void deskboard_unity_list(void) __attribute__((weak));
int deskboard_unity_exit_code(void) __attribute__((weak));
}
