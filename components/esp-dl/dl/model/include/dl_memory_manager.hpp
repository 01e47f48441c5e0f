/**
 * @file dl_memory_manager.hpp
 * Planning of a model's memory: when a tensor lives, and where.
 */
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dl_model_context.hpp"
#include "dl_module_base.hpp"
#include "fbs_model.hpp"

namespace dl {

/** Base of all memory managers; each model has its own. */
class MemoryManagerBase {
public:
    int alignment;  ///< of every tensor's address; a power of two

    MemoryManagerBase(int alignment = 16) : alignment(alignment) {}
    virtual ~MemoryManagerBase() {}

    /**
     * Give every variable of the context its memory.
     * @param execution_plan modules in the order in which they run
     * @param input_shapes shapes of graph inputs that replace the file's; the tensors of the context have them already
     * @return false, with a log line, if the memory does not suffice
     */
    virtual bool alloc(fbs::FbsModel *fbs_model, std::vector<dl::module::Module *> &execution_plan,
                       ModelContext *context, const std::map<std::string, std::vector<int>> &input_shapes = {}) = 0;
};

/** What the planner knows about a tensor: size, lifetime in steps of the execution plan, and, once planned, its place.
 */
class TensorInfo {
public:
    TensorInfo(std::string &name, int time_begin, int time_end, std::vector<int> shape, dtype_t dtype, int exponent,
               bool is_internal = false);
    ~TensorInfo() {}

    /**
     * Let this tensor share the memory of `tensor`, its leader. The leader then lives as long as this tensor, and has
     * its place in the plan.
     */
    void set_inplace_leader_tensor(TensorInfo *tensor);
    /** Set the tensor that overwrites this one with other bytes. */
    void set_inplace_follower_dirty_tensor(TensorInfo *tensor) { m_follower_dirty_tensor = tensor; }
    /** Set the tensor that has this one's bytes under another shape. */
    void set_inplace_follower_clean_tensor(TensorInfo *tensor) { m_follower_clean_tensor = tensor; }
    /** The tensors that share this one's memory: {dirty, clean}; nullptr for none. */
    std::pair<TensorInfo *, TensorInfo *> get_inplace_follower_tensor() {
        return {m_follower_dirty_tensor, m_follower_clean_tensor};
    }
    /** Extend the lifetime to this step, and the leader's. */
    void update_time(int new_time);

    /** Make a tensor at its place in the planned memory. A root is the beginning of such memory. @return nullptr if the
     * root is missing */
    TensorBase *create_tensor(void *internal_root, void *psram_root);

    bool is_inplaced() { return m_leader_tensor != nullptr; }
    /** Bytes from the PSRAM root; of a tensor with a leader, the leader's. */
    uint32_t get_offset() { return m_leader_tensor ? m_leader_tensor->get_offset() : m_offset; }
    void set_offset(uint32_t offset);
    /** Bytes from the internal root. */
    uint32_t get_internal_offset() {
        return m_leader_tensor ? m_leader_tensor->get_internal_offset() : m_internal_offset;
    }
    void set_internal_offset(uint32_t offset);
    bool get_internal_state() { return m_leader_tensor ? m_leader_tensor->get_internal_state() : m_is_internal; }
    void set_internal_state(bool is_internal);
    int get_time_end() { return m_leader_tensor ? m_leader_tensor->get_time_end() : m_time_end; }
    int get_time_begin() { return m_leader_tensor ? m_leader_tensor->get_time_begin() : m_time_begin; }
    /** Bytes, not rounded up. */
    size_t get_size() { return m_size; }
    std::vector<int> get_shape() { return m_shape; }
    dtype_t get_dtype() { return m_dtype; }
    int get_exponent() { return m_exponent; }
    std::string get_name() { return m_name; }
    /** Log everything. */
    void print();

private:
    std::string m_name;
    int m_time_begin;
    int m_time_end;
    std::vector<int> m_shape;
    dtype_t m_dtype;
    size_t m_size;
    int m_exponent;
    bool m_is_internal;
    uint32_t m_offset = 0;
    uint32_t m_internal_offset = 0;
    TensorInfo *m_leader_tensor = nullptr;
    TensorInfo *m_follower_dirty_tensor = nullptr;
    TensorInfo *m_follower_clean_tensor = nullptr;
};

/** A stretch of planned memory, free or in use. */
class MemoryChunk {
public:
    size_t size;         ///< bytes
    bool is_free;        ///< free or occupied
    int offset;          ///< bytes from the root
    int alignment;       ///< of offset and size
    TensorInfo *tensor;  ///< who occupies it

    MemoryChunk(size_t size, bool is_free, int alignment = 16);
    /** A chunk that the tensor occupies. */
    MemoryChunk(TensorInfo *tensor, int alignment = 16);
    ~MemoryChunk() {}

    /** Join the free neighbour `chunk` behind this one. @return this, or nullptr if one is in use */
    MemoryChunk *merge_free_chunk(MemoryChunk *chunk);
    /** Put the tensor at the front of this free chunk. @return the occupied chunk, which is new; nullptr if it does not
     * fit */
    MemoryChunk *insert(TensorInfo *tensor);
    /** Enlarge this free chunk until the tensor fits, and put it in. @return this */
    MemoryChunk *extend(TensorInfo *tensor);
    /** Mark this chunk as free. */
    void free();
    /** size rounded up to the alignment. */
    size_t get_aligned_size(size_t size);
};

/** Log the chunks under a heading. */
void print_memory_list(const char *tag, std::list<MemoryChunk *> &memory_list);
/** Sort the chunks by offset. */
void sort_memory_list(std::list<MemoryChunk *> &memory_list);

}  // namespace dl
