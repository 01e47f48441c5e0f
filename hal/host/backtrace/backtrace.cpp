// What a panic prints: who called whom. Runs in signal handlers, on a board whose heap and locks may be in any state.
#include "backtrace/backtrace.hpp"

#include <dlfcn.h>
#include <link.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "esp_debug_helpers.h"

#ifdef HAL_LIBBACKTRACE
#include <backtrace.h>
#endif

#ifdef HAL_DEMANGLER
// The demangler of the C++ runtime that takes no memory: std::terminate() uses it, too.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is GCC's.
extern "C" int __gcclibcxx_demangle_callback(const char *mangled, void (*callback)(const char *, size_t, void *),
                                             void *opaque);
#endif

namespace {

constexpr size_t NAME_SIZE = 512;
constexpr size_t LONGEST_MANGLED = 2048;  // the demangler's own stack grows with it

struct Frame {
    uintptr_t pc = 0;  // within the call, not behind it
    uintptr_t sp = 0;
};

struct Frames {
    Frame list[hal::BACKTRACE_DEPTH + 16];
    int count = 0;
    bool more = false;
};

std::atomic<uintptr_t> g_base{0};  // what the program file's addresses were moved by

/** A line that is put together and written without stdio. */
struct Line {
    char text[4096];
    size_t length = 0;

    void add(const char *part, size_t size) {
        if (size > sizeof(text) - length) {
            flush();
            size = size < sizeof(text) ? size : sizeof(text);
        }
        memcpy(text + length, part, size);
        length += size;
    }
    void add(const char *part) { add(part, strlen(part)); }
    void add_number(uintptr_t value, unsigned base) {
        char digits[24];
        char *at = digits + sizeof(digits);
        do {
            *--at = "0123456789abcdef"[value % base];
            value /= base;
        } while (value != 0);
        add(at, static_cast<size_t>(digits + sizeof(digits) - at));
    }
    void add_address(uintptr_t value) {
        add("0x");
        add_number(value, 16);
    }
    void flush() {
        for (size_t done = 0; done < length;) {
            const ssize_t count = write(STDOUT_FILENO, text + done, length - done);
            if (count <= 0) {
                break;  // nobody is left to tell
            }
            done += static_cast<size_t>(count);
        }
        length = 0;
    }
};

int find_program(dl_phdr_info *info, size_t, void *) {
    g_base = info->dlpi_addr;  // the first object is the program
    return 1;
}

/** The address in the program's file, or the given one where it lies in a shared library. */
uintptr_t file_address(uintptr_t pc) {
    const uintptr_t base = g_base.load(std::memory_order_relaxed);
    Dl_info info;
    const bool found = dladdr(reinterpret_cast<void *>(pc), &info) != 0;
    return found && reinterpret_cast<uintptr_t>(info.dli_fbase) == base ? pc - base : pc;
}

_Unwind_Reason_Code take_frame(_Unwind_Context *context, void *argument) {
    auto &frames = *static_cast<Frames *>(argument);
    int before = 0;
    uintptr_t pc = _Unwind_GetIPInfo(context, &before);
    if (pc == 0) {
        return _URC_END_OF_STACK;
    }
    if (before == 0) {
        --pc;  // a return address may be the next function's
    }
    if (frames.count == static_cast<int>(sizeof(frames.list) / sizeof(frames.list[0]))) {
        frames.more = true;
        return _URC_END_OF_STACK;
    }
    frames.list[frames.count++] = {pc, _Unwind_GetCFA(context)};
    return _URC_NO_REASON;
}

/** Where a signal has interrupted the program. */
Frame interrupted_frame(const void *context) {
#if defined(__x86_64__)
    const auto &registers = static_cast<const ucontext_t *>(context)->uc_mcontext.gregs;
    return {static_cast<uintptr_t>(registers[REG_RIP]), static_cast<uintptr_t>(registers[REG_RSP])};
#elif defined(__aarch64__)
    const auto &registers = static_cast<const ucontext_t *>(context)->uc_mcontext;
    return {registers.pc, registers.sp};
#elif defined(__riscv)
    const auto &registers = static_cast<const ucontext_t *>(context)->uc_mcontext.__gregs;
    return {registers[REG_PC], registers[REG_SP]};
#else
    (void)context;
    return {};
#endif
}

/** Of a call to an address where no code is: the caller, as the call has left it. */
uintptr_t caller_of_nothing(const void *context, uintptr_t sp) {
#if defined(__aarch64__)
    (void)sp;
    return static_cast<const ucontext_t *>(context)->uc_mcontext.regs[30] - 1;
#elif defined(__riscv)
    (void)sp;
    return static_cast<const ucontext_t *>(context)->uc_mcontext.__gregs[REG_RA] - 1;
#else
    (void)context;
    uintptr_t address = 0;
    const iovec to = {&address, sizeof(address)};
    const iovec from = {reinterpret_cast<void *>(sp), sizeof(address)};
    return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == sizeof(address) ? address - 1 : 0;
#endif
}

/** Drops the panic's own calls. @return index of the first frame to show. */
int first_frame(Frames &frames, const void *begin, const void *context) {
    if (context) {
        const Frame interrupted = interrupted_frame(context);
        for (int i = 0; i < frames.count; ++i) {
            if (frames.list[i].pc == interrupted.pc) {
                return i;
            }
        }
        frames.list[0] = interrupted;
        frames.list[1] = {caller_of_nothing(context, interrupted.sp), interrupted.sp + sizeof(uintptr_t)};
        frames.count = frames.list[1].pc != 0 ? 2 : 1;
        return 0;
    }
    for (int i = 0; i < frames.count; ++i) {
        if (frames.list[i].pc + 1 == reinterpret_cast<uintptr_t>(begin)) {
            return i;
        }
    }
    return 0;
}

#ifdef HAL_LIBBACKTRACE

struct Name {
    char text[NAME_SIZE];
    size_t length = 0;
};

#ifdef HAL_DEMANGLER
void add_to_name(const char *part, size_t size, void *argument) {
    auto &name = *static_cast<Name *>(argument);
    const size_t room = sizeof(name.text) - name.length;
    size = size < room ? size : room;
    memcpy(name.text + name.length, part, size);
    name.length += size;
}
#endif

void add_function(Line &line, const char *function) {
#ifdef HAL_DEMANGLER
    Name name;
    if (strlen(function) < LONGEST_MANGLED && __gcclibcxx_demangle_callback(function, add_to_name, &name) == 0 &&
        name.length != 0) {
        line.add(name.text, name.length);
        return;
    }
#endif
    line.add(function);
}

/** Adds a path of the debug information without "./" and "folder/..". A relative one is seen from a build folder in the
 * checkout: without its leading "../" it is seen from the checkout. */
void add_path(Line &line, const char *path) {
    Name clean;
    while (strncmp(path, "../", 3) == 0) {
        path += 3;
    }
    for (const char *at = path; *at != '\0';) {
        const char *slash = strchr(at, '/');
        const size_t size = slash ? static_cast<size_t>(slash - at) + 1 : strlen(at);
        if (clean.length + size > sizeof(clean.text)) {
            line.add(path);
            return;
        }
        size_t last = clean.length;
        while (last > 1 && clean.text[last - 2] != '/') {
            --last;
        }
        last = last > 1 ? last - 1 : 0;
        const bool up = size == 3 && memcmp(at, "../", 3) == 0;
        const bool may_drop = clean.length > 1 && memcmp(clean.text + last, "../", 3) != 0;
        if (up && may_drop) {
            clean.length = last;
        } else if (!(size == 2 && memcmp(at, "./", 2) == 0)) {
            memcpy(clean.text + clean.length, at, size);
            clean.length += size;
        }
        at += size;
    }
    line.add(clean.text, clean.length);
}

/** A function of an address: the inlined ones come first, the one that was called last. */
struct Place {
    const char *file = nullptr;
    int line = 0;
    const char *function = nullptr;
};

struct Decoder {
    Line &line;
    uintptr_t pc;
    const char *symbol = nullptr;  // the called function's, with name spaces and arguments
    Place place;
    int found = 0;
};

void no_error(void *, const char *, int) {}

void take_symbol(void *argument, uintptr_t, const char *symbol, uintptr_t, uintptr_t) {
    static_cast<Decoder *>(argument)->symbol = symbol;
}

void add_place(Decoder &decoder, const char *function) {
    Line &line = decoder.line;
    if (decoder.found == 1) {
        line.add("--- ");
        line.add_address(file_address(decoder.pc));
        line.add(": ");
    } else {
        line.add("---  (inlined by) ");
    }
    add_function(line, function ? function : "??");
    line.add(" at ");
    if (decoder.place.file) {
        add_path(line, decoder.place.file);
        line.add(":");
        line.add_number(static_cast<uintptr_t>(decoder.place.line), 10);
    } else {
        line.add("??:0");
    }
    line.add("\n");
}

int take_place(void *argument, uintptr_t, const char *file, int number, const char *function) {
    auto &decoder = *static_cast<Decoder *>(argument);
    if (!file && !function) {
        return 0;
    }
    if (decoder.found != 0) {
        add_place(decoder, decoder.place.function);
    }
    ++decoder.found;
    decoder.place = {file, number, function};
    return 0;
}

std::atomic<backtrace_state *> g_state{nullptr};

void decode(Line &line, const Frame &frame) {
    backtrace_state *state = g_state.load();
    if (!state) {
        return;
    }
    Decoder decoder{line, frame.pc, nullptr, {}, 0};
    backtrace_syminfo(state, frame.pc, take_symbol, no_error, &decoder);
    backtrace_pcinfo(state, frame.pc, take_place, no_error, &decoder);
    if (decoder.found != 0 || decoder.symbol) {
        decoder.found += decoder.found == 0 ? 1 : 0;
        add_place(decoder, decoder.symbol ? decoder.symbol : decoder.place.function);
    }
    line.flush();
}

#else

void decode(Line &, const Frame &) {}

#endif

}  // namespace

namespace hal {

void prepare_backtrace() {
    dl_iterate_phdr(find_program, nullptr);
#ifdef HAL_LIBBACKTRACE
    if (!g_state.load()) {
        g_state = backtrace_create_state(nullptr, 1, no_error, nullptr);
    }
#endif
    // The unwinder's first use may take memory.
    Frames frames;
    _Unwind_Backtrace(take_frame, &frames);
}

void print_backtrace(int depth, const void *begin, const void *context) {
    use_host_files_only(true);  // the debug information is read from one
    Frames frames;
    _Unwind_Backtrace(take_frame, &frames);
    const int first = first_frame(frames, begin, context);
    const int end = frames.count - first > depth ? first + depth : frames.count;
    Line line;
    line.add("\nBacktrace:");
    for (int i = first; i < end; ++i) {
        line.add(" ");
        line.add_address(file_address(frames.list[i].pc));
        line.add(":");
        line.add_address(frames.list[i].sp);
    }
    line.add(end < frames.count || frames.more ? " |<-CONTINUES\n" : "\n");
    line.flush();
    for (int i = first; i < end; ++i) {
        decode(line, frames.list[i]);
    }
    use_host_files_only(false);
}

}  // namespace hal

esp_err_t esp_backtrace_print(int depth) {
    if (depth <= 0) {
        return ESP_ERR_INVALID_ARG;
    }
    fflush(stdout);
    hal::prepare_backtrace();
    hal::print_backtrace(depth < hal::BACKTRACE_DEPTH ? depth : hal::BACKTRACE_DEPTH, __builtin_return_address(0));
    return ESP_OK;
}
