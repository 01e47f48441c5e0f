#pragma once

#include <memory>
#include <string>
#include <type_traits>

#include "nvs.h"

namespace nvs {

/** As nvs_type_t. */
enum class ItemType : uint8_t {
    U8 = NVS_TYPE_U8,
    I8 = NVS_TYPE_I8,
    U16 = NVS_TYPE_U16,
    I16 = NVS_TYPE_I16,
    U32 = NVS_TYPE_U32,
    I32 = NVS_TYPE_I32,
    U64 = NVS_TYPE_U64,
    I64 = NVS_TYPE_I64,
    SZ = NVS_TYPE_STR,
    BLOB = 0x41,
    BLOB_DATA = NVS_TYPE_BLOB,
    BLOB_IDX = 0x48,
    ANY = NVS_TYPE_ANY,
};

template <typename T, typename std::enable_if<std::is_integral<T>::value || std::is_enum<T>::value, int>::type = 0>
constexpr ItemType itemTypeOf() {
    return static_cast<ItemType>((std::is_signed<T>::value ? 0x10 : 0x00) | sizeof(T));
}
template <typename T>
constexpr ItemType itemTypeOf(const T &) {
    return itemTypeOf<T>();
}

/** An open namespace; it is closed with the object. Values, keys and errors are nvs.h's. */
class NVSHandle {
public:
    virtual ~NVSHandle() {}

    /** Integers and enumerations, each as the type of its size. */
    template <typename T>
    esp_err_t set_item(const char *key, T value) {
        return set_typed_item(itemTypeOf(value), key, &value, sizeof(value));
    }
    template <typename T>
    esp_err_t get_item(const char *key, T &value) {
        return get_typed_item(itemTypeOf(value), key, &value, sizeof(value));
    }
    virtual esp_err_t set_string(const char *key, const char *value) = 0;
    virtual esp_err_t set_blob(const char *key, const void *blob, size_t len) = 0;
    /** ESP_ERR_NVS_INVALID_LENGTH where len is too little. */
    virtual esp_err_t get_string(const char *key, char *out_str, size_t len) = 0;
    virtual esp_err_t get_blob(const char *key, void *out_blob, size_t len) = 0;
    /** Of a string (ItemType::SZ, with its zero) or a blob. */
    virtual esp_err_t get_item_size(ItemType datatype, const char *key, size_t &size) = 0;
    virtual esp_err_t find_key(const char *key, nvs_type_t &type) = 0;
    virtual esp_err_t erase_item(const char *key) = 0;
    virtual esp_err_t erase_all() = 0;
    virtual esp_err_t commit() = 0;
    virtual esp_err_t get_used_entry_count(size_t &used_entries) = 0;

protected:
    virtual esp_err_t set_typed_item(ItemType datatype, const char *key, const void *data, size_t data_size) = 0;
    virtual esp_err_t get_typed_item(ItemType datatype, const char *key, void *data, size_t data_size) = 0;
};

/** @param err what nvs_open() would return; may be nullptr
 * @return nullptr where it is not ESP_OK */
std::unique_ptr<NVSHandle> open_nvs_handle(const char *ns_name, nvs_open_mode_t open_mode, esp_err_t *err = nullptr);
std::unique_ptr<NVSHandle> open_nvs_handle_from_partition(const char *partition_name, const char *ns_name,
                                                          nvs_open_mode_t open_mode, esp_err_t *err = nullptr);

}  // namespace nvs
