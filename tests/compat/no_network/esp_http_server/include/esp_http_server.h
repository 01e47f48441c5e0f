#pragma once

// ESP-IDF's interface without a network behind it: no server starts.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void *httpd_handle_t;
typedef enum { HTTP_GET = 1, HTTP_POST = 3 } httpd_method_t;

typedef struct httpd_req {
    httpd_handle_t handle;
    int method;
    const char *uri;
    size_t content_len;
    void *user_ctx;
} httpd_req_t;

typedef struct {
    const char *uri;
    httpd_method_t method;
    esp_err_t (*handler)(httpd_req_t *req);
    void *user_ctx;
} httpd_uri_t;

typedef struct {
    unsigned task_priority;
    size_t stack_size;
    int core_id;
    uint16_t server_port;
    uint16_t ctrl_port;
    uint16_t max_open_sockets;
    uint16_t max_uri_handlers;
} httpd_config_t;

#define HTTPD_DEFAULT_CONFIG() \
    { 5, 4096, 0x7FFFFFFF, 80, 32768, 7, 8 }
#define HTTPD_RESP_USE_STRLEN -1

static inline esp_err_t httpd_start(httpd_handle_t *handle, const httpd_config_t *config) {
    (void)handle;
    (void)config;
    return ESP_ERR_NOT_SUPPORTED;
}

static inline esp_err_t httpd_register_uri_handler(httpd_handle_t handle, const httpd_uri_t *uri) {
    (void)handle;
    (void)uri;
    return ESP_ERR_NOT_SUPPORTED;
}

static inline esp_err_t httpd_resp_set_type(httpd_req_t *req, const char *type) {
    (void)req;
    (void)type;
    return ESP_ERR_NOT_SUPPORTED;
}

static inline esp_err_t httpd_resp_set_hdr(httpd_req_t *req, const char *field, const char *value) {
    (void)req;
    (void)field;
    (void)value;
    return ESP_ERR_NOT_SUPPORTED;
}

static inline esp_err_t httpd_resp_send(httpd_req_t *req, const char *data, ptrdiff_t len) {
    (void)req;
    (void)data;
    (void)len;
    return ESP_ERR_NOT_SUPPORTED;
}

static inline esp_err_t httpd_resp_send_chunk(httpd_req_t *req, const char *data, ptrdiff_t len) {
    (void)req;
    (void)data;
    (void)len;
    return ESP_ERR_NOT_SUPPORTED;
}

#ifdef __cplusplus
}
#endif
