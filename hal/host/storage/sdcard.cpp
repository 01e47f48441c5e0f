#include "storage/sdcard.hpp"

#include <limits.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

#include "board/board.hpp"
#include "esp_log.h"
#include "flash/flash.hpp"
#include "interpose/real_libc.hpp"

namespace hal {
namespace {

const char *const TAG = "sdcard";

constexpr uint64_t UNLIMITED_SHOWN_AS = 32ull << 30;

/** The folder without symbolic links in it; itself when it does not exist. */
std::string canonical(const std::string &folder) {
    char *path = realpath(folder.c_str(), nullptr);
    std::string out = !path ? folder : path;
    free(path);
    while (out.size() > 1 && out.back() == '/') {
        out.pop_back();
    }
    return out;
}

}  // namespace

SdCard::SdCard(std::string folder, uint64_t capacity, uint32_t bandwidth)
    : m_folder(canonical(folder)), m_capacity(capacity), m_bandwidth(bandwidth) {}

SdCard::~SdCard() = default;

int SdCard::access(Access kind, uint64_t bytes) {
    Faults &faults = board().faults();
    if (!m_pulled && faults.strikes(FaultKind::SD_PULL, "access to the SD card")) {
        m_pulled = true;
        ESP_LOGE(TAG, "the card was pulled out");
    }
    if (m_pulled) {
        return EIO;
    }
    if (kind == Access::READ && faults.strikes(FaultKind::SD_READ_ERROR, "read from the SD card")) {
        return EIO;
    }
    if (m_bandwidth != 0 && bytes != 0 && faults.armed(FaultKind::BANDWIDTH)) {
        spend_time(&board().clock(), static_cast<int64_t>(bytes * 1000000 / m_bandwidth));
    }
    return 0;
}

bool SdCard::writable() const {
    Faults &faults = board().faults();
    const bool by_fault =
        faults.armed(FaultKind::SD_READ_ONLY) && faults.strikes(FaultKind::SD_READ_ONLY, "write to the SD card");
    return !by_fault;
}

uint64_t SdCard::shown_capacity() const {
    return m_capacity != 0 ? m_capacity : UNLIMITED_SHOWN_AS;
}

bool SdCard::formatted() const {
    struct stat status = {};
    return real::lstat(m_folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool SdCard::format() {
    struct stat status = {};
    if (real::lstat(m_folder.c_str(), &status) == 0) {
        DIR *dir = S_ISDIR(status.st_mode) ? real::opendir(m_folder.c_str()) : nullptr;
        int entries = !dir ? 3 : 0;
        while (dir && real::readdir(dir)) {
            entries++;
        }
        if (dir) {
            real::closedir(dir);
        }
        if (entries > 2) {
            ESP_LOGE(TAG, "format: %s is not empty, and what lies there is not this program's to delete",
                     m_folder.c_str());
            return false;
        }
        return true;
    }
    if (!make_folder(m_folder)) {
        ESP_LOGE(TAG, "format: the folder %s cannot be made", m_folder.c_str());
        return false;
    }
    return true;
}

SdCard *Board::sdcard() {
    const std::lock_guard<std::recursive_mutex> lock(m_storage_mutex);
    if (!m_sdcard_tried) {
        m_sdcard_tried = true;
        if (m_profile.sdcard && !m_options.sdcard_dir.empty()) {
            uint64_t capacity = m_profile.sdcard_capacity;
            if (const char *text = getenv("DESKBOARD_SDCARD_CAPACITY")) {
                if (!parse_size(text, capacity)) {
                    ESP_LOGW(TAG, "DESKBOARD_SDCARD_CAPACITY=%s is no size", text);
                }
            }
            m_sdcard = std::make_shared<SdCard>(m_options.sdcard_dir, capacity, m_profile.sdcard_bandwidth);
        }
    }
    return m_sdcard.get();
}

}  // namespace hal
