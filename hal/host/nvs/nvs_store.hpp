#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "esp_partition.h"
#include "nvs.h"

namespace hal {

/// The settings of one partition, in a format of this project's own.
///
/// The partition is two banks of equal size, each a log: a head of 32 bytes, then transactions. A transaction is one
/// write: 16 bytes of head (magic, length, CRC-32 of the payload, CRC-32 of the head itself) and all changes of a
/// commit. A loss of power leaves it whole or with a wrong CRC, hence all of a commit or nothing. When a bank is full,
/// the other is erased, gets everything as its first transaction, and last the word in its head that makes it valid.
/// So the banks hold half of what the partition has.
class NvsStore {
public:
    struct Value {
        nvs_type_t type;
        std::vector<uint8_t> data;
    };
    using Key = std::pair<std::string, std::string>;  ///< namespace, key

    explicit NvsStore(const esp_partition_t *partition) : m_partition(*partition) {}

    /// Reads the partition. @return ESP_ERR_NVS_NO_FREE_PAGES when it is too small or holds something else.
    esp_err_t open();

    const Value *find(const Key &key) const;
    /// @return ESP_ERR_NVS_NOT_ENOUGH_SPACE when all values together would exceed a bank.
    esp_err_t set(const Key &key, Value value);
    /// @return ESP_ERR_NVS_NOT_FOUND
    esp_err_t erase(const Key &key);
    void erase_namespace(const std::string &name);
    bool has_namespace(const std::string &name) const { return m_namespaces.count(name) != 0; }
    esp_err_t add_namespace(const std::string &name);
    /// Makes every change since the last commit durable, or none of them.
    esp_err_t commit();

    const std::map<Key, Value> &values() const { return m_values; }
    size_t namespace_count() const { return m_namespaces.size(); }
    /// Entries of 32 bytes that the chip would need for what is stored, and that the partition has.
    size_t used_entries(const std::string *only_namespace = nullptr) const;
    size_t total_entries() const;
    const esp_partition_t &partition() const { return m_partition; }

private:
    enum class BankState { kErased, kUnfinished, kValid, kForeign };

    uint32_t bank_size() const { return m_partition.size / m_partition.erase_size / 2 * m_partition.erase_size; }
    uint32_t bank_offset(int bank) const { return static_cast<uint32_t>(bank) * bank_size(); }
    BankState inspect(const std::vector<uint8_t> &bytes, uint32_t &generation) const;
    void replay(const std::vector<uint8_t> &bytes);
    esp_err_t compact();
    uint64_t snapshot_size() const;

    esp_partition_t m_partition;
    std::map<Key, Value> m_values;
    std::set<std::string> m_namespaces;
    std::set<Key> m_dirty;  // key "" stands for the namespace itself
    int m_bank = -1;        // -1: nothing was ever written
    uint32_t m_generation = 0;
    uint32_t m_end = 0;        // where the next transaction goes
    bool m_end_clean = false;  // only erased bytes follow
};

}  // namespace hal
