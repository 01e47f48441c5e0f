// esp_timer_get_time() on the processor's own timer, which counts down from 24 bits and interrupts every half second.
#include <cstdint>

#include "board.hpp"
#include "esp_timer.h"

namespace {

constexpr uint32_t CONTROL = 0xE000E010;
constexpr uint32_t RELOAD = 0xE000E014;
constexpr uint32_t CURRENT = 0xE000E018;
constexpr uint32_t ENABLE = 1, INTERRUPT = 2, PROCESSOR_CLOCK = 4;
// The clock of QEMU's mps3-an547.
constexpr uint32_t CLOCK_HZ = 32000000;
constexpr uint32_t PERIOD_US = 500000;
constexpr uint32_t TICKS_PER_US = CLOCK_HZ / 1000000;
constexpr uint32_t TICKS = PERIOD_US * TICKS_PER_US;
static_assert(TICKS <= 1 << 24);

volatile uint32_t s_periods = 0;

volatile uint32_t &reg(uint32_t address) {
    return *reinterpret_cast<volatile uint32_t *>(address);
}

}  // namespace

namespace hal {

void start_timer() {
    reg(RELOAD) = TICKS - 1;
    reg(CURRENT) = 0;
    reg(CONTROL) = ENABLE | INTERRUPT | PROCESSOR_CLOCK;
    while (reg(CURRENT) == 0) {
        // The first tick takes the counter to its top.
    }
}

void on_timer() {
    s_periods = s_periods + 1;
}

}  // namespace hal

int64_t esp_timer_get_time() {
    uint32_t before, ticks;
    do {
        before = s_periods;
        ticks = TICKS - 1 - reg(CURRENT);
    } while (before != s_periods);
    return static_cast<int64_t>(before) * PERIOD_US + ticks / TICKS_PER_US;
}
