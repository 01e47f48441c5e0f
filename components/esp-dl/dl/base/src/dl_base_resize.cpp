#include "dl_base_resize.hpp"

#include "dl_base_rescale.hpp"
#include "dl_base_wing.hpp"
#include "dl_tool.hpp"

namespace dl {
namespace base {

namespace {

template <typename F>
void with_types(const ResizeArgs &args, F f) {
    with_quantized_dtype(args.types.src_dtype,
                         [&](auto in) { with_quantized_dtype(args.types.dst_dtype, [&](auto out) { f(in, out); }); });
}

template <typename Rounding>
void dl_reference_any_resize_nearest(const ResizeArgs &args, int begin, int end) {
    for (int unit = begin; unit < end; unit++) {
        const int64_t row = static_cast<int64_t>(unit / args.out_h) * args.h + args.taps_y[unit % args.out_h].low;
        for (int x = 0; x < args.out_w; x++) {
            const int64_t from = (row * args.w + args.taps_x[x].low) * args.src_pitch;
            const int64_t to = (static_cast<int64_t>(unit) * args.out_w + x) * args.dst_pitch;
            copy_run<Rounding>(args.types, args.types.src_at(args.src, from), args.types.dst_at(args.dst, to), args.c);
        }
    }
}

template <typename Rounding>
void dl_reference_any_resize_linear(const ResizeArgs &args, int begin, int end) {
    // The scale is a power of two, so applying it to the result gives the same as applying it to each element.
    const float scale = DL_SCALE(args.types.src_exponent - args.types.dst_exponent);
    with_types(args, [&](auto in, auto out) {
        using In = decltype(in);
        using Out = decltype(out);
        const In *src = static_cast<const In *>(args.src);
        Out *dst = static_cast<Out *>(args.dst) + static_cast<int64_t>(begin) * args.out_w * args.dst_pitch;
        const int64_t row = static_cast<int64_t>(args.w) * args.src_pitch;
        for (int unit = begin; unit < end; unit++) {
            const In *image = src + (unit / args.out_h) * args.h * row;
            const ResizeArgs::Tap y = args.taps_y[unit % args.out_h];
            const In *top = image + y.low * row;
            const In *bottom = image + y.high * row;
            for (int i = 0; i < args.out_w; i++) {
                const ResizeArgs::Tap x = args.taps_x[i];
                const int64_t left = static_cast<int64_t>(x.low) * args.src_pitch;
                const int64_t right = static_cast<int64_t>(x.high) * args.src_pitch;
                for (int c = 0; c < args.c; c++) {
                    const float upper = top[left + c] * x.weight_low + top[right + c] * x.weight_high;
                    const float lower = bottom[left + c] * x.weight_low + bottom[right + c] * x.weight_high;
                    dst[c] = quantize_real<Out, Rounding>((upper * y.weight_low + lower * y.weight_high) * scale);
                }
                dst += args.dst_pitch;
            }
        }
    });
}

bool is_linear(const ResizeArgs &args) {
    return args.is_linear;
}

const Kernel<ResizeArgs> s_kernels[] = {
    {"dl_reference_any_resize_linear", is_linear, nullptr, dl_reference_any_resize_linear<RoundHalfUp>,
     dl_reference_any_resize_linear<RoundHalfEven>},
    {"dl_reference_any_resize_nearest", nullptr, nullptr, dl_reference_any_resize_nearest<RoundHalfUp>,
     dl_reference_any_resize_nearest<RoundHalfEven>},
};

}  // namespace

BoundKernel<ResizeArgs> select_resize(ResizeArgs &args) {
    return select_kernel<ResizeArgs>(&Wing::resize, s_kernels, args);
}

}  // namespace base
}  // namespace dl
