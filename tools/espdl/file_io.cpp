#include "file_io.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace espdl_tool {

bool read_file(const std::string &path, std::vector<uint8_t> &bytes, std::string &error) {
    return read_file(
        path,
        [&](size_t size) {
            bytes.resize(size);
            return bytes.data();
        },
        error);
}

bool read_file(const std::string &path, const std::function<uint8_t *(size_t)> &make_room, std::string &error) {
    std::error_code code;
    if (!std::filesystem::is_regular_file(path, code)) {
        error = "cannot read '" + path +
                "': " + (std::filesystem::exists(path, code) ? "it is no file" : "there is no such file");
        return false;
    }
    FILE *file = fopen(path.c_str(), "rb");
    if (!file) {
        error = "cannot read '" + path + "': " + strerror(errno);
        return false;
    }
    const uintmax_t size = std::filesystem::file_size(path, code);
    const size_t wanted = code ? 0 : static_cast<size_t>(size);
    uint8_t *bytes = make_room(wanted);
    if (!bytes && wanted > 0) {
        fclose(file);
        return false;
    }
    const size_t got = wanted > 0 ? fread(bytes, 1, wanted, file) : 0;
    fclose(file);
    if (code || got != wanted) {
        error = "cannot read '" + path + "': " + (code ? code.message() : std::string(strerror(errno)));
        return false;
    }
    return true;
}

bool write_file(const std::string &path, const std::vector<std::pair<const void *, size_t>> &parts,
                std::string &error) {
    // Made under another name, so that it is there completely or not at all, however this process ends. A pipe or a
    // device is written as it is, and a link stays one.
    std::error_code code;
    const std::filesystem::path target = std::filesystem::weakly_canonical(path, code);
    const bool in_place = code || (std::filesystem::exists(target, code) && !is_regular_file(target, code));
    const std::string name = in_place ? path : target.string() + ".new";
    FILE *file = fopen(name.c_str(), "wb");
    if (!file) {
        error = "cannot write '" + path + "': " + strerror(errno);
        return false;
    }
    bool good = true;
    for (const auto &[data, size] : parts) {
        good = good && (size == 0 || fwrite(data, 1, size, file) == size);
    }
    const int reason = errno;
    const bool closed = fclose(file) == 0;
    if (!closed || !good || (!in_place && rename(name.c_str(), target.c_str()) != 0)) {
        error = "cannot write '" + path + "': " + strerror(good ? errno : reason);
        if (!in_place) {
            remove(name.c_str());
        }
        return false;
    }
    return true;
}

std::string file_name_of(const std::string &tensor_name) {
    std::string name = tensor_name.empty() ? "_" : tensor_name;
    for (char &c : name) {
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
                           c == '_' || c == '-';
        if (!plain) {
            c = '_';
        }
    }
    return name;
}

}  // namespace espdl_tool
