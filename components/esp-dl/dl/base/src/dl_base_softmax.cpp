#include "dl_base_softmax_reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "dl_base_rescale.hpp"
#include "dl_base_shared_tables.hpp"
#include "dl_base_wing.hpp"

namespace dl {
namespace base {

/** Must the maximum be subtracted before exp()? ESP-DL does not subtract it, which shows in the last bit of some
 * quotients. So it is done only where e^x could leave the range of float. */
static bool must_subtract_max(const SoftmaxArgs &args) {
    const float scale = DL_SCALE(args.types.src_exponent);
    switch (args.types.src_dtype) {
        case DATA_TYPE_INT8:
            return args.is_log || -DL_QUANT8_MIN * scale > 40;
        case DATA_TYPE_INT16:
            return args.is_log || -DL_QUANT16_MIN * scale > 40;
        default:
            return true;
    }
}

template <typename In>
void fill_exp_table(SoftmaxArgs &args) {
    constexpr int COUNT = 1 << 8 * sizeof(In);
    // By the exponent, and the number whose exponential comes first.
    static SharedTables<std::tuple<int, int>, float> s_tables;
    const int exponent = args.types.src_exponent;
    const int first = args.subtract_max ? 0 : std::numeric_limits<In>::max();
    args.exp_table = s_tables.get({exponent, first}, [&] {
        std::shared_ptr<float[]> table(new float[COUNT]);
        for (int k = 0; k < COUNT; k++) {
            table[k] = std::exp(static_cast<float>(first - k) * DL_SCALE(exponent));
        }
        return table;
    });
}
template void fill_exp_table<int8_t>(SoftmaxArgs &);
template void fill_exp_table<int16_t>(SoftmaxArgs &);

float softmax_log(float sum) {
    return std::log(sum);
}

bool make_exp_table(SoftmaxArgs &args) {
    args.subtract_max = must_subtract_max(args);
    if (args.types.src_dtype == DATA_TYPE_INT8) {
        fill_exp_table<int8_t>(args);
    }
    return true;
}

namespace {

template <typename In, typename Out, typename Rounding>
void softmax_rows(const SoftmaxArgs &args, int begin, int end) {
    const float scale = DL_SCALE(args.types.src_exponent);
    const float inv_scale = DL_RESCALE(args.types.dst_exponent);
    for (int unit = begin; unit < end; unit++) {
        const int64_t offset = unit / args.inner * args.inner * args.length + unit % args.inner;
        const In *src = static_cast<const In *>(args.src) + offset;
        Out *dst = static_cast<Out *>(args.dst) + offset;
        In max = src[0];
        for (int64_t i = 1; i < args.length; i++) {
            max = std::max(max, src[i * args.inner]);
        }
        if constexpr (!std::is_floating_point_v<In>) {
            if (!args.subtract_max) {
                max =
                    sizeof(In) == 1 ? static_cast<In>(DL_QUANT8_MAX) : 0;  // int8: the value of the table's first entry
            }
        }
        // The difference of integers is exact. With the maximum subtracted, the largest element gives e^0 = 1, so the
        // sum is at least 1.
        auto distance = [&](int64_t i) {
            if constexpr (std::is_floating_point_v<In>) {
                return src[i * args.inner] - max;
            } else {
                return static_cast<float>(static_cast<int>(src[i * args.inner]) - static_cast<int>(max)) * scale;
            }
        };
        auto exponential = [&](int64_t i) {
            if constexpr (std::is_same_v<In, int8_t>) {
                return args.exp_table[static_cast<int>(max) - static_cast<int>(src[i * args.inner])];
            } else {
                return std::exp(distance(i));
            }
        };
        float sum = 0;
        for (int64_t i = 0; i < args.length; i++) {
            sum += exponential(i);
        }
        const float log_sum = softmax_log(sum);
        for (int64_t i = 0; i < args.length; i++) {
            const float value = args.is_log ? distance(i) - log_sum : exponential(i) / sum;
            dst[i * args.inner] = quantize_real<Out, Rounding>(value * inv_scale);
        }
    }
}

template <typename Rounding>
void dl_reference_any_softmax(const SoftmaxArgs &args, int begin, int end) {
    with_quantized_dtype(args.types.src_dtype, [&](auto in) {
        with_quantized_dtype(args.types.dst_dtype,
                             [&](auto out) { softmax_rows<decltype(in), decltype(out), Rounding>(args, begin, end); });
    });
}

const Kernel<SoftmaxArgs> s_kernels[] = {
    {"dl_reference_any_softmax", nullptr, make_exp_table, dl_reference_any_softmax<RoundHalfUp>,
     dl_reference_any_softmax<RoundHalfEven>},
};

}  // namespace

BoundKernel<SoftmaxArgs> select_softmax(SoftmaxArgs &args) {
    return select_kernel<SoftmaxArgs>(&Wing::softmax, s_kernels, args);
}

}  // namespace base
}  // namespace dl
