// The printf family: Debian's newlib is built without the modifiers z, j and t, which a chip's has. The linker's --wrap
// sends the calls here; the modifiers become what is the same on this machine.
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

// `format`, or a copy in `room`.
const char *newlib_format(const char *format, std::string &room) {
    if (!std::strpbrk(format, "zjt")) {
        return format;
    }
    for (const char *at = format; *at; at++) {
        room += *at;
        if (*at != '%') {
            continue;
        }
        const size_t flags = std::strspn(at + 1, "-+ #0123456789*.");
        room.append(at + 1, flags);
        at += 1 + flags;
        if (*at == 'j') {
            room += "ll";
        } else if (!*at) {
            break;
        } else if (*at != 'z' && *at != 't') {
            room += *at;
        }
    }
    return room.c_str();
}

}  // namespace

extern "C" {

int __real_vfprintf(FILE *stream, const char *format, va_list args);
int __real_vsnprintf(char *text, size_t size, const char *format, va_list args);

int __wrap_vfprintf(FILE *stream, const char *format, va_list args) {
    std::string room;
    return __real_vfprintf(stream, newlib_format(format, room), args);
}
int __wrap_vsnprintf(char *text, size_t size, const char *format, va_list args) {
    std::string room;
    return __real_vsnprintf(text, size, newlib_format(format, room), args);
}
int __wrap_vprintf(const char *format, va_list args) {
    return __wrap_vfprintf(stdout, format, args);
}
int __wrap_printf(const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int result = __wrap_vfprintf(stdout, format, args);
    va_end(args);
    return result;
}
int __wrap_fprintf(FILE *stream, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int result = __wrap_vfprintf(stream, format, args);
    va_end(args);
    return result;
}
int __wrap_snprintf(char *text, size_t size, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int result = __wrap_vsnprintf(text, size, format, args);
    va_end(args);
    return result;
}

}  // extern "C"
