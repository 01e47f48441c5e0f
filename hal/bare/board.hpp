#pragma once

#include <cstddef>
#include <cstdint>

#include "esp_chip_info.h"
#include "panic.hpp"

namespace hal {

/** A piece of the board's RAM, for the heap. */
struct Ram {
    const char *name;
    uint8_t *begin;
    size_t size;
    uint32_t caps;  ///< MALLOC_CAP_*
};

/** What the program knows of its board: written by tools/fw/bare_board.py from boards/<board>/board.toml. */
struct Board {
    const char *app;
    const char *name;
    esp_chip_model_t model;
    const Ram *ram;  ///< in the order of the board's profile, PSRAM last
    size_t ram_count;
    size_t malloc_always_internal;  ///< malloc() of more takes PSRAM first
};
extern const Board board;

/** The line behind the last one: nothing runs after it. */
[[noreturn]] void end_program(int code);

/** To the console of the machine that runs the emulator. */
void write_console(const char *text, size_t length);

/** Begins to count; the interrupt of the timer. */
void start_timer();
void on_timer();

}  // namespace hal
