#include "board/faults.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "esp_log.h"

namespace hal {
namespace {

enum class Form { NONE, COUNT, BITS };

struct KindInfo {
    FaultKind kind;
    const char *name;
    Form form;
    bool lasting;  // goes on striking
    const char *help;
};

constexpr KindInfo KINDS[] = {
    {FaultKind::ALLOC, "alloc", Form::COUNT, false, "alloc=N: the N-th allocation fails"},
    {FaultKind::ALLOC_FROM, "alloc-from", Form::COUNT, true, "alloc-from=N: the N-th and every later allocation fails"},
    {FaultKind::PSRAM_FLIP, "psram-flip", Form::BITS, false,
     "psram-flip=ADDR:BIT[@N] or COUNT/SEED[@N]: bits of PSRAM turn at the N-th allocation"},
    {FaultKind::FLASH_POWER_LOSS, "flash-power-loss", Form::COUNT, false,
     "flash-power-loss=N: power is lost in the N-th flash write or erase"},
    {FaultKind::FLASH_POWER_BYTE, "flash-power-byte", Form::COUNT, false,
     "flash-power-byte=N: power is lost when the N-th byte is written to flash"},
    {FaultKind::FLASH_FLIP, "flash-flip", Form::BITS, false,
     "flash-flip=ADDR:BIT or COUNT/SEED: bits of the flash are wrong at start"},
    {FaultKind::FLASH_READ_ERROR, "flash-read-error", Form::COUNT, false,
     "flash-read-error=N: the N-th flash read fails"},
    {FaultKind::SD_PULL, "sd-pull", Form::COUNT, true, "sd-pull=N: the card is gone from its N-th access on"},
    {FaultKind::SD_READ_ERROR, "sd-read-error", Form::COUNT, false,
     "sd-read-error=N: the N-th read from the card fails"},
    {FaultKind::SD_READ_ONLY, "sd-read-only", Form::NONE, true, "sd-read-only: the card is write protected"},
    {FaultKind::BANDWIDTH, "bandwidth", Form::NONE, true,
     "bandwidth: flash and card are as slow as the board's profile says"},
};
static_assert(sizeof(KINDS) / sizeof(KINDS[0]) == static_cast<size_t>(FaultKind::COUNT));

const KindInfo &info_of(FaultKind kind) {
    return KINDS[static_cast<int>(kind)];
}

// Beyond this no run comes: a number of occasions that large is a slip.
constexpr uint64_t MOST_OCCASIONS = 1000000000000;

bool parse_number(std::string_view text, uint64_t &out) {
    if (text.empty() || text[0] < '0' || text[0] > '9') {
        return false;
    }
    const std::string copy(text);
    char *end = nullptr;
    errno = 0;
    out = strtoull(copy.c_str(), &end, 0);
    return *end == '\0' && errno == 0;
}

bool parse_occasion(std::string_view text, uint64_t &out) {
    return parse_number(text, out) && out > 0 && out <= MOST_OCCASIONS;
}

std::string parse_one(std::string_view text, Fault &out) {
    const size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const KindInfo *info = nullptr;
    for (const KindInfo &candidate : KINDS) {
        if (name == candidate.name) {
            info = &candidate;
        }
    }
    const std::string shown = "fault '" + std::string(text) + "'";
    if (!info) {
        return shown + ": there is no such kind; known are:\n" + Faults::help();
    }
    out = Fault{};
    out.kind = info->kind;
    out.text = std::string(text);
    if (info->form == Form::NONE) {
        return equals == std::string_view::npos ? "" : shown + ": takes no value";
    }
    if (equals == std::string_view::npos) {
        return shown + ": lacks its value (" + info->help + ")";
    }
    std::string_view value = text.substr(equals + 1);
    if (info->form == Form::COUNT) {
        if (!parse_occasion(value, out.number)) {
            return shown + ": the value is not a number from 1 to " + std::to_string(MOST_OCCASIONS) + " (" +
                   info->help + ")";
        }
        out.at = out.number;
        return "";
    }
    const size_t at = value.find('@');
    if (at != std::string_view::npos) {
        if (info->kind != FaultKind::PSRAM_FLIP) {
            return shown + ": takes no '@', it strikes at start (" + info->help + ")";
        }
        if (!parse_occasion(value.substr(at + 1), out.at)) {
            return shown + ": what follows '@' is not a number from 1 to " + std::to_string(MOST_OCCASIONS);
        }
        value = value.substr(0, at);
    }
    const size_t separator = value.find_first_of(":/");
    if (separator == std::string_view::npos || !parse_number(value.substr(0, separator), out.number) ||
        !parse_number(value.substr(separator + 1), out.second)) {
        return shown + ": neither ADDR:BIT nor COUNT/SEED (" + info->help + ")";
    }
    out.seeded = value[separator] == '/';
    if (!out.seeded && out.second > 7) {
        return shown + ": a byte's bits are 0 to 7";
    }
    if (out.seeded && (out.number == 0 || out.number > 1000000)) {
        return shown + ": COUNT is 1 to 1000000";
    }
    return "";
}

}  // namespace

std::string Faults::arm(const std::string &spec) {
    std::vector<Fault> faults;
    std::string_view rest = spec;
    while (!rest.empty()) {
        const size_t comma = rest.find(',');
        Fault fault;
        std::string reason = parse_one(rest.substr(0, comma), fault);
        if (!reason.empty()) {
            return reason;
        }
        faults.push_back(fault);
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
    std::lock_guard<std::mutex> guard(m_mutex);
    m_faults.insert(m_faults.end(), faults.begin(), faults.end());
    for (const Fault &fault : m_faults) {
        m_armed[static_cast<int>(fault.kind)] = true;
    }
    return "";
}

void Faults::clear() {
    std::lock_guard<std::mutex> guard(m_mutex);
    m_faults.clear();
    for (auto &occasions : m_occasions) {
        occasions = 0;
    }
    for (auto &armed : m_armed) {
        armed = false;
    }
}

bool Faults::strikes(FaultKind kind, const char *what) {
    std::string text;
    bool first = false;
    {
        std::lock_guard<std::mutex> guard(m_mutex);
        const uint64_t occasion = ++m_occasions[static_cast<int>(kind)];
        for (const Fault &fault : m_faults) {
            if (fault.kind == kind && (occasion == fault.at || (info_of(kind).lasting && occasion > fault.at))) {
                text = fault.text;
                first = occasion == fault.at;
                break;
            }
        }
    }
    if (text.empty()) {
        return false;
    }
    if (first) {
        ESP_LOGW("fault", "%s strikes: %s (repeat with --fault %s)", info_of(kind).name, what, text.c_str());
    }
    return true;
}

bool Faults::armed(FaultKind kind) const {
    return m_armed[static_cast<int>(kind)];
}

std::vector<Fault> Faults::all(FaultKind kind) const {
    std::lock_guard<std::mutex> guard(m_mutex);
    std::vector<Fault> result;
    for (const Fault &fault : m_faults) {
        if (fault.kind == kind) {
            result.push_back(fault);
        }
    }
    return result;
}

uint64_t Faults::occasions(FaultKind kind) const {
    std::lock_guard<std::mutex> guard(m_mutex);
    return m_occasions[static_cast<int>(kind)];
}

std::string Faults::help() {
    std::string text;
    for (const KindInfo &info : KINDS) {
        text += std::string("    ") + info.help + "\n";
    }
    return text;
}

}  // namespace hal
