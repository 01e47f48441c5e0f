// The C library's path calls, seen first by the emulated board: paths below a mount point go to its volume, all others
// to the C library unchanged. Defined in the executable, these symbols come before libc's for every library in the
// process, so that std::ifstream and std::filesystem (libstdc++.so) take the same way as fopen() in the app.
//
// A file on a volume is an ordinary descriptor of the host file, noted in a table; read, write and their kin look
// there first. A FILE on a volume is a cookie stream over such a descriptor, as the C library's own FILE would call
// its internal read and write, which nothing can come before.

#undef _FILE_OFFSET_BITS  // both families of names are defined below; neither may be renamed to the other
#undef _FORTIFY_SOURCE

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utime.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/real_libc.hpp"
#include "storage/volume.hpp"
#include "system/backtrace.hpp"

using hal::MountedPath;
using hal::Volume;
using Access = hal::Medium::Access;

namespace {

template <typename F>
F real_function_lookup(const char *name) {
    return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

// One static per call site: REAL expands to a lambda with its own cache.
#define REAL(name, type)                                       \
    ([]() {                                                    \
        static std::atomic<type> function{nullptr};            \
        type found = function.load(std::memory_order_acquire); \
        if (found == nullptr) {                                \
            found = real_function_lookup<type>(#name);         \
            function.store(found, std::memory_order_release);  \
        }                                                      \
        return found;                                          \
    }())

using OpenFn = int (*)(const char *, int, ...);
using OpenatFn = int (*)(int, const char *, int, ...);
using CloseFn = int (*)(int);
using ReadFn = ssize_t (*)(int, void *, size_t);
using WriteFn = ssize_t (*)(int, const void *, size_t);
using PreadFn = ssize_t (*)(int, void *, size_t, off_t);
using PwriteFn = ssize_t (*)(int, const void *, size_t, off_t);

/// A descriptor on a volume.
struct OpenFile {
    std::shared_ptr<Volume> volume;
    std::string mount_point;
    std::string inside;  // path within the volume
    int flags = 0;
    bool directory = false;
};

constexpr int FD_MAX = 1 << 16;

struct Tables {
    std::mutex mutex;
    std::unordered_map<int, OpenFile> files;
    std::unordered_map<DIR *, int> dirs;
    std::unordered_map<FILE *, int> streams;
};

std::atomic<bool> s_tracked[FD_MAX];  // fast answer for descriptors that are the host's
std::atomic<int> s_streams{0};
std::atomic<int> s_dirs{0};

Tables &tables() {
    static Tables *instance = new Tables();  // never destroyed: streams are flushed while the process ends
    return *instance;
}

bool is_tracked(int fd) {
    return fd >= 0 && fd < FD_MAX && s_tracked[fd].load(std::memory_order_relaxed);
}

// Of a thread that prints a backtrace, in a signal handler perhaps: the locks below may be its own.
thread_local bool t_host_only = false;

bool tracked(int fd, OpenFile &out) {
    if (!is_tracked(fd) || t_host_only) {
        return false;
    }
    Tables &all = tables();
    const std::lock_guard<std::mutex> lock(all.mutex);
    const auto found = all.files.find(fd);
    if (found == all.files.end()) {
        return false;
    }
    out = found->second;
    return true;
}

void track(int fd, OpenFile file) {
    Tables &all = tables();
    const std::lock_guard<std::mutex> lock(all.mutex);
    all.files[fd] = std::move(file);
    s_tracked[fd] = true;
}

/// Forgets a descriptor before it is closed. @return true when it was a volume's.
bool untrack(int fd) {
    if (!is_tracked(fd) || t_host_only) {
        return false;
    }
    std::shared_ptr<Volume> volume;
    bool directory = false;
    {
        Tables &all = tables();
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

/// A path for the calls that take an empty one to mean their descriptor: those are the host's.
const char *named(const char *path) {
    return path != nullptr && path[0] == '\0' ? nullptr : path;
}

/// Where a path given to an *at call leads. @return false: it is the host's.
bool find_path(int dirfd, const char *path, MountedPath &out) {
    if (path == nullptr || t_host_only) {
        return false;
    }
    if (path[0] == '/') {
        return hal::find_mount(path, out);
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

/// Asks mount table, medium and volume about a path. @return 0 or an errno.
int look_up(const MountedPath &path, Volume::Place &place) {
    if (path.volume == nullptr) {
        return ENOENT;  // nothing is mounted there
    }
    const int error = path.volume->access(Access::kLookup, 0);
    return error != 0 ? error : path.volume->resolve(path.inside, place);
}

/// The same for a path that must exist.
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
    if (!place.exists && volume.config().names == hal::NameRules::kSpiffs) {
        hal::make_folder(place.host.substr(0, place.host.rfind('/')));
    }
    const int fd = hal::real::open(place.host.c_str(), (flags & ~O_EXCL) | O_NOFOLLOW | O_CLOEXEC, mode | 0600);
    if (fd < 0 || fd >= FD_MAX) {
        error = fd < 0 ? errno : EMFILE;
        if (!directory) {
            volume.release_file();
        }
        if (fd >= 0) {
            hal::real::close(fd);
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
    const int error = file.volume->access(Access::kRead, size);
    if (error != 0) {
        return fail(error);
    }
    return offset < 0 ? hal::real::read(fd, data, size) : hal::real::pread(fd, data, size, offset);
}

ssize_t write_on_volume(const OpenFile &file, int fd, const void *data, size_t size, off_t offset) {
    int error = file.volume->access(Access::kWrite, size);
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
    return offset < 0 ? hal::real::write(fd, data, size) : hal::real::pwrite(fd, data, size, offset);
}

/// readv, writev. @param transfer read_on_volume or write_on_volume
template <typename Transfer>
ssize_t part_by_part(Transfer transfer, const OpenFile &file, int fd, const struct iovec *parts, int count) {
    ssize_t sum = 0;
    for (int i = 0; i < count; i++) {
        const ssize_t moved = transfer(file, fd, parts[i].iov_base, parts[i].iov_len, -1);
        if (moved < 0) {
            return sum > 0 ? sum : -1;
        }
        sum += moved;
        if (static_cast<size_t>(moved) < parts[i].iov_len) {
            break;
        }
    }
    return sum;
}

int truncate_on_volume(Volume &volume, uint64_t from, off_t size) {
    if (size < 0) {
        return EINVAL;
    }
    int error = volume.access(Access::kWrite, 0);
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

// --- FILE streams on a volume ---

struct Stream {
    int fd;
    FILE *file;
};

ssize_t stream_read(void *cookie, char *data, size_t size) {
    const int fd = static_cast<Stream *>(cookie)->fd;
    OpenFile file;
    return tracked(fd, file) ? read_on_volume(file, fd, data, size, -1) : fail(EBADF);
}

ssize_t stream_write(void *cookie, const char *data, size_t size) {
    const int fd = static_cast<Stream *>(cookie)->fd;
    OpenFile file;
    if (!tracked(fd, file)) {
        errno = EBADF;
        return 0;
    }
    size_t done = 0;
    while (done < size) {
        const ssize_t wrote = write_on_volume(file, fd, data + done, size - done, -1);
        if (wrote <= 0) {
            break;
        }
        done += static_cast<size_t>(wrote);
    }
    return static_cast<ssize_t>(done);
}

int stream_seek(void *cookie, off64_t *offset, int whence) {
    const off_t at = lseek(static_cast<Stream *>(cookie)->fd, *offset, whence);
    *offset = at;
    return at < 0 ? -1 : 0;
}

int stream_close(void *cookie) {
    Stream *stream = static_cast<Stream *>(cookie);
    const int fd = stream->fd;
    {
        Tables &all = tables();
        const std::lock_guard<std::mutex> lock(all.mutex);
        all.streams.erase(stream->file);
    }
    s_streams--;
    delete stream;
    untrack(fd);
    return hal::real::close(fd);
}

FILE *make_stream(int fd, const char *mode) {
    Stream *stream = new Stream{fd, nullptr};
    const cookie_io_functions_t functions = {stream_read, stream_write, stream_seek, stream_close};
    // The cookie's mode knows only r, w, a and +.
    const bool plus = strchr(mode, '+') != nullptr;
    const char cookie_mode[3] = {mode[0], plus ? '+' : '\0', '\0'};
    FILE *file = fopencookie(stream, cookie_mode, functions);
    if (file == nullptr) {
        delete stream;
        return nullptr;
    }
    stream->file = file;
    Tables &all = tables();
    const std::lock_guard<std::mutex> lock(all.mutex);
    all.streams[file] = fd;
    s_streams++;
    return file;
}

/// open() flags of an fopen() mode. @return false when it is none.
bool mode_flags(const char *mode, int &flags) {
    switch (mode[0]) {
        case 'r':
            flags = O_RDONLY;
            break;
        case 'w':
            flags = O_WRONLY | O_CREAT | O_TRUNC;
            break;
        case 'a':
            flags = O_WRONLY | O_CREAT | O_APPEND;
            break;
        default:
            return false;
    }
    for (const char *c = mode + 1; *c != '\0' && *c != ','; c++) {
        if (*c == '+') {
            flags = (flags & ~O_ACCMODE) | O_RDWR;
        } else if (*c == 'x') {
            flags |= O_EXCL;
        }
    }
    return true;
}

FILE *open_stream(const MountedPath &path, const char *mode) {
    int flags = 0;
    if (mode == nullptr || !mode_flags(mode, flags)) {
        errno = EINVAL;
        return nullptr;
    }
    const int fd = open_on_volume(path, flags, 0666);
    if (fd < 0) {
        return nullptr;
    }
    OpenFile file;
    if (tracked(fd, file) && file.directory) {
        untrack(fd);
        hal::real::close(fd);
        errno = EISDIR;
        return nullptr;
    }
    FILE *stream = make_stream(fd, mode);
    if (stream == nullptr) {
        const int error = errno;
        untrack(fd);
        hal::real::close(fd);
        errno = error;
    }
    return stream;
}

int stream_fd(FILE *stream) {
    if (s_streams.load(std::memory_order_relaxed) == 0) {
        return -1;
    }
    Tables &all = tables();
    const std::lock_guard<std::mutex> lock(all.mutex);
    const auto found = all.streams.find(stream);
    return found == all.streams.end() ? -1 : found->second;
}

FILE *reopen_stream(const MountedPath &path, const char *mode, FILE *stream) {
    using FreopenFn = FILE *(*)(const char *, const char *, FILE *);
    int flags = 0;
    if (mode == nullptr || !mode_flags(mode, flags)) {
        errno = EINVAL;
        return nullptr;
    }
    const int fd = open_on_volume(path, flags, 0666);
    if (fd < 0) {
        return nullptr;
    }
    // The stream itself must stay, so it becomes the C library's own over the host file.
    char name[64];
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    FILE *out = REAL(freopen, FreopenFn)(name, mode, stream);
    const int error = errno;
    untrack(fd);
    hal::real::close(fd);
    errno = error;
    return out;
}

// --- folders ---

DIR *adopt_dir(int fd) {
    DIR *dir = hal::real::fdopendir(fd);
    if (dir != nullptr) {
        Tables &all = tables();
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
        Tables &all = tables();
        const std::lock_guard<std::mutex> lock(all.mutex);
        const auto found = all.dirs.find(dir);
        if (found == all.dirs.end()) {
            return false;
        }
        fd = found->second;
    }
    return tracked(fd, out);
}

// --- path calls, one for all their names ---

/// status of a path on a volume. @return 0 or errno
int status_of(const MountedPath &path, struct stat &out) {
    Volume::Place place;
    const int error = look_up_existing(path, place);
    if (error == 0) {
        out = place.status;
    }
    return error;
}

int fill_stat(const MountedPath &path, struct stat *out) {
    const int error = status_of(path, *out);
    return error == 0 ? 0 : fail(error);
}

/// readlink: there are no links on a volume.
int not_a_link(const MountedPath &path) {
    struct stat status = {};
    const int error = status_of(path, status);
    return fail(error != 0 ? error : EINVAL);
}

int make_directory(const MountedPath &path, mode_t mode) {
    Volume::Place place;
    int error = look_up(path, place);
    if (error == 0 && place.exists) {
        error = EEXIST;
    }
    if (error == 0) {
        error = path.volume->check_writable();
    }
    if (error == 0 && path.volume->config().names == hal::NameRules::kSpiffs) {
        error = ENOTSUP;
    }
    uint64_t allowed = 0;
    if (error == 0) {
        error = path.volume->grow(0, path.volume->config().cluster, allowed);
    }
    if (error != 0) {
        return fail(error);
    }
    return hal::real::mkdir(place.host.c_str(), mode | 0700);
}

int remove_path(const MountedPath &path, bool files, bool directories) {
    Volume::Place place;
    int error = look_up_existing(path, place);
    if (error == 0) {
        error = path.volume->check_writable();
    }
    if (error == 0 && place.is_root) {
        error = EACCES;
    }
    const bool directory = error == 0 && S_ISDIR(place.status.st_mode);
    if (error == 0 && directory && !directories) {
        error = EISDIR;
    }
    if (error == 0 && !directory && !files) {
        error = ENOTDIR;
    }
    if (error == 0 && path.volume->access(Access::kWrite, 0) != 0) {
        error = EIO;
    }
    if (error != 0) {
        return fail(error);
    }
    path.volume->space_changed();
    return directory ? hal::real::rmdir(place.host.c_str()) : hal::real::unlink(place.host.c_str());
}

int rename_path(bool from_mounted, const MountedPath &from, bool to_mounted, const MountedPath &to) {
    if (!from_mounted || !to_mounted || from.volume != to.volume) {
        return fail((from_mounted && from.volume == nullptr) || (to_mounted && to.volume == nullptr) ? ENOENT : EXDEV);
    }
    Volume::Place source;
    Volume::Place target;
    int error = look_up_existing(from, source);
    if (error == 0) {
        error = look_up(to, target);
    }
    if (error == 0) {
        error = from.volume->check_writable();
    }
    if (error == 0 && (source.is_root || target.is_root)) {
        error = EACCES;
    }
    const bool same = error == 0 && target.exists && source.status.st_ino == target.status.st_ino;
    if (error == 0 && target.exists && !same) {
        error = EEXIST;  // FAT and SPIFFS do not replace
    }
    if (error == 0 && from.volume->access(Access::kWrite, 0) != 0) {
        error = EIO;
    }
    if (error != 0) {
        return fail(error);
    }
    std::string host = target.host;
    if (same) {
        // Only the spelling changes: resolve() found the old one.
        const size_t slash = to.inside.find_last_of('/');
        host = target.host.substr(0, target.host.rfind('/') + 1) +
               (slash == std::string::npos ? to.inside : to.inside.substr(slash + 1));
    }
    if (from.volume->config().names == hal::NameRules::kSpiffs) {
        hal::make_folder(host.substr(0, host.rfind('/')));
    }
    from.volume->space_changed();
    return hal::real::rename(source.host.c_str(), host.c_str());
}

int check_access(const MountedPath &path, int mode) {
    Volume::Place place;
    int error = look_up_existing(path, place);
    if (error == 0 && (mode & W_OK) != 0) {
        error = path.volume->check_writable();
    }
    return error == 0 ? 0 : fail(error);
}

int set_times(const MountedPath &path, const struct timespec *times) {
    using UtimensatFn = int (*)(int, const char *, const struct timespec *, int);
    Volume::Place place;
    int error = look_up_existing(path, place);
    if (error == 0) {
        error = path.volume->check_writable();
    }
    return error != 0 ? fail(error)
                      : REAL(utimensat, UtimensatFn)(AT_FDCWD, place.host.c_str(), times, AT_SYMLINK_NOFOLLOW);
}

int set_times(const MountedPath &path, const struct utimbuf *times) {
    const struct timespec values[2] = {{times ? times->actime : 0, 0}, {times ? times->modtime : 0, 0}};
    return set_times(path, times ? values : nullptr);
}

int set_times(const MountedPath &path, const struct timeval *times) {
    struct timespec values[2] = {};
    for (int i = 0; times && i < 2; i++) {
        values[i] = {times[i].tv_sec, times[i].tv_usec * 1000};
    }
    return set_times(path, times ? values : nullptr);
}

int truncate_path(const MountedPath &path, off_t size) {
    Volume::Place place;
    int error = look_up_existing(path, place);
    if (error == 0 && !S_ISREG(place.status.st_mode)) {
        error = EISDIR;
    }
    if (error == 0) {
        error = truncate_on_volume(*path.volume, static_cast<uint64_t>(place.status.st_size), size);
    }
    if (error != 0) {
        return fail(error);
    }
    using TruncateFn = int (*)(const char *, off_t);
    path.volume->space_changed();
    return REAL(truncate, TruncateFn)(place.host.c_str(), size);
}

int truncate_file(int fd, const OpenFile &file, off_t size) {
    struct stat status = {};
    if (fstat(fd, &status) != 0) {
        return -1;
    }
    const int error = truncate_on_volume(*file.volume, static_cast<uint64_t>(status.st_size), size);
    if (error != 0) {
        return fail(error);
    }
    const int result = hal::real::ftruncate(fd, size);
    file.volume->space_changed();
    return result;
}

/// The path without "." and ".." as firmware would spell it.
char *real_path(const MountedPath &path, char *out) {
    Volume::Place place;
    const int error = look_up_existing(path, place);
    if (error != 0) {
        errno = error;
        return nullptr;
    }
    std::string text = path.mount_point + place.host.substr(path.volume->config().folder.size());
    if (text.size() >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return nullptr;
    }
    if (out == nullptr) {
        return strdup(text.c_str());
    }
    memcpy(out, text.c_str(), text.size() + 1);
    return out;
}

int fill_statx(const MountedPath &path, struct statx *out) {
    struct stat status = {};
    const int error = status_of(path, status);
    if (error != 0) {
        return fail(error);
    }
    memset(out, 0, sizeof(*out));
    out->stx_mask = STATX_BASIC_STATS;
    out->stx_blksize = static_cast<uint32_t>(status.st_blksize);
    out->stx_nlink = static_cast<uint32_t>(status.st_nlink);
    out->stx_uid = status.st_uid;
    out->stx_gid = status.st_gid;
    out->stx_mode = static_cast<uint16_t>(status.st_mode);
    out->stx_ino = status.st_ino;
    out->stx_size = static_cast<uint64_t>(status.st_size);
    out->stx_blocks = static_cast<uint64_t>(status.st_blocks);
    out->stx_atime = {status.st_atim.tv_sec, static_cast<uint32_t>(status.st_atim.tv_nsec), {}};
    out->stx_mtime = {status.st_mtim.tv_sec, static_cast<uint32_t>(status.st_mtim.tv_nsec), {}};
    out->stx_ctime = {status.st_ctim.tv_sec, static_cast<uint32_t>(status.st_ctim.tv_nsec), {}};
    return 0;
}

int fill_statvfs(const MountedPath &path, struct statvfs *out) {
    Volume::Place place;
    const int error = look_up_existing(path, place);
    if (error != 0) {
        return fail(error);
    }
    path.volume->fill_statvfs(*out);
    return 0;
}

mode_t mode_argument(int flags, va_list args) {
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? static_cast<mode_t>(va_arg(args, int)) : 0;
}

}  // namespace

namespace hal {

void use_host_files_only(bool only) {
    t_host_only = only;
}

}  // namespace hal

namespace hal::real {

int open(const char *path, int flags, mode_t mode) {
    return REAL(open, OpenFn)(path, flags, mode);
}
int close(int fd) {
    return REAL(close, CloseFn)(fd);
}
ssize_t read(int fd, void *data, size_t size) {
    return REAL(read, ReadFn)(fd, data, size);
}
ssize_t write(int fd, const void *data, size_t size) {
    return REAL(write, WriteFn)(fd, data, size);
}
ssize_t pread(int fd, void *data, size_t size, off_t offset) {
    return REAL(pread, PreadFn)(fd, data, size, offset);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    return REAL(pwrite, PwriteFn)(fd, data, size, offset);
}
int ftruncate(int fd, off_t size) {
    using Fn = int (*)(int, off_t);
    return REAL(ftruncate, Fn)(fd, size);
}
DIR *opendir(const char *path) {
    using Fn = DIR *(*)(const char *);
    return REAL(opendir, Fn)(path);
}
DIR *fdopendir(int fd) {
    using Fn = DIR *(*)(int);
    return REAL(fdopendir, Fn)(fd);
}
struct dirent *readdir(DIR *dir) {
    using Fn = struct dirent *(*)(DIR *);
    return REAL(readdir, Fn)(dir);
}
int closedir(DIR *dir) {
    using Fn = int (*)(DIR *);
    return REAL(closedir, Fn)(dir);
}
int lstat(const char *path, struct stat *out) {
    using Fn = int (*)(const char *, struct stat *);
    return REAL(lstat, Fn)(path, out);
}
int mkdir(const char *path, mode_t mode) {
    using Fn = int (*)(const char *, mode_t);
    return REAL(mkdir, Fn)(path, mode);
}
int rmdir(const char *path) {
    using Fn = int (*)(const char *);
    return REAL(rmdir, Fn)(path);
}
int unlink(const char *path) {
    using Fn = int (*)(const char *);
    return REAL(unlink, Fn)(path);
}
int rename(const char *from, const char *to) {
    using Fn = int (*)(const char *, const char *);
    return REAL(rename, Fn)(from, to);
}

}  // namespace hal::real

// --- the symbols themselves ---
//
// Each has a C++ name of its own and the C library's name as its symbol: the headers' declarations (noexcept, fortify
// attributes) then do not get in the way. 64-bit PCs only, where off_t and off64_t are the same.
static_assert(sizeof(off_t) == 8 && sizeof(struct stat) == sizeof(struct stat64));

extern "C" {

#define SYMBOL(name) __asm__(name) __attribute__((visibility("default"), used))

// A call that takes a path: `ours` where the path is a volume's (`mounted`), else the C library's.
#define PATH_CALL(type, name, symbol, parameters, arguments, dirfd, path, ours)     \
    type name parameters SYMBOL(#symbol);                                           \
    type name parameters {                                                          \
        using Fn = type(*) parameters;                                              \
        MountedPath mounted;                                                        \
        return find_path(dirfd, path, mounted) ? ours : REAL(symbol, Fn) arguments; \
    }
// The same for a descriptor: `ours` where `condition` holds and it is a volume's (`file`).
#define FILE_CALL(type, name, symbol, parameters, arguments, condition, ours)      \
    type name parameters SYMBOL(#symbol);                                          \
    type name parameters {                                                         \
        using Fn = type(*) parameters;                                             \
        OpenFile file;                                                             \
        return condition && tracked(fd, file) ? ours : REAL(symbol, Fn) arguments; \
    }

PATH_CALL(FILE *, board_fopen, fopen, (const char *path, const char *mode), (path, mode), AT_FDCWD, path,
          open_stream(mounted, mode))
PATH_CALL(FILE *, board_fopen64, fopen64, (const char *path, const char *mode), (path, mode), AT_FDCWD, path,
          open_stream(mounted, mode))
PATH_CALL(FILE *, board_freopen, freopen, (const char *path, const char *mode, FILE *stream), (path, mode, stream),
          AT_FDCWD, path, reopen_stream(mounted, mode, stream))
PATH_CALL(FILE *, board_freopen64, freopen64, (const char *path, const char *mode, FILE *stream), (path, mode, stream),
          AT_FDCWD, path, reopen_stream(mounted, mode, stream))
FILE *board_fdopen(int fd, const char *mode) SYMBOL("fdopen");
FILE *board_fdopen(int fd, const char *mode) {
    using Fn = FILE *(*)(int, const char *);
    return is_tracked(fd) && mode != nullptr ? make_stream(fd, mode) : REAL(fdopen, Fn)(fd, mode);
}
#define DEFINE_FILENO(name, symbol)                     \
    int name(FILE *stream) SYMBOL(#symbol);             \
    int name(FILE *stream) {                            \
        using Fn = int (*)(FILE *);                     \
        const int fd = stream_fd(stream);               \
        return fd >= 0 ? fd : REAL(symbol, Fn)(stream); \
    }
DEFINE_FILENO(board_fileno, fileno)
DEFINE_FILENO(board_fileno_unlocked, fileno_unlocked)

#define DEFINE_OPEN(name, symbol)                                                            \
    int name(const char *path, int flags, ...) SYMBOL(#symbol);                              \
    int name(const char *path, int flags, ...) {                                             \
        va_list args;                                                                        \
        va_start(args, flags);                                                               \
        const mode_t mode = mode_argument(flags, args);                                      \
        va_end(args);                                                                        \
        MountedPath mounted;                                                                 \
        return find_path(AT_FDCWD, path, mounted) ? open_on_volume(mounted, flags, mode)     \
                                                  : REAL(symbol, OpenFn)(path, flags, mode); \
    }
DEFINE_OPEN(board_open, open)
DEFINE_OPEN(board_open64, open64)

#define DEFINE_OPENAT(name, symbol)                                                                \
    int name(int dirfd, const char *path, int flags, ...) SYMBOL(#symbol);                         \
    int name(int dirfd, const char *path, int flags, ...) {                                        \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        const mode_t mode = mode_argument(flags, args);                                            \
        va_end(args);                                                                              \
        MountedPath mounted;                                                                       \
        return find_path(dirfd, path, mounted) ? open_on_volume(mounted, flags, mode)              \
                                               : REAL(symbol, OpenatFn)(dirfd, path, flags, mode); \
    }
DEFINE_OPENAT(board_openat, openat)
DEFINE_OPENAT(board_openat64, openat64)

// What fortified code calls when no mode is given.
int board_open_2(const char *path, int flags) SYMBOL("__open_2");
int board_open_2(const char *path, int flags) {
    return board_open(path, flags);
}
int board_open64_2(const char *path, int flags) SYMBOL("__open64_2");
int board_open64_2(const char *path, int flags) {
    return board_open64(path, flags);
}
int board_openat_2(int dirfd, const char *path, int flags) SYMBOL("__openat_2");
int board_openat_2(int dirfd, const char *path, int flags) {
    return board_openat(dirfd, path, flags);
}
int board_openat64_2(int dirfd, const char *path, int flags) SYMBOL("__openat64_2");
int board_openat64_2(int dirfd, const char *path, int flags) {
    return board_openat64(dirfd, path, flags);
}

int board_creat(const char *path, mode_t mode) SYMBOL("creat");
int board_creat(const char *path, mode_t mode) {
    return board_open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int board_creat64(const char *path, mode_t mode) SYMBOL("creat64");
int board_creat64(const char *path, mode_t mode) {
    return board_open64(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int board_close(int fd) SYMBOL("close");
int board_close(int fd) {
    untrack(fd);
    return hal::real::close(fd);
}

FILE_CALL(ssize_t, board_read, read, (int fd, void *data, size_t size), (fd, data, size), true,
          read_on_volume(file, fd, data, size, -1))
ssize_t board_read_chk(int fd, void *data, size_t size, size_t room) SYMBOL("__read_chk");
ssize_t board_read_chk(int fd, void *data, size_t size, size_t room) {
    if (size > room) {
        abort();
    }
    return board_read(fd, data, size);
}
FILE_CALL(ssize_t, board_write, write, (int fd, const void *data, size_t size), (fd, data, size), true,
          write_on_volume(file, fd, data, size, -1))
FILE_CALL(ssize_t, board_pread, pread, (int fd, void *data, size_t size, off_t offset), (fd, data, size, offset),
          offset >= 0, read_on_volume(file, fd, data, size, offset))
FILE_CALL(ssize_t, board_pread64, pread64, (int fd, void *data, size_t size, off_t offset), (fd, data, size, offset),
          offset >= 0, read_on_volume(file, fd, data, size, offset))
FILE_CALL(ssize_t, board_pwrite, pwrite, (int fd, const void *data, size_t size, off_t offset),
          (fd, data, size, offset), offset >= 0, write_on_volume(file, fd, data, size, offset))
FILE_CALL(ssize_t, board_pwrite64, pwrite64, (int fd, const void *data, size_t size, off_t offset),
          (fd, data, size, offset), offset >= 0, write_on_volume(file, fd, data, size, offset))
FILE_CALL(ssize_t, board_readv, readv, (int fd, const struct iovec *parts, int count), (fd, parts, count), true,
          part_by_part(read_on_volume, file, fd, parts, count))
FILE_CALL(ssize_t, board_writev, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count), true,
          part_by_part(write_on_volume, file, fd, parts, count))

#define DEFINE_SENDFILE(name, symbol)                                                                                  \
    ssize_t name(int out, int in, off_t *offset, size_t size) SYMBOL(#symbol);                                         \
    ssize_t name(int out, int in, off_t *offset, size_t size) {                                                        \
        using Fn = ssize_t (*)(int, int, off_t *, size_t);                                                             \
        if (!is_tracked(out) && !is_tracked(in)) {                                                                     \
            return REAL(symbol, Fn)(out, in, offset, size);                                                            \
        }                                                                                                              \
        char buffer[16384];                                                                                            \
        const size_t want = std::min(size, sizeof(buffer));                                                            \
        const ssize_t got = offset != nullptr ? board_pread(in, buffer, want, *offset) : board_read(in, buffer, want); \
        if (got <= 0) {                                                                                                \
            return got;                                                                                                \
        }                                                                                                              \
        const ssize_t wrote = board_write(out, buffer, static_cast<size_t>(got));                                      \
        const ssize_t moved = wrote < 0 ? 0 : wrote;                                                                   \
        const int error = errno;                                                                                       \
        if (offset != nullptr) {                                                                                       \
            *offset += moved;                                                                                          \
        } else if (moved < got) {                                                                                      \
            lseek(in, moved - got, SEEK_CUR);                                                                          \
        }                                                                                                              \
        errno = error;                                                                                                 \
        return wrote;                                                                                                  \
    }
DEFINE_SENDFILE(board_sendfile, sendfile)
DEFINE_SENDFILE(board_sendfile64, sendfile64)

ssize_t board_copy_file_range(int in, off_t *in_offset, int out, off_t *out_offset, size_t size, unsigned flags)
    SYMBOL("copy_file_range");
ssize_t board_copy_file_range(int in, off_t *in_offset, int out, off_t *out_offset, size_t size, unsigned flags) {
    using Fn = ssize_t (*)(int, off_t *, int, off_t *, size_t, unsigned);
    if (is_tracked(in) || is_tracked(out)) {
        return fail(EXDEV);  // callers fall back to reading and writing
    }
    return REAL(copy_file_range, Fn)(in, in_offset, out, out_offset, size, flags);
}

FILE_CALL(int, board_ftruncate, ftruncate, (int fd, off_t size), (fd, size), true, truncate_file(fd, file, size))
FILE_CALL(int, board_ftruncate64, ftruncate64, (int fd, off_t size), (fd, size), true, truncate_file(fd, file, size))
PATH_CALL(int, board_truncate, truncate, (const char *path, off_t size), (path, size), AT_FDCWD, path,
          truncate_path(mounted, size))
PATH_CALL(int, board_truncate64, truncate64, (const char *path, off_t size), (path, size), AT_FDCWD, path,
          truncate_path(mounted, size))

// stat, lstat: no symbolic links on a volume, so they are one.
PATH_CALL(int, board_stat, stat, (const char *path, struct stat *out), (path, out), AT_FDCWD, path,
          fill_stat(mounted, out))
PATH_CALL(int, board_stat64, stat64, (const char *path, struct stat *out), (path, out), AT_FDCWD, path,
          fill_stat(mounted, out))
PATH_CALL(int, board_lstat, lstat, (const char *path, struct stat *out), (path, out), AT_FDCWD, path,
          fill_stat(mounted, out))
PATH_CALL(int, board_lstat64, lstat64, (const char *path, struct stat *out), (path, out), AT_FDCWD, path,
          fill_stat(mounted, out))
PATH_CALL(int, board_xstat, __xstat, (int version, const char *path, struct stat *out), (version, path, out), AT_FDCWD,
          path, fill_stat(mounted, out))
PATH_CALL(int, board_xstat64, __xstat64, (int version, const char *path, struct stat *out), (version, path, out),
          AT_FDCWD, path, fill_stat(mounted, out))
PATH_CALL(int, board_lxstat, __lxstat, (int version, const char *path, struct stat *out), (version, path, out),
          AT_FDCWD, path, fill_stat(mounted, out))
PATH_CALL(int, board_lxstat64, __lxstat64, (int version, const char *path, struct stat *out), (version, path, out),
          AT_FDCWD, path, fill_stat(mounted, out))
PATH_CALL(int, board_fstatat, fstatat, (int dirfd, const char *path, struct stat *out, int flags),
          (dirfd, path, out, flags), dirfd, named(path), fill_stat(mounted, out))
PATH_CALL(int, board_fstatat64, fstatat64, (int dirfd, const char *path, struct stat *out, int flags),
          (dirfd, path, out, flags), dirfd, named(path), fill_stat(mounted, out))
PATH_CALL(int, board_fxstatat, __fxstatat, (int version, int dirfd, const char *path, struct stat *out, int flags),
          (version, dirfd, path, out, flags), dirfd, named(path), fill_stat(mounted, out))
PATH_CALL(int, board_fxstatat64, __fxstatat64, (int version, int dirfd, const char *path, struct stat *out, int flags),
          (version, dirfd, path, out, flags), dirfd, named(path), fill_stat(mounted, out))
PATH_CALL(int, board_statx, statx, (int dirfd, const char *path, int flags, unsigned mask, struct statx *out),
          (dirfd, path, flags, mask, out), dirfd, named(path), fill_statx(mounted, out))
PATH_CALL(int, board_statvfs, statvfs, (const char *path, struct statvfs *out), (path, out), AT_FDCWD, path,
          fill_statvfs(mounted, out))
PATH_CALL(int, board_statvfs64, statvfs64, (const char *path, struct statvfs *out), (path, out), AT_FDCWD, path,
          fill_statvfs(mounted, out))

PATH_CALL(int, board_access, access, (const char *path, int mode), (path, mode), AT_FDCWD, path,
          check_access(mounted, mode))
PATH_CALL(int, board_euidaccess, euidaccess, (const char *path, int mode), (path, mode), AT_FDCWD, path,
          check_access(mounted, mode))
PATH_CALL(int, board_faccessat, faccessat, (int dirfd, const char *path, int mode, int flags),
          (dirfd, path, mode, flags), dirfd, path, check_access(mounted, mode))
PATH_CALL(int, board_mkdir, mkdir, (const char *path, mode_t mode), (path, mode), AT_FDCWD, path,
          make_directory(mounted, mode))
PATH_CALL(int, board_mkdirat, mkdirat, (int dirfd, const char *path, mode_t mode), (dirfd, path, mode), dirfd, path,
          make_directory(mounted, mode))
PATH_CALL(int, board_rmdir, rmdir, (const char *path), (path), AT_FDCWD, path, remove_path(mounted, false, true))
PATH_CALL(int, board_unlink, unlink, (const char *path), (path), AT_FDCWD, path, remove_path(mounted, true, false))
PATH_CALL(int, board_unlinkat, unlinkat, (int dirfd, const char *path, int flags), (dirfd, path, flags), dirfd, path,
          remove_path(mounted, (flags & AT_REMOVEDIR) == 0, (flags & AT_REMOVEDIR) != 0))
PATH_CALL(int, board_remove, remove, (const char *path), (path), AT_FDCWD, path, remove_path(mounted, true, true))

#define DEFINE_RENAME(name, symbol, parameters, arguments, from_fd, to_fd)                        \
    int name parameters SYMBOL(#symbol);                                                          \
    int name parameters {                                                                         \
        using Fn = int(*) parameters;                                                             \
        MountedPath source;                                                                       \
        MountedPath target;                                                                       \
        const bool from_mounted = find_path(from_fd, from, source);                               \
        const bool to_mounted = find_path(to_fd, to, target);                                     \
        return from_mounted || to_mounted ? rename_path(from_mounted, source, to_mounted, target) \
                                          : REAL(symbol, Fn) arguments;                           \
    }
DEFINE_RENAME(board_renameat2, renameat2, (int from_fd, const char *from, int to_fd, const char *to, unsigned flags),
              (from_fd, from, to_fd, to, flags), from_fd, to_fd)
DEFINE_RENAME(board_renameat, renameat, (int from_fd, const char *from, int to_fd, const char *to),
              (from_fd, from, to_fd, to), from_fd, to_fd)
DEFINE_RENAME(board_rename, rename, (const char *from, const char *to), (from, to), AT_FDCWD, AT_FDCWD)

int board_link(const char *from, const char *to) SYMBOL("link");
int board_link(const char *from, const char *to) {
    using Fn = int (*)(const char *, const char *);
    MountedPath mounted;
    return find_path(AT_FDCWD, from, mounted) || find_path(AT_FDCWD, to, mounted) ? fail(EPERM)
                                                                                  : REAL(link, Fn)(from, to);
}
PATH_CALL(int, board_symlink, symlink, (const char *target, const char *path), (target, path), AT_FDCWD, path,
          fail(EPERM))
PATH_CALL(ssize_t, board_readlink, readlink, (const char *path, char *out, size_t size), (path, out, size), AT_FDCWD,
          path, not_a_link(mounted))

// FAT has no owners and no rights: a change of them is accepted and does nothing.
PATH_CALL(int, board_chmod, chmod, (const char *path, mode_t mode), (path, mode), AT_FDCWD, path,
          check_access(mounted, F_OK))
PATH_CALL(int, board_fchmodat, fchmodat, (int dirfd, const char *path, mode_t mode, int flags),
          (dirfd, path, mode, flags), dirfd, path, check_access(mounted, F_OK))

PATH_CALL(int, board_utime, utime, (const char *path, const struct utimbuf *times), (path, times), AT_FDCWD, path,
          set_times(mounted, times))
PATH_CALL(int, board_utimes, utimes, (const char *path, const struct timeval *times), (path, times), AT_FDCWD, path,
          set_times(mounted, times))
PATH_CALL(int, board_utimensat, utimensat, (int dirfd, const char *path, const struct timespec *times, int flags),
          (dirfd, path, times, flags), dirfd, path, set_times(mounted, times))

PATH_CALL(char *, board_realpath, realpath, (const char *path, char *out), (path, out), AT_FDCWD, path,
          real_path(mounted, out))
char *board_realpath_chk(const char *path, char *out, size_t room) SYMBOL("__realpath_chk");
char *board_realpath_chk(const char *path, char *out, size_t room) {
    if (room < PATH_MAX) {
        abort();
    }
    return board_realpath(path, out);
}
char *board_canonicalize_file_name(const char *path) SYMBOL("canonicalize_file_name");
char *board_canonicalize_file_name(const char *path) {
    return board_realpath(path, nullptr);
}

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
    if (dir == nullptr) {
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
            Tables &all = tables();
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

/// Reads on until an entry that the volume shows.
struct dirent *board_readdir(DIR *dir) SYMBOL("readdir");
struct dirent *board_readdir(DIR *dir) {
    OpenFile file;
    if (!dir_file(dir, file)) {
        return hal::real::readdir(dir);
    }
    const int error = file.volume->access(Access::kRead, 0);
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
    if (dir == nullptr) {
        return -1;
    }
    std::vector<struct dirent *> entries;
    while (const struct dirent *entry = board_readdir(dir)) {
        if (filter == nullptr || filter(entry) != 0) {
            struct dirent *copy = static_cast<struct dirent *>(malloc(sizeof(struct dirent)));
            if (copy == nullptr) {
                break;
            }
            memcpy(copy, entry, std::min<size_t>(entry->d_reclen, sizeof(struct dirent)));
            entries.push_back(copy);
        }
    }
    board_closedir(dir);
    if (compare != nullptr) {
        std::sort(entries.begin(), entries.end(), [compare](struct dirent *a, struct dirent *b) {
            const struct dirent *left = a;
            const struct dirent *right = b;
            return compare(&left, &right) < 0;
        });
    }
    struct dirent **list = static_cast<struct dirent **>(malloc((entries.size() + 1) * sizeof(struct dirent *)));
    if (list == nullptr) {
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
