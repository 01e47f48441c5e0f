#include <cmath>
#include <cstdint>
#include <random>

#include "dl_rounding.hpp"
#include "dl_target.hpp"
#include "gtest/gtest.h"

namespace {

// The rules as their definitions say, in arithmetic wide enough to be exact.
__int128 floor_div(__int128 x, __int128 d) {
    return x >= 0 ? x / d : -((-x + d - 1) / d);
}

int64_t half_up(int64_t x, int s) {
    const __int128 d = (__int128)1 << s;
    return (int64_t)floor_div(2 * (__int128)x + d, 2 * d);
}

int64_t half_even(int64_t x, int s) {
    const __int128 d = (__int128)1 << s;
    const __int128 quotient = floor_div(x, d);
    const __int128 rest = x - quotient * d;
    const bool up = 2 * rest > d || (2 * rest == d && (quotient & 1));
    return (int64_t)(quotient + up);
}

TEST(Rounding, ShiftEqualsTheDefinition) {
    std::mt19937_64 random(1);
    for (int s = 1; s <= 63; s++) {
        for (int i = 0; i < 2000; i++) {
            int64_t x = (int64_t)random() >> (random() % 64);
            if (i % 4 == 0) {
                // Ties: whole multiples of half a step.
                x = (int64_t)((uint64_t)((int64_t)random() >> (random() % 64)) << (s - 1));
            }
            ASSERT_EQ(dl::RoundHalfUp::shift(x, s), half_up(x, s)) << x << " >> " << s;
            ASSERT_EQ(dl::RoundHalfEven::shift(x, s), half_even(x, s)) << x << " >> " << s;
            const int32_t narrow = (int32_t)x;
            if (s < 32) {
                ASSERT_EQ(dl::RoundHalfUp::shift(narrow, s), half_up(narrow, s)) << narrow << " >> " << s;
                ASSERT_EQ(dl::RoundHalfEven::shift(narrow, s), half_even(narrow, s)) << narrow << " >> " << s;
            }
        }
    }
}

TEST(Rounding, ExtremeAccumulators) {
    for (int64_t x : {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1}) {
        for (int s : {1, 2, 31, 32, 62, 63}) {
            EXPECT_EQ(dl::RoundHalfUp::shift(x, s), half_up(x, s)) << x << " >> " << s;
            EXPECT_EQ(dl::RoundHalfEven::shift(x, s), half_even(x, s)) << x << " >> " << s;
        }
    }
}

TEST(Rounding, LeftShiftSaturates) {
    EXPECT_EQ(dl::shift_and_round<dl::RoundHalfUp>(3, -4), 48);
    EXPECT_EQ(dl::shift_and_round<dl::RoundHalfUp>(-3, 0), -3);
    EXPECT_EQ(dl::shift_and_round<dl::RoundHalfUp>(1, -63), INT64_MAX);
    EXPECT_EQ(dl::shift_and_round<dl::RoundHalfUp>(-1, -100), INT64_MIN);
    EXPECT_EQ(dl::shift_and_round<dl::RoundHalfUp>(INT64_MAX, -1), INT64_MAX);
    EXPECT_EQ(dl::shift_and_round<dl::RoundHalfUp>(INT64_MIN, -1), INT64_MIN);
    EXPECT_EQ((dl::requantize<int8_t, dl::RoundHalfEven>(100, -3)), 127);
    EXPECT_EQ((dl::requantize<int16_t, dl::RoundHalfEven>(-40000, 0)), -32768);
}

TEST(Rounding, FloatsRoundByTheTargetsRule) {
    const dl::target_t before = dl::target();
    dl::set_target(dl::TARGET_ESP32P4);
    EXPECT_EQ(dl::quantize<int8_t>(2.5f, 1.0f), 2);
    EXPECT_EQ(dl::quantize<int8_t>(-2.5f, 1.0f), -2);
    EXPECT_EQ(dl::quantize<int8_t>(3.5f, 1.0f), 4);
    dl::set_target(dl::TARGET_ESP32S3);
    EXPECT_EQ(dl::quantize<int8_t>(2.5f, 1.0f), 3);
    EXPECT_EQ(dl::quantize<int8_t>(-2.5f, 1.0f), -2);
    // The largest float below one half stays below it: x + 0.5 in float would give 1.
    EXPECT_EQ(dl::quantize<int8_t>(std::nextafter(0.5f, 0.0f), 1.0f), 0);
    EXPECT_EQ(dl::quantize<int8_t>(1000.0f, 1.0f), 127);
    EXPECT_EQ(dl::quantize<int8_t>(-INFINITY, 1.0f), -128);
    EXPECT_EQ(dl::quantize<int16_t>(NAN, 1.0f), 0);
    dl::set_target(before);
}

TEST(Target, Names) {
    dl::target_t target = dl::TARGET_ESP32P4;
    EXPECT_TRUE(dl::target_from_name("c", &target));
    EXPECT_EQ(target, dl::TARGET_ESP32);
    EXPECT_TRUE(dl::target_from_name("esp32s3", &target));
    EXPECT_STREQ(dl::target_name(target), "esp32s3");
    for (const char *plain : {"esp32", "esp32s2", "esp32c2", "esp32c3", "esp32c5", "esp32c6"}) {
        EXPECT_TRUE(dl::target_from_name(plain, &target)) << plain;
        EXPECT_EQ(target, dl::TARGET_ESP32) << plain;
    }
    EXPECT_TRUE(dl::target_from_name("esp32s31", &target)) << "rounds as the ESP32-P4";
    EXPECT_EQ(target, dl::TARGET_ESP32P4);
    target = dl::TARGET_ESP32S3;
    EXPECT_FALSE(dl::target_from_name("esp8266", &target));
    EXPECT_FALSE(dl::target_from_name(nullptr, &target));
    EXPECT_EQ(target, dl::TARGET_ESP32S3);
}

}  // namespace
