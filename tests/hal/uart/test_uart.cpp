#include "driver/uart.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "driver/uart_vfs.h"

namespace {

/** A pipe in the place of standard input. */
class Uart : public testing::Test {
protected:
    void SetUp() override {
        int ends[2];
        ASSERT_EQ(pipe(ends), 0);
        m_input = ends[1];
        m_before = dup(STDIN_FILENO);
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
    }
    void TearDown() override {
        for (int port = 0; port < UART_NUM_MAX; port++) {
            EXPECT_EQ(uart_driver_delete((uart_port_t)port), ESP_OK);
        }
        hang_up();
        dup2(m_before, STDIN_FILENO);
        close(m_before);
    }
    void send(const std::string &text) { ASSERT_EQ(write(m_input, text.data(), text.size()), (ssize_t)text.size()); }
    void hang_up() {
        if (m_input >= 0) {
            close(m_input);
        }
        m_input = -1;
    }
    std::string receive(uint32_t length, TickType_t ticks) {
        std::string text(length, '?');
        const int count = uart_read_bytes(UART_NUM_0, text.data(), length, ticks);
        return count < 0 ? "no driver" : text.substr(0, count);
    }

private:
    int m_input = -1;
    int m_before = -1;
};

TEST_F(Uart, ReadsTheProgramsInput) {
    ASSERT_EQ(uart_driver_install(UART_NUM_0, 1024, 0, 0, nullptr, 0), ESP_OK);
    EXPECT_TRUE(uart_is_driver_installed(UART_NUM_0));
    uart_vfs_dev_use_driver(UART_NUM_0);
    send("hello");
    size_t size = 0;
    EXPECT_EQ(uart_get_buffered_data_len(UART_NUM_0, &size), ESP_OK);
    EXPECT_EQ(size, 5u);
    EXPECT_EQ(receive(3, portMAX_DELAY), "hel");
    // Fewer bytes than asked for come when the time is over.
    EXPECT_EQ(receive(10, pdMS_TO_TICKS(20)), "lo");
    EXPECT_EQ(receive(1, 0), "");
    std::thread sender([this] {
        send("a");
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        send("b");
    });
    EXPECT_EQ(receive(2, portMAX_DELAY), "ab");
    sender.join();
    send("forgotten");
    EXPECT_EQ(uart_flush_input(UART_NUM_0), ESP_OK);
    EXPECT_EQ(receive(1, 0), "");
    hang_up();
    EXPECT_EQ(receive(4, pdMS_TO_TICKS(20)), "");
}

TEST_F(Uart, WritesToTheProgramsOutput) {
    ASSERT_EQ(uart_driver_install(UART_NUM_0, 1024, 1024, 0, nullptr, 0), ESP_OK);
    testing::internal::CaptureStdout();
    EXPECT_EQ(uart_write_bytes(UART_NUM_0, "a\0b", 3), 3);
    EXPECT_EQ(uart_wait_tx_done(UART_NUM_0, portMAX_DELAY), ESP_OK);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), std::string("a\0b", 3));
}

TEST_F(Uart, AnnouncesInput) {
    QueueHandle_t queue = nullptr;
    ASSERT_EQ(uart_driver_install(UART_NUM_0, 1024, 0, 4, &queue, 0), ESP_OK);
    uart_event_t event = {};
    EXPECT_EQ(xQueueReceive(queue, &event, pdMS_TO_TICKS(30)), pdFALSE);
    for (const char *text : {"one", "two"}) {
        send(text);
        ASSERT_EQ(xQueueReceive(queue, &event, pdMS_TO_TICKS(10000)), pdTRUE);
        EXPECT_EQ(event.type, UART_DATA);
        EXPECT_EQ(event.size, 3u);
        EXPECT_EQ(receive((uint32_t)event.size, 0), text);
    }
}

TEST_F(Uart, NothingIsConnectedToTheOthers) {
    ASSERT_EQ(uart_driver_install(UART_NUM_1, 256, 0, 0, nullptr, 0), ESP_OK);
    uint8_t byte = 0;
    EXPECT_EQ(uart_write_bytes(UART_NUM_1, &byte, 1), 1);
    EXPECT_EQ(uart_read_bytes(UART_NUM_1, &byte, 1, pdMS_TO_TICKS(10)), 0);
}

TEST_F(Uart, Refuses) {
    uint8_t byte = 0;
    size_t size = 0;
    EXPECT_EQ(uart_read_bytes(UART_NUM_0, &byte, 1, 0), -1);
    EXPECT_EQ(uart_write_bytes(UART_NUM_0, &byte, 1), -1);
    EXPECT_EQ(uart_get_buffered_data_len(UART_NUM_0, &size), ESP_FAIL);
    EXPECT_EQ(uart_driver_install(UART_NUM_0, 128, 0, 0, nullptr, 0), ESP_FAIL);
    EXPECT_EQ(uart_driver_install(UART_NUM_0, 256, 100, 0, nullptr, 0), ESP_FAIL);
    EXPECT_EQ(uart_driver_install(UART_NUM_MAX, 256, 0, 0, nullptr, 0), ESP_ERR_INVALID_ARG);
    EXPECT_FALSE(uart_is_driver_installed((uart_port_t)-1));
    ASSERT_EQ(uart_driver_install(UART_NUM_0, 256, 0, 0, nullptr, 0), ESP_OK);
    EXPECT_EQ(uart_driver_install(UART_NUM_0, 256, 0, 0, nullptr, 0), ESP_FAIL);
    EXPECT_EQ(uart_param_config(UART_NUM_0, nullptr), ESP_FAIL);
    uart_config_t config = {};
    EXPECT_EQ(uart_param_config(UART_NUM_0, &config), ESP_FAIL);
    config.baud_rate = 921600;
    config.data_bits = UART_DATA_8_BITS;
    EXPECT_EQ(uart_param_config(UART_NUM_0, &config), ESP_OK);
    uint32_t baud_rate = 0;
    EXPECT_EQ(uart_get_baudrate(UART_NUM_0, &baud_rate), ESP_OK);
    EXPECT_EQ(baud_rate, 921600u);
    EXPECT_EQ(uart_set_pin(UART_NUM_0, 999, 1, UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE), ESP_FAIL);
    EXPECT_EQ(uart_set_pin(UART_NUM_0, 1, 2, UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE), ESP_OK);
}

}  // namespace
