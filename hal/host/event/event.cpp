#include "esp_event.h"

#include <algorithm>
#include <atomic>
#include <cinttypes>
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include "board/board.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "freertos/kernel.hpp"
#include "freertos/queue.h"
#include "freertos/semphr.h"

namespace {

constexpr const char *TAG = "event";
constexpr int32_t DEFAULT_QUEUE = 32;
constexpr uint32_t DEFAULT_STACK = 2304;
constexpr UBaseType_t DEFAULT_PRIORITY = 20;

struct Event {
    esp_event_base_t base;
    int32_t id;
    void *data;  // a copy in the board's memory
};

struct Handler {
    esp_event_base_t base;
    int32_t id;
    esp_event_handler_t function;
    void *argument;
    bool instance;

    bool takes(const Event &event) const {
        return (base == ESP_EVENT_ANY_BASE || base == event.base) && (id == ESP_EVENT_ANY_ID || id == event.id);
    }
};

struct Loop {
    const char *name = nullptr;
    QueueHandle_t queue = nullptr;
    TaskHandle_t task = nullptr;
    // A handler may register and unregister others: the list is copied for each event, and shared_ptr keeps what runs.
    std::recursive_mutex mutex;
    std::vector<std::shared_ptr<Handler>> handlers;
    uint64_t received = 0;
    uint64_t dropped = 0;
    std::shared_ptr<std::atomic<bool>> ended = std::make_shared<std::atomic<bool>>(false);
};

struct Loops {
    std::mutex mutex;
    std::vector<Loop *> all;
    Loop *standard = nullptr;
};

Loops &loops() {
    static Loops *instance = new Loops;
    return *instance;
}

Loop *standard_loop() {
    std::lock_guard<std::mutex> guard(loops().mutex);
    return loops().standard;
}

void hand_out(Loop *loop, const Event &event) {
    std::vector<std::shared_ptr<Handler>> handlers;
    {
        std::lock_guard<std::recursive_mutex> guard(loop->mutex);
        handlers = loop->handlers;
    }
    bool any = false;
    for (const std::shared_ptr<Handler> &handler : handlers) {
        if (!handler->takes(event)) {
            continue;
        }
        {
            // Unregistered by a handler before it.
            std::lock_guard<std::recursive_mutex> guard(loop->mutex);
            if (std::find(loop->handlers.begin(), loop->handlers.end(), handler) == loop->handlers.end()) {
                continue;
            }
        }
        handler->function(handler->argument, event.base, event.id, event.data);
        any = true;
    }
    if (!any) {
        ESP_LOGD(TAG, "no handlers have been registered for event %s:%" PRId32 " posted to loop %p", event.base,
                 event.id, static_cast<void *>(loop));
    }
    heap_caps_free(event.data);
}

void loop_task(void *argument) {
    auto *loop = static_cast<Loop *>(argument);
    for (;;) {
        Event event;
        xQueueReceive(loop->queue, &event, portMAX_DELAY);
        if (!event.base) {
            break;
        }
        hand_out(loop, event);
    }
    {
        // The loop goes as soon as this is seen.
        const std::shared_ptr<std::atomic<bool>> ended = loop->ended;
        ended->store(true);
        ended->notify_all();
    }
    vTaskDelete(nullptr);
}

esp_err_t check_range(esp_event_base_t base, int32_t id) {
    if (base == ESP_EVENT_ANY_BASE && id != ESP_EVENT_ANY_ID) {
        ESP_LOGE(TAG, "all bases with one id cannot be registered");
        return ESP_ERR_INVALID_ARG;
    }
    return ESP_OK;
}

esp_err_t add_handler(Loop *loop, esp_event_base_t base, int32_t id, esp_event_handler_t function, void *argument,
                      esp_event_handler_instance_t *instance, bool is_instance) {
    if (!loop || !function || check_range(base, id) != ESP_OK) {
        return ESP_ERR_INVALID_ARG;
    }
    std::lock_guard<std::recursive_mutex> guard(loop->mutex);
    if (!is_instance) {
        for (const std::shared_ptr<Handler> &handler : loop->handlers) {
            if (!handler->instance && handler->base == base && handler->id == id && handler->function == function) {
                handler->argument = argument;
                return ESP_OK;
            }
        }
    }
    loop->handlers.push_back(std::make_shared<Handler>(Handler{base, id, function, argument, is_instance}));
    if (instance) {
        *instance = loop->handlers.back().get();
    }
    return ESP_OK;
}

template <typename Meant>
esp_err_t remove_handler(Loop *loop, esp_event_base_t base, int32_t id, Meant meant) {
    if (!loop || check_range(base, id) != ESP_OK) {
        return ESP_ERR_INVALID_ARG;
    }
    std::lock_guard<std::recursive_mutex> guard(loop->mutex);
    const auto found =
        std::find_if(loop->handlers.begin(), loop->handlers.end(), [&](const std::shared_ptr<Handler> &handler) {
            return handler->base == base && handler->id == id && meant(*handler);
        });
    if (found != loop->handlers.end()) {
        loop->handlers.erase(found);
    }
    return ESP_OK;
}

esp_err_t post(Loop *loop, esp_event_base_t base, int32_t id, const void *data, size_t size, TickType_t ticks) {
    if (!loop || base == ESP_EVENT_ANY_BASE || id == ESP_EVENT_ANY_ID || (size != 0 && !data)) {
        return ESP_ERR_INVALID_ARG;
    }
    Event event{base, id, nullptr};
    if (data && size != 0) {
        event.data = heap_caps_malloc(size, MALLOC_CAP_DEFAULT);
        if (!event.data) {
            return ESP_ERR_NO_MEM;
        }
        memcpy(event.data, data, size);
    }
    if (xQueueSend(loop->queue, &event, ticks) != pdTRUE) {
        heap_caps_free(event.data);
        std::lock_guard<std::recursive_mutex> guard(loop->mutex);
        ++loop->dropped;
        return ESP_ERR_TIMEOUT;
    }
    std::lock_guard<std::recursive_mutex> guard(loop->mutex);
    ++loop->received;
    return ESP_OK;
}

}  // namespace

esp_err_t esp_event_loop_create(const esp_event_loop_args_t *args, esp_event_loop_handle_t *event_loop) {
    if (!args || !event_loop || args->queue_size <= 0) {
        ESP_LOGE(
            TAG,
            "esp_event_loop_create: arguments, a place for the handle and a queue of at least one event are needed");
        return ESP_ERR_INVALID_ARG;
    }
    auto loop = std::make_unique<Loop>();
    loop->name = args->task_name;
    loop->queue = xQueueCreate(static_cast<UBaseType_t>(args->queue_size), sizeof(Event));
    if (!loop->queue) {
        return ESP_ERR_NO_MEM;
    }
    if (args->task_name &&
        // A task of the system's: it only waits, and does not keep an app alive.
        hal::create_task(loop_task, args->task_name, args->task_stack_size, loop.get(), args->task_priority,
                         &loop->task, args->task_core_id, hal::KERNEL_CAPS, true, true) != pdPASS) {
        ESP_LOGE(TAG, "create task for loop failed");
        vQueueDelete(loop->queue);
        return ESP_FAIL;
    }
    std::lock_guard<std::mutex> guard(loops().mutex);
    loops().all.push_back(loop.get());
    *event_loop = loop.release();
    return ESP_OK;
}

esp_err_t esp_event_loop_delete(esp_event_loop_handle_t event_loop) {
    auto *loop = static_cast<Loop *>(event_loop);
    if (!loop) {
        return ESP_ERR_INVALID_ARG;
    }
    if (loop->task && loop->task == xTaskGetCurrentTaskHandle()) {
        ESP_LOGE(TAG, "a handler cannot delete the loop that runs it");
        return ESP_ERR_INVALID_STATE;
    }
    {
        std::lock_guard<std::mutex> guard(loops().mutex);
        std::erase(loops().all, loop);
    }
    if (loop->task) {
        const Event last{nullptr, 0, nullptr};
        xQueueSendToFront(loop->queue, &last, portMAX_DELAY);
        loop->ended->wait(false);
    }
    Event event;
    while (xQueueReceive(loop->queue, &event, 0) == pdTRUE) {
        heap_caps_free(event.data);
    }
    vQueueDelete(loop->queue);
    delete loop;
    return ESP_OK;
}

esp_err_t esp_event_loop_create_default(void) {
    if (standard_loop()) {
        return ESP_ERR_INVALID_STATE;
    }
    const esp_event_loop_args_t args = {DEFAULT_QUEUE, "sys_evt", DEFAULT_PRIORITY, DEFAULT_STACK, 0};
    esp_event_loop_handle_t loop = nullptr;
    const esp_err_t err = esp_event_loop_create(&args, &loop);
    if (err == ESP_OK) {
        std::lock_guard<std::mutex> guard(loops().mutex);
        loops().standard = static_cast<Loop *>(loop);
    }
    return err;
}

esp_err_t esp_event_loop_delete_default(void) {
    Loop *loop = nullptr;
    {
        std::lock_guard<std::mutex> guard(loops().mutex);
        std::swap(loop, loops().standard);
    }
    return !loop ? ESP_ERR_INVALID_STATE : esp_event_loop_delete(loop);
}

esp_err_t esp_event_loop_run(esp_event_loop_handle_t event_loop, TickType_t ticks_to_run) {
    auto *loop = static_cast<Loop *>(event_loop);
    if (!loop) {
        return ESP_ERR_INVALID_ARG;
    }
    const TickType_t begin = xTaskGetTickCount();
    for (;;) {
        const TickType_t passed = xTaskGetTickCount() - begin;
        const TickType_t rest = ticks_to_run == portMAX_DELAY ? portMAX_DELAY
                                : passed < ticks_to_run       ? ticks_to_run - passed
                                                              : 0;
        Event event;
        if (xQueueReceive(loop->queue, &event, rest) != pdTRUE) {
            return ESP_OK;
        }
        hand_out(loop, event);
    }
}

esp_err_t esp_event_handler_register_with(esp_event_loop_handle_t event_loop, esp_event_base_t event_base,
                                          int32_t event_id, esp_event_handler_t event_handler, void *argument) {
    return add_handler(static_cast<Loop *>(event_loop), event_base, event_id, event_handler, argument, nullptr, false);
}

esp_err_t esp_event_handler_instance_register_with(esp_event_loop_handle_t event_loop, esp_event_base_t event_base,
                                                   int32_t event_id, esp_event_handler_t event_handler, void *argument,
                                                   esp_event_handler_instance_t *instance) {
    return add_handler(static_cast<Loop *>(event_loop), event_base, event_id, event_handler, argument, instance, true);
}

esp_err_t esp_event_handler_register(esp_event_base_t event_base, int32_t event_id, esp_event_handler_t event_handler,
                                     void *argument) {
    Loop *loop = standard_loop();
    return !loop ? ESP_ERR_INVALID_STATE
                 : esp_event_handler_register_with(loop, event_base, event_id, event_handler, argument);
}

esp_err_t esp_event_handler_instance_register(esp_event_base_t event_base, int32_t event_id,
                                              esp_event_handler_t event_handler, void *argument,
                                              esp_event_handler_instance_t *instance) {
    Loop *loop = standard_loop();
    return !loop ? ESP_ERR_INVALID_STATE
                 : esp_event_handler_instance_register_with(loop, event_base, event_id, event_handler, argument,
                                                            instance);
}

esp_err_t esp_event_handler_unregister_with(esp_event_loop_handle_t event_loop, esp_event_base_t event_base,
                                            int32_t event_id, esp_event_handler_t event_handler) {
    return remove_handler(static_cast<Loop *>(event_loop), event_base, event_id,
                          [=](const Handler &handler) { return handler.function == event_handler; });
}

esp_err_t esp_event_handler_instance_unregister_with(esp_event_loop_handle_t event_loop, esp_event_base_t event_base,
                                                     int32_t event_id, esp_event_handler_instance_t instance) {
    if (!instance) {
        return ESP_ERR_INVALID_ARG;
    }
    return remove_handler(static_cast<Loop *>(event_loop), event_base, event_id,
                          [=](const Handler &handler) { return &handler == instance; });
}

esp_err_t esp_event_handler_unregister(esp_event_base_t event_base, int32_t event_id,
                                       esp_event_handler_t event_handler) {
    Loop *loop = standard_loop();
    return !loop ? ESP_ERR_INVALID_STATE : esp_event_handler_unregister_with(loop, event_base, event_id, event_handler);
}

esp_err_t esp_event_handler_instance_unregister(esp_event_base_t event_base, int32_t event_id,
                                                esp_event_handler_instance_t instance) {
    Loop *loop = standard_loop();
    return !loop ? ESP_ERR_INVALID_STATE
                 : esp_event_handler_instance_unregister_with(loop, event_base, event_id, instance);
}

esp_err_t esp_event_post_to(esp_event_loop_handle_t event_loop, esp_event_base_t event_base, int32_t event_id,
                            const void *event_data, size_t event_data_size, TickType_t ticks_to_wait) {
    return post(static_cast<Loop *>(event_loop), event_base, event_id, event_data, event_data_size, ticks_to_wait);
}

esp_err_t esp_event_post(esp_event_base_t event_base, int32_t event_id, const void *event_data, size_t event_data_size,
                         TickType_t ticks_to_wait) {
    Loop *loop = standard_loop();
    return !loop ? ESP_ERR_INVALID_STATE : post(loop, event_base, event_id, event_data, event_data_size, ticks_to_wait);
}

esp_err_t esp_event_isr_post_to(esp_event_loop_handle_t event_loop, esp_event_base_t event_base, int32_t event_id,
                                const void *event_data, size_t event_data_size, BaseType_t *task_unblocked) {
    if (task_unblocked) {
        *task_unblocked = pdFALSE;
    }
    if (event_data_size > 4) {
        ESP_LOGE(TAG, "from an interrupt an event has at most 4 bytes of data, not %zu", event_data_size);
        return ESP_ERR_INVALID_ARG;
    }
    const esp_err_t err = esp_event_post_to(event_loop, event_base, event_id, event_data, event_data_size, 0);
    return err == ESP_ERR_TIMEOUT ? ESP_FAIL : err;
}

esp_err_t esp_event_isr_post(esp_event_base_t event_base, int32_t event_id, const void *event_data,
                             size_t event_data_size, BaseType_t *task_unblocked) {
    Loop *loop = standard_loop();
    return !loop ? ESP_ERR_INVALID_STATE
                 : esp_event_isr_post_to(loop, event_base, event_id, event_data, event_data_size, task_unblocked);
}

esp_err_t esp_event_dump(FILE *file) {
    if (!file) {
        return ESP_ERR_INVALID_ARG;
    }
    std::lock_guard<std::mutex> guard(loops().mutex);
    for (Loop *loop : loops().all) {
        std::lock_guard<std::recursive_mutex> loop_guard(loop->mutex);
        fprintf(file, "LOOP @%p,%s rx:%" PRIu64 " dr:%" PRIu64 "\n", static_cast<void *>(loop),
                loop->name ? loop->name : "none", loop->received, loop->dropped);
        for (const std::shared_ptr<Handler> &handler : loop->handlers) {
            fprintf(file, "  HANDLER @%p ev:%s,%" PRId32 "\n", reinterpret_cast<void *>(handler->function),
                    handler->base ? handler->base : "ESP_EVENT_ANY_BASE", handler->id);
        }
    }
    return ESP_OK;
}
