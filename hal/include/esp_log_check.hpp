#pragma once

/** Checks the formats of ESP_LOGx where a chip's compiler would: int32_t is long there, size_t is 32 bits wide, int64_t
 * is long long. The PC's own check would warn of `%ld` with an int32_t, which is right on the chip. */

#include <cstddef>
#include <type_traits>

// Some apps include C headers within extern "C".
extern "C++" {
namespace hal_log {

enum class Kind : unsigned char { kInt, kLong, kLongLong, kReal, kLongReal, kString, kPointer, kOther };

template <typename T>
consteval Kind kind_of() {
    if constexpr (std::is_enum_v<T>) {
        if constexpr (!std::is_convertible_v<T, std::underlying_type_t<T>>) {
            return Kind::kOther;  // enum class
        } else {
            return kind_of<std::underlying_type_t<T>>();
        }
    } else if constexpr (std::is_integral_v<T>) {
        if constexpr (std::is_same_v<T, long long> || std::is_same_v<T, unsigned long long>) {
            return Kind::kLongLong;
        } else {
            // A long of the PC is long, int64_t or size_t on the chip.
            return sizeof(T) == 8 ? Kind::kLong : sizeof(T) < 8 ? Kind::kInt : Kind::kOther;
        }
    } else if constexpr (std::is_floating_point_v<T>) {
        return std::is_same_v<T, long double> ? Kind::kLongReal : Kind::kReal;
    } else if constexpr (std::is_pointer_v<T>) {
        using Pointee = std::remove_cv_t<std::remove_pointer_t<T>>;
        constexpr bool characters = std::is_same_v<Pointee, char> || std::is_same_v<Pointee, unsigned char> ||
                                    std::is_same_v<Pointee, signed char>;
        return characters ? Kind::kString : Kind::kPointer;
    } else {
        return std::is_null_pointer_v<T> ? Kind::kPointer : Kind::kOther;
    }
}

template <typename... T>
struct Types {};
/** Only for decltype(): arrays and references have decayed. */
template <typename... T>
Types<T...> types_of(T...);

consteval bool takes(char modifier, char conversion, Kind kind) {
    switch (conversion) {
        case 'd':
        case 'i':
        case 'u':
        case 'o':
        case 'x':
        case 'X':
        case 'c':
            if (modifier == 'q' || modifier == 'j') {
                return kind == Kind::kLongLong || kind == Kind::kLong;
            }
            return kind == Kind::kInt || kind == Kind::kLong;
        case 'a':
        case 'A':
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
            return modifier == 'L' ? kind == Kind::kLongReal : kind == Kind::kReal;
        case 's':
            return kind == Kind::kString || modifier == 'l';
        case 'p':
            return kind == Kind::kString || kind == Kind::kPointer;
        default:
            return false;
    }
}

template <typename... T>
consteval bool fits(const char *format, Types<T...>) {
    constexpr Kind kinds[] = {kind_of<T>()..., Kind::kOther};
    constexpr size_t count = sizeof...(T);
    size_t used = 0;
    for (const char *at = format; *at != '\0'; ++at) {
        if (*at != '%') {
            continue;
        }
        ++at;
        char modifier = '\0';
        for (;; ++at) {
            if (*at == '*') {
                if (used == count || kinds[used] != Kind::kInt) {
                    return false;
                }
                ++used;
            } else if (*at == '$') {
                return true;  // numbered arguments are not followed
            } else if (*at == 'l' && modifier == 'l') {
                modifier = 'q';
            } else if (*at == 'h' || *at == 'l' || *at == 'j' || *at == 'z' || *at == 't' || *at == 'L' || *at == 'q') {
                modifier = *at;
            } else if (!(*at == '-' || *at == '+' || *at == ' ' || *at == '#' || *at == '\'' || *at == '.' ||
                         (*at >= '0' && *at <= '9'))) {
                break;
            }
        }
        if (*at == '\0') {
            return false;
        }
        if (*at == '%') {
            continue;
        }
        if (used == count || !takes(modifier, *at, kinds[used])) {
            return false;
        }
        ++used;
    }
    return used == count;
}

}  // namespace hal_log
}

extern "C" void esp_log_format_mismatch(void)
    __attribute__((warning("this log line's format does not fit its arguments [-Wformat]")));

#define ESP_LOG_CHECK_FORMAT(format, ...)                                                   \
    do {                                                                                    \
        if constexpr (!hal_log::fits(format, decltype(hal_log::types_of(__VA_ARGS__)){})) { \
            esp_log_format_mismatch();                                                      \
        }                                                                                   \
    } while (0)
