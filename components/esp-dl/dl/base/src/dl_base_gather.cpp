#include "dl_base_gather.hpp"

#include <algorithm>
#include <cstring>

#include "dl_base_rescale.hpp"
#include "dl_base_wing.hpp"
#include "dl_tool.hpp"

namespace dl {
namespace base {

namespace {

template <typename Rounding>
void dl_reference_any_gather(const GatherArgs &args, int begin, int end) {
    const int64_t count = static_cast<int64_t>(args.indices.size());
    for (int unit = begin; unit < end; unit++) {
        const int64_t from = unit / count * args.length + args.indices[unit % count];
        copy_run<Rounding>(args.types, args.types.src_at(args.src, from * args.run),
                           args.types.dst_at(args.dst, unit * args.run), args.run);
    }
}

template <typename Rounding>
void dl_reference_any_pad(const PadArgs &args, int begin, int end) {
    const int axes = static_cast<int>(args.source.size());
    const std::vector<int> &last = args.source.back();
    const int length = static_cast<int>(last.size());
    const size_t bytes = tool::dtype_size(args.types.dst_dtype);
    auto fill = [&](int64_t offset, int64_t n) {
        uint8_t *dst = static_cast<uint8_t *>(args.types.dst_at(args.dst, offset));
        for (int64_t i = 0; i < n; i++) {
            memcpy(dst + i * bytes, args.constant, bytes);
        }
    };
    for (int unit = begin; unit < end; unit++) {
        int64_t row = 0;
        bool is_constant = false;
        int rest = unit;
        for (int axis = axes - 2; axis >= 0; axis--) {
            const int source = args.source[axis][rest % args.source[axis].size()];
            rest /= static_cast<int>(args.source[axis].size());
            is_constant = is_constant || source < 0;
            row += source * args.src_strides[axis];
        }
        const int64_t dst = static_cast<int64_t>(unit) * length * args.run;
        // One stretch at a time: of the constant, or of elements that are neighbours in the input.
        for (int i = 0, next; i < length; i = next) {
            next = i + 1;
            if (is_constant || last[i] < 0) {
                while (next < length && (is_constant || last[next] < 0)) {
                    next++;
                }
                fill(dst + i * args.run, (next - i) * args.run);
                continue;
            }
            while (next < length && last[next] == last[i] + (next - i)) {
                next++;
            }
            copy_run<Rounding>(args.types, args.types.src_at(args.src, row + last[i] * args.src_strides.back()),
                               args.types.dst_at(args.dst, dst + i * args.run), (next - i) * args.run);
        }
    }
}

template <typename Rounding>
void dl_reference_any_reverse_sequence(const ReverseSequenceArgs &args, int begin, int end) {
    for (int unit = begin; unit < end; unit++) {
        const int batch = args.time_first ? unit % args.batch : unit / args.time;
        const int time = args.time_first ? unit / args.batch : unit % args.time;
        const int source = time < args.lengths[batch] ? args.lengths[batch] - 1 - time : time;
        const int from = args.time_first ? source * args.batch + batch : batch * args.time + source;
        copy_run<Rounding>(args.types, args.types.src_at(args.src, from * args.run),
                           args.types.dst_at(args.dst, unit * args.run), args.run);
    }
}

float reduce(scatter_t reduction, float a, float b) {
    switch (reduction) {
        case SCATTER_ADD:
            return a + b;
        case SCATTER_MUL:
            return a * b;
        case SCATTER_MAX:
            return std::max(a, b);
        case SCATTER_MIN:
            return std::min(a, b);
        default:
            return b;
    }
}

template <typename Rounding>
void dl_reference_any_scatter(const ScatterArgs &args, int, int) {
    if (args.reduction == SCATTER_NONE) {
        copy_run<Rounding>(args.types, args.data, args.dst, args.size);
        for (size_t i = 0; i < args.offsets.size(); i++) {
            if (args.offsets[i] < 0) {
                continue;
            }
            copy_run<Rounding>(args.update_types,
                               args.update_types.src_at(args.updates, static_cast<int64_t>(i) * args.run),
                               args.update_types.dst_at(args.dst, args.offsets[i]), args.run);
        }
        return;
    }
    with_quantized_dtype(args.types.src_dtype, [&](auto type) {
        const auto *data = static_cast<const decltype(type) *>(args.data);
        for (int64_t i = 0; i < args.size; i++) {
            args.sums[i] = rescale<float, Rounding>(data[i], args.types.src_exponent, 0);
        }
    });
    with_quantized_dtype(args.update_types.src_dtype, [&](auto type) {
        const auto *update = static_cast<const decltype(type) *>(args.updates);
        for (int64_t offset : args.offsets) {
            for (int64_t i = 0; offset >= 0 && i < args.run; i++) {
                float &sum = args.sums[offset + i];
                sum =
                    reduce(args.reduction, sum, rescale<float, Rounding>(update[i], args.update_types.src_exponent, 0));
            }
            update += args.run;
        }
    });
    with_quantized_dtype(args.types.dst_dtype, [&](auto type) {
        using Out = decltype(type);
        for (int64_t i = 0; i < args.size; i++) {
            static_cast<Out *>(args.dst)[i] = rescale<Out, Rounding>(args.sums[i], 0, args.types.dst_exponent);
        }
    });
}

const Kernel<GatherArgs> s_gather_kernels[] = {
    {"dl_reference_any_gather", nullptr, nullptr, dl_reference_any_gather<RoundHalfUp>,
     dl_reference_any_gather<RoundHalfEven>},
};
const Kernel<PadArgs> s_pad_kernels[] = {
    {"dl_reference_any_pad", nullptr, nullptr, dl_reference_any_pad<RoundHalfUp>, dl_reference_any_pad<RoundHalfEven>},
};
const Kernel<ReverseSequenceArgs> s_reverse_sequence_kernels[] = {
    {"dl_reference_any_reverse_sequence", nullptr, nullptr, dl_reference_any_reverse_sequence<RoundHalfUp>,
     dl_reference_any_reverse_sequence<RoundHalfEven>},
};
const Kernel<ScatterArgs> s_scatter_kernels[] = {
    {"dl_reference_any_scatter", nullptr, nullptr, dl_reference_any_scatter<RoundHalfUp>,
     dl_reference_any_scatter<RoundHalfEven>},
};

}  // namespace

BoundKernel<GatherArgs> select_gather(GatherArgs &args) {
    return select_kernel<GatherArgs>(&Wing::gather, s_gather_kernels, args);
}
BoundKernel<PadArgs> select_pad(PadArgs &args) {
    return select_kernel<PadArgs>(&Wing::pad, s_pad_kernels, args);
}
BoundKernel<ReverseSequenceArgs> select_reverse_sequence(ReverseSequenceArgs &args) {
    return select_kernel(s_reverse_sequence_kernels, args);
}
BoundKernel<ScatterArgs> select_scatter(ScatterArgs &args) {
    return select_kernel(s_scatter_kernels, args);
}

}  // namespace base
}  // namespace dl
