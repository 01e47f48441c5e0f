#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef MAC2STR
#define MAC2STR(a) (a)[0], (a)[1], (a)[2], (a)[3], (a)[4], (a)[5]
#define MACSTR "%02x:%02x:%02x:%02x:%02x:%02x"
#endif

typedef enum {
    ESP_MAC_WIFI_STA,       ///< the base address
    ESP_MAC_WIFI_SOFTAP,    ///< base + 1
    ESP_MAC_BT,             ///< base + 2
    ESP_MAC_ETH,            ///< base + 3
    ESP_MAC_IEEE802154,     ///< 8 bytes: ff:fe in the middle of the base address
    ESP_MAC_BASE,           ///< what was set with esp_base_mac_addr_set(), or the chip's own
    ESP_MAC_EFUSE_FACTORY,  ///< the chip's own
    ESP_MAC_EFUSE_CUSTOM,
    ESP_MAC_EFUSE_EXT,  ///< 2 bytes
} esp_mac_type_t;

/** Each emulated board has an address of its own, of the range for local administration; the same in every run.
 * Errors: ESP_ERR_INVALID_ARG (NULL, or a multicast address), ESP_ERR_NOT_SUPPORTED (no such address on the chip). */
esp_err_t esp_base_mac_addr_set(const uint8_t *mac);
/** ESP_ERR_INVALID_MAC where none was set. */
esp_err_t esp_base_mac_addr_get(uint8_t *mac);
/** ESP_ERR_INVALID_MAC: none is burnt. */
esp_err_t esp_efuse_mac_get_custom(uint8_t *mac);
esp_err_t esp_efuse_mac_get_default(uint8_t *mac);
esp_err_t esp_read_mac(uint8_t *mac, esp_mac_type_t type);
/** The address with the bit for local administration, or, where it is set already, another one. */
esp_err_t esp_derive_local_mac(uint8_t *local_mac, const uint8_t *universal_mac);
esp_err_t esp_iface_mac_addr_set(const uint8_t *mac, esp_mac_type_t type);
/** 6, 8 or 2; 0 for a type that is none. */
size_t esp_mac_addr_len_get(esp_mac_type_t type);

#ifdef __cplusplus
}
#endif
