#include <algorithm>
#include <cinttypes>
#include <cstring>
#include <string>
#include <vector>

#include "board/board.hpp"
#include "esp_timer.h"
#include "freertos/kernel.hpp"

struct esp_timer {
    esp_timer_cb_t callback;
    void *arg;
    std::string name;
    bool skip_unhandled;
    bool active = false;
    bool deleted = false;
    uint64_t period = 0;  // 0: one shot
    int64_t alarm = 0;
    uint64_t fired = 0;
};

namespace {

constexpr uint32_t TASK_STACK = 4096;
constexpr UBaseType_t TASK_PRIORITY = 22;
constexpr uint64_t SHORTEST_PERIOD = 50;  // the chip's limit

struct Service {
    std::vector<esp_timer_handle_t> timers;
    hal::WaitList changed;
    bool started = false;
    esp_timer_handle_t running = nullptr;  // whose callback runs
};

// Never destroyed: its task runs to the end. Guarded by the kernel's lock.
Service &service() {
    static Service *instance = new Service;
    return *instance;
}

esp_timer_handle_t next_timer() {
    esp_timer_handle_t next = nullptr;
    for (esp_timer_handle_t timer : service().timers) {
        if (timer->active && (!next || timer->alarm < next->alarm)) {
            next = timer;
        }
    }
    return next;
}

void timer_task(void *) {
    hal::KernelLock lock(hal::kernel_mutex());
    while (true) {
        esp_timer_handle_t timer = next_timer();
        const int64_t now = hal::clock().now_us();
        if (!timer || timer->alarm > now) {
            service().changed.wait(lock, !timer ? INT64_MAX : timer->alarm);
            continue;
        }
        if (timer->period == 0) {
            timer->active = false;
        } else {
            const auto period = static_cast<int64_t>(timer->period);
            timer->alarm += period;
            if (timer->skip_unhandled && timer->alarm <= now) {
                timer->alarm += (now - timer->alarm) / period * period + period;
            }
        }
        ++timer->fired;
        service().running = timer;
        lock.unlock();
        timer->callback(timer->arg);
        lock.lock();
        service().running = nullptr;
        if (timer->deleted) {
            delete timer;
        }
    }
}

esp_err_t start(esp_timer_handle_t timer, uint64_t delay_us, uint64_t period) {
    if (!timer) {
        return ESP_ERR_INVALID_ARG;
    }
    hal::KernelLock lock(hal::kernel_mutex());
    if (timer->active) {
        return ESP_ERR_INVALID_STATE;
    }
    timer->active = true;
    timer->period = period;
    timer->alarm = hal::clock().now_us() + static_cast<int64_t>(std::min<uint64_t>(delay_us, INT64_MAX / 2));
    const bool first = !service().started;
    service().started = true;
    service().changed.wake_all();
    lock.unlock();
    if (first) {
        hal::create_task(timer_task, "esp_timer", TASK_STACK, nullptr, TASK_PRIORITY, nullptr, 0, 0, false, true);
    }
    return ESP_OK;
}

}  // namespace

// The service starts with its first timer; these are what firmware may call by itself.
esp_err_t esp_timer_early_init(void) {
    return ESP_OK;
}
esp_err_t esp_timer_init(void) {
    return ESP_ERR_INVALID_STATE;
}
esp_err_t esp_timer_deinit(void) {
    return ESP_ERR_INVALID_STATE;
}

esp_err_t esp_timer_create(const esp_timer_create_args_t *create_args, esp_timer_handle_t *out_handle) {
    if (!create_args || !create_args->callback || !out_handle || create_args->dispatch_method < 0 ||
        create_args->dispatch_method >= ESP_TIMER_MAX) {
        return ESP_ERR_INVALID_ARG;
    }
    auto *timer = new esp_timer{create_args->callback, create_args->arg, create_args->name ? create_args->name : "",
                                create_args->skip_unhandled_events};
    hal::KernelLock lock(hal::kernel_mutex());
    service().timers.push_back(timer);
    *out_handle = timer;
    return ESP_OK;
}

esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t timeout_us) {
    return start(timer, timeout_us, 0);
}

esp_err_t esp_timer_start_periodic(esp_timer_handle_t timer, uint64_t period_us) {
    const uint64_t period = std::max(period_us, SHORTEST_PERIOD);
    return start(timer, period, period);
}

esp_err_t esp_timer_restart(esp_timer_handle_t timer, uint64_t timeout_us) {
    if (!timer) {
        return ESP_ERR_INVALID_ARG;
    }
    hal::KernelLock lock(hal::kernel_mutex());
    if (!timer->active) {
        return ESP_ERR_INVALID_STATE;
    }
    if (timer->period != 0) {
        timer->period = std::max(timeout_us, SHORTEST_PERIOD);
    }
    timer->alarm = hal::clock().now_us() + static_cast<int64_t>(std::min<uint64_t>(timeout_us, INT64_MAX / 2));
    service().changed.wake_all();
    return ESP_OK;
}

esp_err_t esp_timer_stop(esp_timer_handle_t timer) {
    if (!timer) {
        return ESP_ERR_INVALID_ARG;
    }
    hal::KernelLock lock(hal::kernel_mutex());
    if (!timer->active) {
        return ESP_ERR_INVALID_STATE;
    }
    timer->active = false;
    return ESP_OK;
}

esp_err_t esp_timer_delete(esp_timer_handle_t timer) {
    if (!timer) {
        return ESP_ERR_INVALID_ARG;
    }
    hal::KernelLock lock(hal::kernel_mutex());
    if (timer->active) {
        return ESP_ERR_INVALID_STATE;
    }
    std::erase(service().timers, timer);
    if (service().running == timer) {
        timer->deleted = true;  // the service deletes it when its callback is back
    } else {
        delete timer;
    }
    return ESP_OK;
}

bool esp_timer_is_active(esp_timer_handle_t timer) {
    if (!timer) {
        return false;
    }
    hal::KernelLock lock(hal::kernel_mutex());
    return timer->active;
}

esp_err_t esp_timer_get_period(esp_timer_handle_t timer, uint64_t *period) {
    if (!timer || !period) {
        return ESP_ERR_INVALID_ARG;
    }
    hal::KernelLock lock(hal::kernel_mutex());
    *period = timer->period;
    return ESP_OK;
}

esp_err_t esp_timer_get_expiry_time(esp_timer_handle_t timer, uint64_t *expiry) {
    if (!timer || !expiry) {
        return ESP_ERR_INVALID_ARG;
    }
    hal::KernelLock lock(hal::kernel_mutex());
    if (timer->period != 0) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    *expiry = static_cast<uint64_t>(timer->alarm);
    return ESP_OK;
}

int64_t esp_timer_get_time(void) {
    return hal::clock().now_us();
}

int64_t esp_timer_get_next_alarm(void) {
    hal::KernelLock lock(hal::kernel_mutex());
    const esp_timer *timer = next_timer();
    return timer ? timer->alarm : INT64_MAX;
}

esp_err_t esp_timer_dump(FILE *stream) {
    hal::KernelLock lock(hal::kernel_mutex());
    fprintf(stream, "%-20s %12s %12s %8s\n", "Name", "Period", "Alarm", "Fired");
    for (const esp_timer *timer : service().timers) {
        fprintf(stream, "%-20s %12" PRIu64 " %12" PRId64 " %8" PRIu64 "\n", timer->name.c_str(), timer->period,
                timer->active ? timer->alarm : 0, timer->fired);
    }
    return ESP_OK;
}
