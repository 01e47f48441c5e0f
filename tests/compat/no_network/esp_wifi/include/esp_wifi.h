#pragma once

// ESP-IDF's interface without a radio behind it: enough for projects to build, every call that needs one is refused.

#include <stdbool.h>
#include <stdint.h>

#include "esp_err.h"
#include "esp_event.h"
#include "esp_netif.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { WIFI_MODE_NULL, WIFI_MODE_STA, WIFI_MODE_AP, WIFI_MODE_APSTA } wifi_mode_t;
typedef enum { WIFI_IF_STA, WIFI_IF_AP } wifi_interface_t;
typedef enum {
    WIFI_AUTH_OPEN,
    WIFI_AUTH_WEP,
    WIFI_AUTH_WPA_PSK,
    WIFI_AUTH_WPA2_PSK,
    WIFI_AUTH_WPA_WPA2_PSK,
    WIFI_AUTH_WPA3_PSK,
} wifi_auth_mode_t;
typedef enum {
    WPA3_SAE_PWE_UNSPECIFIED,
    WPA3_SAE_PWE_HUNT_AND_PECK,
    WPA3_SAE_PWE_HASH_TO_ELEMENT,
    WPA3_SAE_PWE_BOTH
} wifi_sae_pwe_method_t;
typedef enum {
    WIFI_EVENT_STA_START = 2,
    WIFI_EVENT_STA_STOP,
    WIFI_EVENT_STA_CONNECTED,
    WIFI_EVENT_STA_DISCONNECTED
} wifi_event_t;

static const char *const WIFI_EVENT = "WIFI_EVENT";

typedef struct {
    int rssi;
    wifi_auth_mode_t authmode;
} wifi_scan_threshold_t;

typedef struct {
    bool capable;
    bool required;
} wifi_pmf_config_t;

typedef struct {
    uint8_t ssid[32];
    uint8_t password[64];
    wifi_scan_threshold_t threshold;
    wifi_pmf_config_t pmf_cfg;
    wifi_sae_pwe_method_t sae_pwe_h2e;
} wifi_sta_config_t;

typedef union {
    wifi_sta_config_t sta;
} wifi_config_t;

typedef struct {
    int unused;
} wifi_init_config_t;

typedef struct {
    uint8_t ssid[32];
    uint8_t reason;
} wifi_event_sta_disconnected_t;

#define WIFI_INIT_CONFIG_DEFAULT() \
    { 0 }

#define NO_WIFI(name, ...)                      \
    static inline esp_err_t name(__VA_ARGS__) { \
        return ESP_ERR_NOT_SUPPORTED;           \
    }

static inline esp_err_t esp_wifi_init(const wifi_init_config_t *config) {
    (void)config;
    return ESP_ERR_NOT_SUPPORTED;
}

static inline esp_err_t esp_wifi_set_mode(wifi_mode_t mode) {
    (void)mode;
    return ESP_ERR_NOT_SUPPORTED;
}

static inline esp_err_t esp_wifi_set_config(wifi_interface_t interface, wifi_config_t *config) {
    (void)interface;
    (void)config;
    return ESP_ERR_NOT_SUPPORTED;
}

NO_WIFI(esp_wifi_deinit, void)
NO_WIFI(esp_wifi_start, void)
NO_WIFI(esp_wifi_stop, void)
NO_WIFI(esp_wifi_connect, void)
NO_WIFI(esp_wifi_disconnect, void)

#undef NO_WIFI

#ifdef __cplusplus
}
#endif
