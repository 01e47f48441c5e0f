#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "esp_partition.h"
#include "nvs.h"

namespace hal {

/** The settings of one partition, in the chip's own format (ESP-IDF's documentation, "NVS Library, Internals"): what
 * ESP-IDF's generator writes is read here, and what is written here a chip reads.
 *
 * Pages of 4096 bytes, each with a head, the states of 126 entries (two bits each), and the entries of 32 bytes. Pages
 * are written one after the other; one is always kept empty, for the entries in use of the page that is freed next. A
 * new value is written behind all others, then the old one's state becomes "erased". States only lose bits, and the
 * state of a value's first entry is written last: a loss of power at any byte leaves the old value or the new one.
 *
 * Changes are made to a copy in memory at once, which so is full when the chip is; commit() does the same to the
 * flash. */
class NvsStore {
public:
    struct Value {
        nvs_type_t type;
        std::vector<uint8_t> data;
    };
    using Key = std::pair<std::string, std::string>;  ///< namespace, key

    explicit NvsStore(const esp_partition_t *partition) : m_partition(*partition) {}

    /** Reads the partition, and mends what a loss of power has left. @return ESP_ERR_NVS_NO_FREE_PAGES when it is too
     * small, holds something else, or has no empty page; ESP_ERR_NVS_NEW_VERSION_FOUND */
    esp_err_t open();

    const Value *find(const Key &key) const;
    /** @return ESP_ERR_NVS_NOT_ENOUGH_SPACE */
    esp_err_t set(const Key &key, Value value);
    /** @return ESP_ERR_NVS_NOT_FOUND */
    esp_err_t erase(const Key &key);
    void erase_namespace(const std::string &name);
    bool has_namespace(const std::string &name) const { return m_namespaces.count(name) != 0; }
    esp_err_t add_namespace(const std::string &name);
    /** Makes every change since the last commit durable. */
    esp_err_t commit();

    const std::map<Key, Value> &values() const { return m_values; }
    size_t namespace_count() const { return m_namespaces.size(); }
    /** Entries in use, and all there are. */
    size_t used_entries(const std::string *only_namespace = nullptr) const;
    size_t total_entries() const;
    /** Entries of the page that is kept empty. */
    static size_t reserved_entries();
    const esp_partition_t &partition() const { return m_partition; }

private:
    struct Place {
        uint32_t page;
        uint32_t index;
        uint32_t span;
    };
    struct Found;
    /** A write, or the erasure of a page (no bytes), that the flash has not seen yet. */
    struct Operation {
        uint32_t offset;
        std::vector<uint8_t> bytes;
    };

    uint32_t pages() const { return static_cast<uint32_t>(m_image.size() / 4096); }
    const uint8_t *entry(uint32_t page, uint32_t index) const;
    uint32_t page_state(uint32_t page) const;
    uint32_t sequence(uint32_t page) const;
    bool is_blank(uint32_t page) const;
    bool has_head(uint32_t page) const;
    int entry_state(uint32_t page, uint32_t index) const;
    uint32_t first_free(uint32_t page) const;
    uint32_t entries_in_use(uint32_t page) const;
    bool entry_is_sound(uint32_t page, uint32_t index) const;
    bool data_is_sound(uint32_t page, uint32_t index) const;

    void put(uint32_t offset, std::vector<uint8_t> bytes);
    void erase_page(uint32_t page);
    void set_page_state(uint32_t page, uint32_t state);
    void set_entry_states(const Place &place, int state);
    void activate(uint32_t page);
    int active_page() const;
    std::vector<uint32_t> blank_pages() const;
    esp_err_t make_room(uint32_t entries, uint32_t &page);
    void free_page(uint32_t victim);
    void copy_entries(uint32_t from, uint32_t to);
    Place append(uint32_t page, const std::vector<uint8_t> &first, const uint8_t *data, size_t size);
    esp_err_t write_value(uint8_t name_space, const std::string &key, const Value &value, uint8_t chunk_start,
                          std::vector<Place> &places);

    esp_err_t check_pages();
    void mend_entries(uint32_t page);
    void finish_freeing();
    void read_entries();
    std::set<const Found *> read_value(const Key &key, const Found &found);
    std::set<const Found *> read_blob(const Key &key, const Found &index, const std::vector<Found> &list);
    void take(const Key &key, Value value, std::vector<Place> places, uint8_t chunk_start);

    esp_partition_t m_partition;
    std::vector<uint8_t> m_image;
    std::deque<Operation> m_operations;
    std::map<Key, Value> m_values;
    std::map<Key, std::vector<Place>> m_places;  // of the value's entries; a blob's index first
    std::map<Key, uint8_t> m_chunk_start;        // of blobs
    std::map<std::string, uint8_t> m_namespaces;
};

}  // namespace hal
