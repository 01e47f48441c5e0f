// main() of an app: what the command line says, the board, then the app.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "backtrace/backtrace.hpp"
#include "board/board.hpp"
#include "freertos/kernel.hpp"
#include "heap/heap.hpp"
#include "mapping/mapping.hpp"
#include "system/model_runs.hpp"
#include "system/system.hpp"
#include "system/trace.hpp"
#include "unity/unity.hpp"

extern "C" void app_main(void);

namespace {

void print_help() {
    printf(
        "Usage: %s.elf [OPTION...]\n"
        "Runs the app on an emulated %s.\n\n"
        "  --psram SIZE        PSRAM of this run, e.g. 8M; 0: none\n"
        "  --flash-file FILE   the flash chip's content\n"
        "  --sdcard DIR        the folder that is the SD card\n"
        "  --board-file FILE   another board.toml than the built-in one\n"
        "  --fault SPEC        make something fail; may be given again\n"
        "  --heap-report       print who holds which memory when the app has ended\n"
        "  --heap-poisoning    canaries around each block, fill patterns\n"
        "  --chip-speed FILE   a run of a model lasts as long as this file says (`fw run --chip-speed` makes it)\n"
        "  --trace FILE        write what tasks, models and flash do, an event a line (`fw trace` makes a trace of "
        "it)\n"
        "  --log-level LEVEL   none, error, warn, info, debug or verbose\n"
        "  --unity COMMAND     of the app's test cases: *, [tag], ![tag], a number or \"name\"; may be given again\n"
        "  --unity-junit FILE  their results as JUnit's XML\n"
        "  --unity-list        their names and tags\n"
        "  --help              this\n\n"
        "Each has an environment variable: DESKBOARD_PSRAM, DESKBOARD_FLASH_FILE, DESKBOARD_SDCARD,\n"
        "DESKBOARD_BOARD_FILE, DESKBOARD_FAULT, DESKBOARD_HEAP_REPORT=1, DESKBOARD_HEAP_POISONING=1,\n"
        "DESKBOARD_CHIP_SPEED, DESKBOARD_TRACE, DESKBOARD_LOG_LEVEL, DESKBOARD_UNITY, "
        "DESKBOARD_UNITY_JUNIT.\n\nFaults:\n%s",
        hal::app_name(), deskboard_board_name, hal::Faults::help().c_str());
}

// Reads argv[at]; `value` is what follows '=' or the next argument. @return whether it is option `name`.
bool takes_value(int argc, char **argv, int &at, const char *name, std::string &value) {
    const size_t length = strlen(name);
    if (strncmp(argv[at], name, length) != 0) {
        return false;
    }
    if (argv[at][length] == '=') {
        value = argv[at] + length + 1;
        return true;
    }
    if (argv[at][length] != '\0') {
        return false;
    }
    if (at + 1 >= argc) {
        hal::refuse_start(std::string(name) + " lacks its value; see --help");
    }
    value = argv[++at];
    return true;
}

hal::BoardOptions read_options(int argc, char **argv) {
    hal::BoardOptions options;
    const std::string reason = hal::read_environment(options);
    if (!reason.empty()) {
        hal::refuse_start(reason);
    }
    if (const char *command = getenv("DESKBOARD_UNITY")) {
        hal::unity_options().commands = {command};
    }
    if (const char *file = getenv("DESKBOARD_UNITY_JUNIT")) {
        hal::unity_options().junit_file = file;
    }
    bool unity_given = false;
    for (int at = 1; at < argc; ++at) {
        const std::string argument = argv[at];
        std::string value;
        if (argument == "--help" || argument == "-h") {
            print_help();
            exit(0);
        } else if (argument == "--heap-report") {
            options.heap_report = true;
        } else if (argument == "--heap-poisoning") {
            options.heap_poisoning = true;
        } else if (takes_value(argc, argv, at, "--psram", value)) {
            uint64_t size = 0;
            if (!hal::parse_size(value, size)) {
                hal::refuse_start("--psram: '" + value + "' is no size (example: 8M)");
            }
            options.psram_size = size;
        } else if (takes_value(argc, argv, at, "--flash-file", value)) {
            options.flash_file = value;
        } else if (takes_value(argc, argv, at, "--sdcard", value)) {
            options.sdcard_dir = value;
        } else if (takes_value(argc, argv, at, "--board-file", value)) {
            options.board_file = value;
        } else if (argument == "--unity-list") {
            if (!deskboard_unity_list) {
                hal::refuse_start("--unity-list: the app has no test cases");
            }
            deskboard_unity_list();
            exit(0);
        } else if (takes_value(argc, argv, at, "--unity-junit", value)) {
            hal::unity_options().junit_file = value;
        } else if (takes_value(argc, argv, at, "--unity", value)) {
            // Of the environment's there is one; the command line's come instead.
            if (!unity_given) {
                hal::unity_options().commands.clear();
                unity_given = true;
            }
            hal::unity_options().commands.push_back(value);
        } else if (takes_value(argc, argv, at, "--fault", value)) {
            options.faults.push_back(value);
        } else if (takes_value(argc, argv, at, "--chip-speed", value)) {
            options.chip_speed_file = value;
        } else if (takes_value(argc, argv, at, "--trace", value)) {
            options.trace_file = value;
        } else if (takes_value(argc, argv, at, "--log-level", value)) {
            if (!hal::parse_log_level(value, options.log_level)) {
                hal::refuse_start("--log-level: '" + value + "' is none of none, error, warn, info, debug, verbose");
            }
        } else {
            hal::refuse_start("unknown argument '" + argument + "'; see --help");
        }
    }
    return options;
}

void write_text(const char *text) {
    if (write(STDOUT_FILENO, text, strlen(text)) < 0) {
        // Nobody is left to tell.
    }
}

// Longer than any backtrace takes: what hangs in one (a lock that the panic has left behind) is ended.
constexpr unsigned BACKTRACE_SECONDS = 20;
// The report of the run asks the heap, whose lock the panic may have left behind.
constexpr unsigned REPORT_SECONDS = 2;
std::atomic<int> g_panicking{0};  // the thread that does

[[noreturn]] void end_after_panic(int) {
    write_text("\nThe app has ended: a chip would start anew.\n");
    _exit(1);
}

const char *reason_of(int number) {
    return number == SIGFPE   ? "arithmetic error"
           : number == SIGILL ? "illegal instruction"
                              : "invalid memory access or stack overflow";
}

// abort(), a failed assert() and bad memory accesses end the app as a panic ends the chip, with exit code 1.
void on_signal(int number, siginfo_t *info, void *context) {
    int nobody = 0;
    if (!g_panicking.compare_exchange_strong(nobody, gettid())) {
        if (nobody == gettid()) {
            end_after_panic(number);  // in the backtrace itself
        }
        for (;;) {
            pause();  // another task's panic ends the app
        }
    }
    struct sigaction end = {};
    end.sa_handler = end_after_panic;
    sigaction(SIGALRM, &end, nullptr);
    alarm(BACKTRACE_SECONDS);
    char text[160];
    const char *task = pcTaskGetName(nullptr);
    if (number == SIGABRT) {
        snprintf(text, sizeof(text), "\nabort() was called in task '%s'\n", task);
    } else {
        snprintf(text, sizeof(text), "\nGuru Meditation Error: task '%s' panic'ed (%s at %p)\n", task,
                 reason_of(number), info->si_addr);
    }
    write_text(text);
    hal::print_backtrace(hal::BACKTRACE_DEPTH, nullptr, context);
    alarm(REPORT_SECONDS);
    hal::write_run_report();
    end_after_panic(number);
}

void catch_signals() {
    hal::prepare_backtrace();
    struct sigaction action = {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaction(SIGABRT, &action, nullptr);
#ifndef DESKBOARD_SANITIZE_ADDRESS
    // AddressSanitizer has a better report of these.
    for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
        sigaction(number, &action, nullptr);
    }
#endif
}

}  // namespace

int main(int argc, char **argv) {
    hal::mapping::keep_process_memory();
    // A serial console shows lines as they come.
    setvbuf(stdout, nullptr, _IOLBF, 0);
    const hal::BoardOptions options = read_options(argc, argv);
    std::string reason = hal::Board::configure(options);
    if (reason.empty() && !options.chip_speed_file.empty()) {
        reason = hal::load_chip_speed(options.chip_speed_file);
    }
    if (reason.empty() && !options.trace_file.empty()) {
        reason = hal::open_trace(options.trace_file);
    }
    if (!reason.empty()) {
        hal::refuse_start(reason);
    }
    catch_signals();
    hal::start_app(app_main);
    // An app that runs its test cases itself returns from app_main() as any other.
    hal::end_process(deskboard_unity_exit_code ? deskboard_unity_exit_code() : 0);
}
