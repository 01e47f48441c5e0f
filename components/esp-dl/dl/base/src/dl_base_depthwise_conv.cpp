#include "dl_base_conv.hpp"
#include "dl_base_conv_reference.hpp"
#include "dl_base_wing.hpp"

namespace dl {
namespace base {

template <typename T, typename Accumulator, typename Finish>
static void depthwise_rows(const ConvArgs &args, int begin, int end, Finish finish) {
    const T *input = static_cast<const T *>(args.input);
    const T *weights = reinterpret_cast<const T *>(args.weights.data());
    const auto product = [&](size_t pixel, size_t tap, int c) {
        return static_cast<Accumulator>(input[pixel + c]) * weights[tap * args.out_c + c];
    };
    reference_rows<T, Accumulator>(args, begin, end, product, finish);
}

template <typename T, typename Rounding>
static void depthwise_integer(const ConvArgs &args, int begin, int end) {
    depthwise_rows<T, int64_t>(args, begin, end,
                               [&](int64_t sum, int c) { return reference_finish<T, Rounding>(args, sum, c); });
}

static void depthwise_float(const ConvArgs &args, int begin, int end) {
    depthwise_rows<float, double>(args, begin, end, [&](double sum, int c) { return reference_finish(args, sum, c); });
}

static const Kernel<ConvArgs> s_kernels[] = {
    {"dl_reference_s8_depthwise_conv", is_int8, prepare_rows, depthwise_integer<int8_t, RoundHalfUp>,
     depthwise_integer<int8_t, RoundHalfEven>},
    {"dl_reference_s16_depthwise_conv", is_int16, prepare_rows, depthwise_integer<int16_t, RoundHalfUp>,
     depthwise_integer<int16_t, RoundHalfEven>},
    {"dl_reference_f32_depthwise_conv", is_float, prepare_rows, depthwise_float, depthwise_float},
};

BoundKernel<ConvArgs> select_depthwise_conv(ConvArgs &args) {
    const BoundKernel<ConvArgs> kernel = select_kernel<ConvArgs>(&Wing::depthwise_conv, s_kernels, args);
    args.state = share_conv_state(std::move(args.state));
    return kernel;
}

}  // namespace base
}  // namespace dl
