/**
 * @file ff.h
 * FatFs's own functions, beside POSIX's: those that apps use for folders and free space. Drive numbers count FAT
 * volumes in the order in which they are mounted; a path without "N:" is one of drive 0, from its root.
 */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned char BYTE;
typedef uint16_t WORD;
typedef uint32_t DWORD;
typedef uint64_t QWORD;
typedef unsigned int UINT;
typedef char TCHAR;
typedef DWORD FSIZE_t;

typedef enum {
    FR_OK = 0,
    FR_DISK_ERR,
    FR_INT_ERR,
    FR_NOT_READY,
    FR_NO_FILE,
    FR_NO_PATH,
    FR_INVALID_NAME,
    FR_DENIED,
    FR_EXIST,
    FR_INVALID_OBJECT,
    FR_WRITE_PROTECTED,
    FR_INVALID_DRIVE,
    FR_NOT_ENABLED,
    FR_NO_FILESYSTEM,
    FR_MKFS_ABORTED,
    FR_TIMEOUT,
    FR_LOCKED,
    FR_NOT_ENOUGH_CORE,
    FR_TOO_MANY_OPEN_FILES,
    FR_INVALID_PARAMETER
} FRESULT;

#define AM_RDO 0x01
#define AM_HID 0x02
#define AM_SYS 0x04
#define AM_DIR 0x10
#define AM_ARC 0x20

/** What f_getfree() tells of a volume. */
typedef struct {
    WORD csize;      ///< sectors of a cluster
    WORD ssize;      ///< bytes of a sector
    DWORD n_fatent;  ///< clusters, and 2
} FATFS;

typedef struct {
    FSIZE_t fsize;
    WORD fdate;  ///< years from 1980, month, day in 7, 4 and 5 bits
    WORD ftime;  ///< hour, minute, second / 2 in 5, 6 and 5 bits
    BYTE fattrib;
    TCHAR fname[256];
} FILINFO;

FRESULT f_mkdir(const TCHAR *path);
FRESULT f_unlink(const TCHAR *path);
FRESULT f_rename(const TCHAR *path_old, const TCHAR *path_new);
/** @param fno may be NULL */
FRESULT f_stat(const TCHAR *path, FILINFO *fno);
/** @param fatfs is set to the volume's description, which stays */
FRESULT f_getfree(const TCHAR *path, DWORD *nclst, FATFS **fatfs);

#ifdef __cplusplus
}
#endif
