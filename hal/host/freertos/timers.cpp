#include "freertos/timers.h"

#include <algorithm>
#include <vector>

#include "board/board.hpp"
#include "freertos/kernel.hpp"

struct tmrTimerControl {
    const char *name;
    TickType_t period;
    bool reload;
    void *id;
    TimerCallbackFunction_t callback;
    void *board_memory = nullptr;
    bool active = false;
    bool deleted = false;
    int64_t alarm = 0;
};

namespace {

constexpr uint32_t TASK_STACK = 2048;
constexpr UBaseType_t TASK_PRIORITY = 1;

struct Service {
    std::vector<TimerHandle_t> timers;
    hal::WaitList changed;
    bool started = false;
    TimerHandle_t running = nullptr;
};

// Never destroyed: its task runs to the end. Guarded by the kernel's lock.
Service &service() {
    static Service *instance = new Service;
    return *instance;
}

void timer_task(void *) {
    hal::KernelLock lock(hal::kernel_mutex());
    while (true) {
        TimerHandle_t next = nullptr;
        for (TimerHandle_t timer : service().timers) {
            if (timer->active && (!next || timer->alarm < next->alarm)) {
                next = timer;
            }
        }
        if (!next || next->alarm > hal::clock().now_us()) {
            service().changed.wait(lock, !next ? INT64_MAX : next->alarm);
            continue;
        }
        if (next->reload) {
            next->alarm += next->period * hal::tick_us();
        } else {
            next->active = false;
        }
        service().running = next;
        lock.unlock();
        next->callback(next);
        lock.lock();
        service().running = nullptr;
        if (next->deleted) {
            delete next;
        }
    }
}

TimerHandle_t create(const char *name, TickType_t period, BaseType_t auto_reload, void *id,
                     TimerCallbackFunction_t callback, bool on_board) {
    if (period == 0 || !callback) {
        return nullptr;
    }
    void *memory = nullptr;
    if (on_board) {
        memory = hal::take_board_memory(hal::TIMER_BYTES, hal::KERNEL_CAPS);
        if (!memory) {
            return nullptr;
        }
    }
    auto *timer = new tmrTimerControl{name, period, auto_reload != pdFALSE, id, callback};
    timer->board_memory = memory;
    hal::KernelLock lock(hal::kernel_mutex());
    service().timers.push_back(timer);
    const bool first = !service().started;
    service().started = true;
    lock.unlock();
    if (first) {
        hal::create_task(timer_task, "Tmr Svc", TASK_STACK, nullptr, TASK_PRIORITY, nullptr, tskNO_AFFINITY, 0, false,
                         true);
    }
    return timer;
}

BaseType_t start(TimerHandle_t timer) {
    hal::KernelLock lock(hal::kernel_mutex());
    timer->active = true;
    timer->alarm = (hal::clock().now_us() / hal::tick_us() + timer->period) * hal::tick_us();
    service().changed.wake_all();
    return pdPASS;
}

}  // namespace

TimerHandle_t xTimerCreate(const char *name, TickType_t period, BaseType_t auto_reload, void *id,
                           TimerCallbackFunction_t callback) {
    return create(name, period, auto_reload, id, callback, true);
}

TimerHandle_t xTimerCreateStatic(const char *name, TickType_t period, BaseType_t auto_reload, void *id,
                                 TimerCallbackFunction_t callback, StaticTimer_t *buffer) {
    return buffer ? create(name, period, auto_reload, id, callback, false) : nullptr;
}

BaseType_t xTimerStart(TimerHandle_t timer, TickType_t) {
    return start(timer);
}

BaseType_t xTimerReset(TimerHandle_t timer, TickType_t) {
    return start(timer);
}

BaseType_t xTimerStop(TimerHandle_t timer, TickType_t) {
    hal::KernelLock lock(hal::kernel_mutex());
    timer->active = false;
    return pdPASS;
}

BaseType_t xTimerChangePeriod(TimerHandle_t timer, TickType_t period, TickType_t) {
    if (period == 0) {
        return pdFAIL;
    }
    {
        hal::KernelLock lock(hal::kernel_mutex());
        timer->period = period;
    }
    return start(timer);
}

BaseType_t xTimerDelete(TimerHandle_t timer, TickType_t) {
    void *memory = timer->board_memory;
    {
        hal::KernelLock lock(hal::kernel_mutex());
        timer->active = false;
        std::erase(service().timers, timer);
        if (service().running == timer) {
            timer->deleted = true;  // the service deletes it when its callback is back
        } else {
            delete timer;
        }
    }
    heap_caps_free(memory);
    return pdPASS;
}

BaseType_t xTimerIsTimerActive(TimerHandle_t timer) {
    hal::KernelLock lock(hal::kernel_mutex());
    return timer->active ? pdTRUE : pdFALSE;
}

void *pvTimerGetTimerID(TimerHandle_t timer) {
    hal::KernelLock lock(hal::kernel_mutex());
    return timer->id;
}
void vTimerSetTimerID(TimerHandle_t timer, void *id) {
    hal::KernelLock lock(hal::kernel_mutex());
    timer->id = id;
}
const char *pcTimerGetName(TimerHandle_t timer) {
    return timer->name;  // never changes
}
TickType_t xTimerGetPeriod(TimerHandle_t timer) {
    hal::KernelLock lock(hal::kernel_mutex());
    return timer->period;
}
TickType_t xTimerGetExpiryTime(TimerHandle_t timer) {
    hal::KernelLock lock(hal::kernel_mutex());
    return static_cast<TickType_t>(timer->alarm / hal::tick_us());
}
void vTimerSetReloadMode(TimerHandle_t timer, BaseType_t auto_reload) {
    hal::KernelLock lock(hal::kernel_mutex());
    timer->reload = auto_reload != pdFALSE;
}
