// What the chip is, and how a program ends.
#include "esp_system.h"

#include <cstdlib>

#include "board.hpp"
#include "esp_chip_info.h"
#include "esp_heap_caps.h"
#include "esp_random.h"

void esp_chip_info(esp_chip_info_t *out_info) {
    // One core, whatever the board has: the emulated machine has no other.
    *out_info = {};
    out_info->model = hal::board.model;
    out_info->cores = 1;
}

uint32_t esp_random(void) {
    // The same numbers in each run: there is no source of noise.
    static uint32_t s_state = 0x9E3779B9;
    s_state ^= s_state << 13;
    s_state ^= s_state >> 17;
    s_state ^= s_state << 5;
    return s_state;
}

void esp_fill_random(void *buf, size_t len) {
    for (size_t i = 0; i < len; i++) {
        static_cast<uint8_t *>(buf)[i] = static_cast<uint8_t>(esp_random());
    }
}

void esp_restart(void) {
    hal::end_program(0);
}
void esp_system_abort(const char *details) {
    hal::panic("abort() was called: %s", details);
}

uint32_t esp_get_free_heap_size(void) {
    return heap_caps_get_free_size(MALLOC_CAP_DEFAULT);
}
uint32_t esp_get_free_internal_heap_size(void) {
    return heap_caps_get_free_size(MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL);
}
uint32_t esp_get_minimum_free_heap_size(void) {
    return heap_caps_get_minimum_free_size(MALLOC_CAP_DEFAULT);
}

extern "C" void abort(void) {
    hal::panic("abort() was called");
}
