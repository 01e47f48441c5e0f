#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hal {

class Heap;

/** What an app does, event by event, for `fw trace`: each is a line of JSON in the form of Chrome's trace events, with
 * one write() of its own, so that of an app that ends in the middle every whole line counts.
 * Nothing is written, and almost nothing done, before open_trace(). */

/** Opens the file of --trace anew. @return empty, or why it cannot be written */
std::string open_trace(const std::string &file);
/** For tests only. */
void close_trace();
bool tracing();

/** What the calling task does from now on, until trace_end(); spans of one task nest.
 * @param arguments members of a JSON object, "" for none */
void trace_begin(const char *category, std::string_view name, const std::string &arguments = "");
void trace_end();

/** The calling thread is this task from now on; its spans lie in one that lasts as long as the task. */
void trace_task_begins(uint32_t number, const char *name, uint32_t priority, int core);
/** Ends every span that the task has left open, too. */
void trace_task_ends();

/** RAM in use, where it has changed by a page or more since it was last told. */
void trace_memory(const Heap &heap);

/** A span as long as the block it stands in. */
class TraceSpan {
public:
    TraceSpan(const char *category, std::string_view name) : m_on(tracing()) {
        if (m_on) {
            trace_begin(category, name);
        }
    }
    /** Of an access to flash. @param address of the first byte */
    TraceSpan(std::string_view name, uint64_t address, uint64_t size);
    ~TraceSpan() {
        if (m_on) {
            trace_end();
        }
    }
    TraceSpan(const TraceSpan &) = delete;
    TraceSpan &operator=(const TraceSpan &) = delete;

private:
    bool m_on;
};

}  // namespace hal
