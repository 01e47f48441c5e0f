#include "dl_base_conv.hpp"

#include "dl_base_conv_reference.hpp"
#include "dl_base_wing.hpp"

namespace dl {
namespace base {

/** The sum of products of one tap. Accumulator is int64_t for integers and double for float32. */
template <typename Accumulator, typename T>
static Accumulator dot(const T *a, const T *b, int n) {
    Accumulator sum = 0;
    for (int i = 0; i < n; i++) {
        sum += static_cast<Accumulator>(a[i]) * b[i];
    }
    return sum;
}

template <typename T, typename Accumulator, typename Finish>
static void conv_rows(const ConvArgs &args, int begin, int end, Finish finish) {
    const T *input = static_cast<const T *>(args.input);
    const T *weights = reinterpret_cast<const T *>(args.weights.data());
    const int group_in = args.in_c / args.group;
    const int group_out = args.out_c / args.group;
    const size_t taps = static_cast<size_t>(args.kernel_h) * args.kernel_w;
    const auto product = [&](size_t pixel, size_t tap, int o) {
        return dot<Accumulator>(input + pixel + o / group_out * group_in, weights + (o * taps + tap) * group_in,
                                group_in);
    };
    reference_rows<T, Accumulator>(args, begin, end, product, finish);
}

template <typename T, typename Rounding>
static void conv_integer(const ConvArgs &args, int begin, int end) {
    conv_rows<T, int64_t>(args, begin, end,
                          [&](int64_t sum, int o) { return reference_finish<T, Rounding>(args, sum, o); });
}

static void conv_float(const ConvArgs &args, int begin, int end) {
    conv_rows<float, double>(args, begin, end, [&](double sum, int o) { return reference_finish(args, sum, o); });
}

static const Kernel<ConvArgs> s_kernels[] = {
    {"dl_reference_s8_conv", is_int8, prepare_rows, conv_integer<int8_t, RoundHalfUp>,
     conv_integer<int8_t, RoundHalfEven>},
    {"dl_reference_s16_conv", is_int16, prepare_rows, conv_integer<int16_t, RoundHalfUp>,
     conv_integer<int16_t, RoundHalfEven>},
    {"dl_reference_f32_conv", is_float, prepare_rows, conv_float, conv_float},
};

ConvRegion conv_region(const ConvArgs &args, int unit) {
    // A reference kernel's units are output rows.
    return args.state ? args.state->region(args, unit) : ConvRegion{unit * args.out_w, args.out_w, 0, args.out_c};
}

int conv_units_of_input(const ConvArgs &args) {
    return args.state ? args.state->units_of_input() : 1;
}

BoundKernel<ConvArgs> select_conv(ConvArgs &args) {
    const BoundKernel<ConvArgs> kernel = select_kernel<ConvArgs>(&Wing::conv, s_kernels, args);
    args.state = share_conv_state(std::move(args.state));
    return kernel;
}

}  // namespace base
}  // namespace dl
