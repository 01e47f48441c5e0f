// States of convolutions are constant once they are prepared, and do not depend on where a model's tensors are. So
// equal ones exist once, however many models of the same file there are.

#include <mutex>
#include <unordered_map>
#include <utility>

#include "dl_base_conv.hpp"

namespace dl {
namespace base {

namespace {

/** All states that exist, by their hash. They live as long as somebody has them, not because they are listed. */
struct States {
    std::mutex mutex;
    std::unordered_multimap<uint64_t, std::weak_ptr<ConvState>> by_hash;
    size_t swept = 0;  ///< how many were left when those that are gone were last taken out

    void sweep() {
        std::erase_if(by_hash, [](const auto &entry) { return entry.second.expired(); });
        swept = by_hash.size();
    }
};

/** It is never destroyed: models may be destroyed after everything else, at exit. */
States &states() {
    static States *const s_states = new States;
    return *s_states;
}

}  // namespace

std::shared_ptr<ConvState> share_conv_state(std::shared_ptr<ConvState> state) {
    if (!state) {
        return state;
    }
    const uint64_t hash = state->hash();
    States &all = states();
    const std::lock_guard<std::mutex> lock(all.mutex);
    const auto [first, last] = all.by_hash.equal_range(hash);
    for (auto entry = first; entry != last; ++entry) {
        std::shared_ptr<ConvState> other = entry->second.lock();
        if (other && other->equals(*state)) {
            return other;
        }
    }
    if (all.by_hash.size() >= 2 * all.swept + 64) {
        all.sweep();
    }
    all.by_hash.emplace(hash, state);
    return state;
}

size_t conv_state_bytes() {
    States &all = states();
    const std::lock_guard<std::mutex> lock(all.mutex);
    size_t bytes = 0;
    for (const auto &[hash, entry] : all.by_hash) {
        const std::shared_ptr<ConvState> state = entry.lock();
        bytes += state ? state->memory() : 0;
    }
    return bytes;
}

}  // namespace base
}  // namespace dl
