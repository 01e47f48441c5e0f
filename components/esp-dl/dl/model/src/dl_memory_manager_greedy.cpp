#include "dl_memory_manager_greedy.hpp"

#include <algorithm>

#include "esp_log.h"

static const char *TAG = "dl_memory_manager";

namespace dl {

bool MemoryManagerGreedy::describe(fbs::FbsModel *fbs_model, std::vector<dl::module::Module *> &execution_plan,
                                   ModelContext *context) {
    const int steps = static_cast<int>(execution_plan.size());
    m_infos.clear();
    m_infos.resize(context->m_variables.size());
    auto info_of = [&](int index) -> TensorInfo * {
        return index > 0 && static_cast<size_t>(index) < m_infos.size() ? m_infos[index].get() : nullptr;
    };
    auto describe_one = [&](int index, int time) -> TensorInfo * {
        const TensorBase *tensor = context->get_tensor(index);
        if (!tensor || index >= CONTEXT_PARAMETER_OFFSET) {
            return nullptr;
        }
        std::string name = context->get_tensor_name(index);
        m_infos[index] = std::make_unique<TensorInfo>(name, time, time, tensor->shape, tensor->dtype,
                                                      static_cast<int>(tensor->exponent));
        return m_infos[index].get();
    };

    for (const std::string &name : fbs_model->get_graph_inputs()) {
        const int index = context->get_variable_index(name);
        if (index > 0 && !describe_one(index, 0)) {
            ESP_LOGE(TAG, "graph input '%s' is not described", name.c_str());
            return false;
        }
    }
    // Find the life of each tensor, before any share memory: from the step that writes it to the last one that reads
    // it.
    for (int step = 0; step < steps; step++) {
        module::Module *module = execution_plan[step];
        for (int index : module->m_inputs_index) {
            if (TensorInfo *input = info_of(index)) {
                input->update_time(step);
            }
        }
        for (int index : module->m_outputs_index) {
            if (index > 0 && !describe_one(index, step)) {
                ESP_LOGE(TAG, "an output of node '%s' is not described", module->name.c_str());
                return false;
            }
        }
    }
    for (const std::string &name : fbs_model->get_graph_outputs()) {
        if (TensorInfo *output = info_of(context->get_variable_index(name))) {
            output->update_time(steps);
        }
    }
    // The output of an in-place operator takes the memory of its input, if no later step reads the input.
    for (int step = 0; step < steps; step++) {
        module::Module *module = execution_plan[step];
        if (module->inplace == MODULE_NON_INPLACE || module->m_inputs_index.empty() ||
            module->m_outputs_index.size() != 1) {
            continue;
        }
        TensorInfo *input = info_of(module->m_inputs_index[0]);
        TensorInfo *output = info_of(module->m_outputs_index[0]);
        if (!input || !output || input == output) {
            continue;
        }
        const bool unchanged = module->inplace == MODULE_INPLACE_UNCHANGED_BUFFER;
        const bool read_twice =
            std::count(module->m_inputs_index.begin(), module->m_inputs_index.end(), module->m_inputs_index[0]) > 1;
        if (input->get_time_end() > step || read_twice || output->get_size() > input->get_size()) {
            continue;
        }
        output->set_inplace_leader_tensor(input);
        if (unchanged) {
            input->set_inplace_follower_clean_tensor(output);
        } else {
            input->set_inplace_follower_dirty_tensor(output);
        }
    }
    return true;
}

bool MemoryManagerGreedy::place(Region &region, TensorInfo *tensor, uint32_t *offset) {
    std::list<MemoryChunk> &chunks = region.chunks;
    auto best = chunks.end();
    MemoryChunk wanted(tensor, alignment);
    for (auto chunk = chunks.begin(); chunk != chunks.end(); ++chunk) {
        if (chunk->is_free && chunk->size >= wanted.size && (best == chunks.end() || chunk->size < best->size)) {
            best = chunk;
        }
    }
    if (best != chunks.end()) {
        std::unique_ptr<MemoryChunk> occupied(best->insert(tensor));
        *offset = static_cast<uint32_t>(occupied->offset);
        chunks.insert(best, *occupied);
        if (best->size == 0) {
            chunks.erase(best);
        }
        return true;
    }
    const bool extend = !chunks.empty() && chunks.back().is_free;
    const size_t start = extend ? static_cast<size_t>(chunks.back().offset) : region.size;
    if (start + wanted.size > region.limit) {
        return false;
    }
    if (extend) {
        chunks.back().extend(tensor);
    } else {
        wanted.offset = static_cast<int>(start);
        chunks.push_back(wanted);
    }
    region.size = std::max(region.size, start + wanted.size);
    *offset = static_cast<uint32_t>(start);
    return true;
}

void MemoryManagerGreedy::release(Region &region, TensorInfo *tensor) {
    std::list<MemoryChunk> &chunks = region.chunks;
    for (auto chunk = chunks.begin(); chunk != chunks.end(); ++chunk) {
        if (chunk->tensor != tensor) {
            continue;
        }
        chunk->free();
        if (chunk != chunks.begin() && std::prev(chunk)->merge_free_chunk(&*chunk)) {
            chunk = std::prev(chunks.erase(chunk));
        }
        auto next = std::next(chunk);
        if (next != chunks.end() && chunk->merge_free_chunk(&*next)) {
            chunks.erase(next);
        }
        return;
    }
}

bool MemoryManagerGreedy::plan(fbs::FbsModel *fbs_model, std::vector<dl::module::Module *> &execution_plan,
                               ModelContext *context, size_t *internal_size, size_t *psram_size) {
    if (!describe(fbs_model, execution_plan, context)) {
        return false;
    }
    const int steps = static_cast<int>(execution_plan.size());
    std::vector<std::vector<TensorInfo *>> begins(steps + 1), ends(steps + 1);
    for (const std::unique_ptr<TensorInfo> &info : m_infos) {
        if (info && !info->is_inplaced()) {
            begins[info->get_time_begin()].push_back(info.get());
            ends[info->get_time_end()].push_back(info.get());
        }
    }
    Region internal, psram;
    internal.limit = std::min(internal.limit, m_max_internal_size);
    for (int step = 0; step <= steps; step++) {
        for (TensorInfo *tensor : begins[step]) {
            uint32_t offset = 0;
            if (m_max_internal_size && place(internal, tensor, &offset)) {
                tensor->set_internal_state(true);
                tensor->set_internal_offset(offset);
            } else if (place(psram, tensor, &offset)) {
                tensor->set_offset(offset);
            } else {
                ESP_LOGE(TAG, "tensor '%s' of %zu bytes: %zu bytes are planned before it, and a plan has at most %zu",
                         tensor->get_name().c_str(), tensor->get_size(), psram.size, psram.limit);
                return false;
            }
        }
        for (TensorInfo *tensor : ends[step]) {
            release(tensor->get_internal_state() ? internal : psram, tensor);
        }
    }
    *internal_size = internal.size;
    *psram_size = psram.size;
    return true;
}

bool MemoryManagerGreedy::alloc(fbs::FbsModel *fbs_model, std::vector<dl::module::Module *> &execution_plan,
                                ModelContext *context, const std::map<std::string, std::vector<int>> &) {
    size_t internal_size = 0, psram_size = 0;
    if (!plan(fbs_model, execution_plan, context, &internal_size, &psram_size) ||
        !context->root_alloc(internal_size, psram_size, alignment)) {
        return false;
    }
    for (size_t i = 1; i < m_infos.size(); i++) {
        if (!m_infos[i]) {
            continue;
        }
        TensorBase *tensor = m_infos[i]->create_tensor(context->get_internal_root(), context->get_psram_root());
        if (!tensor) {
            ESP_LOGE(TAG, "tensor '%s' has no memory", m_infos[i]->get_name().c_str());
            return false;
        }
        context->update_tensor(static_cast<int>(i), tensor);
    }
    return true;
}

void MemoryManagerGreedy::free() {
    m_infos.clear();
}

}  // namespace dl
