#pragma once

#include <setjmp.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "board/clock.hpp"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

namespace hal {

/** One lock for everything that tasks share: objects are few and held for moments. */
using KernelLock = std::unique_lock<std::mutex>;
std::mutex &kernel_mutex();

/** Time since boot at which a wait of `ticks` from now ends: a tick's edge, as on the chip. portMAX_DELAY: never. */
int64_t deadline_of(TickType_t ticks);
int64_t tick_us();

/** Tasks that wait for one thing. It owns no memory: a task that is deleted while it waits leaves without destructors.
 */
class WaitList {
public:
    /** Blocks the calling task until it is woken or the time has come. A task that was deleted meanwhile ends here.
     * @param leaving called with `argument` before a deleted task ends: what it has left elsewhere goes with it
     * @return whether it was woken. */
    bool wait(KernelLock &lock, int64_t deadline_us, void (*leaving)(void *) = nullptr, void *argument = nullptr);

    /** Wakes the task with the highest priority, of those the one that has waited longest. */
    void wake_one();
    void wake_all();

private:
    struct Waiter {
        TaskHandle_t task;
        bool woken;
        Waiter *next;
    };
    void remove(Waiter *waiter);

    Waiter *m_first = nullptr;  // who has waited longest
};

/** Waits in `list` until `ready` holds, which is looked at whenever the list is woken. @return false when the time was
 * up. */
template <typename Ready>
bool wait_until(KernelLock &lock, WaitList &list, TickType_t ticks, Ready ready) {
    if (ready()) {
        return true;
    }
    if (ticks == 0) {
        return false;
    }
    const int64_t deadline = deadline_of(ticks);
    while (!ready()) {
        if (clock().now_us() >= deadline) {
            return false;
        }
        list.wait(lock, deadline);
    }
    return true;
}

/** The task of the calling thread. A thread that FreeRTOS did not start (main(), std::thread) gets a task of its own.
 */
TaskHandle_t current_task();

/** As xTaskCreatePinnedToCore. A system task does not keep the process alive and takes none of the board's memory. */
BaseType_t create_task(TaskFunction_t code, const char *name, uint32_t stack, void *parameters, UBaseType_t priority,
                       TaskHandle_t *created, BaseType_t core, uint32_t caps, bool on_board, bool system);

/** Returns when no task is left but system tasks and foreign threads. */
void wait_for_user_tasks();

/** Memory of the board's for a kernel object; nullptr when there is not enough. */
void *take_board_memory(size_t size, uint32_t caps);

// What the objects take on the chip, without their storage.
constexpr uint32_t TASK_BYTES = 352;
constexpr uint32_t QUEUE_BYTES = 84;
constexpr uint32_t EVENT_GROUP_BYTES = 32;
constexpr uint32_t TIMER_BYTES = 44;
constexpr uint32_t STREAM_BUFFER_BYTES = 36;
constexpr uint32_t RINGBUFFER_BYTES = 100;
constexpr uint32_t KERNEL_CAPS = MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT;

}  // namespace hal

/** Guarded by kernel_mutex(), but for what is set once. */
struct tskTaskControlBlock {
    char name[configMAX_TASK_NAME_LEN] = {};
    UBaseType_t number = 0;
    UBaseType_t priority = 0;
    BaseType_t core = 0;
    TaskFunction_t code = nullptr;
    void *parameters = nullptr;
    bool system = false;
    bool foreign = false;

    std::condition_variable cv;
    bool blocked = false;
    bool suspended = false;
    bool deleted = false;
    jmp_buf exit;

    uint32_t notify_value = 0;
    bool notify_pending = false;
    hal::WaitList notify_waiters;

    uint32_t stack_asked = 0;
    uintptr_t stack_entry = 0;    // where the task's own frames begin on the PC; 0: not measured
    uintptr_t stack_painted = 0;  // down to where the stack was painted
    void *board_memory = nullptr;
    bool stack_warned = false;
};
