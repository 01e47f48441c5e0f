#include "dl_base_copy.hpp"

#include <cstring>

#include "dl_base_parallel.hpp"
#include "dl_base_rescale.hpp"
#include "dl_base_wing.hpp"
#include "dl_tool.hpp"

namespace dl {
namespace base {

CopyTypes::CopyTypes(const TensorBase *src, const TensorBase *dst) : src_dtype(src->dtype), dst_dtype(dst->dtype) {
    auto exponent = [](const TensorBase *tensor) {
        const bool is_quantized = tensor->dtype == DATA_TYPE_INT8 || tensor->dtype == DATA_TYPE_INT16;
        return is_quantized ? static_cast<int>(tensor->exponent) : 0;
    };
    src_exponent = exponent(src);
    dst_exponent = exponent(dst);
}

const void *CopyTypes::src_at(const void *src, int64_t offset) const {
    return static_cast<const uint8_t *>(src) + offset * static_cast<int64_t>(tool::dtype_size(src_dtype));
}

void *CopyTypes::dst_at(void *dst, int64_t offset) const {
    return static_cast<uint8_t *>(dst) + offset * static_cast<int64_t>(tool::dtype_size(dst_dtype));
}

template <typename Rounding>
void copy_run(const CopyTypes &types, const void *src, void *dst, int64_t n) {
    if (types.is_plain()) {
        memcpy(dst, src, n * tool::dtype_size(types.src_dtype));
        return;
    }
    with_quantized_dtype(types.src_dtype, [&](auto in) {
        with_quantized_dtype(types.dst_dtype, [&](auto out) {
            for (int64_t i = 0; i < n; i++) {
                static_cast<decltype(out) *>(dst)[i] = rescale<decltype(out), Rounding>(
                    static_cast<const decltype(in) *>(src)[i], types.src_exponent, types.dst_exponent);
            }
        });
    });
}
template void copy_run<RoundHalfUp>(const CopyTypes &, const void *, void *, int64_t);
template void copy_run<RoundHalfEven>(const CopyTypes &, const void *, void *, int64_t);

namespace {

/** Move elements without a change. T is any type of their size. */
template <typename T>
void move_elements(const CopyArgs &args, int begin, int end) {
    const CopyArgs::Loop inner = args.loops.back();
    const T *src = static_cast<const T *>(args.src);
    T *dst = static_cast<T *>(args.dst);
    for_each_row(args, begin, end, [&](int64_t s, int64_t d) {
        if (inner.src_stride == 1 && inner.dst_stride == 1) {
            memcpy(dst + d, src + s, inner.extent * sizeof(T));
            return;
        }
        for (int64_t i = 0; i < inner.extent; i++) {
            dst[d + i * inner.dst_stride] = src[s + i * inner.src_stride];
        }
    });
}

void dl_reference_any_copy(const CopyArgs &args, int begin, int end) {
    switch (tool::dtype_size(args.types.src_dtype)) {
        case 1:
            move_elements<uint8_t>(args, begin, end);
            break;
        case 2:
            move_elements<uint16_t>(args, begin, end);
            break;
        case 4:
            move_elements<uint32_t>(args, begin, end);
            break;
        case 8:
            move_elements<uint64_t>(args, begin, end);
            break;
        default:
            break;
    }
}

template <typename Rounding>
void dl_reference_any_copy_rescale(const CopyArgs &args, int begin, int end) {
    const CopyArgs::Loop inner = args.loops.back();
    with_quantized_dtype(args.types.src_dtype, [&](auto in) {
        using In = decltype(in);
        with_quantized_dtype(args.types.dst_dtype, [&](auto out) {
            using Out = decltype(out);
            const In *src = static_cast<const In *>(args.src);
            Out *dst = static_cast<Out *>(args.dst);
            for_each_row(args, begin, end, [&](int64_t s, int64_t d) {
                for (int64_t i = 0; i < inner.extent; i++) {
                    dst[d + i * inner.dst_stride] = rescale<Out, Rounding>(
                        src[s + i * inner.src_stride], args.types.src_exponent, args.types.dst_exponent);
                }
            });
        });
    });
}

bool is_plain(const CopyArgs &args) {
    return args.types.is_plain();
}

const Kernel<CopyArgs> s_kernels[] = {
    {"dl_reference_any_copy", is_plain, nullptr, dl_reference_any_copy, dl_reference_any_copy},
    {"dl_reference_any_copy_rescale", nullptr, nullptr, dl_reference_any_copy_rescale<RoundHalfUp>,
     dl_reference_any_copy_rescale<RoundHalfEven>},
};

}  // namespace

void simplify_copy(CopyArgs &args) {
    std::vector<CopyArgs::Loop> loops;
    for (const CopyArgs::Loop &loop : args.loops) {
        if (loop.extent == 1) {
            continue;
        }
        if (!loops.empty()) {
            CopyArgs::Loop &last = loops.back();
            if (last.src_stride == loop.extent * loop.src_stride && last.dst_stride == loop.extent * loop.dst_stride) {
                last = {last.extent * loop.extent, loop.src_stride, loop.dst_stride};
                continue;
            }
        }
        loops.push_back(loop);
    }
    if (loops.empty()) {
        loops.push_back({1, 1, 1});
    }
    if (loops.size() == 1 && loops[0].src_stride == 1 && loops[0].dst_stride == 1 && loops[0].extent >= 1 << 16) {
        // This is one long run: cut it, so that threads can share the work.
        int64_t parts = 16;
        while (loops[0].extent % parts) {
            parts /= 2;
        }
        const int64_t length = loops[0].extent / parts;
        loops = {{parts, length, length}, {length, 1, 1}};
    }
    args.loops = loops;
    int64_t units = 1;
    for (size_t i = 0; i + 1 < loops.size(); i++) {
        units *= loops[i].extent;
    }
    args.units = static_cast<int>(units);
}

BoundKernel<CopyArgs> select_copy(CopyArgs &args) {
    return select_kernel<CopyArgs>(&Wing::copy, s_kernels, args);
}

void Copy::begin(const TensorBase *src, const TensorBase *dst, int64_t src_offset, int64_t dst_offset) {
    m_args = {};
    m_args.types = CopyTypes(src, dst);
    restart(src_offset, dst_offset);
}

void Copy::restart(int64_t src_offset, int64_t dst_offset) {
    m_args.loops.clear();
    m_src_offset = src_offset * static_cast<int64_t>(tool::dtype_size(m_args.types.src_dtype));
    m_dst_offset = dst_offset * static_cast<int64_t>(tool::dtype_size(m_args.types.dst_dtype));
}

void Copy::prepare() {
    simplify_copy(m_args);
    m_bytes = m_args.units * m_args.loops.back().extent * tool::dtype_size(m_args.types.dst_dtype);
    m_kernel = select_copy(m_args);
}

void Copy::run(TensorBase *src, TensorBase *dst, runtime_mode_t mode) {
    m_args.src = src->get_element_ptr<uint8_t>() + m_src_offset;
    m_args.dst = dst->get_element_ptr<uint8_t>() + m_dst_offset;
    if (m_args.src == m_args.dst && m_args.types.is_plain() && m_args.is_flat()) {
        return;  // in place
    }
    parallel_for(mode_for(mode, m_bytes), m_args.units,
                 [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

bool copy_supports(dtype_t from, dtype_t to) {
    auto is_number = [](dtype_t t) { return t == DATA_TYPE_INT8 || t == DATA_TYPE_INT16 || t == DATA_TYPE_FLOAT; };
    return (from == to && tool::dtype_size(from) > 0) || (is_number(from) && is_number(to));
}

}  // namespace base
}  // namespace dl
