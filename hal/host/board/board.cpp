#include "board/board.hpp"

#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "backtrace/backtrace.hpp"
#include "esp_log.h"
#include "heap/heap.hpp"

namespace hal {
namespace {

std::mutex g_mutex;                     // guards the making of the board
std::atomic<Board *> g_board{nullptr};  // never destroyed but by reset_for_test()
BoardOptions g_options;
bool g_configured = false;

const char *environment(const char *name) {
    const char *value = getenv(name);
    return value && *value != '\0' ? value : nullptr;
}

bool is_yes(const char *value) {
    return value && strcmp(value, "0") != 0;
}

BoardOptions options_from_environment() {
    BoardOptions options;
    const std::string reason = read_environment(options);
    if (!reason.empty()) {
        refuse_start(reason);
    }
    return options;
}

}  // namespace

std::string read_environment(BoardOptions &options) {
    if (const char *value = environment("DESKBOARD_PSRAM")) {
        uint64_t size = 0;
        if (!parse_size(value, size)) {
            return std::string("DESKBOARD_PSRAM: '") + value + "' is no size (example: 8M)";
        }
        options.psram_size = size;
    }
    if (const char *value = environment("DESKBOARD_FLASH_FILE")) {
        options.flash_file = value;
    }
    if (const char *value = environment("DESKBOARD_SDCARD")) {
        options.sdcard_dir = value;
    }
    if (const char *value = environment("DESKBOARD_FAULT")) {
        options.faults.push_back(value);
    }
    if (const char *value = environment("DESKBOARD_CHIP_SPEED")) {
        options.chip_speed_file = value;
    }
    if (const char *value = environment("DESKBOARD_TRACE")) {
        options.trace_file = value;
    }
    if (const char *value = environment("DESKBOARD_BOARD_FILE")) {
        options.board_file = value;
    }
    if (const char *value = environment("DESKBOARD_LOG_LEVEL")) {
        if (!parse_log_level(value, options.log_level)) {
            return std::string("DESKBOARD_LOG_LEVEL: '") + value +
                   "' is none of none, error, warn, info, debug, verbose";
        }
    }
    options.heap_report = options.heap_report || is_yes(environment("DESKBOARD_HEAP_REPORT"));
    options.heap_poisoning = options.heap_poisoning || is_yes(environment("DESKBOARD_HEAP_POISONING"));
    return "";
}

bool parse_log_level(std::string_view text, int &out) {
    constexpr const char *NAMES[] = {"none", "error", "warn", "info", "debug", "verbose"};
    for (int level = 0; level <= ESP_LOG_VERBOSE; ++level) {
        if (text == NAMES[level]) {
            out = level;
            return true;
        }
    }
    return false;
}

namespace {

/** A flip that is no bit of this board. @return empty, or what is wrong */
std::string check_flips(const Faults &faults, const BoardProfile &profile, uint64_t psram_size) {
    const struct {
        FaultKind kind;
        const char *what;
        uint64_t begin;
        uint64_t size;
    } memories[] = {
        {FaultKind::FLASH_FLIP, "flash", 0, profile.flash_size},
        {FaultKind::PSRAM_FLIP, "PSRAM", profile.psram_address, psram_size},
    };
    for (const auto &memory : memories) {
        for (const Fault &fault : faults.all(memory.kind)) {
            char text[96];
            if (memory.size == 0) {
                return "fault '" + fault.text + "': the board " + profile.title + " has no " + memory.what;
            }
            if (!fault.seeded && fault.number - memory.begin >= memory.size) {
                snprintf(text, sizeof(text), "': the address is outside the %s, 0x%08" PRIx64 " to 0x%08" PRIx64,
                         memory.what, memory.begin, memory.begin + memory.size - 1);
                return "fault '" + fault.text + text;
            }
        }
    }
    return "";
}

}  // namespace

Board::Board(BoardProfile profile, BoardOptions options)
    : m_profile(std::move(profile)), m_options(std::move(options)) {
    for (const std::string &spec : m_options.faults) {
        const std::string reason = m_faults.arm(spec);
        if (!reason.empty()) {
            refuse_start(reason);
        }
    }
    const std::string wrong = check_flips(m_faults, m_profile, psram_size());
    if (!wrong.empty()) {
        refuse_start(wrong);
    }
    if (m_options.log_level >= 0) {
        esp_log_level_set("*", static_cast<esp_log_level_t>(m_options.log_level));
    }
    const Heap::Config config{
        .psram_size = psram_size(),
        .reserve_internal = deskboard_app_config.spiram_malloc_reserve_internal,
        .poisoning = m_options.heap_poisoning || deskboard_app_config.heap_poisoning,
    };
    m_heap = std::make_unique<Heap>(m_profile, config, m_faults);
}

Board::~Board() = default;

uint64_t Board::psram_size() const {
    if (!deskboard_app_config.spiram) {
        return 0;
    }
    return m_options.psram_size.value_or(m_profile.psram_size) & ~uint64_t{0xFFF};
}

BoardProfile Board::built_in_profile() {
    BoardProfile profile;
    const std::string reason =
        load_board_profile(deskboard_board_toml, deskboard_board_name, "built-in board.toml", profile);
    if (!reason.empty()) {
        refuse_start(reason);
    }
    return profile;
}

std::string Board::configure(BoardOptions options) {
    std::lock_guard<std::mutex> guard(g_mutex);
    if (g_board) {
        return "the board is in use already";
    }
    g_options = std::move(options);
    g_configured = true;
    return "";
}

Board &Board::reset_for_test(BoardProfile profile, BoardOptions options) {
    std::lock_guard<std::mutex> guard(g_mutex);
    delete g_board.exchange(nullptr);
    hal::clock().restart();
    auto *made = new Board(std::move(profile), std::move(options));
    g_board = made;
    return *made;
}

Board &board() {
    Board *made = g_board.load(std::memory_order_acquire);
    if (made) {
        return *made;
    }
    std::lock_guard<std::mutex> guard(g_mutex);
    if (!g_board) {
        const BoardOptions options = g_configured ? g_options : options_from_environment();
        BoardProfile profile;
        if (options.board_file.empty()) {
            profile = Board::built_in_profile();
        } else {
            const std::string reason = load_board_file(options.board_file, profile);
            if (!reason.empty()) {
                refuse_start(reason);
            }
        }
        if (options.psram_size && *options.psram_size > 0 && profile.psram_size == 0) {
            refuse_start("--psram: the board " + profile.title + " has no PSRAM");
        }
        if (options.psram_size && *options.psram_size > 0 && !deskboard_app_config.spiram) {
            refuse_start(std::string("--psram: the PSRAM is off: ") + deskboard_psram_setting);
        }
        if (options.psram_size &&
            (*options.psram_size > (uint64_t{1} << 30) || (*options.psram_size > 0 && *options.psram_size < 0x10000))) {
            refuse_start("--psram: 0, or 64K to 1G");
        }
        g_board = new Board(std::move(profile), options);
    }
    return *g_board;
}

std::string load_board_file(const std::string &file, BoardProfile &out) {
    FILE *stream = fopen(file.c_str(), "rb");
    if (!stream) {
        return "the board profile '" + file + "' cannot be opened: " + strerror(errno);
    }
    std::string text;
    char buffer[4096];
    size_t count;
    while ((count = fread(buffer, 1, sizeof(buffer), stream)) > 0) {
        text.append(buffer, count);
    }
    fclose(stream);
    // boards/<name>/board.toml
    const size_t end = file.rfind('/');
    const size_t begin = end != std::string::npos && end > 0 ? file.rfind('/', end - 1) : std::string::npos;
    const std::string name = end == std::string::npos ? file
                                                      : file.substr(begin == std::string::npos ? 0 : begin + 1,
                                                                    end - (begin == std::string::npos ? 0 : begin + 1));
    return load_board_profile(text, name, file, out);
}

const char *app_name() {
    return deskboard_app_name;
}

void refuse_start(const std::string &reason) {
    fflush(stdout);
    fprintf(stderr, "Error: %s\n", reason.c_str());
    fflush(stderr);
    _exit(2);
}

void panic(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputc('\n', stdout);
    vprintf(format, args);
    fputc('\n', stdout);
    va_end(args);
    fflush(stdout);
    prepare_backtrace();
    print_backtrace(BACKTRACE_DEPTH, __builtin_return_address(0));
    fputs("\nThe app has ended: a chip would start anew.\n", stdout);
    fflush(stdout);
    _exit(1);
}

}  // namespace hal
