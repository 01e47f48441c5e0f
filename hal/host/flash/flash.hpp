#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "board/profile.hpp"
#include "esp_err.h"
#include "partition_table/partition_table.hpp"

namespace hal {

class Clock;
class Faults;

/** What a flash chip is. */
struct FlashConfig {
    std::string file;  ///< content, kept between runs; empty: in memory only
    uint64_t size = 0;
    AddressRange window;     ///< where the chip would map it; used when free
    uint32_t mmu_pages = 0;  ///< 64 KB pages that may be mapped at once; 0: as many as the flash has
    uint32_t partition_table_offset = PARTITION_TABLE_DEFAULT_OFFSET;
    uint32_t read_bandwidth = 0;  ///< bytes per second, for the fault "bandwidth"
    uint32_t write_bandwidth = 0;
    uint32_t erase_ms = 0;             ///< one sector, for the fault "bandwidth"
    bool refuse_setting_bits = false;  ///< a write that would set a cleared bit fails instead of doing nothing to it
};

/** A NOR flash chip: erased bytes are FF, a write can only clear bits, an erase takes a whole sector. Thread safe.
 *
 * The file is one process's at a time. Erase counts live beside it in FILE.wear, one little-endian u32 per sector. */
class Flash {
public:
    static constexpr uint32_t SECTOR_SIZE = 0x1000;
    static constexpr uint32_t PAGE_SIZE = 0x10000;  ///< of the MMU

    /** What a loss of power does: end the process (what was written persists), or, for tests, make every operation fail
     * until restart(). */
    enum class PowerLoss { END_PROCESS, STAY_DEAD };

    /** Opens the chip; a file that does not exist is made, full of FF. `faults` and `clock` may be null.
     * @return null and `error` set when the file cannot be used: of another size, in use by another process, ... */
    static std::shared_ptr<Flash> open(const FlashConfig &config, Faults *faults, Clock *clock, std::string &error);
    ~Flash();
    Flash(const Flash &) = delete;
    Flash &operator=(const Flash &) = delete;

    /** @return ESP_ERR_INVALID_ARG beyond the chip, ESP_ERR_FLASH_OP_FAIL when a fault strikes. */
    esp_err_t read(uint64_t address, void *out, size_t size);
    /** Clears bits: flash &= data. */
    esp_err_t write(uint64_t address, const void *data, size_t size);
    /** Whole sectors. @return ESP_ERR_INVALID_ARG when they are not. */
    esp_err_t erase(uint64_t address, uint64_t size);

    /** Erases and writes as a flashing tool does, but only the sectors that differ; not subject to faults.
     * @return sectors changed. */
    size_t flash_image(uint64_t address, const uint8_t *data, size_t size);

    uint64_t size() const { return m_config.size; }
    const FlashConfig &config() const { return m_config; }
    /** A number that no other flash of this process has. */
    uint64_t id() const { return m_id; }

    /** The chip's content, read only, as the CPU sees it. At the chip's own address if that was free. */
    const uint8_t *mapped() const { return m_view; }
    bool at_chip_address() const { return reinterpret_cast<uintptr_t>(m_view) == m_config.window.begin; }

    /** Takes MMU pages for [address, address + size). @return 0 when too few are free. */
    uint32_t map_pages(uint64_t address, uint64_t size);
    /** Takes MMU pages for a set that need not be contiguous; `out` points to a mapping that is. */
    uint32_t map_page_list(const int *pages, size_t count, const void *&out);
    void unmap_pages(uint32_t handle);
    uint32_t free_pages() const;
    /** Is any page of the flash mapped that holds this address? */
    bool is_mapped(uint64_t address) const;
    /** Lines for a person: each live mapping. */
    std::string mappings() const;

    uint32_t erase_count(uint64_t address) const;

    /** The table in flash, read at the first call. @return null when it is corrupt or missing; see table_error(). */
    const PartitionTable *table();
    std::string table_error();
    /** Reads the table again at the next call of table(). */
    void forget_table();
    /** No byte of the table's sector has been written. */
    bool table_erased() const;

    void set_power_loss(PowerLoss mode) { m_power_loss = mode; }
    /** Power is back, for PowerLoss::STAY_DEAD. */
    void restart();
    bool powered() const { return !m_dead; }
    /** Writes and erases so far, and bytes written. */
    uint64_t operations() const { return m_operations; }
    uint64_t bytes_written() const { return m_bytes_written; }
    void set_refuse_setting_bits(bool refuse) { m_config.refuse_setting_bits = refuse; }

private:
    struct Mapping {
        uint64_t first_page;
        std::vector<int> pages;
        void *copy = nullptr;  // own address space of a page list
        size_t copy_size = 0;
    };

    explicit Flash(const FlashConfig &config) : m_config(config) {}

    std::string map_file();
    std::string open_memory();
    std::string open_file();
    std::string make_file();
    void flip_bits();
    void lose_power(const char *what);
    void take_time(uint64_t bytes, uint32_t bandwidth, uint64_t extra_ms);
    uint32_t take_pages(std::vector<int> pages, void *copy, size_t copy_size);
    size_t used_pages() const;

    FlashConfig m_config;
    uint64_t m_id = 0;
    Faults *m_faults = nullptr;
    Clock *m_clock = nullptr;
    int m_fd = -1;
    uint8_t *m_data = nullptr;        // writable view
    const uint8_t *m_view = nullptr;  // read-only view
    uint32_t *m_wear = nullptr;
    size_t m_wear_bytes = 0;

    mutable std::recursive_mutex m_mutex;
    std::map<uint32_t, Mapping> m_mappings;
    uint32_t m_next_handle = 1;
    PowerLoss m_power_loss = PowerLoss::END_PROCESS;
    std::atomic<bool> m_dead{false};
    std::atomic<uint64_t> m_operations{0};
    std::atomic<uint64_t> m_bytes_written{0};

    PartitionTable m_table;
    std::string m_table_error;
    bool m_table_read = false;
};

/** Waits as long as `us` on the board's clock; a clock moved by hand is moved instead. */
void spend_time(Clock *clock, int64_t us);

}  // namespace hal
