#pragma once

namespace hal {

/** Ends the program as a panic ends the chip: message on the console, exit code 1. Each HAL has its own. */
[[noreturn]] void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace hal
