// Descriptors: open, close, read, write and their kin.

#include "interpose/interpose.hpp"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

namespace hal::interpose {

const char FILES_LINKED[] = "files";

}  // namespace hal::interpose

namespace {

using namespace hal::interpose;
using hal::MountedPath;
using Access = hal::Medium::Access;

using OpenFn = int (*)(const char *, int, ...);
using OpenatFn = int (*)(int, const char *, int, ...);

/** readv, writev. @param transfer read_on_volume or write_on_volume */
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

mode_t mode_argument(int flags, va_list args) {
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? static_cast<mode_t>(va_arg(args, int)) : 0;
}

}  // namespace

extern "C" {

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

#define DEFINE_SENDFILE(name, symbol)                                                                       \
    ssize_t name(int out, int in, off_t *offset, size_t size) SYMBOL(#symbol);                              \
    ssize_t name(int out, int in, off_t *offset, size_t size) {                                             \
        using Fn = ssize_t (*)(int, int, off_t *, size_t);                                                  \
        if (!is_tracked(out) && !is_tracked(in)) {                                                          \
            return REAL(symbol, Fn)(out, in, offset, size);                                                 \
        }                                                                                                   \
        char buffer[16384];                                                                                 \
        const size_t want = std::min(size, sizeof(buffer));                                                 \
        const ssize_t got = offset ? board_pread(in, buffer, want, *offset) : board_read(in, buffer, want); \
        if (got <= 0) {                                                                                     \
            return got;                                                                                     \
        }                                                                                                   \
        const ssize_t wrote = board_write(out, buffer, static_cast<size_t>(got));                           \
        const ssize_t moved = wrote < 0 ? 0 : wrote;                                                        \
        const int error = errno;                                                                            \
        if (offset) {                                                                                       \
            *offset += moved;                                                                               \
        } else if (moved < got) {                                                                           \
            lseek(in, moved - got, SEEK_CUR);                                                               \
        }                                                                                                   \
        errno = error;                                                                                      \
        return wrote;                                                                                       \
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

}  // extern "C"
