// What a chip's C library has and this one lacks (hal/include/string.h).
#include <string.h>

#include <algorithm>
#include <cctype>

#ifdef __GLIBC__
extern "C" {

#if !__GLIBC_PREREQ(2, 38)
size_t strlcpy(char *destination, const char *source, size_t size) {
    const size_t length = strlen(source);
    if (size > 0) {
        const size_t copied = std::min(length, size - 1);
        memcpy(destination, source, copied);
        destination[copied] = 0;
    }
    return length;
}

size_t strlcat(char *destination, const char *source, size_t size) {
    const size_t length = strnlen(destination, size);
    return length + strlcpy(destination + length, source, size - length);
}
#endif

char *strnstr(const char *text, const char *wanted, size_t length) {
    return static_cast<char *>(memmem(const_cast<char *>(text), strnlen(text, length), wanted, strlen(wanted)));
}

char *strlwr(char *text) {
    std::transform(text, text + strlen(text), text, [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

char *strupr(char *text) {
    std::transform(text, text + strlen(text), text, [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}
}
#endif
