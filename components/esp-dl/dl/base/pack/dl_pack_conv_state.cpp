// Comparing the states of convolutions, so that equal ones can be shared.

#include <cstring>

#include "dl_pack_conv.hpp"

namespace dl {
namespace base {

namespace {

template <typename T>
size_t bytes_of(const HostBuffer<T> &buffer) {
    return buffer.capacity() * sizeof(T);
}

template <typename... Buffers>
size_t bytes_of_all(const Buffers &...buffers) {
    return (bytes_of(buffers) + ...);
}

size_t plan_bytes(const ConvPlan &plan) {
    return bytes_of_all(plan.gather_offsets, plan.run_offsets);
}

}  // namespace

uint64_t TiledConv::hash() const {
    // Multiply and mix, a word at a time: what has the same hash is compared, so that chance may do no harm.
    constexpr uint64_t factor = 0x9e3779b97f4a7c15;
    uint64_t hash = packed.size();
    size_t at = 0;
    for (; at + 8 <= packed.size(); at += 8) {
        uint64_t word;
        memcpy(&word, packed.data() + at, 8);
        hash = (hash ^ word) * factor;
        hash ^= hash >> 29;
    }
    for (; at < packed.size(); at++) {
        hash = (hash ^ packed[at]) * factor;
    }
    return hash;
}

bool Int8Conv::equals(const ConvState &other) const {
    return other.kind() == kind() && *this == static_cast<const Int8Conv &>(other);
}

size_t Int8Conv::memory() const {
    size_t sum = plan_bytes(plan) + bytes_of_all(packed, bias, shift, tie, half, before, factor, offset, weight_sums);
    for (const ConvBytes &packing : bytes) {
        sum += plan_bytes(packing.plan) + bytes_of_all(packing.packed, packing.blocks, packing.runs);
    }
    return sum;
}

const void *Int8Conv::kind() const {
    static const char s_kind = 0;
    return &s_kind;
}

bool Int16Conv::equals(const ConvState &other) const {
    return other.kind() == kind() && *this == static_cast<const Int16Conv &>(other);
}

size_t Int16Conv::memory() const {
    return plan_bytes(plan) + bytes_of_all(packed, bias, shift, tie, coarse_shift, coarse_tie, folds, low, high);
}

const void *Int16Conv::kind() const {
    static const char s_kind = 0;
    return &s_kind;
}

bool Int16DepthwiseConv::equals(const ConvState &other) const {
    return other.kind() == kind() && *this == static_cast<const Int16DepthwiseConv &>(other);
}

size_t Int16DepthwiseConv::memory() const {
    return plan_bytes(plan) + bytes_of_all(packed, high, low, shift, tie, left, limit, low_shift, low_tie);
}

const void *Int16DepthwiseConv::kind() const {
    static const char s_kind = 0;
    return &s_kind;
}

}  // namespace base
}  // namespace dl
