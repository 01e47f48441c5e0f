#include "eval_program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

extern char **environ;

namespace espdl_tool {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t MAX_LINE = 64 << 20;

// A line without its end. False at the end of the stream, or if it is longer than any record.
bool read_line(FILE *file, std::string &line) {
    line.clear();
    char part[4096];
    while (fgets(part, sizeof(part), file) && line.size() < MAX_LINE) {
        line += part;
        if (line.back() == '\n') {
            line.pop_back();
            return true;
        }
    }
    return false;
}

}  // namespace

std::unique_ptr<EvalProgram> EvalProgram::start(const std::vector<std::string> &command, std::string &error) {
    static std::atomic<int> s_number = 0;
    // A program that has ended must not end this one, when it is written to.
    signal(SIGPIPE, SIG_IGN);
    std::unique_ptr<EvalProgram> program(new EvalProgram());
    const std::string number = std::to_string(++s_number);
    for (std::string word : command) {
        for (size_t at = word.find("{}"); at != std::string::npos; at = word.find("{}", at + number.size())) {
            word.replace(at, 2, number);
        }
        program->m_command.push_back(word);
    }
    return program->launch(error) ? std::move(program) : nullptr;
}

EvalProgram::~EvalProgram() {
    end();
}

bool EvalProgram::spawn(std::string &error) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0) {
        error = std::string("no pipe to '") + path() + "': " + strerror(errno);
        return false;
    }
    if (pipe2(from, O_CLOEXEC) != 0) {
        error = std::string("no pipe from '") + path() + "': " + strerror(errno);
        close(to[0]);
        close(to[1]);
        return false;
    }
    std::vector<char *> words;
    for (std::string &word : m_command) {
        words.push_back(word.data());
    }
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDERR_FILENO);
    const int failure = posix_spawn(&m_process, words[0], &actions, nullptr, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(to[0]);
    close(from[1]);
    m_to = fdopen(to[1], "w");
    m_from = fdopen(from[0], "r");
    if (failure != 0) {
        m_process = -1;
        end();
        error = "cannot start '" + path() + "': " + strerror(failure);
        return false;
    }
    return true;
}

bool EvalProgram::launch(std::string &error) {
    if (!spawn(error)) {
        return false;
    }
    Json ready;
    if (!read_answer("eval ready ", ready, error)) {
        return false;
    }
    try {
        m_task = ready.at("task").get<std::string>();
        m_names = ready.value("names", std::vector<std::string>());
    } catch (const Json::exception &) {
        error = "'" + path() + "' does not say what it does: it is no program for `espdl eval`";
        return false;
    }
    return true;
}

// Whatever the program prints before is passed over; errors are kept, in case it ends.
bool EvalProgram::read_answer(const char *what, Json &answer, std::string &error) {
    std::string line, last_error;
    while (read_line(m_from, line)) {
        const size_t at = line.find(what);
        if (at != std::string::npos) {
            answer = Json::parse(line.begin() + static_cast<ptrdiff_t>(at + strlen(what)), line.end(), nullptr, false);
            if (answer.is_object()) {
                return true;
            }
            error = "'" + path() + "' printed a line that is no answer: " + line.substr(0, 200);
            return false;
        }
        const size_t logged = line.find("E (");
        if (logged != std::string::npos || line.find("panic'ed") != std::string::npos) {
            last_error = line.substr(logged == std::string::npos ? 0 : logged, 300);
        }
    }
    error = "'" + path() + "' " + end() + (last_error.empty() ? "" : ": " + last_error);
    return false;
}

// How it ended, in words.
std::string EvalProgram::end() {
    for (FILE **file : {&m_to, &m_from}) {
        if (*file) {
            fclose(*file);
            *file = nullptr;
        }
    }
    int status = 0;
    const bool had = m_process > 0 && waitpid(m_process, &status, 0) == m_process;
    m_process = -1;
    return !had                  ? "has not run"
           : WIFSIGNALED(status) ? "was ended by signal " + std::to_string(WTERMSIG(status))
                                 : "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

bool EvalProgram::ask(const std::string &picture, Json &record, std::string &error) {
    if (picture.find('\n') != std::string::npos) {
        error = "a line feed in a file's name";
        return false;
    }
    if (m_process < 0 && !launch(error)) {
        return false;
    }
    // What cannot be written to is seen to have ended by the answer that does not come.
    fprintf(m_to, "%s\n", picture.c_str());
    fflush(m_to);
    return read_answer("eval record ", record, error);
}

}  // namespace espdl_tool
