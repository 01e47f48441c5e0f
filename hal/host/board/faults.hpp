#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace hal {

/** The kinds of failure that can be asked for. The fake that fails owns what happens (the heap: ALLOC, the flash:
 * FLASH*, the card: SD*); this file only knows how each is written and counts its occasions. */
enum class FaultKind {
    ALLOC,             ///< "alloc=N": the N-th heap allocation (1-based) fails.
    ALLOC_FROM,        ///< "alloc-from=N": the N-th and every later one fails.
    PSRAM_FLIP,        ///< "psram-flip=ADDR:BIT[@N]" or "psram-flip=COUNT/SEED[@N]": bits turn at the N-th allocation.
    FLASH_POWER_LOSS,  ///< "flash-power-loss=N": power goes at the N-th flash write or erase.
    FLASH_POWER_BYTE,  ///< "flash-power-byte=N": power goes when the N-th byte is written.
    FLASH_FLIP,        ///< "flash-flip=ADDR:BIT" or "flash-flip=COUNT/SEED": bits of the flash turn when it is opened.
    FLASH_READ_ERROR,  ///< "flash-read-error=N": the N-th flash read fails.
    SD_PULL,           ///< "sd-pull=N": the card is gone from its N-th access on.
    SD_READ_ERROR,     ///< "sd-read-error=N": the N-th read from the card fails.
    SD_READ_ONLY,      ///< "sd-read-only": the card's write protect is set.
    BANDWIDTH,         ///< "bandwidth": flash and card are as slow as the profile says.
    COUNT
};

/** One failure asked for, e.g. "psram-flip=0x48001000:3@7". */
struct Fault {
    FaultKind kind;
    uint64_t number = 0;  ///< N, ADDR or COUNT
    uint64_t second = 0;  ///< BIT or SEED
    uint64_t at = 1;      ///< the occasion after '@'
    bool seeded = false;  ///< COUNT/SEED form
    std::string text;     ///< as it was written, for the log
};

/** What is armed, and how many occasions of each kind have passed. Thread safe. */
class Faults {
public:
    /** Reads "KIND[=VALUE][,KIND...]" and arms it. @return empty, or why the text is wrong. */
    std::string arm(const std::string &spec);

    void clear();

    /** Counts one occasion of `kind`. @return true when the fault strikes now; it has then been logged with the text
     * that repeats it. SD_PULL and ALLOC_FROM go on striking, the others strike once for each armed fault. */
    bool strikes(FaultKind kind, const char *what);

    bool armed(FaultKind kind) const;

    /** All armed faults of a kind, in the order given (for kinds that carry more than a count). */
    std::vector<Fault> all(FaultKind kind) const;

    /** Occasions counted so far. */
    uint64_t occasions(FaultKind kind) const;

    /** Lines "KIND=...  what it does" for --help. */
    static std::string help();

private:
    mutable std::mutex m_mutex;
    std::vector<Fault> m_faults;
    std::atomic<bool> m_armed[static_cast<int>(FaultKind::COUNT)] = {};
    uint64_t m_occasions[static_cast<int>(FaultKind::COUNT)] = {};
};

}  // namespace hal
