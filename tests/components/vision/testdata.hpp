/**
 * @file testdata.hpp
 * Reference data: .npy arrays, case files, digests.
 */
#pragma once

#include <mbedtls/md.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dl_tensor_base.hpp"

namespace testdata {

/** The folder of reference data, or "" if there is none. */
inline std::string root() {
    const char *path = std::getenv("DESKBOARD_TESTDATA");
    return path && *path && std::filesystem::exists(std::string(path) + "/golden") ? path : "";
}

#define SKIP_WITHOUT_TESTDATA()                                                                      \
    if (testdata::root().empty()) {                                                                  \
        GTEST_SKIP() << "DESKBOARD_TESTDATA names no folder of reference data: nothing is compared"; \
    }

inline std::vector<uint8_t> read(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline nlohmann::json read_json(const std::string &path) {
    const std::vector<uint8_t> text = read(path);
    return nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
}

struct Npy {
    std::vector<int> shape;
    dl::dtype_t dtype = dl::DATA_TYPE_UNDEFINED;
    std::vector<uint8_t> data;
};

/** An array that numpy.save() wrote in C order; shape {} and no data if it is not there. */
inline Npy read_npy(const std::string &path) {
    Npy npy;
    const std::vector<uint8_t> file = read(path);
    if (file.size() < 10 || std::memcmp(file.data(), "\x93NUMPY\x01", 7) != 0) {
        return npy;
    }
    const size_t length = file[8] | file[9] << 8;
    const std::string header(file.begin() + 10, file.begin() + 10 + length);
    const struct {
        const char *name;
        dl::dtype_t dtype;
    } TYPES[] = {{"'|i1'", dl::DATA_TYPE_INT8},
                 {"'|u1'", dl::DATA_TYPE_UINT8},
                 {"'|b1'", dl::DATA_TYPE_UINT8},
                 {"'<i2'", dl::DATA_TYPE_INT16},
                 {"'<f4'", dl::DATA_TYPE_FLOAT}};
    for (const auto &type : TYPES) {
        if (header.find(type.name) != std::string::npos) {
            npy.dtype = type.dtype;
        }
    }
    const size_t open = header.find('(', header.find("'shape'"));
    const char *p = header.c_str() + open + 1;
    while (*p != ')') {
        char *end;
        const long n = std::strtol(p, &end, 10);
        if (end == p) {
            p++;
            continue;
        }
        npy.shape.push_back((int)n);
        p = end;
    }
    npy.data.assign(file.begin() + 10 + length, file.end());
    return npy;
}

inline std::string sha256(const void *data, size_t size) {
    unsigned char digest[32];
    mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), (const unsigned char *)data, size, digest);
    std::string hex;
    for (unsigned char byte : digest) {
        char two[3];
        std::snprintf(two, sizeof(two), "%02x", byte);
        hex += two;
    }
    return hex;
}

/** One folder below golden/<target>/<model>/ that shows a picture. */
struct Case {
    std::string target;
    std::string model;
    std::string dir;
    nlohmann::json json;  ///< case.json or chip.json
    bool chip;            ///< chip.json
};

inline std::vector<Case> cases(bool chip) {
    std::vector<Case> found;
    if (root().empty()) {
        return found;
    }
    for (const char *target : {"esp32p4", "esp32s3"}) {
        for (const auto &entry : std::filesystem::recursive_directory_iterator(root() + "/golden/" + target)) {
            if (entry.path().filename() != (chip ? "chip.json" : "case.json")) {
                continue;
            }
            Case c;
            c.target = target;
            c.dir = entry.path().parent_path();
            c.model = entry.path().parent_path().parent_path().filename();
            c.json = read_json(entry.path());
            c.chip = chip;
            if (c.json.contains("image")) {
                found.push_back(c);
            }
        }
    }
    std::sort(found.begin(), found.end(), [](const Case &a, const Case &b) { return a.dir < b.dir; });
    return found;
}

/** The picture of a case. Two pictures of different sizes go by the name cat.jpg. */
inline std::string image_path(const Case &c) {
    std::string name = c.json["image"];
    if (name == "cat.jpg" && c.json["image_wh"][0] == 640) {
        name = "cats.jpg";
    }
    return root() + "/images/" + name;
}

/** Tensor of a case's input or output. */
inline std::unique_ptr<dl::TensorBase> make_tensor(const nlohmann::json &info, const void *data = nullptr) {
    const std::string dtype = info["dtype"];
    return std::make_unique<dl::TensorBase>(info["shape"].get<std::vector<int>>(), data, info["exponent"].get<int>(),
                                            dtype == "int8" ? dl::DATA_TYPE_INT8 : dl::DATA_TYPE_INT16);
}

}  // namespace testdata
