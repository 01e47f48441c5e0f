#include "esp_idf_version.h"

const char *esp_get_idf_version(void) {
    return "v5.5";
}
