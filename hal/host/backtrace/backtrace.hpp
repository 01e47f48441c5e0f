#pragma once

namespace hal {

/** Frames that a panic prints, as ESP-IDF's does. */
constexpr int BACKTRACE_DEPTH = 100;

/** Finds now what a panic would have to look for: the unwinder, the program's place in memory. */
void prepare_backtrace();

/** Writes the calls that led here to standard output, as `idf.py monitor` shows them: a line "Backtrace: PC:SP ...",
 * then function, file and line of each. Addresses are the program file's own, as addr2line takes them. Needs no memory
 * and no lock.
 * @param begin    the call that comes first: what __builtin_return_address(0) says in the function that panics;
 * nullptr: the caller
 * @param context  the ucontext_t of a signal, which then begins; nullptr: none */
void print_backtrace(int depth, const void *begin, const void *context = nullptr);

/** Whether the calling thread's files are the PC's for now: nothing is mounted for it, and no lock is taken to find
 * that out. */
void use_host_files_only(bool only);

}  // namespace hal
