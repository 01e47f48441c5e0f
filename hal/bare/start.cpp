// From reset to app_main(): vectors, clearing of memory, constructors.
#include <cstdint>
#include <cstring>
#include <new>

#include "board.hpp"
#include "esp_heap_caps.h"
#include "esp_idf_version.h"
#include "esp_log.h"

extern "C" {
extern uint8_t hal_bss_start[];
extern uint8_t hal_bss_end[];
extern uint8_t hal_stack_end[];
void __libc_init_array(void);
void hal_reset(void);
void app_main(void);
// crt0's, called by __libc_init_array().
void _init(void) {}
void _fini(void) {}
}

namespace {

volatile uint32_t &reg(uint32_t address) {
    return *reinterpret_cast<volatile uint32_t *>(address);
}

constexpr uint32_t COPROCESSOR_ACCESS = 0xE000ED88;
constexpr uint32_t FAULT_STATUS = 0xE000ED28;
constexpr uint32_t FAULT_ADDRESS = 0xE000ED38;
constexpr uint32_t FPU_ENABLED = 0xFu << 20;

void on_fault() {
    hal::panic("Guru Meditation Error: panic'ed (fault status %08lx, address %08lx)",
               static_cast<unsigned long>(reg(FAULT_STATUS)), static_cast<unsigned long>(reg(FAULT_ADDRESS)));
}

void on_memory_used_up() {
    hal::panic("operator new: the board's memory is used up: %zu bytes free, largest free block %zu",
               heap_caps_get_free_size(MALLOC_CAP_DEFAULT), heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT));
}

[[noreturn]] void run() {
    std::set_new_handler(on_memory_used_up);
    __libc_init_array();
    hal::start_timer();
    ESP_LOGI("app_init", "Project name:     %s", hal::board.app);
    ESP_LOGI("app_init", "Board:            %s, memory only; Cortex-M in QEMU", hal::board.name);
    ESP_LOGI("app_init", "ESP-IDF:          %s", esp_get_idf_version());
    for (size_t i = 0; i < hal::board.ram_count; i++) {
        const hal::Ram &ram = hal::board.ram[i];
        ESP_LOGI("heap_init", "%s: %zu KiB", ram.name, ram.size / 1024);
    }
    ESP_LOGI("main_task", "Calling app_main()");
    app_main();
    ESP_LOGI("main_task", "Returned from app_main()");
    hal::end_program(0);
}

using Handler = void (*)();

// The stack, then the exceptions 1 to 15.
struct Vectors {
    uint8_t *stack;
    Handler handlers[15];
};

[[gnu::section(".vectors"), gnu::used]] const Vectors s_vectors = {
    hal_stack_end,
    {hal_reset, on_fault, on_fault, on_fault, on_fault, on_fault, on_fault, on_fault, on_fault, on_fault, on_fault,
     on_fault, on_fault, on_fault, hal::on_timer},
};

}  // namespace

void hal_reset() {
    reg(COPROCESSOR_ACCESS) = reg(COPROCESSOR_ACCESS) | FPU_ENABLED;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    std::memset(hal_bss_start, 0, static_cast<size_t>(hal_bss_end - hal_bss_start));
    run();
}
