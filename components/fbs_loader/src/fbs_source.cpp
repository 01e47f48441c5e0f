#include "fbs_source.hpp"

#include <sys/stat.h>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "esp_log.h"
#include "esp_partition.h"

static const char *TAG = "fbs_loader";

namespace fbs {

namespace {

/** A source in memory that is read in place: rodata, a mapped partition, or a buffer. */
class MemorySource : public Source {
public:
    MemorySource(const void *data, size_t size, bool exact, std::string description, std::string name,
                 std::shared_ptr<void> owner)
        : m_data(static_cast<const uint8_t *>(data)), m_owner(std::move(owner)) {
        m_size = size;
        m_exact = exact;
        m_description = std::move(description);
        m_name = std::move(name);
    }

    bool read(size_t offset, void *buffer, size_t size) override {
        if (offset > m_size || size > m_size - offset) {
            ESP_LOGE(TAG, "The %s ends after %u bytes, needed %u more at %u", m_description.c_str(),
                     static_cast<unsigned>(m_size), static_cast<unsigned>(size), static_cast<unsigned>(offset));
            return false;
        }
        if (size > 0) {
            memcpy(buffer, m_data + offset, size);
        }
        return true;
    }

    const uint8_t *map(size_t offset) const override { return m_data + offset; }
    std::shared_ptr<void> owner() const override { return m_owner; }

private:
    const uint8_t *m_data;
    std::shared_ptr<void> m_owner;
};

class FileSource : public Source {
public:
    FileSource(FILE *file, size_t size, const std::string &path) : m_file(file) {
        m_size = size;
        m_exact = true;
        m_description = "file '" + path + "'";
        const size_t slash = path.find_last_of('/');
        m_name = slash == std::string::npos ? path : path.substr(slash + 1);
    }
    ~FileSource() override { fclose(m_file); }

    bool read(size_t offset, void *buffer, size_t size) override {
        if (offset > m_size || size > m_size - offset) {
            ESP_LOGE(TAG, "The %s ends after %u bytes, needed %u more at %u", m_description.c_str(),
                     static_cast<unsigned>(m_size), static_cast<unsigned>(size), static_cast<unsigned>(offset));
            return false;
        }
        errno = 0;
        if (fseek(m_file, static_cast<long>(offset), SEEK_SET) != 0 || fread(buffer, 1, size, m_file) != size) {
            ESP_LOGE(TAG, "Cannot read %u bytes at %u of %s: %s", static_cast<unsigned>(size),
                     static_cast<unsigned>(offset), m_description.c_str(),
                     errno ? strerror(errno) : "the file became shorter");
            return false;
        }
        return true;
    }

    const uint8_t *map(size_t) const override { return nullptr; }

private:
    FILE *m_file;
};

/** The owner of a partition's mapping. */
struct Mapping {
    esp_partition_mmap_handle_t handle = 0;
    ~Mapping() { esp_partition_munmap(handle); }
};

}  // namespace

std::unique_ptr<Source> open_memory(const void *data, size_t size, bool exact) {
    if (!data) {
        ESP_LOGE(TAG, "The model's address is a null pointer");
        return nullptr;
    }
    return std::make_unique<MemorySource>(data, size, exact, "model in memory", "", nullptr);
}

std::unique_ptr<Source> open_partition(const char *label) {
    if (!label) {
        ESP_LOGE(TAG, "The label of the model's partition is a null pointer");
        return nullptr;
    }
    const esp_partition_t *partition =
        esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, label);
    if (!partition) {
        ESP_LOGE(TAG, "The partition table has no partition '%s'", label);
        return nullptr;
    }
    auto mapping = std::make_shared<Mapping>();
    const void *data = nullptr;
    const esp_err_t err =
        esp_partition_mmap(partition, 0, partition->size, ESP_PARTITION_MMAP_DATA, &data, &mapping->handle);
    if (err != ESP_OK) {
        ESP_LOGE(TAG, "Cannot map partition '%s' of %u bytes at 0x%x: %s", label,
                 static_cast<unsigned>(partition->size), static_cast<unsigned>(partition->address),
                 esp_err_to_name(err));
        mapping->handle = 0;
        return nullptr;
    }
    return std::make_unique<MemorySource>(data, partition->size, false, std::string("partition '") + label + "'", label,
                                          mapping);
}

std::unique_ptr<Source> open_file(const char *path) {
    if (!path) {
        ESP_LOGE(TAG, "The model's path is a null pointer");
        return nullptr;
    }
    struct stat info = {};
    errno = 0;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        const int error = errno;
        // For "/sdcard/models/a.espdl", the mount point is "/sdcard". If it does not exist, nothing is mounted there.
        const char *slash = path[0] == '/' ? strchr(path + 1, '/') : nullptr;
        const std::string mount_point = slash ? std::string(path, slash) : "";
        struct stat root = {};
        if (!mount_point.empty() && stat(mount_point.c_str(), &root) != 0) {
            ESP_LOGE(TAG, "Cannot open '%s': nothing is mounted at %s", path, mount_point.c_str());
        } else {
            ESP_LOGE(TAG, "Cannot open '%s': %s", path, error ? strerror(error) : "it is no file");
        }
        return nullptr;
    }
    if (static_cast<unsigned long long>(info.st_size) > Source::UNKNOWN_SIZE) {
        ESP_LOGE(TAG, "File '%s' of %llu bytes is too large: a model has at most %u", path,
                 static_cast<unsigned long long>(info.st_size), static_cast<unsigned>(Source::UNKNOWN_SIZE));
        return nullptr;
    }
    FILE *file = fopen(path, "rb");
    if (!file) {
        ESP_LOGE(TAG, "Cannot open '%s': %s", path, strerror(errno));
        return nullptr;
    }
    return std::make_unique<FileSource>(file, static_cast<size_t>(info.st_size), path);
}

}  // namespace fbs
