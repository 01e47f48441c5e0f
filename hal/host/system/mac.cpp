#include "esp_mac.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>

#include "board/board.hpp"
#include "esp_log.h"
#include "esp_rom_crc.h"

namespace {

constexpr const char *TAG = "mac";
constexpr size_t LENGTH = 6;
constexpr int TYPES = ESP_MAC_EFUSE_EXT + 1;

struct Address {
    uint8_t bytes[8];
};

struct State {
    std::mutex mutex;
    std::optional<Address> base;
    std::optional<Address> interfaces[TYPES];
};

State &state() {
    static State *instance = new State;
    return *instance;
}

Address factory() {
    const std::string &name = hal::board().profile().title;
    const uint32_t hash = esp_rom_crc32_le(0, reinterpret_cast<const uint8_t *>(name.data()), name.size());
    // 02: administered locally. The last three bytes leave room for the addresses that follow.
    return {{0x02, 0xE5, 0x9D, static_cast<uint8_t>(hash >> 16), static_cast<uint8_t>(hash >> 8),
             static_cast<uint8_t>(hash & 0xF0), 0, 0}};
}

bool has_custom_address(esp_mac_type_t type) {
    return type == ESP_MAC_WIFI_STA || type == ESP_MAC_WIFI_SOFTAP || type == ESP_MAC_BT || type == ESP_MAC_ETH ||
           type == ESP_MAC_IEEE802154 || type == ESP_MAC_BASE;
}

}  // namespace

esp_err_t esp_base_mac_addr_set(const uint8_t *mac) {
    return esp_iface_mac_addr_set(mac, ESP_MAC_BASE);
}

esp_err_t esp_base_mac_addr_get(uint8_t *mac) {
    if (!mac) {
        return ESP_ERR_INVALID_ARG;
    }
    std::lock_guard<std::mutex> guard(state().mutex);
    if (!state().base) {
        ESP_LOGE(TAG, "Base MAC address is not set");
        return ESP_ERR_INVALID_MAC;
    }
    memcpy(mac, state().base->bytes, LENGTH);
    return ESP_OK;
}

esp_err_t esp_efuse_mac_get_custom(uint8_t *mac) {
    return !mac ? ESP_ERR_INVALID_ARG : ESP_ERR_INVALID_MAC;
}

esp_err_t esp_efuse_mac_get_default(uint8_t *mac) {
    if (!mac) {
        return ESP_ERR_INVALID_ARG;
    }
    memcpy(mac, factory().bytes, LENGTH);
    return ESP_OK;
}

esp_err_t esp_read_mac(uint8_t *mac, esp_mac_type_t type) {
    const size_t length = esp_mac_addr_len_get(type);
    if (!mac || length == 0) {
        return ESP_ERR_INVALID_ARG;
    }
    if (type == ESP_MAC_EFUSE_CUSTOM) {
        return esp_efuse_mac_get_custom(mac);
    }
    if (type == ESP_MAC_EFUSE_EXT) {
        mac[0] = 0xff;
        mac[1] = 0xfe;
        return ESP_OK;
    }
    Address address = factory();
    if (type != ESP_MAC_EFUSE_FACTORY) {
        std::lock_guard<std::mutex> guard(state().mutex);
        if (state().interfaces[type]) {
            memcpy(mac, state().interfaces[type]->bytes, length);
            return ESP_OK;
        }
        address = state().base.value_or(address);
    }
    switch (type) {
        case ESP_MAC_WIFI_SOFTAP:
            address.bytes[5] += 1;
            break;
        case ESP_MAC_BT:
            address.bytes[5] += 2;
            break;
        case ESP_MAC_ETH:
            address.bytes[5] += 3;
            break;
        case ESP_MAC_IEEE802154:
            address = {{address.bytes[0], address.bytes[1], address.bytes[2], 0xff, 0xfe, address.bytes[3],
                        address.bytes[4], address.bytes[5]}};
            break;
        default:
            break;
    }
    memcpy(mac, address.bytes, length);
    return ESP_OK;
}

esp_err_t esp_derive_local_mac(uint8_t *local_mac, const uint8_t *universal_mac) {
    if (!local_mac || !universal_mac) {
        return ESP_ERR_INVALID_ARG;
    }
    memmove(local_mac, universal_mac, LENGTH);
    local_mac[0] = (universal_mac[0] & 2) != 0 ? universal_mac[0] ^ 4 : universal_mac[0] | 2;
    return ESP_OK;
}

esp_err_t esp_iface_mac_addr_set(const uint8_t *mac, esp_mac_type_t type) {
    if (!mac || type < 0 || type >= TYPES) {
        return ESP_ERR_INVALID_ARG;
    }
    if (!has_custom_address(type)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if ((mac[0] & 1) != 0) {
        ESP_LOGE(TAG, MACSTR " is a multicast address: no interface can have it", MAC2STR(mac));
        return ESP_ERR_INVALID_ARG;
    }
    Address address = {};
    memcpy(address.bytes, mac, esp_mac_addr_len_get(type));
    std::lock_guard<std::mutex> guard(state().mutex);
    if (type == ESP_MAC_BASE) {
        state().base = address;
    } else {
        state().interfaces[type] = address;
    }
    return ESP_OK;
}

size_t esp_mac_addr_len_get(esp_mac_type_t type) {
    if (type < 0 || type >= TYPES) {
        return 0;
    }
    return type == ESP_MAC_IEEE802154 ? 8 : type == ESP_MAC_EFUSE_EXT ? 2 : LENGTH;
}
