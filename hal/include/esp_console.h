#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "esp_heap_caps.h"
#include "freertos/FreeRTOS.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t max_cmdline_length;
    size_t max_cmdline_args;
    uint32_t heap_alloc_caps;
    int hint_color;
    int hint_bold;
} esp_console_config_t;

#define ESP_CONSOLE_CONFIG_DEFAULT()                                                                                \
    {                                                                                                               \
        .max_cmdline_length = 256, .max_cmdline_args = 32, .heap_alloc_caps = MALLOC_CAP_DEFAULT, .hint_color = 39, \
        .hint_bold = 0                                                                                              \
    }

typedef struct {
    uint32_t max_history_len;
    const char *history_save_path;  ///< lines are not edited here: there is no history
    uint32_t task_stack_size;
    uint32_t task_priority;
    BaseType_t task_core_id;
    const char *prompt;  ///< NULL: "esp> "
    size_t max_cmdline_length;
} esp_console_repl_config_t;

#define ESP_CONSOLE_REPL_CONFIG_DEFAULT()                                                              \
    {                                                                                                  \
        .max_history_len = 32, .history_save_path = NULL, .task_stack_size = 4096, .task_priority = 2, \
        .task_core_id = tskNO_AFFINITY, .prompt = NULL, .max_cmdline_length = 0                        \
    }

/** The console's device: on the PC all are standard input and output. */
typedef struct {
    int channel;
    int baud_rate;
    int tx_gpio_num;
    int rx_gpio_num;
} esp_console_dev_uart_config_t;
// Nothing can be configured; in C an empty structure has another size than in C++.
typedef struct {
    char unused;
} esp_console_dev_usb_cdc_config_t;
typedef struct {
    char unused;
} esp_console_dev_usb_serial_jtag_config_t;

#define ESP_CONSOLE_DEV_UART_CONFIG_DEFAULT() \
    { .channel = 0, .baud_rate = 115200, .tx_gpio_num = -1, .rx_gpio_num = -1 }
#define ESP_CONSOLE_DEV_CDC_CONFIG_DEFAULT() \
    {}
#define ESP_CONSOLE_DEV_USB_SERIAL_JTAG_CONFIG_DEFAULT() \
    {}

typedef int (*esp_console_cmd_func_t)(int argc, char **argv);
typedef int (*esp_console_cmd_func_with_context_t)(void *context, int argc, char **argv);

typedef struct {
    const char *command;
    const char *help;  ///< NULL: the command is not listed
    const char *hint;
    esp_console_cmd_func_t func;
    void *argtable;
    esp_console_cmd_func_with_context_t func_w_context;  ///< instead of func
    void *context;
} esp_console_cmd_t;

typedef struct esp_console_repl_s esp_console_repl_t;
struct esp_console_repl_s {
    esp_err_t (*del)(esp_console_repl_t *repl);
};

/** @return ESP_ERR_INVALID_STATE where it is initialized already */
esp_err_t esp_console_init(const esp_console_config_t *config);
esp_err_t esp_console_deinit(void);

/** A command of that name is replaced. @return ESP_ERR_INVALID_ARG without name or function, or with both functions */
esp_err_t esp_console_cmd_register(const esp_console_cmd_t *cmd);
esp_err_t esp_console_cmd_deregister(const char *cmd_name);
/** @param cmd_ret what the command's function returned
 * @return ESP_ERR_INVALID_ARG for an empty line, ESP_ERR_NOT_FOUND for an unknown command, ESP_ERR_INVALID_STATE
 * before esp_console_init() */
esp_err_t esp_console_run(const char *cmdline, int *cmd_ret);
/** Splits a line in place: at spaces, but for those within "..." or behind a backslash. @return number of words, at
 * most argv_size - 1 */
size_t esp_console_split_argv(char *line, char **argv, size_t argv_size);
/** The command `help [command]`. */
esp_err_t esp_console_register_help_command(void);

/** A task that reads commands from standard input until its end. */
esp_err_t esp_console_new_repl_uart(const esp_console_dev_uart_config_t *dev_config,
                                    const esp_console_repl_config_t *repl_config, esp_console_repl_t **ret_repl);
esp_err_t esp_console_new_repl_usb_cdc(const esp_console_dev_usb_cdc_config_t *dev_config,
                                       const esp_console_repl_config_t *repl_config, esp_console_repl_t **ret_repl);
esp_err_t esp_console_new_repl_usb_serial_jtag(const esp_console_dev_usb_serial_jtag_config_t *dev_config,
                                               const esp_console_repl_config_t *repl_config,
                                               esp_console_repl_t **ret_repl);
esp_err_t esp_console_new_repl_stdio(const esp_console_repl_config_t *repl_config, esp_console_repl_t **ret_repl);
/** @return ESP_ERR_INVALID_STATE where it runs already */
esp_err_t esp_console_start_repl(esp_console_repl_t *repl);

#ifdef __cplusplus
}
#endif
