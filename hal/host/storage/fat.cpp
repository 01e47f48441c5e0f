// esp_vfs_fat: the SD card, and FAT partitions of the flash.

#include <cinttypes>
#include <cstring>
#include <mutex>
#include <vector>

#include "board/board.hpp"
#include "esp_log.h"
#include "esp_vfs_fat.h"
#include "sdmmc_cmd.h"
#include "storage/flash_folder.hpp"
#include "storage/sdcard.hpp"
#include "storage/volume.hpp"

namespace {

const char *const TAG = "vfs_fat_sdmmc";

constexpr int SECTOR = 512;

/** A mounted card; `card` is what firmware holds. */
struct CardMount {
    std::string base_path;
    sdmmc_card_t *card;
    std::weak_ptr<hal::SdCard> medium;
    std::shared_ptr<hal::Volume> volume;
};

std::mutex s_mutex;
std::vector<CardMount> &card_mounts() {
    static std::vector<CardMount> *list = new std::vector<CardMount>();
    return *list;
}

/** Drops mounts whose card went away with its board. */
void forget_stale() {
    std::vector<CardMount> &list = card_mounts();
    for (size_t i = 0; i < list.size();) {
        if (list[i].medium.expired()) {
            hal::unmount_volume(list[i].base_path);
            delete list[i].card;
            list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            i++;
        }
    }
}

sdmmc_card_t *describe(const hal::SdCard &medium, const sdmmc_host_t *host) {
    sdmmc_card_t *card = new sdmmc_card_t();
    if (host) {
        card->host = *host;
    }
    memcpy(card->cid.name, "DESKB", 6);
    card->cid.mfg_id = 0x44;
    card->csd.csd_ver = 1;
    card->csd.sector_size = SECTOR;
    card->csd.capacity = static_cast<int>(medium.shown_capacity() / SECTOR);
    card->csd.read_block_len = 9;
    card->csd.tr_speed = 50000000;
    card->scr.sd_spec = 2;
    card->scr.bus_width = 5;
    card->ssr.cur_bus_width = 2;
    card->ssr.alloc_unit_kb = 16;
    card->ocr = 1u << 30;  // addressed in blocks: SDHC or larger
    card->max_freq_khz = SDMMC_FREQ_HIGHSPEED;
    card->real_freq_khz = host && host->max_freq_khz > 0 && host->max_freq_khz < SDMMC_FREQ_HIGHSPEED
                              ? host->max_freq_khz
                              : SDMMC_FREQ_HIGHSPEED;
    card->is_mem = 1;
    card->log_bus_width = 2;
    return card;
}

esp_err_t mount_card(const char *base_path, const sdmmc_host_t *host, const esp_vfs_fat_mount_config_t *config,
                     sdmmc_card_t **out_card) {
    if (!base_path || !config) {
        return ESP_ERR_INVALID_ARG;
    }
    const std::lock_guard<std::mutex> lock(s_mutex);
    forget_stale();
    hal::Board &board = hal::board();
    hal::SdCard *const card = board.sdcard();
    const std::shared_ptr<hal::SdCard> medium = !card ? nullptr : card->shared_from_this();
    if (!medium) {
        if (!board.profile().sdcard) {
            ESP_LOGE(TAG, "mount %s: %s has no SD card slot", base_path, board.profile().title.c_str());
            return ESP_ERR_NOT_SUPPORTED;
        }
        ESP_LOGE(TAG, "mount %s: there is no card in the slot (--sdcard DIR puts one in)", base_path);
        return ESP_ERR_TIMEOUT;
    }
    for (const CardMount &mount : card_mounts()) {
        if (mount.medium.lock() == medium) {
            ESP_LOGE(TAG, "mount %s: the card is mounted already, at %s", base_path, mount.base_path.c_str());
            return ESP_ERR_INVALID_STATE;
        }
    }
    if (medium->access(hal::Medium::Access::LOOKUP, 0) != 0) {
        ESP_LOGE(TAG, "mount %s: the card does not answer", base_path);
        return ESP_ERR_TIMEOUT;
    }
    if (!medium->formatted()) {
        if (!config->format_if_mount_failed) {
            ESP_LOGE(TAG,
                     "mount %s: the card holds no file system (the folder %s does not exist); set "
                     "format_if_mount_failed, or make the folder",
                     base_path, medium->folder().c_str());
            return ESP_FAIL;
        }
        ESP_LOGW(TAG, "the card holds no file system, formatting it (making the folder %s)", medium->folder().c_str());
        if (!medium->writable() || !medium->format()) {
            return ESP_FAIL;
        }
    }
    hal::VolumeConfig volume;
    volume.title = "SD card";
    volume.folder = medium->folder();
    volume.capacity = medium->capacity();
    volume.cluster = config->allocation_unit_size != 0 ? static_cast<uint32_t>(config->allocation_unit_size) : SECTOR;
    volume.max_files = config->max_files;
    const auto mounted = std::make_shared<hal::Volume>(volume, medium, true);
    const esp_err_t err = hal::mount_volume(base_path, mounted);
    if (err != ESP_OK) {
        return err;
    }
    card_mounts().push_back({base_path, describe(*medium, host), medium, mounted});
    if (out_card) {
        *out_card = card_mounts().back().card;
    }
    return ESP_OK;
}

}  // namespace

extern "C" {

esp_err_t esp_vfs_fat_sdmmc_mount(const char *base_path, const sdmmc_host_t *host_config, const void *slot_config,
                                  const esp_vfs_fat_mount_config_t *mount_config, sdmmc_card_t **out_card) {
    (void)slot_config;
    return mount_card(base_path, host_config, mount_config, out_card);
}

esp_err_t esp_vfs_fat_sdspi_mount(const char *base_path, const sdmmc_host_t *host_config_input,
                                  const sdspi_device_config_t *slot_config,
                                  const esp_vfs_fat_mount_config_t *mount_config, sdmmc_card_t **out_card) {
    (void)slot_config;
    return mount_card(base_path, host_config_input, mount_config, out_card);
}

esp_err_t esp_vfs_fat_sdcard_unmount(const char *base_path, sdmmc_card_t *card) {
    const std::lock_guard<std::mutex> lock(s_mutex);
    std::vector<CardMount> &list = card_mounts();
    if (list.empty()) {
        return ESP_ERR_INVALID_STATE;
    }
    for (size_t i = 0; i < list.size(); i++) {
        if (list[i].card == card && base_path && list[i].base_path == base_path) {
            hal::unmount_volume(list[i].base_path);
            delete list[i].card;
            list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
            return ESP_OK;
        }
    }
    return ESP_ERR_INVALID_ARG;
}

esp_err_t esp_vfs_fat_sdmmc_unmount(void) {
    std::string base_path;
    sdmmc_card_t *card = nullptr;
    {
        const std::lock_guard<std::mutex> lock(s_mutex);
        if (card_mounts().empty()) {
            return ESP_ERR_INVALID_STATE;
        }
        base_path = card_mounts().front().base_path;
        card = card_mounts().front().card;
    }
    return esp_vfs_fat_sdcard_unmount(base_path.c_str(), card);
}

esp_err_t esp_vfs_fat_sdcard_format(const char *base_path, sdmmc_card_t *card) {
    const std::lock_guard<std::mutex> lock(s_mutex);
    for (const CardMount &mount : card_mounts()) {
        if (mount.card == card && base_path && mount.base_path == base_path) {
            const std::shared_ptr<hal::SdCard> medium = mount.medium.lock();
            return medium && medium->format() ? ESP_OK : ESP_ERR_NOT_SUPPORTED;
        }
    }
    return ESP_ERR_INVALID_STATE;
}

void sdmmc_card_print_info(FILE *stream, const sdmmc_card_t *card) {
    if (!stream || !card) {
        return;
    }
    fprintf(stream, "Name: %s\n", card->cid.name);
    fprintf(stream, "Type: %s\n", (card->ocr & (1u << 30)) != 0 ? "SDHC" : "SDSC");
    fprintf(stream, "Speed: %.2f MHz (limit: %.2f MHz)\n", card->real_freq_khz / 1000.0, card->max_freq_khz / 1000.0);
    fprintf(stream, "Size: %" PRIu64 "MB\n",
            static_cast<uint64_t>(static_cast<uint32_t>(card->csd.capacity)) * card->csd.sector_size / (1024 * 1024));
    fprintf(stream, "CSD: ver=%d, sector_size=%d, capacity=%d read_bl_len=%d\n", card->csd.csd_ver + 1,
            card->csd.sector_size, card->csd.capacity, card->csd.read_block_len);
    fprintf(stream, "SSR: bus_width=%d\n", card->ssr.cur_bus_width == 2 ? 4 : 1);
}

esp_err_t sdmmc_get_status(sdmmc_card_t *card) {
    const std::lock_guard<std::mutex> lock(s_mutex);
    for (const CardMount &mount : card_mounts()) {
        if (mount.card == card) {
            const std::shared_ptr<hal::SdCard> medium = mount.medium.lock();
            return medium && medium->access(hal::Medium::Access::LOOKUP, 0) == 0 ? ESP_OK : ESP_ERR_TIMEOUT;
        }
    }
    return ESP_ERR_INVALID_ARG;
}

esp_err_t esp_vfs_fat_info(const char *base_path, uint64_t *out_total_bytes, uint64_t *out_free_bytes) {
    if (!base_path || !out_total_bytes || !out_free_bytes) {
        return ESP_ERR_INVALID_ARG;
    }
    const std::shared_ptr<hal::Volume> volume = hal::mounted_volume(base_path);
    if (!volume || volume->config().names != hal::NameRules::FAT) {
        return ESP_ERR_INVALID_STATE;
    }
    struct statvfs figures = {};
    volume->fill_statvfs(figures);
    *out_total_bytes = figures.f_blocks * figures.f_frsize;
    *out_free_bytes = figures.f_bfree * figures.f_frsize;
    return ESP_OK;
}

// --- FAT in a flash partition ---

esp_err_t esp_vfs_fat_spiflash_mount_rw_wl(const char *base_path, const char *partition_label,
                                           const esp_vfs_fat_mount_config_t *mount_config, wl_handle_t *wl_handle) {
    if (!base_path || !mount_config || !wl_handle) {
        return ESP_ERR_INVALID_ARG;
    }
    *wl_handle = WL_INVALID_HANDLE;
    hal::FlashFolderRequest request;
    request.kind = hal::FlashFolderKind::FAT;
    request.base_path = base_path;
    request.label = partition_label;
    request.max_files = mount_config->max_files;
    request.format_if_mount_failed = mount_config->format_if_mount_failed;
    int handle = 0;
    const esp_err_t err = hal::mount_flash_folder(request, handle);
    if (err == ESP_OK) {
        *wl_handle = handle;
    }
    return err;
}

esp_err_t esp_vfs_fat_spiflash_unmount_rw_wl(const char *base_path, wl_handle_t wl_handle) {
    return !base_path ? ESP_ERR_INVALID_ARG : hal::unmount_flash_folder(base_path, wl_handle);
}

esp_err_t esp_vfs_fat_spiflash_format_rw_wl(const char *base_path, const char *partition_label) {
    (void)base_path;
    return hal::format_flash_folder(hal::FlashFolderKind::FAT, partition_label);
}

esp_err_t esp_vfs_fat_spiflash_mount_ro(const char *base_path, const char *partition_label,
                                        const esp_vfs_fat_mount_config_t *mount_config) {
    if (!base_path || !mount_config) {
        return ESP_ERR_INVALID_ARG;
    }
    hal::FlashFolderRequest request;
    request.kind = hal::FlashFolderKind::FAT;
    request.base_path = base_path;
    request.label = partition_label;
    request.max_files = mount_config->max_files;
    request.read_only = true;
    int handle = 0;
    return hal::mount_flash_folder(request, handle);
}

esp_err_t esp_vfs_fat_spiflash_unmount_ro(const char *base_path, const char *partition_label) {
    (void)partition_label;
    return !base_path ? ESP_ERR_INVALID_ARG : hal::unmount_flash_folder(base_path, -1);
}

}  // extern "C"
