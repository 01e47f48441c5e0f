// FILE streams: fopen and its kin.

#include "interpose/interpose.hpp"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mutex>
#include <unordered_map>

namespace hal::interpose {

const char STREAMS_LINKED[] = "streams";

}  // namespace hal::interpose

namespace {

using namespace hal::interpose;
using hal::MountedPath;
using Access = hal::Medium::Access;

struct Table {
    std::mutex mutex;
    std::unordered_map<FILE *, int> streams;
};

std::atomic<int> s_streams{0};

Table &table() {
    static Table *instance = new Table();  // never destroyed: streams are flushed while the process ends
    return *instance;
}

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
        Table &all = table();
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
    if (!file) {
        delete stream;
        return nullptr;
    }
    stream->file = file;
    Table &all = table();
    const std::lock_guard<std::mutex> lock(all.mutex);
    all.streams[file] = fd;
    s_streams++;
    return file;
}

/** open() flags of an fopen() mode. @return false when it is none. */
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
    if (!mode || !mode_flags(mode, flags)) {
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
    if (!stream) {
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
    Table &all = table();
    const std::lock_guard<std::mutex> lock(all.mutex);
    const auto found = all.streams.find(stream);
    return found == all.streams.end() ? -1 : found->second;
}

FILE *reopen_stream(const MountedPath &path, const char *mode, FILE *stream) {
    using FreopenFn = FILE *(*)(const char *, const char *, FILE *);
    int flags = 0;
    if (!mode || !mode_flags(mode, flags)) {
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

}  // namespace

extern "C" {

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
    return is_tracked(fd) && mode ? make_stream(fd, mode) : REAL(fdopen, Fn)(fd, mode);
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

}  // extern "C"
