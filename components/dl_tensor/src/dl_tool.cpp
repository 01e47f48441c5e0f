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

const char *dtype_to_string(dtype_t dtype) {
    static const char *const s_names[] = {"undefined", "float",  "uint8", "int8",    "uint16", "int16",  "int32",
                                          "int64",     "string", "bool",  "float16", "double", "uint32", "uint64"};
    return dtype >= DATA_TYPE_UNDEFINED && dtype < DATA_TYPE_MAX ? s_names[dtype] : "unknown";
}

size_t dtype_sizeof(dtype_t dtype) {
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

namespace tool {

void set_zero(void *ptr, const int n) {
    memset(ptr, 0, n > 0 ? n : 0);
}

void copy_memory(void *dst, const void *src, const size_t n) {
    memcpy(dst, src, n);
}

memory_addr_type_t memory_addr_type(void *address) {
    if (esp_ptr_external_ram(address)) {
        return MEMORY_ADDR_PSRAM;
    }
    if (esp_ptr_in_tcm(address)) {
        return MEMORY_ADDR_TCM;
    }
    if (esp_ptr_internal(address)) {
        return MEMORY_ADDR_INTERNAL;
    }
    return esp_ptr_in_drom(address) ? MEMORY_ADDR_FLASH : MEMORY_ADDR_UKN;
}

void *malloc_aligned(size_t size, uint32_t caps) {
    if (size > static_cast<size_t>(INT_MAX)) {
        ESP_LOGE(TAG, "cannot allocate %zu bytes: no chip has that many", size);
        return nullptr;
    }
    // The block consists of whole 16-byte vectors: a vector load of the last elements stays inside.
    const size_t padded = get_aligned_size(size ? size : 1);
    void *block = heap_caps_aligned_alloc(16, padded, caps);
    if (!block) {
        ESP_LOGE(TAG, "cannot allocate %zu bytes (caps 0x%x): %zu bytes free, largest free block %zu bytes", padded,
                 static_cast<unsigned>(caps), static_cast<size_t>(heap_caps_get_free_size(caps)),
                 static_cast<size_t>(heap_caps_get_largest_free_block(caps)));
    }
    return block;
}

void *calloc_aligned(size_t n, size_t size, uint32_t caps) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        ESP_LOGE(TAG, "cannot allocate %zu elements of %zu bytes: the product is too large", n, size);
        return nullptr;
    }
    void *block = malloc_aligned(bytes, caps);
    if (block) {
        memset(block, 0, bytes);
    }
    return block;
}

size_t get_aligned_size(size_t size, int alignment) {
    return alignment > 1 ? (size + alignment - 1) / alignment * alignment : size;
}

float *gen_lut_8bit(float *table, int exponent, std::function<float(float)> func) {
    if (!table || !func) {
        ESP_LOGE(TAG, "no table can be made: there is no %s", table ? "function" : "memory");
        return nullptr;
    }
    const float scale = DL_SCALE(exponent);
    for (int q = DL_QUANT8_MIN; q <= DL_QUANT8_MAX; q++) {
        table[q - DL_QUANT8_MIN] = func(q * scale);
    }
    return table;
}

int calculate_exponent(int n, int max_value) {
    if (n < 1) {
        ESP_LOGE(TAG, "1/%d has no exponent: the divisor must be 1 or more", n);
        return -1;
    }
    int exponent = 0;
    if (target() == TARGET_ESP32P4) {
        // P4: the largest exponent at which max_value still stands for more than 1/n.
        if (max_value != DL_QUANT8_MAX && max_value != DL_QUANT16_MAX) {
            ESP_LOGE(TAG, "1/%d cannot be quantized into 0 to %d: 127 or 32767 is needed", n, max_value);
            return -1;
        }
        exponent = max_value == DL_QUANT8_MAX ? 6 : 14;
        float value = static_cast<float>(max_value) / (1 << exponent);
        while (value > 1.f / n) {
            value /= 2;
            exponent++;
        }
    } else {
        // Others: the largest exponent at which 2^exponent / n is still below max_value.
        while ((INT64_C(1) << exponent) / n < max_value && exponent < 62) {
            exponent++;
        }
    }
    return exponent - 1;
}

void print_vector(std::vector<int> &array, const char *message) {
    printf("%s%s%s\n", message ? message : "", message ? ": " : "", shape_to_string(array).c_str());
}

std::string shape_to_string(const std::vector<int> &shape) {
    std::string text = "[";
    for (size_t i = 0; i < shape.size(); i++) {
        text += (i ? ", " : "") + std::to_string(shape[i]);
    }
    return text + "]";
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

void Latency::add(uint32_t period) {
    m_period = period;
    if (m_queue.size() < m_size) {
        m_queue.push_back(period);
    } else {
        m_queue[m_next] = period;
        m_next = (m_next + 1) % m_size;
    }
}

uint32_t Latency::get_average_period() const {
    uint64_t sum = 0;
    for (uint32_t period : m_queue) {
        sum += period;
    }
    return m_queue.empty() ? 0 : static_cast<uint32_t>(sum / m_queue.size());
}

void Latency::clear() {
    m_queue.clear();
    m_next = 0;
    m_period = 0;
}

void Latency::print(const char *message) const {
    printf("%s: %15u %s\n", message ? message : "", static_cast<unsigned>(get_average_period()),
           m_is_cycles ? "cycle" : "us");
}

void Latency::print(const char *prefix, const char *key) const {
    ESP_LOGI(prefix ? prefix : "", "%s: %u %s", key, static_cast<unsigned>(get_average_period()),
             m_is_cycles ? "cycle" : "us");
}

}  // namespace tool
}  // namespace dl
