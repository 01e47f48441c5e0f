#include "esp_task_wdt.h"

#include <algorithm>
#include <string>
#include <vector>

#include "board/board.hpp"
#include "esp_log.h"
#include "freertos/kernel.hpp"

struct esp_task_wdt_user_handle_s {
    TaskHandle_t task;  // nullptr: a user that is no task
    std::string name;
    int64_t reset_at;
};

namespace {

constexpr const char *TAG = "task_wdt";

struct Watchdog {
    bool running = false;
    bool started = false;  // its thread
    int64_t timeout_us = 0;
    bool panic = false;
    int64_t told_at = 0;
    std::vector<esp_task_wdt_user_handle_t> users;
    hal::WaitList changed;
};

// Guarded by the kernel's lock; never destroyed.
Watchdog &watchdog() {
    static Watchdog *instance = new Watchdog;
    return *instance;
}

esp_task_wdt_user_handle_t find(TaskHandle_t task) {
    for (esp_task_wdt_user_handle_t user : watchdog().users) {
        if (user->task == task) {
            return user;
        }
    }
    return nullptr;
}

void tell(const std::vector<std::string> &late, bool panic) {
    ESP_LOGE(TAG, "Task watchdog got triggered. The following tasks/users did not reset the watchdog in time:");
    for (const std::string &name : late) {
        ESP_LOGE(TAG, " - %s", name.c_str());
    }
    if (panic) {
        hal::panic("task_wdt: Aborting.");
    }
}

void watchdog_task(void *) {
    hal::KernelLock lock(hal::kernel_mutex());
    Watchdog &dog = watchdog();
    while (true) {
        int64_t next = INT64_MAX;
        std::vector<std::string> late;
        const int64_t now = hal::clock().now_us();
        if (dog.running) {
            for (esp_task_wdt_user_handle_t user : dog.users) {
                const int64_t due = std::max(user->reset_at, dog.told_at) + dog.timeout_us;
                if (due <= now) {
                    late.push_back(user->name);
                } else {
                    next = std::min(next, due);
                }
            }
        }
        if (late.empty()) {
            dog.changed.wait(lock, next);
            continue;
        }
        dog.told_at = now;
        const bool panic = dog.panic;
        lock.unlock();
        tell(late, panic);
        lock.lock();
    }
}

esp_err_t add(TaskHandle_t task, const std::string &name, esp_task_wdt_user_handle_t *out) {
    hal::KernelLock lock(hal::kernel_mutex());
    Watchdog &dog = watchdog();
    if (!dog.running) {
        return ESP_ERR_INVALID_STATE;
    }
    if (task && find(task)) {
        return ESP_ERR_INVALID_ARG;
    }
    auto *user = new esp_task_wdt_user_handle_s{task, name, hal::clock().now_us()};
    dog.users.push_back(user);
    if (out) {
        *out = user;
    }
    const bool first = !dog.started;
    dog.started = true;
    dog.changed.wake_all();
    lock.unlock();
    if (first) {
        hal::create_task(watchdog_task, "task_wdt", 4096, nullptr, configMAX_PRIORITIES - 1, nullptr, tskNO_AFFINITY, 0,
                         false, true);
    }
    return ESP_OK;
}

esp_err_t remove(esp_task_wdt_user_handle_t user) {
    Watchdog &dog = watchdog();
    if (!dog.running) {
        return ESP_ERR_INVALID_STATE;
    }
    if (!user || std::erase(dog.users, user) == 0) {
        return ESP_ERR_NOT_FOUND;
    }
    delete user;
    return ESP_OK;
}

esp_err_t reset(esp_task_wdt_user_handle_t user) {
    const Watchdog &dog = watchdog();
    if (!dog.running) {
        return ESP_ERR_INVALID_STATE;
    }
    if (!user || std::find(dog.users.begin(), dog.users.end(), user) == dog.users.end()) {
        return ESP_ERR_NOT_FOUND;
    }
    user->reset_at = hal::clock().now_us();
    return ESP_OK;
}

void apply(const esp_task_wdt_config_t &config) {
    watchdog().timeout_us = int64_t{config.timeout_ms} * 1000;
    watchdog().panic = config.trigger_panic;
    watchdog().changed.wake_all();
}

}  // namespace

esp_err_t esp_task_wdt_init(const esp_task_wdt_config_t *config) {
    if (!config || config->timeout_ms == 0) {
        return ESP_ERR_INVALID_ARG;
    }
    hal::KernelLock lock(hal::kernel_mutex());
    if (watchdog().running) {
        return ESP_ERR_INVALID_STATE;
    }
    watchdog().running = true;
    apply(*config);
    return ESP_OK;
}

esp_err_t esp_task_wdt_reconfigure(const esp_task_wdt_config_t *config) {
    if (!config || config->timeout_ms == 0) {
        return ESP_ERR_INVALID_ARG;
    }
    hal::KernelLock lock(hal::kernel_mutex());
    if (!watchdog().running) {
        return ESP_ERR_INVALID_STATE;
    }
    apply(*config);
    return ESP_OK;
}

esp_err_t esp_task_wdt_deinit(void) {
    hal::KernelLock lock(hal::kernel_mutex());
    if (!watchdog().running || !watchdog().users.empty()) {
        return ESP_ERR_INVALID_STATE;
    }
    watchdog().running = false;
    return ESP_OK;
}

esp_err_t esp_task_wdt_add(TaskHandle_t task_handle) {
    TaskHandle_t task = task_handle ? task_handle : hal::current_task();
    std::string name = pcTaskGetName(task);
    const BaseType_t core = xTaskGetCoreID(task);
    name += core == tskNO_AFFINITY ? " (CPU 0/1)" : " (CPU " + std::to_string(core) + ")";
    return add(task, name, nullptr);
}

esp_err_t esp_task_wdt_add_user(const char *user_name, esp_task_wdt_user_handle_t *user_handle_ret) {
    if (!user_name || !user_handle_ret) {
        return ESP_ERR_INVALID_ARG;
    }
    return add(nullptr, user_name, user_handle_ret);
}

esp_err_t esp_task_wdt_reset(void) {
    TaskHandle_t self = hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    return reset(find(self));
}

esp_err_t esp_task_wdt_reset_user(esp_task_wdt_user_handle_t user_handle) {
    hal::KernelLock lock(hal::kernel_mutex());
    return reset(user_handle);
}

esp_err_t esp_task_wdt_delete(TaskHandle_t task_handle) {
    TaskHandle_t task = task_handle ? task_handle : hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    return remove(find(task));
}

esp_err_t esp_task_wdt_delete_user(esp_task_wdt_user_handle_t user_handle) {
    hal::KernelLock lock(hal::kernel_mutex());
    return remove(user_handle);
}

esp_err_t esp_task_wdt_status(TaskHandle_t task_handle) {
    TaskHandle_t task = task_handle ? task_handle : hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    if (!watchdog().running) {
        return ESP_ERR_INVALID_STATE;
    }
    return find(task) ? ESP_OK : ESP_ERR_NOT_FOUND;
}
