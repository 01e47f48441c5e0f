/**
 * @file dl_base_copy.hpp
 * Moving elements: the operation behind Concat, Split, Slice, Transpose, DepthToSpace and all others that compute
 * nothing.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_base_kernel.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace base {

/** Types and exponents of the source and the destination of a copy. */
struct CopyTypes {
    dtype_t src_dtype = DATA_TYPE_INT8;
    dtype_t dst_dtype = DATA_TYPE_INT8;
    int src_exponent = 0;  ///< 0 for types without an exponent
    int dst_exponent = 0;

    CopyTypes() = default;
    CopyTypes(const TensorBase *src, const TensorBase *dst);
    /** Do types and exponents agree, so that nothing has to be computed? */
    bool is_plain() const { return src_dtype == dst_dtype && src_exponent == dst_exponent; }
    /** Pointer to the element at this offset. */
    const void *src_at(const void *src, int64_t offset) const;
    void *dst_at(void *dst, int64_t offset) const;
};

/** Copy n neighbouring elements, and rescale them if types or exponents differ. */
template <typename Rounding>
void copy_run(const CopyTypes &types, const void *src, void *dst, int64_t n);
extern template void copy_run<RoundHalfUp>(const CopyTypes &, const void *, void *, int64_t);
extern template void copy_run<RoundHalfEven>(const CopyTypes &, const void *, void *, int64_t);

/** A nest of loops, outermost first, that copies one element per step. Strides are in elements and may be zero or
 * negative. */
struct CopyArgs {
    struct Loop {
        int64_t extent;
        int64_t src_stride;
        int64_t dst_stride;
    };

    const void *src = nullptr;  ///< the element at step 0
    void *dst = nullptr;
    std::vector<Loop> loops;  ///< at least one, at most MAX_LOOPS
    CopyTypes types;
    int units = 0;  ///< steps of all loops but the last

    static constexpr int MAX_LOOPS = 18;
    /** Does every element keep its offset? */
    bool is_flat() const {
        for (const Loop &loop : loops) {
            if (loop.src_stride != loop.dst_stride) {
                return false;
            }
        }
        return true;
    }
};

/** Call row(src offset, dst offset) for each unit. The offsets, in elements, are those of the first step of the
 * innermost loop. */
template <typename Row>
void for_each_row(const CopyArgs &args, int begin, int end, Row row) {
    const int outer = static_cast<int>(args.loops.size()) - 1;
    int64_t index[CopyArgs::MAX_LOOPS] = {};
    int64_t src = 0;
    int64_t dst = 0;
    int64_t rest = begin;
    for (int i = outer - 1; i >= 0; i--) {
        const CopyArgs::Loop &loop = args.loops[i];
        index[i] = rest % loop.extent;
        rest /= loop.extent;
        src += index[i] * loop.src_stride;
        dst += index[i] * loop.dst_stride;
    }
    for (int unit = begin; unit < end; unit++) {
        row(src, dst);
        for (int i = outer - 1; i >= 0; i--) {
            const CopyArgs::Loop &loop = args.loops[i];
            src += loop.src_stride;
            dst += loop.dst_stride;
            if (++index[i] < loop.extent) {
                break;
            }
            src -= loop.extent * loop.src_stride;
            dst -= loop.extent * loop.dst_stride;
            index[i] = 0;
        }
    }
}

/** Drop loops of one step, merge neighbouring loops that could be one, and set `units`. */
void simplify_copy(CopyArgs &args);

BoundKernel<CopyArgs> select_copy(CopyArgs &args);

/** A prepared copy between two tensors, or parts of them. If types or exponents differ, elements are rescaled. */
class Copy {
public:
    /** Begin the description of a copy. Types and exponents are those of the tensors. The offsets, in elements, are
     * those of step 0. */
    void begin(const TensorBase *src, const TensorBase *dst, int64_t src_offset = 0, int64_t dst_offset = 0);
    /** Begin another description, between the same tensors. */
    void restart(int64_t src_offset, int64_t dst_offset);
    /** Add a loop inside those that were added before. */
    void loop(int64_t extent, int64_t src_stride, int64_t dst_stride) {
        m_args.loops.push_back({extent, src_stride, dst_stride});
    }
    /** End the description, and choose the kernel. */
    void prepare();
    void run(TensorBase *src, TensorBase *dst, runtime_mode_t mode);
    const char *kernel_name() const { return m_kernel.name ? m_kernel.name : ""; }

private:
    CopyArgs m_args;
    int64_t m_src_offset = 0;  ///< bytes
    int64_t m_dst_offset = 0;
    size_t m_bytes = 0;  ///< of dst
    BoundKernel<CopyArgs> m_kernel;
};

/** Can elements of type `from` be copied to a tensor of type `to`? Yes if the types are equal, and if both are among
 * int8, int16 and float. */
bool copy_supports(dtype_t from, dtype_t to);

}  // namespace base
}  // namespace dl
