#include "freertos/queue.h"

#include <cstring>
#include <memory>

#include "board/board.hpp"
#include "esp_log.h"
#include "freertos/idf_additions.h"
#include "freertos/kernel.hpp"
#include "freertos/semphr.h"

/** A queue of items, or, with items of no size, a semaphore; with a holder, a mutex. */
struct QueueDefinition {
    enum class Kind { QUEUE, SEMAPHORE, MUTEX, RECURSIVE_MUTEX };

    Kind kind = Kind::QUEUE;
    UBaseType_t length = 0;
    UBaseType_t item_size = 0;
    uint8_t *storage = nullptr;
    void *board_memory = nullptr;
    UBaseType_t first = 0;
    UBaseType_t count = 0;
    TaskHandle_t holder = nullptr;
    UBaseType_t depth = 0;  // of a recursive mutex
    hal::WaitList senders;
    hal::WaitList receivers;
};

namespace {

constexpr const char *TAG = "queue";

using Kind = QueueDefinition::Kind;

QueueHandle_t create(Kind kind, UBaseType_t length, UBaseType_t item_size, UBaseType_t count, uint8_t *storage,
                     bool on_board, uint32_t caps) {
    size_t bytes = 0;
    if (length == 0 || __builtin_mul_overflow(size_t{length}, size_t{item_size}, &bytes) || bytes > (1u << 30)) {
        ESP_LOGE(TAG, "no queue of %u items of %u bytes", length, item_size);
        return nullptr;
    }
    auto queue = std::make_unique<QueueDefinition>();
    queue->kind = kind;
    queue->length = length;
    queue->item_size = item_size;
    queue->count = count;
    queue->storage = storage;
    if (on_board) {
        queue->board_memory = hal::take_board_memory(hal::QUEUE_BYTES + bytes, caps);
        if (!queue->board_memory) {
            return nullptr;
        }
        queue->storage = static_cast<uint8_t *>(queue->board_memory) + hal::QUEUE_BYTES;
    }
    return queue.release();
}

QueueHandle_t create_on_board(Kind kind, UBaseType_t length, UBaseType_t item_size, UBaseType_t count,
                              uint32_t caps = hal::KERNEL_CAPS) {
    return create(kind, length, item_size, count, nullptr, true, caps);
}

QueueHandle_t create_static(Kind kind, UBaseType_t length, UBaseType_t item_size, UBaseType_t count, uint8_t *storage,
                            const void *buffer) {
    if (!buffer || (item_size != 0 && !storage)) {
        ESP_LOGE(TAG, "static queue: no memory was given");
        return nullptr;
    }
    return create(kind, length, item_size, count, storage, false, 0);
}

uint8_t *slot(QueueHandle_t queue, UBaseType_t index) {
    return queue->storage + size_t{(queue->first + index) % queue->length} * queue->item_size;
}

bool is_mutex(QueueHandle_t queue) {
    return queue->kind == Kind::MUTEX || queue->kind == Kind::RECURSIVE_MUTEX;
}

BaseType_t receive(QueueHandle_t queue, void *item, TickType_t ticks, bool take) {
    hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    if (!hal::wait_until(lock, queue->receivers, ticks, [&] { return queue->count > 0; })) {
        return errQUEUE_EMPTY;
    }
    if (queue->item_size != 0 && item) {
        memcpy(item, slot(queue, 0), queue->item_size);
    }
    if (take) {
        queue->first = (queue->first + 1) % queue->length;
        --queue->count;
        queue->senders.wake_one();
    } else {
        queue->receivers.wake_one();  // the item is still there for the next
    }
    return pdTRUE;
}

}  // namespace

QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t item_size) {
    return create_on_board(Kind::QUEUE, length, item_size, 0);
}

QueueHandle_t xQueueCreateWithCaps(UBaseType_t length, UBaseType_t item_size, UBaseType_t caps) {
    return create_on_board(Kind::QUEUE, length, item_size, 0, caps);
}

QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_size, uint8_t *storage, StaticQueue_t *queue) {
    return create_static(Kind::QUEUE, length, item_size, 0, storage, queue);
}

void vQueueDelete(QueueHandle_t queue) {
    if (queue) {
        heap_caps_free(queue->board_memory);
        delete queue;
    }
}

void vQueueDeleteWithCaps(QueueHandle_t queue) {
    vQueueDelete(queue);
}

BaseType_t xQueueGenericSend(QueueHandle_t queue, const void *item, TickType_t ticks, BaseType_t position) {
    hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    if (position == queueOVERWRITE) {
        queue->count = queue->count == queue->length ? queue->count - 1 : queue->count;
    } else if (!hal::wait_until(lock, queue->senders, ticks, [&] { return queue->count < queue->length; })) {
        return errQUEUE_FULL;
    }
    uint8_t *to = slot(queue, queue->count);
    if (position == queueSEND_TO_FRONT) {
        queue->first = (queue->first + queue->length - 1) % queue->length;
        to = slot(queue, 0);
    }
    if (queue->item_size != 0) {
        memcpy(to, item, queue->item_size);
    }
    ++queue->count;
    queue->receivers.wake_one();
    return pdTRUE;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t ticks) {
    return receive(queue, item, ticks, true);
}

BaseType_t xQueuePeek(QueueHandle_t queue, void *item, TickType_t ticks) {
    return receive(queue, item, ticks, false);
}

BaseType_t xQueueReset(QueueHandle_t queue) {
    hal::KernelLock lock(hal::kernel_mutex());
    queue->first = 0;
    queue->count = 0;
    queue->senders.wake_all();
    return pdPASS;
}

UBaseType_t uxQueueMessagesWaiting(QueueHandle_t queue) {
    hal::KernelLock lock(hal::kernel_mutex());
    return queue->count;
}

UBaseType_t uxQueueSpacesAvailable(QueueHandle_t queue) {
    hal::KernelLock lock(hal::kernel_mutex());
    return queue->length - queue->count;
}

SemaphoreHandle_t xSemaphoreCreateBinary(void) {
    return create_on_board(Kind::SEMAPHORE, 1, 0, 0);
}
SemaphoreHandle_t xSemaphoreCreateBinaryWithCaps(UBaseType_t caps) {
    return create_on_board(Kind::SEMAPHORE, 1, 0, 0, caps);
}
SemaphoreHandle_t xSemaphoreCreateBinaryStatic(StaticSemaphore_t *buffer) {
    return create_static(Kind::SEMAPHORE, 1, 0, 0, nullptr, buffer);
}

SemaphoreHandle_t xSemaphoreCreateCounting(UBaseType_t max_count, UBaseType_t initial_count) {
    return initial_count <= max_count ? create_on_board(Kind::SEMAPHORE, max_count, 0, initial_count) : nullptr;
}
SemaphoreHandle_t xSemaphoreCreateCountingWithCaps(UBaseType_t max_count, UBaseType_t initial_count, UBaseType_t caps) {
    return initial_count <= max_count ? create_on_board(Kind::SEMAPHORE, max_count, 0, initial_count, caps) : nullptr;
}
SemaphoreHandle_t xSemaphoreCreateCountingStatic(UBaseType_t max_count, UBaseType_t initial_count,
                                                 StaticSemaphore_t *buffer) {
    return initial_count <= max_count ? create_static(Kind::SEMAPHORE, max_count, 0, initial_count, nullptr, buffer)
                                      : nullptr;
}

SemaphoreHandle_t xSemaphoreCreateMutex(void) {
    return create_on_board(Kind::MUTEX, 1, 0, 1);
}
SemaphoreHandle_t xSemaphoreCreateMutexWithCaps(UBaseType_t caps) {
    return create_on_board(Kind::MUTEX, 1, 0, 1, caps);
}
SemaphoreHandle_t xSemaphoreCreateMutexStatic(StaticSemaphore_t *buffer) {
    return create_static(Kind::MUTEX, 1, 0, 1, nullptr, buffer);
}

SemaphoreHandle_t xSemaphoreCreateRecursiveMutex(void) {
    return create_on_board(Kind::RECURSIVE_MUTEX, 1, 0, 1);
}
SemaphoreHandle_t xSemaphoreCreateRecursiveMutexWithCaps(UBaseType_t caps) {
    return create_on_board(Kind::RECURSIVE_MUTEX, 1, 0, 1, caps);
}
SemaphoreHandle_t xSemaphoreCreateRecursiveMutexStatic(StaticSemaphore_t *buffer) {
    return create_static(Kind::RECURSIVE_MUTEX, 1, 0, 1, nullptr, buffer);
}

void vSemaphoreDelete(SemaphoreHandle_t semaphore) {
    vQueueDelete(semaphore);
}
void vSemaphoreDeleteWithCaps(SemaphoreHandle_t semaphore) {
    vQueueDelete(semaphore);
}

BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks) {
    TaskHandle_t self = hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    if (!hal::wait_until(lock, semaphore->receivers, ticks, [&] { return semaphore->count > 0; })) {
        return pdFALSE;
    }
    --semaphore->count;
    if (is_mutex(semaphore)) {
        semaphore->holder = self;
        semaphore->depth = 1;
    }
    return pdTRUE;
}

BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore) {
    TaskHandle_t self = hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    if (semaphore->count == semaphore->length) {
        return pdFALSE;
    }
    if (is_mutex(semaphore)) {
        if (semaphore->holder != self) {
            lock.unlock();
            ESP_LOGE(TAG, "task '%s' gives a mutex that it does not hold", pcTaskGetName(self));
            return pdFALSE;
        }
        semaphore->holder = nullptr;
        semaphore->depth = 0;
    }
    ++semaphore->count;
    semaphore->receivers.wake_one();
    return pdTRUE;
}

BaseType_t xSemaphoreTakeRecursive(SemaphoreHandle_t mutex, TickType_t ticks) {
    TaskHandle_t self = hal::current_task();
    {
        hal::KernelLock lock(hal::kernel_mutex());
        if (mutex->holder == self) {
            ++mutex->depth;
            return pdTRUE;
        }
    }
    return xSemaphoreTake(mutex, ticks);
}

BaseType_t xSemaphoreGiveRecursive(SemaphoreHandle_t mutex) {
    TaskHandle_t self = hal::current_task();
    {
        hal::KernelLock lock(hal::kernel_mutex());
        if (mutex->holder != self) {
            return pdFALSE;
        }
        if (mutex->depth > 1) {
            --mutex->depth;
            return pdTRUE;
        }
    }
    return xSemaphoreGive(mutex);
}

UBaseType_t uxSemaphoreGetCount(SemaphoreHandle_t semaphore) {
    return uxQueueMessagesWaiting(semaphore);
}

TaskHandle_t xSemaphoreGetMutexHolder(SemaphoreHandle_t mutex) {
    hal::KernelLock lock(hal::kernel_mutex());
    return mutex->holder;
}
