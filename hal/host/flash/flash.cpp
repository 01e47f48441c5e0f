#include "flash/flash.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <random>
#include <set>

#include "board/clock.hpp"
#include "board/faults.hpp"
#include "esp_log.h"
#include "heap/memory_map.hpp"
#include "mapping/mapping.hpp"
#include "spi_flash_mmap.h"
#include "system/trace.hpp"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

namespace hal {
namespace {

const char *const TAG = "flash";

std::string system_error(const std::string &file, const char *what) {
    return "flash file " + file + ": " + what + ": " + strerror(errno);
}

std::string size_text(uint64_t bytes) {
    char text[32];
    if (bytes != 0 && bytes % (1024 * 1024) == 0) {
        snprintf(text, sizeof(text), "%" PRIu64 " MB", bytes / (1024 * 1024));
    } else {
        snprintf(text, sizeof(text), "%" PRIu64 " bytes", bytes);
    }
    return text;
}

/** Fills a new file with FF in pieces, so that it is never seen half made with zeros by a reader of the file. */
bool fill_erased(int fd, uint64_t size) {
    std::vector<uint8_t> erased(1 << 20, 0xFF);
    for (uint64_t done = 0; done < size;) {
        const ssize_t wrote =
            pwrite(fd, erased.data(), std::min<uint64_t>(erased.size(), size - done), static_cast<off_t>(done));
        if (wrote <= 0) {
            return false;
        }
        done += static_cast<uint64_t>(wrote);
    }
    return true;
}

/** Makes the folders above a file. */
void make_parents(const std::string &file) {
    for (size_t slash = file.find('/', 1); slash != std::string::npos; slash = file.find('/', slash + 1)) {
        mkdir(file.substr(0, slash).c_str(), 0777);
    }
}

}  // namespace

void spend_time(Clock *clock, int64_t us) {
    if (us <= 0) {
        return;
    }
    if (clock && clock->manual()) {
        clock->advance_us(us);
        return;
    }
    timespec left = {static_cast<time_t>(us / 1000000), static_cast<long>(us % 1000000 * 1000)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

std::shared_ptr<Flash> Flash::open(const FlashConfig &config, Faults *faults, Clock *clock, std::string &error) {
    static std::atomic<uint64_t> last_id{0};
    if (config.size == 0 || config.size % SECTOR_SIZE != 0 || config.size > UINT32_MAX) {
        error = "a flash of " + size_text(config.size) + " cannot exist";
        return nullptr;
    }
    std::shared_ptr<Flash> flash(new (std::nothrow) Flash(config));
    if (!flash) {
        error = "out of memory";
        return nullptr;
    }
    flash->m_id = ++last_id;
    flash->m_faults = faults;
    flash->m_clock = clock;
    error = flash->map_file();
    if (!error.empty()) {
        return nullptr;
    }
    if (faults && faults->armed(FaultKind::FLASH_FLIP)) {
        flash->flip_bits();
    }
    return flash;
}

std::string Flash::open_memory() {
    m_fd = mapping::nameless_file("deskboard-flash");
    return m_fd >= 0 && fill_erased(m_fd, m_config.size) ? "" : system_error("in memory", "cannot be made");
}

std::string Flash::open_file() {
    const std::string &file = m_config.file;
    make_parents(file);
    struct stat status = {};
    // Whoever makes the file puts another one in its place: the one that was locked must be the one that is there.
    for (struct stat there = {}; m_fd < 0;) {
        m_fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (m_fd < 0) {
            return system_error(file, "cannot be opened");
        }
        if (fstat(m_fd, &status) != 0) {
            return system_error(file, "cannot be read");
        }
        if (!S_ISREG(status.st_mode)) {
            return "flash file " + file + " is not a plain file";
        }
        if (!mapping::lock(m_fd)) {
            return errno == EWOULDBLOCK ? "flash file " + file +
                                              " is in use by another process: one board has one flash; end "
                                              "the other run or give this one its own --flash-file"
                                        : system_error(file, "cannot be locked");
        }
        if (stat(file.c_str(), &there) != 0 || there.st_ino != status.st_ino || there.st_dev != status.st_dev) {
            close(m_fd);
            m_fd = -1;
        }
    }
    if (fstat(m_fd, &status) != 0) {
        return system_error(file, "cannot be read");
    }
    if (status.st_size == 0) {
        return make_file();
    }
    if (static_cast<uint64_t>(status.st_size) != m_config.size) {
        return "flash file " + file + " has " + size_text(static_cast<uint64_t>(status.st_size)) +
               ", the board has a flash of " + size_text(m_config.size) + "; `fw erase-flash` makes it anew";
    }
    return "";
}

/** Replaces the empty file, which is open and locked, by an erased flash. It is made under another name, so that it is
 * there completely or not at all, however this process ends. */
std::string Flash::make_file() {
    char *real = realpath(m_config.file.c_str(), nullptr);  // a link stays one
    const std::string file = real ? real : m_config.file;
    free(real);
    const std::string name = file + ".new";
    const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    std::string error;
    if (fd < 0 || !mapping::lock(fd) || !fill_erased(fd, m_config.size) || rename(name.c_str(), file.c_str()) != 0) {
        error = system_error(file, "cannot be made");
        unlink(name.c_str());
    }
    if (!error.empty()) {
        if (fd >= 0) {
            close(fd);
        }
        return error;
    }
    close(m_fd);
    m_fd = fd;
    return "";
}

std::string Flash::map_file() {
    const bool in_memory = m_config.file.empty();
    const std::string &file = m_config.file;
    std::string error = in_memory ? open_memory() : open_file();
    if (!error.empty()) {
        return error;
    }

    m_data = static_cast<uint8_t *>(mapping::file(m_fd, m_config.size, true));
    if (!m_data) {
        return system_error(file, "cannot be mapped");
    }
    const bool fits = m_config.size <= m_config.window.end - m_config.window.begin;
    m_view = static_cast<const uint8_t *>(mapping::file(m_fd, m_config.size, false, fits ? m_config.window.begin : 0));
    if (!m_view) {
        return system_error(file, "cannot be mapped");
    }
    add_flash_mapping(m_view, m_config.size);

    m_wear_bytes = m_config.size / SECTOR_SIZE * sizeof(uint32_t);
    void *wear = nullptr;
    if (!in_memory) {
        const int wear_fd = ::open((file + ".wear").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (wear_fd >= 0) {
            if (ftruncate(wear_fd, static_cast<off_t>(m_wear_bytes)) == 0) {
                wear = mapping::file(wear_fd, m_wear_bytes, true);
            }
            close(wear_fd);
        }
        if (!wear) {
            return system_error(file + ".wear", "cannot be used");
        }
    } else {
        wear = mapping::memory(0, m_wear_bytes);
        if (!wear) {
            return "out of memory";
        }
    }
    m_wear = static_cast<uint32_t *>(wear);
    return "";
}

Flash::~Flash() {
    for (auto &[handle, pages] : m_mappings) {
        if (pages.copy) {
            mapping::release(pages.copy, pages.copy_size);
        }
    }
    if (m_data) {
        mapping::release(m_data, m_config.size);
    }
    if (m_view) {
        remove_flash_mapping(m_view);
        mapping::release(m_view, m_config.size);
    }
    if (m_wear) {
        mapping::release(m_wear, m_wear_bytes);
    }
    if (m_fd >= 0) {
        close(m_fd);
    }
}

void Flash::flip_bits() {
    for (const Fault &fault : m_faults->all(FaultKind::FLASH_FLIP)) {
        if (!fault.seeded) {
            if (fault.number < m_config.size) {
                m_data[fault.number] ^= static_cast<uint8_t>(1u << (fault.second & 7));
            }
            ESP_LOGW(TAG, "fault %s: bit %" PRIu64 " of 0x%" PRIx64 " turned", fault.text.c_str(), fault.second & 7,
                     fault.number);
            continue;
        }
        std::mt19937_64 random(fault.second);
        for (uint64_t i = 0; i < fault.number; i++) {
            const uint64_t value = random();
            m_data[(value >> 3) % m_config.size] ^= static_cast<uint8_t>(1u << (value & 7));
        }
        ESP_LOGW(TAG, "fault %s: %" PRIu64 " bits turned", fault.text.c_str(), fault.number);
    }
}

void Flash::lose_power(const char *what) {
    m_dead = true;
    if (m_power_loss == PowerLoss::STAY_DEAD) {
        return;
    }
    ESP_LOGE(TAG, "power lost during %s (operation %" PRIu64 ", byte %" PRIu64 "); the flash keeps what was written",
             what, m_operations.load(), m_bytes_written.load());
    mapping::write_back(m_data, m_config.size);
    fflush(nullptr);
    _exit(1);
}

void Flash::restart() {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    m_dead = false;
    forget_table();
}

void Flash::take_time(uint64_t bytes, uint32_t bandwidth, uint64_t extra_ms) {
    if (!m_faults || !m_faults->armed(FaultKind::BANDWIDTH)) {
        return;
    }
    const uint64_t us = bandwidth == 0 ? 0 : bytes * 1000000 / bandwidth;
    spend_time(m_clock, static_cast<int64_t>(us + extra_ms * 1000));
}

esp_err_t Flash::read(uint64_t address, void *out, size_t size) {
    if (address > m_config.size || size > m_config.size - address) {
        return ESP_ERR_INVALID_ARG;
    }
    if (m_dead || (m_faults && m_faults->strikes(FaultKind::FLASH_READ_ERROR, "flash read"))) {
        return ESP_ERR_FLASH_OP_FAIL;
    }
    const TraceSpan span("read", address, size);
    {
        const std::lock_guard<std::recursive_mutex> lock(m_mutex);
        memcpy(out, m_data + address, size);
    }
    take_time(size, m_config.read_bandwidth, 0);
    return ESP_OK;
}

esp_err_t Flash::write(uint64_t address, const void *data, size_t size) {
    if (address > m_config.size || size > m_config.size - address) {
        return ESP_ERR_INVALID_ARG;
    }
    const TraceSpan span("write", address, size);
    const uint8_t *bytes = static_cast<const uint8_t *>(data);
    uint8_t *target = m_data + address;
    {
        const std::lock_guard<std::recursive_mutex> lock(m_mutex);
        if (m_dead) {
            return ESP_ERR_FLASH_OP_FAIL;
        }
        if (size == 0) {
            return ESP_OK;
        }
        if (m_config.refuse_setting_bits) {
            for (size_t i = 0; i < size; i++) {
                if ((bytes[i] & ~target[i]) != 0) {
                    ESP_LOGE(TAG,
                             "write of %zu bytes at 0x%" PRIx64 " would set a cleared bit at 0x%" PRIx64
                             " (0x%02x over 0x%02x): erase the sector first",
                             size, address, address + i, bytes[i], target[i]);
                    return ESP_ERR_FLASH_OP_FAIL;
                }
            }
        }
        m_operations++;
        size_t done = size;
        bool cut = m_faults && m_faults->strikes(FaultKind::FLASH_POWER_LOSS, "flash write");
        if (cut) {
            done = size / 2;
        } else if (m_faults && m_faults->armed(FaultKind::FLASH_POWER_BYTE)) {
            for (done = 0; done < size && !cut; done++) {
                cut = m_faults->strikes(FaultKind::FLASH_POWER_BYTE, "flash write");
            }
            done -= cut ? 1 : 0;
        }
        for (size_t i = 0; i < done; i++) {
            target[i] &= bytes[i];
        }
        m_bytes_written += done;
        if (cut) {
            lose_power("a write");
            return ESP_ERR_FLASH_OP_FAIL;
        }
    }
    take_time(size, m_config.write_bandwidth, 0);
    return ESP_OK;
}

esp_err_t Flash::erase(uint64_t address, uint64_t size) {
    if (address > m_config.size || size > m_config.size - address || address % SECTOR_SIZE != 0 ||
        size % SECTOR_SIZE != 0) {
        return ESP_ERR_INVALID_ARG;
    }
    const TraceSpan span("erase", address, size);
    for (uint64_t sector = address; sector < address + size; sector += SECTOR_SIZE) {
        {
            const std::lock_guard<std::recursive_mutex> lock(m_mutex);
            if (m_dead) {
                return ESP_ERR_FLASH_OP_FAIL;
            }
            m_operations++;
            const bool cut = m_faults && m_faults->strikes(FaultKind::FLASH_POWER_LOSS, "flash erase");
            memset(m_data + sector, 0xFF, cut ? SECTOR_SIZE / 2 : SECTOR_SIZE);
            m_wear[sector / SECTOR_SIZE]++;
            if (cut) {
                lose_power("an erase");
                return ESP_ERR_FLASH_OP_FAIL;
            }
        }
        take_time(0, 0, m_config.erase_ms);
    }
    return ESP_OK;
}

size_t Flash::flash_image(uint64_t address, const uint8_t *data, size_t size) {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    size_t changed = 0;
    if (address % SECTOR_SIZE != 0 || address > m_config.size || size > m_config.size - address) {
        return 0;
    }
    for (size_t done = 0; done < size; done += SECTOR_SIZE) {
        const size_t piece = std::min<size_t>(SECTOR_SIZE, size - done);
        uint8_t *sector = m_data + address + done;
        const bool rest_erased =
            std::all_of(sector + piece, sector + SECTOR_SIZE, [](uint8_t byte) { return byte == 0xFF; });
        if (rest_erased && memcmp(sector, data + done, piece) == 0) {
            continue;
        }
        memset(sector + piece, 0xFF, SECTOR_SIZE - piece);
        memcpy(sector, data + done, piece);
        m_wear[(address + done) / SECTOR_SIZE]++;
        changed++;
    }
    if (changed != 0) {
        m_table_read = false;
    }
    return changed;
}

size_t Flash::used_pages() const {
    std::set<int> used;
    for (const auto &[handle, mapping] : m_mappings) {
        used.insert(mapping.pages.begin(), mapping.pages.end());
    }
    return used.size();
}

uint32_t Flash::free_pages() const {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    const uint64_t all = m_config.mmu_pages != 0 ? m_config.mmu_pages : m_config.size / PAGE_SIZE;
    const size_t used = used_pages();
    return used >= all ? 0 : static_cast<uint32_t>(all - used);
}

uint32_t Flash::take_pages(std::vector<int> pages, void *copy, size_t copy_size) {
    const uint32_t handle = m_next_handle++;
    m_mappings[handle] = {0, std::move(pages), copy, copy_size};
    return handle;
}

uint32_t Flash::map_pages(uint64_t address, uint64_t size) {
    const TraceSpan span("map", address, size);
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    std::vector<int> pages;
    for (uint64_t page = address / PAGE_SIZE; page * PAGE_SIZE < address + size; page++) {
        pages.push_back(static_cast<int>(page));
    }
    size_t missing = 0;
    for (const int page : pages) {
        missing += is_mapped(static_cast<uint64_t>(page) * PAGE_SIZE) ? 0 : 1;
    }
    if (missing > free_pages()) {
        return 0;
    }
    return take_pages(std::move(pages), nullptr, 0);
}

uint32_t Flash::map_page_list(const int *pages, size_t count, const void *&out) {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    if (count > free_pages()) {
        return 0;
    }
    void *space = mapping::file_pages(m_fd, pages, count, PAGE_SIZE);
    if (!space) {
        return 0;
    }
    out = space;
    return take_pages(std::vector<int>(pages, pages + count), space, count * PAGE_SIZE);
}

void Flash::unmap_pages(uint32_t handle) {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    const auto found = m_mappings.find(handle);
    if (found == m_mappings.end()) {
        ESP_LOGE(TAG, "munmap: there is no mapping %" PRIu32, handle);
        return;
    }
    if (found->second.copy) {
        mapping::release(found->second.copy, found->second.copy_size);
    }
    m_mappings.erase(found);
}

bool Flash::is_mapped(uint64_t address) const {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    const int page = static_cast<int>(address / PAGE_SIZE);
    for (const auto &[handle, mapping] : m_mappings) {
        if (std::find(mapping.pages.begin(), mapping.pages.end(), page) != mapping.pages.end()) {
            return true;
        }
    }
    return false;
}

std::string Flash::mappings() const {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    std::string out;
    for (const auto &[handle, mapping] : m_mappings) {
        char line[128];
        snprintf(line, sizeof(line), "handle=%" PRIu32 " pages=%zu first=0x%x\n", handle, mapping.pages.size(),
                 mapping.pages.empty() ? 0u : static_cast<unsigned>(mapping.pages[0]) * PAGE_SIZE);
        out += line;
    }
    return out;
}

uint32_t Flash::erase_count(uint64_t address) const {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    return address < m_config.size ? m_wear[address / SECTOR_SIZE] : 0;
}

const PartitionTable *Flash::table() {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    if (!m_table_read) {
        m_table_read = true;
        m_table.clear();
        const uint64_t offset = m_config.partition_table_offset;
        if (offset > m_config.size - PARTITION_TABLE_SECTOR) {
            m_table_error = "the partition table's offset lies beyond the flash";
        } else {
            m_table_error = read_partition_binary(m_data + offset, PARTITION_TABLE_SECTOR, m_table, true);
        }
        // What the chip's flash driver would run into: a table made for a larger flash.
        for (const PartitionEntry &entry : m_table) {
            if (m_table_error.empty() && entry.end() > m_config.size) {
                char text[160];
                snprintf(text, sizeof(text),
                         "partition '%.16s' (0x%" PRIx32 ", 0x%" PRIx32 " bytes) exceeds the flash of %s",
                         entry.label.c_str(), entry.offset, entry.size, size_text(m_config.size).c_str());
                m_table_error = text;
            }
        }
    }
    return m_table_error.empty() ? &m_table : nullptr;
}

std::string Flash::table_error() {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    table();
    return m_table_error;
}

void Flash::forget_table() {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    m_table_read = false;
}

bool Flash::table_erased() const {
    const std::lock_guard<std::recursive_mutex> lock(m_mutex);
    const uint64_t offset = m_config.partition_table_offset;
    return offset > m_config.size - PARTITION_TABLE_SECTOR ||
           std::all_of(m_data + offset, m_data + offset + PARTITION_TABLE_SECTOR,
                       [](uint8_t byte) { return byte == 0xFF; });
}

}  // namespace hal
