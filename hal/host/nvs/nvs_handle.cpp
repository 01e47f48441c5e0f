#include "nvs_handle.hpp"

#include <cstring>

namespace nvs {
namespace {

class Handle : public NVSHandle {
public:
    explicit Handle(nvs_handle_t handle) : m_handle(handle) {}
    ~Handle() override { nvs_close(m_handle); }

    esp_err_t set_string(const char *key, const char *value) override { return nvs_set_str(m_handle, key, value); }
    esp_err_t set_blob(const char *key, const void *blob, size_t len) override {
        return nvs_set_blob(m_handle, key, blob, len);
    }
    esp_err_t get_string(const char *key, char *out_str, size_t len) override {
        return nvs_get_str(m_handle, key, out_str, &len);
    }
    esp_err_t get_blob(const char *key, void *out_blob, size_t len) override {
        return nvs_get_blob(m_handle, key, out_blob, &len);
    }
    esp_err_t get_item_size(ItemType datatype, const char *key, size_t &size) override {
        switch (datatype) {
            case ItemType::SZ:
                return nvs_get_str(m_handle, key, nullptr, &size);
            case ItemType::BLOB:
            case ItemType::BLOB_DATA:
            case ItemType::ANY:
                return nvs_get_blob(m_handle, key, nullptr, &size);
            default:
                return ESP_ERR_INVALID_ARG;
        }
    }
    esp_err_t find_key(const char *key, nvs_type_t &type) override { return nvs_find_key(m_handle, key, &type); }
    esp_err_t erase_item(const char *key) override { return nvs_erase_key(m_handle, key); }
    esp_err_t erase_all() override { return nvs_erase_all(m_handle); }
    esp_err_t commit() override { return nvs_commit(m_handle); }
    esp_err_t get_used_entry_count(size_t &used_entries) override {
        return nvs_get_used_entry_count(m_handle, &used_entries);
    }

protected:
    template <typename T>
    esp_err_t set(esp_err_t (*store)(nvs_handle_t, const char *, T), const char *key, const void *data) {
        T value;
        memcpy(&value, data, sizeof(value));
        return store(m_handle, key, value);
    }
    template <typename T>
    esp_err_t get(esp_err_t (*load)(nvs_handle_t, const char *, T *), const char *key, void *data) {
        T value;
        const esp_err_t err = load(m_handle, key, &value);
        if (err == ESP_OK) {
            memcpy(data, &value, sizeof(value));
        }
        return err;
    }

    esp_err_t set_typed_item(ItemType datatype, const char *key, const void *data, size_t) override {
        switch (datatype) {
            case ItemType::U8:
                return set<uint8_t>(nvs_set_u8, key, data);
            case ItemType::I8:
                return set<int8_t>(nvs_set_i8, key, data);
            case ItemType::U16:
                return set<uint16_t>(nvs_set_u16, key, data);
            case ItemType::I16:
                return set<int16_t>(nvs_set_i16, key, data);
            case ItemType::U32:
                return set<uint32_t>(nvs_set_u32, key, data);
            case ItemType::I32:
                return set<int32_t>(nvs_set_i32, key, data);
            case ItemType::U64:
                return set<uint64_t>(nvs_set_u64, key, data);
            case ItemType::I64:
                return set<int64_t>(nvs_set_i64, key, data);
            default:
                return ESP_ERR_INVALID_ARG;
        }
    }

    esp_err_t get_typed_item(ItemType datatype, const char *key, void *data, size_t) override {
        switch (datatype) {
            case ItemType::U8:
                return get<uint8_t>(nvs_get_u8, key, data);
            case ItemType::I8:
                return get<int8_t>(nvs_get_i8, key, data);
            case ItemType::U16:
                return get<uint16_t>(nvs_get_u16, key, data);
            case ItemType::I16:
                return get<int16_t>(nvs_get_i16, key, data);
            case ItemType::U32:
                return get<uint32_t>(nvs_get_u32, key, data);
            case ItemType::I32:
                return get<int32_t>(nvs_get_i32, key, data);
            case ItemType::U64:
                return get<uint64_t>(nvs_get_u64, key, data);
            case ItemType::I64:
                return get<int64_t>(nvs_get_i64, key, data);
            default:
                return ESP_ERR_INVALID_ARG;
        }
    }

private:
    nvs_handle_t m_handle;
};

}  // namespace

std::unique_ptr<NVSHandle> open_nvs_handle_from_partition(const char *partition_name, const char *ns_name,
                                                          nvs_open_mode_t open_mode, esp_err_t *err) {
    nvs_handle_t handle = 0;
    const esp_err_t result = !partition_name || !ns_name
                                 ? ESP_ERR_INVALID_ARG
                                 : nvs_open_from_partition(partition_name, ns_name, open_mode, &handle);
    if (err) {
        *err = result;
    }
    return result == ESP_OK ? std::make_unique<Handle>(handle) : nullptr;
}

std::unique_ptr<NVSHandle> open_nvs_handle(const char *ns_name, nvs_open_mode_t open_mode, esp_err_t *err) {
    return open_nvs_handle_from_partition(NVS_DEFAULT_PART_NAME, ns_name, open_mode, err);
}

}  // namespace nvs
