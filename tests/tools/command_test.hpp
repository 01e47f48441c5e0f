/**
 * @file command_test.hpp
 * The command `espdl` as a user runs it, in a folder of its own.
 */
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "../hal/storage_test.hpp"

namespace espdl_test {

struct Outcome {
    int code;  ///< exit code, -1 if it crashed
    std::string out, error;
};

class CommandTest : public testing::Test {
protected:
    Outcome run(const std::string &arguments) {
        const std::string out = m_dir / "stdout.txt", error = m_dir / "stderr.txt";
        const std::string command =
            std::string("'") + ESPDL_PROGRAM + "' " + arguments + " >'" + out + "' 2>'" + error + "'";
        const int status = system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(out), read(error)};
    }
    static std::string read(const std::string &path) {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    std::string write(const std::string &name, const std::vector<uint8_t> &bytes) {
        std::ofstream(m_dir / name, std::ios::binary).write((const char *)bytes.data(), (std::streamsize)bytes.size());
        return m_dir / name;
    }

    hal_test::TempDir m_dir;
};

}  // namespace espdl_test
