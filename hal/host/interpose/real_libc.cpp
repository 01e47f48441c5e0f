#include "interpose/real_libc.hpp"

#include "interpose/interpose.hpp"

namespace hal::real {

namespace {

using OpenFn = int (*)(const char *, int, ...);
using CloseFn = int (*)(int);
using ReadFn = ssize_t (*)(int, void *, size_t);
using WriteFn = ssize_t (*)(int, const void *, size_t);
using PreadFn = ssize_t (*)(int, void *, size_t, off_t);
using PwriteFn = ssize_t (*)(int, const void *, size_t, off_t);

}  // namespace

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
