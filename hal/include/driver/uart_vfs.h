#pragma once

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Standard input and output are UART0 with or without its driver, see driver/uart.h: both calls change nothing. */
void uart_vfs_dev_use_driver(int uart_num);
void uart_vfs_dev_use_nonblocking(int uart_num);

#ifdef __cplusplus
}
#endif
