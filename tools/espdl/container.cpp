#include "container.hpp"

#include <mbedtls/aes.h>
#include <mbedtls/md.h>

#include <cstdlib>
#include <cstring>

namespace espdl_tool {

namespace {

void put_u32(std::vector<uint8_t> &bytes, size_t at, uint64_t value) {
    for (int i = 0; i < 4; i++) {
        bytes[at + i] = static_cast<uint8_t>(value >> (8 * i));
    }
}

void append(std::vector<uint8_t> &bytes, const void *data, size_t size) {
    const uint8_t *begin = static_cast<const uint8_t *>(data);
    bytes.insert(bytes.end(), begin, begin + size);
}

void pad16(std::vector<uint8_t> &bytes) {
    bytes.resize((bytes.size() + 15) & ~static_cast<size_t>(15));
}

}  // namespace

std::optional<AesKey> parse_key(const std::string &text) {
    AesKey key = {};
    size_t count = 0;
    std::string digits;
    auto finish = [&]() {
        // "0x0A" or "10": one number of the list.
        if (digits.empty()) {
            return true;
        }
        size_t used = 0;
        unsigned long value = 256;
        const bool hex = digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
        if (digits.size() <= 4 && digits.find_first_not_of("0123456789abcdefABCDEFxX") == std::string::npos) {
            char *end = nullptr;
            value = strtoul(digits.c_str(), &end, hex ? 16 : 10);
            used = static_cast<size_t>(end - digits.c_str());
        }
        const bool good = used == digits.size() && value < 256 && count < key.size();
        if (good) {
            key[count++] = static_cast<uint8_t>(value);
        }
        digits.clear();
        return good;
    };
    if (text.size() == 32 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
        for (size_t i = 0; i < key.size(); i++) {
            key[i] = static_cast<uint8_t>(strtoul(text.substr(2 * i, 2).c_str(), nullptr, 16));
        }
        return key;
    }
    for (char c : text) {
        if (strchr(" ,{}[]\t\r\n", c)) {
            if (!finish()) {
                return std::nullopt;
            }
        } else {
            digits += c;
        }
    }
    return finish() && count == key.size() ? std::optional(key) : std::nullopt;
}

std::vector<uint8_t> make_edl(std::span<const uint8_t> flatbuffer, int version, const AesKey *key) {
    std::vector<uint8_t> body(flatbuffer.begin(), flatbuffer.end());
    pad16(body);
    if (key) {
        uint8_t counter[16], stream[16] = {};
        for (int i = 0; i < 16; i++) {
            counter[i] = static_cast<uint8_t>(0x10 + i);
        }
        size_t used = 0;
        mbedtls_aes_context aes;
        mbedtls_aes_init(&aes);
        mbedtls_aes_setkey_enc(&aes, key->data(), 128);
        mbedtls_aes_crypt_ctr(&aes, body.size(), &used, counter, stream, body.data(), body.data());
        mbedtls_aes_free(&aes);
    }
    std::vector<uint8_t> file(version == 1 ? 12 : 16, 0);
    memcpy(file.data(), version == 1 ? "EDL1" : "EDL2", 4);
    put_u32(file, 4, key ? 1 : 0);
    put_u32(file, 8, body.size());
    append(file, body.data(), body.size());
    return file;
}

bool make_package(const std::vector<PackageModel> &models, int version, const std::string &text,
                  std::vector<uint8_t> &package, std::string &error) {
    if (models.empty()) {
        error = "a package needs at least one model";
        return false;
    }
    if (text.size() > 15) {
        error = "the version text '" + text + "' is longer than 15 characters";
        return false;
    }
    for (size_t i = 0; i < models.size(); i++) {
        for (size_t j = 0; j < i; j++) {
            if (models[i].name == models[j].name) {
                error = "two models have the name '" + models[i].name + "'";
                return false;
            }
        }
    }
    const size_t count_at = version == 3 ? 56 : 4;
    std::vector<uint8_t> bytes(count_at + 4 + 12 * models.size(), 0);
    memcpy(bytes.data(), version == 1 ? "PDL1" : version == 2 ? "PDL2" : "PDL3", 4);
    if (version == 3) {
        memcpy(bytes.data() + 4, text.data(), text.size());
    }
    put_u32(bytes, count_at, models.size());
    for (size_t i = 0; i < models.size(); i++) {
        const size_t entry = count_at + 4 + 12 * i;
        put_u32(bytes, entry + 4, bytes.size());
        put_u32(bytes, entry + 8, models[i].name.size());
        append(bytes, models[i].name.data(), models[i].name.size());
    }
    for (size_t i = 0; i < models.size(); i++) {
        if (version != 1) {
            pad16(bytes);
        }
        put_u32(bytes, count_at + 4 + 12 * i, bytes.size());
        append(bytes, models[i].file.data(), models[i].file.size());
        if (bytes.size() > 0x7fffffff) {
            error = "the package would be larger than 2 GB";
            return false;
        }
    }
    if (version == 3) {
        put_u32(bytes, 20, bytes.size());
        uint8_t hash[32];
        mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), bytes.data(), bytes.size(), hash);
        memcpy(bytes.data() + 24, hash, sizeof(hash));
    }
    package = std::move(bytes);
    return true;
}

}  // namespace espdl_tool
