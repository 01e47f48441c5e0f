// The printf family of an app's own code: --wrap sends it here. A chip's long has 32 bits (chip_format.hpp).
#include <cstdarg>
#include <cstdio>
#include <string>

#include "log/chip_format.hpp"

// NOLINTBEGIN(bugprone-reserved-identifier): the names are those that the linker's --wrap makes.
extern "C" {

int __real_vprintf(const char *format, va_list args);
int __real_vfprintf(FILE *stream, const char *format, va_list args);
int __real_vsprintf(char *text, const char *format, va_list args);
int __real_vsnprintf(char *text, size_t size, const char *format, va_list args);
int __real_vasprintf(char **text, const char *format, va_list args);

int __wrap_vprintf(const char *format, va_list args) {
    std::string room;
    return __real_vprintf(hal::chip_format(format, room), args);
}
int __wrap_vfprintf(FILE *stream, const char *format, va_list args) {
    std::string room;
    return __real_vfprintf(stream, hal::chip_format(format, room), args);
}
int __wrap_vsprintf(char *text, const char *format, va_list args) {
    std::string room;
    return __real_vsprintf(text, hal::chip_format(format, room), args);
}
int __wrap_vsnprintf(char *text, size_t size, const char *format, va_list args) {
    std::string room;
    return __real_vsnprintf(text, size, hal::chip_format(format, room), args);
}
int __wrap_vasprintf(char **text, const char *format, va_list args) {
    std::string room;
    return __real_vasprintf(text, hal::chip_format(format, room), args);
}

#define HAL_FORWARD(call)             \
    va_list args;                     \
    va_start(args, format);           \
    const int result = __wrap_##call; \
    va_end(args);                     \
    return result

int __wrap_printf(const char *format, ...) {
    HAL_FORWARD(vprintf(format, args));
}
int __wrap_fprintf(FILE *stream, const char *format, ...) {
    HAL_FORWARD(vfprintf(stream, format, args));
}
int __wrap_sprintf(char *text, const char *format, ...) {
    HAL_FORWARD(vsprintf(text, format, args));
}
int __wrap_snprintf(char *text, size_t size, const char *format, ...) {
    HAL_FORWARD(vsnprintf(text, size, format, args));
}
int __wrap_asprintf(char **text, const char *format, ...) {
    HAL_FORWARD(vasprintf(text, format, args));
}

// What a compiler that fortifies by default makes of them.
int __real___vprintf_chk(int flag, const char *format, va_list args);
int __real___vfprintf_chk(FILE *stream, int flag, const char *format, va_list args);
int __real___vsprintf_chk(char *text, int flag, size_t room_size, const char *format, va_list args);
int __real___vsnprintf_chk(char *text, size_t size, int flag, size_t room_size, const char *format, va_list args);

int __wrap___vprintf_chk(int flag, const char *format, va_list args) {
    std::string room;
    return __real___vprintf_chk(flag, hal::chip_format(format, room), args);
}
int __wrap___vfprintf_chk(FILE *stream, int flag, const char *format, va_list args) {
    std::string room;
    return __real___vfprintf_chk(stream, flag, hal::chip_format(format, room), args);
}
int __wrap___vsprintf_chk(char *text, int flag, size_t room_size, const char *format, va_list args) {
    std::string room;
    return __real___vsprintf_chk(text, flag, room_size, hal::chip_format(format, room), args);
}
int __wrap___vsnprintf_chk(char *text, size_t size, int flag, size_t room_size, const char *format, va_list args) {
    std::string room;
    return __real___vsnprintf_chk(text, size, flag, room_size, hal::chip_format(format, room), args);
}
int __wrap___printf_chk(int flag, const char *format, ...) {
    HAL_FORWARD(__vprintf_chk(flag, format, args));
}
int __wrap___fprintf_chk(FILE *stream, int flag, const char *format, ...) {
    HAL_FORWARD(__vfprintf_chk(stream, flag, format, args));
}
int __wrap___sprintf_chk(char *text, int flag, size_t room_size, const char *format, ...) {
    HAL_FORWARD(__vsprintf_chk(text, flag, room_size, format, args));
}
int __wrap___snprintf_chk(char *text, size_t size, int flag, size_t room_size, const char *format, ...) {
    HAL_FORWARD(__vsnprintf_chk(text, size, flag, room_size, format, args));
}
}
// NOLINTEND(bugprone-reserved-identifier)
