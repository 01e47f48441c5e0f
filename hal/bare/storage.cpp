// There is neither flash nor a card: models lie in rodata, and what is looked for elsewhere is not found.
#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>

#include "bsp/esp-bsp.h"
#include "esp_partition.h"

esp_err_t bsp_sdcard_mount(void) {
    return ESP_ERR_NOT_SUPPORTED;
}
esp_err_t bsp_sdcard_unmount(void) {
    return ESP_ERR_INVALID_STATE;
}

const esp_partition_t *esp_partition_find_first(esp_partition_type_t, esp_partition_subtype_t, const char *) {
    return nullptr;
}
esp_err_t esp_partition_mmap(const esp_partition_t *, size_t, size_t, esp_partition_mmap_memory_t, const void **,
                             esp_partition_mmap_handle_t *) {
    return ESP_ERR_NOT_SUPPORTED;
}
void esp_partition_munmap(esp_partition_mmap_handle_t) {}

DIR *opendir(const char *) {
    errno = ENOENT;
    return nullptr;
}
dirent *readdir(DIR *) {
    return nullptr;
}
int closedir(DIR *) {
    errno = EBADF;
    return -1;
}
