#pragma once

// ESP-IDF's interface without a network behind it: enough for projects to build, every call that needs one is refused.

#include <stdint.h>

#include "esp_err.h"
#include "esp_event.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct esp_netif_obj esp_netif_t;

typedef struct {
    uint32_t addr;
} esp_ip4_addr_t;

typedef struct {
    esp_ip4_addr_t ip;
    esp_ip4_addr_t netmask;
    esp_ip4_addr_t gw;
} esp_netif_ip_info_t;

typedef struct {
    esp_netif_t *esp_netif;
    esp_netif_ip_info_t ip_info;
    int ip_changed;
} ip_event_got_ip_t;

typedef enum { IP_EVENT_STA_GOT_IP, IP_EVENT_STA_LOST_IP } ip_event_t;

static const char *const IP_EVENT = "IP_EVENT";

#define IPSTR "%d.%d.%d.%d"
#define IP2STR(ip)                                                                           \
    (int)((ip)->addr & 0xff), (int)((ip)->addr >> 8 & 0xff), (int)((ip)->addr >> 16 & 0xff), \
        (int)((ip)->addr >> 24 & 0xff)

static inline esp_err_t esp_netif_init(void) {
    return ESP_ERR_NOT_SUPPORTED;
}

static inline esp_netif_t *esp_netif_create_default_wifi_sta(void) {
    return 0;
}

static inline esp_netif_t *esp_netif_get_handle_from_ifkey(const char *key) {
    (void)key;
    return 0;
}

static inline esp_err_t esp_netif_get_ip_info(esp_netif_t *netif, esp_netif_ip_info_t *info) {
    (void)netif;
    (void)info;
    return ESP_ERR_NOT_SUPPORTED;
}

#ifdef __cplusplus
}
#endif
