/**
 * @file dl_tool.hpp
 * Small tools shared by fbs_loader and esp-dl: aligned memory of the chip, rounding by the current target, latency.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dl_define.hpp"
#include "dl_rounding.hpp"
#include "esp_heap_caps.h"

namespace dl {
namespace tool {

/** Round x to the nearest integer by the current target's rule. */
int round(float x);

/** Memory of the chip: `number` elements of `size` bytes, aligned; nullptr with a log line where there is none. Free
 * with heap_caps_free(). */
void *malloc_aligned(size_t number, size_t size, int align = 16, uint32_t caps = MALLOC_CAP_DEFAULT);
/** malloc_aligned(), zeroed. */
void *calloc_aligned(size_t number, size_t size, int align = 16, uint32_t caps = MALLOC_CAP_DEFAULT);

/** Copy by bytes. */
void copy_memory(void *dst, const void *src, size_t n);

/** "[1, 224, 224, 3]". */
std::string shape_to_string(const std::vector<int> &shape);
/** The same under the name ESP-DL uses. */
std::string vector_to_string(const std::vector<int> &shape);

/** "float", "int8", "int16", ... */
const char *dtype_to_string(dtype_t dtype);
/** Bytes of one element, 0 for DATA_TYPE_UNDEFINED and DATA_TYPE_STRING. */
size_t dtype_size(dtype_t dtype);

/**
 * Number of elements of a shape. @return -1 if a dimension is negative or the product exceeds INT_MAX.
 */
int64_t shape_size(const std::vector<int> &shape);

/** 32-bit or 64-bit value to bytes in a log. */
class Latency {
public:
    /** Average over the last `size` measurements; 1: the last one. */
    explicit Latency(const uint16_t size = 1) : m_size(size ? size : 1) {}
    /** Begin a measurement. */
    void start();
    /** End it and take it into the average. */
    void end();
    /** Microseconds of the last measurement. */
    uint32_t get_period() const { return m_period; }
    /** Average microseconds. */
    uint32_t get_average_period() const;
    /** Forget all measurements. */
    void clear();
    /** Log the average in microseconds. */
    void print(const char *message = nullptr) const;
    void print(const char *prefix, const char *key) const;

private:
    uint16_t m_size;
    std::vector<uint32_t> m_queue;
    size_t m_next = 0;
    int64_t m_start = 0;
    uint32_t m_period = 0;
};

}  // namespace tool

/** How many threads RUNTIME_MODE_MULTI_CORE uses. Firmware: the chip's cores; tools: --threads. */
int get_thread_count();
/** 1 to 256. Takes effect from the next inference on. */
void set_thread_count(int count);

/**
 * Split the range [0, units) over the library's own threads and wait. Body is called with disjoint [begin, end).
 * SINGLE_CORE and AUTO, or units < 2: called once, in the caller's thread. Several callers may be inside at once:
 * whoever finds the pool busy works alone, so that models in different threads never wait for each other.
 */
void parallel_for(runtime_mode_t mode, int units, const std::function<void(int begin, int end)> &body);

}  // namespace dl
