#include "esp_console.h"

#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "esp_log.h"
#include "freertos/task.h"

namespace {

constexpr const char *TAG = "console";

struct Command {
    std::string help;
    std::string hint;
    bool listed;
    esp_console_cmd_t call;
};

struct Console {
    std::mutex mutex;
    bool initialized = false;
    esp_console_config_t config = {};
    std::map<std::string, Command> commands;
};

Console &console() {
    static Console *instance = new Console;
    return *instance;
}

struct Repl {
    esp_console_repl_t shown;
    std::string prompt;
    size_t longest_line;
    uint32_t stack;
    uint32_t priority;
    BaseType_t core;
    TaskHandle_t task;
};

Repl *g_repl = nullptr;

esp_err_t delete_repl(esp_console_repl_t *repl) {
    if (!repl || !g_repl || repl != &g_repl->shown) {
        return ESP_ERR_INVALID_ARG;
    }
    if (g_repl->task) {
        return ESP_ERR_INVALID_STATE;  // a task that waits for input cannot be stopped; it goes with the process
    }
    delete g_repl;
    g_repl = nullptr;
    return esp_console_deinit();
}

void read_commands(const Repl *repl) {
    std::string line;
    for (;;) {
        printf("%s", repl->prompt.c_str());
        fflush(stdout);
        line.clear();
        int c;
        while ((c = getchar()) != EOF && c != '\n') {
            line += static_cast<char>(c);
        }
        if (c == EOF && line.empty()) {
            printf("\n");
            return;
        }
        if (!line.empty() && line.back() == '\r') {
            line.pop_back();
        }
        if (line.size() >= repl->longest_line) {
            printf("The line is longer than %zu characters\n", repl->longest_line - 1);
            continue;
        }
        int result = 0;
        const esp_err_t err = esp_console_run(line.c_str(), &result);
        if (err == ESP_ERR_NOT_FOUND) {
            printf("Unrecognized command\n");
        } else if (err == ESP_OK && result != ESP_OK) {
            printf("Command returned non-zero error code: 0x%x (%s)\n", result, esp_err_to_name(result));
        } else if (err != ESP_OK && err != ESP_ERR_INVALID_ARG) {
            printf("Internal error: %s\n", esp_err_to_name(err));
        }
    }
}

void repl_task(void *repl) {
    printf("\nType 'help' to get the list of commands.\n");
    read_commands(static_cast<const Repl *>(repl));
    vTaskDelete(nullptr);
}

void print_help(const std::string &name, const Command &command) {
    printf("%s %s\n  %s\n\n", name.c_str(), command.hint.c_str(), command.help.c_str());
}

int help_command(int argc, char **argv) {
    std::map<std::string, Command> commands;
    {
        std::lock_guard<std::mutex> guard(console().mutex);
        commands = console().commands;
    }
    if (argc > 1) {
        const auto found = commands.find(argv[1]);
        if (found == commands.end() || !found->second.listed) {
            printf("help: Unrecognized option '%s'. Please use correct command as option.\n", argv[1]);
            return 1;
        }
        print_help(found->first, found->second);
        return 0;
    }
    for (const auto &[name, command] : commands) {
        if (command.listed) {
            print_help(name, command);
        }
    }
    return 0;
}

}  // namespace

esp_err_t esp_console_init(const esp_console_config_t *config) {
    std::lock_guard<std::mutex> guard(console().mutex);
    if (!config) {
        return ESP_ERR_INVALID_ARG;
    }
    if (console().initialized) {
        return ESP_ERR_INVALID_STATE;
    }
    console().config = *config;
    if (console().config.max_cmdline_args == 0) {
        console().config.max_cmdline_args = 32;
    }
    if (console().config.max_cmdline_length == 0) {
        console().config.max_cmdline_length = 256;
    }
    console().initialized = true;
    return ESP_OK;
}

esp_err_t esp_console_deinit(void) {
    std::lock_guard<std::mutex> guard(console().mutex);
    if (!console().initialized) {
        return ESP_ERR_INVALID_STATE;
    }
    console().initialized = false;
    console().commands.clear();
    return ESP_OK;
}

esp_err_t esp_console_cmd_register(const esp_console_cmd_t *cmd) {
    if (!cmd || !cmd->command || cmd->command[0] == '\0' || strchr(cmd->command, ' ') ||
        (!cmd->func) == (!cmd->func_w_context)) {
        ESP_LOGE(TAG, "a command needs a name without spaces and one function");
        return ESP_ERR_INVALID_ARG;
    }
    std::lock_guard<std::mutex> guard(console().mutex);
    if (!console().initialized) {
        return ESP_ERR_INVALID_STATE;
    }
    console().commands[cmd->command] = {cmd->help ? cmd->help : "", cmd->hint ? cmd->hint : "", cmd->help != nullptr,
                                        *cmd};
    return ESP_OK;
}

esp_err_t esp_console_cmd_deregister(const char *cmd_name) {
    if (!cmd_name) {
        return ESP_ERR_INVALID_ARG;
    }
    std::lock_guard<std::mutex> guard(console().mutex);
    return console().commands.erase(cmd_name) != 0 ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t esp_console_run(const char *cmdline, int *cmd_ret) {
    if (!cmdline || !cmd_ret) {
        return ESP_ERR_INVALID_ARG;
    }
    std::unique_lock<std::mutex> lock(console().mutex);
    if (!console().initialized) {
        return ESP_ERR_INVALID_STATE;
    }
    std::vector<char *> argv(console().config.max_cmdline_args + 1);
    std::string line(cmdline, strnlen(cmdline, console().config.max_cmdline_length - 1));
    const size_t argc = esp_console_split_argv(line.data(), argv.data(), argv.size());
    if (argc == 0) {
        return ESP_ERR_INVALID_ARG;
    }
    const auto found = console().commands.find(argv[0]);
    if (found == console().commands.end()) {
        return ESP_ERR_NOT_FOUND;
    }
    const esp_console_cmd_t call = found->second.call;
    lock.unlock();  // a command may register others
    *cmd_ret = call.func ? call.func(static_cast<int>(argc), argv.data())
                         : call.func_w_context(call.context, static_cast<int>(argc), argv.data());
    return ESP_OK;
}

size_t esp_console_split_argv(char *line, char **argv, size_t argv_size) {
    size_t argc = 0;
    char *out = line;
    const char *in = line;
    while (argc + 1 < argv_size) {
        while (*in == ' ') {
            ++in;
        }
        if (*in == '\0') {
            break;
        }
        argv[argc++] = out;
        bool quoted = false;
        while (*in != '\0' && (quoted || *in != ' ')) {
            if (*in == '"') {
                quoted = !quoted;
                ++in;
            } else if (*in == '\\' && (in[1] == '\\' || in[1] == '"' || in[1] == ' ')) {
                *out++ = in[1];
                in += 2;
            } else {
                *out++ = *in++;
            }
        }
        if (*in == ' ') {
            ++in;
        }
        *out++ = '\0';
    }
    if (argv_size != 0) {
        argv[argc] = nullptr;
    }
    return argc;
}

esp_err_t esp_console_register_help_command(void) {
    const esp_console_cmd_t help = {"help",      "Print the list of registered commands, or what is known of one.",
                                    "[command]", help_command,
                                    nullptr,     nullptr,
                                    nullptr};
    return esp_console_cmd_register(&help);
}

esp_err_t esp_console_new_repl_stdio(const esp_console_repl_config_t *repl_config, esp_console_repl_t **ret_repl) {
    if (!repl_config || !ret_repl) {
        return ESP_ERR_INVALID_ARG;
    }
    if (g_repl) {
        ESP_LOGE(TAG, "there is one standard input, and a task reads it already");
        return ESP_ERR_INVALID_STATE;
    }
    esp_console_config_t config = ESP_CONSOLE_CONFIG_DEFAULT();
    if (repl_config->max_cmdline_length != 0) {
        config.max_cmdline_length = repl_config->max_cmdline_length;
    }
    const esp_err_t err = esp_console_init(&config);
    if (err != ESP_OK) {
        return err;
    }
    esp_console_register_help_command();
    g_repl = new Repl{{delete_repl},
                      repl_config->prompt ? std::string(repl_config->prompt) + " " : "esp> ",
                      config.max_cmdline_length,
                      repl_config->task_stack_size,
                      repl_config->task_priority,
                      repl_config->task_core_id,
                      nullptr};
    *ret_repl = &g_repl->shown;
    return ESP_OK;
}

esp_err_t esp_console_new_repl_uart(const esp_console_dev_uart_config_t *dev_config,
                                    const esp_console_repl_config_t *repl_config, esp_console_repl_t **ret_repl) {
    return !dev_config ? ESP_ERR_INVALID_ARG : esp_console_new_repl_stdio(repl_config, ret_repl);
}
esp_err_t esp_console_new_repl_usb_cdc(const esp_console_dev_usb_cdc_config_t *dev_config,
                                       const esp_console_repl_config_t *repl_config, esp_console_repl_t **ret_repl) {
    return !dev_config ? ESP_ERR_INVALID_ARG : esp_console_new_repl_stdio(repl_config, ret_repl);
}
esp_err_t esp_console_new_repl_usb_serial_jtag(const esp_console_dev_usb_serial_jtag_config_t *dev_config,
                                               const esp_console_repl_config_t *repl_config,
                                               esp_console_repl_t **ret_repl) {
    return !dev_config ? ESP_ERR_INVALID_ARG : esp_console_new_repl_stdio(repl_config, ret_repl);
}

esp_err_t esp_console_start_repl(esp_console_repl_t *repl) {
    if (!repl || !g_repl || repl != &g_repl->shown) {
        return ESP_ERR_INVALID_ARG;
    }
    if (g_repl->task) {
        return ESP_ERR_INVALID_STATE;
    }
    return xTaskCreatePinnedToCore(repl_task, "console_repl", g_repl->stack, g_repl, g_repl->priority, &g_repl->task,
                                   g_repl->core) == pdPASS
               ? ESP_OK
               : ESP_FAIL;
}
