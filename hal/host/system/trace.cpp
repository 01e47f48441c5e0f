#include "system/trace.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "board/clock.hpp"
#include "heap/heap.hpp"
#include "system/json_text.hpp"

namespace hal {
namespace {

// An app that never ends shall not fill the disk: about 200 MB.
constexpr uint64_t MAX_EVENTS = 1500000;
// Of threads that FreeRTOS did not start; tasks have their FreeRTOS number.
constexpr uint32_t FIRST_FOREIGN_TRACK = 100000;
constexpr size_t MEMORY_STEP = 4096;

std::atomic<int> g_file{-1};
std::atomic<uint64_t> g_events{0};
std::atomic<uint32_t> g_next_track{FIRST_FOREIGN_TRACK};
std::atomic<size_t> g_internal{0}, g_psram{0};  // in use, when last told
int64_t g_start_ns = 0;                         // CLOCK_MONOTONIC at the board's boot

thread_local uint32_t t_track = 0;

int64_t monotonic_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

// @param rest members of the event behind phase, time and track, each with its comma in front
void write_event(char phase, const std::string &rest) {
    const int file = g_file;
    if (file < 0) {
        return;
    }
    const uint64_t number = g_events++;
    if (number >= MAX_EVENTS) {
        return;
    }
    const int64_t ns = monotonic_ns() - g_start_ns;
    char head[96];
    snprintf(head, sizeof(head), "{\"ph\":\"%c\",\"ts\":%" PRId64 ".%03d,\"pid\":1,\"tid\":%" PRIu32, phase, ns / 1000,
             static_cast<int>(ns % 1000), t_track);
    std::string line = head + rest + "}\n";
    if (number + 1 == MAX_EVENTS) {
        line += "{\"ph\":\"full\"}\n";
    }
    if (write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        g_file = -1;  // a full disk: what is there counts
    }
}

void write_name(const std::string &name) {
    write_event('M', ",\"name\":\"thread_name\",\"args\":{\"name\":" + json_text(name) + "}");
}

void take_track() {
    if (t_track == 0) {
        t_track = g_next_track++;
        write_name("thread of the PC");
    }
}

std::string flash_arguments(uint64_t address, uint64_t size) {
    char text[80];
    snprintf(text, sizeof(text), "\"address\":%" PRIu64 ",\"bytes\":%" PRIu64, address, size);
    return text;
}

}  // namespace

std::string open_trace(const std::string &file) {
    close_trace();
    const int opened = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (opened < 0) {
        return "--trace " + file + ": it cannot be written: " + strerror(errno);
    }
    g_start_ns = monotonic_ns() - clock().now_us() * 1000;
    g_events = 0;
    g_file = opened;
    return "";
}

void close_trace() {
    const int file = g_file.exchange(-1);
    if (file >= 0) {
        close(file);
    }
}

bool tracing() {
    return g_file.load(std::memory_order_relaxed) >= 0;
}

void trace_begin(const char *category, std::string_view name, const std::string &arguments) {
    take_track();
    write_event('B', ",\"cat\":\"" + std::string(category) + "\",\"name\":" + json_text(name) +
                         (arguments.empty() ? "" : ",\"args\":{" + arguments + "}"));
}

void trace_end() {
    write_event('E', "");
}

void trace_task_begins(uint32_t number, const char *name, uint32_t priority, int core) {
    if (!tracing()) {
        return;
    }
    t_track = number;
    write_name(name);
    trace_begin("task", name, "\"priority\":" + std::to_string(priority) + ",\"core\":" + std::to_string(core));
}

void trace_task_ends() {
    if (tracing()) {
        write_event('e', "");
    }
}

void trace_memory(const Heap &heap) {
    if (!tracing()) {
        return;
    }
    const size_t internal = heap.total_size(MALLOC_CAP_INTERNAL) - heap.free_size(MALLOC_CAP_INTERNAL);
    const size_t psram = heap.total_size(MALLOC_CAP_SPIRAM) - heap.free_size(MALLOC_CAP_SPIRAM);
    auto moved = [](size_t now, size_t before) { return (now > before ? now - before : before - now) >= MEMORY_STEP; };
    if (!moved(internal, g_internal) && !moved(psram, g_psram)) {
        return;
    }
    g_internal = internal;
    g_psram = psram;
    char text[128];
    snprintf(text, sizeof(text), ",\"name\":\"RAM in use\",\"args\":{\"internal RAM\":%zu,\"PSRAM\":%zu}", internal,
             psram);
    take_track();
    write_event('C', text);
}

TraceSpan::TraceSpan(std::string_view name, uint64_t address, uint64_t size) : m_on(tracing()) {
    if (m_on) {
        trace_begin("flash", name, flash_arguments(address, size));
    }
}

}  // namespace hal
