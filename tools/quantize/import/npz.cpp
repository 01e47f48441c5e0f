#include "import/npz.hpp"

#include <zip.h>

#include <algorithm>
#include <cstdint>

namespace quantize {

namespace {

constexpr char ENDING[] = ".npy";
constexpr size_t ENDING_LENGTH = sizeof(ENDING) - 1;
/** A calibration set has to fit into memory; what an archive says of itself is no reason to take more. */
constexpr zip_uint64_t SIZE_LIMIT = static_cast<zip_uint64_t>(1) << 33;

/** All bytes of an entry. @return false: there are fewer than it says, or they are damaged */
bool read_entry(zip *archive, const std::string &entry, std::vector<uint8_t> &bytes, std::string &error) {
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t *)> file(zip_fopen(archive, entry.c_str(), 0), zip_fclose);
    if (!file) {
        error = zip_strerror(archive);
        return false;
    }
    // Piece by piece: the size in the directory takes no memory before as many bytes have been unpacked.
    constexpr size_t PIECE = 1 << 20;
    bytes.clear();
    for (;;) {
        const size_t have = bytes.size();
        bytes.resize(have + PIECE);
        const zip_int64_t got = zip_fread(file.get(), bytes.data() + have, PIECE);
        bytes.resize(have + (got > 0 ? static_cast<size_t>(got) : 0));
        if (got < 0) {
            error = zip_file_strerror(file.get());
            return false;
        }
        if (got == 0) {
            return true;
        }
        if (bytes.size() > SIZE_LIMIT) {
            error = "it is larger than 8 GB";
            return false;
        }
    }
}

}  // namespace

std::unique_ptr<NpzFile> NpzFile::open(const std::string &path, std::string &error) {
    int code = 0;
    std::unique_ptr<NpzFile> file(new NpzFile);
    file->m_path = path;
    file->m_archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
    if (!file->m_archive) {
        zip_error_t reason;
        zip_error_init_with_code(&reason, code);
        error = "'" + path + "' cannot be read as .npz file: " + zip_error_strerror(&reason);
        zip_error_fini(&reason);
        return nullptr;
    }
    const zip_int64_t count = zip_get_num_entries(file->m_archive, 0);
    for (zip_int64_t i = 0; i < count; i++) {
        const char *entry = zip_get_name(file->m_archive, static_cast<zip_uint64_t>(i), 0);
        const std::string name = entry ? entry : "";
        if (name.size() > ENDING_LENGTH && name.ends_with(ENDING)) {
            file->m_names.push_back(name.substr(0, name.size() - ENDING_LENGTH));
        }
    }
    return file;
}

NpzFile::~NpzFile() {
    if (m_archive) {
        zip_discard(m_archive);
    }
}

bool NpzFile::read(const std::string &name, espdl_tool::NpyArray &array, std::string &error) const {
    std::vector<uint8_t> bytes;
    std::string reason;
    if (!read_entry(m_archive, name + ENDING, bytes, reason) || !espdl_tool::parse_npy(bytes, array, reason)) {
        error = "'" + m_path + "', array '" + name + "': " + reason;
        return false;
    }
    return true;
}

}  // namespace quantize
