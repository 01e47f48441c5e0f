/**
 * @file dl_base_copy.hpp
 * Moving elements: the one operation behind Concat, Split, Slice, Transpose, DepthToSpace, Expand and their like.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_base_kernel.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace base {

/** Types and exponents of the two sides of a copy. */
struct CopyTypes {
    dtype_t src_dtype = DATA_TYPE_INT8;
    dtype_t dst_dtype = DATA_TYPE_INT8;
    int src_exponent = 0;  ///< 0 for types without an exponent
    int dst_exponent = 0;

    CopyTypes() = default;
    CopyTypes(const TensorBase *src, const TensorBase *dst);
    /** Nothing is computed: types and exponents agree. */
    bool is_plain() const { return src_dtype == dst_dtype && src_exponent == dst_exponent; }
    /** Offsets in elements to pointers. */
    const void *src_at(const void *src, int64_t offset) const;
    void *dst_at(void *dst, int64_t offset) const;
};

/** n neighbouring elements, rescaled where types or exponents differ. */
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
    /** Every element goes to the same offset as it came from. */
    bool is_flat() const {
        for (const Loop &loop : loops) {
            if (loop.src_stride != loop.dst_stride) {
                return false;
            }
        }
        return true;
    }
};

/** Calls row(src step, dst step) for each unit: offsets in elements of the first step of the innermost loop. */
template <typename Row>
void for_each_row(const CopyArgs &args, int begin, int end, Row row) {
    const int outer = (int)args.loops.size() - 1;
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

/** Drop loops of one step, join neighbours that run through both sides evenly, and set `units`. */
void simplify_copy(CopyArgs &args);

BoundKernel<CopyArgs> select_copy(CopyArgs &args);

/** A prepared copy between two tensors, or parts of them. Types and exponents that differ are rescaled. */
class Copy {
public:
    /** Begin to describe: takes types and exponents from the tensors. Offsets (in elements) are where step 0 lies. */
    void begin(const TensorBase *src, const TensorBase *dst, int64_t src_offset = 0, int64_t dst_offset = 0);
    /** Describe anew, between the same tensors. */
    void restart(int64_t src_offset, int64_t dst_offset);
    /** Add a loop inside of those added before. */
    void loop(int64_t extent, int64_t src_stride, int64_t dst_stride) {
        m_args.loops.push_back({extent, src_stride, dst_stride});
    }
    /** Choose the kernel. */
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

/** Can elements of `from` be copied to a tensor of type `to`? Equal types always, else int8, int16 and float among each
 * other. */
bool copy_supports(dtype_t from, dtype_t to);

}  // namespace base
}  // namespace dl
