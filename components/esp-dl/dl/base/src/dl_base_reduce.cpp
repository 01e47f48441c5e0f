#include "dl_base_reduce_reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dl_base_rescale.hpp"
#include "dl_base_wing.hpp"

namespace dl {
namespace base {

void set_reduce_axes(ReduceArgs &args, const std::vector<int> &shape, const std::vector<bool> &reduce) {
    args.kept.clear();
    args.reduced.clear();
    args.count = 1;
    args.outputs = 1;
    int64_t stride = 1;
    for (int axis = static_cast<int>(shape.size()) - 1; axis >= 0; axis--) {
        std::vector<ReduceArgs::Axis> &list = reduce[axis] ? args.reduced : args.kept;
        if (shape[axis] != 1) {
            if (!list.empty() && list.front().stride * list.front().extent == stride) {
                list.front().extent *= shape[axis];
            } else {
                list.insert(list.begin(), {shape[axis], stride});
            }
        }
        if (reduce[axis]) {
            args.count *= shape[axis];
        } else {
            args.outputs *= shape[axis];
        }
        stride *= shape[axis];
    }
    if (args.kept.empty()) {
        args.kept.push_back({1, 1});
    }
    const int inner = args.kept.back().extent;
    args.tiles = (inner + ReduceArgs::TILE - 1) / ReduceArgs::TILE;
    args.units = args.outputs / inner * args.tiles;
}

int64_t reduce_row_offset(const ReduceArgs &args, int64_t row) {
    int64_t offset = 0;
    for (int axis = static_cast<int>(args.kept.size()) - 2; axis >= 0; axis--) {
        offset += row % args.kept[axis].extent * args.kept[axis].stride;
        row /= args.kept[axis].extent;
    }
    return offset;
}

/** What becomes of a sum. @param scale of the input's elements */
static float finish_sum(const ReduceArgs &args, float scale, float x) {
    switch (args.op) {
        case REDUCE_L2:
            return std::sqrt(x) * scale;
        case REDUCE_SUM_SQUARE:
            return x * scale * scale;
        case REDUCE_MEAN:
            return x / static_cast<float>(args.count) * scale;
        case REDUCE_LOG_SUM:
            return std::log(x * scale);
        default:
            return x * scale;
    }
}

template <typename Rounding>
void store_reduced(const ReduceArgs &args, const float *results, int n, int64_t at) {
    store_real<Rounding>(args.out_type, results, n, DL_RESCALE(args.out_exponent), args.out, at);
}
template void store_reduced<RoundHalfUp>(const ReduceArgs &, const float *, int, int64_t);
template void store_reduced<RoundHalfEven>(const ReduceArgs &, const float *, int, int64_t);

template <typename Rounding>
void store_reduced_sums(const ReduceArgs &args, float *sums, int n, int64_t at) {
    const float scale = args.in_type == DATA_TYPE_FLOAT ? 1.0f : DL_SCALE(args.in_exponent);
    for (int i = 0; i < n; i++) {
        sums[i] = finish_sum(args, scale, sums[i]);
    }
    store_reduced<Rounding>(args, sums, n, at);
}
template void store_reduced_sums<RoundHalfUp>(const ReduceArgs &, float *, int, int64_t);
template void store_reduced_sums<RoundHalfEven>(const ReduceArgs &, float *, int, int64_t);

namespace {

/** Call f(offset) for each input element of an output, in row-major order. Offsets count from the first one. */
template <typename F>
void for_each_reduced(const ReduceArgs &args, F &&f) {
    const int rank = static_cast<int>(args.reduced.size());
    if (rank == 0) {
        f(0);
        return;
    }
    std::vector<int> index(rank, 0);
    const ReduceArgs::Axis &inner = args.reduced.back();
    int64_t offset = 0;
    for (;;) {
        for (int i = 0; i < inner.extent; i++) {
            f(offset + i * inner.stride);
        }
        int axis = rank - 2;
        for (; axis >= 0; axis--) {
            offset += args.reduced[axis].stride;
            if (++index[axis] < args.reduced[axis].extent) {
                break;
            }
            offset -= index[axis] * args.reduced[axis].stride;
            index[axis] = 0;
        }
        if (axis < 0) {
            return;
        }
    }
}

constexpr float infinity = std::numeric_limits<float>::infinity();

float maximum(float a, float b) {
    return b > a || b != b ? b : a;
}

float minimum(float a, float b) {
    return b < a || b != b ? b : a;
}

/** Compute log(sum(e^x)) of n columns. @param result holds the columns' maxima, and takes the results */
template <typename T>
void log_sum_exp(const ReduceArgs &args, const T *in, int n, float scale, float *result) {
    const int64_t stride = args.kept.back().stride;
    float top[ReduceArgs::TILE];
    double acc[ReduceArgs::TILE] = {};
    for (int i = 0; i < n; i++) {
        // An infinite maximum would give inf - inf below.
        top[i] = std::isinf(result[i]) ? 0 : result[i];
    }
    for_each_reduced(args, [&](int64_t at) {
        for (int i = 0; i < n; i++) {
            acc[i] += std::exp(static_cast<float>(in[at + i * stride]) * scale - top[i]);
        }
    });
    for (int i = 0; i < n; i++) {
        result[i] = std::log(static_cast<float>(acc[i])) + top[i];
    }
}

/**
 * Compute the units [begin, end). @tparam T element type @tparam Acc type of sums: int64_t for integers, double for
 * float
 */
template <typename T, typename Acc, typename Rounding>
void reduce(const ReduceArgs &args, int begin, int end) {
    constexpr bool is_float = std::is_same_v<T, float>;
    const float scale = is_float ? 1.0f : DL_SCALE(args.in_exponent);
    const ReduceArgs::Axis inner = args.kept.back();
    for (int unit = begin; unit < end; unit++) {
        const int start = unit % args.tiles * ReduceArgs::TILE;
        const int n = std::min(ReduceArgs::TILE, inner.extent - start);
        const int64_t row = unit / args.tiles;
        const T *in = static_cast<const T *>(args.in) + reduce_row_offset(args, row) + start * inner.stride;
        float result[ReduceArgs::TILE];

        auto sum = [&](auto term) {
            Acc acc[ReduceArgs::TILE] = {};
            for_each_reduced(args, [&](int64_t at) {
                for (int i = 0; i < n; i++) {
                    acc[i] += term(static_cast<Acc>(in[at + i * inner.stride]));
                }
            });
            for (int i = 0; i < n; i++) {
                result[i] = static_cast<float>(acc[i]);
            }
        };
        auto fold = [&](float first, auto &&step) {
            std::fill_n(result, n, first);
            for_each_reduced(args, [&](int64_t at) {
                for (int i = 0; i < n; i++) {
                    result[i] = step(result[i], static_cast<float>(in[at + i * inner.stride]) * scale);
                }
            });
        };
        const int64_t out_at = row * inner.extent + start;
        switch (args.op) {
            case REDUCE_L1:
                sum([](Acc x) { return x < 0 ? -x : x; });
                store_reduced_sums<Rounding>(args, result, n, out_at);
                continue;
            case REDUCE_L2:
            case REDUCE_SUM_SQUARE:
                sum([](Acc x) { return x * x; });
                store_reduced_sums<Rounding>(args, result, n, out_at);
                continue;
            case REDUCE_SUM:
            case REDUCE_MEAN:
            case REDUCE_LOG_SUM:
                sum([](Acc x) { return x; });
                store_reduced_sums<Rounding>(args, result, n, out_at);
                continue;
            case REDUCE_PROD:
                fold(1.0f, [](float a, float b) { return a * b; });
                break;
            case REDUCE_MAX:
                fold(-infinity, maximum);
                break;
            case REDUCE_MIN:
                fold(infinity, minimum);
                break;
            case REDUCE_LOG_SUM_EXP:
                fold(-infinity, maximum);
                log_sum_exp(args, in, n, scale, result);
                break;
        }
        store_reduced<Rounding>(args, result, n, out_at);
    }
}

template <dtype_t TYPE>
bool is(const ReduceArgs &args) {
    return args.in_type == TYPE;
}

}  // namespace

BoundKernel<ReduceArgs> select_reduce(ReduceArgs &args) {
    static const Kernel<ReduceArgs> table[] = {
        {"dl_reference_s8_reduce", is<DATA_TYPE_INT8>, nullptr, reduce<int8_t, int64_t, RoundHalfUp>,
         reduce<int8_t, int64_t, RoundHalfEven>},
        {"dl_reference_s16_reduce", is<DATA_TYPE_INT16>, nullptr, reduce<int16_t, int64_t, RoundHalfUp>,
         reduce<int16_t, int64_t, RoundHalfEven>},
        {"dl_reference_f32_reduce", is<DATA_TYPE_FLOAT>, nullptr, reduce<float, double, RoundHalfUp>,
         reduce<float, double, RoundHalfEven>},
    };
    return select_kernel<ReduceArgs>(&Wing::reduce, table, args);
}

}  // namespace base
}  // namespace dl
