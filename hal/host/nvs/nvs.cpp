// nvs.h and nvs_flash.h over NvsStore.

#include "nvs.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "board/board.hpp"
#include "esp_log.h"
#include "flash/flash.hpp"
#include "nvs/nvs_store.hpp"
#include "nvs_flash.h"

struct nvs_opaque_iterator_t {
    std::vector<nvs_entry_info_t> entries;
    size_t position = 0;
};

namespace {

using hal::NvsStore;

const char *const TAG = "nvs";

constexpr size_t STRING_MAX = 4000;
constexpr size_t BLOB_MAX = 508000;

struct Handle {
    std::string partition;
    std::string name_space;
    bool writable;
};

/** Open partitions and handles. They belong to one flash and go with it. */
struct State {
    std::mutex mutex;
    uint64_t flash_id = 0;
    std::map<std::string, std::unique_ptr<NvsStore>> stores;
    std::map<nvs_handle_t, Handle> handles;
    nvs_handle_t next_handle = 1;
};

/** The state with its mutex held. */
class Locked {
public:
    Locked() : m_state(instance()), m_lock(m_state.mutex) {
        hal::Flash *flash = hal::board().flash();
        const uint64_t id = !flash ? 0 : flash->id();
        if (m_state.flash_id != id) {
            m_state.stores.clear();
            m_state.handles.clear();
            m_state.flash_id = id;
        }
    }
    State *operator->() { return &m_state; }

    NvsStore *store(const std::string &partition) {
        const auto found = m_state.stores.find(partition);
        return found == m_state.stores.end() ? nullptr : found->second.get();
    }

    /** @return the store of a handle, or null for one that is not open. */
    NvsStore *store(nvs_handle_t handle, Handle *&out) {
        const auto found = m_state.handles.find(handle);
        if (found == m_state.handles.end()) {
            return nullptr;
        }
        out = &found->second;
        return store(found->second.partition);
    }

    void close_partition(const std::string &partition) {
        m_state.stores.erase(partition);
        for (auto it = m_state.handles.begin(); it != m_state.handles.end();) {
            it = it->second.partition == partition ? m_state.handles.erase(it) : std::next(it);
        }
    }

private:
    static State &instance() {
        static State *state = new State();
        return *state;
    }
    State &m_state;
    std::unique_lock<std::mutex> m_lock;
};

esp_err_t check_key(const char *key) {
    if (!key || key[0] == '\0') {
        return ESP_ERR_NVS_INVALID_NAME;
    }
    return strlen(key) >= NVS_KEY_NAME_MAX_SIZE ? ESP_ERR_NVS_KEY_TOO_LONG : ESP_OK;
}

esp_err_t set_value(nvs_handle_t handle, const char *key, nvs_type_t type, const void *data, size_t size) {
    Locked state;
    Handle *open = nullptr;
    NvsStore *store = state.store(handle, open);
    if (!store) {
        return ESP_ERR_NVS_INVALID_HANDLE;
    }
    if (!open->writable) {
        return ESP_ERR_NVS_READ_ONLY;
    }
    const esp_err_t err = check_key(key);
    if (err != ESP_OK) {
        return err;
    }
    const uint8_t *bytes = static_cast<const uint8_t *>(data);
    return store->set({open->name_space, key}, {type, std::vector<uint8_t>(bytes, bytes + size)});
}

/** Finds a value of this type. Call with the state locked. */
esp_err_t find_value(Locked &state, nvs_handle_t handle, const char *key, nvs_type_t type,
                     const NvsStore::Value *&out) {
    Handle *open = nullptr;
    NvsStore *store = state.store(handle, open);
    if (!store) {
        return ESP_ERR_NVS_INVALID_HANDLE;
    }
    const esp_err_t err = check_key(key);
    if (err != ESP_OK) {
        return err;
    }
    out = store->find({open->name_space, key});
    return !out || (type != NVS_TYPE_ANY && out->type != type) ? ESP_ERR_NVS_NOT_FOUND : ESP_OK;
}

template <typename T>
esp_err_t get_number(nvs_handle_t handle, const char *key, nvs_type_t type, T *out) {
    if (!out) {
        return ESP_ERR_INVALID_ARG;
    }
    Locked state;
    const NvsStore::Value *value = nullptr;
    const esp_err_t err = find_value(state, handle, key, type, value);
    if (err != ESP_OK) {
        return err;
    }
    if (value->data.size() != sizeof(T)) {
        return ESP_ERR_NVS_INVALID_LENGTH;
    }
    memcpy(out, value->data.data(), sizeof(T));
    return ESP_OK;
}

esp_err_t get_bytes(nvs_handle_t handle, const char *key, nvs_type_t type, void *out, size_t *length) {
    Locked state;
    const NvsStore::Value *value = nullptr;
    const esp_err_t err = find_value(state, handle, key, type, value);
    if (err != ESP_OK) {
        return err;
    }
    if (!length) {
        return ESP_ERR_NVS_INVALID_LENGTH;
    }
    const size_t room = *length;
    *length = value->data.size();
    if (!out) {
        return ESP_OK;
    }
    if (room < value->data.size()) {
        return ESP_ERR_NVS_INVALID_LENGTH;
    }
    if (!value->data.empty()) {
        memcpy(out, value->data.data(), value->data.size());
    }
    return ESP_OK;
}

const esp_partition_t *nvs_partition(const char *label) {
    return !label ? nullptr : esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_NVS, label);
}

esp_err_t find_entries(NvsStore &store, const char *name_space, nvs_type_t type, nvs_iterator_t *out) {
    auto iterator = std::make_unique<nvs_opaque_iterator_t>();
    for (const auto &[key, value] : store.values()) {
        if ((!name_space || key.first == name_space) && (type == NVS_TYPE_ANY || type == value.type)) {
            nvs_entry_info_t info = {};
            memcpy(info.namespace_name, key.first.c_str(), key.first.size());
            memcpy(info.key, key.second.c_str(), key.second.size());
            info.type = value.type;
            iterator->entries.push_back(info);
        }
    }
    if (iterator->entries.empty()) {
        return ESP_ERR_NVS_NOT_FOUND;
    }
    *out = iterator.release();
    return ESP_OK;
}

}  // namespace

extern "C" {

// --- nvs_flash ---

esp_err_t nvs_flash_init_partition_ptr(const esp_partition_t *partition) {
    if (!partition) {
        return ESP_ERR_INVALID_ARG;
    }
    Locked state;
    if (state.store(partition->label)) {
        return ESP_OK;
    }
    auto store = std::make_unique<NvsStore>(partition);
    const esp_err_t err = store->open();
    if (err == ESP_OK) {
        state->stores[partition->label] = std::move(store);
    }
    return err;
}

esp_err_t nvs_flash_init_partition(const char *partition_label) {
    const esp_partition_t *partition = nvs_partition(partition_label);
    if (!partition) {
        ESP_LOGE(TAG, "there is no nvs partition '%s'", !partition_label ? "" : partition_label);
        return ESP_ERR_NOT_FOUND;
    }
    return nvs_flash_init_partition_ptr(partition);
}

esp_err_t nvs_flash_init(void) {
    return nvs_flash_init_partition(NVS_DEFAULT_PART_NAME);
}

esp_err_t nvs_flash_deinit_partition(const char *partition_label) {
    Locked state;
    if (!partition_label || !state.store(partition_label)) {
        return ESP_ERR_NVS_NOT_INITIALIZED;
    }
    state.close_partition(partition_label);
    return ESP_OK;
}

esp_err_t nvs_flash_deinit(void) {
    return nvs_flash_deinit_partition(NVS_DEFAULT_PART_NAME);
}

esp_err_t nvs_flash_erase_partition_ptr(const esp_partition_t *partition) {
    if (!partition) {
        return ESP_ERR_INVALID_ARG;
    }
    {
        Locked state;
        state.close_partition(partition->label);
    }
    return esp_partition_erase_range(partition, 0, partition->size / partition->erase_size * partition->erase_size);
}

esp_err_t nvs_flash_erase_partition(const char *part_name) {
    const esp_partition_t *partition = nvs_partition(part_name);
    return !partition ? ESP_ERR_NOT_FOUND : nvs_flash_erase_partition_ptr(partition);
}

esp_err_t nvs_flash_erase(void) {
    return nvs_flash_erase_partition(NVS_DEFAULT_PART_NAME);
}

// --- handles ---

esp_err_t nvs_open_from_partition(const char *part_name, const char *namespace_name, nvs_open_mode_t open_mode,
                                  nvs_handle_t *out_handle) {
    if (!part_name || !out_handle) {
        return ESP_ERR_INVALID_ARG;
    }
    if (!namespace_name || namespace_name[0] == '\0' || strlen(namespace_name) >= NVS_NS_NAME_MAX_SIZE) {
        return ESP_ERR_NVS_INVALID_NAME;
    }
    Locked state;
    NvsStore *store = state.store(part_name);
    if (!store) {
        return state->stores.empty() ? ESP_ERR_NVS_NOT_INITIALIZED : ESP_ERR_NVS_PART_NOT_FOUND;
    }
    if (!store->has_namespace(namespace_name)) {
        if (open_mode == NVS_READONLY) {
            return ESP_ERR_NVS_NOT_FOUND;
        }
        const esp_err_t err = store->partition().readonly ? ESP_ERR_NOT_ALLOWED : store->add_namespace(namespace_name);
        if (err != ESP_OK) {
            return err;
        }
    }
    *out_handle = state->next_handle++;
    state->handles[*out_handle] = {part_name, namespace_name, open_mode == NVS_READWRITE};
    return ESP_OK;
}

esp_err_t nvs_open(const char *namespace_name, nvs_open_mode_t open_mode, nvs_handle_t *out_handle) {
    return nvs_open_from_partition(NVS_DEFAULT_PART_NAME, namespace_name, open_mode, out_handle);
}

void nvs_close(nvs_handle_t handle) {
    Locked state;
    state->handles.erase(handle);
}

esp_err_t nvs_commit(nvs_handle_t handle) {
    Locked state;
    Handle *open = nullptr;
    NvsStore *store = state.store(handle, open);
    if (!store) {
        return ESP_ERR_NVS_INVALID_HANDLE;
    }
    return open->writable ? store->commit() : ESP_ERR_NVS_READ_ONLY;
}

// --- values ---

// NOLINTBEGIN(bugprone-macro-parentheses): a type cannot have parentheses.
#define DEFINE_NUMBER(suffix, ctype, nvs_type)                                      \
    esp_err_t nvs_set_##suffix(nvs_handle_t handle, const char *key, ctype value) { \
        return set_value(handle, key, nvs_type, &value, sizeof(value));             \
    }                                                                               \
    esp_err_t nvs_get_##suffix(nvs_handle_t handle, const char *key, ctype *out) {  \
        return get_number(handle, key, nvs_type, out);                              \
    }
// NOLINTEND(bugprone-macro-parentheses)
DEFINE_NUMBER(i8, int8_t, NVS_TYPE_I8)
DEFINE_NUMBER(u8, uint8_t, NVS_TYPE_U8)
DEFINE_NUMBER(i16, int16_t, NVS_TYPE_I16)
DEFINE_NUMBER(u16, uint16_t, NVS_TYPE_U16)
DEFINE_NUMBER(i32, int32_t, NVS_TYPE_I32)
DEFINE_NUMBER(u32, uint32_t, NVS_TYPE_U32)
DEFINE_NUMBER(i64, int64_t, NVS_TYPE_I64)
DEFINE_NUMBER(u64, uint64_t, NVS_TYPE_U64)

esp_err_t nvs_set_str(nvs_handle_t handle, const char *key, const char *value) {
    if (!value) {
        return ESP_ERR_INVALID_ARG;
    }
    const size_t size = strlen(value) + 1;
    return size > STRING_MAX ? ESP_ERR_NVS_VALUE_TOO_LONG : set_value(handle, key, NVS_TYPE_STR, value, size);
}

esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *value, size_t length) {
    if (!value && length != 0) {
        return ESP_ERR_INVALID_ARG;
    }
    return length > BLOB_MAX ? ESP_ERR_NVS_VALUE_TOO_LONG : set_value(handle, key, NVS_TYPE_BLOB, value, length);
}

esp_err_t nvs_get_str(nvs_handle_t handle, const char *key, char *out_value, size_t *length) {
    return get_bytes(handle, key, NVS_TYPE_STR, out_value, length);
}

esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *out_value, size_t *length) {
    return get_bytes(handle, key, NVS_TYPE_BLOB, out_value, length);
}

esp_err_t nvs_find_key(nvs_handle_t handle, const char *key, nvs_type_t *out_type) {
    Locked state;
    const NvsStore::Value *value = nullptr;
    const esp_err_t err = find_value(state, handle, key, NVS_TYPE_ANY, value);
    if (err == ESP_OK && out_type) {
        *out_type = value->type;
    }
    return err;
}

esp_err_t nvs_erase_key(nvs_handle_t handle, const char *key) {
    Locked state;
    Handle *open = nullptr;
    NvsStore *store = state.store(handle, open);
    if (!store) {
        return ESP_ERR_NVS_INVALID_HANDLE;
    }
    const esp_err_t err = check_key(key);
    if (err != ESP_OK) {
        return err;
    }
    return open->writable ? store->erase({open->name_space, key}) : ESP_ERR_NVS_READ_ONLY;
}

esp_err_t nvs_erase_all(nvs_handle_t handle) {
    Locked state;
    Handle *open = nullptr;
    NvsStore *store = state.store(handle, open);
    if (!store) {
        return ESP_ERR_NVS_INVALID_HANDLE;
    }
    if (!open->writable) {
        return ESP_ERR_NVS_READ_ONLY;
    }
    store->erase_namespace(open->name_space);
    return ESP_OK;
}

// --- figures ---

esp_err_t nvs_get_stats(const char *part_name, nvs_stats_t *nvs_stats) {
    if (!nvs_stats) {
        return ESP_ERR_INVALID_ARG;
    }
    *nvs_stats = {};
    Locked state;
    NvsStore *store = state.store(!part_name ? NVS_DEFAULT_PART_NAME : part_name);
    if (!store) {
        return ESP_ERR_NVS_NOT_INITIALIZED;
    }
    nvs_stats->total_entries = store->total_entries();
    nvs_stats->used_entries = std::min(store->used_entries(), nvs_stats->total_entries);
    nvs_stats->free_entries = nvs_stats->total_entries - nvs_stats->used_entries;
    const size_t reserved = NvsStore::reserved_entries();
    nvs_stats->available_entries = nvs_stats->free_entries > reserved ? nvs_stats->free_entries - reserved : 0;
    nvs_stats->namespace_count = store->namespace_count();
    return ESP_OK;
}

esp_err_t nvs_get_used_entry_count(nvs_handle_t handle, size_t *used_entries) {
    if (!used_entries) {
        return ESP_ERR_INVALID_ARG;
    }
    *used_entries = 0;
    Locked state;
    Handle *open = nullptr;
    NvsStore *store = state.store(handle, open);
    if (!store) {
        return ESP_ERR_NVS_INVALID_HANDLE;
    }
    *used_entries = store->used_entries(&open->name_space);
    return ESP_OK;
}

esp_err_t nvs_entry_find(const char *part_name, const char *namespace_name, nvs_type_t type,
                         nvs_iterator_t *output_iterator) {
    if (!part_name || !output_iterator) {
        return ESP_ERR_INVALID_ARG;
    }
    *output_iterator = nullptr;
    Locked state;
    NvsStore *store = state.store(part_name);
    return !store ? ESP_ERR_NVS_NOT_FOUND : find_entries(*store, namespace_name, type, output_iterator);
}

esp_err_t nvs_entry_find_in_handle(nvs_handle_t handle, nvs_type_t type, nvs_iterator_t *output_iterator) {
    if (!output_iterator) {
        return ESP_ERR_INVALID_ARG;
    }
    *output_iterator = nullptr;
    Locked state;
    Handle *open = nullptr;
    NvsStore *store = state.store(handle, open);
    return !store ? ESP_ERR_NVS_INVALID_HANDLE : find_entries(*store, open->name_space.c_str(), type, output_iterator);
}

esp_err_t nvs_entry_next(nvs_iterator_t *iterator) {
    if (!iterator || !*iterator) {
        return ESP_ERR_INVALID_ARG;
    }
    if (++(*iterator)->position == (*iterator)->entries.size()) {
        delete *iterator;
        *iterator = nullptr;
        return ESP_ERR_NVS_NOT_FOUND;
    }
    return ESP_OK;
}

esp_err_t nvs_entry_info(const nvs_iterator_t iterator, nvs_entry_info_t *out_info) {
    if (!iterator || !out_info) {
        return ESP_ERR_INVALID_ARG;
    }
    *out_info = iterator->entries[iterator->position];
    return ESP_OK;
}

void nvs_release_iterator(nvs_iterator_t iterator) {
    delete iterator;
}

}  // extern "C"
