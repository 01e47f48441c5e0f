// The C library's path calls, seen first by the emulated board: paths below a mount point go to its volume, all others
// to the C library unchanged. Defined in the executable, these symbols come before libc's for every library in the
// process, so that std::ifstream and std::filesystem (libstdc++.so) take the same way as fopen() in the app.
//
// A file on a volume is an ordinary descriptor of the host file, noted in a table; read, write and their kin look
// there first. A FILE on a volume is a cookie stream over such a descriptor, as the C library's own FILE would call
// its internal read and write, which nothing can come before.

#include "interpose/interpose.hpp"

#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "backtrace/backtrace.hpp"

namespace hal::interpose {

namespace {

using Access = Medium::Access;

constexpr int FD_MAX = 1 << 16;

struct Table {
    std::mutex mutex;
    std::unordered_map<int, OpenFile> files;
};

std::atomic<bool> s_tracked[FD_MAX];  // fast answer for descriptors that are the host's

Table &table() {
    static Table *instance = new Table();  // never destroyed: streams are flushed while the process ends
    return *instance;
}

// Of a thread that prints a backtrace, in a signal handler perhaps: the locks below may be its own.
thread_local bool t_host_only = false;

// The linker takes the other files for these.
__attribute__((used)) const char *const s_kinds[] = {FILES_LINKED, FOLDERS_LINKED, PATHS_LINKED, STREAMS_LINKED};

}  // namespace

bool is_tracked(int fd) {
    return fd >= 0 && fd < FD_MAX && s_tracked[fd].load(std::memory_order_relaxed);
}

bool tracked(int fd, OpenFile &out) {
    if (!is_tracked(fd) || t_host_only) {
        return false;
    }
    Table &all = table();
    const std::lock_guard<std::mutex> lock(all.mutex);
    const auto found = all.files.find(fd);
    if (found == all.files.end()) {
        return false;
    }
    out = found->second;
    return true;
}

void track(int fd, OpenFile file) {
    Table &all = table();
    const std::lock_guard<std::mutex> lock(all.mutex);
    all.files[fd] = std::move(file);
    s_tracked[fd] = true;
}

bool untrack(int fd) {
    if (!is_tracked(fd) || t_host_only) {
        return false;
    }
    std::shared_ptr<Volume> volume;
    bool directory = false;
    {
        Table &all = table();
        const std::lock_guard<std::mutex> lock(all.mutex);
        const auto found = all.files.find(fd);
        if (found == all.files.end()) {
            return false;
        }
        volume = std::move(found->second.volume);
        directory = found->second.directory;
        all.files.erase(found);
        s_tracked[fd] = false;
    }
    if (!directory) {
        volume->release_file();
    }
    return true;
}

int fail(int error) {
    errno = error;
    return -1;
}

const char *named(const char *path) {
    return path && path[0] == '\0' ? nullptr : path;
}

bool find_path(int dirfd, const char *path, MountedPath &out) {
    if (!path || t_host_only) {
        return false;
    }
    if (path[0] == '/') {
        return find_mount(path, out);
    }
    OpenFile base;
    if (dirfd == AT_FDCWD || !tracked(dirfd, base)) {
        return false;
    }
    out.volume = base.volume;
    out.mount_point = base.mount_point;
    out.inside = base.inside + "/" + path;
    return true;
}

int look_up(const MountedPath &path, Volume::Place &place) {
    if (!path.volume) {
        return ENOENT;  // nothing is mounted there
    }
    const int error = path.volume->access(Access::LOOKUP, 0);
    return error != 0 ? error : path.volume->resolve(path.inside, place);
}

int look_up_existing(const MountedPath &path, Volume::Place &place) {
    const int error = look_up(path, place);
    return error != 0 ? error : place.exists ? 0 : ENOENT;
}

int open_on_volume(const MountedPath &path, int flags, mode_t mode) {
    Volume::Place place;
    int error = look_up(path, place);
    if (error != 0) {
        return fail(error);
    }
    Volume &volume = *path.volume;
    const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_TRUNC | O_CREAT)) != 0;
    const bool directory = place.exists && S_ISDIR(place.status.st_mode);
    if (directory) {
        if ((flags & O_ACCMODE) != O_RDONLY) {
            return fail(EISDIR);
        }
    } else if ((flags & O_DIRECTORY) != 0) {
        return fail(place.exists ? ENOTDIR : ENOENT);
    }
    if (!place.exists && (flags & O_CREAT) == 0) {
        return fail(ENOENT);
    }
    if (place.exists && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) {
        return fail(EEXIST);
    }
    if (writes && !directory && (error = volume.check_writable()) != 0) {
        return fail(error);
    }
    if (!directory && (error = volume.take_file()) != 0) {
        return fail(error);
    }
    if (!place.exists && volume.config().names == NameRules::SPIFFS) {
        make_folder(place.host.substr(0, place.host.rfind('/')));
    }
    const int fd = real::open(place.host.c_str(), (flags & ~O_EXCL) | O_NOFOLLOW | O_CLOEXEC, mode | 0600);
    if (fd < 0 || fd >= FD_MAX) {
        error = fd < 0 ? errno : EMFILE;
        if (!directory) {
            volume.release_file();
        }
        if (fd >= 0) {
            real::close(fd);
        }
        return fail(error);
    }
    if ((flags & O_TRUNC) != 0) {
        volume.space_changed();
    }
    track(fd, {path.volume, path.mount_point, path.inside, flags, directory});
    return fd;
}

ssize_t read_on_volume(const OpenFile &file, int fd, void *data, size_t size, off_t offset) {
    const int error = file.volume->access(Access::READ, size);
    if (error != 0) {
        return fail(error);
    }
    return offset < 0 ? real::read(fd, data, size) : real::pread(fd, data, size, offset);
}

ssize_t write_on_volume(const OpenFile &file, int fd, const void *data, size_t size, off_t offset) {
    int error = file.volume->access(Access::WRITE, size);
    if (error == 0) {
        error = file.volume->check_writable();
    }
    struct stat status = {};
    if (error != 0 || fstat(fd, &status) != 0) {
        return fail(error != 0 ? error : errno);
    }
    const off_t at = (file.flags & O_APPEND) != 0 ? status.st_size : offset >= 0 ? offset : lseek(fd, 0, SEEK_CUR);
    const uint64_t before = static_cast<uint64_t>(status.st_size);
    const uint64_t begin = static_cast<uint64_t>(at < 0 ? 0 : at);
    uint64_t allowed = 0;
    error = begin + size > before ? file.volume->grow(before, begin + size, allowed) : 0;
    if (error != 0) {
        if (allowed <= begin) {
            return fail(error);
        }
        size = std::min<uint64_t>(size, allowed - begin);
    }
    return offset < 0 ? real::write(fd, data, size) : real::pwrite(fd, data, size, offset);
}

int truncate_on_volume(Volume &volume, uint64_t from, off_t size) {
    if (size < 0) {
        return EINVAL;
    }
    int error = volume.access(Access::WRITE, 0);
    if (error == 0) {
        error = volume.check_writable();
    }
    uint64_t allowed = 0;
    if (error == 0 && static_cast<uint64_t>(size) > from) {
        error = volume.grow(from, static_cast<uint64_t>(size), allowed);
        if (error != 0) {
            volume.space_changed();
        }
    }
    return error;
}

}  // namespace hal::interpose

namespace hal {

void use_host_files_only(bool only) {
    interpose::t_host_only = only;
}

}  // namespace hal
