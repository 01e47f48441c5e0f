/**
 * @file fbs_source.hpp
 * The places that a container is read from: memory (flash, or a buffer) or a file.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "fbs_model.hpp"

namespace fbs {

/** A place that can be read, and perhaps mapped. Its size may be unknown. */
class Source {
public:
    /** The size of memory whose end is not known: the largest possible FlatBuffer. */
    static constexpr size_t UNKNOWN_SIZE = 0x7fffffff;

    virtual ~Source() = default;

    /** Copy bytes to a buffer. @return false, with a log line, if the source does not have them */
    virtual bool read(size_t offset, void *buffer, size_t size) = 0;
    /** Return the address of the bytes in memory, or nullptr if they must be read. */
    virtual const uint8_t *map(size_t offset) const = 0;
    /** Return an object that must exist as long as a mapped address is used; nullptr if there is none. */
    virtual std::shared_ptr<void> owner() const { return nullptr; }

    size_t size() const { return m_size; }
    /** Is the size that of the model or package? Then the size in its header must agree. */
    bool is_exact() const { return m_exact; }
    /** Return the place's name for messages: "partition 'model'", "file '/sdcard/a.espdl'". */
    const std::string &description() const { return m_description; }
    /** Return the file's name without folders, or the partition's label, or "". */
    const std::string &name() const { return m_name; }

protected:
    size_t m_size = 0;
    bool m_exact = false;
    std::string m_description;
    std::string m_name;
};

/** Open a source. @return nullptr, with a log line, if there is no such place */
std::unique_ptr<Source> open_memory(const void *data, size_t size, bool exact);
std::unique_ptr<Source> open_partition(const char *label);
std::unique_ptr<Source> open_file(const char *path);

}  // namespace fbs
