#include "esp_freertos_hooks.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "board/board.hpp"
#include "freertos/kernel.hpp"

namespace {

constexpr size_t HOOKS = 8;
constexpr uint32_t STACK = 4096;

template <typename Callback>
struct Hook {
    Callback function;
    UBaseType_t core;
    bool operator==(const Hook &other) const = default;
};

struct Hooks {
    std::mutex mutex;
    std::vector<Hook<esp_freertos_idle_cb_t>> idle;
    std::vector<Hook<esp_freertos_tick_cb_t>> tick;
    bool running = false;
};

Hooks &hooks() {
    static Hooks *instance = new Hooks;
    return *instance;
}

void run_hooks(void *) {
    for (;;) {
        vTaskDelay(1);
        std::unique_lock<std::mutex> lock(hooks().mutex);
        const auto idle = hooks().idle;
        const auto tick = hooks().tick;
        lock.unlock();
        for (const auto &hook : tick) {
            hook.function();
        }
        for (const auto &hook : idle) {
            hook.function();
        }
    }
}

template <typename Callback>
esp_err_t add(std::vector<Hook<Callback>> &list, Callback function, UBaseType_t core) {
    if (!function || core >= static_cast<UBaseType_t>(hal::board().profile().cores)) {
        return ESP_ERR_INVALID_ARG;
    }
    std::lock_guard<std::mutex> guard(hooks().mutex);
    const auto count = std::count_if(list.begin(), list.end(), [core](const auto &hook) { return hook.core == core; });
    if (static_cast<size_t>(count) == HOOKS) {
        return ESP_ERR_NO_MEM;
    }
    if (!hooks().running) {
        hal::create_task(run_hooks, "hooks", STACK, nullptr, tskIDLE_PRIORITY, nullptr, tskNO_AFFINITY, 0, false, true);
        hooks().running = true;
    }
    list.push_back({function, core});
    return ESP_OK;
}

template <typename Callback>
void remove(std::vector<Hook<Callback>> &list, Callback function, UBaseType_t core) {
    std::lock_guard<std::mutex> guard(hooks().mutex);
    const auto found = std::find(list.begin(), list.end(), Hook<Callback>{function, core});
    if (found != list.end()) {
        list.erase(found);
    }
}

UBaseType_t own_core() {
    return static_cast<UBaseType_t>(xPortGetCoreID());
}

UBaseType_t cores() {
    return static_cast<UBaseType_t>(hal::board().profile().cores);
}

}  // namespace

esp_err_t esp_register_freertos_idle_hook_for_cpu(esp_freertos_idle_cb_t new_idle_cb, UBaseType_t cpuid) {
    return add(hooks().idle, new_idle_cb, cpuid);
}
esp_err_t esp_register_freertos_idle_hook(esp_freertos_idle_cb_t new_idle_cb) {
    return add(hooks().idle, new_idle_cb, own_core());
}
esp_err_t esp_register_freertos_tick_hook_for_cpu(esp_freertos_tick_cb_t new_tick_cb, UBaseType_t cpuid) {
    return add(hooks().tick, new_tick_cb, cpuid);
}
esp_err_t esp_register_freertos_tick_hook(esp_freertos_tick_cb_t new_tick_cb) {
    return add(hooks().tick, new_tick_cb, own_core());
}
void esp_deregister_freertos_idle_hook_for_cpu(esp_freertos_idle_cb_t old_idle_cb, UBaseType_t cpuid) {
    remove(hooks().idle, old_idle_cb, cpuid);
}
void esp_deregister_freertos_idle_hook(esp_freertos_idle_cb_t old_idle_cb) {
    for (UBaseType_t core = 0; core < cores(); ++core) {
        remove(hooks().idle, old_idle_cb, core);
    }
}
void esp_deregister_freertos_tick_hook_for_cpu(esp_freertos_tick_cb_t old_tick_cb, UBaseType_t cpuid) {
    remove(hooks().tick, old_tick_cb, cpuid);
}
void esp_deregister_freertos_tick_hook(esp_freertos_tick_cb_t old_tick_cb) {
    for (UBaseType_t core = 0; core < cores(); ++core) {
        remove(hooks().tick, old_tick_cb, core);
    }
}
