// Folders: opendir, readdir and their kin.

#include "interpose/interpose.hpp"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace hal::interpose {

const char FOLDERS_LINKED[] = "folders";

}  // namespace hal::interpose

namespace {

using namespace hal::interpose;
using hal::MountedPath;
using Access = hal::Medium::Access;

struct Table {
    std::mutex mutex;
    std::unordered_map<DIR *, int> dirs;
};

std::atomic<int> s_dirs{0};

Table &table() {
    static Table *instance = new Table();
    return *instance;
}

DIR *adopt_dir(int fd) {
    DIR *dir = hal::real::fdopendir(fd);
    if (dir) {
        Table &all = table();
        const std::lock_guard<std::mutex> lock(all.mutex);
        all.dirs[dir] = fd;
        s_dirs++;
    }
    return dir;
}

bool dir_file(DIR *dir, OpenFile &out) {
    if (s_dirs.load(std::memory_order_relaxed) == 0) {
        return false;
    }
    int fd = -1;
    {
        Table &all = table();
        const std::lock_guard<std::mutex> lock(all.mutex);
        const auto found = all.dirs.find(dir);
        if (found == all.dirs.end()) {
            return false;
        }
        fd = found->second;
    }
    return tracked(fd, out);
}

}  // namespace

extern "C" {

DIR *board_fdopendir(int fd) SYMBOL("fdopendir");
DIR *board_fdopendir(int fd) {
    return is_tracked(fd) ? adopt_dir(fd) : hal::real::fdopendir(fd);
}

DIR *board_opendir(const char *path) SYMBOL("opendir");
DIR *board_opendir(const char *path) {
    MountedPath mounted;
    if (!find_path(AT_FDCWD, path, mounted)) {
        return hal::real::opendir(path);
    }
    const int fd = open_on_volume(mounted, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) {
        return nullptr;
    }
    DIR *dir = adopt_dir(fd);
    if (!dir) {
        const int error = errno;
        untrack(fd);
        hal::real::close(fd);
        errno = error;
    }
    return dir;
}
int board_closedir(DIR *dir) SYMBOL("closedir");
int board_closedir(DIR *dir) {
    if (s_dirs.load(std::memory_order_relaxed) != 0) {
        int fd = -1;
        {
            Table &all = table();
            const std::lock_guard<std::mutex> lock(all.mutex);
            const auto found = all.dirs.find(dir);
            if (found != all.dirs.end()) {
                fd = found->second;
                all.dirs.erase(found);
                s_dirs--;
            }
        }
        untrack(fd);
    }
    return hal::real::closedir(dir);
}

/** Reads on until an entry that the volume shows. */
struct dirent *board_readdir(DIR *dir) SYMBOL("readdir");
struct dirent *board_readdir(DIR *dir) {
    OpenFile file;
    if (!dir_file(dir, file)) {
        return hal::real::readdir(dir);
    }
    const int error = file.volume->access(Access::READ, 0);
    if (error != 0) {
        errno = error;
        return nullptr;
    }
    while (struct dirent *entry = hal::real::readdir(dir)) {
        const bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        bool plain = entry->d_type == DT_REG || entry->d_type == DT_DIR;
        if (entry->d_type == DT_UNKNOWN) {
            struct stat status = {};
            using Fn = int (*)(int, const char *, struct stat *, int);
            plain = REAL(fstatat, Fn)(dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                    (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
        }
        if (!dots && plain && file.volume->check_name(entry->d_name) == 0) {
            return entry;
        }
    }
    return nullptr;
}
struct dirent64 *board_readdir64(DIR *dir) SYMBOL("readdir64");
struct dirent64 *board_readdir64(DIR *dir) {
    return reinterpret_cast<struct dirent64 *>(board_readdir(dir));
}

int board_scandir(const char *path, struct dirent ***out, int (*filter)(const struct dirent *),
                  int (*compare)(const struct dirent **, const struct dirent **)) SYMBOL("scandir");
int board_scandir(const char *path, struct dirent ***out, int (*filter)(const struct dirent *),
                  int (*compare)(const struct dirent **, const struct dirent **)) {
    using Fn = int (*)(const char *, struct dirent ***, int (*)(const struct dirent *),
                       int (*)(const struct dirent **, const struct dirent **));
    MountedPath mounted;
    if (!find_path(AT_FDCWD, path, mounted)) {
        return REAL(scandir, Fn)(path, out, filter, compare);
    }
    DIR *dir = board_opendir(path);
    if (!dir) {
        return -1;
    }
    std::vector<struct dirent *> entries;
    while (const struct dirent *entry = board_readdir(dir)) {
        if (!filter || filter(entry) != 0) {
            struct dirent *copy = static_cast<struct dirent *>(malloc(sizeof(struct dirent)));
            if (!copy) {
                break;
            }
            memcpy(copy, entry, std::min<size_t>(entry->d_reclen, sizeof(struct dirent)));
            entries.push_back(copy);
        }
    }
    board_closedir(dir);
    if (compare) {
        std::sort(entries.begin(), entries.end(), [compare](struct dirent *a, struct dirent *b) {
            const struct dirent *left = a;
            const struct dirent *right = b;
            return compare(&left, &right) < 0;
        });
    }
    struct dirent **list = static_cast<struct dirent **>(malloc((entries.size() + 1) * sizeof(struct dirent *)));
    if (!list) {
        for (struct dirent *entry : entries) {
            free(entry);
        }
        return fail(ENOMEM);
    }
    std::copy(entries.begin(), entries.end(), list);
    *out = list;
    return static_cast<int>(entries.size());
}

}  // extern "C"
