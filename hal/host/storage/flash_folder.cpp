#include "storage/flash_folder.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "board/board.hpp"
#include "esp_log.h"
#include "esp_partition.h"
#include "flash/flash.hpp"
#include "interpose/real_libc.hpp"
#include "storage/folder_image.hpp"

namespace hal {
namespace {

const char *const TAG = "flash_fs";

constexpr uint32_t CLUSTER = 4096;

/** The flash under a file system: without power nothing answers. */
class FlashMedium : public Medium {
public:
    explicit FlashMedium(uint64_t flash_id) : m_flash_id(flash_id) {}

    int access(Access kind, uint64_t bytes) override {
        Flash *flash = board().flash();
        if (!flash || flash->id() != m_flash_id || !flash->powered()) {
            return EIO;
        }
        const uint32_t bandwidth =
            kind == Access::WRITE ? flash->config().write_bandwidth : flash->config().read_bandwidth;
        if (bytes != 0 && bandwidth != 0 && board().faults().armed(FaultKind::BANDWIDTH)) {
            spend_time(&board().clock(), static_cast<int64_t>(bytes * 1000000 / bandwidth));
        }
        return 0;
    }
    bool writable() const override { return true; }

private:
    const uint64_t m_flash_id;
};

struct FolderMount {
    FlashFolderKind kind;
    std::string label;
    std::string base_path;
    int handle;
    uint64_t flash_id;
    std::shared_ptr<FlashMedium> medium;
    std::shared_ptr<Volume> volume;
};

struct Mounts {
    std::recursive_mutex mutex;
    std::vector<FolderMount> list;
    int next_handle = 0;
    std::string scratch;  // folder of a flash that is only in memory
    uint64_t scratch_flash = 0;
};

Mounts &mounts() {
    static Mounts *instance = new Mounts();
    return *instance;
}

void delete_scratch() {
    Mounts &all = mounts();
    if (!all.scratch.empty()) {
        empty_folder(all.scratch);
        real::rmdir(all.scratch.c_str());
        all.scratch.clear();
    }
}

std::string folder_of(Flash &flash, const std::string &label) {
    if (!flash.config().file.empty()) {
        return flash.config().file + ".fs/" + label;
    }
    Mounts &all = mounts();
    if (all.scratch_flash != flash.id()) {
        static const int registered = atexit(delete_scratch);
        (void)registered;
        delete_scratch();
        const char *base = getenv("TMPDIR");
        std::string name = std::string(base ? base : "/tmp") + "/deskboard-XXXXXX";
        if (!mkdtemp(name.data())) {
            return "";
        }
        all.scratch = name;
        all.scratch_flash = flash.id();
    }
    return all.scratch + "/" + label;
}

const esp_partition_t *find_partition(FlashFolderKind kind, const char *label) {
    const esp_partition_subtype_t subtype =
        kind == FlashFolderKind::FAT ? ESP_PARTITION_SUBTYPE_DATA_FAT : ESP_PARTITION_SUBTYPE_DATA_SPIFFS;
    return esp_partition_find_first(ESP_PARTITION_TYPE_DATA, subtype, label);
}

/** "." and ".." and a slash are fine in a label, but not as a folder's name. */
bool label_is_folder_name(const std::string &label) {
    return !label.empty() && label != "." && label != ".." && label.find('/') == std::string::npos;
}

bool formatted(const esp_partition_t *partition) {
    char mark[sizeof(FOLDER_MARK)] = {};
    return esp_partition_read(partition, 0, mark, sizeof(mark)) == ESP_OK &&
           memcmp(mark, FOLDER_MARK, sizeof(mark)) == 0;
}

esp_err_t format_partition(const esp_partition_t *partition, const std::string &folder) {
    if (!make_folder(folder) || !empty_folder(folder)) {
        ESP_LOGE(TAG, "format '%s': the folder %s cannot be emptied", partition->label, folder.c_str());
        return ESP_FAIL;
    }
    const esp_err_t err =
        esp_partition_erase_range(partition, 0, partition->size / partition->erase_size * partition->erase_size);
    return err != ESP_OK ? err : esp_partition_write(partition, 0, FOLDER_MARK, sizeof(FOLDER_MARK));
}

/** Drops mounts of a flash that the board no longer has. */
void forget_stale(Mounts &all, uint64_t flash_id) {
    for (size_t i = 0; i < all.list.size();) {
        if (all.list[i].flash_id != flash_id) {
            unmount_volume(all.list[i].base_path);
            all.list.erase(all.list.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            i++;
        }
    }
}

}  // namespace

esp_err_t mount_flash_folder(const FlashFolderRequest &request, int &handle) {
    Mounts &all = mounts();
    const std::lock_guard<std::recursive_mutex> lock(all.mutex);
    Flash *flash = board().flash();
    if (!flash) {
        return ESP_FAIL;
    }
    forget_stale(all, flash->id());
    const esp_partition_t *partition = find_partition(request.kind, request.label);
    const char *kind = request.kind == FlashFolderKind::FAT ? "fat" : "spiffs";
    if (!partition) {
        ESP_LOGE(TAG, "mount %s: there is no partition%s%s%s of subtype %s", request.base_path.c_str(),
                 request.label ? " '" : "", request.label ? request.label : "", request.label ? "'" : "", kind);
        return ESP_ERR_NOT_FOUND;
    }
    if (partition->encrypted) {
        ESP_LOGE(TAG, "mount %s: partition '%s' is encrypted, which is not emulated", request.base_path.c_str(),
                 partition->label);
        return request.kind == FlashFolderKind::SPIFFS ? ESP_ERR_INVALID_STATE : ESP_ERR_NOT_SUPPORTED;
    }
    for (const FolderMount &mount : all.list) {
        if (mount.label == partition->label) {
            ESP_LOGE(TAG, "mount %s: partition '%s' is mounted already, at %s", request.base_path.c_str(),
                     partition->label, mount.base_path.c_str());
            return ESP_ERR_INVALID_STATE;
        }
    }
    const std::string folder = label_is_folder_name(partition->label) ? folder_of(*flash, partition->label) : "";
    if (folder.empty()) {
        ESP_LOGE(TAG, "mount %s: no host folder can be made for partition '%s'", request.base_path.c_str(),
                 partition->label);
        return ESP_FAIL;
    }
    if (is_folder_image(partition)) {
        const esp_err_t err = unpack_folder_image(partition, folder);
        if (err != ESP_OK) {
            return err;
        }
    }
    if (!formatted(partition)) {
        if (!request.format_if_mount_failed) {
            ESP_LOGE(TAG, "mount %s: partition '%s' is not formatted; set format_if_mount_failed",
                     request.base_path.c_str(), partition->label);
            return ESP_FAIL;
        }
        ESP_LOGW(TAG, "partition '%s' is not formatted, formatting it", partition->label);
        const esp_err_t err = format_partition(partition, folder);
        if (err != ESP_OK) {
            return err;
        }
    }
    if (!make_folder(folder)) {
        ESP_LOGE(TAG, "mount %s: the folder %s cannot be made", request.base_path.c_str(), folder.c_str());
        return ESP_FAIL;
    }
    VolumeConfig config;
    config.title = "partition '" + std::string(partition->label) + "'";
    config.folder = folder;
    config.capacity = partition->size;
    config.cluster = CLUSTER;
    config.max_files = request.max_files;
    config.read_only = request.read_only || partition->readonly;
    config.names = request.kind == FlashFolderKind::FAT ? NameRules::FAT : NameRules::SPIFFS;
    auto medium = std::make_shared<FlashMedium>(flash->id());
    auto volume = std::make_shared<Volume>(config, medium, true);
    const esp_err_t err = mount_volume(request.base_path, volume);
    if (err != ESP_OK) {
        return err;
    }
    handle = all.next_handle++;
    all.list.push_back(
        {request.kind, partition->label, request.base_path, handle, flash->id(), std::move(medium), std::move(volume)});
    return ESP_OK;
}

esp_err_t unmount_flash_folder(const std::string &base_path, int handle) {
    Mounts &all = mounts();
    const std::lock_guard<std::recursive_mutex> lock(all.mutex);
    for (size_t i = 0; i < all.list.size(); i++) {
        if (all.list[i].base_path == base_path && (handle == -1 || all.list[i].handle == handle)) {
            unmount_volume(base_path);
            all.list.erase(all.list.begin() + static_cast<std::ptrdiff_t>(i));
            return ESP_OK;
        }
    }
    return ESP_ERR_INVALID_STATE;
}

namespace {

FolderMount *mount_of(Mounts &all, FlashFolderKind kind, const char *label) {
    const esp_partition_t *partition = find_partition(kind, label);
    for (FolderMount &mount : all.list) {
        if (partition && mount.kind == kind && mount.label == partition->label) {
            return &mount;
        }
    }
    return nullptr;
}

}  // namespace

esp_err_t unmount_flash_folder(FlashFolderKind kind, const char *label) {
    Mounts &all = mounts();
    const std::lock_guard<std::recursive_mutex> lock(all.mutex);
    const FolderMount *mount = mount_of(all, kind, label);
    return !mount ? ESP_ERR_INVALID_STATE : unmount_flash_folder(mount->base_path, mount->handle);
}

esp_err_t format_flash_folder(FlashFolderKind kind, const char *label) {
    Mounts &all = mounts();
    const std::lock_guard<std::recursive_mutex> lock(all.mutex);
    Flash *flash = board().flash();
    const esp_partition_t *partition = find_partition(kind, label);
    if (!flash || !partition) {
        return ESP_ERR_NOT_FOUND;
    }
    const std::string folder = label_is_folder_name(partition->label) ? folder_of(*flash, partition->label) : "";
    if (folder.empty()) {
        return ESP_FAIL;
    }
    const FolderMount *mount = mount_of(all, kind, label);
    if (mount && mount->volume->open_files() > 0) {
        ESP_LOGE(TAG, "format '%s': %d of its files are open", partition->label, mount->volume->open_files());
        return ESP_FAIL;
    }
    const esp_err_t err = format_partition(partition, folder);
    if (mount) {
        mount->volume->space_changed();
    }
    return err;
}

std::shared_ptr<Volume> flash_folder_volume(FlashFolderKind kind, const char *label) {
    Mounts &all = mounts();
    const std::lock_guard<std::recursive_mutex> lock(all.mutex);
    const FolderMount *mount = mount_of(all, kind, label);
    return !mount ? nullptr : mount->volume;
}

}  // namespace hal
