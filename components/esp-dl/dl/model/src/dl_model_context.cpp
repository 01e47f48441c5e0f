#include "dl_model_context.hpp"

#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_memory_utils.h"

static const char *TAG = "dl_model_context";

namespace dl {

int ModelContext::add_tensor(const std::string name, bool is_paramter, TensorBase *tensor) {
    auto known = m_name2index.find(name);
    if (known != m_name2index.end()) {
        if (tensor && tensor != get_tensor(known->second)) {
            update_tensor(known->second, tensor);
        }
        return known->second;
    }
    const int index = push_back_tensor(tensor, is_paramter);
    m_name2index[name] = index;
    return index;
}

int ModelContext::push_back_tensor(TensorBase *tensor, bool is_paramter) {
    std::vector<TensorBase *> &tensors = is_paramter ? m_parameters : m_variables;
    tensors.push_back(tensor);
    return static_cast<int>(tensors.size()) - 1 + (is_paramter ? CONTEXT_PARAMETER_OFFSET : 0);
}

static std::vector<TensorBase *> *find_list(ModelContext *context, int &index) {
    std::vector<TensorBase *> *tensors = &context->m_variables;
    if (index >= CONTEXT_PARAMETER_OFFSET) {
        tensors = &context->m_parameters;
        index -= CONTEXT_PARAMETER_OFFSET;
    }
    return index > 0 && static_cast<size_t>(index) < tensors->size() ? tensors : nullptr;
}

void ModelContext::update_tensor(int index, TensorBase *tensor) {
    std::vector<TensorBase *> *tensors = find_list(this, index);
    if (!tensors) {
        ESP_LOGE(TAG, "there is no tensor %d to update", index);
        return;
    }
    if ((*tensors)[index] != tensor) {
        delete (*tensors)[index];
        (*tensors)[index] = tensor;
    }
}

TensorBase *ModelContext::get_tensor(int index) {
    std::vector<TensorBase *> *tensors = find_list(this, index);
    return tensors ? (*tensors)[index] : nullptr;
}

TensorBase *ModelContext::get_tensor(const std::string &name) {
    return get_tensor(get_tensor_index(name));
}

int ModelContext::get_tensor_index(const std::string &name) {
    auto known = m_name2index.find(name);
    return known == m_name2index.end() ? -1 : known->second;
}

int ModelContext::get_variable_index(const std::string &name) {
    const int index = get_tensor_index(name);
    return index < CONTEXT_PARAMETER_OFFSET ? index : -1;
}

std::string ModelContext::get_tensor_name(int index) {
    for (const auto &entry : m_name2index) {
        if (entry.second == index) {
            return entry.first;
        }
    }
    return "";
}

static void *root_block(size_t size, int alignment, uint32_t caps, const char *what) {
    void *root = heap_caps_aligned_alloc(alignment, size, caps);
    if (!root) {
        ESP_LOGE(
            TAG,
            "cannot allocate %zu bytes of %s for the model's variables: %zu bytes free, largest free block %zu bytes",
            size, what, static_cast<size_t>(heap_caps_get_free_size(caps)),
            static_cast<size_t>(heap_caps_get_largest_free_block(caps)));
    }
    return root;
}

bool ModelContext::root_alloc(size_t internal_size, size_t psram_size, int alignment) {
    root_free();
    if (internal_size) {
        m_internal_root = root_block(internal_size, alignment, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT, "internal RAM");
        if (!m_internal_root) {
            return false;
        }
        m_internal_size = internal_size;
    }
    if (psram_size) {
        const bool has_psram = heap_caps_get_total_size(MALLOC_CAP_SPIRAM) > 0;
        m_psram_root = root_block(psram_size, alignment, has_psram ? MALLOC_CAP_SPIRAM : MALLOC_CAP_DEFAULT,
                                  has_psram ? "PSRAM" : "RAM");
        if (!m_psram_root) {
            root_free();
            return false;
        }
        m_psram_size = psram_size;
    }
    return true;
}

static void count(mem_info_t &info, const void *address, size_t bytes) {
    if (esp_ptr_external_ram(address)) {
        info.psram += bytes;
    } else if (esp_ptr_in_drom(address)) {
        info.flash += bytes;
    } else {
        info.internal += bytes;
    }
}

size_t ModelContext::get_parameter_memory_size(mem_info_t &mem_info, bool copy) {
    mem_info = {};
    size_t total = 0;
    for (TensorBase *tensor : m_parameters) {
        if (tensor && tensor->auto_free == copy && tensor->data) {
            const size_t bytes = tensor->get_aligned_bytes();
            count(mem_info, tensor->data, bytes);
            total += bytes;
        }
    }
    return total;
}

size_t ModelContext::get_variable_memory_size(mem_info_t &mem_info) {
    mem_info = {};
    if (m_internal_root) {
        count(mem_info, m_internal_root, m_internal_size);
    }
    if (m_psram_root) {
        count(mem_info, m_psram_root, m_psram_size);
    }
    return m_internal_size + m_psram_size;
}

void ModelContext::root_free() {
    heap_caps_free(m_internal_root);
    heap_caps_free(m_psram_root);
    m_internal_root = nullptr;
    m_psram_root = nullptr;
    m_internal_size = 0;
    m_psram_size = 0;
}

void ModelContext::root_reset() {
    for (std::vector<TensorBase *> *tensors : {&m_variables, &m_parameters}) {
        for (TensorBase *tensor : *tensors) {
            delete tensor;
        }
        tensors->assign(1, nullptr);
    }
    m_name2index.clear();
}

void ModelContext::minimize() {
    m_name2index.clear();
}

void ModelContext::clear() {
    root_reset();
    root_free();
}

}  // namespace dl
