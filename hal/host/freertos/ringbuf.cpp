#include "freertos/ringbuf.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>

#include "board/board.hpp"
#include "esp_log.h"
#include "freertos/kernel.hpp"

namespace {

constexpr const char *TAG = "ringbuf";
constexpr size_t HEADER = 8;  // of an item, as on the chip
constexpr size_t LARGEST = 1u << 30;

size_t aligned(size_t size) {
    return (size + 3) & ~size_t{3};
}

/** A piece of the storage that is in use, in the order of writing. */
struct Block {
    enum class State { WRITING, READY, TAKEN, RETURNED };
    size_t begin;    // of the block, with its header
    size_t length;   // of the block, with header, padding, and what is left over at the storage's end
    size_t data;     // where its data begins
    size_t size;     // of its data
    bool continued;  // its item goes on in the next block
    State state;
};
using State = Block::State;

struct Ringbuffer {
    RingbufferType_t type = RINGBUF_TYPE_NOSPLIT;
    size_t size = 0;
    uint8_t *storage = nullptr;
    void *board_memory = nullptr;
    std::deque<Block> blocks;
    size_t write = 0;  // where the next block begins
    hal::WaitList senders;
    hal::WaitList receivers;

    bool empty() const { return blocks.empty(); }
    size_t first() const { return blocks.empty() ? write : blocks.front().begin; }
    bool full() const { return !blocks.empty() && first() == write; }
    /** In one piece from `write` on. */
    size_t room_at_write() const {
        if (full()) {
            return 0;
        }
        return !blocks.empty() && first() > write ? first() - write : size - write;
    }
    /** At the storage's beginning, where the room at `write` reaches its end. */
    size_t room_at_begin() const { return !full() && first() <= write ? first() : 0; }

    size_t largest_item() const {
        switch (type) {
            case RINGBUF_TYPE_NOSPLIT:
                return (size / 2 & ~size_t{3}) > HEADER ? (size / 2 & ~size_t{3}) - HEADER : 0;
            case RINGBUF_TYPE_ALLOWSPLIT:
                return size > 2 * HEADER ? size - 2 * HEADER : 0;
            default:
                return size;
        }
    }

    bool fits(size_t item_size) const {
        if (type == RINGBUF_TYPE_BYTEBUF) {
            return item_size <= room_at_write() + room_at_begin();
        }
        const size_t whole = aligned(item_size) + HEADER;
        if (whole <= room_at_write()) {
            return true;
        }
        if (type == RINGBUF_TYPE_NOSPLIT) {
            return whole <= room_at_begin();
        }
        // In two parts, each with a header; a rest that holds no data is skipped.
        const size_t tail = room_at_write();
        if (first() > write && !blocks.empty()) {
            return false;
        }
        return tail <= HEADER ? whole <= room_at_begin() : whole + HEADER <= tail + room_at_begin();
    }

    /** A block of `length` bytes at `write`, with `size` bytes of data behind the header. */
    Block &append(size_t length, size_t header, size_t data_size, State state) {
        const size_t begin = write;
        write += length;
        // What cannot hold another header is left over.
        const size_t least = type == RINGBUF_TYPE_BYTEBUF ? 1 : HEADER;
        if (size - write < least) {
            length += size - write;
            write = 0;
        }
        blocks.push_back({begin, length, begin + header, data_size, false, state});
        return blocks.back();
    }

    void skip_to_begin() {
        if (write != 0) {
            blocks.push_back({write, size - write, write, 0, false, State::RETURNED});
            write = 0;
        }
    }

    void drop_returned() {
        while (!blocks.empty() && blocks.front().state == State::RETURNED) {
            blocks.pop_front();
        }
    }

    /** The first block that no receiver has, or nullptr where nothing may be received. */
    Block *next_ready() {
        for (Block &block : blocks) {
            if (block.state == State::TAKEN && type == RINGBUF_TYPE_BYTEBUF) {
                return nullptr;
            }
            if (block.state == State::READY) {
                return &block;
            }
            if (block.state == State::WRITING) {
                return nullptr;
            }
        }
        return nullptr;
    }
};

Ringbuffer *of(RingbufHandle_t handle) {
    return static_cast<Ringbuffer *>(handle);
}

RingbufHandle_t create(size_t size, RingbufferType_t type, uint8_t *storage, bool on_board, uint32_t caps) {
    if (size == 0 || size > LARGEST || type < 0 || type >= RINGBUF_TYPE_MAX) {
        ESP_LOGE(TAG, "no ring buffer of %zu bytes and type %d", size, static_cast<int>(type));
        return nullptr;
    }
    if (type != RINGBUF_TYPE_BYTEBUF) {
        size = aligned(size);
    }
    void *memory = nullptr;
    if (on_board) {
        memory = hal::take_board_memory(hal::RINGBUFFER_BYTES + size, caps);
        if (!memory) {
            return nullptr;
        }
        storage = static_cast<uint8_t *>(memory) + hal::RINGBUFFER_BYTES;
    }
    auto *ringbuffer = new Ringbuffer;
    ringbuffer->type = type;
    ringbuffer->size = size;
    ringbuffer->storage = storage;
    ringbuffer->board_memory = memory;
    return ringbuffer;
}

/** Waits for room; the lock is held on return. @return false when there is none in time, or never */
bool wait_for_room(hal::KernelLock &lock, Ringbuffer *ringbuffer, size_t item_size, TickType_t ticks) {
    if (item_size > ringbuffer->largest_item()) {
        ESP_LOGE(TAG, "an item of %zu bytes does not fit into a buffer whose items have at most %zu", item_size,
                 ringbuffer->largest_item());
        return false;
    }
    return hal::wait_until(lock, ringbuffer->senders, ticks, [&] { return ringbuffer->fits(item_size); });
}

/** Of what is ready: takes a block, or, of bytes, at most max_size of it. */
void *take(Ringbuffer *ringbuffer, size_t *item_size, size_t max_size) {
    Block *block = ringbuffer->next_ready();
    block->state = State::TAKEN;
    if (block->size > max_size) {
        const Block rest{block->begin + max_size,
                         block->length - max_size,
                         block->data + max_size,
                         block->size - max_size,
                         false,
                         State::READY};
        block->length = block->size = max_size;
        const auto place = std::find_if(ringbuffer->blocks.begin(), ringbuffer->blocks.end(),
                                        [block](const Block &other) { return &other == block; });
        const size_t data = block->data;
        ringbuffer->blocks.insert(place + 1, rest);
        *item_size = max_size;
        return ringbuffer->storage + data;
    }
    *item_size = block->size;
    return ringbuffer->storage + block->data;
}

void *receive(RingbufHandle_t handle, size_t *item_size, TickType_t ticks, size_t max_size) {
    Ringbuffer *ringbuffer = of(handle);
    hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    if (!hal::wait_until(lock, ringbuffer->receivers, ticks, [&] { return ringbuffer->next_ready() != nullptr; })) {
        return nullptr;
    }
    size_t size = 0;
    void *item = take(ringbuffer, &size, max_size);
    if (item_size) {
        *item_size = size;
    }
    return item;
}

}  // namespace

RingbufHandle_t xRingbufferCreate(size_t size, RingbufferType_t type) {
    return create(size, type, nullptr, true, hal::KERNEL_CAPS);
}
RingbufHandle_t xRingbufferCreateWithCaps(size_t size, RingbufferType_t type, UBaseType_t caps) {
    return create(size, type, nullptr, true, caps);
}
RingbufHandle_t xRingbufferCreateNoSplit(size_t item_size, size_t count) {
    if (item_size > LARGEST || count > LARGEST || (count != 0 && (aligned(item_size) + HEADER) > LARGEST / count)) {
        return create(0, RINGBUF_TYPE_NOSPLIT, nullptr, true, hal::KERNEL_CAPS);
    }
    return xRingbufferCreate((aligned(item_size) + HEADER) * count, RINGBUF_TYPE_NOSPLIT);
}
RingbufHandle_t xRingbufferCreateStatic(size_t size, RingbufferType_t type, uint8_t *storage,
                                        StaticRingbuffer_t *ringbuffer) {
    if (!storage || !ringbuffer || (type != RINGBUF_TYPE_BYTEBUF && aligned(size) != size)) {
        ESP_LOGE(TAG, "static ring buffer: no memory was given, or %zu is no multiple of 4", size);
        return nullptr;
    }
    return create(size, type, storage, false, 0);
}

void vRingbufferDelete(RingbufHandle_t handle) {
    if (handle) {
        heap_caps_free(of(handle)->board_memory);
        delete of(handle);
    }
}
void vRingbufferDeleteWithCaps(RingbufHandle_t handle) {
    vRingbufferDelete(handle);
}

BaseType_t xRingbufferSend(RingbufHandle_t handle, const void *item, size_t item_size, TickType_t ticks) {
    Ringbuffer *ringbuffer = of(handle);
    hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    if ((!item && item_size != 0) || !wait_for_room(lock, ringbuffer, item_size, ticks)) {
        return pdFALSE;
    }
    const auto *bytes = static_cast<const uint8_t *>(item);
    const auto put = [&](size_t length, size_t header, size_t size) -> Block & {
        Block &block = ringbuffer->append(length, header, size, State::READY);
        if (size != 0) {
            memcpy(ringbuffer->storage + block.data, bytes, size);
        }
        bytes += size;
        return block;
    };
    if (ringbuffer->type == RINGBUF_TYPE_BYTEBUF) {
        if (item_size == 0) {
            return pdTRUE;
        }
        const size_t part = std::min(item_size, ringbuffer->room_at_write());
        // Bytes behind bytes that nobody has taken are one piece with them.
        Block *last = ringbuffer->blocks.empty() ? nullptr : &ringbuffer->blocks.back();
        if (last && last->state == State::READY && last->begin + last->length == ringbuffer->write) {
            memcpy(ringbuffer->storage + ringbuffer->write, bytes, part);
            bytes += part;
            last->length += part;
            last->size += part;
            ringbuffer->write = (ringbuffer->write + part) % ringbuffer->size;
        } else {
            put(part, 0, part);
        }
        if (part < item_size) {
            put(item_size - part, 0, item_size - part);
        }
    } else {
        const size_t whole = aligned(item_size) + HEADER;
        if (whole > ringbuffer->room_at_write()) {
            if (ringbuffer->type == RINGBUF_TYPE_NOSPLIT || ringbuffer->room_at_write() <= HEADER) {
                ringbuffer->skip_to_begin();
            } else {
                const size_t part = ringbuffer->room_at_write() - HEADER;
                put(part + HEADER, HEADER, part).continued = true;
                item_size -= part;
            }
        }
        put(aligned(item_size) + HEADER, HEADER, item_size);
    }
    ringbuffer->receivers.wake_one();
    return pdTRUE;
}

BaseType_t xRingbufferSendAcquire(RingbufHandle_t handle, void **item, size_t item_size, TickType_t ticks) {
    Ringbuffer *ringbuffer = of(handle);
    if (!item || ringbuffer->type != RINGBUF_TYPE_NOSPLIT) {
        ESP_LOGE(TAG, "xRingbufferSendAcquire() needs a buffer of type NOSPLIT");
        return pdFALSE;
    }
    hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    *item = nullptr;
    if (!wait_for_room(lock, ringbuffer, item_size, ticks)) {
        return pdFALSE;
    }
    const size_t whole = aligned(item_size) + HEADER;
    if (whole > ringbuffer->room_at_write()) {
        ringbuffer->skip_to_begin();
    }
    *item = ringbuffer->storage + ringbuffer->append(whole, HEADER, item_size, State::WRITING).data;
    return pdTRUE;
}

BaseType_t xRingbufferSendComplete(RingbufHandle_t handle, void *item) {
    Ringbuffer *ringbuffer = of(handle);
    hal::KernelLock lock(hal::kernel_mutex());
    for (Block &block : ringbuffer->blocks) {
        if (block.state == State::WRITING && ringbuffer->storage + block.data == item) {
            block.state = State::READY;
            ringbuffer->receivers.wake_all();
            return pdTRUE;
        }
    }
    lock.unlock();
    ESP_LOGE(TAG, "%p is no item that was acquired", item);
    return pdFALSE;
}

void *xRingbufferReceive(RingbufHandle_t handle, size_t *item_size, TickType_t ticks) {
    if (of(handle)->type == RINGBUF_TYPE_ALLOWSPLIT) {
        ESP_LOGE(TAG, "a buffer of type ALLOWSPLIT needs xRingbufferReceiveSplit()");
        return nullptr;
    }
    return receive(handle, item_size, ticks, SIZE_MAX);
}

void *xRingbufferReceiveUpTo(RingbufHandle_t handle, size_t *item_size, TickType_t ticks, size_t max_size) {
    if (of(handle)->type != RINGBUF_TYPE_BYTEBUF || max_size == 0) {
        ESP_LOGE(TAG, "xRingbufferReceiveUpTo() needs a buffer of type BYTEBUF and a size above 0");
        return nullptr;
    }
    return receive(handle, item_size, ticks, max_size);
}

BaseType_t xRingbufferReceiveSplit(RingbufHandle_t handle, void **head, void **tail, size_t *head_size,
                                   size_t *tail_size, TickType_t ticks) {
    Ringbuffer *ringbuffer = of(handle);
    if (ringbuffer->type != RINGBUF_TYPE_ALLOWSPLIT || !head || !tail) {
        ESP_LOGE(TAG, "xRingbufferReceiveSplit() needs a buffer of type ALLOWSPLIT");
        return pdFALSE;
    }
    hal::current_task();
    hal::KernelLock lock(hal::kernel_mutex());
    if (!hal::wait_until(lock, ringbuffer->receivers, ticks, [&] { return ringbuffer->next_ready() != nullptr; })) {
        return pdFALSE;
    }
    size_t first_size = 0;
    size_t second_size = 0;
    const bool continued = ringbuffer->next_ready()->continued;
    *head = take(ringbuffer, &first_size, SIZE_MAX);
    *tail = continued ? take(ringbuffer, &second_size, SIZE_MAX) : nullptr;
    if (head_size) {
        *head_size = first_size;
    }
    if (tail_size && continued) {
        *tail_size = second_size;
    }
    return pdTRUE;
}

void vRingbufferReturnItem(RingbufHandle_t handle, void *item) {
    Ringbuffer *ringbuffer = of(handle);
    hal::KernelLock lock(hal::kernel_mutex());
    for (Block &block : ringbuffer->blocks) {
        if (block.state == State::TAKEN && ringbuffer->storage + block.data == item) {
            block.state = State::RETURNED;
            ringbuffer->drop_returned();
            ringbuffer->senders.wake_all();
            ringbuffer->receivers.wake_all();  // of bytes: the next may be received now
            return;
        }
    }
    lock.unlock();
    ESP_LOGE(TAG, "%p is no item that was received", item);
}

esp_err_t vRingbufferReset(RingbufHandle_t handle) {
    Ringbuffer *ringbuffer = of(handle);
    hal::KernelLock lock(hal::kernel_mutex());
    for (const Block &block : ringbuffer->blocks) {
        if (block.state == State::TAKEN || block.state == State::WRITING) {
            return ESP_ERR_INVALID_STATE;
        }
    }
    ringbuffer->blocks.clear();
    ringbuffer->write = 0;
    ringbuffer->senders.wake_all();
    return ESP_OK;
}

size_t xRingbufferGetMaxItemSize(RingbufHandle_t handle) {
    return of(handle)->largest_item();
}

size_t xRingbufferGetCurFreeSize(RingbufHandle_t handle) {
    Ringbuffer *ringbuffer = of(handle);
    hal::KernelLock lock(hal::kernel_mutex());
    const size_t tail = ringbuffer->room_at_write();
    const size_t begin = ringbuffer->room_at_begin();
    size_t room;
    if (ringbuffer->type == RINGBUF_TYPE_BYTEBUF) {
        return tail + begin;
    }
    if (ringbuffer->type == RINGBUF_TYPE_NOSPLIT) {
        room = std::max(tail, begin);
        room = room > HEADER ? room - HEADER : 0;
    } else {
        room = begin > HEADER && tail > HEADER  ? tail + begin - 2 * HEADER
               : std::max(tail, begin) > HEADER ? std::max(tail, begin) - HEADER
                                                : 0;
    }
    return std::min(room, ringbuffer->largest_item());
}

void vRingbufferGetInfo(RingbufHandle_t handle, UBaseType_t *free, UBaseType_t *read, UBaseType_t *write,
                        UBaseType_t *acquire, UBaseType_t *items_waiting) {
    Ringbuffer *ringbuffer = of(handle);
    hal::KernelLock lock(hal::kernel_mutex());
    size_t next_read = ringbuffer->write;
    size_t next_write = ringbuffer->write;
    UBaseType_t waiting = 0;
    for (auto block = ringbuffer->blocks.rbegin(); block != ringbuffer->blocks.rend(); ++block) {
        if (block->state == State::WRITING) {
            next_write = block->begin;
        }
        if (block->state == State::READY || block->state == State::WRITING) {
            next_read = block->begin;
        }
        if (block->state == State::READY) {
            waiting += ringbuffer->type == RINGBUF_TYPE_BYTEBUF ? static_cast<UBaseType_t>(block->size)
                       : block->continued                       ? 0
                                                                : 1;
        }
    }
    const auto set = [](UBaseType_t *out, size_t value) {
        if (out) {
            *out = static_cast<UBaseType_t>(value);
        }
    };
    set(free, ringbuffer->first());
    set(read, next_read);
    set(write, next_write);
    set(acquire, ringbuffer->write);
    set(items_waiting, waiting);
}

void xRingbufferPrintInfo(RingbufHandle_t handle) {
    UBaseType_t free, read, write, acquire, waiting;
    vRingbufferGetInfo(handle, &free, &read, &write, &acquire, &waiting);
    printf("Rb size:%zu\tfree: %zu\trptr: %u\tfreeptr: %u\twptr: %u, aptr: %u\n", of(handle)->size,
           xRingbufferGetCurFreeSize(handle), read, free, write, acquire);
}
