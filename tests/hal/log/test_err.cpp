#include <gtest/gtest.h>
#include <unistd.h>

#include "board/board.hpp"
#include "esp_check.h"
#include "esp_err.h"
#include "esp_random.h"
#include "esp_system.h"

namespace {

esp_err_t return_on_error(esp_err_t code) {
    ESP_RETURN_ON_ERROR(code, "test", "code %d", code);
    return ESP_OK;
}

esp_err_t goto_on_error(esp_err_t code, int &passed) {
    esp_err_t ret = ESP_OK;
    ESP_GOTO_ON_ERROR(code, out, "test", "code");
    ++passed;
out:
    ++passed;
    return ret;
}

esp_err_t on_false(bool condition) {
    esp_err_t ret = ESP_OK;
    ESP_RETURN_ON_FALSE(condition, ESP_ERR_INVALID_ARG, "test", "not true");
    ESP_GOTO_ON_FALSE(!condition, ESP_ERR_INVALID_STATE, out, "test", "true");
out:
    return ret;
}

TEST(Err, Names) {
    EXPECT_STREQ(esp_err_to_name(ESP_OK), "ESP_OK");
    EXPECT_STREQ(esp_err_to_name(ESP_FAIL), "ESP_FAIL");
    EXPECT_STREQ(esp_err_to_name(0x101), "ESP_ERR_NO_MEM");
    EXPECT_STREQ(esp_err_to_name(0x10D), "ESP_ERR_NOT_ALLOWED");
    EXPECT_STREQ(esp_err_to_name(0x1102), "ESP_ERR_NVS_NOT_FOUND");
    EXPECT_STREQ(esp_err_to_name(12345), "UNKNOWN ERROR");
    char text[40];
    EXPECT_STREQ(esp_err_to_name_r(ESP_ERR_TIMEOUT, text, sizeof(text)), "ESP_ERR_TIMEOUT");
    EXPECT_STREQ(esp_err_to_name_r(12345, text, sizeof(text)), "Unknown error 0x3039(12345)");
    EXPECT_STREQ(esp_err_to_name_r(ESP_ERR_TIMEOUT, text, 4), "ESP");
}

TEST(Err, CheckMacros) {
    EXPECT_EQ(return_on_error(ESP_OK), ESP_OK);
    EXPECT_EQ(return_on_error(ESP_ERR_NO_MEM), ESP_ERR_NO_MEM);
    int passed = 0;
    EXPECT_EQ(goto_on_error(ESP_FAIL, passed), ESP_FAIL);
    EXPECT_EQ(passed, 1);
    EXPECT_EQ(goto_on_error(ESP_OK, passed), ESP_OK);
    EXPECT_EQ(passed, 3);
    EXPECT_EQ(on_false(false), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(on_false(true), ESP_ERR_INVALID_STATE);
}

TEST(Err, CheckEvaluatesOnceAndEndsTheApp) {
    int evaluated = 0;
    ESP_ERROR_CHECK((++evaluated, ESP_OK));
    EXPECT_EQ(ESP_ERROR_CHECK_WITHOUT_ABORT((++evaluated, ESP_ERR_NOT_FOUND)), ESP_ERR_NOT_FOUND);
    EXPECT_EQ(evaluated, 2);
    EXPECT_EXIT(
        {
            dup2(STDERR_FILENO, STDOUT_FILENO);
            ESP_ERROR_CHECK(ESP_ERR_NO_MEM);
        },
        testing::ExitedWithCode(1),
        "esp_err_t 0x101 \\(ESP_ERR_NO_MEM\\)(.|\n)*test_err.cpp(.|\n)*abort\\(\\) was called");
    EXPECT_EXIT(
        {
            dup2(STDERR_FILENO, STDOUT_FILENO);
            esp_system_abort("out of cheese");
        },
        testing::ExitedWithCode(1), "out of cheese");
}

void first() {}
void second() {}
void third() {
    printf("third\n");
}
void fourth() {}
void fifth() {
    printf("fifth\n");
}
void sixth() {}

TEST(System, ShutdownHandlersRunLastFirst) {
    EXPECT_EXIT(
        {
            dup2(STDERR_FILENO, STDOUT_FILENO);
            const bool good =
                esp_register_shutdown_handler(first) == ESP_OK &&
                esp_register_shutdown_handler(first) == ESP_ERR_INVALID_STATE &&
                esp_register_shutdown_handler(second) == ESP_OK && esp_register_shutdown_handler(third) == ESP_OK &&
                esp_register_shutdown_handler(fourth) == ESP_OK && esp_register_shutdown_handler(fifth) == ESP_OK &&
                esp_register_shutdown_handler(sixth) == ESP_ERR_NO_MEM &&
                esp_unregister_shutdown_handler(sixth) == ESP_ERR_INVALID_STATE &&
                esp_unregister_shutdown_handler(first) == ESP_OK;
            if (good) {
                esp_restart();
            }
        },
        testing::ExitedWithCode(0), "fifth\nthird\n");
}

TEST(System, RandomFills) {
    uint8_t bytes[64] = {};
    esp_fill_random(bytes, sizeof(bytes));
    int zeros = 0;
    for (uint8_t byte : bytes) {
        zeros += byte == 0 ? 1 : 0;
    }
    EXPECT_LT(zeros, 32);  // expected is one in four times; more than 31 never
    EXPECT_FALSE(esp_random() == esp_random() && esp_random() == esp_random());
}

}  // namespace
