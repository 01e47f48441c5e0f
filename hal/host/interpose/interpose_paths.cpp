// Calls that take a path: stat, mkdir, unlink, rename and their kin.

#include "interpose/interpose.hpp"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

namespace hal::interpose {

const char PATHS_LINKED[] = "paths";

}  // namespace hal::interpose

namespace {

using namespace hal::interpose;
using hal::MountedPath;
using hal::Volume;
using Access = hal::Medium::Access;

/** status of a path on a volume. @return 0 or errno */
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

/** readlink: there are no links on a volume. */
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
    if (error == 0 && path.volume->config().names == hal::NameRules::SPIFFS) {
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
    if (error == 0 && path.volume->access(Access::WRITE, 0) != 0) {
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
        return fail((from_mounted && !from.volume) || (to_mounted && !to.volume) ? ENOENT : EXDEV);
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
    if (error == 0 && from.volume->access(Access::WRITE, 0) != 0) {
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
    if (from.volume->config().names == hal::NameRules::SPIFFS) {
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

/** The path without "." and ".." as firmware would spell it. */
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
    if (!out) {
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

}  // namespace

extern "C" {

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

// NOLINTBEGIN(bugprone-macro-parentheses): lists of parameters and of arguments have theirs.
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
// NOLINTEND(bugprone-macro-parentheses)
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

}  // extern "C"
