#include "storage/folder_image.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "esp_log.h"
#include "esp_rom_crc.h"
#include "interpose/real_libc.hpp"
#include "storage/volume.hpp"

namespace hal {
namespace {

const char *const TAG = "flash_fs";

constexpr size_t HEADER = sizeof(FOLDER_MARK) + 8;

uint32_t read_u32(const uint8_t *data) {
    return data[0] | static_cast<uint32_t>(data[1]) << 8 | static_cast<uint32_t>(data[2]) << 16 |
           static_cast<uint32_t>(data[3]) << 24;
}

/** a/b.txt, without a part that is empty, "." or "..". */
bool is_inside(const std::string &name) {
    if (name.find('\0') != std::string::npos) {
        return false;
    }
    size_t begin = 0;
    while (begin <= name.size()) {
        const size_t end = std::min(name.find('/', begin), name.size());
        const std::string part = name.substr(begin, end - begin);
        if (part.empty() || part == "." || part == "..") {
            return false;
        }
        begin = end + 1;
    }
    return true;
}

bool write_file(const std::string &path, const uint8_t *data, size_t size) {
    if (!make_folder(path.substr(0, path.rfind('/')))) {
        return false;
    }
    const int fd = real::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0) {
        return false;
    }
    bool good = true;
    for (size_t done = 0; good && done < size;) {
        const ssize_t written = real::write(fd, data + done, size - done);
        good = written > 0;
        done += good ? static_cast<size_t>(written) : 0;
    }
    return real::close(fd) == 0 && good;
}

esp_err_t unpack(const esp_partition_t *partition, const std::vector<uint8_t> &body, const std::string &folder) {
    for (size_t at = 0; at < body.size();) {
        const size_t left = body.size() - at - std::min<size_t>(8, body.size() - at);
        const uint64_t name_length = left ? read_u32(&body[at]) : 0;
        const uint64_t size = left ? read_u32(&body[at + 4]) : 0;
        if (name_length == 0 || name_length + size > left) {
            ESP_LOGE(TAG, "image of partition '%s': a file of %llu bytes where %zu are left", partition->label,
                     static_cast<unsigned long long>(name_length + size), left);
            return ESP_ERR_INVALID_SIZE;
        }
        const uint8_t *data = &body[at + 8];
        const std::string name(reinterpret_cast<const char *>(data), name_length);
        if (!is_inside(name)) {
            ESP_LOGE(TAG, "image of partition '%s': '%s' is no name of a file in it", partition->label, name.c_str());
            return ESP_ERR_INVALID_ARG;
        }
        if (!write_file(folder + "/" + name, data + name_length, size)) {
            ESP_LOGE(TAG, "image of partition '%s': %s/%s cannot be written", partition->label, folder.c_str(),
                     name.c_str());
            return ESP_FAIL;
        }
        at += 8 + name_length + size;
    }
    return ESP_OK;
}

}  // namespace

bool is_folder_image(const esp_partition_t *partition) {
    char mark[sizeof(FOLDER_MARK)] = {};
    return esp_partition_read(partition, 0, mark, sizeof(mark)) == ESP_OK &&
           memcmp(mark, FOLDER_MARK, sizeof(mark) - 1) == 0 && mark[sizeof(mark) - 1] == FOLDER_IMAGE_END;
}

esp_err_t unpack_folder_image(const esp_partition_t *partition, const std::string &folder) {
    uint8_t header[HEADER] = {};
    esp_err_t err = esp_partition_read(partition, 0, header, sizeof(header));
    if (err != ESP_OK) {
        return err;
    }
    const uint32_t length = read_u32(header + sizeof(FOLDER_MARK));
    if (length > partition->size - HEADER) {
        ESP_LOGE(TAG, "image of partition '%s': %u bytes, the partition has %u", partition->label,
                 static_cast<unsigned>(length), static_cast<unsigned>(partition->size));
        return ESP_ERR_INVALID_SIZE;
    }
    std::vector<uint8_t> body(length);
    err = esp_partition_read(partition, HEADER, body.data(), body.size());
    if (err != ESP_OK) {
        return err;
    }
    if (esp_rom_crc32_le(0, body.data(), length) != read_u32(header + sizeof(FOLDER_MARK) + 4)) {
        ESP_LOGE(TAG, "image of partition '%s': its checksum is wrong", partition->label);
        return ESP_ERR_INVALID_CRC;
    }
    if (!make_folder(folder) || !empty_folder(folder)) {
        ESP_LOGE(TAG, "image of partition '%s': the folder %s cannot be emptied", partition->label, folder.c_str());
        return ESP_FAIL;
    }
    err = unpack(partition, body, folder);
    return err != ESP_OK ? err : esp_partition_write(partition, 0, FOLDER_MARK, sizeof(FOLDER_MARK));
}

}  // namespace hal
