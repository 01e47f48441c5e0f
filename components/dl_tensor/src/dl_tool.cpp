#include "dl_tool.hpp"

#include <climits>
#include <cstring>

#include "esp_log.h"
#include "esp_timer.h"

static const char *TAG = "dl_tool";

namespace dl {

float exp2_int(int exponent) {
    return std::ldexp(1.0f, exponent);
}

namespace tool {

int round(float x) {
    return with_rounding([&](auto rounding) { return (int)saturate_float<int32_t>(decltype(rounding)::round(x)); });
}

void *malloc_aligned(size_t number, size_t size, int align, uint32_t caps) {
    size_t bytes;
    if (__builtin_mul_overflow(number, size, &bytes) || bytes > (size_t)INT_MAX) {
        ESP_LOGE(TAG, "cannot allocate %zu elements of %zu bytes: the product is too large", number, size);
        return nullptr;
    }
    // Whole 16-byte vectors, so that a vector load of the last elements stays inside the block.
    const size_t padded = (bytes + 15) & ~(size_t)15;
    void *block = heap_caps_aligned_alloc(align, padded ? padded : 16, caps);
    if (!block) {
        ESP_LOGE(TAG,
                 "cannot allocate %zu bytes (caps 0x%x, alignment %d): %zu bytes free, largest free block %zu bytes",
                 padded, (unsigned)caps, align, (size_t)heap_caps_get_free_size(caps),
                 (size_t)heap_caps_get_largest_free_block(caps));
    }
    return block;
}

void *calloc_aligned(size_t number, size_t size, int align, uint32_t caps) {
    void *block = malloc_aligned(number, size, align, caps);
    if (block) {
        memset(block, 0, number * size);
    }
    return block;
}

void copy_memory(void *dst, const void *src, size_t n) {
    memcpy(dst, src, n);
}

std::string shape_to_string(const std::vector<int> &shape) {
    std::string text = "[";
    for (size_t i = 0; i < shape.size(); i++) {
        text += (i ? ", " : "") + std::to_string(shape[i]);
    }
    return text + "]";
}

std::string vector_to_string(const std::vector<int> &shape) {
    return shape_to_string(shape);
}

const char *dtype_to_string(dtype_t dtype) {
    static const char *const s_names[] = {"undefined", "float",  "uint8", "int8",    "uint16", "int16",  "int32",
                                          "int64",     "string", "bool",  "float16", "double", "uint32", "uint64"};
    return dtype >= DATA_TYPE_UNDEFINED && dtype < DATA_TYPE_MAX ? s_names[dtype] : "unknown";
}

size_t dtype_size(dtype_t dtype) {
    switch (dtype) {
        case DATA_TYPE_UINT8:
        case DATA_TYPE_INT8:
        case DATA_TYPE_BOOL:
            return 1;
        case DATA_TYPE_UINT16:
        case DATA_TYPE_INT16:
        case DATA_TYPE_FLOAT16:
            return 2;
        case DATA_TYPE_FLOAT:
        case DATA_TYPE_INT32:
        case DATA_TYPE_UINT32:
            return 4;
        case DATA_TYPE_INT64:
        case DATA_TYPE_DOUBLE:
        case DATA_TYPE_UINT64:
            return 8;
        default:
            return 0;
    }
}

int64_t shape_size(const std::vector<int> &shape) {
    int64_t size = 1;
    for (int dim : shape) {
        if (dim < 0) {
            return -1;
        }
        size *= dim;
        if (size > INT_MAX) {
            return -1;
        }
    }
    return size;
}

void Latency::start() {
    m_start = esp_timer_get_time();
}

void Latency::end() {
    m_period = (uint32_t)(esp_timer_get_time() - m_start);
    if (m_queue.size() < m_size) {
        m_queue.push_back(m_period);
    } else {
        m_queue[m_next] = m_period;
        m_next = (m_next + 1) % m_size;
    }
}

uint32_t Latency::get_average_period() const {
    uint64_t sum = 0;
    for (uint32_t period : m_queue) {
        sum += period;
    }
    return m_queue.empty() ? 0 : (uint32_t)(sum / m_queue.size());
}

void Latency::clear() {
    m_queue.clear();
    m_next = 0;
    m_period = 0;
}

void Latency::print(const char *message) const {
    ESP_LOGI("latency", "%s: %u us", message ? message : "", (unsigned)get_average_period());
}

void Latency::print(const char *prefix, const char *key) const {
    ESP_LOGI(prefix, "%s: %u us", key, (unsigned)get_average_period());
}

}  // namespace tool
}  // namespace dl
