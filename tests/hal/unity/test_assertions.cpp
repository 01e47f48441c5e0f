#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "unity.h"

namespace {

using testing::HasSubstr;

/** Runs `test` and returns what it printed behind "FAIL"; "PASS" if it passed. */
std::string verdict(UnityTestFunction test) {
    UNITY_BEGIN();
    testing::internal::CaptureStdout();
    UnityDefaultTestRun(test, "name", 1);
    const std::string output = testing::internal::GetCapturedStdout();
    if (Unity.CurrentTestFailed) {
        EXPECT_EQ(Unity.TestFailures, 1u);
        const size_t at = output.find(":name:FAIL");
        return at == std::string::npos ? output : output.substr(at + strlen(":name:FAIL"));
    }
    EXPECT_EQ(Unity.TestFailures, 0u);
    return "PASS";
}

#define PASSES(...) EXPECT_EQ(verdict([] { __VA_ARGS__; }), "PASS")
#define FAILS(text, ...) EXPECT_EQ(verdict([] { __VA_ARGS__; }), text "\n")

TEST(UnityAssertions, Conditions) {
    PASSES(TEST_ASSERT(true); TEST_ASSERT_TRUE(7); TEST_ASSERT_FALSE(0); TEST_ASSERT_UNLESS(false));
    FAILS(": Expected TRUE Was FALSE", TEST_ASSERT_TRUE(1 == 2));
    FAILS(": Expected FALSE Was TRUE. text", TEST_ASSERT_FALSE_MESSAGE(true, "text"));
    FAILS(": Expected NULL", TEST_ASSERT_NULL("x"));
    FAILS(": Expected Non-NULL", TEST_ASSERT_NOT_NULL(static_cast<const void *>(nullptr)));
    FAILS(": Expected Empty", TEST_ASSERT_EMPTY("x"));
    FAILS(": why", TEST_FAIL_MESSAGE("why"));
    FAILS("", TEST_FAIL());
    PASSES(TEST_PASS(); TEST_FAIL());
}

TEST(UnityAssertions, Numbers) {
    PASSES(TEST_ASSERT_EQUAL(-1, -1); TEST_ASSERT_EQUAL_UINT8(255, -1); TEST_ASSERT_EQUAL_INT8(-1, 255);
           TEST_ASSERT_EQUAL_HEX32(-1, 0xFFFFFFFFu); TEST_ASSERT_EQUAL_INT64(INT64_MIN, INT64_MIN));
    FAILS(": Expected -1 Was 255", TEST_ASSERT_EQUAL(-1, 255));
    FAILS(": Expected 4294967296 Was 0", TEST_ASSERT_EQUAL_INT(1LL << 32, 0));
    FAILS(": Expected 0x0102 Was 0x0101", TEST_ASSERT_EQUAL_HEX16(0x102, 0x101));
    FAILS(": Expected 'a' Was 'b'", TEST_ASSERT_EQUAL_CHAR('a', 'b'));
    FAILS(": Expected 3 to be not equal to 3", TEST_ASSERT_NOT_EQUAL(3, 3));
    FAILS(": Expected 3 to be greater than 3", TEST_ASSERT_GREATER_THAN(3, 3));
    PASSES(TEST_ASSERT_GREATER_OR_EQUAL(3, 3); TEST_ASSERT_LESS_THAN(3, 2); TEST_ASSERT_LESS_OR_EQUAL_UINT32(3, 3));
    FAILS(": Expected -1 to be greater or equal to 1", TEST_ASSERT_GREATER_OR_EQUAL_INT(1, -1));
    PASSES(TEST_ASSERT_GREATER_THAN_UINT64(1, -1));
    PASSES(TEST_ASSERT_INT_WITHIN(2, 5, 3); TEST_ASSERT_INT8_WITHIN(255, -128, 127); TEST_ASSERT_UINT8_WITHIN(1, 0, 1));
    FAILS(": Values Not Within Delta 1 Expected 5 Was 3", TEST_ASSERT_INT_WITHIN(1, 5, 3));
    FAILS(": Expected 0x00000000 Was 0xFFFFFFFF", TEST_ESP_OK(ESP_FAIL));
    PASSES(TEST_ESP_ERR(ESP_ERR_NO_MEM, ESP_ERR_NO_MEM));
}

TEST(UnityAssertions, Bits) {
    PASSES(TEST_ASSERT_BITS(0xF0, 0xA5, 0xA3); TEST_ASSERT_BITS_HIGH(3, 7); TEST_ASSERT_BITS_LOW(3, 4);
           TEST_ASSERT_BIT_HIGH(4, 16); TEST_ASSERT_BIT_LOW(4, 15));
    FAILS(": Expected 0xA0 Was 0xB0 in bits 0xF0", TEST_ASSERT_BITS(0xF0, 0xA5, 0xB3));
    FAILS(": Expected 0x10 Was 0x0 in bits 0x10", TEST_ASSERT_BIT_HIGH(4, 0));
}

TEST(UnityAssertions, Arrays) {
    static const int16_t a[] = {1, -2, 3};
    static const int16_t b[] = {1, -2, 4};
    static const int16_t c[] = {1, 3};
    PASSES(TEST_ASSERT_EQUAL_INT16_ARRAY(a, a, 3); TEST_ASSERT_EQUAL_INT16_ARRAY(a, b, 2);
           TEST_ASSERT_INT16_ARRAY_WITHIN(1, a, b, 3); TEST_ASSERT_EACH_EQUAL_INT16(1, a, 1));
    FAILS(": Element 2 Expected 3 Was 4", TEST_ASSERT_EQUAL_INT16_ARRAY(a, b, 3));
    FAILS(": Element 1 Expected 1 Was -2", TEST_ASSERT_EACH_EQUAL_INT16(1, a, 3));
    FAILS(": Element 1 Expected 0xFFFE Was 0x0003", TEST_ASSERT_EQUAL_HEX16_ARRAY(a, c, 2));
    FAILS(": You Asked Me To Compare Nothing, Which Was Pointless.", TEST_ASSERT_EQUAL_INT16_ARRAY(a, b, 0));
    FAILS(": Actual pointer was NULL", TEST_ASSERT_EQUAL_INT_ARRAY(a, nullptr, 1));
    static const char *const words[] = {"one", "two"};
    static const char *const others[] = {"one", "three"};
    PASSES(TEST_ASSERT_EQUAL_STRING_ARRAY(words, words, 2));
    FAILS(": Element 1 Expected 'two' Was 'three'", TEST_ASSERT_EQUAL_STRING_ARRAY(words, others, 2));
    FAILS(": Element 1 Expected 'one' Was 'two'", TEST_ASSERT_EACH_EQUAL_STRING("one", words, 2));
}

TEST(UnityAssertions, StringsAndMemory) {
    PASSES(TEST_ASSERT_EQUAL_STRING("ab", "ab"); TEST_ASSERT_EQUAL_STRING(nullptr, nullptr);
           TEST_ASSERT_EQUAL_STRING_LEN("abc", "abd", 2); TEST_ASSERT_EQUAL_MEMORY("abc", "abd", 2));
    FAILS(": Expected 'ab' Was NULL", TEST_ASSERT_EQUAL_STRING("ab", nullptr));
    FAILS(": Expected 'abc' Was 'abd'", TEST_ASSERT_EQUAL_STRING_LEN("abcx", "abdx", 3));
    FAILS(": Memory Mismatch. Byte 2 Expected 0x63 Was 0x64", TEST_ASSERT_EQUAL_MEMORY("abc", "abd", 3));
    FAILS(": Memory Mismatch. Element 1 Byte 0 Expected 0x61 Was 0x63",
          TEST_ASSERT_EQUAL_MEMORY_ARRAY("abab", "abcb", 2, 2));
    FAILS(": Memory Mismatch. Element 1 Byte 1 Expected 0x62 Was 0x63",
          TEST_ASSERT_EACH_EQUAL_MEMORY("ab", "abac", 2, 2));
}

TEST(UnityAssertions, Reals) {
    static const float inf = std::numeric_limits<float>::infinity();
    PASSES(TEST_ASSERT_EQUAL_FLOAT(1.f, 1.000001f); TEST_ASSERT_FLOAT_WITHIN(0.1f, 1.f, 1.05f);
           TEST_ASSERT_EQUAL_FLOAT(NAN, NAN); TEST_ASSERT_EQUAL_FLOAT(inf, inf); TEST_ASSERT_FLOAT_IS_INF(inf);
           TEST_ASSERT_FLOAT_IS_NEG_INF(-inf); TEST_ASSERT_DOUBLE_IS_NAN(NAN); TEST_ASSERT_FLOAT_IS_DETERMINATE(1.f);
           TEST_ASSERT_FLOAT_IS_NOT_NAN(1.f); TEST_ASSERT_FLOAT_NOT_WITHIN(0.1f, 1.f, 2.f);
           TEST_ASSERT_GREATER_THAN_DOUBLE(1.0, 1.5); TEST_ASSERT_NOT_EQUAL_DOUBLE(1.0, 1.001));
    FAILS(": Expected 1 Was 1.00100005", TEST_ASSERT_EQUAL_FLOAT(1.f, 1.001f));
    FAILS(": Expected 1 Was nan", TEST_ASSERT_FLOAT_WITHIN(10.f, 1.f, NAN));
    FAILS(": Expected inf Was -inf", TEST_ASSERT_EQUAL_FLOAT(inf, -inf));
    FAILS(": Expected Not NaN Was nan", TEST_ASSERT_FLOAT_IS_NOT_NAN(NAN));
    FAILS(": Expected 1 to be less than 1", TEST_ASSERT_LESS_THAN_FLOAT(1.f, 1.f));
    static const float a[] = {1, 2};
    static const float b[] = {1, 2.5f};
    PASSES(TEST_ASSERT_EQUAL_FLOAT_ARRAY(a, a, 2); TEST_ASSERT_FLOAT_ARRAY_WITHIN(0.5f, a, b, 2));
    FAILS(": Element 1 Expected 2 Was 2.5", TEST_ASSERT_EQUAL_FLOAT_ARRAY(a, b, 2));
    FAILS(": Element 1 Expected 1 Was 2", TEST_ASSERT_EACH_EQUAL_FLOAT(1.f, a, 2));
    static const double d[] = {1, 2};
    PASSES(TEST_ASSERT_EQUAL_DOUBLE_ARRAY(d, d, 2); TEST_ASSERT_EACH_EQUAL_DOUBLE(1.0, d, 1));
}

TEST(UnityAssertions, OutsideOfATest) {
    EXPECT_DEATH(TEST_ASSERT_EQUAL(1, 2), "");
}

}  // namespace
