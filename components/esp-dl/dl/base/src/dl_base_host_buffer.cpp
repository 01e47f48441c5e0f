#include "dl_base_host_buffer.hpp"

namespace dl {
namespace base {

uint8_t *host_scratch(size_t bytes) {
    static thread_local HostBuffer<uint8_t> s_buffer;
    if (s_buffer.size() < bytes) {
        s_buffer.resize(bytes);
    }
    return s_buffer.data();
}

}  // namespace base
}  // namespace dl
