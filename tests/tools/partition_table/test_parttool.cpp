// The two command-line tools as a build and a person call them: what they print, and their exit codes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "../../hal/storage_test.hpp"

namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Result {
    int code;
    std::string output;  // stdout and stderr
};

Result run(const std::string &command) {
    Result result = {-1, ""};
    FILE *pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) {
        return result;
    }
    char buffer[4096];
    for (size_t got = 0; (got = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) {
        result.output.append(buffer, got);
    }
    const int status = pclose(pipe);
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return result;
}

class Tools : public testing::Test {
protected:
    void write(const std::string &name, const std::string &text) {
        std::ofstream(m_dir / name, std::ios::binary) << text;
    }
    std::string read(const std::string &name) {
        std::ifstream in(m_dir / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    Result parttool(const std::string &arguments) {
        return run("cd " + m_dir.path() + " && " PARTTOOL " " + arguments);
    }
    Result flash(const std::string &arguments) { return run("cd " + m_dir.path() + " && " FLASH_TOOL " " + arguments); }
    hal_test::TempDir m_dir;
};

TEST_F(Tools, CsvToBinaryToCsv) {
    write("p.csv", "nvs,data,nvs,,24K\nfactory,app,factory,,1M\n");
    EXPECT_EQ(parttool("convert p.csv p.bin").code, 0);
    EXPECT_EQ(read("p.bin").size(), 0xC00u);
    const Result csv = parttool("convert p.bin");
    EXPECT_EQ(csv.code, 0);
    EXPECT_THAT(csv.output, HasSubstr("nvs,data,nvs,0x9000,24K,\nfactory,app,factory,0x10000,1M,\n"));
    EXPECT_EQ(parttool("convert p.bin q.csv").code, 0);
    EXPECT_EQ(parttool("convert q.csv q.bin").code, 0);
    EXPECT_EQ(read("p.bin"), read("q.bin"));
    EXPECT_THAT(parttool("show p.bin --json").output, HasSubstr("\"name\": \"factory\", \"type\": \"app\""));
    EXPECT_THAT(parttool("--offset 0x9000 convert p.csv - | od -An -tx1 -N8").output,
                HasSubstr("aa 50 01 02 00 a0 00 00"));
}

TEST_F(Tools, WrongInputIsExitCode2WithFileLineAndPartition) {
    write("p.csv", "# table\nnvs,data,nvs,,24K\nmodel,data,spiffs,0x9000,1M\n");
    Result result = parttool("convert p.csv p.bin");
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.output, HasSubstr("p.csv:3: partition 'model': partitions overlap"));
    EXPECT_FALSE(fs::exists(m_dir / "p.bin"));
    write("p.csv", "model,data,spiffs,,15M\nmore,data,spiffs,,2M\n");
    result = parttool("--flash-size 16MB convert p.csv p.bin");
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.output, AllOf(HasSubstr("p.csv:2: partition 'more'"), HasSubstr("16MB")));
    EXPECT_EQ(parttool("--flash-size 32MB convert p.csv p.bin").code, 0);
    EXPECT_EQ(parttool("convert absent.csv").code, 2);
    EXPECT_EQ(parttool("convert .").code, 2);
    EXPECT_EQ(parttool("").code, 2);
    EXPECT_EQ(parttool("--flash-size many convert p.csv").code, 2);
    EXPECT_EQ(parttool("--help").code, 0);
    EXPECT_EQ(parttool("show p.bin --name absent").code, 2);
}

TEST_F(Tools, ABinaryThatDoesNotFitIsExitCode1) {
    write("p.csv", "factory,app,factory,,64K\n");
    write("app.bin", std::string(0x10000, 'x'));
    EXPECT_EQ(parttool("check-size p.csv app.bin").code, 0);
    write("app.bin", std::string(0x10001, 'x'));
    const Result result = parttool("check-size p.csv app.bin");
    EXPECT_EQ(result.code, 1);
    EXPECT_THAT(result.output, HasSubstr("Error: app partition is too small for binary app.bin size 0x10001:\n"
                                         "  - Part 'factory' 0/0 @ 0x10000 size 0x10000 (overflow 0x1)"));
    EXPECT_EQ(parttool("check-size p.csv app.bin --type data").code, 1) << "there is none";
    EXPECT_EQ(parttool("check-size p.csv absent.bin").code, 2);
}

TEST_F(Tools, FlashWritesOnlyWhatChanged) {
    write("p.csv", "factory,app,factory,,64K\nmodel,data,spiffs,,128K\n");
    ASSERT_EQ(parttool("convert p.csv table.bin").code, 0);
    write("app.bin", std::string(10000, 'a'));
    write("model.bin", std::string(70000, 'm'));
    write("flasher_args.json", R"({"flash_settings": {"flash_size": "1MB"},
        "flash_files": {"0x8000": "table.bin", "0x10000": "app.bin", "0x20000": "model.bin"},
        "app": {"offset": "0x10000", "file": "app.bin"}})");
    Result result = flash("write --args flasher_args.json --flash flash.bin");
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(result.output, AllOf(HasSubstr("wrote 3 of 3 sectors"), HasSubstr("wrote 18 of 18 sectors")));
    EXPECT_EQ(read("flash.bin").size(), 1u << 20);
    EXPECT_EQ(read("flash.bin").substr(0x20000, 70000), read("model.bin"));
    result = flash("write --args flasher_args.json --flash flash.bin");
    EXPECT_THAT(result.output, Not(HasSubstr("wrote")));
    write("app.bin", std::string(9000, 'a') + "b");
    write("model.bin", std::string(70000, 'n'));
    result = flash("write --args flasher_args.json --flash flash.bin --only app");
    EXPECT_THAT(result.output, AllOf(HasSubstr("wrote 1 of 3 sectors"), Not(HasSubstr("model"))));
    EXPECT_EQ(read("flash.bin")[0x20000], 'm');
    EXPECT_EQ(flash("write --args flasher_args.json --flash flash.bin --only absent").code, 2);

    EXPECT_EQ(flash("merge --args flasher_args.json --output merged.bin").code, 0);
    const std::string merged = read("merged.bin");
    EXPECT_EQ(merged.size(), 0x20000u + 70000);
    EXPECT_EQ(merged.substr(0, 0x8000), std::string(0x8000, '\xFF'));
    EXPECT_EQ(merged.substr(0x10000, 9001), read("app.bin"));
    EXPECT_EQ(flash("merge --args flasher_args.json --output merged.bin --fill").code, 0);
    EXPECT_EQ(read("merged.bin").size(), 1u << 20);

    EXPECT_THAT(flash("info --flash flash.bin").output, HasSubstr("model"));
    EXPECT_EQ(flash("erase --flash flash.bin --partition model").code, 0);
    EXPECT_EQ(read("flash.bin")[0x20000], '\xFF');
    EXPECT_EQ(read("flash.bin")[0x10000], 'a');
    EXPECT_EQ(flash("erase --flash flash.bin").code, 0);
    EXPECT_EQ(read("flash.bin"), std::string(1 << 20, '\xFF'));
}

TEST_F(Tools, FlashRefusesWhatDoesNotFit) {
    write("p.csv", "factory,app,factory,,64K\nmodel,data,spiffs,,128K\n");
    ASSERT_EQ(parttool("convert p.csv table.bin").code, 0);
    write("model.bin", std::string(0x20001, 'm'));
    write("args.json", R"({"flash_files": {"0x8000": "table.bin", "0x20000": "model.bin"}})");
    Result result = flash("write --args args.json --flash flash.bin --flash-size 1MB");
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.output, HasSubstr("does not fit partition 'model' (0x20000 bytes); overflow 0x1"));
    EXPECT_FALSE(fs::exists(m_dir / "flash.bin"));
    write("args.json", R"({"flash_files": {"0xf0000": "model.bin"}})");
    EXPECT_EQ(flash("write --args args.json --flash flash.bin --flash-size 1MB").code, 2) << "beyond the flash";
    EXPECT_EQ(flash("write --args args.json --flash flash.bin").code, 2) << "of what size?";
    for (const char *bad : {"", "[]", "{\"flash_files\": 1}", "{\"flash_files\": {\"x\": \"table.bin\"}}",
                            "{\"flash_files\": {\"0x0\": 1}}", "{\"flash_files\": {\"0x0\": \"absent\"}}",
                            "{\"flash_files\": {\"0x0\": \"table.bin\", \"0x100\": \"table.bin\"}}"}) {
        write("args.json", bad);
        EXPECT_EQ(flash("write --args args.json --flash flash.bin --flash-size 1MB").code, 2) << bad;
    }
}

}  // namespace
