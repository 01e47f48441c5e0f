#include "npy.hpp"

#include <cerrno>
#include <climits>
#include <cstring>
#include <fstream>

#include "dl_tool.hpp"
#include "file_io.hpp"

namespace espdl_tool {

namespace {

struct TypeName {
    dl::dtype_t dtype;
    const char *descr;
};

constexpr TypeName type_names[] = {
    {dl::DATA_TYPE_FLOAT, "<f4"},  {dl::DATA_TYPE_UINT8, "|u1"},  {dl::DATA_TYPE_INT8, "|i1"},
    {dl::DATA_TYPE_UINT16, "<u2"}, {dl::DATA_TYPE_INT16, "<i2"},  {dl::DATA_TYPE_INT32, "<i4"},
    {dl::DATA_TYPE_INT64, "<i8"},  {dl::DATA_TYPE_BOOL, "|b1"},   {dl::DATA_TYPE_FLOAT16, "<f2"},
    {dl::DATA_TYPE_DOUBLE, "<f8"}, {dl::DATA_TYPE_UINT32, "<u4"}, {dl::DATA_TYPE_UINT64, "<u8"},
};

/** Reads the dictionary of the header: a Python literal with the keys descr, fortran_order and shape. */
class HeaderReader {
public:
    explicit HeaderReader(std::string text) : m_text(std::move(text)) {}

    bool read(std::string &descr, bool &fortran, std::vector<int> &shape, std::string &error) {
        bool has_descr = false, has_order = false, has_shape = false;
        if (!take('{')) {
            error = "the header is no dictionary";
            return false;
        }
        while (!take('}')) {
            std::string key;
            if (!read_string(key) || !take(':')) {
                error = "the header is damaged";
                return false;
            }
            bool good = false;
            if (key == "descr" && !has_descr) {
                good = has_descr = read_string(descr);
            } else if (key == "fortran_order" && !has_order) {
                good = has_order = read_bool(fortran);
            } else if (key == "shape" && !has_shape) {
                good = has_shape = read_shape(shape);
            }
            if (!good) {
                error = "the header's '" + key.substr(0, 40) + "' cannot be used";
                return false;
            }
            if (!take(',')) {
                if (take('}')) {
                    break;
                }
                error = "the header is damaged";
                return false;
            }
        }
        skip_space();
        if (m_at != m_text.size()) {
            error = "the header is followed by other text";
            return false;
        }
        if (!has_descr || !has_order || !has_shape) {
            error = "the header lacks descr, fortran_order or shape";
            return false;
        }
        return true;
    }

private:
    void skip_space() {
        while (m_at < m_text.size() && strchr(" \t\r\n", m_text[m_at]) && m_text[m_at] != '\0') {
            m_at++;
        }
    }
    bool take(char c) {
        skip_space();
        if (m_at < m_text.size() && m_text[m_at] == c) {
            m_at++;
            return true;
        }
        return false;
    }
    bool read_string(std::string &value) {
        skip_space();
        if (m_at >= m_text.size() || (m_text[m_at] != '\'' && m_text[m_at] != '"')) {
            return false;
        }
        const size_t end = m_text.find(m_text[m_at], m_at + 1);
        if (end == std::string::npos) {
            return false;
        }
        value = m_text.substr(m_at + 1, end - m_at - 1);
        m_at = end + 1;
        return true;
    }
    bool read_bool(bool &value) {
        skip_space();
        for (bool candidate : {false, true}) {
            const char *word = candidate ? "True" : "False";
            if (m_text.compare(m_at, strlen(word), word) == 0) {
                m_at += strlen(word);
                value = candidate;
                return true;
            }
        }
        return false;
    }
    bool read_shape(std::vector<int> &shape) {
        if (!take('(')) {
            return false;
        }
        while (!take(')')) {
            skip_space();
            int64_t dim = 0;
            const size_t begin = m_at;
            while (m_at < m_text.size() && m_text[m_at] >= '0' && m_text[m_at] <= '9') {
                dim = dim * 10 + (m_text[m_at++] - '0');
                if (dim > INT_MAX) {
                    return false;
                }
            }
            if (m_at == begin || shape.size() >= 32) {
                return false;
            }
            shape.push_back(static_cast<int>(dim));
            if (!take(',')) {
                return take(')');
            }
        }
        return true;
    }

    std::string m_text;
    size_t m_at = 0;
};

}  // namespace

std::string npy_header(dl::dtype_t dtype, const std::vector<int> &shape) {
    const char *descr = nullptr;
    for (const TypeName &name : type_names) {
        if (name.dtype == dtype) {
            descr = name.descr;
        }
    }
    if (!descr) {
        return "";
    }
    std::string dict = std::string("{'descr': '") + descr + "', 'fortran_order': False, 'shape': (";
    for (size_t i = 0; i < shape.size(); i++) {
        dict += (i ? ", " : "") + std::to_string(shape[i]);
    }
    dict += shape.size() == 1 ? ",), }" : "), }";
    constexpr size_t preamble = 10;
    dict.append(63 - (preamble + dict.size()) % 64, ' ');
    dict += '\n';
    std::string header("\x93NUMPY\x01\x00", 8);
    header += static_cast<char>(dict.size() & 0xff);
    header += static_cast<char>(dict.size() >> 8);
    return header + dict;
}

bool parse_npy(std::span<const uint8_t> file, NpyArray &array, std::string &error) {
    if (file.size() < 10 || memcmp(file.data(), "\x93NUMPY", 6) != 0) {
        error = "it is no .npy file";
        return false;
    }
    const int version = file[6];
    size_t begin = 10;
    size_t length = file[8] | static_cast<size_t>(file[9]) << 8;
    if (version == 2 || version == 3) {
        if (file.size() < 12) {
            error = "it ends inside the header";
            return false;
        }
        length |= static_cast<size_t>(file[10]) << 16 | static_cast<size_t>(file[11]) << 24;
        begin = 12;
    } else if (version != 1) {
        error = "version " + std::to_string(version) + " of the format is unknown";
        return false;
    }
    if (length > file.size() - begin) {
        error = "it ends inside the header";
        return false;
    }
    std::string descr;
    bool fortran = false;
    NpyArray found;
    HeaderReader reader(std::string(reinterpret_cast<const char *>(file.data()) + begin, length));
    if (!reader.read(descr, fortran, found.shape, error)) {
        return false;
    }
    for (const TypeName &name : type_names) {
        // One-byte types have no byte order; NumPy writes '|', but '<' and '=' mean the same.
        if (descr == name.descr || (name.descr[0] == '|' && descr == std::string("<") + (name.descr + 1))) {
            found.dtype = name.dtype;
        }
    }
    if (found.dtype == dl::DATA_TYPE_UNDEFINED) {
        error = "type '" + descr.substr(0, 40) + "' is not supported";
        return false;
    }
    if (fortran) {
        error = "the array is in Fortran order, needed C order";
        return false;
    }
    const int64_t count = dl::tool::shape_size(found.shape);
    const size_t given = file.size() - begin - length;
    if (count < 0 || static_cast<uint64_t>(count) * dl::tool::dtype_size(found.dtype) != given) {
        error = "shape " + dl::tool::shape_to_string(found.shape) + " of '" + descr + "' does not fit the " +
                std::to_string(given) + " bytes of data";
        return false;
    }
    const uint8_t *data = file.data() + begin + length;
    found.data.assign(data, data + given);
    array = std::move(found);
    return true;
}

bool read_npy(const std::string &path, NpyArray &array, std::string &error) {
    std::vector<uint8_t> bytes;
    if (!read_file(path, bytes, error)) {
        return false;
    }
    if (!parse_npy(bytes, array, error)) {
        error = "'" + path + "': " + error;
        return false;
    }
    return true;
}

bool write_npy(const std::string &path, dl::dtype_t dtype, const std::vector<int> &shape, const void *data,
               std::string &error) {
    const std::string header = npy_header(dtype, shape);
    const int64_t count = dl::tool::shape_size(shape);
    if (header.empty() || count < 0) {
        error = "'" + path + "': an array of this type or shape cannot be written";
        return false;
    }
    return write_file(
        path, {{header.data(), header.size()}, {data, static_cast<size_t>(count) * dl::tool::dtype_size(dtype)}},
        error);
}

}  // namespace espdl_tool
