#include "dl_memory_manager.hpp"

#include <algorithm>

#include "esp_log.h"

static const char *TAG = "dl_memory_manager";

namespace dl {

TensorInfo::TensorInfo(std::string &name, int time_begin, int time_end, std::vector<int> shape, dtype_t dtype,
                       int exponent, bool is_internal)
    : m_name(name),
      m_time_begin(time_begin),
      m_time_end(time_end),
      m_shape(std::move(shape)),
      m_dtype(dtype),
      m_size(0),
      m_exponent(exponent),
      m_is_internal(is_internal) {
    const int64_t elements = tool::shape_size(m_shape);
    m_size = elements > 0 ? static_cast<size_t>(elements) * tool::dtype_size(dtype) : 0;
}

void TensorInfo::set_inplace_leader_tensor(TensorInfo *tensor) {
    m_leader_tensor = tensor;
    if (tensor) {
        tensor->update_time(m_time_end);
    }
}

void TensorInfo::update_time(int new_time) {
    m_time_end = std::max(m_time_end, new_time);
    if (m_leader_tensor) {
        m_leader_tensor->update_time(new_time);
    }
}

void TensorInfo::set_offset(uint32_t offset) {
    m_offset = offset;
}

void TensorInfo::set_internal_offset(uint32_t offset) {
    m_internal_offset = offset;
}

void TensorInfo::set_internal_state(bool internal) {
    m_is_internal = internal;
}

TensorBase *TensorInfo::create_tensor(void *internal_root, void *psram_root) {
    const bool internal = get_internal_state();
    uint8_t *root = static_cast<uint8_t *>(internal ? internal_root : psram_root);
    if (!root) {
        return nullptr;
    }
    return new TensorBase(m_shape, root + (internal ? get_internal_offset() : get_offset()), m_exponent, m_dtype, false,
                          internal ? MALLOC_CAP_INTERNAL : MALLOC_CAP_SPIRAM);
}

void TensorInfo::print() {
    ESP_LOGI(TAG, "%s: %s %s, %zu bytes, steps %d to %d, %s offset %u%s%s", m_name.c_str(),
             tool::dtype_to_string(m_dtype), tool::shape_to_string(m_shape).c_str(), m_size, m_time_begin, m_time_end,
             get_internal_state() ? "internal" : "psram",
             static_cast<unsigned>(get_internal_state() ? get_internal_offset() : get_offset()),
             m_leader_tensor ? ", in place of " : "", m_leader_tensor ? m_leader_tensor->m_name.c_str() : "");
}

MemoryChunk::MemoryChunk(size_t size, bool is_free, int alignment)
    : size(0), is_free(is_free), offset(0), alignment(alignment), tensor(nullptr) {
    this->size = get_aligned_size(size);
}

MemoryChunk::MemoryChunk(TensorInfo *tensor, int alignment) : MemoryChunk(tensor->get_size(), false, alignment) {
    this->tensor = tensor;
}

size_t MemoryChunk::get_aligned_size(size_t bytes) {
    return (bytes + alignment - 1) / alignment * alignment;
}

MemoryChunk *MemoryChunk::merge_free_chunk(MemoryChunk *chunk) {
    if (!is_free || !chunk || !chunk->is_free || offset + static_cast<int>(size) != chunk->offset) {
        return nullptr;
    }
    size += chunk->size;
    return this;
}

MemoryChunk *MemoryChunk::insert(TensorInfo *new_tensor) {
    const size_t needed = get_aligned_size(new_tensor->get_size());
    if (!is_free || size < needed) {
        return nullptr;
    }
    MemoryChunk *chunk = new MemoryChunk(new_tensor, alignment);
    chunk->offset = offset;
    offset += static_cast<int>(needed);
    size -= needed;
    return chunk;
}

MemoryChunk *MemoryChunk::extend(TensorInfo *new_tensor) {
    const size_t needed = get_aligned_size(new_tensor->get_size());
    if (!is_free) {
        return nullptr;
    }
    size = std::max(size, needed);
    is_free = false;
    tensor = new_tensor;
    return this;
}

void MemoryChunk::free() {
    is_free = true;
    tensor = nullptr;
}

void print_memory_list(const char *tag, std::list<MemoryChunk *> &memory_list) {
    for (const MemoryChunk *chunk : memory_list) {
        ESP_LOGI(tag ? tag : "", "%8d: %8zu bytes, %s", chunk->offset, chunk->size,
                 chunk->tensor    ? chunk->tensor->get_name().c_str()
                 : chunk->is_free ? "free"
                                  : "in use");
    }
}

void sort_memory_list(std::list<MemoryChunk *> &memory_list) {
    memory_list.sort([](const MemoryChunk *a, const MemoryChunk *b) { return a->offset < b->offset; });
}

}  // namespace dl
