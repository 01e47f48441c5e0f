#pragma once

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "esp_err.h"

namespace hal {

/** What a volume lies on. It sees each access and may refuse it. */
class Medium {
public:
    enum class Access { LOOKUP, READ, WRITE };

    virtual ~Medium() = default;
    /** One access of `bytes`. @return 0, or the errno that it fails with. */
    virtual int access(Access kind, uint64_t bytes) = 0;
    virtual bool writable() const = 0;
};

/** Which names a file system knows. */
enum class NameRules {
    FAT,    ///< case does not matter, " * : < > ? \ | and control characters are refused, 255 characters
    SPIFFS  ///< no folders: a slash is a character of the name; 31 characters with the first slash
};

struct VolumeConfig {
    std::string title;        ///< what messages call it: "SD card", "partition 'storage'"
    std::string folder;       ///< the host folder that holds its files
    uint64_t capacity = 0;    ///< bytes; 0: not limited
    uint32_t cluster = 4096;  ///< files take multiples of it
    int max_files = 5;        ///< open at the same time
    bool read_only = false;
    NameRules names = NameRules::FAT;
};

/** A mounted file system: a host folder with the limits of the real thing. Thread safe. Functions return 0 or an errno.
 */
class Volume {
public:
    /** `medium` may be null: nothing but the volume itself then refuses an access. */
    Volume(VolumeConfig config, std::weak_ptr<Medium> medium, bool has_medium);

    /** Where a path inside the volume ("/dir/a.txt", "" for its root) lies on the host. */
    struct Place {
        std::string host;
        bool exists = false;
        bool is_root = false;
        struct stat status = {};
    };
    /** Folders above it must exist, "." and ".." are taken out, symbolic links do not exist. */
    int resolve(const std::string &path, Place &out);

    /** Asks the medium. */
    int access(Medium::Access kind, uint64_t bytes);
    /** EROFS when nothing may change. */
    int check_writable() const;

    /** Takes one of the open files. @return ENFILE when all are taken. */
    int take_file();
    void release_file();
    int open_files() const;

    /** A file grows from one size to another. @return ENOSPC when the volume is full, and how far it may grow. */
    int grow(uint64_t from, uint64_t to, uint64_t &allowed);
    /** Something was deleted or cut: space is counted again when it is asked for. */
    void space_changed();
    uint64_t used_bytes();
    uint64_t total_bytes() const { return m_config.capacity; }
    void fill_statvfs(struct statvfs &out);

    /** From now on every access fails with EIO (unmounted while files were open). */
    void detach();

    const VolumeConfig &config() const { return m_config; }
    /** A name that the file system may hold. @return 0 or EINVAL, ENAMETOOLONG. */
    int check_name(const std::string &name) const;

private:
    int find_in(const std::string &folder, const std::string &name, std::string &found, struct stat &status) const;
    uint64_t clusters(uint64_t size) const {
        return (size + m_config.cluster - 1) / m_config.cluster * m_config.cluster;
    }
    uint64_t count(const std::string &folder, int depth) const;

    const VolumeConfig m_config;
    const std::weak_ptr<Medium> m_medium;
    const bool m_has_medium;
    mutable std::mutex m_mutex;
    bool m_detached = false;
    int m_open_files = 0;
    bool m_used_known = false;
    uint64_t m_used = 0;
};

/** The mount table. A mount point is "/name", at most 15 characters.
 * @return ESP_ERR_INVALID_ARG for another, ESP_ERR_INVALID_STATE when something is mounted there. */
esp_err_t mount_volume(const std::string &mount_point, std::shared_ptr<Volume> volume);
/** @return ESP_ERR_INVALID_STATE when nothing is mounted there. */
esp_err_t unmount_volume(const std::string &mount_point);
std::shared_ptr<Volume> mounted_volume(const std::string &mount_point);

/** Mount point of FatFs's drive `number`: a FAT volume takes the lowest free number. Empty: there is none. */
std::string fat_drive(int number);

/** Which volume a path belongs to. */
struct MountedPath {
    std::shared_ptr<Volume> volume;  ///< null: the mount point is known, but nothing is mounted there
    std::string inside;              ///< path within the volume
    std::string mount_point;
};
/** @return false when the path is the host's. */
bool find_mount(const char *path, MountedPath &out);

/** Deletes everything in a host folder that the HAL made. @return false when something could not be deleted. */
bool empty_folder(const std::string &folder);
/** Makes a folder and those above it. */
bool make_folder(const std::string &folder);

}  // namespace hal
