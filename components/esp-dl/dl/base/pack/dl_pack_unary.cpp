#include "dl_pack_unary.hpp"

#include <bit>
#include <map>
#include <mutex>
#include <tuple>

namespace dl {
namespace base {

bool fits_real_unary(const UnaryArgs &args) {
    const auto is_integer = [](dtype_t dtype) { return dtype == DATA_TYPE_INT8 || dtype == DATA_TYPE_INT16; };
    const bool integers = is_integer(args.in_type) && is_integer(args.out_type);
    if (is_s16_lut(args)) {
        return false;
    }
    switch (args.op) {
        case UNARY_IDENTITY:
        case UNARY_RELU:
            return (is_integer(args.in_type) || args.in_type == DATA_TYPE_FLOAT) &&
                   (is_integer(args.out_type) || args.out_type == DATA_TYPE_FLOAT);
        // Floats have signed zeros and NaN, for which vector instructions differ from the definition.
        case UNARY_ABS:
        case UNARY_CLIP:
        case UNARY_FLOOR:
        case UNARY_HARD_SIGMOID:
        case UNARY_HARD_SWISH:
        case UNARY_LEAKY_RELU:
        case UNARY_NEG:
            return integers;
        default:
            return false;
    }
}

bool is_s16_requantize(const UnaryArgs &args) {
    return !is_s16_lut(args) && args.in_type == DATA_TYPE_INT16 && args.out_type == DATA_TYPE_INT16 &&
           (args.op == UNARY_IDENTITY || args.op == UNARY_RELU);
}

bool is_faster_by_all16(const UnaryArgs &args) {
    const bool is_worth_it = args.in_type == DATA_TYPE_INT16 && args.out_type == DATA_TYPE_INT16 && args.size >= 128;
    return is_worth_it && (args.op == UNARY_HARD_SWISH || !fits_real_unary(args));
}

static std::shared_ptr<int16_t[]> make_all16(const UnaryArgs &args) {
    constexpr int COUNT = 65536;
    std::shared_ptr<int16_t[]> table(new int16_t[COUNT]);
    for (int i = 0; i < COUNT; i++) {
        table[i] = static_cast<int16_t>(i - 32768);
    }
    UnaryArgs all = args;
    all.size = COUNT;
    all.in = all.out = table.get();
    const int units = COUNT / UnaryArgs::BLOCK;
    compute_unary(all, 0, units);
    return table;
}

bool fill_all16(UnaryArgs &args) {
    if (args.table16) {
        args.all16 = make_all16(args);
        return true;
    }
    // Attributes are part of the key by their bits, because NaN has no order.
    using Key = std::tuple<unary_t, uint32_t, uint32_t, int, int, target_t>;
    static std::mutex mutex;
    static std::map<Key, std::weak_ptr<int16_t[]>> tables;
    const Key key(args.op, std::bit_cast<uint32_t>(args.a), std::bit_cast<uint32_t>(args.b), args.in_exponent,
                  args.out_exponent, target());
    const std::lock_guard<std::mutex> lock(mutex);
    std::erase_if(tables, [](const auto &entry) { return entry.second.expired(); });
    args.all16 = tables[key].lock();
    if (!args.all16) {
        args.all16 = make_all16(args);
        tables[key] = args.all16;
    }
    return true;
}

}  // namespace base
}  // namespace dl
