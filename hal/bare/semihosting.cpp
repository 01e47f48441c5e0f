// The way out of the emulated machine: text on the console, and the exit code.
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "board.hpp"

namespace {

constexpr int SYS_WRITE = 0x05;
constexpr int SYS_EXIT_EXTENDED = 0x20;
constexpr int SYS_OPEN = 0x01;
constexpr uint32_t STOPPED_APPLICATION_EXIT = 0x20026;
constexpr uint32_t OPEN_APPEND = 8;

int call(int operation, const void *arguments) {
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

// The name that stands for the console; opened for writing it is standard output.
int console() {
    static constexpr char name[] = ":tt";
    static const uintptr_t arguments[] = {reinterpret_cast<uintptr_t>(name), 4, sizeof(name) - 1};
    static int handle = -1;
    if (handle < 0) {
        handle = call(SYS_OPEN, arguments);
    }
    return handle;
}

}  // namespace

namespace hal {

void write_console(const char *text, size_t length) {
    const uintptr_t arguments[] = {static_cast<uintptr_t>(console()), reinterpret_cast<uintptr_t>(text), length};
    call(SYS_WRITE, arguments);
}

void end_program(int code) {
    fflush(stdout);
    const uintptr_t arguments[] = {STOPPED_APPLICATION_EXIT, static_cast<uintptr_t>(code)};
    for (;;) {
        call(SYS_EXIT_EXTENDED, arguments);
    }
}

void panic(const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("\n");
    vprintf(format, args);
    printf("\n\nThe app has ended: a chip would start anew.\n");
    va_end(args);
    end_program(1);
}

}  // namespace hal

extern "C" void hal_needs_thread(const char *what) {
    hal::panic("%s: this machine has one thread", what);
}
