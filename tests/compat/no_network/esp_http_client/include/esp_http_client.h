#pragma once

// ESP-IDF's interface without a network behind it: there is never a client.

#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct esp_http_client *esp_http_client_handle_t;
typedef enum { HTTP_METHOD_GET, HTTP_METHOD_POST } esp_http_client_method_t;
typedef enum { HTTP_TRANSPORT_UNKNOWN, HTTP_TRANSPORT_OVER_TCP, HTTP_TRANSPORT_OVER_SSL } esp_http_client_transport_t;

typedef struct {
    const char *url;
    esp_http_client_method_t method;
    int timeout_ms;
    esp_http_client_transport_t transport_type;
    esp_err_t (*crt_bundle_attach)(void *conf);
} esp_http_client_config_t;

static inline esp_http_client_handle_t esp_http_client_init(const esp_http_client_config_t *config) {
    (void)config;
    return 0;
}

static inline esp_err_t esp_http_client_set_header(esp_http_client_handle_t client, const char *key,
                                                   const char *value) {
    (void)client;
    (void)key;
    (void)value;
    return ESP_ERR_NOT_SUPPORTED;
}

static inline esp_err_t esp_http_client_set_post_field(esp_http_client_handle_t client, const char *data, int len) {
    (void)client;
    (void)data;
    (void)len;
    return ESP_ERR_NOT_SUPPORTED;
}

static inline esp_err_t esp_http_client_open(esp_http_client_handle_t client, int len) {
    (void)client;
    (void)len;
    return ESP_ERR_NOT_SUPPORTED;
}

static inline int esp_http_client_write(esp_http_client_handle_t client, const char *data, int len) {
    (void)client;
    (void)data;
    (void)len;
    return -1;
}

static inline esp_err_t esp_http_client_perform(esp_http_client_handle_t client) {
    (void)client;
    return ESP_ERR_NOT_SUPPORTED;
}

static inline int64_t esp_http_client_fetch_headers(esp_http_client_handle_t client) {
    (void)client;
    return -1;
}

static inline int esp_http_client_get_status_code(esp_http_client_handle_t client) {
    (void)client;
    return -1;
}

static inline esp_err_t esp_http_client_cleanup(esp_http_client_handle_t client) {
    (void)client;
    return ESP_ERR_NOT_SUPPORTED;
}

#ifdef __cplusplus
}
#endif
