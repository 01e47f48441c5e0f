#include "dl_pack_unary.hpp"

#include <bit>
#include <tuple>
#include <vector>

#include "dl_base_shared_tables.hpp"

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
    const auto make = [&args] { return make_all16(args); };
    if (!args.table16) {
        // Attributes are part of the key by their bits, because NaN has no order.
        static SharedTables<std::tuple<unary_t, uint32_t, uint32_t, int, int, target_t>, int16_t> s_functions;
        args.all16 = s_functions.get({args.op, std::bit_cast<uint32_t>(args.a), std::bit_cast<uint32_t>(args.b),
                                      args.in_exponent, args.out_exponent, target()},
                                     make);
    } else if (args.table16_step == 1) {
        // The file's table is that of all results. It belongs to the module, as for the reference kernel.
        args.all16 = std::shared_ptr<const int16_t[]>(std::shared_ptr<const int16_t[]>(), args.table16);
    } else {
        // Files repeat a table for each node. It is its own key, and at most half as long as the results.
        static SharedTables<std::tuple<std::vector<int16_t>, target_t>, int16_t> s_tables;
        const int last = 65536 / args.table16_step;
        args.all16 = s_tables.get({std::vector<int16_t>(args.table16, args.table16 + last + 1), target()}, make);
    }
    return true;
}

}  // namespace base
}  // namespace dl
