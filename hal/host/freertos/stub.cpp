#include "freertos/FreeRTOS.h"
BaseType_t xPortGetCoreID(void) {
    return 0;
}
