/**
 * @file dl_module_apart.hpp
 * For operators whose kernels here need input and output apart, although the chip's plan lets the output overwrite the
 * input.
 */
#pragma once

#include <cstring>

#include "dl_base_host_buffer.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace module {

/** Keeps an input as it was before the output overwrites it. */
class Apart {
public:
    /** Take memory if the plan has put the two tensors over one another. */
    void prepare(const TensorBase *input, const TensorBase *output) {
        const uint8_t *in = static_cast<const uint8_t *>(input->data);
        const uint8_t *out = static_cast<const uint8_t *>(output->data);
        const bool overlap = in && out && in < out + output->get_bytes() && out < in + input->get_bytes();
        m_copy.resize(overlap ? input->get_bytes() : 0);
    }
    /** Return what to read instead of the input. It is valid until the next call. */
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
