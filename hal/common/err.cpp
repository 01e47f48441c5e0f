#include "esp_err.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "panic.hpp"

namespace {

struct CodeName {
    esp_err_t code;
    const char *name;
};

#define CODE(x) \
    { x, #x }
constexpr CodeName NAMES[] = {
    CODE(ESP_OK),
    CODE(ESP_FAIL),
    CODE(ESP_ERR_NO_MEM),
    CODE(ESP_ERR_INVALID_ARG),
    CODE(ESP_ERR_INVALID_STATE),
    CODE(ESP_ERR_INVALID_SIZE),
    CODE(ESP_ERR_NOT_FOUND),
    CODE(ESP_ERR_NOT_SUPPORTED),
    CODE(ESP_ERR_TIMEOUT),
    CODE(ESP_ERR_INVALID_RESPONSE),
    CODE(ESP_ERR_INVALID_CRC),
    CODE(ESP_ERR_INVALID_VERSION),
    CODE(ESP_ERR_INVALID_MAC),
    CODE(ESP_ERR_NOT_FINISHED),
    CODE(ESP_ERR_NOT_ALLOWED),
    {0x1101, "ESP_ERR_NVS_NOT_INITIALIZED"},
    {0x1102, "ESP_ERR_NVS_NOT_FOUND"},
    {0x1103, "ESP_ERR_NVS_TYPE_MISMATCH"},
    {0x1104, "ESP_ERR_NVS_READ_ONLY"},
    {0x1105, "ESP_ERR_NVS_NOT_ENOUGH_SPACE"},
    {0x1106, "ESP_ERR_NVS_INVALID_NAME"},
    {0x1107, "ESP_ERR_NVS_INVALID_HANDLE"},
    {0x1108, "ESP_ERR_NVS_REMOVE_FAILED"},
    {0x1109, "ESP_ERR_NVS_KEY_TOO_LONG"},
    {0x110a, "ESP_ERR_NVS_PAGE_FULL"},
    {0x110b, "ESP_ERR_NVS_INVALID_STATE"},
    {0x110c, "ESP_ERR_NVS_INVALID_LENGTH"},
    {0x110d, "ESP_ERR_NVS_NO_FREE_PAGES"},
    {0x110e, "ESP_ERR_NVS_VALUE_TOO_LONG"},
    {0x110f, "ESP_ERR_NVS_PART_NOT_FOUND"},
    {0x1110, "ESP_ERR_NVS_NEW_VERSION_FOUND"},
    {ESP_ERR_WIFI_BASE, "ESP_ERR_WIFI_BASE"},
    {ESP_ERR_MESH_BASE, "ESP_ERR_MESH_BASE"},
    {ESP_ERR_FLASH_BASE, "ESP_ERR_FLASH_BASE"},
    {ESP_ERR_FLASH_BASE + 1, "ESP_ERR_FLASH_OP_FAIL"},
    {ESP_ERR_FLASH_BASE + 2, "ESP_ERR_FLASH_OP_TIMEOUT"},
    {ESP_ERR_FLASH_BASE + 3, "ESP_ERR_FLASH_NOT_INITIALISED"},
    {ESP_ERR_HW_CRYPTO_BASE, "ESP_ERR_HW_CRYPTO_BASE"},
    {ESP_ERR_MEMPROT_BASE, "ESP_ERR_MEMPROT_BASE"},
};
#undef CODE

const char *find_name(esp_err_t code) {
    for (const CodeName &entry : NAMES) {
        if (entry.code == code) {
            return entry.name;
        }
    }
    return nullptr;
}

void print_failed(const char *what, esp_err_t rc, const char *file, int line, const char *function,
                  const char *expression) {
    printf("%s failed: esp_err_t 0x%x (%s) at %p\n", what, rc, esp_err_to_name(rc), __builtin_return_address(0));
    printf("file: \"%s\" line %d\nfunc: %s\nexpression: %s\n", file, line, function, expression);
    fflush(stdout);
}

}  // namespace

const char *esp_err_to_name(esp_err_t code) {
    const char *name = find_name(code);
    return name ? name : "UNKNOWN ERROR";
}

const char *esp_err_to_name_r(esp_err_t code, char *buf, size_t buflen) {
    const char *name = find_name(code);
    if (name) {
        snprintf(buf, buflen, "%s", name);
    } else {
        snprintf(buf, buflen, "Unknown error 0x%x(%d)", code, code);
    }
    return buf;
}

void _esp_error_check_failed(esp_err_t rc, const char *file, int line, const char *function, const char *expression) {
    print_failed("ESP_ERROR_CHECK", rc, file, line, function, expression);
    hal::panic("abort() was called in %s (%s:%d)", function, file, line);
}

void _esp_error_check_failed_without_abort(esp_err_t rc, const char *file, int line, const char *function,
                                           const char *expression) {
    print_failed("ESP_ERROR_CHECK_WITHOUT_ABORT", rc, file, line, function, expression);
}
