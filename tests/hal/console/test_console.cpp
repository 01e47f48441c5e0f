#include "esp_console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <string>
#include <vector>

#include "freertos/task.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> g_words;

int keep(int argc, char **argv) {
    g_words.assign(argv, argv + argc);
    return argc;
}

std::vector<std::string> split(std::string line, size_t room = 8) {
    std::vector<char *> argv(room);
    const size_t count = esp_console_split_argv(line.data(), argv.data(), room);
    EXPECT_EQ(argv[count], nullptr);
    return {argv.begin(), argv.begin() + count};
}

TEST(Console, SplitsWords) {
    EXPECT_THAT(split("  one two  three "), ElementsAre("one", "two", "three"));
    EXPECT_THAT(split("say \"two words\" a\\ b \\\"q\\\" x\\\\y"),
                ElementsAre("say", "two words", "a b", "\"q\"", "x\\y"));
    EXPECT_THAT(split("\"\" open \"to the end"), ElementsAre("", "open", "to the end"));
    EXPECT_THAT(split(""), ElementsAre());
    EXPECT_THAT(split("a b c d", 3), ElementsAre("a", "b"));
}

TEST(Console, RunsCommands) {
    int result = 0;
    EXPECT_EQ(esp_console_run("keep", &result), ESP_ERR_INVALID_STATE);
    const esp_console_config_t config = ESP_CONSOLE_CONFIG_DEFAULT();
    ASSERT_EQ(esp_console_init(&config), ESP_OK);
    EXPECT_EQ(esp_console_init(&config), ESP_ERR_INVALID_STATE);
    esp_console_cmd_t command = {};
    command.command = "keep";
    command.help = "keeps its words";
    command.func = keep;
    EXPECT_EQ(esp_console_cmd_register(&command), ESP_OK);
    EXPECT_EQ(esp_console_run("keep these words", &result), ESP_OK);
    EXPECT_EQ(result, 3);
    EXPECT_THAT(g_words, ElementsAre("keep", "these", "words"));
    EXPECT_EQ(esp_console_run("other", &result), ESP_ERR_NOT_FOUND);
    EXPECT_EQ(esp_console_run("   ", &result), ESP_ERR_INVALID_ARG);
    command.command = "context";
    command.help = nullptr;
    command.func = nullptr;
    command.func_w_context = [](void *context, int, char **) { return *static_cast<int *>(context); };
    int value = 42;
    command.context = &value;
    EXPECT_EQ(esp_console_cmd_register(&command), ESP_OK);
    EXPECT_EQ(esp_console_run("context", &result), ESP_OK);
    EXPECT_EQ(result, 42);
    command.func = keep;
    EXPECT_EQ(esp_console_cmd_register(&command), ESP_ERR_INVALID_ARG) << "two functions";
    command.func_w_context = nullptr;
    command.command = "two words";
    EXPECT_EQ(esp_console_cmd_register(&command), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_console_register_help_command(), ESP_OK);
    testing::internal::CaptureStdout();
    EXPECT_EQ(esp_console_run("help", &result), ESP_OK);
    const std::string help = testing::internal::GetCapturedStdout();
    EXPECT_THAT(help, HasSubstr("keeps its words"));
    EXPECT_THAT(help, testing::Not(HasSubstr("context")));
    EXPECT_EQ(esp_console_cmd_deregister("keep"), ESP_OK);
    EXPECT_EQ(esp_console_cmd_deregister("keep"), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_console_deinit(), ESP_OK);
}

TEST(Console, ReadsStandardInput) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const char input[] = "keep one\nwhat\n\nfail\nkeep \"last line\"";
    ASSERT_EQ(write(ends[1], input, sizeof(input) - 1), (ssize_t)sizeof(input) - 1);
    close(ends[1]);
    ASSERT_EQ(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    esp_console_repl_config_t config = ESP_CONSOLE_REPL_CONFIG_DEFAULT();
    config.prompt = "test>";
    const esp_console_dev_uart_config_t uart = ESP_CONSOLE_DEV_UART_CONFIG_DEFAULT();
    esp_console_repl_t *repl = nullptr;
    ASSERT_EQ(esp_console_new_repl_uart(&uart, &config, &repl), ESP_OK);
    esp_console_repl_t *other = nullptr;
    EXPECT_EQ(esp_console_new_repl_stdio(&config, &other), ESP_ERR_INVALID_STATE);
    esp_console_cmd_t command = {};
    command.command = "keep";
    command.func = [](int argc, char **argv) { return keep(argc, argv), 0; };
    ASSERT_EQ(esp_console_cmd_register(&command), ESP_OK);
    command.command = "fail";
    command.func = [](int, char **) { return (int)ESP_ERR_NO_MEM; };
    ASSERT_EQ(esp_console_cmd_register(&command), ESP_OK);
    testing::internal::CaptureStdout();
    ASSERT_EQ(esp_console_start_repl(repl), ESP_OK);
    while (xTaskGetHandle("console_repl") != nullptr) {
        sched_yield();
    }
    const std::string output = testing::internal::GetCapturedStdout();
    EXPECT_THAT(output, HasSubstr("test> Unrecognized command\n"));
    EXPECT_THAT(output, HasSubstr("0x101 (ESP_ERR_NO_MEM)"));
    EXPECT_THAT(g_words, ElementsAre("keep", "last line"));
    EXPECT_EQ(esp_console_start_repl(repl), ESP_ERR_INVALID_STATE);
}

}  // namespace
