#include "log/chip_format.hpp"

#include <cstring>

namespace hal {

const char *chip_format(const char *format, std::string &room) {
    if (!format || !strchr(format, 'l')) {
        return format;
    }
    const char *copied = format;  // up to here it is in `room`
    bool changed = false;
    for (const char *at = format; *at != '\0'; ++at) {
        if (*at != '%') {
            continue;
        }
        ++at;
        at += strspn(at, "-+ #0'I123456789$*.");
        if (*at == 'l' && at[1] != '\0' && strchr("diouxX", at[1])) {
            room.append(copied, at);
            copied = at + 1;
            changed = true;
        }
        if (*at == '\0') {
            break;
        }
    }
    if (!changed) {
        return format;
    }
    room.append(copied);
    return room.c_str();
}

}  // namespace hal
