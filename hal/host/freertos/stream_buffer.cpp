#include "freertos/stream_buffer.h"

#include <algorithm>
#include <cstring>

#include "board/board.hpp"
#include "esp_log.h"
#include "freertos/kernel.hpp"

/** A ring of bytes. A message is its length, as a chip's size_t, and its text. */
struct StreamBufferDef_t {
    size_t size = 0;
    size_t trigger_level = 1;
    bool is_message = false;
    StreamBufferCallbackFunction_t sent = nullptr;
    StreamBufferCallbackFunction_t received = nullptr;
    uint8_t *storage = nullptr;
    void *board_memory = nullptr;
    size_t first = 0;
    size_t count = 0;
    int waiting = 0;
    hal::WaitList senders;
    hal::WaitList receivers;
};

namespace {

constexpr const char *TAG = "stream_buffer";
constexpr size_t LENGTH_BYTES = 4;

void write_bytes(StreamBufferHandle_t buffer, const void *data, size_t length) {
    const size_t at = (buffer->first + buffer->count) % buffer->size;
    const size_t part = std::min(length, buffer->size - at);
    memcpy(buffer->storage + at, data, part);
    memcpy(buffer->storage, static_cast<const uint8_t *>(data) + part, length - part);
    buffer->count += length;
}

void peek_bytes(StreamBufferHandle_t buffer, void *data, size_t length) {
    const size_t part = std::min(length, buffer->size - buffer->first);
    memcpy(data, buffer->storage + buffer->first, part);
    memcpy(static_cast<uint8_t *>(data) + part, buffer->storage, length - part);
}

void drop_bytes(StreamBufferHandle_t buffer, size_t length) {
    buffer->first = (buffer->first + length) % buffer->size;
    buffer->count -= length;
}

uint32_t next_length(StreamBufferHandle_t buffer) {
    uint32_t length = 0;
    if (buffer->is_message && buffer->count >= LENGTH_BYTES) {
        peek_bytes(buffer, &length, LENGTH_BYTES);
    }
    return length;
}

// A task that is deleted while it waits does not count any more.
void stop_waiting(void *buffer) {
    --static_cast<StreamBufferHandle_t>(buffer)->waiting;
}

template <typename Ready>
void wait_for(hal::KernelLock &lock, StreamBufferHandle_t buffer, hal::WaitList &list, TickType_t ticks, Ready ready) {
    if (ready() || ticks == 0) {
        return;
    }
    const int64_t deadline = hal::deadline_of(ticks);
    ++buffer->waiting;
    while (!ready() && hal::clock().now_us() < deadline) {
        list.wait(lock, deadline, stop_waiting, buffer);
    }
    --buffer->waiting;
}

StreamBufferHandle_t create(size_t size, size_t trigger_level, bool is_message, StreamBufferCallbackFunction_t sent,
                            StreamBufferCallbackFunction_t received, uint8_t *storage, bool on_board, uint32_t caps) {
    if (size == 0 || size > (1u << 30) || trigger_level > size || (is_message && size <= LENGTH_BYTES)) {
        ESP_LOGE(TAG, "no buffer of %zu bytes with a trigger level of %zu", size, trigger_level);
        return nullptr;
    }
    void *memory = nullptr;
    if (on_board) {
        memory = hal::take_board_memory(hal::STREAM_BUFFER_BYTES + size + 1, caps);
        if (!memory) {
            return nullptr;
        }
        storage = static_cast<uint8_t *>(memory) + hal::STREAM_BUFFER_BYTES;
    }
    auto *buffer = new StreamBufferDef_t;
    buffer->size = size;
    buffer->trigger_level = std::max<size_t>(trigger_level, 1);
    buffer->is_message = is_message;
    buffer->sent = sent;
    buffer->received = received;
    buffer->storage = storage;
    buffer->board_memory = memory;
    return buffer;
}

}  // namespace

StreamBufferHandle_t xStreamBufferGenericCreate(size_t size, size_t trigger_level, BaseType_t is_message,
                                                StreamBufferCallbackFunction_t send_completed,
                                                StreamBufferCallbackFunction_t receive_completed) {
    return create(size, trigger_level, is_message != pdFALSE, send_completed, receive_completed, nullptr, true,
                  hal::KERNEL_CAPS);
}

StreamBufferHandle_t xStreamBufferGenericCreateWithCaps(size_t size, size_t trigger_level, BaseType_t is_message,
                                                        StreamBufferCallbackFunction_t send_completed,
                                                        StreamBufferCallbackFunction_t receive_completed,
                                                        UBaseType_t caps) {
    return create(size, trigger_level, is_message != pdFALSE, send_completed, receive_completed, nullptr, true, caps);
}

StreamBufferHandle_t xStreamBufferGenericCreateStatic(size_t size, size_t trigger_level, BaseType_t is_message,
                                                      uint8_t *storage, StaticStreamBuffer_t *buffer,
                                                      StreamBufferCallbackFunction_t send_completed,
                                                      StreamBufferCallbackFunction_t receive_completed) {
    if (!storage || !buffer) {
        ESP_LOGE(TAG, "static buffer: no memory was given");
        return nullptr;
    }
    return create(size, trigger_level, is_message != pdFALSE, send_completed, receive_completed, storage, false, 0);
}

void vStreamBufferDelete(StreamBufferHandle_t buffer) {
    if (buffer) {
        heap_caps_free(buffer->board_memory);
        delete buffer;
    }
}

void vStreamBufferGenericDeleteWithCaps(StreamBufferHandle_t buffer, BaseType_t) {
    vStreamBufferDelete(buffer);
}

size_t xStreamBufferSend(StreamBufferHandle_t buffer, const void *data, size_t length, TickType_t ticks) {
    hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    const size_t head = buffer->is_message ? LENGTH_BYTES : 0;
    if (length == 0 || (buffer->is_message && length > buffer->size - head)) {
        return 0;
    }
    const size_t wanted = std::min(length + head, buffer->size);
    wait_for(lock, buffer, buffer->senders, ticks, [&] { return buffer->size - buffer->count >= wanted; });
    const size_t space = buffer->size - buffer->count;
    if (buffer->is_message) {
        if (space < wanted) {
            return 0;
        }
        const uint32_t stored = static_cast<uint32_t>(length);
        write_bytes(buffer, &stored, LENGTH_BYTES);
    } else {
        length = std::min(length, space);
    }
    if (length == 0) {
        return 0;
    }
    write_bytes(buffer, data, length);
    if (buffer->is_message || buffer->count >= buffer->trigger_level) {
        buffer->receivers.wake_all();
    }
    lock.unlock();
    if (buffer->sent) {
        buffer->sent(buffer, pdFALSE, nullptr);
    }
    return length;
}

size_t xStreamBufferReceive(StreamBufferHandle_t buffer, void *data, size_t length, TickType_t ticks) {
    hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    if (buffer->count == 0) {
        const size_t wanted = buffer->is_message ? 1 : buffer->trigger_level;
        wait_for(lock, buffer, buffer->receivers, ticks, [&] { return buffer->count >= wanted; });
    }
    if (buffer->count == 0) {
        return 0;
    }
    if (buffer->is_message) {
        const size_t message = next_length(buffer);
        if (message > length) {
            return 0;
        }
        length = message;
        drop_bytes(buffer, LENGTH_BYTES);
    } else {
        length = std::min(length, buffer->count);
    }
    peek_bytes(buffer, data, length);
    drop_bytes(buffer, length);
    buffer->senders.wake_all();
    lock.unlock();
    if (buffer->received && length != 0) {
        buffer->received(buffer, pdFALSE, nullptr);
    }
    return length;
}

BaseType_t xStreamBufferIsFull(StreamBufferHandle_t buffer) {
    return xStreamBufferSpacesAvailable(buffer) <= (buffer->is_message ? LENGTH_BYTES : 0) ? pdTRUE : pdFALSE;
}

BaseType_t xStreamBufferIsEmpty(StreamBufferHandle_t buffer) {
    return xStreamBufferBytesAvailable(buffer) == 0 ? pdTRUE : pdFALSE;
}

BaseType_t xStreamBufferReset(StreamBufferHandle_t buffer) {
    hal::KernelLock lock(hal::kernel_mutex());
    if (buffer->waiting != 0) {
        return pdFAIL;
    }
    buffer->first = 0;
    buffer->count = 0;
    return pdPASS;
}

size_t xStreamBufferSpacesAvailable(StreamBufferHandle_t buffer) {
    hal::KernelLock lock(hal::kernel_mutex());
    return buffer->size - buffer->count;
}

size_t xStreamBufferBytesAvailable(StreamBufferHandle_t buffer) {
    hal::KernelLock lock(hal::kernel_mutex());
    return buffer->count;
}

BaseType_t xStreamBufferSetTriggerLevel(StreamBufferHandle_t buffer, size_t trigger_level) {
    hal::KernelLock lock(hal::kernel_mutex());
    if (trigger_level > buffer->size) {
        return pdFALSE;
    }
    buffer->trigger_level = std::max<size_t>(trigger_level, 1);
    return pdTRUE;
}

size_t xStreamBufferNextMessageLengthBytes(StreamBufferHandle_t buffer) {
    hal::KernelLock lock(hal::kernel_mutex());
    return next_length(buffer);
}
