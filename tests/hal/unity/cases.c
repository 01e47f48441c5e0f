#include <string.h>

#include "unity.h"

TEST_CASE("in C", "[c]") {
    const char *text = "text";
    TEST_ASSERT_EQUAL_STRING("text", text);
    TEST_ASSERT_NOT_NULL(strchr(text, 'x'));
    TEST_ASSERT_EQUAL_PTR(text, text);
    TEST_ESP_OK(0);
}
