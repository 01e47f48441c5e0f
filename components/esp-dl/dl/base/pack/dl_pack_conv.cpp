#include "dl_pack_conv.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "dl_base_parallel.hpp"

namespace dl {
namespace base {

static constexpr size_t SCRATCH_LIMIT = 64 << 20;

static int round_up(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

// The least work of a unit. Handing out a smaller one costs more time than sharing it saves.
static constexpr int64_t UNIT_MACS = 1 << 19;

static int64_t all_macs(const ConvArgs &args) {
    return static_cast<int64_t>(args.batch) * args.out_h * args.out_w * args.out_c * args.depth();
}

/** Bytes of weights that take as long to read as UNIT_MACS take to multiply. */
static constexpr int64_t UNIT_WEIGHTS = 1 << 16;

/** Two threads cannot share an odd number of units evenly: few units become one more if there is enough work. */
static int64_t share_evenly(const ConvArgs &args, int64_t units, int64_t most) {
    const bool uneven = units % 2 == 1 && units < 9 && units < most;
    return uneven && conv_cost(args) >= 3 * UNIT_MACS ? units + 1 : units;
}

ConvRegion TiledConv::region(const ConvArgs &args, int unit) const {
    const int index = unit / plan.groups, group = unit % plan.groups;
    ConvRegion region;
    if (plan.is_matrix) {
        region.first_pixel = index * plan.unit_rows;
        region.pixels = std::min(plan.unit_rows, args.batch * args.out_h * args.out_w - region.first_pixel);
    } else {
        const int per_image = (args.out_h + plan.unit_rows - 1) / plan.unit_rows;
        const int row = index % per_image * plan.unit_rows;
        region.first_pixel = (index / per_image * args.out_h + row) * args.out_w;
        region.pixels = std::min(plan.unit_rows, args.out_h - row) * args.out_w;
    }
    region.first_channel = group * plan.group_blocks * plan.block;
    const int end = group + 1 < plan.groups ? region.first_channel + plan.group_blocks * plan.block : args.out_c;
    region.channels = end - region.first_channel;
    return region;
}

bool make_conv_plan(ConvArgs &args, ConvPlan &plan, int run_multiple, int block, size_t element, bool by_tap,
                    size_t budget, int max_rows) {
    plan.block = block;
    plan.blocks = (args.out_c + block - 1) / block;
    plan.is_matrix = args.kernel_h == 1 && args.kernel_w == 1 && args.stride_h == 1 && args.stride_w == 1 &&
                     args.pad_top == 0 && args.pad_left == 0 && args.out_h == args.in_h && args.out_w == args.in_w;
    plan.pixel_bytes = args.in_c * element;
    if (plan.is_matrix) {
        const int64_t positions = static_cast<int64_t>(args.batch) * args.out_h * args.out_w;
        plan.runs = 1;
        plan.run_elements = args.in_c;
        plan.run_padded = round_up(args.in_c, run_multiple);
        plan.position_bytes = plan.pixel_bytes;
        // Units of about equal size, of whole tiles (of 12 or 6 positions).
        const int64_t most = static_cast<int64_t>(std::clamp<size_t>(budget / plan.pixel_bytes / 192 * 192, 192, 960));
        const int64_t units = share_evenly(args, (positions + most - 1) / most, positions / 12);
        plan.unit_rows = round_up(static_cast<int>((positions + units - 1) / units), 12);
        plan.row_positions = plan.unit_rows;
        plan.scratch_bytes = plan.unit_rows * plan.pixel_bytes;
        plan.run_offsets = {0};
        args.units = static_cast<int>((positions + plan.unit_rows - 1) / plan.unit_rows);
        return plan.scratch_bytes <= SCRATCH_LIMIT;
    }

    const bool neighbours = !by_tap && (args.dilation_w == 1 || args.kernel_w == 1);
    plan.runs = neighbours ? args.kernel_h : args.kernel_h * args.kernel_w;
    plan.run_elements = neighbours ? args.kernel_w * args.in_c : args.in_c;
    plan.run_padded = round_up(plan.run_elements, run_multiple);
    plan.position_bytes = args.stride_w * plan.pixel_bytes;
    const int needed = (args.out_w - 1) * args.stride_w + (args.kernel_w - 1) * args.dilation_w + 1;
    plan.row_positions = std::max(args.out_w, (needed + args.stride_w - 1) / args.stride_w);
    plan.row_bytes = plan.row_positions * plan.position_bytes;

    const int window = (args.kernel_h - 1) * args.dilation_h + 1;
    auto rows_for = [&](int unit_rows) { return (unit_rows - 1) * args.stride_h + window; };
    plan.unit_rows = 1;
    while (plan.unit_rows < std::min(args.out_h, max_rows) && rows_for(plan.unit_rows + 1) * plan.row_bytes <= budget) {
        plan.unit_rows++;
    }
    // Units of equal size, so that no thread is left with a short one.
    const int needed_units = (args.out_h + plan.unit_rows - 1) / plan.unit_rows;
    const int units = static_cast<int>(share_evenly(args, needed_units, args.out_h));
    plan.unit_rows = (args.out_h + units - 1) / units;
    plan.plane_rows = (rows_for(plan.unit_rows) + args.stride_h - 1) / args.stride_h;
    plan.scratch_bytes = static_cast<size_t>(plan.plane_rows) * args.stride_h * plan.row_bytes;
    if (plan.scratch_bytes > SCRATCH_LIMIT) {
        return false;
    }
    for (int run = 0; run < plan.runs; run++) {
        const int row = (neighbours ? run : run / args.kernel_w) * args.dilation_h;
        const int tap = neighbours ? 0 : run % args.kernel_w * args.dilation_w;
        const size_t scratch_row = static_cast<size_t>(row % args.stride_h) * plan.plane_rows + row / args.stride_h;
        plan.run_offsets.push_back(static_cast<int32_t>(scratch_row * plan.row_bytes + tap * plan.pixel_bytes));
    }
    args.units = args.batch * ((args.out_h + plan.unit_rows - 1) / plan.unit_rows);
    return true;
}

void split_conv_channels(ConvArgs &args) {
    constexpr int64_t max_units = 16;
    ConvPlan &plan = state_of<TiledConv>(args).plan;
    const int64_t weights = args.out_c * args.depth();
    const int64_t wanted = std::min(std::max(all_macs(args) / UNIT_MACS, weights / UNIT_WEIGHTS), max_units);
    const int groups = static_cast<int>(std::max<int64_t>(1, (wanted + args.units - 1) / args.units));
    // Kernels take two blocks at once.
    plan.group_blocks = std::max(2, plan.blocks / groups / 2 * 2);
    plan.groups = std::max(1, plan.blocks / plan.group_blocks);
    args.units *= plan.groups;
}

int gathered_rows(const ConvArgs &args, int bytes) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    if (plan.runs < 2 || plan.runs > 5 || plan.run_elements > 32 || plan.runs * plan.run_elements > bytes) {
        return 0;
    }
    return std::max(1, (32 << 10) / (plan.row_positions * bytes));
}

void gather_conv_windows(ConvArgs &args, int bytes) {
    ConvPlan &plan = state_of<TiledConv>(args).plan;
    const int elements = plan.runs * plan.run_elements;
    if (gathered_rows(args, bytes) == 0) {
        return;
    }
    plan.gather_offsets.swap(plan.run_offsets);
    plan.gather_elements = plan.run_elements;
    plan.gather_position = plan.position_bytes;
    // Kernels copy up to 32 bytes of a run.
    plan.gather_at = static_cast<size_t>(round_up(static_cast<int>(plan.scratch_bytes), 64)) + 2 * bytes;
    plan.scratch_bytes = plan.gather_at + static_cast<size_t>(plan.unit_rows) * plan.row_positions * bytes;
    plan.runs = 1;
    plan.run_offsets = {0};
    plan.run_elements = elements;
    plan.run_padded = bytes;
    plan.position_bytes = bytes;
}

/** Distribute the elements of a channel's run: GROUP of them lie together, then those of the other channels of the
 * block. */
template <int GROUP, typename T, typename Packed>
static void pack_run(const T *from, int elements, int block, Packed *to) {
    int k = 0;
    for (; k + GROUP <= elements; k += GROUP) {
        for (int i = 0; i < GROUP; i++) {
            to[static_cast<size_t>(k) * block + i] = static_cast<Packed>(from[k + i]);
        }
    }
    for (int i = 0; k + i < elements; i++) {
        to[static_cast<size_t>(k) * block + i] = static_cast<Packed>(from[k + i]);
    }
}

template <typename T, typename Packed>
void pack_conv_weights(ConvArgs &args, int group) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const T *weights = reinterpret_cast<const T *>(args.weights.data());
    const size_t depth = static_cast<size_t>(plan.runs) * plan.run_elements;
    const size_t run_size = static_cast<size_t>(plan.run_padded) * plan.block;
    HostBuffer<uint8_t> &buffer = state_of<TiledConv>(args).packed;
    const size_t bytes = plan.blocks * plan.runs * run_size * sizeof(Packed);
    if (args.out_c % plan.block == 0 && plan.run_padded == plan.run_elements && plan.run_elements % group == 0) {
        buffer.resize(bytes);
    } else {
        buffer.assign(bytes, 0);  // channels and elements that are missing have weights of 0
    }
    Packed *packed = reinterpret_cast<Packed *>(buffer.data());
    for (int o = 0; o < args.out_c; o++) {
        for (int run = 0; run < plan.runs; run++) {
            const T *from = weights + o * depth + static_cast<size_t>(run) * plan.run_elements;
            Packed *to =
                packed + (static_cast<size_t>(o / plan.block) * plan.runs + run) * run_size + o % plan.block * group;
            group == 8   ? pack_run<8>(from, plan.run_elements, plan.block, to)
            : group == 4 ? pack_run<4>(from, plan.run_elements, plan.block, to)
                         : pack_run<2>(from, plan.run_elements, plan.block, to);
        }
    }
    HostBuffer<uint8_t>().swap(args.weights);
}

template void pack_conv_weights<int8_t, int8_t>(ConvArgs &, int);
template void pack_conv_weights<int8_t, int16_t>(ConvArgs &, int);
template void pack_conv_weights<int16_t, int16_t>(ConvArgs &, int);

/** Sum of the weights and of their absolute values of one output channel. */
static void sum_weights(const ConvArgs &args, int o, int64_t *sum, int64_t *absolute) {
    const int8_t *weights = reinterpret_cast<const int8_t *>(args.weights.data());
    const bool depthwise = args.group > 1;
    const int64_t depth = args.depth();
    const int8_t *first = weights + (depthwise ? o : o * depth);
    const int64_t step = depthwise ? args.out_c : 1;
    *sum = *absolute = 0;
    // 32 bits hold the sums of a part, and the compiler adds several of them at once.
    constexpr int64_t part = 1 << 20;
    for (int64_t begin = 0; begin < depth; begin += part) {
        const int64_t end = std::min(depth, begin + part);
        int32_t part_sum = 0, part_absolute = 0;
        if (step == 1) {
            for (int64_t k = begin; k < end; k++) {
                part_sum += first[k];
                part_absolute += std::abs(first[k]);
            }
        } else {
            for (int64_t k = begin; k < end; k++) {
                part_sum += first[k * step];
                part_absolute += std::abs(first[k * step]);
            }
        }
        *sum += part_sum;
        *absolute += part_absolute;
    }
}

static int64_t rounding_term(int shift) {
    return shift > 0 && shift < 64 ? INT64_C(1) << (shift - 1) : 0;
}

/** May a sum of channel o, its rounding term included, leave 32 bits? */
static bool may_wrap(const ConvArgs &args, int o, int64_t absolute) {
    return args.bias[o] - 128 * absolute < INT32_MIN ||
           args.bias[o] + 128 * absolute + rounding_term(args.shifts[o]) > INT32_MAX;
}

/**
 * Can a sum of channel o be rounded in single precision? Sums of up to 24 bits are exact there. Larger ones are not,
 * but after a shift of at most 17 what they stand for is saturated, whatever they have become, if they stay below 2^31.
 */
static bool fits_float(const ConvArgs &args, int o, int64_t absolute) {
    constexpr int64_t below = INT64_C(0x7fffff80);
    return args.shifts[o] >= 0 && args.shifts[o] <= 17 && !may_wrap(args, o, absolute) &&
           args.bias[o] + 128 * absolute + rounding_term(args.shifts[o]) <= below;
}

/** Fill the values of one channel, at place `at` of each buffer. */
static void pack_bias(const ConvArgs &args, Int8Conv &state, int channel, int at, int64_t zero) {
    // A sum that may wrap has no room for a large rounding term. So bits are shifted out before the term is added.
    const int before = state.wraps ? std::max(0, args.shifts[channel] - 23) : 0;
    const int shift = args.shifts[channel] - before;
    const int64_t half = rounding_term(shift);
    // The bias may wrap modulo 2^32: adding the products undoes that.
    state.bias[at] = static_cast<int32_t>(args.bias[channel] + (state.wraps ? 0 : half) - zero);
    state.shift[at] = shift;
    // A shift by 0 drops nothing, so there are no ties. With all bits set, no value but 0 looks like a tie, and 0 is
    // even anyway.
    state.tie[at] = shift > 0 && shift < 32 ? static_cast<int32_t>((UINT32_C(1) << shift) - 1) : -1;
    state.half[at] = static_cast<int32_t>(half);
    state.before[at] = before;
    if (!state.factor.empty()) {
        state.factor[at] = std::ldexp(1.0f, -shift);
        state.offset[at] = shift > 0 ? 0.5f : 0.0f;
    }
}

/** Make room for the values of all channels and set wraps. @return the sum of each channel's weights */
static std::vector<int64_t> begin_bias(const ConvArgs &args, Int8Conv &state) {
    const int padded = state.plan.blocks * state.plan.block;
    for (HostBuffer<int32_t> *values : {&state.bias, &state.shift, &state.tie, &state.half, &state.before}) {
        values->assign(padded, 0);
    }
    state.wraps = false;
    bool in_float = true;
    std::vector<int64_t> sums(args.out_c);
    for (int o = 0; o < args.out_c; o++) {
        int64_t absolute;
        sum_weights(args, o, &sums[o], &absolute);
        state.wraps = state.wraps || may_wrap(args, o, absolute);
        in_float = in_float && fits_float(args, o, absolute);
    }
    state.factor.assign(in_float ? padded : 0, 0);
    state.offset.assign(in_float ? padded : 0, 0);
    return sums;
}

void pack_conv_bias_int8(ConvArgs &args, int zero_point) {
    Int8Conv &state = state_of<Int8Conv>(args);
    const std::vector<int64_t> sums = begin_bias(args, state);
    for (int o = 0; o < args.out_c; o++) {
        pack_bias(args, state, o, o, zero_point * sums[o]);
    }
}

/** Weights of a step of ConvBytes as they are packed: elements 0 to 3 of each channel, then 4 to 7. */
struct ByteStep {
    static constexpr int ELEMENTS = 8;
    static constexpr int CHANNELS = 16;
    static constexpr int HALF = 4 * CHANNELS;
    int8_t weights[2 * HALF];
};

/** The widest range of inputs for which the sums of a step fit into 16 bits, see pack_conv_bytes(). */
struct ByteRange {
    int plain;
    int centred;
};

static ByteRange range_of(const ByteStep &step) {
    constexpr int PAIRS = ByteStep::HALF;
    // Of the pairs of weights: sums of the positive ones, and of the others' absolute values.
    int16_t positive[PAIRS], negative[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        const int16_t one = step.weights[2 * i], other = step.weights[2 * i + 1];
        positive[i] = static_cast<int16_t>(std::max<int16_t>(one, 0) + std::max<int16_t>(other, 0));
        negative[i] = static_cast<int16_t>(positive[i] - one - other);
    }
    int16_t two = 1, four = 1, all = 1;
    for (int i = 0; i < PAIRS; i++) {
        two = std::max(two, std::max(positive[i], negative[i]));
    }
    for (int i = 0; i < PAIRS / 2; i++) {
        const int16_t more = static_cast<int16_t>(positive[i] + positive[i + PAIRS / 2]);
        const int16_t less = static_cast<int16_t>(negative[i] + negative[i + PAIRS / 2]);
        four = std::max(four, std::max(more, less));
        all = std::max(all, static_cast<int16_t>(more + less));
    }
    return {INT16_MAX / four, std::min(INT16_MAX / two, 2 * INT16_MAX / all)};
}

static bool fits(const ConvBytes &bytes, const ByteRange &range) {
    return bytes.range <= (bytes.centre ? range.centred : range.plain);
}

/** Append several steps to `parts` whose sums fit and whose weights add up to those of `step`. */
static void split_bytes(const ByteStep &step, const ConvBytes &bytes, std::vector<ByteStep> &parts) {
    ByteStep halves[2];
    for (int i = 0; i < 2 * ByteStep::HALF; i++) {
        halves[0].weights[i] = static_cast<int8_t>(step.weights[i] >> 1);
        halves[1].weights[i] = static_cast<int8_t>(step.weights[i] - halves[0].weights[i]);
    }
    for (const ByteStep &half : halves) {
        if (fits(bytes, range_of(half))) {
            parts.push_back(half);
        } else {
            split_bytes(half, bytes, parts);
        }
    }
}

/** Append a step to the packed weights. */
static void append_step(const ByteStep &step, ConvBytes &bytes) {
    bytes.packed.insert(bytes.packed.end(), std::begin(step.weights), std::end(step.weights));
    if (bytes.centre == 0) {
        return;
    }
    int16_t shares[ByteStep::HALF / 2];
    for (int i = 0; i < ByteStep::HALF / 2; i++) {
        const int8_t *low = step.weights + 2 * i, *high = low + ByteStep::HALF;
        shares[i] = static_cast<int16_t>(-bytes.centre * (low[0] + low[1] + high[0] + high[1]));
    }
    const uint8_t *first = reinterpret_cast<const uint8_t *>(shares);
    bytes.packed.insert(bytes.packed.end(), first, first + sizeof shares);
}

/** The step that begins at element `at` of a run. */
static ByteStep byte_step(const ConvArgs &args, const ConvPlan &words, int block, int run, int at) {
    ByteStep step = {};
    const int8_t *weights = reinterpret_cast<const int8_t *>(args.weights.data());
    const int first = block * ByteStep::CHANNELS, channels = std::min(ByteStep::CHANNELS, args.out_c - first);
    const int count = std::min(ByteStep::ELEMENTS, words.run_elements - at);
    for (int o = 0; o < channels; o++) {
        const size_t channel_run = static_cast<size_t>(first + o) * words.runs + run;
        const int8_t *from = weights + channel_run * words.run_elements + at;
        int8_t elements[ByteStep::ELEMENTS] = {};
        if (count == ByteStep::ELEMENTS) {
            std::memcpy(elements, from, ByteStep::ELEMENTS);
        } else {
            std::memcpy(elements, from, count);
        }
        std::memcpy(step.weights + 4 * o, elements, 4);
        std::memcpy(step.weights + ByteStep::HALF + 4 * o, elements + 4, 4);
    }
    return step;
}

/** The ranges of all steps, in the order in which they are packed. */
static std::vector<ByteRange> byte_ranges(const ConvArgs &args, const ConvPlan &words) {
    std::vector<ByteRange> ranges;
    for (int block = 0; block < words.blocks; block++) {
        for (int run = 0; run < words.runs; run++) {
            for (int at = 0; at < words.run_elements; at += ByteStep::ELEMENTS) {
                ranges.push_back(range_of(byte_step(args, words, block, run, at)));
            }
        }
    }
    return ranges;
}

/** Pack the weights for bytes.range and bytes.centre. @param ranges of the steps @return false if there are more than
 * `max_steps` steps */
static bool pack_byte_steps(const ConvArgs &args, const ConvPlan &words, const std::vector<ByteRange> &ranges,
                            int64_t max_steps, ConvBytes &bytes) {
    const int64_t run_steps = (words.run_elements + ByteStep::ELEMENTS - 1) / ByteStep::ELEMENTS;
    const ByteRange *range = ranges.data();
    bytes.packed.reserve(max_steps * bytes.step_bytes());
    int64_t steps = 0;
    for (int block = 0; block < words.blocks; block++) {
        if (steps + (words.blocks - block) * words.runs * run_steps > max_steps) {
            return false;
        }
        // The parts of steps that were split, behind the first of each, and their offsets in the window.
        std::vector<ByteStep> further, parts;
        std::vector<int32_t> offsets;
        bytes.blocks.insert(bytes.blocks.end(),
                            {static_cast<int32_t>(bytes.runs.size() / 2), static_cast<int32_t>(steps)});
        for (int run = 0; run < words.runs; run++) {
            const int offset = words.run_offsets[run] / 2;
            bytes.runs.insert(bytes.runs.end(), {offset, static_cast<int32_t>(run_steps)});
            for (int at = 0; at < words.run_elements; at += ByteStep::ELEMENTS) {
                const ByteStep step = byte_step(args, words, block, run, at);
                parts.assign(1, step);
                if (!fits(bytes, *range++)) {
                    parts.clear();
                    split_bytes(step, bytes, parts);
                }
                append_step(parts[0], bytes);
                further.insert(further.end(), parts.begin() + 1, parts.end());
                offsets.resize(further.size(), offset + at);
                steps += static_cast<int64_t>(parts.size());
            }
        }
        for (size_t i = 0; i < further.size(); i++) {
            bytes.runs.insert(bytes.runs.end(), {offsets[i], 1});
            append_step(further[i], bytes);
        }
    }
    if (steps > max_steps) {
        return false;
    }
    bytes.blocks.insert(bytes.blocks.end(), {static_cast<int32_t>(bytes.runs.size() / 2), static_cast<int32_t>(steps)});
    bytes.plan = words;
    bytes.plan.run_padded = static_cast<int>(run_steps) * ByteStep::ELEMENTS;
    for (size_t *size :
         {&bytes.plan.pixel_bytes, &bytes.plan.position_bytes, &bytes.plan.row_bytes, &bytes.plan.scratch_bytes}) {
        *size /= 2;
    }
    return true;
}

/** The plain packing's range: what follows a ReLU or a Swish, whose results are nowhere below -12, fits into it. */
static constexpr int PLAIN_RANGE = 139;

/** The widest range for which at most `max_splits` steps of the centred packing are split; 0 if there is none that
 * is worth it. */
static int centred_range(const std::vector<ByteRange> &ranges, int64_t max_splits) {
    for (int wanted : {256, 240, 224, 208, 192, 176, 160, 144}) {
        if (std::count_if(ranges.begin(), ranges.end(), [&](ByteRange range) { return range.centred < wanted; }) <=
            max_splits) {
            return wanted;
        }
    }
    return 0;
}

bool pack_conv_bytes(ConvArgs &args, int64_t max_steps) {
    Int8Conv &state = state_of<Int8Conv>(args);
    const ConvPlan &words = state.plan;
    const int64_t run_steps = (words.run_elements + ByteStep::ELEMENTS - 1) / ByteStep::ELEMENTS;
    const int64_t steps = words.blocks * words.runs * run_steps;
    if (steps > max_steps) {
        return false;
    }
    const std::vector<ByteRange> ranges = byte_ranges(args, words);
    bool packed = false;
    for (int i = 0; i < 2; i++) {
        ConvBytes bytes;
        bytes.range = i ? centred_range(ranges, (max_steps - steps) / 2) : PLAIN_RANGE;
        bytes.centre = i ? bytes.range / 2 : 0;
        if (bytes.range > 0 && pack_byte_steps(args, words, ranges, max_steps, bytes)) {
            state.bytes[i] = std::move(bytes);
            packed = true;
        }
    }
    if (!packed) {
        return false;
    }
    state.weight_sums.assign(words.blocks * words.block, 0);
    for (int o = 0; o < args.out_c; o++) {
        int64_t sum, absolute;
        sum_weights(args, o, &sum, &absolute);
        state.weight_sums[o] = static_cast<int32_t>(sum);
    }
    return true;
}

/** Instructions read one byte of a shift; beyond 64 in either direction nothing changes. */
static int plain_shift(int shift) {
    return std::clamp(shift, -64, 64);
}

void pack_plain_bias(ConvArgs &args) {
    Int8Conv &state = state_of<Int8Conv>(args);
    const int padded = state.plan.blocks * state.plan.block;
    state.bias.assign(padded, 0);
    state.shift.assign(padded, 0);
    for (int o = 0; o < args.out_c; o++) {
        state.bias[o] = static_cast<int32_t>(args.bias[o]);
        state.shift[o] = plain_shift(args.shifts[o]);
    }
}

void pack_plain_wide_bias(ConvArgs &args) {
    Int16Conv &state = state_of<Int16Conv>(args);
    const int padded = state.plan.blocks * state.plan.block;
    state.bias.assign(padded, 0);
    state.shift.assign(padded, 0);
    for (int o = 0; o < args.out_c; o++) {
        state.bias[o] = args.bias[o];
        state.shift[o] = plain_shift(args.shifts[o]);
    }
}

bool fits_int32(const ConvArgs &args) {
    return std::all_of(args.shifts.begin(), args.shifts.end(), [](int shift) { return shift >= 0 && shift <= 31; });
}

bool is_dense_int8(const ConvArgs &args) {
    return is_int8(args) && args.group == 1;
}

bool is_dense_int16(const ConvArgs &args) {
    return is_int16(args) && args.group == 1;
}

bool is_int8_in_int32(const ConvArgs &args) {
    return is_int8(args) && fits_int32(args);
}

bool is_dense_int8_in_int32(const ConvArgs &args) {
    return is_dense_int8(args) && fits_int32(args);
}

template <typename Packed>
void pack_depthwise_int8(ConvArgs &args, int taps, int zero_point) {
    Int8Conv &state = state_of<Int8Conv>(args);
    const ConvPlan &plan = state.plan;
    const int all_taps = args.kernel_h * args.kernel_w;
    const int groups = (all_taps + taps - 1) / taps;
    const int block = plan.block;
    const int padded = plan.blocks * block;
    // A vector of the input holds `block` channels; interleaving makes `taps` vectors of it, each with 4 channels per
    // lane.
    const int lane_channels = 4 * taps;
    const int lanes = block / lane_channels;
    const int8_t *weights = reinterpret_cast<const int8_t *>(args.weights.data());
    state.packed.assign(static_cast<size_t>(padded) * groups * taps * sizeof(Packed), 0);
    const std::vector<int64_t> sums = begin_bias(args, state);
    Packed *packed = reinterpret_cast<Packed *>(state.packed.data());
    for (int c = 0; c < args.out_c; c++) {
        const int first = c / block * block;
        const int lane = c % block / lane_channels, part = c % lane_channels / 4;
        const int slot = (part * lanes + lane) * 4 + c % 4;
        // A last block of at most half its channels has them twice: kernels then compute two positions at once.
        const bool twice = lanes > 1 && taps == 4 && args.out_c - first <= block / 2;
        const int slots[2] = {slot, twice ? slot + lanes / 2 * 4 : slot};
        for (int at : slots) {
            for (int tap = 0; tap < all_taps; tap++) {
                packed[(static_cast<size_t>(first) * groups + static_cast<size_t>(tap) / taps * block + at) * taps +
                       tap % taps] = weights[static_cast<size_t>(tap) * args.out_c + c];
            }
            pack_bias(args, state, c, first + at, zero_point * sums[c]);
        }
    }
    HostBuffer<uint8_t>().swap(args.weights);
}

template void pack_depthwise_int8<int8_t>(ConvArgs &, int, int);
template void pack_depthwise_int8<int16_t>(ConvArgs &, int, int);

/** Do 64 bits hold the sums, with the bias and shift of every channel? */
static bool fits_int64(const ConvArgs &args) {
    if (args.depth() > 1 << 20) {
        return false;
    }
    for (int o = 0; o < args.out_c; o++) {
        if (args.shifts[o] < 0 || args.shifts[o] > 60 || std::llabs(args.bias[o]) > INT64_C(1) << 60) {
            return false;
        }
    }
    return true;
}

/** Fill bias, shift and tie. */
static void pack_wide_bias(const ConvArgs &args, Int16Conv &state) {
    for (HostBuffer<int64_t> *values : {&state.bias, &state.shift, &state.tie}) {
        values->assign(state.plan.blocks * 16, 0);
    }
    for (int o = 0; o < args.out_c; o++) {
        const int at = wide_place(o);
        const int shift = args.shifts[o];
        state.bias[at] = args.bias[o] + rounding_term(shift);
        state.shift[at] = shift;
        state.tie[at] = shift > 0 ? (INT64_C(1) << shift) - 1 : -1;
    }
}

/**
 * Fill fine_shifts, coarse_shift and coarse_tie. Results beyond 2^38 are saturated by shifts up to 22, so that kernels
 * can do with 32 of the bits above the 8 lowest.
 */
static void pack_coarse_shifts(const ConvArgs &args, Int16Conv &state) {
    const size_t padded = state.plan.blocks * state.plan.block;
    state.fine_shifts = false;
    for (int o = 0; o < args.out_c; o++) {
        state.fine_shifts = state.fine_shifts || args.shifts[o] < 8 || args.shifts[o] > 22 ||
                            std::llabs(state.bias[wide_place(o)]) > INT64_C(1) << 45;
    }
    state.coarse_shift.assign(padded, 0);
    state.coarse_tie.assign(padded, 0);
    for (int o = 0; o < args.out_c && !state.fine_shifts; o++) {
        state.coarse_shift[o] = args.shifts[o] - 8;
        state.coarse_tie[o] = (1 << (args.shifts[o] - 8)) - 1;
    }
}

bool pack_conv_int16(ConvArgs &args, int ranges) {
    // 2^30 * depth and the bias stay below 2^47.
    if (!fits_int64(args) || args.depth() > 1 << 16) {
        return false;
    }
    Int16Conv &state = state_of<Int16Conv>(args);
    const ConvPlan &plan = state.plan;
    pack_wide_bias(args, state);
    pack_coarse_shifts(args, state);
    // All weights are taken as -32768: those of a product of variables are not known yet.
    state.deep = args.depth() > 1 << 7;
    for (int o = 0; o < args.out_c; o++) {
        state.deep = state.deep || std::llabs(args.bias[o]) > INT64_C(1) << 36;
    }
    pack_conv_weights<int16_t, int16_t>(args, 2);
    const size_t steps = static_cast<size_t>(plan.runs) * plan.run_padded / 2;
    state.fold_ranges = ranges;
    state.folds.assign(static_cast<size_t>(ranges) * ((plan.blocks + 1) / 2) * steps, 0);
    state.low.assign(plan.blocks * 16, 0);
    state.high.assign(static_cast<size_t>(ranges) * plan.blocks * 16, 0);
    return true;
}

/** A weight is 256 * high + low, high being of 8 bits. */
static int high_part(int weight) {
    return std::min((weight + 128) >> 8, 127);
}

bool pack_conv_int16_bytes(ConvArgs &args) {
    // 255 * 255 * depth must stay below 2^31, and so must 2 * 128 * 255 * depth.
    if (!fits_int64(args) || args.depth() > 32000) {
        return false;
    }
    Int16Conv &state = state_of<Int16Conv>(args);
    pack_wide_bias(args, state);
    const int16_t *weights = reinterpret_cast<const int16_t *>(args.weights.data());
    const size_t size = args.weights.size() / 2;
    HostBuffer<uint8_t> high(size), low(size);
    for (size_t i = 0; i < size; i++) {
        high[i] = static_cast<uint8_t>(weights[i] >> 8);
        low[i] = static_cast<uint8_t>(weights[i]);
    }
    args.weights.swap(high);
    pack_conv_weights<int8_t, int8_t>(args, 4);
    HostBuffer<uint8_t> packed;
    packed.swap(state.packed);
    args.weights.swap(low);
    pack_conv_weights<int8_t, int8_t>(args, 4);
    packed.insert(packed.end(), state.packed.begin(), state.packed.end());
    state.packed.swap(packed);
    return true;
}

bool pack_depthwise_int16(ConvArgs &args) {
    if (!fits_int64(args)) {
        return false;
    }
    Int16DepthwiseConv &state = state_of<Int16DepthwiseConv>(args);
    const ConvPlan &plan = state.plan;
    const int16_t *weights = reinterpret_cast<const int16_t *>(args.weights.data());
    const int taps = args.kernel_h * args.kernel_w;
    const int groups = (taps + 1) / 2;
    const int block = plan.block;
    const int padded = plan.blocks * block;
    state.packed.assign(static_cast<size_t>(padded) * groups * 8, 0);
    for (HostBuffer<int32_t> *values : {&state.high, &state.low, &state.shift, &state.tie, &state.left, &state.limit,
                                        &state.low_shift, &state.low_tie}) {
        values->assign(padded, 0);
    }
    int16_t *to = reinterpret_cast<int16_t *>(state.packed.data());
    for (int c = 0; c < args.out_c; c++) {
        const int first = c / block * block;
        const int slot = first + (c % 8 / 4 * (block / 8) + c % block / 8) * 4 + c % 4;
        const int shift = args.shifts[c];
        const int64_t begin = args.bias[c] + rounding_term(shift);
        int64_t most_high = std::llabs(begin >> 8), most_low = 255;
        for (int tap = 0; tap < taps; tap++) {
            const int weight = weights[static_cast<size_t>(tap) * args.out_c + c];
            const int high = high_part(weight), low = weight - 256 * high;
            int16_t *at =
                to + (static_cast<size_t>(first) * groups + tap / 2 * block) * 4 + (slot - first) * 2 + tap % 2;
            at[0] = static_cast<int16_t>(high);
            at[2 * block] = static_cast<int16_t>(low);
            most_high += 32768 * static_cast<int64_t>(std::abs(high));
            most_low += 32768 * static_cast<int64_t>(std::abs(low));
        }
        if (shift > 8 + 31 || most_low > INT32_MAX || most_high + most_low / 256 + 1 > INT32_MAX) {
            return false;
        }
        state.high[slot] = static_cast<int32_t>(begin >> 8);
        state.low[slot] = static_cast<int32_t>(begin & 255);
        const bool fine = shift < 8;
        state.fine_shifts = state.fine_shifts || fine;
        state.shift[slot] = fine ? 0 : shift - 8;
        state.tie[slot] = fine ? 0 : static_cast<int32_t>((UINT32_C(1) << (shift - 8)) - 1);
        state.left[slot] = fine ? 8 - shift : 0;
        // A sum beyond the limit is saturated after such a shift.
        state.limit[slot] = fine ? 1 << 15 : INT32_MAX;
        state.low_shift[slot] = fine ? shift : 8;
        // With a shift by 0, all bits are set, see pack_bias().
        state.low_tie[slot] = !fine ? 255 : shift > 0 ? (1 << shift) - 1 : -1;
    }
    HostBuffer<uint8_t>().swap(args.weights);
    return true;
}

}  // namespace base
}  // namespace dl
