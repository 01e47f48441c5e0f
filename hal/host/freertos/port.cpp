#include <sched.h>

#include <atomic>

#include "board/board.hpp"
#include "freertos/FreeRTOS.h"
#include "freertos/kernel.hpp"
#include "freertos/portmacro.h"
#include "freertos/projdefs.h"

namespace {

// A number for each thread, never portMUX_FREE_VAL.
uint32_t thread_number() {
    static std::atomic<uint32_t> next{1};
    static thread_local const uint32_t own = next.fetch_add(1);
    return own;
}

}  // namespace

void spinlock_initialize(portMUX_TYPE *mux) {
    mux->owner = portMUX_FREE_VAL;
    mux->count = 0;
}

BaseType_t xPortTryEnterCritical(portMUX_TYPE *mux, int timeout) {
    std::atomic_ref<uint32_t> owner(mux->owner);
    const uint32_t self = thread_number();
    if (owner.load(std::memory_order_relaxed) == self) {
        ++mux->count;
        return pdTRUE;
    }
    const int64_t deadline = timeout > 0 ? hal::clock().now_us() + timeout : 0;  // the chip counts cycles
    uint32_t expected = portMUX_FREE_VAL;
    while (!owner.compare_exchange_weak(expected, self, std::memory_order_acquire)) {
        if (timeout == portMUX_TRY_LOCK && expected != portMUX_FREE_VAL) {
            return pdFALSE;
        }
        if (timeout > 0 && hal::clock().now_us() > deadline) {
            return pdFALSE;
        }
        expected = portMUX_FREE_VAL;
        sched_yield();
    }
    mux->count = 1;
    return pdTRUE;
}

void vPortEnterCritical(portMUX_TYPE *mux) {
    xPortTryEnterCritical(mux, portMUX_NO_TIMEOUT);
}

void vPortExitCritical(portMUX_TYPE *mux) {
    std::atomic_ref<uint32_t> owner(mux->owner);
    if (owner.load(std::memory_order_relaxed) != thread_number()) {
        hal::panic("assert failed: spinlock_release: a task leaves a critical section that it is not in");
    }
    if (--mux->count == 0) {
        owner.store(portMUX_FREE_VAL, std::memory_order_release);
    }
}

BaseType_t xPortInIsrContext(void) {
    return pdFALSE;
}

BaseType_t xPortGetCoreID(void) {
    const BaseType_t core = hal::current_task()->core;
    return core == tskNO_AFFINITY ? 0 : core;
}

bool xPortCanYield(void) {
    return true;
}

void vPortYield(void) {
    sched_yield();
}

void *pvPortMalloc(size_t size) {
    return heap_caps_malloc(size, hal::KERNEL_CAPS);
}

void vPortFree(void *ptr) {
    heap_caps_free(ptr);
}
