#include "quantizer_process.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "program.hpp"

namespace quantize_test {

namespace {

bool send_all(int to, const void *data, size_t size) {
    const char *at = static_cast<const char *>(data);
    while (size > 0) {
        const ssize_t sent = send(to, at, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        at += sent;
        size -= static_cast<size_t>(sent);
    }
    return true;
}

bool receive_all(int from, void *data, size_t size) {
    char *at = static_cast<char *>(data);
    while (size > 0) {
        const ssize_t received = read(from, at, size);
        if (received <= 0) {
            return false;
        }
        at += received;
        size -= static_cast<size_t>(received);
    }
    return true;
}

[[noreturn]] void run_words(std::vector<std::string> &words, const std::string &out, const std::string &error) {
    std::vector<char *> arguments;
    for (std::string &word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    if (!freopen(out.c_str(), "w", stdout) || !freopen(error.c_str(), "w", stderr)) {
        _exit(127);
    }
    const int code = quantize::run_program(static_cast<int>(words.size()), arguments.data());
    fflush(nullptr);
    _exit(code);
}

/** Words end with a zero byte, and follow the number of all their bytes. */
[[noreturn]] void serve(int socket) {
    uint32_t size = 0;
    while (receive_all(socket, &size, sizeof(size))) {
        std::string text(size, '\0');
        if (!receive_all(socket, text.data(), size)) {
            break;
        }
        std::vector<std::string> words;
        for (size_t begin = 0, end; (end = text.find('\0', begin)) != std::string::npos; begin = end + 1) {
            words.push_back(text.substr(begin, end - begin));
        }
        const std::string out = words[0], error = words[1];
        words.erase(words.begin(), words.begin() + 2);
        const pid_t child = fork();
        if (child == 0) {
            close(socket);
            run_words(words, out, error);
        }
        int status = -1;
        if (child > 0) {
            waitpid(child, &status, 0);
        }
        send_all(socket, &status, sizeof(status));
    }
    _exit(0);
}

class QuantizerProcess : public testing::Environment {
public:
    void SetUp() override {
        int ends[2];
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        fflush(nullptr);
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            close(ends[0]);
            serve(ends[1]);
        }
        close(ends[1]);
        m_socket = ends[0];
    }
    int run(const std::string &text) const {
        const uint32_t size = static_cast<uint32_t>(text.size());
        int status = -1;
        const bool done = send_all(m_socket, &size, sizeof(size)) && send_all(m_socket, text.data(), size) &&
                          receive_all(m_socket, &status, sizeof(status));
        return done ? status : -1;
    }

private:
    int m_socket = -1;
};

QuantizerProcess *const process =
    static_cast<QuantizerProcess *>(testing::AddGlobalTestEnvironment(new QuantizerProcess));

}  // namespace

int run_quantizer(const std::vector<std::string> &words, const std::string &out, const std::string &error) {
    std::string text;
    for (const auto *word : {&out, &error}) {
        text += *word + '\0';
    }
    text += std::string("espdl") + '\0';
    for (const std::string &word : words) {
        text += word + '\0';
    }
    return process->run(text);
}

}  // namespace quantize_test
