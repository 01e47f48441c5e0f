#include "greeter.h"

#include "sdkconfig.h"

const char *greeting(void) {
#if CONFIG_GREETER_LOUD
    return "HELLO";
#else
    return "hello";
#endif
}
