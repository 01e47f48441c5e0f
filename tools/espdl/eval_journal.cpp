#include "eval_journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>

#include "esp_rom_crc.h"
#include "file_io.hpp"

namespace espdl_tool {

namespace {

using Json = nlohmann::ordered_json;

uint32_t checksum(const char *text, size_t size) {
    return esp_rom_crc32_le(0, reinterpret_cast<const uint8_t *>(text), static_cast<uint32_t>(size));
}

/** "89abcdef {...}" */
bool parse_line(const char *line, size_t size, Json &json) {
    uint32_t expected = 0;
    if (size < 10 || line[8] != ' ') {
        return false;
    }
    const auto [end, code] = std::from_chars(line, line + 8, expected, 16);
    if (code != std::errc() || end != line + 8 || checksum(line + 9, size - 9) != expected) {
        return false;
    }
    json = Json::parse(line + 9, line + size, nullptr, false);
    return json.is_object();
}

std::string reason(const std::string &path) {
    return "'" + path + "': " + strerror(errno);
}

/** What differs between two headers. */
std::string difference(const Json &mine, const Json &theirs) {
    for (const auto &[key, value] : mine.items()) {
        if (!theirs.contains(key) || theirs[key] != value) {
            return key;
        }
    }
    return "format";
}

}  // namespace

bool parse_shard(const std::string &text, Shard &shard) {
    const char *begin = text.data(), *end = begin + text.size();
    const auto [slash, first] = std::from_chars(begin, end, shard.index);
    if (first != std::errc() || slash == end || *slash != '/') {
        return false;
    }
    const auto [stop, second] = std::from_chars(slash + 1, end, shard.count);
    return second == std::errc() && stop == end && shard.index >= 1 && shard.count >= shard.index;
}

std::string journal_path(const std::string &folder, const Shard &shard) {
    return (std::filesystem::path(folder) /
            ("shard-" + std::to_string(shard.index) + "-of-" + std::to_string(shard.count) + ".journal"))
        .string();
}

bool read_journal(const std::string &path, JournalContent &content, std::string &error) {
    std::error_code code;
    std::vector<uint8_t> bytes;
    if (!std::filesystem::exists(path, code) || std::filesystem::file_size(path, code) == 0) {
        return true;
    }
    if (!read_file(path, bytes, error)) {
        return false;
    }
    const char *at = reinterpret_cast<const char *>(bytes.data()), *end = at + bytes.size();
    std::map<size_t, size_t> places;  // of a picture in content.records
    while (at < end) {
        const char *line_end = static_cast<const char *>(memchr(at, '\n', static_cast<size_t>(end - at)));
        const size_t size = static_cast<size_t>((line_end ? line_end : end) - at);
        Json json;
        EvalRecord record;
        const bool valid = line_end && parse_line(at, size, json);
        if (valid && json.contains("espdl_eval") && content.header.is_null()) {
            content.header = json;
        } else if (valid && !content.header.is_null() && parse_record(json, record)) {
            const auto [place, is_new] = places.emplace(record.item, content.records.size());
            if (is_new) {
                content.records.push_back(std::move(record));
            } else if (!content.records[place->second].error.empty()) {
                content.records[place->second] = std::move(record);  // a broken picture was tried again
            }
        } else if (size > 0) {
            content.damaged++;
        }
        at += size + 1;
    }
    return true;
}

Journal::~Journal() {
    if (m_file >= 0) {
        close(m_file);
    }
}

bool Journal::open(const std::string &path, const Json &header, std::vector<EvalRecord> &records, std::string &error) {
    m_path = path;
    m_file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (m_file < 0) {
        error = reason(path);
        return false;
    }
    if (flock(m_file, LOCK_EX | LOCK_NB) != 0) {
        error = errno == EWOULDBLOCK ? "'" + path + "' is in use: another evaluation is writing to it" : reason(path);
        return false;
    }
    JournalContent content;
    if (!read_journal(path, content, error)) {
        return false;
    }
    const off_t size = lseek(m_file, 0, SEEK_END);
    char last = '\n';
    if (size > 0 && pread(m_file, &last, 1, size - 1) == 1 && last != '\n' && ::write(m_file, "\n", 1) != 1) {
        error = reason(path);  // the line that was cut off ends here
        return false;
    }
    if (content.header.is_null()) {
        if (size > 0 && content.damaged == 0) {
            error = "'" + path + "' is no journal of an evaluation";
            return false;
        }
        return write_line(header, error);
    }
    if (content.header != header) {
        error = "'" + path + "' belongs to another evaluation (" + difference(header, content.header) +
                " differs): give another folder, or remove it";
        return false;
    }
    records = std::move(content.records);
    return true;
}

bool Journal::write_line(const Json &json, std::string &error) {
    const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    char sum[16];
    snprintf(sum, sizeof(sum), "%08x ", static_cast<unsigned>(checksum(text.data(), text.size())));
    const std::string line = sum + text + "\n";
    const std::lock_guard<std::mutex> lock(m_mutex);
    for (size_t done = 0; done < line.size();) {
        const ssize_t written = ::write(m_file, line.data() + done, line.size() - done);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            error = reason(m_path);
            return false;
        }
        done += static_cast<size_t>(written);
    }
    return true;
}

bool Journal::append(const EvalRecord &record, std::string &error) {
    return m_file < 0 || write_line(record_json(record), error);
}

bool Journal::sync(std::string &error) {
    if (m_file >= 0 && fdatasync(m_file) != 0) {
        error = reason(m_path);
        return false;
    }
    return true;
}

}  // namespace espdl_tool
