#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "board/clock.hpp"
#include "board/faults.hpp"
#include "board/profile.hpp"
#include "panic.hpp"

namespace hal {

class Flash;   // hal/host/flash/flash.hpp
class SdCard;  // hal/host/storage/sdcard.hpp
class Heap;    // hal/host/heap/heap.hpp

/** What a run may change about the board. Filled from DESKBOARD_* variables, then from the command line. */
struct BoardOptions {
    std::optional<uint64_t> psram_size;  ///< --psram 8M            DESKBOARD_PSRAM
    std::string flash_file;              ///< --flash-file F        DESKBOARD_FLASH_FILE; empty: see Flash
    std::string sdcard_dir;              ///< --sdcard DIR          DESKBOARD_SDCARD; empty: no card in the slot
    std::vector<std::string> faults;     ///< --fault SPEC          DESKBOARD_FAULT
    bool heap_report = false;            ///< --heap-report         DESKBOARD_HEAP_REPORT=1
    bool heap_poisoning = false;         ///< --heap-poisoning      DESKBOARD_HEAP_POISONING=1
    int log_level = -1;                  ///< --log-level info      DESKBOARD_LOG_LEVEL; -1: the app's default
    std::string chip_speed_file;         ///< --chip-speed F       DESKBOARD_CHIP_SPEED; see system/model_runs.hpp
    std::string trace_file;              ///< --trace F            DESKBOARD_TRACE; see system/trace.hpp
    std::string board_file;  ///< --board-file F        DESKBOARD_BOARD_FILE; instead of the built-in profile
};

/** What the app's configuration (sdkconfig) decides about the runtime. hal/host/main/app_config.cpp, compiled with the
 * app's sdkconfig.h, defines deskboard_app_config; without it the weak defaults below hold. */
struct AppConfig {
    bool spiram;                              ///< PSRAM is brought up at start
    uint32_t spiram_malloc_always_internal;   ///< largest malloc() that prefers internal RAM
    uint32_t spiram_malloc_reserve_internal;  ///< internal RAM kept for DMA
    bool spiram_use_malloc;                   ///< malloc() may return PSRAM
    bool heap_abort_when_allocation_fails;
    bool heap_poisoning;
    uint32_t freertos_hz;
    uint32_t main_task_stack_size;
    uint32_t task_wdt_timeout_s;  ///< 0: no watchdog
    bool task_wdt_panic;
    int log_default_level;
    bool log_colors;
    uint32_t partition_table_offset;  ///< 0: the board profile's
    bool bsp_sd_format_on_mount_fail;
    const char *bsp_sd_mount_point;
    const char *bsp_spiffs_mount_point;
    const char *bsp_spiffs_partition_label;
    uint32_t bsp_spiffs_max_files;
    bool bsp_spiffs_format_on_mount_fail;
};

/** The one object behind the HAL: what a board has, made once per process. */
class Board {
public:
    Board(BoardProfile profile, BoardOptions options);
    ~Board();
    Board(const Board &) = delete;
    Board &operator=(const Board &) = delete;

    /** Says what the board will be, before its first use. Later calls are refused. @return empty or the reason. */
    static std::string configure(BoardOptions options);

    /** Replaces the board of this process, with everything on it (heap, flash, card). For tests only: nothing may
     * still use the old board's memory or files. */
    static Board &reset_for_test(BoardProfile profile, BoardOptions options = {});

    /** The profile that was compiled into this program. */
    static BoardProfile built_in_profile();

    const BoardProfile &profile() const { return m_profile; }
    const BoardOptions &options() const { return m_options; }
    Clock &clock() { return hal::clock(); }
    Faults &faults() { return m_faults; }
    Heap &heap() { return *m_heap; }

    /** The flash chip. Opened at the first call; defined in hal/host/flash/.
     * @return nullptr when it cannot be opened (its file is in use, of a wrong size, ...; the reason has been logged).
     */
    Flash *flash();

    /** The SD card in the slot. Defined in hal/host/storage/. @return nullptr when the board has no slot or no card. */
    SdCard *sdcard();

    /** PSRAM bytes of this run (the profile's, or --psram). */
    uint64_t psram_size() const;

private:
    friend Board &board();

    BoardProfile m_profile;
    BoardOptions m_options;
    Faults m_faults;
    std::unique_ptr<Heap> m_heap;

    std::recursive_mutex m_storage_mutex;  // guards the two below
    std::shared_ptr<Flash> m_flash;
    bool m_flash_tried = false;
    std::shared_ptr<SdCard> m_sdcard;
    bool m_sdcard_tried = false;
};

/** Takes what the DESKBOARD_* variables say into `options`. @return empty, or what is wrong. */
std::string read_environment(BoardOptions &options);

/** "info" and the like -> esp_log_level_t. @return false when it is no level. */
bool parse_log_level(std::string_view text, int &out);

/** Reads a board.toml from a file; its folder is the board's name. @return empty, or "file:line: reason". */
std::string load_board_file(const std::string &file, BoardProfile &out);

/** The board of this process, made at the first call. */
Board &board();

/** Name of the app that is compiled into this program ("app" when none is). */
const char *app_name();

/** Prints `Error: reason` on stderr and ends the process with exit code 2 (wrong input or arguments). */
[[noreturn]] void refuse_start(const std::string &reason);

}  // namespace hal

extern "C" {
extern const char deskboard_board_toml[];     ///< text of the app's board.toml
extern const char deskboard_board_name[];     ///< its folder name
extern const char deskboard_app_name[];       ///< the app's name
extern const char deskboard_psram_setting[];  ///< what in the configuration switches the PSRAM on or off
extern const hal::AppConfig deskboard_app_config;
}
