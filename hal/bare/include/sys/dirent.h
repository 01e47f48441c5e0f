// newlib leaves folders to the system. Here there is no file system: opendir() fails.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hal_folder DIR;

struct dirent {
    char d_name[256];
};

DIR *opendir(const char *name);
struct dirent *readdir(DIR *folder);
int closedir(DIR *folder);

#ifdef __cplusplus
}
#endif
