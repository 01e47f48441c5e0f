// The board's flash chip and what firmware sees of it: esp_partition, esp_flash, spi_flash_mmap, esp_ota.

#include <mbedtls/md.h>

#include <algorithm>
#include <cinttypes>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>

#include "board/board.hpp"
#include "esp_flash.h"
#include "esp_flash_partitions.h"
#include "esp_log.h"
#include "esp_ota_ops.h"
#include "esp_partition.h"
#include "flash/flash.hpp"
#include "spi_flash_mmap.h"

/** The type behind firmware's opaque chip pointer. There is one chip; all state is hal::Flash's. */
struct esp_flash_t {
    int unused;
};

struct esp_partition_iterator_opaque_ {
    esp_partition_type_t type;
    esp_partition_subtype_t subtype;
    bool any_label;
    std::string label;
    std::vector<const esp_partition_t *> found;
    size_t position;
};

namespace {

using hal::Flash;

const char *const TAG = "partition";

constexpr esp_err_t ESP_ERR_IMAGE_INVALID = 0x2002;
constexpr uint8_t IMAGE_MAGIC = 0xE9;

esp_flash_t s_chip = {};

struct KnownPartition {
    esp_partition_t info;
    bool external;
};

/** Partitions that firmware knows of. A deque, as pointers into it must stay valid. */
struct Partitions {
    std::recursive_mutex mutex;
    std::deque<KnownPartition> list;
    uint64_t flash_id = 0;  // of which flash; 0: not loaded
};

Partitions &partitions() {
    static Partitions *instance = new Partitions();  // never destroyed: threads may use it until the process ends
    return *instance;
}

esp_partition_t make_info(const std::string &label, uint8_t type, uint8_t subtype, uint32_t address, uint32_t size) {
    esp_partition_t info = {};
    info.flash_chip = &s_chip;
    info.type = static_cast<esp_partition_type_t>(type);
    info.subtype = static_cast<esp_partition_subtype_t>(subtype);
    info.address = address;
    info.size = size;
    info.erase_size = Flash::SECTOR_SIZE;
    memcpy(info.label, label.data(), std::min(label.size(), sizeof(info.label) - 1));
    return info;
}

/** Reads the table out of the flash, once for each flash. Call with the mutex held. */
void load(Partitions &all) {
    Flash *flash = hal::board().flash();
    if (!flash || all.flash_id == flash->id()) {
        return;
    }
    all.list.clear();
    all.flash_id = flash->id();
    const hal::PartitionTable *table = flash->table();
    if (!table) {
        ESP_LOGE(TAG, "partition table at 0x%" PRIx32 " is refused: %s", flash->config().partition_table_offset,
                 flash->table_error().c_str());
        return;
    }
    for (const hal::PartitionEntry &entry : *table) {
        esp_partition_t info = make_info(entry.label, entry.type, entry.subtype, entry.offset, entry.size);
        info.encrypted = entry.encrypted();
        info.readonly = entry.readonly();
        if (info.encrypted) {
            ESP_LOGW(TAG, "partition '%s' is encrypted, which is not emulated: it cannot be read or written",
                     info.label);
        }
        all.list.push_back({info, false});
    }
}

bool matches(const esp_partition_t &partition, esp_partition_type_t type, esp_partition_subtype_t subtype,
             const char *label) {
    return (type == ESP_PARTITION_TYPE_ANY || partition.type == type) &&
           (subtype == ESP_PARTITION_SUBTYPE_ANY || partition.subtype == subtype) &&
           (!label || strcmp(partition.label, label) == 0);
}

/** Bounds and permission of one access. @return the flash through `flash` when ESP_OK. */
esp_err_t check_access(const esp_partition_t *partition, size_t offset, size_t size, bool change, bool raw,
                       Flash *&flash) {
    if (!partition) {
        return ESP_ERR_INVALID_ARG;
    }
    if (change && partition->readonly) {
        return ESP_ERR_NOT_ALLOWED;
    }
    if (offset > partition->size) {
        return ESP_ERR_INVALID_ARG;
    }
    if (size > partition->size - offset) {
        return ESP_ERR_INVALID_SIZE;
    }
    if (partition->encrypted && !raw) {
        ESP_LOGE(TAG, "partition '%s' is encrypted: flash encryption is not emulated", partition->label);
        return ESP_ERR_NOT_SUPPORTED;
    }
    flash = hal::board().flash();
    return !flash ? ESP_FAIL : ESP_OK;
}

esp_err_t read_partition(const esp_partition_t *partition, size_t offset, void *dst, size_t size, bool raw) {
    Flash *flash = nullptr;
    const esp_err_t err = !dst ? ESP_ERR_INVALID_ARG : check_access(partition, offset, size, false, raw, flash);
    return err != ESP_OK ? err : flash->read(static_cast<uint64_t>(partition->address) + offset, dst, size);
}

esp_err_t write_partition(const esp_partition_t *partition, size_t offset, const void *src, size_t size, bool raw) {
    Flash *flash = nullptr;
    const esp_err_t err = !src ? ESP_ERR_INVALID_ARG : check_access(partition, offset, size, true, raw, flash);
    return err != ESP_OK ? err : flash->write(static_cast<uint64_t>(partition->address) + offset, src, size);
}

esp_err_t sha256_of(uint64_t address, uint64_t size, uint8_t *out) {
    Flash *flash = hal::board().flash();
    if (!flash) {
        return ESP_FAIL;
    }
    mbedtls_md_context_t context;
    mbedtls_md_init(&context);
    const bool ready = mbedtls_md_setup(&context, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 0) == 0 &&
                       mbedtls_md_starts(&context) == 0;
    uint8_t buffer[4096];
    esp_err_t err = ready ? ESP_OK : ESP_ERR_NO_MEM;
    for (uint64_t done = 0; done < size && err == ESP_OK; done += sizeof(buffer)) {
        const size_t piece = static_cast<size_t>(std::min<uint64_t>(sizeof(buffer), size - done));
        err = flash->read(address + done, buffer, piece);
        mbedtls_md_update(&context, buffer, piece);
    }
    if (err == ESP_OK) {
        mbedtls_md_finish(&context, out);
    }
    mbedtls_md_free(&context);
    return err;
}

/** Length of the app image at an address: header, segments, checksum padded to 16 bytes; and whether its SHA-256
 * follows. @return false when there is no image. */
bool image_length(Flash &flash, const esp_partition_t &partition, uint64_t &length, bool &has_hash) {
    uint8_t header[24];
    if (partition.size < sizeof(header) || flash.read(partition.address, header, sizeof(header)) != ESP_OK ||
        header[0] != IMAGE_MAGIC || header[1] == 0 || header[1] > 16) {
        return false;
    }
    has_hash = header[23] == 1;
    uint64_t at = sizeof(header);
    for (int segment = 0; segment < header[1]; segment++) {
        uint8_t head[8];
        if (at + sizeof(head) > partition.size || flash.read(partition.address + at, head, sizeof(head)) != ESP_OK) {
            return false;
        }
        uint32_t size = 0;
        memcpy(&size, head + 4, sizeof(size));
        at += sizeof(head) + size;
        if (at > partition.size) {
            return false;
        }
    }
    length = (at + 1 + 15) / 16 * 16;
    return length + (has_hash ? 32 : 0) <= partition.size;
}

Flash *chip(esp_flash_t *handle) {
    return !handle || handle == &s_chip ? hal::board().flash() : nullptr;
}

}  // namespace

namespace hal {

Flash *Board::flash() {
    const std::lock_guard<std::recursive_mutex> lock(m_storage_mutex);
    if (m_flash_tried) {
        return m_flash.get();
    }
    m_flash_tried = true;
    FlashConfig config;
    config.file = m_options.flash_file;
    config.size = m_profile.flash_size;
    config.window = m_profile.flash_range;
    const uint32_t window_size = config.window.end - config.window.begin;
    uint64_t mappable = window_size;
    if (m_profile.psram_address >= config.window.begin && m_profile.psram_address < config.window.end) {
        mappable -= std::min<uint64_t>(mappable, psram_size());  // PSRAM shares the window
    }
    config.mmu_pages = static_cast<uint32_t>(mappable / Flash::PAGE_SIZE);
    config.partition_table_offset = deskboard_app_config.partition_table_offset != 0
                                        ? deskboard_app_config.partition_table_offset
                                        : m_profile.partition_table_offset;
    if (const char *offset = getenv("DESKBOARD_PARTITION_TABLE_OFFSET")) {
        int64_t value = 0;
        if (parse_partition_number(offset, value) && value >= 0 && value < UINT32_MAX) {
            config.partition_table_offset = static_cast<uint32_t>(value);
        }
    }
    config.read_bandwidth = m_profile.flash_read_bandwidth;
    config.write_bandwidth = m_profile.flash_write_bandwidth;
    config.erase_ms = m_profile.flash_erase_ms;
    const char *strict = getenv("DESKBOARD_FLASH_STRICT");
    config.refuse_setting_bits = strict && strcmp(strict, "1") == 0;
    std::string error;
    m_flash = Flash::open(config, &m_faults, &clock(), error);
    if (!m_flash) {
        ESP_LOGE("flash", "%s", error.c_str());
    }
    return m_flash.get();
}

}  // namespace hal

extern "C" {

esp_partition_iterator_t esp_partition_find(esp_partition_type_t type, esp_partition_subtype_t subtype,
                                            const char *label) {
    if (type == ESP_PARTITION_TYPE_ANY && subtype != ESP_PARTITION_SUBTYPE_ANY) {
        ESP_LOGE(TAG, "find: type ANY needs subtype ANY, it is 0x%x", static_cast<unsigned>(subtype));
        return nullptr;
    }
    Partitions &all = partitions();
    const std::lock_guard<std::recursive_mutex> lock(all.mutex);
    load(all);
    std::vector<const esp_partition_t *> found;
    for (const KnownPartition &known : all.list) {
        if (matches(known.info, type, subtype, label)) {
            found.push_back(&known.info);
        }
    }
    if (found.empty()) {
        return nullptr;
    }
    return new esp_partition_iterator_opaque_{type, subtype, !label, !label ? "" : label, std::move(found), 0};
}

const esp_partition_t *esp_partition_find_first(esp_partition_type_t type, esp_partition_subtype_t subtype,
                                                const char *label) {
    esp_partition_iterator_t iterator = esp_partition_find(type, subtype, label);
    const esp_partition_t *first = !iterator ? nullptr : esp_partition_get(iterator);
    esp_partition_iterator_release(iterator);
    return first;
}

const esp_partition_t *esp_partition_get(esp_partition_iterator_t iterator) {
    return !iterator ? nullptr : iterator->found[iterator->position];
}

esp_partition_iterator_t esp_partition_next(esp_partition_iterator_t iterator) {
    if (iterator && ++iterator->position == iterator->found.size()) {
        esp_partition_iterator_release(iterator);
        return nullptr;
    }
    return iterator;
}

void esp_partition_iterator_release(esp_partition_iterator_t iterator) {
    delete iterator;
}

const esp_partition_t *esp_partition_verify(const esp_partition_t *partition) {
    if (!partition) {
        return nullptr;
    }
    Partitions &all = partitions();
    const std::lock_guard<std::recursive_mutex> lock(all.mutex);
    load(all);
    for (const KnownPartition &known : all.list) {
        const esp_partition_t &info = known.info;
        if (info.flash_chip == partition->flash_chip && info.address == partition->address &&
            info.size == partition->size && info.type == partition->type && info.subtype == partition->subtype &&
            info.encrypted == partition->encrypted && info.readonly == partition->readonly &&
            strncmp(info.label, partition->label, sizeof(info.label)) == 0) {
            return &info;
        }
    }
    return nullptr;
}

esp_err_t esp_partition_read(const esp_partition_t *partition, size_t src_offset, void *dst, size_t size) {
    return read_partition(partition, src_offset, dst, size, false);
}

esp_err_t esp_partition_read_raw(const esp_partition_t *partition, size_t src_offset, void *dst, size_t size) {
    return read_partition(partition, src_offset, dst, size, true);
}

esp_err_t esp_partition_write(const esp_partition_t *partition, size_t dst_offset, const void *src, size_t size) {
    return write_partition(partition, dst_offset, src, size, false);
}

esp_err_t esp_partition_write_raw(const esp_partition_t *partition, size_t dst_offset, const void *src, size_t size) {
    return write_partition(partition, dst_offset, src, size, true);
}

esp_err_t esp_partition_erase_range(const esp_partition_t *partition, size_t offset, size_t size) {
    Flash *flash = nullptr;
    const esp_err_t err = check_access(partition, offset, size, true, false, flash);
    if (err != ESP_OK) {
        return err;
    }
    if (size % partition->erase_size != 0) {
        return ESP_ERR_INVALID_SIZE;
    }
    if (offset % partition->erase_size != 0) {
        return ESP_ERR_INVALID_ARG;
    }
    return flash->erase(static_cast<uint64_t>(partition->address) + offset, size);
}

esp_err_t esp_partition_mmap(const esp_partition_t *partition, size_t offset, size_t size,
                             esp_partition_mmap_memory_t memory, const void **out_ptr,
                             esp_partition_mmap_handle_t *out_handle) {
    (void)memory;  // one bus, one view
    if (!out_ptr || !out_handle) {
        return ESP_ERR_INVALID_ARG;
    }
    *out_ptr = nullptr;
    *out_handle = 0;
    Flash *flash = nullptr;
    const esp_err_t err = check_access(partition, offset, size, false, false, flash);
    if (err != ESP_OK) {
        return err;
    }
    if (size == 0) {
        return ESP_ERR_INVALID_ARG;
    }
    const uint64_t address = static_cast<uint64_t>(partition->address) + offset;
    const uint32_t handle = flash->map_pages(address, size);
    if (handle == 0) {
        ESP_LOGE(TAG, "mmap of 0x%zx bytes of '%s' needs %" PRIu64 " MMU pages of 64 KB, %" PRIu32 " are free", size,
                 partition->label, (address % Flash::PAGE_SIZE + size + Flash::PAGE_SIZE - 1) / Flash::PAGE_SIZE,
                 flash->free_pages());
        return ESP_ERR_NO_MEM;
    }
    *out_ptr = flash->mapped() + address;
    *out_handle = handle;
    return ESP_OK;
}

void esp_partition_munmap(esp_partition_mmap_handle_t handle) {
    spi_flash_munmap(handle);
}

esp_err_t esp_partition_get_sha256(const esp_partition_t *partition, uint8_t *sha_256) {
    if (!partition || !sha_256 || partition->size == 0) {
        return ESP_ERR_INVALID_ARG;
    }
    Flash *flash = nullptr;
    const esp_err_t err = check_access(partition, 0, partition->size, false, false, flash);
    if (err != ESP_OK || partition->type != ESP_PARTITION_TYPE_APP) {
        return err != ESP_OK ? err : sha256_of(partition->address, partition->size, sha_256);
    }
    uint64_t length = 0;
    bool has_hash = false;
    if (!image_length(*flash, *partition, length, has_hash)) {
        ESP_LOGE(TAG, "partition '%s' at 0x%" PRIx32 " holds no app image", partition->label, partition->address);
        return ESP_ERR_IMAGE_INVALID;
    }
    uint8_t computed[32];
    esp_err_t result = sha256_of(partition->address, length, computed);
    if (result == ESP_OK && has_hash) {
        uint8_t stored[32];
        result = flash->read(partition->address + length, stored, sizeof(stored));
        if (result == ESP_OK && memcmp(stored, computed, sizeof(stored)) != 0) {
            ESP_LOGE(TAG, "the app image in '%s' does not have the SHA-256 that it carries", partition->label);
            result = ESP_ERR_IMAGE_INVALID;
        }
    }
    if (result == ESP_OK) {
        memcpy(sha_256, computed, sizeof(computed));
    }
    return result;
}

bool esp_partition_check_identity(const esp_partition_t *partition_1, const esp_partition_t *partition_2) {
    uint8_t first[32];
    uint8_t second[32];
    return esp_partition_get_sha256(partition_1, first) == ESP_OK &&
           esp_partition_get_sha256(partition_2, second) == ESP_OK && memcmp(first, second, sizeof(first)) == 0;
}

esp_err_t esp_partition_register_external(esp_flash_t *flash_chip, size_t offset, size_t size, const char *label,
                                          esp_partition_type_t type, esp_partition_subtype_t subtype,
                                          const esp_partition_t **out_partition) {
    if (out_partition) {
        *out_partition = nullptr;
    }
    Flash *flash = chip(flash_chip);
    if (!flash || !label) {
        return ESP_ERR_INVALID_ARG;
    }
    if (offset > flash->size() || size > flash->size() - offset) {
        return ESP_ERR_INVALID_SIZE;
    }
    Partitions &all = partitions();
    const std::lock_guard<std::recursive_mutex> lock(all.mutex);
    load(all);
    for (const KnownPartition &known : all.list) {
        if (offset < static_cast<uint64_t>(known.info.address) + known.info.size &&
            known.info.address < offset + size) {
            ESP_LOGE(TAG, "register '%s' (0x%zx, 0x%zx bytes): it overlaps partition '%s'", label, offset, size,
                     known.info.label);
            return ESP_ERR_INVALID_ARG;
        }
    }
    all.list.push_back({make_info(label, static_cast<uint8_t>(type), static_cast<uint8_t>(subtype),
                                  static_cast<uint32_t>(offset), static_cast<uint32_t>(size)),
                        true});
    if (out_partition) {
        *out_partition = &all.list.back().info;
    }
    return ESP_OK;
}

esp_err_t esp_partition_deregister_external(const esp_partition_t *partition) {
    Partitions &all = partitions();
    const std::lock_guard<std::recursive_mutex> lock(all.mutex);
    for (KnownPartition &known : all.list) {
        if (&known.info == partition) {
            if (!known.external) {
                return ESP_ERR_INVALID_ARG;
            }
            // Stays in the list, as removing it would move its neighbours; no search finds it.
            known.info = make_info("", 0xFE, 0xFE, 0, 0);
            known.info.type = static_cast<esp_partition_type_t>(0x1FE);
            known.external = false;
            return ESP_OK;
        }
    }
    return ESP_ERR_NOT_FOUND;
}

void esp_partition_unload_all(void) {
    Partitions &all = partitions();
    const std::lock_guard<std::recursive_mutex> lock(all.mutex);
    all.list.clear();
    all.flash_id = 0;
    if (Flash *flash = hal::board().flash()) {
        flash->forget_table();
    }
}

uint32_t esp_partition_get_main_flash_sector_size(void) {
    return Flash::SECTOR_SIZE;
}

// --- spi_flash_mmap ---

esp_err_t spi_flash_mmap(size_t src_addr, size_t size, spi_flash_mmap_memory_t memory, const void **out_ptr,
                         spi_flash_mmap_handle_t *out_handle) {
    (void)memory;
    Flash *flash = hal::board().flash();
    if (!flash || !out_ptr || !out_handle || size == 0 || src_addr % Flash::PAGE_SIZE != 0 ||
        src_addr > flash->size() || size > flash->size() - src_addr) {
        return ESP_ERR_INVALID_ARG;
    }
    const uint32_t handle = flash->map_pages(src_addr, size);
    if (handle == 0) {
        ESP_LOGE("mmap", "0x%zx bytes at 0x%zx need more MMU pages than the %" PRIu32 " that are free", size, src_addr,
                 flash->free_pages());
        return ESP_ERR_NO_MEM;
    }
    *out_ptr = flash->mapped() + src_addr;
    *out_handle = handle;
    return ESP_OK;
}

esp_err_t spi_flash_mmap_pages(const int *pages, size_t page_count, spi_flash_mmap_memory_t memory,
                               const void **out_ptr, spi_flash_mmap_handle_t *out_handle) {
    (void)memory;
    Flash *flash = hal::board().flash();
    if (!flash || !pages || page_count == 0 || !out_ptr || !out_handle) {
        return ESP_ERR_INVALID_ARG;
    }
    for (size_t i = 0; i < page_count; i++) {
        if (pages[i] < 0 || static_cast<uint64_t>(pages[i]) >= flash->size() / Flash::PAGE_SIZE) {
            return ESP_ERR_INVALID_ARG;
        }
    }
    const uint32_t handle = flash->map_page_list(pages, page_count, *out_ptr);
    *out_handle = handle;
    return handle == 0 ? ESP_ERR_NO_MEM : ESP_OK;
}

void spi_flash_munmap(spi_flash_mmap_handle_t handle) {
    if (Flash *flash = hal::board().flash()) {
        flash->unmap_pages(handle);
    }
}

void spi_flash_mmap_dump(void) {
    if (Flash *flash = hal::board().flash()) {
        printf("%s", flash->mappings().c_str());
    }
}

uint32_t spi_flash_mmap_get_free_pages(spi_flash_mmap_memory_t memory) {
    (void)memory;
    Flash *flash = hal::board().flash();
    return !flash ? 0 : flash->free_pages();
}

size_t spi_flash_cache2phys(const void *cached) {
    Flash *flash = hal::board().flash();
    const uint8_t *pointer = static_cast<const uint8_t *>(cached);
    if (!flash || pointer < flash->mapped() || pointer >= flash->mapped() + flash->size()) {
        return SPI_FLASH_CACHE2PHYS_FAIL;
    }
    const size_t address = static_cast<size_t>(pointer - flash->mapped());
    return flash->is_mapped(address) ? address : SPI_FLASH_CACHE2PHYS_FAIL;
}

const void *spi_flash_phys2cache(size_t phys_offs, spi_flash_mmap_memory_t memory) {
    (void)memory;
    Flash *flash = hal::board().flash();
    return flash && phys_offs < flash->size() && flash->is_mapped(phys_offs) ? flash->mapped() + phys_offs : nullptr;
}

// --- esp_flash ---

esp_flash_t *esp_flash_default_chip = &s_chip;

esp_err_t esp_flash_read(esp_flash_t *handle, void *buffer, uint32_t address, uint32_t length) {
    Flash *flash = chip(handle);
    return !flash || !buffer ? ESP_ERR_INVALID_ARG : flash->read(address, buffer, length);
}

esp_err_t esp_flash_write(esp_flash_t *handle, const void *buffer, uint32_t address, uint32_t length) {
    Flash *flash = chip(handle);
    return !flash || !buffer ? ESP_ERR_INVALID_ARG : flash->write(address, buffer, length);
}

esp_err_t esp_flash_erase_region(esp_flash_t *handle, uint32_t start, uint32_t len) {
    Flash *flash = chip(handle);
    return !flash ? ESP_ERR_INVALID_ARG : flash->erase(start, len);
}

esp_err_t esp_flash_erase_chip(esp_flash_t *handle) {
    Flash *flash = chip(handle);
    return !flash ? ESP_ERR_INVALID_ARG : flash->erase(0, flash->size());
}

esp_err_t esp_flash_get_size(esp_flash_t *handle, uint32_t *out_size) {
    Flash *flash = chip(handle);
    if (!flash || !out_size) {
        return ESP_ERR_INVALID_ARG;
    }
    *out_size = static_cast<uint32_t>(flash->size());
    return ESP_OK;
}

esp_err_t esp_flash_get_physical_size(esp_flash_t *handle, uint32_t *out_size) {
    return esp_flash_get_size(handle, out_size);
}

esp_err_t esp_flash_read_id(esp_flash_t *handle, uint32_t *out_id) {
    Flash *flash = chip(handle);
    if (!flash || !out_id) {
        return ESP_ERR_INVALID_ARG;
    }
    uint32_t log2_size = 0;
    for (uint64_t size = flash->size(); size > 1; size >>= 1) {
        log2_size++;
    }
    *out_id = 0xC84000 | log2_size;  // manufacturer C8, type 40, size as a power of two
    return ESP_OK;
}

// --- esp_ota: which app runs ---

const esp_partition_t *esp_ota_get_running_partition(void) {
    const esp_partition_t *partition =
        esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_FACTORY, nullptr);
    for (int i = 0; !partition && i < 16; i++) {
        partition = esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_OTA(i), nullptr);
    }
    return partition;
}

const esp_partition_t *esp_ota_get_boot_partition(void) {
    return esp_ota_get_running_partition();
}

const esp_partition_t *esp_ota_get_next_update_partition(const esp_partition_t *start_from) {
    const esp_partition_t *start = !start_from ? esp_ota_get_running_partition() : esp_partition_verify(start_from);
    if (!start) {
        return nullptr;
    }
    const bool is_slot =
        start->subtype >= ESP_PARTITION_SUBTYPE_APP_OTA_MIN && start->subtype < ESP_PARTITION_SUBTYPE_APP_OTA_MAX;
    const int first = is_slot ? start->subtype - ESP_PARTITION_SUBTYPE_APP_OTA_MIN + 1 : 0;
    for (int i = 0; i < 16; i++) {
        const esp_partition_t *slot =
            esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_OTA(first + i), nullptr);
        if (slot && slot != start) {
            return slot;
        }
    }
    return nullptr;
}

uint8_t esp_ota_get_app_partition_count(void) {
    uint8_t count = 0;
    for (int i = 0; i < 16; i++) {
        count += esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_OTA(i), nullptr) != nullptr;
    }
    return count;
}

}  // extern "C"
