#pragma once

#include "freertos/FreeRTOS.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*StreamBufferCallbackFunction_t)(StreamBufferHandle_t buffer, BaseType_t is_inside_isr,
                                               BaseType_t *woken);

/** Bytes from task to task. The memory comes from the board's internal RAM; NULL when there is not enough, when the
 * size is 0 or the trigger level above it.
 * @param is_message whole messages, each of which takes 4 bytes more than its text */
StreamBufferHandle_t xStreamBufferGenericCreate(size_t size, size_t trigger_level, BaseType_t is_message,
                                                StreamBufferCallbackFunction_t send_completed,
                                                StreamBufferCallbackFunction_t receive_completed);
/** @param storage size + 1 bytes */
StreamBufferHandle_t xStreamBufferGenericCreateStatic(size_t size, size_t trigger_level, BaseType_t is_message,
                                                      uint8_t *storage, StaticStreamBuffer_t *buffer,
                                                      StreamBufferCallbackFunction_t send_completed,
                                                      StreamBufferCallbackFunction_t receive_completed);
void vStreamBufferDelete(StreamBufferHandle_t buffer);

/** Waits until all of it fits; when the time is up, a stream takes what fits, a message buffer nothing. @return bytes
 * sent */
size_t xStreamBufferSend(StreamBufferHandle_t buffer, const void *data, size_t length, TickType_t ticks);
/** Of a stream: what is there, or, where nothing is, what is there once the trigger level is reached. Of messages: one,
 * and nothing where `length` is less than the message has, which stays. @return bytes received */
size_t xStreamBufferReceive(StreamBufferHandle_t buffer, void *data, size_t length, TickType_t ticks);

BaseType_t xStreamBufferIsFull(StreamBufferHandle_t buffer);
BaseType_t xStreamBufferIsEmpty(StreamBufferHandle_t buffer);
/** Empties it. pdFAIL when a task waits for it. */
BaseType_t xStreamBufferReset(StreamBufferHandle_t buffer);
size_t xStreamBufferSpacesAvailable(StreamBufferHandle_t buffer);
size_t xStreamBufferBytesAvailable(StreamBufferHandle_t buffer);
/** pdFALSE when the level is above the size. */
BaseType_t xStreamBufferSetTriggerLevel(StreamBufferHandle_t buffer, size_t trigger_level);
/** Length of the first message; 0 without one. */
size_t xStreamBufferNextMessageLengthBytes(StreamBufferHandle_t buffer);

StreamBufferHandle_t xStreamBufferGenericCreateWithCaps(size_t size, size_t trigger_level, BaseType_t is_message,
                                                        StreamBufferCallbackFunction_t send_completed,
                                                        StreamBufferCallbackFunction_t receive_completed,
                                                        UBaseType_t caps);
void vStreamBufferGenericDeleteWithCaps(StreamBufferHandle_t buffer, BaseType_t is_message);

#define xStreamBufferCreate(size, trigger_level) \
    xStreamBufferGenericCreate((size), (trigger_level), pdFALSE, NULL, NULL)
#define xStreamBufferCreateWithCallback(size, trigger_level, sent, received) \
    xStreamBufferGenericCreate((size), (trigger_level), pdFALSE, (sent), (received))
#define xStreamBufferCreateStatic(size, trigger_level, storage, buffer) \
    xStreamBufferGenericCreateStatic((size), (trigger_level), pdFALSE, (storage), (buffer), NULL, NULL)
#define xStreamBufferCreateWithCaps(size, trigger_level, caps) \
    xStreamBufferGenericCreateWithCaps((size), (trigger_level), pdFALSE, NULL, NULL, (caps))
#define vStreamBufferDeleteWithCaps(buffer) vStreamBufferGenericDeleteWithCaps((buffer), pdFALSE)
#define xStreamBufferSendFromISR(buffer, data, length, woken) xStreamBufferSend((buffer), (data), (length), 0)
#define xStreamBufferReceiveFromISR(buffer, data, length, woken) xStreamBufferReceive((buffer), (data), (length), 0)

#ifdef __cplusplus
}
#endif
