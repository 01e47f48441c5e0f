#pragma once

namespace hal {

/** Prints the heap report if asked for, and ends the process. */
[[noreturn]] void end_process(int code);

/** What the run has used, as JSON, into the file that DESKBOARD_RUN_REPORT names; nothing without it. */
void write_run_report();

/** The lines a chip prints between reset and the main task. */
void print_boot_log();

/** Memory that ESP-IDF's own tasks hold once the main task runs (idle, inter-processor call, timer). */
void take_system_memory();

/** From start_app() on: app code runs, the board exists. */
bool app_is_running();

/** Brings the board up as a chip's start-up does, runs app_main() in the main task and returns when no task is left. */
void start_app(void (*app_main)());

}  // namespace hal
