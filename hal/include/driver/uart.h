#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "esp_intr_alloc.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "freertos/task.h"
#include "hal/gpio_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Serial ports. UART0 is the console: what is written to it goes to the program's output, what is read from it is the
 * program's input. Nothing is connected to the others: what is written is lost, and reads wait in vain. */

/** As many as the chip with the most of them has. */
typedef enum { UART_NUM_0, UART_NUM_1, UART_NUM_2, UART_NUM_3, UART_NUM_4, UART_NUM_MAX } uart_port_t;

typedef enum {
    UART_DATA_5_BITS,
    UART_DATA_6_BITS,
    UART_DATA_7_BITS,
    UART_DATA_8_BITS,
    UART_DATA_BITS_MAX
} uart_word_length_t;
typedef enum { UART_STOP_BITS_1 = 1, UART_STOP_BITS_1_5, UART_STOP_BITS_2, UART_STOP_BITS_MAX } uart_stop_bits_t;
typedef enum { UART_PARITY_DISABLE = 0, UART_PARITY_EVEN = 2, UART_PARITY_ODD = 3 } uart_parity_t;
typedef enum {
    UART_HW_FLOWCTRL_DISABLE,
    UART_HW_FLOWCTRL_RTS,
    UART_HW_FLOWCTRL_CTS,
    UART_HW_FLOWCTRL_CTS_RTS,
    UART_HW_FLOWCTRL_MAX
} uart_hw_flowcontrol_t;
typedef enum { UART_SCLK_DEFAULT, UART_SCLK_APB, UART_SCLK_XTAL, UART_SCLK_RTC, UART_SCLK_REF_TICK } uart_sclk_t;
typedef enum {
    UART_MODE_UART,
    UART_MODE_RS485_HALF_DUPLEX,
    UART_MODE_IRDA,
    UART_MODE_RS485_COLLISION_DETECT,
    UART_MODE_RS485_APP_CTRL
} uart_mode_t;

typedef struct {
    int baud_rate;
    uart_word_length_t data_bits;
    uart_parity_t parity;
    uart_stop_bits_t stop_bits;
    uart_hw_flowcontrol_t flow_ctrl;
    uint8_t rx_flow_ctrl_thresh;
    union {
        uart_sclk_t source_clk;
    };
    struct {
        uint32_t allow_pd : 1;
        uint32_t backup_before_sleep : 1;
    } flags;
} uart_config_t;

typedef enum {
    UART_DATA,
    UART_BREAK,
    UART_BUFFER_FULL,
    UART_FIFO_OVF,
    UART_FRAME_ERR,
    UART_PARITY_ERR,
    UART_DATA_BREAK,
    UART_PATTERN_DET,
    UART_EVENT_MAX
} uart_event_type_t;

typedef struct {
    uart_event_type_t type;
    size_t size;        ///< of the data that waits
    bool timeout_flag;  ///< the line has been quiet
} uart_event_t;

#define UART_PIN_NO_CHANGE (-1)
#define UART_HW_FIFO_LEN(port) 128

/** @param queue where UART_DATA is announced whenever input has come; with queue_size 0 there is none
 * @return ESP_FAIL for a driver that is there already and for buffers that are not longer than UART_HW_FIFO_LEN (no
 * buffer for sending is allowed); ESP_ERR_INVALID_ARG for a port that the chip lacks; ESP_ERR_NO_MEM */
esp_err_t uart_driver_install(uart_port_t port, int rx_buffer_size, int tx_buffer_size, int queue_size,
                              QueueHandle_t *queue, int intr_alloc_flags);
esp_err_t uart_driver_delete(uart_port_t port);
bool uart_is_driver_installed(uart_port_t port);

/** Settings are checked and kept; bytes pass whatever they are. */
esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config);
/** Pins are not emulated. */
esp_err_t uart_set_pin(uart_port_t port, int tx, int rx, int rts, int cts);
esp_err_t uart_set_baudrate(uart_port_t port, uint32_t baud_rate);
esp_err_t uart_get_baudrate(uart_port_t port, uint32_t *baud_rate);
esp_err_t uart_set_mode(uart_port_t port, uart_mode_t mode);
esp_err_t uart_set_rx_timeout(uart_port_t port, uint8_t symbols);
esp_err_t uart_set_rx_full_threshold(uart_port_t port, int threshold);

/** @return number of bytes, all of them; -1 without a driver or without data */
int uart_write_bytes(uart_port_t port, const void *data, size_t size);
/** Waits for all `length` bytes, at most for `ticks`. @return number of bytes that came; -1 without a driver */
int uart_read_bytes(uart_port_t port, void *data, uint32_t length, TickType_t ticks);
esp_err_t uart_get_buffered_data_len(uart_port_t port, size_t *size);
esp_err_t uart_wait_tx_done(uart_port_t port, TickType_t ticks);
/** Both forget what has come. */
esp_err_t uart_flush(uart_port_t port);
esp_err_t uart_flush_input(uart_port_t port);

#ifdef __cplusplus
}
#endif
