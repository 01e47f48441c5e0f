// What newlib asks of a system. Standard output goes to the console; there are no files, no other process and no end of
// memory (malloc() is heap_caps.cpp's).
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "board.hpp"
#include "esp_timer.h"

namespace {

int fail(int error) {
    errno = error;
    return -1;
}

}  // namespace

extern "C" {

void *__dso_handle = nullptr;

int _write(int file, const char *text, int length) {
    if (file != 1 && file != 2) {
        return fail(EBADF);
    }
    hal::write_console(text, static_cast<size_t>(length));
    return length;
}
int _read(int, char *, int) {
    return 0;  // the end of the input
}
int _open(const char *, int, int) {
    return fail(ENOENT);
}
int _close(int) {
    return fail(EBADF);
}
int _lseek(int, int, int) {
    return fail(ESPIPE);
}
int _fstat(int file, struct stat *status) {
    *status = {};
    status->st_mode = S_IFCHR;
    return file <= 2 ? 0 : fail(EBADF);
}
int _stat(const char *, struct stat *) {
    return fail(ENOENT);
}
int _isatty(int file) {
    return file <= 2;
}
int _unlink(const char *) {
    return fail(ENOENT);
}
int _link(const char *, const char *) {
    return fail(EROFS);
}
int mkdir(const char *, mode_t) {
    return fail(EROFS);
}
int fsync(int) {
    return fail(EBADF);
}
int _getpid(void) {
    return 1;
}
int _kill(int, int) {
    abort();
}
void *_sbrk(ptrdiff_t) {
    errno = ENOMEM;
    return reinterpret_cast<void *>(-1);
}
void _exit(int code) {
    hal::end_program(code);
}
int _gettimeofday(struct timeval *now, void *) {
    const int64_t us = esp_timer_get_time();
    now->tv_sec = us / 1000000;
    now->tv_usec = us % 1000000;
    return 0;
}

}  // extern "C"
