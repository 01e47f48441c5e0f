// FatFs's own functions over the mounted volumes.
#include "ff.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>

#include "storage/volume.hpp"

namespace {

constexpr WORD SECTOR_BYTES = 512;

int drive_of(const TCHAR *&path) {
    if (path[0] >= '0' && path[0] <= '9' && path[1] == ':') {
        path += 2;
        return path[-2] - '0';
    }
    return 0;
}

FRESULT to_path(const TCHAR *path, std::string &out) {
    if (!path) {
        return FR_INVALID_PARAMETER;
    }
    out = hal::fat_drive(drive_of(path));
    if (out.empty()) {
        return FR_NOT_ENABLED;
    }
    out += (path[0] == '/' ? "" : "/") + std::string(path);
    return FR_OK;
}

FRESULT result_of_errno() {
    switch (errno) {
        case ENOENT:
            return FR_NO_FILE;
        case ENOTDIR:
            return FR_NO_PATH;
        case EEXIST:
            return FR_EXIST;
        case EINVAL:
        case ENAMETOOLONG:
            return FR_INVALID_NAME;
        case EROFS:
            return FR_WRITE_PROTECTED;
        case ENODEV:
        case ENXIO:
            return FR_NOT_READY;
        case EIO:
            return FR_DISK_ERR;
        default:
            return FR_DENIED;
    }
}

}  // namespace

extern "C" {

FRESULT f_mkdir(const TCHAR *path) {
    std::string name;
    const FRESULT result = to_path(path, name);
    if (result != FR_OK || mkdir(name.c_str(), 0777) == 0) {
        return result;
    }
    return errno == ENOENT ? FR_NO_PATH : result_of_errno();
}

FRESULT f_unlink(const TCHAR *path) {
    std::string name;
    struct stat status;
    const FRESULT result = to_path(path, name);
    if (result != FR_OK) {
        return result;
    }
    const bool is_folder = stat(name.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    return (is_folder ? rmdir(name.c_str()) : unlink(name.c_str())) == 0 ? FR_OK : result_of_errno();
}

FRESULT f_rename(const TCHAR *path_old, const TCHAR *path_new) {
    std::string from, to;
    struct stat status;
    const FRESULT result = to_path(path_old, from);
    if (result != FR_OK || !path_new) {
        return result != FR_OK ? result : FR_INVALID_PARAMETER;
    }
    // The new name stays on the old one's drive, whatever it says.
    drive_of(path_new);
    to = hal::fat_drive(drive_of(path_old)) + (path_new[0] == '/' ? "" : "/") + path_new;
    if (stat(to.c_str(), &status) == 0) {
        return FR_EXIST;
    }
    return std::rename(from.c_str(), to.c_str()) == 0 ? FR_OK : result_of_errno();
}

FRESULT f_stat(const TCHAR *path, FILINFO *fno) {
    std::string name;
    struct stat status;
    const FRESULT result = to_path(path, name);
    if (result != FR_OK) {
        return result;
    }
    if (stat(name.c_str(), &status) != 0) {
        return result_of_errno();
    }
    if (fno) {
        struct tm time = {};
        localtime_r(&status.st_mtime, &time);
        *fno = {};
        fno->fsize = S_ISDIR(status.st_mode) ? 0 : static_cast<FSIZE_t>(status.st_size);
        fno->fattrib = S_ISDIR(status.st_mode) ? AM_DIR : AM_ARC;
        fno->fdate = static_cast<WORD>(std::max(0, time.tm_year - 80) << 9 | (time.tm_mon + 1) << 5 | time.tm_mday);
        fno->ftime = static_cast<WORD>(time.tm_hour << 11 | time.tm_min << 5 | time.tm_sec / 2);
        const std::string last = name.substr(name.find_last_of('/') + 1);
        std::snprintf(fno->fname, sizeof(fno->fname), "%s", last.c_str());
    }
    return FR_OK;
}

FRESULT f_getfree(const TCHAR *path, DWORD *nclst, FATFS **fatfs) {
    // Each task has its own: what one reads, another would write.
    static thread_local std::array<FATFS, 10> volumes;
    if (!path || !nclst || !fatfs) {
        return FR_INVALID_PARAMETER;
    }
    const int drive = drive_of(path);
    const std::shared_ptr<hal::Volume> volume = hal::mounted_volume(hal::fat_drive(drive));
    if (!volume) {
        return FR_NOT_ENABLED;
    }
    struct statvfs figures = {};
    volume->fill_statvfs(figures);
    FATFS &about = volumes[static_cast<size_t>(drive)];
    about.ssize = SECTOR_BYTES;
    about.csize = static_cast<WORD>(std::max<unsigned long>(1, figures.f_frsize / SECTOR_BYTES));
    about.n_fatent = static_cast<DWORD>(figures.f_blocks) + 2;
    *nclst = static_cast<DWORD>(figures.f_bfree);
    *fatfs = &about;
    return FR_OK;
}
}
