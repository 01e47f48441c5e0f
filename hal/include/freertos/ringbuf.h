#pragma once

#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void *RingbufHandle_t;

typedef enum {
    RINGBUF_TYPE_NOSPLIT = 0,  ///< items, each in one piece; one takes at most half of the buffer
    RINGBUF_TYPE_ALLOWSPLIT,   ///< items, which may be in two pieces at the buffer's end
    RINGBUF_TYPE_BYTEBUF,      ///< bytes
    RINGBUF_TYPE_MAX,
} RingbufferType_t;

typedef struct {
    void *reserved[16];
} StaticRingbuffer_t;

/** Items that are handed over without a copy on the receiver's side. An item takes 8 bytes more than it has, and a
 * multiple of 4. The memory comes from the board's internal RAM; NULL when there is not enough or the size is not
 * above 0. */
RingbufHandle_t xRingbufferCreate(size_t size, RingbufferType_t type);
/** For `count` items of that size. */
RingbufHandle_t xRingbufferCreateNoSplit(size_t item_size, size_t count);
/** @param storage size bytes; for items a multiple of 4 */
RingbufHandle_t xRingbufferCreateStatic(size_t size, RingbufferType_t type, uint8_t *storage,
                                        StaticRingbuffer_t *ringbuffer);
RingbufHandle_t xRingbufferCreateWithCaps(size_t size, RingbufferType_t type, UBaseType_t caps);
void vRingbufferDelete(RingbufHandle_t ringbuffer);
void vRingbufferDeleteWithCaps(RingbufHandle_t ringbuffer);

/** pdFALSE when there was no room in time, or the item can never fit. */
BaseType_t xRingbufferSend(RingbufHandle_t ringbuffer, const void *item, size_t item_size, TickType_t ticks);
/** Room for an item that the caller fills and then sends; of a buffer of type NOSPLIT. */
BaseType_t xRingbufferSendAcquire(RingbufHandle_t ringbuffer, void **item, size_t item_size, TickType_t ticks);
BaseType_t xRingbufferSendComplete(RingbufHandle_t ringbuffer, void *item);

/** The first item, or, of bytes, as many as lie in one piece. It is the caller's until vRingbufferReturnItem(). NULL
 * when nothing came in time; of bytes also while others are not returned yet. Not for ALLOWSPLIT. */
void *xRingbufferReceive(RingbufHandle_t ringbuffer, size_t *item_size, TickType_t ticks);
/** The two parts of an item, tail NULL where it is in one piece; each is returned by itself. Of ALLOWSPLIT only. */
BaseType_t xRingbufferReceiveSplit(RingbufHandle_t ringbuffer, void **head, void **tail, size_t *head_size,
                                   size_t *tail_size, TickType_t ticks);
/** At most max_size bytes. Of BYTEBUF only. */
void *xRingbufferReceiveUpTo(RingbufHandle_t ringbuffer, size_t *item_size, TickType_t ticks, size_t max_size);
void vRingbufferReturnItem(RingbufHandle_t ringbuffer, void *item);
/** ESP_ERR_INVALID_STATE while items are with receivers or being written. */
esp_err_t vRingbufferReset(RingbufHandle_t ringbuffer);

/** The largest item that can ever fit. */
size_t xRingbufferGetMaxItemSize(RingbufHandle_t ringbuffer);
/** The largest item that fits now. */
size_t xRingbufferGetCurFreeSize(RingbufHandle_t ringbuffer);
/** Offsets of what is freed, read, written and acquired next, and the items that wait; each pointer may be NULL. */
void vRingbufferGetInfo(RingbufHandle_t ringbuffer, UBaseType_t *free, UBaseType_t *read, UBaseType_t *write,
                        UBaseType_t *acquire, UBaseType_t *items_waiting);
void xRingbufferPrintInfo(RingbufHandle_t ringbuffer);

#define xRingbufferSendFromISR(ringbuffer, item, item_size, woken) xRingbufferSend((ringbuffer), (item), (item_size), 0)
#define xRingbufferReceiveFromISR(ringbuffer, item_size) xRingbufferReceive((ringbuffer), (item_size), 0)
#define xRingbufferReceiveSplitFromISR(ringbuffer, head, tail, head_size, tail_size) \
    xRingbufferReceiveSplit((ringbuffer), (head), (tail), (head_size), (tail_size), 0)
#define xRingbufferReceiveUpToFromISR(ringbuffer, item_size, max_size) \
    xRingbufferReceiveUpTo((ringbuffer), (item_size), 0, (max_size))
#define vRingbufferReturnItemFromISR(ringbuffer, item, woken) vRingbufferReturnItem((ringbuffer), (item))

#ifdef __cplusplus
}
#endif
