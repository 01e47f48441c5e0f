/**
 * @file dl_memory_manager_greedy.hpp
 * Plans memory in the order of execution: each new tensor gets the smallest free chunk that holds it.
 */
#pragma once

#include <list>
#include <memory>

#include "dl_memory_manager.hpp"

namespace dl {

class MemoryManagerGreedy : public MemoryManagerBase {
public:
    /** @param max_internal_size bytes of internal RAM that may be used; tensors that do not fit go to PSRAM */
    MemoryManagerGreedy(int max_internal_size, int alignment = 16)
        : MemoryManagerBase(alignment), m_max_internal_size(max_internal_size) {}
    ~MemoryManagerGreedy() override { free(); }

    bool alloc(fbs::FbsModel *fbs_model, std::vector<dl::module::Module *> &execution_plan, ModelContext *context,
               const std::map<std::string, std::vector<int>> &input_shapes = {}) override;
    /** Forget the plan. The memory belongs to the context. */
    void free();

    /**
     * Plan without taking memory.
     * @param[out] internal_size, psram_size bytes of the two roots
     * @return false, with a log line, if a tensor of the plan is not described in the context
     */
    bool plan(fbs::FbsModel *fbs_model, std::vector<dl::module::Module *> &execution_plan, ModelContext *context,
              size_t *internal_size, size_t *psram_size);

private:
    struct Region {
        std::list<MemoryChunk> chunks;  ///< in address order, without gaps
        size_t limit = INT32_MAX;       ///< a chunk's offset is an int
        size_t size = 0;                ///< the highest end of a chunk so far
    };

    bool describe(fbs::FbsModel *fbs_model, std::vector<dl::module::Module *> &execution_plan, ModelContext *context);
    bool place(Region &region, TensorInfo *tensor, uint32_t *offset);
    static void release(Region &region, TensorInfo *tensor);

    size_t m_max_internal_size;
    std::vector<std::unique_ptr<TensorInfo>> m_infos;  ///< the index is that of the variable in the context
};

}  // namespace dl
