/**
 * @file dl_module_apart.hpp
 * For operators that the chip's plan lets write their output over an input, while their kernels here want the two
 * apart.
 */
#pragma once

#include <cstring>

#include "dl_base_host_buffer.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace module {

/** An input as it was before the output was written over it. */
class Apart {
public:
    /** Take memory if the two tensors, where the plan has put them, overlap. */
    void prepare(const TensorBase *input, const TensorBase *output) {
        const uint8_t *in = static_cast<const uint8_t *>(input->data);
        const uint8_t *out = static_cast<const uint8_t *>(output->data);
        const bool overlap = in && out && in < out + output->get_bytes() && out < in + input->get_bytes();
        m_copy.resize(overlap ? input->get_bytes() : 0);
    }
    /** What to read instead of the input, from now until its next call. */
    const void *read(const TensorBase *input) {
        if (m_copy.empty()) {
            return input->data;
        }
        memcpy(m_copy.data(), input->data, m_copy.size());
        return m_copy.data();
    }

private:
    base::HostBuffer<uint8_t> m_copy;
};

}  // namespace module
}  // namespace dl
