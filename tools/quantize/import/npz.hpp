/**
 * @file npz.hpp
 * NumPy's .npz files: ZIP archives of .npy files.
 */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "npy.hpp"

struct zip;

namespace quantize {

class NpzFile {
public:
    /** @return nullptr and the reason */
    static std::unique_ptr<NpzFile> open(const std::string &path, std::string &error);
    ~NpzFile();
    NpzFile(const NpzFile &) = delete;
    NpzFile &operator=(const NpzFile &) = delete;

    /** Names of the arrays, without ".npy", in the file's order. */
    const std::vector<std::string> &names() const { return m_names; }
    /** @param name one of names() @return false and the reason */
    bool read(const std::string &name, espdl_tool::NpyArray &array, std::string &error) const;

private:
    NpzFile() = default;

    std::string m_path;
    zip *m_archive = nullptr;
    std::vector<std::string> m_names;
};

}  // namespace quantize
