// Serial ports: UART0 is standard input and output, the others lead nowhere.
#include "driver/uart.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

#include "driver/uart_vfs.h"
#include "esp_log.h"

namespace {

constexpr const char *TAG = "uart";
constexpr int FIFO = 128;
/** How long a wait for input lasts before it looks whether the driver is still there. */
constexpr int SLICE_MS = 10;

struct Port {
    std::atomic<bool> installed{false};
    std::atomic<uint32_t> baud_rate{115200};
    std::atomic<bool> told{false};  // that nothing is connected, or that the input has ended
    std::atomic<uint32_t> read_calls{
        0};            // an event is due when data waits that came after the last one or was left over
    std::mutex mutex;  // of what follows: installing and deleting
    QueueHandle_t queue = nullptr;
    std::thread events;
};

Port &port_of(uart_port_t port) {
    static Port *ports = new Port[UART_NUM_MAX];
    return ports[port];
}

bool exists(uart_port_t port) {
    if (port >= 0 && port < UART_NUM_MAX) {
        return true;
    }
    ESP_LOGE(TAG, "no chip has a UART%d", static_cast<int>(port));
    return false;
}

bool is_console(uart_port_t port) {
    return port == UART_NUM_0;
}

bool has_driver(uart_port_t port) {
    if (!exists(port)) {
        return false;
    }
    if (!port_of(port).installed) {
        ESP_LOGE(TAG, "UART%d: uart_driver_install() is needed first", static_cast<int>(port));
        return false;
    }
    return true;
}

void tell_once(uart_port_t port, const char *what) {
    if (!port_of(port).told.exchange(true)) {
        ESP_LOGW(TAG, "UART%d: %s", static_cast<int>(port), what);
    }
}

size_t waiting_bytes() {
    int count = 0;
    return ioctl(STDIN_FILENO, FIONREAD, &count) == 0 && count > 0 ? static_cast<size_t>(count) : 0;
}

/** Waits for input. @return false: none has come */
bool wait_for_input(int timeout_ms) {
    pollfd input = {STDIN_FILENO, POLLIN, 0};
    return poll(&input, 1, timeout_ms) == 1 && (input.revents & (POLLIN | POLLHUP)) != 0;
}

void announce_input(Port *port) {
    size_t announced = 0;
    uint32_t read_calls = port->read_calls;
    while (port->installed) {
        const size_t waiting = wait_for_input(SLICE_MS) ? waiting_bytes() : 0;
        if (port->read_calls != read_calls) {
            read_calls = port->read_calls;
            announced = 0;
        }
        if (waiting > announced) {
            const uart_event_t event = {UART_DATA, waiting - announced, true};
            if (xQueueSend(port->queue, &event, 0) == pdTRUE) {
                announced = waiting;
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(waiting ? SLICE_MS : 1));
    }
}

using Clock = std::chrono::steady_clock;

/** Milliseconds until `end`, at most a slice; 0 when it has passed. */
int slice_until(Clock::time_point end, bool forever) {
    if (forever) {
        return SLICE_MS;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    return left < 0 ? 0 : static_cast<int>(left < SLICE_MS ? left : SLICE_MS);
}

}  // namespace

extern "C" {

esp_err_t uart_driver_install(uart_port_t port, int rx_buffer_size, int tx_buffer_size, int queue_size,
                              QueueHandle_t *queue, int intr_alloc_flags) {
    (void)intr_alloc_flags;
    if (!exists(port)) {
        return ESP_ERR_INVALID_ARG;
    }
    if (rx_buffer_size <= FIFO || (tx_buffer_size != 0 && tx_buffer_size <= FIFO)) {
        ESP_LOGE(TAG, "UART%d: buffers of %d and %d bytes: more than %d are needed", static_cast<int>(port),
                 rx_buffer_size, tx_buffer_size, FIFO);
        return ESP_FAIL;
    }
    Port &chosen = port_of(port);
    const std::lock_guard<std::mutex> lock(chosen.mutex);
    if (chosen.installed) {
        ESP_LOGE(TAG, "UART%d: its driver is installed already", static_cast<int>(port));
        return ESP_FAIL;
    }
    if (queue_size > 0 && queue) {
        chosen.queue = xQueueCreate(static_cast<UBaseType_t>(queue_size), sizeof(uart_event_t));
        if (!chosen.queue) {
            ESP_LOGE(TAG, "UART%d: no memory for %d events", static_cast<int>(port), queue_size);
            return ESP_ERR_NO_MEM;
        }
        *queue = chosen.queue;
    }
    chosen.installed = true;
    if (chosen.queue && is_console(port)) {
        chosen.events = std::thread(announce_input, &chosen);
    }
    return ESP_OK;
}

esp_err_t uart_driver_delete(uart_port_t port) {
    if (!exists(port)) {
        return ESP_ERR_INVALID_ARG;
    }
    Port &chosen = port_of(port);
    const std::lock_guard<std::mutex> lock(chosen.mutex);
    chosen.installed = false;
    if (chosen.events.joinable()) {
        chosen.events.join();
    }
    if (chosen.queue) {
        vQueueDelete(chosen.queue);
        chosen.queue = nullptr;
    }
    return ESP_OK;
}

bool uart_is_driver_installed(uart_port_t port) {
    return port >= 0 && port < UART_NUM_MAX && port_of(port).installed;
}

esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config) {
    if (!exists(port) || !config) {
        return ESP_FAIL;
    }
    if (config->baud_rate <= 0 || config->data_bits < 0 || config->data_bits >= UART_DATA_BITS_MAX ||
        config->flow_ctrl < 0 || config->flow_ctrl >= UART_HW_FLOWCTRL_MAX) {
        ESP_LOGE(TAG, "UART%d: %d baud, data bits %d, flow control %d: one of them no chip has", static_cast<int>(port),
                 config->baud_rate, static_cast<int>(config->data_bits), static_cast<int>(config->flow_ctrl));
        return ESP_FAIL;
    }
    port_of(port).baud_rate = static_cast<uint32_t>(config->baud_rate);
    return ESP_OK;
}

esp_err_t uart_set_pin(uart_port_t port, int tx, int rx, int rts, int cts) {
    if (!exists(port)) {
        return ESP_FAIL;
    }
    for (int pin : {tx, rx, rts, cts}) {
        if (pin < UART_PIN_NO_CHANGE || pin >= GPIO_NUM_MAX) {
            ESP_LOGE(TAG, "UART%d: no chip has a pin %d", static_cast<int>(port), pin);
            return ESP_FAIL;
        }
    }
    return ESP_OK;
}

esp_err_t uart_set_baudrate(uart_port_t port, uint32_t baud_rate) {
    if (!exists(port) || baud_rate == 0) {
        return ESP_FAIL;
    }
    port_of(port).baud_rate = baud_rate;
    return ESP_OK;
}

esp_err_t uart_get_baudrate(uart_port_t port, uint32_t *baud_rate) {
    if (!exists(port) || !baud_rate) {
        return ESP_FAIL;
    }
    *baud_rate = port_of(port).baud_rate;
    return ESP_OK;
}

esp_err_t uart_set_mode(uart_port_t port, uart_mode_t mode) {
    (void)mode;
    return has_driver(port) ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t uart_set_rx_timeout(uart_port_t port, uint8_t symbols) {
    (void)symbols;
    return has_driver(port) ? ESP_OK : ESP_FAIL;
}

esp_err_t uart_set_rx_full_threshold(uart_port_t port, int threshold) {
    return has_driver(port) && threshold > 0 && threshold < FIFO ? ESP_OK : ESP_ERR_INVALID_ARG;
}

int uart_write_bytes(uart_port_t port, const void *data, size_t size) {
    if (!has_driver(port) || !data) {
        return -1;
    }
    if (!is_console(port)) {
        tell_once(port, "nothing is connected to it");
        return static_cast<int>(size);
    }
    const size_t written = fwrite(data, 1, size, stdout);
    fflush(stdout);
    return static_cast<int>(written);
}

int uart_read_bytes(uart_port_t port, void *data, uint32_t length, TickType_t ticks) {
    if (!has_driver(port) || !data) {
        return -1;
    }
    Port &chosen = port_of(port);
    const bool forever = ticks == portMAX_DELAY;
    const Clock::time_point end = Clock::now() + std::chrono::milliseconds(forever ? 0 : pdTICKS_TO_MS(ticks));
    uint32_t count = 0;
    if (!is_console(port)) {
        tell_once(port, "nothing is connected to it");
    }
    for (bool ended = !is_console(port); count < length && chosen.installed;) {
        const int slice = slice_until(end, forever);
        if (ended) {
            std::this_thread::sleep_for(std::chrono::milliseconds(slice));
        } else if (wait_for_input(slice)) {
            const ssize_t got = read(STDIN_FILENO, static_cast<uint8_t *>(data) + count, length - count);
            ended = got <= 0;
            count += got > 0 ? static_cast<uint32_t>(got) : 0;
            if (ended) {
                tell_once(port, "the program's input has ended");
            }
            continue;
        }
        if (slice == 0) {
            break;
        }
    }
    chosen.read_calls++;
    return static_cast<int>(count);
}

esp_err_t uart_get_buffered_data_len(uart_port_t port, size_t *size) {
    if (!has_driver(port) || !size) {
        return ESP_FAIL;
    }
    *size = is_console(port) ? waiting_bytes() : 0;
    return ESP_OK;
}

esp_err_t uart_wait_tx_done(uart_port_t port, TickType_t ticks) {
    (void)ticks;
    return has_driver(port) ? ESP_OK : ESP_FAIL;
}

esp_err_t uart_flush(uart_port_t port) {
    return uart_flush_input(port);
}

esp_err_t uart_flush_input(uart_port_t port) {
    if (!has_driver(port)) {
        return ESP_FAIL;
    }
    uint8_t lost[256];
    for (size_t waiting = is_console(port) ? waiting_bytes() : 0; waiting > 0; waiting = waiting_bytes()) {
        if (read(STDIN_FILENO, lost, waiting < sizeof(lost) ? waiting : sizeof(lost)) <= 0) {
            break;
        }
    }
    port_of(port).read_calls++;
    return ESP_OK;
}

void uart_vfs_dev_use_driver(int uart_num) {
    (void)uart_num;
}

void uart_vfs_dev_use_nonblocking(int uart_num) {
    (void)uart_num;
}

}  // extern "C"
