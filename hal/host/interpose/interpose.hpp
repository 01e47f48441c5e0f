/** What the files interpose_<kind>.cpp share: how a call of the C library is defined, and which descriptors are a
 * volume's. */
#pragma once

#undef _FILE_OFFSET_BITS  // both families of names are defined; neither may be renamed to the other
#undef _FORTIFY_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <string>

#include "interpose/real_libc.hpp"
#include "storage/volume.hpp"

namespace hal::interpose {

template <typename F>
F real_function_lookup(const char *name) {
    return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

// One static per call site: REAL expands to a lambda with its own cache.
#define REAL(name, type)                                               \
    ([]() {                                                            \
        static std::atomic<type> function{nullptr};                    \
        type found = function.load(std::memory_order_acquire);         \
        if (!found) {                                                  \
            found = hal::interpose::real_function_lookup<type>(#name); \
            function.store(found, std::memory_order_release);          \
        }                                                              \
        return found;                                                  \
    }())

/** A descriptor on a volume. */
struct OpenFile {
    std::shared_ptr<Volume> volume;
    std::string mount_point;
    std::string inside;  // path within the volume
    int flags = 0;
    bool directory = false;
};

bool is_tracked(int fd);
bool tracked(int fd, OpenFile &out);
void track(int fd, OpenFile file);
/** Forgets a descriptor before it is closed. @return true when it was a volume's. */
bool untrack(int fd);

/** Sets errno. @return -1 */
int fail(int error);
/** A path for the calls that take an empty one to mean their descriptor: those are the host's. */
const char *named(const char *path);
/** Where a path given to an *at call leads. @return false: it is the host's. */
bool find_path(int dirfd, const char *path, MountedPath &out);
/** Asks mount table, medium and volume about a path. @return 0 or an errno. */
int look_up(const MountedPath &path, Volume::Place &place);
/** The same for a path that must exist. */
int look_up_existing(const MountedPath &path, Volume::Place &place);
/** @return a tracked descriptor, or -1 with errno set */
int open_on_volume(const MountedPath &path, int flags, mode_t mode);
ssize_t read_on_volume(const OpenFile &file, int fd, void *data, size_t size, off_t offset);
ssize_t write_on_volume(const OpenFile &file, int fd, const void *data, size_t size, off_t offset);
/** Asks whether a file may get another size, and takes the room. @return 0 or an errno */
int truncate_on_volume(Volume &volume, uint64_t from, off_t size);

// One in each file, so that a program which needs one of them gets all: shared libraries call what the program itself
// may not.
extern const char FILES_LINKED[], FOLDERS_LINKED[], PATHS_LINKED[], STREAMS_LINKED[];

}  // namespace hal::interpose

// Each call has a C++ name of its own and the C library's name as its symbol: the headers' declarations (noexcept,
// fortify attributes) then do not get in the way. 64-bit PCs only, where off_t and off64_t are the same.
static_assert(sizeof(off_t) == 8 && sizeof(struct stat) == sizeof(struct stat64));

#define SYMBOL(name) __asm__(name) __attribute__((visibility("default"), used))

// NOLINTBEGIN(bugprone-macro-parentheses): lists of parameters and of arguments have theirs, types can have none.
// A call that takes a path: `ours` where the path is a volume's (`mounted`), else the C library's.
#define PATH_CALL(type, name, symbol, parameters, arguments, dirfd, path, ours)                     \
    type name parameters SYMBOL(#symbol);                                                           \
    type name parameters {                                                                          \
        using Fn = type(*) parameters;                                                              \
        hal::MountedPath mounted;                                                                   \
        return hal::interpose::find_path(dirfd, path, mounted) ? ours : REAL(symbol, Fn) arguments; \
    }
// The same for a descriptor: `ours` where `condition` holds and it is a volume's (`file`).
#define FILE_CALL(type, name, symbol, parameters, arguments, condition, ours)                        \
    type name parameters SYMBOL(#symbol);                                                            \
    type name parameters {                                                                           \
        using Fn = type(*) parameters;                                                               \
        hal::interpose::OpenFile file;                                                               \
        return (condition) && hal::interpose::tracked(fd, file) ? ours : REAL(symbol, Fn) arguments; \
    }
// NOLINTEND(bugprone-macro-parentheses)
