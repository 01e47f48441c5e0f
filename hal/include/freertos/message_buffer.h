#pragma once

#include "freertos/stream_buffer.h"

/** Messages of any length from task to task: a stream buffer that keeps them apart. */

#define xMessageBufferCreate(size) xStreamBufferGenericCreate((size), 0, pdTRUE, NULL, NULL)
#define xMessageBufferCreateWithCallback(size, sent, received) \
    xStreamBufferGenericCreate((size), 0, pdTRUE, (sent), (received))
#define xMessageBufferCreateStatic(size, storage, buffer) \
    xStreamBufferGenericCreateStatic((size), 0, pdTRUE, (storage), (buffer), NULL, NULL)
#define xMessageBufferCreateWithCaps(size, caps) \
    xStreamBufferGenericCreateWithCaps((size), 0, pdTRUE, NULL, NULL, (caps))
#define vMessageBufferDeleteWithCaps(buffer) vStreamBufferGenericDeleteWithCaps((buffer), pdTRUE)
#define vMessageBufferDelete(buffer) vStreamBufferDelete(buffer)
#define xMessageBufferSend(buffer, data, length, ticks) xStreamBufferSend((buffer), (data), (length), (ticks))
#define xMessageBufferReceive(buffer, data, length, ticks) xStreamBufferReceive((buffer), (data), (length), (ticks))
#define xMessageBufferSendFromISR(buffer, data, length, woken) xStreamBufferSend((buffer), (data), (length), 0)
#define xMessageBufferReceiveFromISR(buffer, data, length, woken) xStreamBufferReceive((buffer), (data), (length), 0)
#define xMessageBufferIsFull(buffer) xStreamBufferIsFull(buffer)
#define xMessageBufferIsEmpty(buffer) xStreamBufferIsEmpty(buffer)
#define xMessageBufferReset(buffer) xStreamBufferReset(buffer)
#define xMessageBufferSpaceAvailable(buffer) xStreamBufferSpacesAvailable(buffer)
#define xMessageBufferSpacesAvailable(buffer) xStreamBufferSpacesAvailable(buffer)
#define xMessageBufferNextLengthBytes(buffer) xStreamBufferNextMessageLengthBytes(buffer)
