#include "storage/volume.hpp"

#include <strings.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <vector>

#include "esp_log.h"
#include "esp_vfs.h"
#include "interpose/real_libc.hpp"

namespace hal {
namespace {

const char *const TAG = "vfs";

constexpr size_t FAT_NAME_MAX = 255;
constexpr size_t SPIFFS_PATH_MAX = 31;
constexpr int FOLDER_DEPTH_MAX = 64;

struct MountTable {
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<Volume>> mounts;  // null: was mounted once
    std::vector<std::string> fat_drives;                    // mount points by number; empty: free
};

MountTable &mount_table() {
    // Never destroyed: files may be flushed while the process ends. The two common mount points are known from the
    // start, so that a path there is not found before the mount instead of being the PC's.
    static MountTable *table = new MountTable{{}, {{"/sdcard", nullptr}, {"/spiffs", nullptr}}, {}};
    return *table;
}

void warn_once(const std::string &subject, const char *text) {
    static std::mutex mutex;
    static std::set<std::string> *seen = new std::set<std::string>();
    const std::lock_guard<std::mutex> lock(mutex);
    if (seen->insert(subject).second) {
        ESP_LOGW(TAG, "%s: %s", subject.c_str(), text);
    }
}

/** Splits a path and takes out "." and "..". @return false when ".." leads out of the volume. */
bool split_path(const std::string &path, std::vector<std::string> &out) {
    size_t begin = 0;
    while (begin < path.size()) {
        const size_t end = std::min(path.find('/', begin), path.size());
        const std::string name = path.substr(begin, end - begin);
        begin = end + 1;
        if (name == "..") {
            if (out.empty()) {
                return false;
            }
            out.pop_back();
        } else if (!name.empty() && name != ".") {
            out.push_back(name);
        }
    }
    return true;
}

}  // namespace

Volume::Volume(VolumeConfig config, std::weak_ptr<Medium> medium, bool has_medium)
    : m_config(std::move(config)), m_medium(std::move(medium)), m_has_medium(has_medium) {}

int Volume::check_name(const std::string &name) const {
    if (m_config.names == NameRules::SPIFFS) {
        return 0;  // only the whole path has a limit
    }
    if (name.empty() || name.size() > FAT_NAME_MAX) {
        return EINVAL;
    }
    for (const char c : name) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || strchr("\"*:<>?\\|", c)) {
            return EINVAL;
        }
    }
    return 0;
}

int Volume::find_in(const std::string &folder, const std::string &name, std::string &found, struct stat &status) const {
    found = folder + "/" + name;
    if (real::lstat(found.c_str(), &status) == 0) {
        if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
            warn_once(found, "only files and folders exist on an emulated volume, no links and no devices");
            return ENOENT;
        }
        return 0;
    }
    if (errno != ENOENT) {
        return errno == ENAMETOOLONG ? EINVAL : errno;
    }
    if (m_config.names == NameRules::SPIFFS) {
        return ENOENT;
    }
    DIR *dir = real::opendir(folder.c_str());
    if (!dir) {
        return errno;
    }
    std::string match;  // the first in order, so that the same one is found each time
    while (const struct dirent *entry = real::readdir(dir)) {
        if (strcasecmp(entry->d_name, name.c_str()) == 0 && (match.empty() || entry->d_name < match)) {
            match = entry->d_name;
        }
    }
    real::closedir(dir);
    if (match.empty()) {
        return ENOENT;
    }
    found = folder + "/" + match;
    if (real::lstat(found.c_str(), &status) != 0 || (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))) {
        return ENOENT;
    }
    return 0;
}

int Volume::resolve(const std::string &path, Place &out) {
    out = {};
    std::vector<std::string> names;
    if (!split_path(path, names)) {
        return ENOENT;
    }
    if (m_config.names == NameRules::SPIFFS) {
        size_t length = 0;
        for (const std::string &name : names) {
            length += 1 + name.size();
        }
        if (length > SPIFFS_PATH_MAX) {
            return ENAMETOOLONG;
        }
    }
    std::string at = m_config.folder;
    if (real::lstat(at.c_str(), &out.status) != 0) {
        return EIO;  // the folder behind the volume is gone
    }
    out.exists = true;
    out.is_root = names.empty();
    for (size_t i = 0; i < names.size(); i++) {
        std::string &name = names[i];
        if (m_config.names == NameRules::FAT) {
            while (!name.empty() && (name.back() == '.' || name.back() == ' ')) {
                name.pop_back();  // FAT does not keep them
            }
        }
        const int wrong = check_name(name);
        if (wrong != 0) {
            return wrong;
        }
        if (!out.exists || !S_ISDIR(out.status.st_mode)) {
            if (m_config.names == NameRules::SPIFFS && !out.exists) {
                at += "/" + name;  // no folders there: the whole rest is a new name
                continue;
            }
            return ENOENT;
        }
        std::string found;
        const int error = find_in(at, name, found, out.status);
        if (error == ENOENT) {
            out.exists = false;
            at += "/" + name;
            struct stat link = {};
            if (real::lstat(at.c_str(), &link) == 0) {
                return ENOENT;  // a link or a device: neither there nor free
            }
        } else if (error != 0) {
            return error;
        } else {
            at = found;
        }
    }
    out.host = at;
    return 0;
}

int Volume::access(Medium::Access kind, uint64_t bytes) {
    {
        const std::lock_guard<std::mutex> lock(m_mutex);
        if (m_detached) {
            return EIO;
        }
    }
    if (!m_has_medium) {
        return 0;
    }
    const std::shared_ptr<Medium> medium = m_medium.lock();
    return !medium ? EIO : medium->access(kind, bytes);
}

int Volume::check_writable() const {
    if (m_config.read_only) {
        return EROFS;
    }
    const std::shared_ptr<Medium> medium = m_medium.lock();
    return medium && !medium->writable() ? EROFS : 0;
}

int Volume::take_file() {
    const std::lock_guard<std::mutex> lock(m_mutex);
    if (m_open_files >= m_config.max_files) {
        ESP_LOGE(TAG, "open: %s has its %d files open (max_files)", m_config.title.c_str(), m_config.max_files);
        return ENFILE;
    }
    m_open_files++;
    return 0;
}

void Volume::release_file() {
    const std::lock_guard<std::mutex> lock(m_mutex);
    m_open_files--;
}

int Volume::open_files() const {
    const std::lock_guard<std::mutex> lock(m_mutex);
    return m_open_files;
}

void Volume::detach() {
    const std::lock_guard<std::mutex> lock(m_mutex);
    m_detached = true;
}

uint64_t Volume::count(const std::string &folder, int depth) const {
    uint64_t sum = 0;
    DIR *dir = depth > FOLDER_DEPTH_MAX ? nullptr : real::opendir(folder.c_str());
    if (!dir) {
        return 0;
    }
    while (const struct dirent *entry = real::readdir(dir)) {
        const std::string name = entry->d_name;
        struct stat status = {};
        const std::string path = folder + "/" + name;
        if (name == "." || name == ".." || real::lstat(path.c_str(), &status) != 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            sum += m_config.cluster + count(path, depth + 1);
        } else if (S_ISREG(status.st_mode)) {
            sum += clusters(static_cast<uint64_t>(status.st_size));
        }
    }
    real::closedir(dir);
    return sum;
}

uint64_t Volume::used_bytes() {
    const std::lock_guard<std::mutex> lock(m_mutex);
    if (!m_used_known) {
        m_used = count(m_config.folder, 0);
        m_used_known = true;
    }
    return m_used;
}

void Volume::space_changed() {
    const std::lock_guard<std::mutex> lock(m_mutex);
    m_used_known = false;
}

int Volume::grow(uint64_t from, uint64_t to, uint64_t &allowed) {
    allowed = to;
    if (m_config.capacity == 0 || clusters(to) <= clusters(from)) {
        return 0;
    }
    const uint64_t more = clusters(to) - clusters(from);
    if (used_bytes() + more > m_config.capacity) {
        space_changed();  // perhaps files were deleted on the host; count before refusing
    }
    const uint64_t used = used_bytes();
    const std::lock_guard<std::mutex> lock(m_mutex);
    if (used + more <= m_config.capacity) {
        m_used = used + more;
        return 0;
    }
    const uint64_t free_clusters = used >= m_config.capacity ? 0 : (m_config.capacity - used) / m_config.cluster;
    allowed = std::min(to, clusters(from) + free_clusters * m_config.cluster);
    m_used = used + (clusters(allowed) > clusters(from) ? clusters(allowed) - clusters(from) : 0);
    ESP_LOGE(TAG, "%s is full: %llu of %llu bytes are used, %llu more were asked for", m_config.title.c_str(),
             static_cast<unsigned long long>(used), static_cast<unsigned long long>(m_config.capacity),
             static_cast<unsigned long long>(more));
    return ENOSPC;
}

void Volume::fill_statvfs(struct statvfs &out) {
    const uint64_t used = used_bytes();
    out = {};
    out.f_bsize = out.f_frsize = m_config.cluster;
    const uint64_t capacity = m_config.capacity != 0 ? m_config.capacity : used;
    out.f_blocks = capacity / m_config.cluster;
    out.f_bfree = out.f_bavail = used >= capacity ? 0 : (capacity - used) / m_config.cluster;
    out.f_namemax = m_config.names == NameRules::FAT ? FAT_NAME_MAX : SPIFFS_PATH_MAX;
    out.f_flag = check_writable() != 0 ? ST_RDONLY : 0;
}

esp_err_t mount_volume(const std::string &mount_point, std::shared_ptr<Volume> volume) {
    if (mount_point.size() < 2 || mount_point.size() > ESP_VFS_PATH_MAX || mount_point[0] != '/' ||
        mount_point.back() == '/') {
        ESP_LOGE(TAG,
                 "'%s' is no mount point: it begins with a slash, does not end with one and has 2 to %d characters",
                 mount_point.c_str(), ESP_VFS_PATH_MAX);
        return ESP_ERR_INVALID_ARG;
    }
    MountTable &table = mount_table();
    const std::lock_guard<std::mutex> lock(table.mutex);
    std::shared_ptr<Volume> &slot = table.mounts[mount_point];
    if (slot) {
        ESP_LOGE(TAG, "%s is mounted already (%s)", mount_point.c_str(), slot->config().title.c_str());
        return ESP_ERR_INVALID_STATE;
    }
    if (volume->config().names == NameRules::FAT) {
        const auto free = std::find(table.fat_drives.begin(), table.fat_drives.end(), "");
        if (free == table.fat_drives.end()) {
            table.fat_drives.push_back(mount_point);
        } else {
            *free = mount_point;
        }
    }
    slot = std::move(volume);
    return ESP_OK;
}

esp_err_t unmount_volume(const std::string &mount_point) {
    MountTable &table = mount_table();
    std::shared_ptr<Volume> volume;
    {
        const std::lock_guard<std::mutex> lock(table.mutex);
        const auto found = table.mounts.find(mount_point);
        if (found == table.mounts.end() || !found->second) {
            return ESP_ERR_INVALID_STATE;
        }
        volume = std::move(found->second);
        found->second = nullptr;
        std::replace(table.fat_drives.begin(), table.fat_drives.end(), mount_point, std::string());
    }
    if (volume->open_files() > 0) {
        ESP_LOGW(TAG, "%s is unmounted while %d of its files are open", mount_point.c_str(), volume->open_files());
    }
    volume->detach();
    return ESP_OK;
}

std::string fat_drive(int number) {
    MountTable &table = mount_table();
    const std::lock_guard<std::mutex> lock(table.mutex);
    const size_t at = static_cast<size_t>(number);
    return number >= 0 && at < table.fat_drives.size() ? table.fat_drives[at] : std::string();
}

std::shared_ptr<Volume> mounted_volume(const std::string &mount_point) {
    MountTable &table = mount_table();
    const std::lock_guard<std::mutex> lock(table.mutex);
    const auto found = table.mounts.find(mount_point);
    return found == table.mounts.end() ? nullptr : found->second;
}

bool find_mount(const char *path, MountedPath &out) {
    if (!path || path[0] != '/') {
        return false;
    }
    MountTable &table = mount_table();
    const std::lock_guard<std::mutex> lock(table.mutex);
    size_t longest = 0;
    for (const auto &[mount_point, volume] : table.mounts) {
        const size_t length = mount_point.size();
        if (length > longest && strncmp(path, mount_point.c_str(), length) == 0 &&
            (path[length] == '\0' || path[length] == '/')) {
            longest = length;
            out.volume = volume;
            out.mount_point = mount_point;
        }
    }
    if (longest == 0) {
        return false;
    }
    out.inside = path + longest;
    return true;
}

bool empty_folder(const std::string &folder) {
    DIR *dir = real::opendir(folder.c_str());
    if (!dir) {
        return errno == ENOENT;
    }
    bool ok = true;
    while (const struct dirent *entry = real::readdir(dir)) {
        const std::string name = entry->d_name;
        const std::string path = folder + "/" + name;
        struct stat status = {};
        if (name == "." || name == ".." || real::lstat(path.c_str(), &status) != 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            ok = empty_folder(path) && real::rmdir(path.c_str()) == 0 && ok;
        } else {
            ok = real::unlink(path.c_str()) == 0 && ok;
        }
    }
    real::closedir(dir);
    return ok;
}

bool make_folder(const std::string &folder) {
    for (size_t slash = folder.find('/', 1); slash != std::string::npos; slash = folder.find('/', slash + 1)) {
        real::mkdir(folder.substr(0, slash).c_str(), 0777);
    }
    struct stat status = {};
    return real::mkdir(folder.c_str(), 0777) == 0 ||
           (real::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode));
}

}  // namespace hal
