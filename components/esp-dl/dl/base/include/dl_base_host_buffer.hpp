/**
 * @file dl_base_host_buffer.hpp
 * Host memory for what only this PC's kernels need: repacked weights, index tables, rows under work. The emulated
 * chip's heap knows nothing of it.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

namespace dl {
namespace base {

/**
 * Allocator whose blocks begin at a cache line. Elements that get no value keep what the memory held: megabytes that
 * are written before they are read need not be cleared, and pages that nobody reads are never touched. So after
 * `resize(n)` new elements are undefined, after `resize(n, 0)` and `assign(n, 0)` they are not.
 */
template <typename T>
struct HostAllocator {
    using value_type = T;
    static constexpr std::align_val_t ALIGNMENT{64};

    HostAllocator() = default;
    template <typename U>
    HostAllocator(const HostAllocator<U> &) {}
    T *allocate(size_t n) { return static_cast<T *>(::operator new(n * sizeof(T), ALIGNMENT)); }
    template <typename U, typename... Args>
    void construct(U *p, Args &&...args) {
        if constexpr (sizeof...(args) == 0) {
            ::new (static_cast<void *>(p)) U;
        } else {
            ::new (static_cast<void *>(p)) U(std::forward<Args>(args)...);
        }
    }
    void deallocate(T *p, size_t) { ::operator delete(p, ALIGNMENT); }
    bool operator==(const HostAllocator &) const { return true; }
    bool operator!=(const HostAllocator &) const { return false; }
};

template <typename T>
using HostBuffer = std::vector<T, HostAllocator<T>>;

/**
 * Scratch memory of the calling thread, cache-line aligned, with undefined contents. It stays valid until the thread's
 * next call.
 */
uint8_t *host_scratch(size_t bytes);

}  // namespace base
}  // namespace dl
