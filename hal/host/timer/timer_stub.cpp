#include "board/clock.hpp"
#include "esp_timer.h"
int64_t esp_timer_get_time(void) {
    return hal::clock().now_us();
}
