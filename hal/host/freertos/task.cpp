#include "freertos/task.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "board/board.hpp"
#include "esp_log.h"
#include "esp_timer.h"
#include "freertos/idf_additions.h"
#include "freertos/kernel.hpp"
#include "system/trace.hpp"

namespace {

constexpr const char *TAG = "task";

// A thread's stack on the PC: what was asked for, with room for wider frames and the C library's own.
constexpr size_t HOST_STACK_FACTOR = 4;
constexpr size_t HOST_STACK_EXTRA = 1024 * 1024;
constexpr uint8_t PAINT = 0xA5;
// What a task uses here says little about the chip. Compiled for a 32-bit processor, this repository's functions have
// frames of about the same size (hal/README.md), but the PC's C library, its dynamic linker and kernels of wide
// registers take kilobytes that a chip does not: published apps that run on chips with 3584 bytes take up to 17.3 KB
// here. Only more than that says something.
constexpr size_t USE_FACTOR = 4;
constexpr size_t LIBRARY_STACK = 8192;
constexpr size_t SIGNAL_STACK = 65536;
constexpr size_t PAINT_GAP = 512;  // left alone below the painter's own frame

struct Kernel {
    std::mutex mutex;
    std::vector<TaskHandle_t> tasks;
    UBaseType_t next_number = 1;
    std::condition_variable ended;
};

// Never destroyed: tasks may run while the process ends.
Kernel &kernel() {
    static Kernel *instance = new Kernel;
    return *instance;
}

void forget(TaskHandle_t task) {
    auto &tasks = kernel().tasks;
    tasks.erase(std::remove(tasks.begin(), tasks.end(), task), tasks.end());
    kernel().ended.notify_all();
}

void set_name(TaskHandle_t task, const char *name) {
    snprintf(task->name, sizeof(task->name), "%s", name ? name : "");
}

// The task of a thread that was not started by create_task(); it goes with the thread.
struct ForeignTask {
    TaskHandle_t task = nullptr;
    ~ForeignTask() {
        if (task) {
            {
                hal::KernelLock lock(kernel().mutex);
                forget(task);
            }
            delete task;
        }
    }
};

thread_local TaskHandle_t t_task = nullptr;
thread_local ForeignTask t_foreign;

// Fills the part of the stack that is not in use yet. No call in here, as the callee's frame would be in the way.
__attribute__((noinline, no_sanitize("address", "undefined"))) void paint_stack(uintptr_t begin, uintptr_t end) {
    for (auto *at = reinterpret_cast<volatile uint8_t *>(begin); at != reinterpret_cast<volatile uint8_t *>(end);
         ++at) {
        *at = PAINT;
    }
}

// Writing below the stack pointer is an error to valgrind. Under it, nothing is known about the use of stacks.
bool paints_stacks() {
    static const bool paints = !getenv("DESKBOARD_NO_STACK_PAINT");
    return paints;
}

// Bytes between the task's first frame and the deepest byte that was ever written, as far as it was painted.
// Not for the sanitizers: another task's stack is looked at while that task uses it.
__attribute__((no_sanitize("address", "thread"))) size_t used_stack(const tskTaskControlBlock &task) {
    const auto *at = reinterpret_cast<const volatile uint8_t *>(task.stack_painted);
    const auto *top = reinterpret_cast<const volatile uint8_t *>(task.stack_entry);
    while (at < top && *at == PAINT) {
        ++at;
    }
    return static_cast<size_t>(top - at);
}

void warn_of_stack(TaskHandle_t task) {
#ifdef DESKBOARD_SANITIZE_ADDRESS
    (void)task;  // frames are padded: the figure says nothing
#else
    if (task->stack_entry == 0 || task->stack_warned || task->system) {
        return;
    }
    const size_t used = used_stack(*task);
    if (used > USE_FACTOR * task->stack_asked + LIBRARY_STACK) {
        task->stack_warned = true;
        ESP_LOGW(TAG,
                 "'%s' used %zu bytes of stack on this PC, an estimated %zu or more on the chip, and asked for %" PRIu32
                 ": it is likely to overflow there",
                 task->name, used, (used - LIBRARY_STACK) / USE_FACTOR, task->stack_asked);
    }
#endif
}

// Leaves the task as the chip does: nothing on its stack is destroyed.
[[noreturn]] void leave_task(hal::KernelLock &lock) {
    TaskHandle_t task = t_task;
    lock.unlock();
    lock.release();
    longjmp(task->exit, 1);
}

// Returns when the task has deleted itself or was deleted.
__attribute__((noinline)) void run_task(TaskHandle_t task) {
    if (setjmp(task->exit) != 0) {
        return;
    }
    task->code(task->parameters);
    hal::panic("FreeRTOS: FreeRTOS Task \"%s\" should not return, Aborting now!", t_task->name);
}

void *task_thread(void *argument) {
    auto *task = static_cast<TaskHandle_t>(argument);
    t_task = task;
    hal::trace_task_begins(task->number, task->name, task->priority, task->core);
    const auto entry = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    if (paints_stacks()) {
        task->stack_painted = entry - PAINT_GAP - USE_FACTOR * task->stack_asked - 2 * LIBRARY_STACK;
        paint_stack(task->stack_painted, entry - PAINT_GAP);
        task->stack_entry = entry;
    }
    // What a stack overflow is reported on.
    const auto signal_stack = std::make_unique<char[]>(SIGNAL_STACK);
    const stack_t alternative = {signal_stack.get(), 0, SIGNAL_STACK};
    stack_t before = {};
    sigaltstack(&alternative, &before);
    run_task(task);
    hal::trace_task_ends();
    sigaltstack(&before, nullptr);
    warn_of_stack(task);
    heap_caps_free(task->board_memory);
    {
        hal::KernelLock lock(kernel().mutex);
        forget(task);
    }
    delete task;
    t_task = nullptr;
    return nullptr;
}

}  // namespace

namespace hal {

std::mutex &kernel_mutex() {
    return kernel().mutex;
}

int64_t tick_us() {
    return 1000000 / deskboard_app_config.freertos_hz;
}

int64_t deadline_of(TickType_t ticks) {
    if (ticks == portMAX_DELAY) {
        return INT64_MAX;
    }
    return (esp_timer_get_time() / tick_us() + ticks) * tick_us();
}

TaskHandle_t current_task() {
    if (!t_task) {
        auto *task = new tskTaskControlBlock;
        task->foreign = true;
        task->core = tskNO_AFFINITY;
        set_name(task, "host");
        KernelLock lock(kernel().mutex);
        task->number = kernel().next_number++;
        kernel().tasks.push_back(task);
        t_task = task;
        t_foreign.task = task;
    }
    return t_task;
}

bool WaitList::wait(KernelLock &lock, int64_t deadline_us, void (*leaving)(void *), void *argument) {
    // current_task() takes the lock when the thread is new to it.
    if (!t_task) {
        lock.unlock();
        current_task();
        lock.lock();
        return true;  // whoever waits looks again
    }
    TaskHandle_t task = t_task;
    Waiter self{task, false, nullptr};
    Waiter **end = &m_first;
    while (*end) {
        end = &(*end)->next;
    }
    *end = &self;
    task->blocked = true;
    if (tracing()) {
        trace_begin("task", "waits");
    }
    while (!task->deleted && (task->suspended || (!self.woken && clock().now_us() < deadline_us))) {
        clock().wait(lock, task->cv, task->suspended ? INT64_MAX : deadline_us);
    }
    task->blocked = false;
    if (tracing()) {
        trace_end();
    }
    if (!self.woken) {
        remove(&self);
    }
    if (task->deleted) {
        if (leaving) {
            leaving(argument);
        }
        leave_task(lock);
    }
    return self.woken;
}

void WaitList::remove(Waiter *waiter) {
    Waiter **link = &m_first;
    while (*link != waiter) {
        link = &(*link)->next;
    }
    *link = waiter->next;
}

void WaitList::wake_one() {
    Waiter *chosen = m_first;
    for (Waiter *waiter = m_first; waiter; waiter = waiter->next) {
        if (waiter->task->priority > chosen->task->priority) {
            chosen = waiter;
        }
    }
    if (chosen) {
        remove(chosen);
        chosen->woken = true;
        chosen->task->cv.notify_all();
    }
}

void WaitList::wake_all() {
    while (m_first) {
        Waiter *waiter = m_first;
        m_first = waiter->next;
        waiter->woken = true;
        waiter->task->cv.notify_all();
    }
}

void *take_board_memory(size_t size, uint32_t caps) {
    return heap_caps_malloc(size, caps);
}

BaseType_t create_task(TaskFunction_t code, const char *name, uint32_t stack, void *parameters, UBaseType_t priority,
                       TaskHandle_t *created, BaseType_t core, uint32_t caps, bool on_board, bool system) {
    if (!code || (core != tskNO_AFFINITY && (core < 0 || core >= board().profile().cores))) {
        ESP_LOGE(TAG, "task '%s': no function, or no core %d", name ? name : "", core);
        return pdFAIL;
    }
    auto task = std::make_unique<tskTaskControlBlock>();
    set_name(task.get(), name);
    task->priority = std::min<UBaseType_t>(priority, configMAX_PRIORITIES - 1);
    task->core = core;
    task->code = code;
    task->parameters = parameters;
    task->system = system;
    task->stack_asked = stack;
    if (on_board) {
        task->board_memory = take_board_memory(size_t{stack} + TASK_BYTES, caps);
        if (!task->board_memory) {
            return errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY;
        }
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, stack * HOST_STACK_FACTOR + HOST_STACK_EXTRA);
    TaskHandle_t handle = task.get();
    {
        KernelLock lock(kernel().mutex);
        task->number = kernel().next_number++;
        kernel().tasks.push_back(handle);
        if (created) {
            *created = handle;  // before the task runs: it may look
        }
    }
    pthread_t thread;
    const int error = pthread_create(&thread, &attributes, task_thread, handle);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        ESP_LOGE(TAG, "task '%s': the PC gives no thread: %s", handle->name, strerror(error));
        KernelLock lock(kernel().mutex);
        forget(handle);
        lock.unlock();
        heap_caps_free(task->board_memory);
        return errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY;
    }
    static_cast<void>(task.release());  // the thread deletes it
    return pdPASS;
}

void wait_for_user_tasks() {
    KernelLock lock(kernel().mutex);
    kernel().ended.wait(lock, [] {
        return std::all_of(kernel().tasks.begin(), kernel().tasks.end(),
                           [](TaskHandle_t task) { return task->system || task->foreign; });
    });
}

}  // namespace hal

BaseType_t xTaskCreate(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE stack_depth, void *parameters,
                       UBaseType_t priority, TaskHandle_t *created_task) {
    return hal::create_task(code, name, stack_depth, parameters, priority, created_task, tskNO_AFFINITY,
                            hal::KERNEL_CAPS, true, false);
}

BaseType_t xTaskCreatePinnedToCore(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE stack_depth,
                                   void *parameters, UBaseType_t priority, TaskHandle_t *created_task,
                                   BaseType_t core_id) {
    return hal::create_task(code, name, stack_depth, parameters, priority, created_task, core_id, hal::KERNEL_CAPS,
                            true, false);
}

BaseType_t xTaskCreatePinnedToCoreWithCaps(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE stack_depth,
                                           void *parameters, UBaseType_t priority, TaskHandle_t *created_task,
                                           BaseType_t core_id, UBaseType_t caps) {
    return hal::create_task(code, name, stack_depth, parameters, priority, created_task, core_id, caps, true, false);
}

BaseType_t xTaskCreateWithCaps(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE stack_depth,
                               void *parameters, UBaseType_t priority, TaskHandle_t *created_task, UBaseType_t caps) {
    return xTaskCreatePinnedToCoreWithCaps(code, name, stack_depth, parameters, priority, created_task, tskNO_AFFINITY,
                                           caps);
}

TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t code, const char *name, uint32_t stack_depth,
                                           void *parameters, UBaseType_t priority, StackType_t *stack_buffer,
                                           StaticTask_t *task_buffer, BaseType_t core_id) {
    if (!stack_buffer || !task_buffer) {
        ESP_LOGE(TAG, "static task '%s': no memory was given", name ? name : "");
        return nullptr;
    }
    TaskHandle_t created = nullptr;
    hal::create_task(code, name, stack_depth, parameters, priority, &created, core_id, 0, false, false);
    return created;
}

TaskHandle_t xTaskCreateStatic(TaskFunction_t code, const char *name, uint32_t stack_depth, void *parameters,
                               UBaseType_t priority, StackType_t *stack_buffer, StaticTask_t *task_buffer) {
    return xTaskCreateStaticPinnedToCore(code, name, stack_depth, parameters, priority, stack_buffer, task_buffer,
                                         tskNO_AFFINITY);
}

void vTaskDelete(TaskHandle_t task) {
    TaskHandle_t self = hal::current_task();
    hal::KernelLock lock(kernel().mutex);
    if (!task || task == self) {
        if (self->foreign) {
            lock.unlock();
            hal::panic("vTaskDelete(NULL) outside of a FreeRTOS task");
        }
        leave_task(lock);
    }
    if (!task->foreign) {
        task->deleted = true;
        task->cv.notify_all();
    }
}

void vTaskDeleteWithCaps(TaskHandle_t task) {
    vTaskDelete(task);
}

void vTaskDelay(TickType_t ticks) {
    hal::current_task();
    if (ticks == 0) {
        vPortYield();
        return;
    }
    const int64_t deadline = hal::deadline_of(ticks);
    hal::KernelLock lock(kernel().mutex);
    hal::WaitList nobody;
    while (hal::clock().now_us() < deadline) {
        nobody.wait(lock, deadline);
    }
}

BaseType_t xTaskDelayUntil(TickType_t *previous_wake_time, TickType_t increment) {
    hal::current_task();
    const TickType_t wake = *previous_wake_time + increment;
    *previous_wake_time = wake;
    const auto left = static_cast<int32_t>(wake - xTaskGetTickCount());
    if (left <= 0) {
        return pdFALSE;
    }
    vTaskDelay(static_cast<TickType_t>(left));
    return pdTRUE;
}

void vTaskSuspend(TaskHandle_t task) {
    TaskHandle_t self = hal::current_task();
    hal::KernelLock lock(kernel().mutex);
    if (task && task != self) {
        task->suspended = true;  // it stops at its next FreeRTOS call
        return;
    }
    self->suspended = true;
    hal::WaitList nobody;
    nobody.wait(lock, 0);
}

void vTaskResume(TaskHandle_t task) {
    hal::KernelLock lock(kernel().mutex);
    task->suspended = false;
    task->cv.notify_all();
}

UBaseType_t uxTaskPriorityGet(TaskHandle_t task) {
    TaskHandle_t self = hal::current_task();
    hal::KernelLock lock(kernel().mutex);
    return (task ? task : self)->priority;
}

void vTaskPrioritySet(TaskHandle_t task, UBaseType_t priority) {
    TaskHandle_t self = hal::current_task();
    hal::KernelLock lock(kernel().mutex);
    (task ? task : self)->priority = std::min<UBaseType_t>(priority, configMAX_PRIORITIES - 1);
}

eTaskState eTaskGetState(TaskHandle_t task) {
    TaskHandle_t self = hal::current_task();
    hal::KernelLock lock(kernel().mutex);
    const auto &tasks = kernel().tasks;
    if (std::find(tasks.begin(), tasks.end(), task) == tasks.end() || task->deleted) {
        return eDeleted;
    }
    if (task == self) {
        return eRunning;
    }
    return task->suspended ? eSuspended : task->blocked ? eBlocked : eReady;
}

TickType_t xTaskGetTickCount(void) {
    return static_cast<TickType_t>(esp_timer_get_time() / hal::tick_us());
}

TickType_t xTaskGetTickCountFromISR(void) {
    return xTaskGetTickCount();
}

UBaseType_t uxTaskGetNumberOfTasks(void) {
    hal::KernelLock lock(kernel().mutex);
    return static_cast<UBaseType_t>(kernel().tasks.size());
}

TaskHandle_t xTaskGetCurrentTaskHandle(void) {
    return hal::current_task();
}

TaskHandle_t xTaskGetCurrentTaskHandleForCore(BaseType_t core_id) {
    return core_id == xPortGetCoreID() ? hal::current_task() : nullptr;
}

TaskHandle_t xTaskGetIdleTaskHandle(void) {
    return nullptr;
}

TaskHandle_t xTaskGetHandle(const char *name) {
    hal::KernelLock lock(kernel().mutex);
    for (TaskHandle_t task : kernel().tasks) {
        if (!task->deleted && strcmp(task->name, name) == 0) {
            return task;
        }
    }
    return nullptr;
}

char *pcTaskGetName(TaskHandle_t task) {
    return (task ? task : hal::current_task())->name;
}

BaseType_t xTaskGetCoreID(TaskHandle_t task) {
    return (task ? task : hal::current_task())->core;
}

BaseType_t xTaskGetAffinity(TaskHandle_t task) {
    return xTaskGetCoreID(task);
}

BaseType_t xTaskGetSchedulerState(void) {
    return taskSCHEDULER_RUNNING;
}

// Tasks run on threads of their own: holding the others back would take more than it gives. Portable code that needs
// exclusion takes a critical section or a mutex.
void vTaskSuspendAll(void) {}

BaseType_t xTaskResumeAll(void) {
    return pdFALSE;
}

UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task) {
    if (!task) {
        task = hal::current_task();
    }
    if (task->stack_entry == 0) {
        return task->stack_asked;
    }
    warn_of_stack(task);
    const size_t used = used_stack(*task);
    return used < task->stack_asked ? static_cast<UBaseType_t>(task->stack_asked - used) : 0;
}

uint8_t *pxTaskGetStackStart(TaskHandle_t task) {
    return static_cast<uint8_t *>((task ? task : hal::current_task())->board_memory);
}

void vTaskList(char *buffer) {
    TaskHandle_t self = hal::current_task();
    hal::KernelLock lock(kernel().mutex);
    for (TaskHandle_t task : kernel().tasks) {
        const char state = task == self ? 'X' : task->suspended ? 'S' : task->blocked ? 'B' : 'R';
        const size_t used = task->stack_entry != 0 ? used_stack(*task) : 0;
        const size_t left = used < task->stack_asked ? task->stack_asked - used : 0;
        buffer += sprintf(buffer, "%-15s\t%c\t%u\t%zu\t%u\t%d\r\n", task->name, state, task->priority, left,
                          task->number, task->core == tskNO_AFFINITY ? -1 : task->core);
    }
    *buffer = '\0';
}

BaseType_t xTaskGenericNotify(TaskHandle_t task, UBaseType_t, uint32_t value, eNotifyAction action,
                              uint32_t *previous_value) {
    hal::KernelLock lock(kernel().mutex);
    if (previous_value) {
        *previous_value = task->notify_value;
    }
    const bool was_pending = task->notify_pending;
    switch (action) {
        case eSetBits:
            task->notify_value |= value;
            break;
        case eIncrement:
            ++task->notify_value;
            break;
        case eSetValueWithOverwrite:
            task->notify_value = value;
            break;
        case eSetValueWithoutOverwrite:
            if (was_pending) {
                return pdFAIL;
            }
            task->notify_value = value;
            break;
        case eNoAction:
            break;
    }
    task->notify_pending = true;
    task->notify_waiters.wake_all();
    return pdPASS;
}

BaseType_t xTaskGenericNotifyWait(UBaseType_t, uint32_t clear_on_entry, uint32_t clear_on_exit, uint32_t *value,
                                  TickType_t ticks) {
    TaskHandle_t self = hal::current_task();
    const int64_t deadline = hal::deadline_of(ticks);
    hal::KernelLock lock(kernel().mutex);
    if (!self->notify_pending) {
        self->notify_value &= ~clear_on_entry;
    }
    while (!self->notify_pending && ticks != 0 && hal::clock().now_us() < deadline) {
        self->notify_waiters.wait(lock, deadline);
    }
    if (value) {
        *value = self->notify_value;
    }
    if (!self->notify_pending) {
        return pdFALSE;
    }
    self->notify_value &= ~clear_on_exit;
    self->notify_pending = false;
    return pdTRUE;
}

uint32_t ulTaskGenericNotifyTake(UBaseType_t, BaseType_t clear_on_exit, TickType_t ticks) {
    TaskHandle_t self = hal::current_task();
    const int64_t deadline = hal::deadline_of(ticks);
    hal::KernelLock lock(kernel().mutex);
    while (self->notify_value == 0 && ticks != 0 && hal::clock().now_us() < deadline) {
        self->notify_waiters.wait(lock, deadline);
    }
    const uint32_t value = self->notify_value;
    if (value != 0) {
        self->notify_value = clear_on_exit != pdFALSE ? 0 : value - 1;
    }
    self->notify_pending = false;
    return value;
}

BaseType_t xTaskGenericNotifyStateClear(TaskHandle_t task, UBaseType_t) {
    TaskHandle_t self = hal::current_task();
    hal::KernelLock lock(kernel().mutex);
    if (!task) {
        task = self;
    }
    const bool was_pending = task->notify_pending;
    task->notify_pending = false;
    return was_pending ? pdTRUE : pdFALSE;
}

uint32_t ulTaskGenericNotifyValueClear(TaskHandle_t task, UBaseType_t, uint32_t bits) {
    TaskHandle_t self = hal::current_task();
    hal::KernelLock lock(kernel().mutex);
    if (!task) {
        task = self;
    }
    const uint32_t value = task->notify_value;
    task->notify_value &= ~bits;
    return value;
}
