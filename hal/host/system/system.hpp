#pragma once

namespace hal {

/// Prints the heap report if asked for, and ends the process.
void end_process(int code);

/// The lines a chip prints between reset and the main task.
void print_boot_log();

/// Memory that ESP-IDF's own tasks hold once the main task runs (idle, inter-processor call, timer).
void take_system_memory();

}  // namespace hal
