#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "storage/volume.hpp"

namespace hal {

/** The card in the slot: a host folder with a capacity. Owns what can go wrong with a card: pulled, write protected,
 * reads that fail (the faults sd-pull, sd-read-only, sd-read-error, bandwidth). */
class SdCard : public Medium, public std::enable_shared_from_this<SdCard> {
public:
    /** @param capacity bytes; 0: not limited, shown as 32 GB */
    SdCard(std::string folder, uint64_t capacity, uint32_t bandwidth);
    ~SdCard() override;

    int access(Access kind, uint64_t bytes) override;
    bool writable() const override;

    const std::string &folder() const { return m_folder; }
    uint64_t capacity() const { return m_capacity; }
    /** Bytes that the card says it has. */
    uint64_t shown_capacity() const;

    /** The folder exists: the card holds a file system. */
    bool formatted() const;
    /** Makes the folder. A folder with content is never emptied: it is the user's. */
    bool format();

    void pull() { m_pulled = true; }
    void insert() { m_pulled = false; }
    bool pulled() const { return m_pulled; }

private:
    const std::string m_folder;
    const uint64_t m_capacity;
    const uint32_t m_bandwidth;
    std::atomic<bool> m_pulled{false};
};

}  // namespace hal
