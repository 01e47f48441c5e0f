// The test cases of an app: registry, menu, and the results as JUnit's XML.
#include <algorithm>
#include <cinttypes>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "board/board.hpp"
#include "system/system.hpp"
#include "unity.h"
#include "unity/unity.hpp"

namespace {

test_desc_t *g_first = nullptr;  // in the order in which the menu counts them
unsigned g_failures = 0;         // of the whole process

struct Result {
    std::string name, tags, file;
    int line = 0;
    uint32_t ms = 0;
    const char *verdict = "running";
    std::string message;
};
std::vector<Result> g_results;

std::string escaped(const std::string &text) {
    std::string out;
    for (const unsigned char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c < 32 ? ' ' : static_cast<char>(c);
        }
    }
    return out;
}

/** Written before and after each test: a test that takes the app down with it is an error in the file. */
void write_junit() {
    const std::string &path = hal::unity_options().junit_file;
    if (path.empty()) {
        return;
    }
    size_t failures = 0, errors = 0, skipped = 0;
    for (const Result &result : g_results) {
        failures += strcmp(result.verdict, "FAIL") == 0;
        errors += strcmp(result.verdict, "running") == 0;
        skipped += strcmp(result.verdict, "IGNORE") == 0;
    }
    FILE *file = fopen(path.c_str(), "w");
    if (!file) {
        printf("The results cannot be written to %s: %s\n", path.c_str(), strerror(errno));
        return;
    }
    fprintf(file, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    fprintf(file, "<testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
            escaped(hal::app_name()).c_str(), g_results.size(), failures, errors, skipped);
    for (const Result &result : g_results) {
        fprintf(file,
                "  <testcase classname=\"%s\" name=\"%s\" file=\"%s\" line=\"%d\" time=\"%" PRIu32 ".%03" PRIu32 "\"",
                escaped(result.tags).c_str(), escaped(result.name).c_str(), escaped(result.file).c_str(), result.line,
                result.ms / 1000, result.ms % 1000);
        if (strcmp(result.verdict, "PASS") == 0) {
            fprintf(file, "/>\n");
        } else if (strcmp(result.verdict, "IGNORE") == 0) {
            fprintf(file, "><skipped message=\"%s\"/></testcase>\n", escaped(result.message).c_str());
        } else if (strcmp(result.verdict, "FAIL") == 0) {
            fprintf(file, "><failure message=\"%s\"/></testcase>\n", escaped(result.message).c_str());
        } else {
            fprintf(file, "><error message=\"the app ended in this test\"/></testcase>\n");
        }
    }
    fprintf(file, "</testsuite>\n");
    fclose(file);
}

void needs_several_parts() {
    TEST_IGNORE_MESSAGE(
        "it needs a reset between its functions, or several chips: run one function as number,function");
}

const test_desc_t *g_running = nullptr;  // nullptr: a test of RUN_TEST()
unsigned g_failures_before = 0;

void run(const test_desc_t &test, test_func function) {
    printf("Running %s...\n", test.name);
    fflush(stdout);
    Unity.TestFile = test.file;
    g_running = &test;
    UnityDefaultTestRun(function, test.name, test.line);
    g_running = nullptr;
    printf("Test ran in %" PRIu32 "ms\n", g_results.back().ms);
}

void run(const test_desc_t &test) {
    run(test, test.test_fn_count == 1 ? test.fn[0] : needs_several_parts);
}

/** What a command of the menu asks for. */
struct Selection {
    enum Kind { NONE, ALL, TAG, NAME, NUMBER } kind = NONE;
    std::string text;
    bool inverted = false;
    unsigned long number = 0, function = 0;

    bool takes(const test_desc_t &test, unsigned long index) const {
        switch (kind) {
            case ALL:
                return true;
            case TAG:
                return (strstr(test.desc, text.c_str()) != nullptr) != inverted;
            case NAME:
                return text == test.name;
            case NUMBER:
                return number == index;
            default:
                return false;
        }
    }
};

Selection parse(const char *command) {
    Selection selection;
    while (*command == ' ') {
        command++;
    }
    std::string text = command;
    while (!text.empty() && strchr(" \r\n", text.back())) {
        text.pop_back();
    }
    if (text == "*") {
        selection.kind = Selection::ALL;
        return selection;
    }
    if (!text.empty() && text[0] == '!') {
        selection.inverted = true;
        text.erase(0, 1);
    }
    if (!text.empty() && text[0] == '[') {
        selection.kind = Selection::TAG;
        selection.text = text;
    } else if (text.size() >= 2 && text[0] == '"' && text.back() == '"') {
        selection.kind = Selection::NAME;
        selection.text = text.substr(1, text.size() - 2);
    } else if (!text.empty() && text[0] >= '0' && text[0] <= '9') {
        char *end;
        selection.number = strtoul(text.c_str(), &end, 10);
        if (*end == ',') {
            selection.function = strtoul(end + 1, &end, 10);
        }
        if (*end == '\0') {
            selection.kind = Selection::NUMBER;
        }
    }
    return selection;
}

unsigned run_selected(const Selection &selection) {
    unsigned count = 0;
    unsigned long index = 0;
    for (const test_desc_t *test = g_first; test; test = test->next) {
        if (!selection.takes(*test, ++index)) {
            continue;
        }
        if (selection.kind == Selection::NUMBER && selection.function != 0) {
            if (selection.function > test->test_fn_count) {
                continue;
            }
            run(*test, test->fn[selection.function - 1]);
        } else {
            run(*test);
        }
        count++;
    }
    return count;
}

void print_menu() {
    printf("\n\nHere's the test menu, pick your combo:\n");
    unsigned index = 0;
    for (const test_desc_t *test = g_first; test; test = test->next) {
        printf("(%u)\t\"%s\" %s\n", ++index, test->name, test->desc);
        for (int i = 0; test->test_fn_count > 1 && i < test->test_fn_count; i++) {
            printf("\t(%d)\t\"%s\"\n", i + 1, test->test_fn_name[i]);
        }
    }
    printf("\nEnter test for running.\n");
    fflush(stdout);
}

void run_commands(const std::vector<std::string> &commands) {
    std::string meaningless;
    UNITY_BEGIN();
    for (const std::string &command : commands) {
        if (run_selected(parse(command.c_str())) == 0) {
            meaningless += "No test case is meant by '" + command + "'.\n";
            g_failures++;
        }
    }
    UNITY_END();
    fputs(meaningless.c_str(), stdout);
}

/** --unity limits what the app itself chooses. */
bool allowed(const test_desc_t &test, unsigned long index) {
    const std::vector<std::string> &commands = hal::unity_options().commands;
    return commands.empty() || std::any_of(commands.begin(), commands.end(), [&](const std::string &command) {
               return parse(command.c_str()).takes(test, index);
           });
}

template <typename Wanted>
void run_where(Wanted wanted) {
    unsigned long index = 0;
    for (const test_desc_t *test = g_first; test; test = test->next) {
        index++;
        if (wanted(*test) && allowed(*test, index)) {
            run(*test);
        }
    }
}

}  // namespace

namespace hal {

void unity_test_starts(const char *name, const char *file, int line) {
    g_results.push_back({name ? name : "", g_running ? g_running->desc : "", file ? file : "", line, 0, "running", ""});
    unity_last_message().clear();
    g_failures_before = Unity.TestFailures;
    write_junit();
}

void unity_test_ends() {
    Result &result = g_results.back();
    result.ms = unity_exec_time_get_ms();
    result.verdict = Unity.CurrentTestIgnored ? "IGNORE" : Unity.CurrentTestFailed ? "FAIL" : "PASS";
    result.message = unity_last_message();
    g_failures += Unity.TestFailures - g_failures_before;
    write_junit();
}

}  // namespace hal

extern "C" {

void unity_testcase_register(test_desc_t *desc) {
    test_desc_t **place = &g_first;
    // Constructors of one file run in the order of its lines; files in the linker's order.
    while (*place) {
        place = &(*place)->next;
    }
    desc->next = nullptr;
    *place = desc;
}

void unity_run_test_by_name(const char *name) {
    run_where([name](const test_desc_t &test) { return name && strcmp(test.name, name) == 0; });
}

void unity_run_tests_by_tag(const char *tag, bool invert) {
    run_where(
        [tag, invert](const test_desc_t &test) { return tag && static_cast<bool>(strstr(test.desc, tag)) != invert; });
}

void unity_run_all_tests(void) {
    run_where([](const test_desc_t &) { return true; });
}

void unity_run_menu(void) {
    const std::vector<std::string> &commands = hal::unity_options().commands;
    if (!commands.empty()) {
        run_commands(commands);
        hal::end_process(deskboard_unity_exit_code());
    }
    printf("\n\nPress ENTER to see the list of tests.\n");
    fflush(stdout);
    bool any = false;
    char line[256];
    while (fgets(line, sizeof(line), stdin)) {
        any = true;
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '\0') {
            print_menu();
            continue;
        }
        run_commands({line});
        printf("Enter next test, or 'enter' to see menu\n");
        fflush(stdout);
    }
    if (!any) {
        run_commands({"*"});
    }
    hal::end_process(deskboard_unity_exit_code());
}

void deskboard_unity_list(void) {
    for (const test_desc_t *test = g_first; test; test = test->next) {
        printf("%s\t%s\n", test->name, test->desc);
    }
}

int deskboard_unity_exit_code(void) {
    return g_failures != 0 || Unity.TestFailures != 0 ? 1 : 0;
}
}
