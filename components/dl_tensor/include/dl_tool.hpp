/**
 * @file dl_tool.hpp
 * Small tools of fbs_loader, esp-dl and apps: aligned memory of the chip, rounding by the current target's rule,
 * latency.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "dl_define.hpp"
#include "dl_rounding.hpp"
#include "esp_cpu.h"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_memory_utils.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"

extern "C" {
#if CONFIG_PIE_V1_BOOST
/** Set n elements to one value. */
void dl_tie728_memset_8b(void *ptr, const int value, const int n);
void dl_tie728_memset_16b(void *ptr, const int value, const int n);
void dl_tie728_memset_32b(void *ptr, const int value, const int n);
#endif

#if CONFIG_PIE_V2_BOOST
/** Rounding modes of ESP32-P4's vector unit. */
typedef enum {
    ROUND_MODE_FLOOR = 0,
    ROUND_MODE_CEILING = 1,
    ROUND_MODE_UP = 2,
    ROUND_MODE_DOWN = 3,
    ROUND_MODE_HALF_UP = 4,
    ROUND_MODE_HALF_DOWN = 5,
    ROUND_MODE_HALF_EVEN = 6,
    ROUND_MODE_UNNECESSARY = 7,
    MODEL_LOCATION_MAX = ROUND_MODE_UNNECESSARY,  ///< ESP-DL has given the last rounding mode this name
} round_mode_t;

/** Whether the vector unit aligns an address that is not aligned, or takes it as it is. */
typedef enum { FORCE_ALIGN, HW_MISALIGN } misalign_mode_t;

/**
 * The vector unit's configuration register, one for each thread. The rounding mode is in bits 4 to 7. A program can
 * read back what it has set, but no operation of this library reads the register: on the chip, too, each sets the mode
 * that it needs.
 */
void dl_esp32p4_cfg_round(round_mode_t round_mode);
void dl_esp32p4_cfg_misalign(misalign_mode_t store, misalign_mode_t load);
uint32_t dl_esp32p4_get_cfg();
#endif
}

/**
 * Measure the latency of a piece of an app. INIT declares a dl::tool::Latency, START and END measure with it, GET
 * returns its average, PRINT logs the average. The ARRAY forms declare n of them. The names of the variables are part
 * of the interface: published apps use them.
 */
#define DL_LOG_LATENCY_INIT_WITH_SIZE(runs) ::dl::tool::Latency latency(static_cast<uint32_t>(runs))
#define DL_LOG_LATENCY_INIT() ::dl::tool::Latency latency(1u)
#define DL_LOG_LATENCY_START() (latency).start()
#define DL_LOG_LATENCY_END() (latency).end()
#define DL_LOG_LATENCY_GET() (latency).get_average_period()
#define DL_LOG_LATENCY_PRINT(tag, what) (latency).print(tag, what)
#define DL_LOG_LATENCY_END_PRINT(tag, what) ((latency).end(), (latency).print(tag, what))

#define DL_LOG_LATENCY_ARRAY_INIT_WITH_SIZE(count, runs)                     \
    ::std::vector<::dl::tool::Latency> latencies(static_cast<size_t>(count), \
                                                 ::dl::tool::Latency(static_cast<uint32_t>(runs)))
#define DL_LOG_LATENCY_ARRAY_INIT(count) DL_LOG_LATENCY_ARRAY_INIT_WITH_SIZE(count, 1)
#define DL_LOG_LATENCY_ARRAY_START(which) (latencies)[which].start()
#define DL_LOG_LATENCY_ARRAY_END(which) (latencies)[which].end()
#define DL_LOG_LATENCY_ARRAY_PRINT(which, tag, what) (latencies)[which].print(tag, what)
#define DL_LOG_LATENCY_ARRAY_END_PRINT(which, tag, what) ((latencies)[which].end(), (latencies)[which].print(tag, what))

namespace dl {

/** Return "float", "int8", "int16", ... */
const char *dtype_to_string(dtype_t dtype);
/** Return the bytes of one element: 0 for DATA_TYPE_UNDEFINED and DATA_TYPE_STRING. */
size_t dtype_sizeof(dtype_t dtype);

namespace tool {

/**
 * Return the nearest integer by the current target's rule, limited to the range of int. NaN gives 0. T is float or
 * double.
 */
template <typename T>
int round(T value) {
    return with_rounding(
        [&](auto rounding) { return static_cast<int>(saturate_float<int32_t>(decltype(rounding)::round(value))); });
}

/** Return value / 2^shift, rounded by the current target's rule and saturated to T. A negative shift multiplies. */
template <typename T>
T shift_and_round(T value, int shift) {
    return with_rounding([&](auto rounding) {
        return saturate<T>(dl::shift_and_round<decltype(rounding)>(static_cast<int64_t>(value), shift));
    });
}

/** Set n bytes to zero. */
void set_zero(void *ptr, const int n);

/** Set len elements to one value. */
template <typename T>
void set_value(T *ptr, const T value, const int len) {
    for (int i = 0; i < len; i++) {
        ptr[i] = value;
    }
}

/** Copy n bytes. */
void copy_memory(void *dst, const void *src, const size_t n);

/** Return the kind of the chip's memory that an address lies in. */
memory_addr_type_t memory_addr_type(void *address);

/**
 * Allocate memory of the chip. It begins at a multiple of 16 bytes and is a multiple of 16 bytes long. heap_caps_free()
 * frees it. @return nullptr, with a log line, if there is none
 */
void *malloc_aligned(size_t size, uint32_t caps);
/** Allocate n elements like malloc_aligned(), and set them to zero. */
void *calloc_aligned(size_t n, size_t size, uint32_t caps);

/** Return `size`, rounded up to a multiple of `alignment`. */
size_t get_aligned_size(size_t size, int alignment = 16);

/**
 * An allocator for standard containers that takes memory from the chip's PSRAM. allocate() returns nullptr when there
 * is no memory left, because firmware has no exceptions.
 */
template <typename T>
struct PSRAMAllocator {
    using value_type = T;
    template <typename Other>
    struct rebind {
        using other = PSRAMAllocator<Other>;
    };

    PSRAMAllocator() noexcept = default;
    template <typename Other>
    constexpr PSRAMAllocator(const PSRAMAllocator<Other> &) noexcept {}

    T *allocate(size_t count) {
        size_t bytes;
        const bool too_many = __builtin_mul_overflow(count, sizeof(T), &bytes);
        return too_many ? nullptr : static_cast<T *>(malloc_aligned(bytes, MALLOC_CAP_SPIRAM));
    }
    void deallocate(T *elements, size_t) noexcept { heap_caps_free(elements); }
};

/** Two allocators are always equal: each may free what the other has allocated. */
template <class T, class U>
bool operator==(const PSRAMAllocator<T> &, const PSRAMAllocator<U> &) {
    return true;
}
template <class T, class U>
bool operator!=(const PSRAMAllocator<T> &, const PSRAMAllocator<U> &) {
    return false;
}

/** Limit an integer to the range of the output. */
template <typename T>
void truncate(int8_t &output, T input) {
    output = saturate<int8_t>(static_cast<int64_t>(input));
}
template <typename T>
void truncate(int16_t &output, T input) {
    output = saturate<int16_t>(static_cast<int64_t>(input));
}
template <typename T>
void truncate(int32_t &output, T input) {
    output = saturate<int32_t>(static_cast<int64_t>(input));
}
template <typename T>
void truncate(int64_t &output, T input) {
    output = static_cast<int64_t>(input);
}

/**
 * Fill the table of a function of an int8 value: table[q + 128] = func(q * 2^exponent).
 * @param table 256 floats
 * @return table
 */
float *gen_lut_8bit(float *table, int exponent, std::function<float(float)> func);

/**
 * Return the exponent with which 1/n is quantized to a number from 0 to max_value. The rule is the current target's.
 * @param max_value 127 or 32767
 * @return -1, with a log line, for an n below 1 or, on ESP32-P4, another max_value
 */
int calculate_exponent(int n, int max_value);

/** Print "message: [1, 224, 224, 3]". */
void print_vector(std::vector<int> &array, const char *message = nullptr);

/** Return the value of the processor's cycle counter. */
inline uint32_t get_cycle() {
    return esp_cpu_get_cycle_count();
}

/** Return "[1, 224, 224, 3]". */
std::string shape_to_string(const std::vector<int> &shape);

using dl::dtype_to_string;
inline size_t dtype_size(dtype_t dtype) {
    return dtype_sizeof(dtype);
}

/** Return the number of elements of a shape, or -1 if a dimension is negative or the product exceeds INT_MAX. */
int64_t shape_size(const std::vector<int> &shape);

/** A stopwatch. It counts microseconds, or with DL_LOG_LATENCY_UNIT processor cycles. */
class Latency {
public:
    /** @param size how many of the last measurements the average is taken over */
    Latency(const uint32_t size = 1) : m_size(size ? size : 1) {}
    /** Begin a measurement. */
    void start() { m_start = now(); }
    /** End the measurement. The average includes it. */
    void end() { add(static_cast<uint32_t>(now()) - static_cast<uint32_t>(m_start)); }
    /** Return the last measurement. */
    uint32_t get_period() const { return m_period; }
    /** Return the average of the measurements, or 0 if there is none. */
    uint32_t get_average_period() const;
    /** Forget the last measurement. */
    void clear_period() { m_period = 0; }
    /** Forget all measurements. */
    void clear();
    /** Print "latency: <average> us". */
    void print() const { print("latency"); }
    /** Print "<message>: <average> us". */
    void print(const char *message) const;
    /** Log "<key>: <average> us" with the tag prefix. */
    void print(const char *prefix, const char *key) const;

private:
#if DL_LOG_LATENCY_UNIT
    static int64_t now() {
        return get_cycle();
    }
#else
    static int64_t now() {
        return esp_timer_get_time();
    }
#endif
    void add(uint32_t period);

    uint32_t m_size;
    std::vector<uint32_t> m_queue;
    size_t m_next = 0;
    int64_t m_start = 0;
    uint32_t m_period = 0;
    bool m_is_cycles = DL_LOG_LATENCY_UNIT;
};

}  // namespace tool

/**
 * Return how many threads RUNTIME_MODE_MULTI_CORE uses: as many as the chip has cores, until set_thread_count() is
 * called.
 */
int get_thread_count();
/** Set the number of threads, 1 to 256. The next inference is the first to use it. */
void set_thread_count(int count);

/**
 * Share the units [0, units) out over the library's own threads, and wait until all are done. Each call of `body` gets
 * a range [begin, end) of its own. With SINGLE_CORE or AUTO, or fewer than 2 units, `body` is called once, in the
 * caller's thread. Several threads may call at the same time. One that finds the library's threads busy does all the
 * work itself, so that models in different threads never wait for each other.
 */
void parallel_for(runtime_mode_t mode, int units, const std::function<void(int begin, int end)> &body);

}  // namespace dl
