#include <string.h>

#include <cstring>

#include <gtest/gtest.h>

namespace {

TEST(NewlibString, CopiesWhatFits) {
    char text[6] = "xxxxx";
    EXPECT_EQ(strlcpy(text, "abc", sizeof(text)), 3u);
    EXPECT_STREQ(text, "abc");
    EXPECT_EQ(strlcat(text, "defg", sizeof(text)), 7u);
    EXPECT_STREQ(text, "abcde");
    EXPECT_EQ(strlcpy(text, "123456789", sizeof(text)), 9u);
    EXPECT_STREQ(text, "12345");
    EXPECT_EQ(strlcpy(text, "abc", 0), 3u);
    EXPECT_STREQ(text, "12345");
    // Without a zero within `size` nothing is appended.
    EXPECT_EQ(strlcat(text, "ab", 3), 5u);
    EXPECT_STREQ(text, "12345");
}

TEST(NewlibString, SearchesWithinALength) {
    const char *text = "one two";
    EXPECT_EQ(strnstr(text, "two", 7), text + 4);
    EXPECT_EQ(strnstr(text, "two", 6), nullptr);
    EXPECT_EQ(strnstr(text, "", 0), text);
}

TEST(NewlibString, Cases) {
    char text[] = "aBc-1";
    EXPECT_STREQ(strupr(text), "ABC-1");
    EXPECT_STREQ(strlwr(text), "abc-1");
}

}  // namespace
