/**
 * @file loader_test.hpp
 * What the tests of fbs_loader share: aligned copies of files, and the log.
 */
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "esp_log.h"
#include "espdl_builder.hpp"
#include "fbs_loader.hpp"

namespace espdl_test {

/** Keeps what is logged while it lives. */
class LogRecorder {
public:
    LogRecorder() {
        text().clear();
        m_before = esp_log_set_vprintf(&record);
    }
    ~LogRecorder() { esp_log_set_vprintf(m_before); }
    static std::string &text() {
        static std::string recorded;
        return recorded;
    }

private:
    static int record(const char *format, va_list arguments) {
        char line[2048];
        const int length = vsnprintf(line, sizeof(line), format, arguments);
        text() += line;
        return length;
    }
    vprintf_like_t m_before;
};

/** A copy of a file that starts 16-byte aligned (plus `shift`) and ends where the file ends, so that reading past it is
 * found. */
class Image {
public:
    explicit Image(const std::vector<uint8_t> &bytes, size_t shift = 0) : m_size(bytes.size()) {
        void *memory = nullptr;
        if (posix_memalign(&memory, 16, bytes.size() + shift + 1) == 0) {
            m_memory.reset(static_cast<uint8_t *>(memory));
            m_data = m_memory.get() + shift;
            if (!bytes.empty()) {
                memcpy(m_data, bytes.data(), bytes.size());
            }
        }
    }
    const uint8_t *data() const { return m_data; }
    size_t size() const { return m_size; }

private:
    struct Free {
        void operator()(uint8_t *p) const { free(p); }
    };
    std::unique_ptr<uint8_t, Free> m_memory;
    uint8_t *m_data = nullptr;
    size_t m_size;
};

/** A model and the memory it is read from. */
struct Loaded {
    explicit Loaded(const ModelSpec &spec) : image(build_edl2(spec)) {
        fbs::FbsLoader loader(image.data(), image.size());
        model.reset(loader.load());
    }
    Image image;
    std::unique_ptr<fbs::FbsModel> model;
};

}  // namespace espdl_test
