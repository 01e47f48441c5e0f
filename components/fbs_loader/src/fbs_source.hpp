/**
 * @file fbs_source.hpp
 * Where the bytes of a container come from: memory (flash, or a buffer) or a file.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "fbs_model.hpp"

namespace fbs {

/** A place of known or unknown size that can be read, and perhaps looked at without reading. */
class Source {
public:
    /** For an address whose end nobody knows: what a FlatBuffer can be at most. */
    static constexpr size_t UNKNOWN_SIZE = 0x7fffffff;

    virtual ~Source() = default;

    /** Copy bytes. @return false, with a log line, if they are not there */
    virtual bool read(size_t offset, void *buffer, size_t size) = 0;
    /** Address of the bytes in flash, nullptr where they must be read. */
    virtual const uint8_t *map(size_t offset) const = 0;
    /** What must live as long as a mapped address is used; nullptr: nothing. */
    virtual std::shared_ptr<void> owner() const { return nullptr; }

    size_t size() const { return m_size; }
    /** The size is that of the model or package, so that its own idea of it must agree. */
    bool is_exact() const { return m_exact; }
    /** How messages call the place: "partition 'model'", "file '/sdcard/a.espdl'". */
    const std::string &description() const { return m_description; }
    /** File name without folders, partition label, or "". */
    const std::string &name() const { return m_name; }

protected:
    size_t m_size = 0;
    bool m_exact = false;
    std::string m_description;
    std::string m_name;
};

/** Each gives nullptr, with a log line, if there is no such place. */
std::unique_ptr<Source> open_memory(const void *data, size_t size, bool exact);
std::unique_ptr<Source> open_partition(const char *label);
std::unique_ptr<Source> open_file(const char *path);

}  // namespace fbs
