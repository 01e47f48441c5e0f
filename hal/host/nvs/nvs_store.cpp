#include "nvs/nvs_store.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstring>

#include "esp_log.h"

namespace hal {
namespace {

const char *const TAG = "nvs";

constexpr uint32_t BANK_HEAD = 32;
constexpr uint32_t RECORD_HEAD = 16;
constexpr char BANK_MAGIC[4] = {'D', 'N', 'V', '1'};
constexpr uint32_t RECORD_MAGIC = 0x4E585444;  // "DTXN"
constexpr uint32_t BANK_VALID = 0x444F4E45;    // "ENOD"
constexpr uint8_t OP_ERASE = 0;
constexpr uint8_t OP_NAMESPACE = 0xFE;
constexpr size_t OP_HEAD = 8;
constexpr size_t MAX_NAMESPACES = 254;
constexpr size_t ENTRIES_PER_PAGE = 126;  // of the chip's format
constexpr size_t CHUNK_BYTES = (ENTRIES_PER_PAGE - 1) * 32;

uint32_t crc32(const uint8_t *data, size_t size) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xEDB88320 & (0u - (crc & 1)));
        }
    }
    return ~crc;
}

void put_u32(std::vector<uint8_t> &out, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        out.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
}

uint32_t get_u32(const uint8_t *in) {
    return in[0] | in[1] << 8 | in[2] << 16 | static_cast<uint32_t>(in[3]) << 24;
}

bool erased(const uint8_t *data, size_t size) {
    return std::all_of(data, data + size, [](uint8_t byte) { return byte == 0xFF; });
}

void put_operation(std::vector<uint8_t> &out, uint8_t type, const NvsStore::Key &key,
                   const std::vector<uint8_t> *data) {
    out.push_back(type);
    out.push_back(static_cast<uint8_t>(key.first.size()));
    out.push_back(static_cast<uint8_t>(key.second.size()));
    out.push_back(0);
    put_u32(out, data == nullptr ? 0 : static_cast<uint32_t>(data->size()));
    out.insert(out.end(), key.first.begin(), key.first.end());
    out.insert(out.end(), key.second.begin(), key.second.end());
    if (data != nullptr) {
        out.insert(out.end(), data->begin(), data->end());
    }
}

uint64_t operation_size(const NvsStore::Key &key, size_t data) {
    return OP_HEAD + key.first.size() + key.second.size() + data;
}

uint32_t padded(uint64_t size) {
    return static_cast<uint32_t>((size + 3) / 4 * 4);
}

std::vector<uint8_t> make_record(const std::vector<uint8_t> &payload) {
    std::vector<uint8_t> out;
    put_u32(out, RECORD_MAGIC);
    put_u32(out, static_cast<uint32_t>(payload.size()));
    put_u32(out, crc32(payload.data(), payload.size()));
    put_u32(out, crc32(out.data(), out.size()));
    out.insert(out.end(), payload.begin(), payload.end());
    out.resize(padded(out.size()), 0xFF);
    return out;
}

/// Length of the whole record at `at`; 0 when there is none that is intact.
uint32_t record_length(const std::vector<uint8_t> &bytes, uint32_t at) {
    if (at + RECORD_HEAD > bytes.size()) {
        return 0;
    }
    const uint8_t *head = bytes.data() + at;
    const uint32_t length = get_u32(head + 4);
    if (get_u32(head) != RECORD_MAGIC || get_u32(head + 12) != crc32(head, 12) ||
        length > bytes.size() - at - RECORD_HEAD || get_u32(head + 8) != crc32(head + RECORD_HEAD, length)) {
        return 0;
    }
    return padded(static_cast<uint64_t>(RECORD_HEAD) + length);
}

/// Entries that the chip's format takes for a value.
size_t chip_entries(const NvsStore::Value &value) {
    const size_t size = value.data.size();
    switch (value.type) {
        case NVS_TYPE_STR:
            return 1 + (size + 31) / 32;
        case NVS_TYPE_BLOB: {
            const size_t chunks = std::max<size_t>(1, (size + CHUNK_BYTES - 1) / CHUNK_BYTES);
            return 1 + chunks + (size + 31) / 32;
        }
        default:
            return 1;
    }
}

}  // namespace

NvsStore::BankState NvsStore::inspect(const std::vector<uint8_t> &bytes, uint32_t &generation) const {
    if (erased(bytes.data(), bytes.size())) {
        return BankState::kErased;
    }
    const uint8_t *head = bytes.data();
    if (memcmp(head, BANK_MAGIC, sizeof(BANK_MAGIC)) == 0 && get_u32(head + 8) == crc32(head, 8) &&
        get_u32(head + 12) == BANK_VALID && record_length(bytes, BANK_HEAD) != 0) {
        generation = get_u32(head + 4);
        return BankState::kValid;
    }
    // Cut while it was erased or written: the magic is there in part, the rest of it erased.
    size_t same = 0;
    while (same < sizeof(BANK_MAGIC) && head[same] == static_cast<uint8_t>(BANK_MAGIC[same])) {
        same++;
    }
    return erased(head + same, sizeof(BANK_MAGIC) - same) ? BankState::kUnfinished : BankState::kForeign;
}

void NvsStore::replay(const std::vector<uint8_t> &bytes) {
    uint32_t at = BANK_HEAD;
    for (uint32_t length = record_length(bytes, at); length != 0; length = record_length(bytes, at)) {
        const uint8_t *payload = bytes.data() + at + RECORD_HEAD;
        const size_t size = get_u32(bytes.data() + at + 4);
        for (size_t i = 0; size - i >= OP_HEAD;) {
            const uint8_t type = payload[i];
            const size_t name_size = payload[i + 1];
            const size_t key_size = payload[i + 2];
            const size_t data_size = get_u32(payload + i + 4);
            i += OP_HEAD;
            if (name_size + key_size > size - i || data_size > size - i - name_size - key_size) {
                break;
            }
            const char *text = reinterpret_cast<const char *>(payload + i);
            Key key{std::string(text, name_size), std::string(text + name_size, key_size)};
            i += name_size + key_size;
            if (type == OP_NAMESPACE) {
                m_namespaces.insert(key.first);
            } else if (type == OP_ERASE) {
                m_values.erase(key);
            } else {
                m_namespaces.insert(key.first);
                m_values[key] = {static_cast<nvs_type_t>(type), {payload + i, payload + i + data_size}};
            }
            i += data_size;
        }
        at += length;
    }
    m_end = at;
    m_end_clean = at <= bytes.size() && erased(bytes.data() + at, bytes.size() - at);
}

esp_err_t NvsStore::open() {
    if (m_partition.size / m_partition.erase_size < 3) {
        ESP_LOGE(TAG, "partition '%s' has %" PRIu32 " bytes, settings need at least 0x3000", m_partition.label,
                 m_partition.size);
        return ESP_ERR_NVS_NO_FREE_PAGES;
    }
    BankState states[2];
    uint32_t generations[2] = {0, 0};
    std::vector<uint8_t> banks[2];
    for (int bank = 0; bank < 2; bank++) {
        banks[bank].resize(bank_size());
        const esp_err_t err =
            esp_partition_read(&m_partition, bank_offset(bank), banks[bank].data(), banks[bank].size());
        if (err != ESP_OK) {
            return err;
        }
        states[bank] = inspect(banks[bank], generations[bank]);
    }
    for (int bank = 0; bank < 2; bank++) {
        const bool newer = states[1 - bank] != BankState::kValid || generations[bank] > generations[1 - bank];
        if (states[bank] == BankState::kValid && newer) {
            m_bank = bank;
            m_generation = generations[bank];
            replay(banks[bank]);
            return ESP_OK;
        }
    }
    if (states[0] == BankState::kForeign || states[1] == BankState::kForeign) {
        ESP_LOGE(TAG,
                 "partition '%s' holds something else than settings of this format; nvs_flash_erase() makes it usable",
                 m_partition.label);
        return ESP_ERR_NVS_NO_FREE_PAGES;
    }
    return ESP_OK;  // new
}

const NvsStore::Value *NvsStore::find(const Key &key) const {
    const auto found = m_values.find(key);
    return found == m_values.end() ? nullptr : &found->second;
}

uint64_t NvsStore::snapshot_size() const {
    uint64_t size = BANK_HEAD + RECORD_HEAD;
    for (const std::string &name : m_namespaces) {
        size += operation_size({name, ""}, 0);
    }
    for (const auto &[key, value] : m_values) {
        size += operation_size(key, value.data.size());
    }
    return size;
}

esp_err_t NvsStore::set(const Key &key, Value value) {
    const Value *old = find(key);
    if (old != nullptr && old->type == value.type && old->data == value.data) {
        return ESP_OK;
    }
    const uint64_t before = snapshot_size();
    const uint64_t size =
        before - (old == nullptr ? 0 : operation_size(key, old->data.size())) + operation_size(key, value.data.size());
    if (padded(size) > bank_size()) {
        ESP_LOGE(TAG, "set '%s' in '%s': %zu bytes do not fit, partition '%s' holds %" PRIu64 " of %" PRIu32 " bytes",
                 key.second.c_str(), key.first.c_str(), value.data.size(), m_partition.label, before, bank_size());
        return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
    }
    m_values[key] = std::move(value);
    m_dirty.insert(key);
    return ESP_OK;
}

esp_err_t NvsStore::erase(const Key &key) {
    if (m_values.erase(key) == 0) {
        return ESP_ERR_NVS_NOT_FOUND;
    }
    m_dirty.insert(key);
    return ESP_OK;
}

void NvsStore::erase_namespace(const std::string &name) {
    for (auto it = m_values.begin(); it != m_values.end();) {
        if (it->first.first == name) {
            m_dirty.insert(it->first);
            it = m_values.erase(it);
        } else {
            ++it;
        }
    }
}

esp_err_t NvsStore::add_namespace(const std::string &name) {
    if (m_namespaces.count(name) != 0) {
        return ESP_OK;
    }
    if (m_namespaces.size() >= MAX_NAMESPACES || snapshot_size() + operation_size({name, ""}, 0) > bank_size()) {
        return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
    }
    m_namespaces.insert(name);
    m_dirty.insert({name, ""});
    return ESP_OK;
}

esp_err_t NvsStore::commit() {
    if (m_dirty.empty()) {
        return ESP_OK;
    }
    std::vector<uint8_t> payload;
    for (const Key &key : m_dirty) {
        const Value *value = find(key);
        if (key.second.empty()) {
            put_operation(payload, OP_NAMESPACE, key, nullptr);
        } else if (value == nullptr) {
            put_operation(payload, OP_ERASE, key, nullptr);
        } else {
            put_operation(payload, static_cast<uint8_t>(value->type), key, &value->data);
        }
    }
    const std::vector<uint8_t> record = make_record(payload);
    esp_err_t err = ESP_OK;
    if (m_bank < 0 || !m_end_clean || record.size() > bank_size() - m_end) {
        err = compact();
    } else {
        err = esp_partition_write(&m_partition, bank_offset(m_bank) + m_end, record.data(), record.size());
        m_end_clean = err == ESP_OK;
        m_end += err == ESP_OK ? static_cast<uint32_t>(record.size()) : 0;
    }
    if (err == ESP_OK) {
        m_dirty.clear();
    } else {
        ESP_LOGE(TAG, "commit to partition '%s' failed: %s", m_partition.label, esp_err_to_name(err));
    }
    return err;
}

esp_err_t NvsStore::compact() {
    const int target = m_bank < 0 ? 0 : 1 - m_bank;
    std::vector<uint8_t> payload;
    for (const std::string &name : m_namespaces) {
        put_operation(payload, OP_NAMESPACE, {name, ""}, nullptr);
    }
    for (const auto &[key, value] : m_values) {
        put_operation(payload, static_cast<uint8_t>(value.type), key, &value.data);
    }
    const std::vector<uint8_t> record = make_record(payload);
    std::vector<uint8_t> head(BANK_MAGIC, BANK_MAGIC + sizeof(BANK_MAGIC));
    put_u32(head, m_generation + 1);
    put_u32(head, crc32(head.data(), head.size()));
    std::vector<uint8_t> valid;
    put_u32(valid, BANK_VALID);

    const uint32_t offset = bank_offset(target);
    esp_err_t err = esp_partition_erase_range(&m_partition, offset, bank_size());
    if (err == ESP_OK) {
        err = esp_partition_write(&m_partition, offset, head.data(), head.size());
    }
    if (err == ESP_OK) {
        err = esp_partition_write(&m_partition, offset + BANK_HEAD, record.data(), record.size());
    }
    if (err == ESP_OK) {
        err =
            esp_partition_write(&m_partition, offset + static_cast<uint32_t>(head.size()), valid.data(), valid.size());
    }
    if (err == ESP_OK) {
        m_bank = target;
        m_generation++;
        m_end = BANK_HEAD + static_cast<uint32_t>(record.size());
        m_end_clean = true;
    }
    return err;
}

size_t NvsStore::used_entries(const std::string *only_namespace) const {
    size_t used = only_namespace == nullptr ? m_namespaces.size() : 0;
    for (const auto &[key, value] : m_values) {
        if (only_namespace == nullptr || key.first == *only_namespace) {
            used += chip_entries(value);
        }
    }
    return used;
}

size_t NvsStore::total_entries() const {
    return m_partition.size / m_partition.erase_size * ENTRIES_PER_PAGE;
}

}  // namespace hal
